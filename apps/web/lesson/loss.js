// The toy "loss": a joint's target, an answer that the hand moves and makes higher or lower, their squared difference,
// and the curve from the distance between the two to what it costs.
//
// All of it is computed here while the hand moves (maths.js); on release Python computes the loss too, and the page says
// so where the two should ever differ. Costs are told in units of what an empty map would cost.
import { element, svg } from "../dom.js";
import { encode, STRIDE } from "../maths.js";
import { say } from "../words.js";
import { cased, colored, cross, lighting, movable, outline, picture, rectangle, ring, segment, sheet, steps } from "./canvas.js";
import { comparable, fill, readable } from "./numbers.js";

const CHART = { wide: 420, high: 200, left: 34, right: 10, top: 12, bottom: 40 };
const FARTHEST = 18; // heatmap pixels along the chart
const LIMIT = 24; // heatmap pixels that the answer can be moved along an axis
const AGREE = 1e-6;
const OPTIONAL = new Set(["empty", "share", "weight"]); // numbers of some steps only

export function mount(host, tools) {
  const { colors, magma } = tools;
  let view = null, due = 0, crop = null, known = null;

  const paper = sheet({ label: say("lesson.loss_crop"), part: "crop", caption: say("lesson.loss_crop"), changed: repaint, focus: true });
  const chart = element("figure", { class: "bells" });
  const numbers = element("dl", { class: "numbers" });
  const maps = element("div", { class: "answers" });
  host.replaceChildren(element("div", { class: "toy-loss" }, element("div", {}, paper.figure), element("div", { class: "beside" }, chart, numbers)), maps);

  // ---- what follows from the controls ------------------------------------------------------------------------------

  const clip = (value, low, high) => Math.min(Math.max(value, low), high);
  /** Of the target, in heatmap pixels: a whole one, not near the border. */
  const center = () => known.joints[view.state.joint].slice(0, 2).map((value, axis) => {
    const side = known.size[1 - axis] / STRIDE;
    return clip(Math.floor(value / STRIDE + 0.5), known.inside, side - 1 - known.inside);
  });
  const blob = (place, kind) => encode([...place.map((v) => STRIDE * v), 1], known.size, known.sigma, kind);
  const off = () => Math.hypot(...view.state.shift);
  const counts = () => (view.state.visibility === "absent" ? 0 : 1);

  function compared() {
    const place = center(), { shift, height } = view.state;
    const target = blob(place, "rounded");
    const moved = blob(place.map((v, axis) => v + shift[axis]), "unbiased");
    const answer = moved.values.map((v) => height * v);
    const squares = answer.map((v, i) => (v - target.values[i]) ** 2);
    const half = (values) => values.reduce((total, v) => total + v, 0) / 2 / values.length; // half the mean
    return { target, answer, squares, cost: half(squares), empty: half(target.values.map((v) => v ** 2)) };
  }

  // ---- the hand ----------------------------------------------------------------------------------------------------

  const inCrop = (place) => place.map((v) => STRIDE * v);
  const hand = movable(paper, {
    where() {
      if (!known || !view?.controls.has("shift")) return null;
      return inCrop(center().map((v, axis) => v + view.state.shift[axis])).map((v) => v + 0.5);
    },
    moved([x, y], done) {
      const from = center();
      const shift = [x, y].map((v, axis) => Math.round(clip((v - 0.5) / STRIDE - from[axis], -LIMIT, LIMIT) * 10) / 10);
      tools.set({ shift }, done);
    },
    step: STRIDE / 2,
  });

  // ---- what is drawn -----------------------------------------------------------------------------------------------

  const { lit, shown, ink } = lighting(() => view, tools);

  function repaint() {
    if (view && known && !due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const made = compared();
    paintCrop();
    paintMaps(made);
    drawChart((counts() * made.cost) / made.empty);
    tell(made);
  }

  function paintCrop() {
    const [h, w] = known.size;
    const { context, k, ratio } = paper.fit(w, h);
    context.drawImage(crop, 0, 0, w * k, h * k);
    if (lit("crop")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 4 * ratio });
    const at = (place) => inCrop(place).map((v) => (v + 0.5) * k);
    const label = center(), put = label.map((v, axis) => v + view.state.shift[axis]);
    const wide = known.sigma * STRIDE * k;
    cased(context, ring(...at(label), wide), { ...ink("label", colors.core), width: (lit("label") ? 4 : 2) * ratio, dash: counts() ? [] : [4 * ratio, 4 * ratio] });
    if (off()) cased(context, segment(at(label), at(put)), { ...ink("blob", colors.box), width: 1.5 * ratio });
    cased(context, ring(...at(put), wide), { ...ink("blob", colors.box), width: (lit("blob") ? 4 : 2) * ratio });
    cased(context, cross(...at(put), 5 * ratio), { ...ink("blob", colors.box), width: 1.5 * ratio });
    hand.feel();
    paper.canvas.dataset.blob = at(put).map((v, axis) => (v / (k * [w, h][axis])).toFixed(4)).join(",");
    const [x, y] = view.state.shift;
    paper.describe(say("lesson.loss_said", { joint: tools.jointName(view.state.joint), x: x.toFixed(1), y: y.toFixed(1) }));
  }

  function paintMaps({ target, answer, squares }) {
    const all = [["target", target.values], ["answer", answer], ["difference", squares]];
    maps.replaceChildren(
      ...all.map(([part, values]) => {
        const covered = view.covered.has(part), name = say(`lesson.loss_${part}`);
        const shades = steps(covered ? values.map(() => 0) : values, [0, 1]);
        const figure = element("figure", { "data-part": part, class: lit(part) ? "lit" : null, "aria-label": name }, colored(shades, target.w, target.h, magma));
        figure.append(element("figcaption", {}, element("span", {}, name), covered && element("b", {}, "?")));
        return figure;
      }),
    );
  }

  /** Of two Gaussians of one width, in units of what the target alone costs: the maps' own sums but for their borders. */
  const apart = (pixels, height) => 1 + height ** 2 - 2 * height * Math.exp(-(pixels ** 2) / (4 * known.sigma ** 2));

  function drawChart(cost) {
    const { wide, high, left, right, top, bottom } = CHART, { height } = view.state;
    const most = 1.1 * Math.max(2, 1 + height ** 2);
    const across = (pixels) => left + (Math.min(pixels, FARTHEST) / FARTHEST) * (wide - left - right);
    const up = (value) => top + (1 - value / most) * (high - top - bottom);
    const text = (x, y, anchor, words) => svg("text", { x, y, "text-anchor": anchor }, words);
    const levels = [0, 1, 2, 3].filter((one) => one < most).flatMap((one) => [
      svg("line", { class: "grid", x1: left, x2: wide - right, y1: up(one), y2: up(one) }),
      text(left - 6, up(one) + 4, "end", String(one)),
    ]);
    const pixels = [0, 4, 8, 12, 16].map((one) => text(across(one), high - bottom + 16, "middle", String(one)));
    const places = Array.from({ length: 91 }, (_, i) => (i / 90) * FARTHEST);
    const points = places.map((one) => `${across(one).toFixed(1)},${up(counts() * apart(one, height)).toFixed(1)}`).join(" ");
    const marked = (part, name) => ({ "data-part": part, class: `${name} ${lit(part) ? "lit" : ""}`.trim() });
    const covered = view.covered.has("curve");
    const empty = shown("empty") && svg("g", marked("empty", "level"), svg("line", { x1: left, x2: wide - right, y1: up(1), y2: up(1) }), text(wide - right, up(1) - 5, "end", say("lesson.empty")));
    const spot = !view.covered.has("loss") && svg("g", marked("loss", "spot"),
      svg("line", { x1: across(off()), x2: across(off()), y1: up(0), y2: up(cost) }), svg("circle", { cx: across(off()), cy: up(cost), r: 5 }));
    chart.replaceChildren(
      svg("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": say("lesson.loss_curve") },
        ...levels, ...pixels, text((left + wide - right) / 2, high - 6, "middle", say("lesson.loss_axis")),
        covered && svg("text", { class: "hidden", x: across(FARTHEST / 2), y: up(most / 2), "text-anchor": "middle" }, "?"),
        !covered && svg("polyline", { ...marked("curve", "own"), points }), empty, spot),
      element("figcaption", {}, say("lesson.loss_curve")),
    );
  }

  function tell({ target, cost, empty }) {
    const filled = target.values.filter((v) => v > 0).length;
    const rows = [
      [say("lesson.loss_off"), off().toFixed(1), "blob"],
      [say("lesson.loss_relative"), (counts() * cost / empty).toFixed(2), "loss"],
      [say("lesson.loss_raw"), (1000 * counts() * cost).toFixed(2), "loss"],
      [say("lesson.loss_empty"), (1000 * empty).toFixed(2), "empty"],
      [say("lesson.share"), `${((100 * filled) / target.values.length).toFixed(1)} %`, "share"],
      [say("lesson.weight"), String(counts()), "weight"],
    ];
    const checked = agreement(cost);
    if (checked) rows.push([say("lesson.training"), checked]);
    fill(numbers, readable(rows, view, OPTIONAL), view.lit);
  }

  /** What Python says of the same answer: nothing before it has, and never anything while the hand moves. */
  function agreement(cost) {
    const { python } = view;
    if (!comparable(view, ["joint", "shift", "height"])) return null;
    const apart = Math.abs(python.cost - cost);
    return apart < AGREE ? say("lesson.agrees") : say("lesson.oks_differs", { apart: apart.toFixed(7) });
  }

  return {
    draw(next) {
      view = next;
      repaint();
    },
    /** Python's answer: the crop, its joints, and what is computed with. */
    async answer(value) {
      if (value.crop !== crop?.dataset.from) crop = await picture(value.crop);
      known = value;
      repaint();
    },
    follow: () => ({}),
    close() {
      cancelAnimationFrame(due);
      [paper, hand].forEach((one) => one.close());
    },
  };
}
