// Curves over the steps of a run, as SVG in the page's colors: readable in light and dark, told apart by dashes as well.
// Pointing at a place, or the arrow keys, read the values there; `chosen(step)` hears which step that is when pressed.
import { element, svg } from "../../dom.js";

const HIGH = 210, LEFT = 44, RIGHT = 12, TOP = 10, BOTTOM = 26; // CSS pixels, as all numbers here
const NARROWEST = 240;

/** Gives { root, show({ steps, lines, marks, log, told }), close() }.
 *  lines: [{ name, points: [[step, value], ...], look: class }]; values that are null leave a gap.
 *  log: a scale of powers of ten, else from 0 to 1. marks: [{ step, look }], lines straight up.
 *  told(step, values) -> what is read at a step; values by the line's name. */
export function chart(title, chosen = null) {
  const said = element("output", { class: "read" });
  const plot = element("div", { class: "plot" });
  const legend = element("ul", { class: "legend", "aria-hidden": "true" });
  const root = element("figure", { class: "chart card" }, element("figcaption", {}, element("h3", {}, title), said), plot, legend);
  let now = null; // what is shown
  let cursor = null; // the step that is read, or null for the newest
  let wide = NARROWEST;
  const across = (step) => LEFT + (step / Math.max(now.steps, 1)) * (wide - LEFT - RIGHT);
  const resized = new ResizeObserver(() => {
    if (plot.clientWidth && Math.max(NARROWEST, plot.clientWidth) !== wide) draw();
  });
  resized.observe(plot);

  plot.addEventListener("pointermove", (event) => read(stepAt(event)));
  plot.addEventListener("pointerleave", () => read(null));
  plot.addEventListener("click", (event) => chosen?.(stepAt(event)));

  function stepAt(event) {
    const svg = plot.firstElementChild;
    if (!svg || !now) return null;
    const { left, width } = svg.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * wide;
    return Math.round(((x - LEFT) / (wide - LEFT - RIGHT)) * now.steps);
  }

  function read(step) {
    cursor = step;
    if (!now) return;
    const found = now.lines.map(({ name, points }) => [name, nearest(points, step)]).filter(([, point]) => point);
    const at = found.length ? Math.max(...found.map(([, [place]]) => place)) : null;
    said.textContent = at === null ? "" : now.told(at, Object.fromEntries(found.map(([name, [, value]]) => [name, value])));
    const line = plot.querySelector(".cursor");
    if (!line) return;
    line.toggleAttribute("hidden", step === null || at === null);
    if (at !== null) for (const end of ["x1", "x2"]) line.setAttribute(end, across(at));
  }

  function draw() {
    if (!now) return;
    const { steps, lines, marks = [], log = false } = now;
    wide = Math.max(NARROWEST, plot.clientWidth);
    const { up, ticks } = log ? powers(lines) : shares();
    const inside = (point) => point[1] != null && (!log || point[1] > 0);
    plot.replaceChildren(svg("svg", { viewBox: `0 0 ${wide} ${HIGH}`, role: "img", "aria-label": title },
      ...ticks.flatMap(([value, text, strong]) => [
        svg("line", { class: strong ? "grid strong" : "grid", x1: LEFT, x2: wide - RIGHT, y1: up(value), y2: up(value) }),
        text && svg("text", { x: LEFT - 6, y: up(value) + 4, "text-anchor": "end" }, text),
      ]),
      ...along(steps, wide).flatMap((step) => [
        svg("text", { x: across(step), y: HIGH - 8, "text-anchor": "middle" }, String(step)),
        svg("line", { class: "grid", x1: across(step), x2: across(step), y1: HIGH - BOTTOM, y2: HIGH - BOTTOM + 4 }),
      ]),
      ...marks.map(({ step, look }) => svg("line", { class: `mark ${look}`, x1: across(step), x2: across(step), y1: TOP, y2: HIGH - BOTTOM })),
      ...lines.flatMap(({ points, look, name }) => {
        const some = points.filter(inside);
        const drawn = some.map(([step, value]) => `${across(step).toFixed(1)},${up(value).toFixed(1)}`);
        const dots = look.includes("dots") || some.length === 1;
        return [
          svg("polyline", { class: `line ${look}`, points: drawn.join(" "), "data-line": name }),
          ...(dots ? drawn.map((place) => svg("circle", { class: `dot ${look}`, cx: place.split(",")[0], cy: place.split(",")[1], r: 2.6 })) : []),
        ];
      }),
      svg("line", { class: "cursor", y1: TOP, y2: HIGH - BOTTOM, x1: LEFT, x2: LEFT, hidden: "" })));
    legend.replaceChildren(...lines.map(({ name, look }) =>
      element("li", {}, svg("svg", { viewBox: "0 0 28 8", width: "28", height: "8" }, svg("line", { class: `line ${look}`, x1: 0, x2: 28, y1: 4, y2: 4 })), name)));
    read(cursor);
  }

  return {
    root,
    show(next) {
      now = next;
      draw();
    },
    close: () => resized.disconnect(),
  };
}

/** A curve that forgets: each value is `keep` of the one before and the rest of the new one, in logarithms, since a loss
 *  falls by factors. Corrected for its beginning, as Adam's means are (arXiv 1412.6980, section 3). */
export function smoothed(points, keep) {
  let sum = 0, weight = 0;
  return points.filter(([, value]) => value > 0).map(([step, value]) => {
    sum = keep * sum + (1 - keep) * Math.log(value);
    weight = keep * weight + (1 - keep);
    return [step, Math.exp(sum / weight)];
  });
}

function nearest(points, step) {
  const some = points.filter(([, value]) => value != null);
  if (step === null) return some.at(-1);
  return some.reduce((best, point) => (!best || Math.abs(point[0] - step) < Math.abs(best[0] - step) ? point : best), null);
}

function powers(lines) {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value)).filter((value) => value > 0);
  let low = Math.floor(Math.log10(Math.min(...values)) * 2) / 2, high = Math.ceil(Math.log10(Math.max(...values)) * 2) / 2;
  if (!values.length) [low, high] = [-3, 0];
  if (high - low < 0.5) [low, high] = [low - 0.25, high + 0.25];
  const up = (value) => TOP + ((high - Math.log10(value)) / (high - low)) * (HIGH - BOTTOM - TOP);
  const ticks = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
    for (const times of [1, 2, 5]) {
    const value = times * 10 ** power, place = Math.log10(value);
    if (place < low - 1e-9 || place > high + 1e-9) continue;
    const room = high - low;
    const text = times === 1 || room < 2.2 ? written(value) : "";
    ticks.push([value, text, times === 1]);
    }
  }

  return { up, ticks };
}

const written = (value) => (value >= 1e4 || value < 1e-3 ? value.toExponential(0).replace("-", "−") : String(Number(value.toPrecision(2))));

function shares() {
  return { up: (value) => TOP + (1 - value) * (HIGH - BOTTOM - TOP), ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => [value, `${100 * value}`, value === 0]) };
}

/** Round steps to write below the axis. */
function along(steps, wide) {
  const rough = Math.max(steps, 1) / Math.min(6, wide / 70), power = 10 ** Math.floor(Math.log10(rough));
  const every = Math.max(1, Math.round([1, 2, 5, 10].find((times) => times * power >= rough) * power));
  return Array.from({ length: Math.floor(steps / every) + 1 }, (_, place) => place * every);
}
