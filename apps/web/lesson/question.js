// A question: options, a slider, or a point on the picture; then what came of it.
import { element } from "../dom.js";
import { say } from "../words.js";
import { digitsOf } from "./controls.js";
import { paragraphs } from "./runs.js";

/** The part of the page that asks. given: { answer } as far as it was made; on: change(answer), check(), skip(). */
export function asking(question, given, on, light) {
  const check = element("button", { type: "button", class: "primary check", disabled: given.answer == null, onclick: on.check }, say("lesson.check"));
  const chosen = (answer) => {
    check.disabled = false;
    on.change(answer);
  };
  const body = {
    choice: () =>
      element(
        "div",
        { class: "options", role: "radiogroup", "aria-label": question.text.flat().map(({ text }) => text).join("") },
        ...question.options.map(({ name, label }) => {
          const input = element("input", { type: "radio", name: "answer", value: name, onchange: () => chosen(name) });
          input.checked = given.answer === name;
          return element("label", {}, input, label);
        }),
      ),
    number: () => number(question, given.answer, chosen),
    place: () => element("p", { class: "aside" }, say("lesson.point_here")),
  }[question.kind]();
  const root = element(
    "form",
    { class: "question", onsubmit: (event) => event.preventDefault() },
    element("h3", {}, say("lesson.predict")),
    ...paragraphs(question.text, light),
    body,
    element("div", { class: "group" }, check, element("button", { type: "button", class: "quiet", onclick: on.skip }, say("lesson.skip"))),
  );
  /** A point was put elsewhere, on the picture. */
  return { root, ready: () => (check.disabled = false) };
}

function number({ low, high, step }, at, chosen) {
  const start = at ?? (low + high) / 2;
  const digits = digitsOf(step);
  const shown = element("output", {}, start.toFixed(digits));
  const input = element("input", {
    type: "range", min: low, max: high, step, value: start, "aria-label": say("lesson.your_number"),
    oninput() {
      shown.textContent = Number(input.value).toFixed(digits);
      chosen(Number(input.value));
    },
  });
  return element("div", { class: "slider" }, input, shown);
}

/** What came of a prediction or a task. verdict: { right, text, skipped }. */
export function verdict({ right, text, skipped }, again, light) {
  const kind = skipped ? "skipped" : right ? "right" : "wrong";
  return element(
    "div",
    { class: `verdict ${kind}`, role: "status", "data-verdict": kind },
    element("h3", {}, say(`lesson.${kind}`)),
    ...paragraphs(text ?? [], light),
    again && element("button", { type: "button", class: "quiet again", onclick: again }, say("lesson.again")),
  );
}
