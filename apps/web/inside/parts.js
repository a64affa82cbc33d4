// Small things that every part of the bench is made of: numbers, names, a scale, a choice among a few.
import { element } from "../dom.js";
import { say } from "../words.js";

/** A number with so many digits behind the point and a true minus; nothing where there is none. */
export function number(value, digits = 3) {
  if (value == null) return "–";
  return (value.toFixed(digits).replace(/^-(?=0\.?0*$)/, "") || "0").replace("-", "−");
}

/** What a number of any size looks like in little room. */
export function short(value) {
  const size = Math.abs(value);
  return number(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function jointName(joint) {
  const key = `joint.${joint}`;
  const word = say(key);
  return word === key ? joint.replaceAll("_", " ") : word;
}

/** "stage4.unit1.branch0" in words; units and edges too. */
export function placeName(name) {
  const [, stage, unit, kind, which] = /^stage(\d)(?:\.unit(\d+))?(?:\.(branch|edge|out)\.?(.+))?$/.exec(name) ?? [];
  if (!stage) return say(`inside.place.${name}`);
  if (unit === undefined) return say("inside.place.stage", { stage });
  if (!kind) return say("inside.place.unit", { stage, unit });
  if (kind === "edge") {
    const [source, target] = which.split("-");
    return say("inside.place.edge", { stage, unit, source, target });
  }
  return say(`inside.place.${kind}`, { stage, unit, branch: which });
}

/** The unit of a place, "stage4.unit1", or null where it is in none. */
export const unitOf = (place) => /^stage\d\.unit\d+/.exec(place ?? "")?.[0] ?? null;

/** Gives { root, show(low, high, note) }: the colors of a table with the numbers at both ends. */
export function scaleOf(table) {
  const stops = [0, 32, 64, 96, 128, 160, 192, 224, 255].map((step) => `rgb(${table[step].join(" ")})`);
  const low = element("span"), high = element("span"), note = element("span", { class: "scale-note" });
  const bar = element("div", { class: "scale-bar" });
  bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  return {
    root: element("div", { class: "scale" }, bar, element("div", { class: "scale-ends" }, low, note, high)),
    show(from, to, words = "") {
      low.textContent = short(from);
      high.textContent = short(to);
      note.textContent = words;
    },
  };
}

/** Buttons of which one is pressed. options: [[value, text], ...]. Gives { root, show(value) }. */
export function choice(label, options, chosen) {
  const buttons = new Map(options.map(([value, text]) =>
    [value, element("button", { type: "button", "data-choice": value, onclick: () => chosen(value) }, text)]));
  return {
    root: element("div", { class: "choice", role: "group", "aria-label": label }, ...buttons.values()),
    show(value) {
      for (const [own, button] of buttons) button.setAttribute("aria-pressed", String(own === value));
    },
  };
}

/** Scissors that cut something, or join it again; `pressed` while it is cut. */
export function scissors(name, cut, toggle) {
  return element(
    "button",
    {
      type: "button", class: "scissors", "data-cut": name, "aria-pressed": String(cut), onclick: () => toggle(name),
      "aria-label": say(cut ? "inside.join_one" : "inside.cut_one", { name: placeName(name) }),
      title: say(cut ? "inside.join_one" : "inside.cut_one", { name: placeName(name) }),
    },
    "✂",
  );
}

/** Replaces the children of a node, without moving the focus away from the one with the same data-cut or data-choice. */
export function refill(node, ...children) {
  const focused = node.getRootNode().activeElement;
  const key = node.contains(focused) ? focused.dataset.cut : undefined;
  node.replaceChildren(...children.filter((child) => child != null));
  if (key !== undefined) node.querySelector(`[data-cut="${CSS.escape(key)}"]`)?.focus();
}
