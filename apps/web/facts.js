// What is known of the weights: each figure with the data, the boxes and the flip test without which it means nothing.
import { element } from "./dom.js";
import { say } from "./words.js";

const BOXES = ["given", "found"]; // any others are told in their publisher's words

export function mount(root, { props }) {
  const cards = props.cards;
  root.append(
    element(
      "div",
      { class: "facts" },
      cards.some((card) => card.preliminary) ? element("p", { class: "preliminary" }, say("facts.preliminary")) : null,
      ...cards.map((card) => element("p", {}, element("b", {}, title(card)), " ", figures(card))),
    ),
  );
}

function title({ role, name, network, size }) {
  return say(`facts.${role}`, { name, network, size: size ? `${size[0]}×${size[1]}` : "–" });
}

function figures(card) {
  if (!card.figures.length) return say("facts.unmeasured");
  return card.figures
    .map(({ metric, value, data, boxes, flip, measured }) =>
      say("facts.figure", {
        metric, data, value: value.toFixed(1), boxes: BOXES.includes(boxes) ? say(`facts.boxes.${boxes}`) : boxes,
        flip: say(flip ? "facts.flip" : "facts.no_flip"),
        origin: say(measured ? "facts.measured" : "facts.published"),
      }))
    .join(" ");
}
