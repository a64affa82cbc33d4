// The way through a lesson: its steps in a row, how each was answered, and the buttons back and on.
import { element } from "../dom.js";
import { say } from "../words.js";

/** A list item for every step and one for the exercise. answer(step) is what was answered, or nothing. */
export function stepItems(lesson, at, answer, leave) {
  const names = [...lesson.steps.map(({ title }) => title), lesson.code.title];
  return names.map((title, i) => {
    const given = lesson.steps[i] && answer(lesson.steps[i]);
    const mark = given ? (given.skipped ? "skipped" : given.right ? "right" : "wrong") : null;
    const told = mark ? say(`lesson.${mark}`) : "";
    return element(
      "li",
      { class: [i === at ? "here" : i < at ? "before" : "", mark ?? ""].join(" ").trim() || null },
      element(
        "button",
        { type: "button", "aria-current": i === at ? "step" : null, "data-step": lesson.steps[i]?.name ?? "code", onclick: () => leave(i) },
        element("b", {}, String(i + 1)),
        element("span", {}, title),
        told && element("span", { class: "unseen" }, told),
      ),
    );
  });
}

/** Back, and on: to the next step, or behind the last one to the next lesson, if there is one. */
export function ways(lessons, lesson, at, { leave, turn }) {
  const back = element("button", { type: "button", class: "back", disabled: at === 0, onclick: () => leave(at - 1) }, say("lesson.back"));
  const following = lessons[lessons.findIndex(({ number }) => number === lesson.number) + 1];
  const next = (words, onclick) => element("button", { type: "button", class: "next", onclick }, say(words));
  if (at < lesson.steps.length) return element("div", { class: "ways" }, back, next("lesson.next", () => leave(at + 1)));
  return element("div", { class: "ways" }, back, following ? next("lesson.next_lesson", () => turn(following.number)) : "");
}
