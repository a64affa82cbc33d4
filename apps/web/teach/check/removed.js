// The pictures that were taken out of the set: nothing is lost, each can come back with its labels.
import { element } from "../../dom.js";
import { say } from "../../words.js";

/** restore(pictures): their numbers. Gives { root, show([{ picture, name }], busy) }. */
export function removedPart({ restore }) {
  const summary = element("summary");
  const all = element("button", { type: "button", class: "small" }, say("teach.check.removed.all"));
  const names = element("ul", { class: "names" });
  const root = element("details", { class: "card removed", hidden: true }, summary, element("div", { class: "row" }, all), names);

  function show(pictures, busy) {
    root.hidden = !pictures.length;
    summary.textContent = say("teach.check.removed.count", { count: pictures.length });
    all.hidden = pictures.length < 2;
    all.disabled = busy;
    all.onclick = () => restore(pictures.map(({ picture }) => picture));
    names.replaceChildren(...pictures.map(({ picture, name }) =>
      element("li", { class: "row" },
        element("span", {}, name),
        element("button", { type: "button", class: "small", disabled: busy, onclick: () => restore([picture]) }, say("teach.check.removed.back")))));
  }

  return { root, show };
}
