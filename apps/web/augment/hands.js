// The card of what was drawn: for every part whether it takes part at all, what was drawn, and a hand to change that.
import { element } from "../dom.js";
import { say } from "../words.js";
import { HALVES, PARTS, degrees, jointsOf } from "./steps.js";
import { number, signed } from "./tile.js";

const RANGES = { scale: [0.4, 1.8, 0.01], rotation: [-90, 90, 0.5], shift: [-0.4, 0.4, 0.01] };

/** told: moved(part, value), while a hand is on it; released(); reset(part); toggled(part, on).
 *  Gives { root, show(settings, drawn, hand, off) }. */
export function hands(told) {
  const rows = Object.fromEntries(PARTS.map((part) => [part, row(part, told)]));
  const root = element(
    "section",
    { class: "card hands", "data-control": "hands" },
    element("h2", {}, say("augment.drawn")),
    ...PARTS.map((part) => rows[part].root),
    element("p", { class: "aside" }, say("augment.hands")),
  );
  return {
    root,
    show(settings, drawn, hand, off) {
      for (const part of PARTS) rows[part].show(settings, hand[part] ?? drawn[part], part in hand, off.has(part));
    },
  };
}

function row(part, told) {
  const on = element("input", { type: "checkbox", checked: true, "aria-label": say("augment.takes_part", { part: say(`augment.${part}`) }) });
  on.addEventListener("change", () => told.toggled(part, on.checked));
  const value = element("output", {});
  const how = element("p", { class: "how aside" });
  const back = element("button", { type: "button", class: "back", hidden: true, onclick: () => told.reset(part) }, say("augment.as_drawn"));
  const control = { half: halves, flip: yesOrNo, shift: pair }[part] ?? single;
  const { inputs, show } = control(part, told);
  const root = element("div", { class: "hand", "data-part": part },
    element("label", { class: "name" }, on, say(`augment.${part}`)),
    element("div", { class: "inputs" }, ...inputs), value, how, back);
  return {
    root,
    show(settings, choice, byHand, off) {
      on.checked = !off;
      root.classList.toggle("off", off);
      for (const input of inputs) input.disabled = off;
      back.hidden = !byHand || off;
      how.textContent = off ? say("augment.left_out") : byHand ? say("augment.by_hand") : howDrawn(part, settings);
      value.textContent = off ? "–" : spoken(part, choice, settings);
      show(choice);
    },
  };
}

/** What a choice is, in a few characters. */
export function spoken(part, choice, settings) {
  if (part === "half") return say(`augment.half.${choice ?? "none"}`);
  if (part === "scale") return `×${number(choice, 2)}`;
  if (part === "rotation") return `${signed(degrees(settings, choice), settings.rotation.step === "WholeDegrees" ? 0 : 1)}°`;
  if (part === "flip") return say(choice ? "augment.yes" : "augment.no");
  return (choice ?? [0, 0]).map((share) => signed(share, 2)).join(" ");
}

/** Which half, and of how many joints. */
export function halfSaid(half, keypoints, skeleton) {
  const count = jointsOf(half, keypoints, skeleton).length;
  return count ? say("augment.said.half", { half: say(`augment.half.${half}`), count }) : say("augment.half.none");
}

/** From what it was drawn, in numbers. */
function howDrawn(part, settings) {
  const step = settings[part];
  if (part === "shift") return say("augment.how.shift");
  const values = { percent: Math.round(100 * (step.p ?? 1)), more: step.more_than, spread: step.spread, low: step.low, high: step.high, most: step.most };
  if (part === "scale" && step.spread !== undefined) Object.assign(values, { low: number(1 - step.spread, 2), high: number(1 + step.spread, 2) });
  return say(`augment.how.${part}.${step.step}`, values);
}

function slider(label, [min, max, step], moved, released) {
  const input = element("input", { type: "range", min, max, step, "aria-label": label });
  input.addEventListener("input", () => moved(Number(input.value)));
  input.addEventListener("change", released);
  return input;
}

function single(part, told) {
  const input = slider(say(`augment.${part}`), RANGES[part], (value) => told.moved(part, value), () => told.released());
  return { inputs: [input], show: (choice) => place(input, choice) };
}

function pair(part, told) {
  const moved = () => told.moved(part, inputs.map((input) => Number(input.value)));
  const inputs = ["x", "y"].map((axis) => slider(say(`augment.shift.${axis}`), RANGES.shift, moved, () => told.released()));
  return { inputs, show: (choice) => inputs.forEach((input, axis) => place(input, choice?.[axis] ?? 0)) };
}

function yesOrNo(part, told) {
  return choose(part, told, { false: "augment.no", true: "augment.yes" }, (text) => text === "true");
}

function halves(part, told) {
  return choose(part, told, Object.fromEntries(HALVES.map((half) => [half, `augment.half.${half}`])));
}

/** A choice among a few; keys of the catalogue by value. */
function choose(part, told, keys, read = (text) => text) {
  const options = Object.entries(keys).map(([value, key]) => element("option", { value }, say(key)));
  const select = element("select", { "aria-label": say(`augment.${part}`) }, ...options);
  select.addEventListener("change", () => {
    told.moved(part, read(select.value));
    told.released();
  });
  return { inputs: [select], show: (choice) => (select.value = String(choice)) };
}

// A slider in a hand stays where the hand is.
function place(input, value) {
  if (!input.matches(":active")) input.value = value;
}
