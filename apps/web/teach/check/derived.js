// What follows from the names of joints and from labels, each with its reason, and taken over where somebody wants it.
import { element } from "../../dom.js";
import { say } from "../../words.js";

const NAMED = 6; // pairs and joints that are named before "and so on"

/** adopt(names). Gives { root, show(derived, busy) }. */
export function derivedPart({ set, adopt }) {
  const rows = element("dl", { class: "rows" });
  const all = element("button", { type: "button", class: "small all" });
  const root = element("section", { class: "card derived", "data-control": "derived", hidden: true },
    element("div", { class: "row title" }, element("h3", {}, say("teach.check.derived")), all), rows);

  function show(derived, busy) {
    root.hidden = !derived.length;
    const lacking = derived.filter((one) => one.new && one.name !== "proposal").map(({ name }) => name);
    all.hidden = lacking.length < 2;
    all.disabled = busy;
    all.textContent = say("teach.check.adopt_all", { count: lacking.length });
    all.onclick = () => adopt(lacking);
    rows.replaceChildren(...derived.flatMap((one) => [
      element("dt", {}, say(`teach.check.derived.${one.name}`)),
      element("dd", {},
        element("span", { class: "value" }, value(one)),
        element("span", { class: "aside" }, say(`teach.check.because.${one.why}`, one.values)),
        one.new ? element("button", { type: "button", class: "small adopt", "data-name": one.name, disabled: busy, onclick: () => adopt([one.name]) }, say("teach.check.adopt")) : null),
    ]));
  }

  function value({ name, value }) {
    if (name === "flip") return say(value ? "teach.check.flip.on" : "teach.check.flip.off");
    if (!value.length) return say("teach.check.none_of_it");
    if (name === "sigmas") {
      const [low, high] = [Math.min(...value), Math.max(...value)];
      return low === high ? String(low) : `${low} – ${high}`;
    }
    const link = name === "limbs" ? " – " : " ↔ ";
    const texts = value.map((one) => (Array.isArray(one) ? one.map((joint) => set.joints[joint]).join(link) : set.joints[one]));
    const shown = texts.slice(0, NAMED).join(", ");
    return texts.length > NAMED ? say("teach.check.and_more", { shown, count: texts.length - NAMED }) : shown;
  }

  return { root, show };
}
