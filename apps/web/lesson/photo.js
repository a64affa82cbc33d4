// Whose photo the lesson is about: the learner's own, or an example; and which person in it.
import { ways } from "../bring.js";
import { element } from "../dom.js";
import { say } from "../words.js";

/** host: where photos may be dropped. take(file or { example }), choose(person), complain(line). */
export function photoBar(host, { examples, limit, take, choose, complain }) {
  const checked = (file) => (file.size > limit ? complain(say("photo.too_large", { megabytes: Math.round(limit / 1e6) })) : take(file));
  const people = element("div", { class: "group people" });
  const picks = examples.map((name) => {
    const shown = element("img", { src: new URL(`../../examples/${name}.jpg`, import.meta.url), alt: say(`example.${name}`), height: "44" });
    return element("button", { type: "button", class: "example", "data-example": name, onclick: () => take({ example: name }) }, shown);
  });
  const root = element(
    "details",
    { class: "photo-bar", "data-control": "photo" },
    element("summary", {}, say("lesson.your_photo")),
    element("div", { class: "group" }, ...ways(host, checked, complain)),
    element("div", { class: "group examples" }, ...picks),
    people,
  );
  return {
    root,
    /** The persons that can be chosen. */
    show(boxes, chosen) {
      const chip = (_, i) =>
        element("button", { type: "button", "aria-pressed": String(i === chosen), "data-person": i, onclick: () => choose(i) }, say("lesson.person", { number: i + 1 }));
      people.replaceChildren(...(boxes.length > 1 ? boxes.map(chip) : []));
    },
  };
}
