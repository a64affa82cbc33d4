// A small drawing of a skeleton: the left round, the right square, the middle pointed. Two joints that are clicked one
// after the other are connected, or no longer.
import { svg } from "../dom.js";
import { layout } from "./layout.js";

const SIZE = 240, EDGE = 22, DOT = 6;

/** limb(a, b): two joints were clicked. Gives { root, show({ joints: [{ id, name, side, place }], limbs: [[id, id]] }) }. */
export function figure({ limb }) {
  let first = null; // the joint that was clicked before
  const root = svg("svg", { class: "figure", viewBox: `0 0 ${SIZE} ${SIZE}` });

  function show({ joints, limbs }) {
    const focused = root.querySelector(":focus")?.dataset.id;
    const at = new Map(joints.map(({ id }, place) => [id, place]));
    const lines = limbs.map((pair) => pair.map((id) => at.get(id)));
    const places = layout(joints.map(({ place }) => place), lines, joints.map(({ side }) => side))
      .map((point) => point.map((share) => EDGE + share * (SIZE - 2 * EDGE)));
    const sideOf = (pair) => {
      const sides = new Set(pair.map((place) => joints[place].side).filter((side) => side !== "middle"));
      return sides.size === 1 ? [...sides][0] : "middle";
    };
    const bones = lines.map((pair) => {
      const [[x1, y1], [x2, y2]] = pair.map((place) => places[place]);
      return svg("line", { x1, y1, x2, y2, "data-side": sideOf(pair) });
    });
    const dots = joints.map(({ id, name, side }, place) => {
      const [x, y] = places[place];
      const dot = svg("g", { class: "joint", "data-id": id, "data-side": side, tabindex: 0, role: "button", "aria-label": name, "aria-pressed": String(id === first), transform: `translate(${x} ${y})` },
        svg("title", {}, name), svg("circle", { class: "reach", r: 2.2 * DOT }), shape(side));
      const press = () => {
        if (first === null || first === id || !at.has(first)) first = first === id ? null : id;
        else {
          const start = first;
          first = null;
          return limb(start, id);
        }
        show({ joints, limbs });
      };
      dot.addEventListener("click", press);
      dot.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        press();
      });
      return dot;
    });
    const chosen = at.get(first);
    const label = chosen === undefined ? null : svg("text", { x: SIZE / 2, y: SIZE - 4, "text-anchor": "middle" }, joints[chosen].name);
    root.replaceChildren(...bones, ...dots, ...(label ? [label] : []));
    if (focused) root.querySelector(`[data-id="${focused}"]`)?.focus();
  }

  return { root, show };
}

function shape(side) {
  if (side === "left") return svg("circle", { r: DOT });
  if (side === "right") return svg("rect", { x: -0.9 * DOT, y: -0.9 * DOT, width: 1.8 * DOT, height: 1.8 * DOT });
  return svg("path", { d: `M0 ${-1.25 * DOT}L${1.25 * DOT} 0L0 ${1.25 * DOT}L${-1.25 * DOT} 0Z` });
}
