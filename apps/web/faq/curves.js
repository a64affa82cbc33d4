// Lines over one axis, as SVG in the page's colors: readable in light and dark, told apart by dashes as well.
import { element, svg } from "../dom.js";
import { say } from "../words.js";

const WIDE = 520, HIGH = 220, LEFT = 46, RIGHT = 10, TOP = 10, BOTTOM = 40;
const DASHES = ["none", "7 4", "2 3", "10 3 2 3", "4 2"];

export function curves({ x, y, lines }, spoken) {
  const points = lines.flatMap(([, some]) => some);
  const across = scale(points.map(([a]) => a), LEFT, WIDE - RIGHT);
  const up = scale([0, ...points.map(([, b]) => b)], HIGH - BOTTOM, TOP);
  const alternative = lines.map(([name, some]) => {
    const [[, first], [, last]] = [some[0], some.at(-1)];
    const most = Math.max(...some.map(([, b]) => b));
    return say("faq.curve.line", { name: spoken(name), first: round(first), last: round(last), most: round(most) });
  });
  const chart = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": [say("faq.curve", { x: say(x), y: say(y) }), ...alternative].join(" ") },
    ...across.ticks.flatMap((tick) => [
      svg("line", { class: "grid", x1: across.at(tick), x2: across.at(tick), y1: TOP, y2: HIGH - BOTTOM }),
      svg("text", { x: across.at(tick), y: HIGH - BOTTOM + 15, "text-anchor": "middle" }, String(round(tick))),
    ]),
    ...up.ticks.flatMap((tick) => [
      svg("line", { class: "grid", x1: LEFT, x2: WIDE - RIGHT, y1: up.at(tick), y2: up.at(tick) }),
      svg("text", { x: LEFT - 6, y: up.at(tick) + 4, "text-anchor": "end" }, String(round(tick))),
    ]),
    svg("text", { x: (LEFT + WIDE - RIGHT) / 2, y: HIGH - 6, "text-anchor": "middle" }, say(x)),
    ...lines.map(([, some], number) =>
      svg("polyline", { class: `line line-${number}`, "stroke-dasharray": DASHES[number % DASHES.length], points: some.map(([a, b]) => `${across.at(a).toFixed(1)},${up.at(b).toFixed(1)}`).join(" ") })));
  return element("figure", { class: "faq-curves" },
    element("figcaption", {}, say(y)),
    chart,
    element("ul", { class: "faq-legend", "aria-hidden": "true" },
      ...lines.map(([name], number) =>
        element("li", {}, svg("svg", { viewBox: "0 0 28 8", width: "28", height: "8" }, svg("line", { class: `line line-${number}`, x1: 0, x2: 28, y1: 4, y2: 4, "stroke-dasharray": DASHES[number % DASHES.length] })), spoken(name)))));
}

/** at(value) -> pixels, and round values to write beside the axis. */
function scale(values, from, to) {
  const low = Math.min(...values), high = Math.max(...values);
  const span = high - low || 1;
  const rough = span / 5, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= rough);
  const ticks = [];
  for (let tick = Math.ceil(low / step - 1e-9); tick * step <= high + 1e-9 * span; tick++) ticks.push(tick * step);
  return { ticks, at: (value) => from + ((value - low) / span) * (to - from) };
}

const round = (value) => Number(value.toPrecision(3));
