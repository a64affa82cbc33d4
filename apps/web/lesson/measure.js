// The toy "measure": a person with labels, a pose whose joints are moved away from them, the curve that makes a
// similarity of a distance, and the figures that follow.
//
// All of it is computed here while the hand moves (maths.js); on release Python computes OKS too, and the page says so
// where the two should ever differ. Distances are pixels of a photo in which the person has the size of the control.
import { element, svg } from "../dom.js";
import { person as paintPerson } from "../marks.js";
import { oks } from "../maths.js";
import { say } from "../words.js";
import { cased, cross, lighting, movable, outline, picture, rectangle, ring, segment, sheet } from "./canvas.js";
import { comparable, fill, readable, UNKNOWN } from "./numbers.js";

const CHART = { wide: 420, high: 266, left: 34, right: 10, top: 12, bottom: 40 };
const FARTHEST = 40; // pixels along the chart
const KINDS = [["eyes", 1, 0.4], ["ears", 3, 0.25], ["wrists", 9, 0.42], ["knees", 13, 0.34], ["hips", 11, 0.6]]; // joint; height of its name
const REACH = 14; // CSS pixels from a joint within which a press takes it
const LIMIT = 80; // pixels that a joint can be moved away
const MOVED = 0.05; // pixels
const AGREE = 1e-6;
const OPTIONAL = new Set(["ring", "thresholds", "pck"]); // numbers of some steps only

export function mount(host, tools) {
  const { skeleton, look, colors, margin } = tools;
  let view = null, due = 0, crop = null, known = null; // known: what of Python's answer does not depend on the controls

  const paper = sheet({ label: say("lesson.pose_box"), part: "crop", caption: say("lesson.pose_caption"), changed: repaint, focus: true });
  const chart = element("figure", { class: "bells" });
  const lamps = element("div", { class: "lamps", "data-part": "thresholds" });
  const numbers = element("dl", { class: "numbers" });
  host.replaceChildren(element("div", { class: "toy-measure" }, paper.figure, element("div", { class: "beside" }, chart, lamps, numbers)));

  // ---- what follows from the controls ------------------------------------------------------------------------------

  const border = () => [margin * known.size[1], margin * known.size[0]]; // left and top of the crop inside its canvas
  const perPixel = () => known.unit / view.state.person_size; // crop pixels per pixel of the distances
  const offset = (joint) => view.state.offsets.slice(2 * joint, 2 * joint + 2);
  const label = (joint) => known.joints[joint].slice(0, 2);
  const predicted = (joint) => label(joint).map((value, axis) => value + offset(joint)[axis] * perPixel());
  const off = (joint) => Math.hypot(...offset(joint));
  const all = () => known.joints.map((_, joint) => joint);
  const spread = (joint) => 2 * known.sigmas[joint] * view.state.person_size; // pixels at which exp(-1/2) is left
  const counts = (joint) => ({ all: true, upper: joint < known.upper, chosen: joint === view.state.joint })[view.state.labels];

  function judged() {
    const labels = all().map((joint) => [0, 0, counts(joint) ? 1 : 0]); // only what lies between the two counts
    return oks(labels, all().map(offset), view.state.person_size ** 2, known.sigmas);
  }

  /** The share of the labeled joints that lie near, seen from the longer side of their tight box. */
  function pck() {
    const labeled = all().filter(counts);
    const side = (axis) => Math.max(...labeled.map((joint) => label(joint)[axis])) - Math.min(...labeled.map((joint) => label(joint)[axis]));
    const far = (known.near * Math.max(side(0), side(1))) / perPixel();
    return labeled.filter((joint) => off(joint) <= far).length / labeled.length;
  }

  // ---- the hand ----------------------------------------------------------------------------------------------------

  // before the joint is moved: whichever is pressed is the one
  paper.canvas.addEventListener("pointerdown", (event) => {
    if (!known || !view?.controls.has("offsets") || !view.controls.has("joint")) return;
    const [left, top] = border();
    const [x, y] = paper.at(event);
    const units = (known.size[1] + 2 * left) / paper.canvas.getBoundingClientRect().width;
    const far = (joint) => {
      const [u, v] = predicted(joint);
      return Math.hypot(u + left + 0.5 - x, v + top + 0.5 - y);
    };
    const nearest = all().reduce((best, joint) => (far(joint) < far(best) ? joint : best), view.state.joint);
    if (nearest !== view.state.joint && far(nearest) <= REACH * units) tools.set({ joint: nearest }, false);
  });
  const hand = movable(paper, {
    where() {
      if (!known || !view?.controls.has("offsets")) return null;
      const [left, top] = border(), [x, y] = predicted(view.state.joint);
      return [x + left + 0.5, y + top + 0.5];
    },
    moved([x, y], done) {
      const [left, top] = border(), { joint } = view.state, from = label(joint);
      const offsets = [...view.state.offsets];
      [x - left - 0.5, y - top - 0.5].forEach((value, axis) => {
        const pixels = (value - from[axis]) / perPixel();
        offsets[2 * joint + axis] = Math.round(Math.min(Math.max(pixels, -LIMIT), LIMIT) * 10) / 10;
      });
      tools.set({ offsets }, done);
    },
    step: 1,
  });

  // ---- what is drawn -----------------------------------------------------------------------------------------------

  const { lit, shown, ink } = lighting(() => view, tools);

  function repaint() {
    if (view && known && !due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const { oks: whole, joints } = judged();
    paintCrop();
    drawChart(joints[view.state.joint] ?? alike(view.state.joint, off(view.state.joint)));
    const passed = known.thresholds.filter((one) => whole >= one);
    drawLamps(passed);
    tell(whole, joints[view.state.joint], passed.length);
  }

  function paintCrop() {
    const [h, w] = known.size, [left, top] = border();
    const { context, k, ratio } = paper.fit(w + 2 * left, h + 2 * top);
    context.setTransform(1, 0, 0, 1, left * k, top * k);
    context.drawImage(crop, 0, 0, w * k, h * k);
    if (lit("crop")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 4 * ratio });
    const at = (place) => place.map((v) => (v + 0.5) * k);
    const points = all().map((joint) => {
      const [x, y] = predicted(joint);
      return { x, y, joint, score: Math.max(known.joints[joint][2], 0.3) };
    });
    const limbs = skeleton.limbs.map((joints) => ({ joints }));
    paintPerson(context, { points, lines: limbs }, { sides: skeleton.sides, visible: 0, scale: k, stroke: (lit("predicted") ? 3.2 : 2) * ratio, look });
    for (const joint of all()) {
      const mine = joint === view.state.joint;
      if (!counts(joint)) cased(context, cross(...at(predicted(joint)), 5 * ratio), { color: colors.core, casing: colors.casing, width: 1.5 * ratio });
      if (mine && shown("ring")) cased(context, ring(...at(label(joint)), spread(joint) * perPixel() * k), { ...ink("ring", colors.core), width: (lit("ring") ? 3 : 1.5) * ratio, dash: [5 * ratio, 4 * ratio] });
      if (!mine && off(joint) < MOVED) continue;
      if (off(joint) >= MOVED) cased(context, segment(at(label(joint)), at(predicted(joint))), { ...ink("distance", colors.box), width: (lit("distance") ? 4 : mine ? 2 : 1.25) * ratio });
      cased(context, ring(...at(label(joint)), (mine ? 5 : 3.5) * ratio), { ...ink("label", colors.core), width: (lit("label") ? 4 : mine ? 2 : 1.25) * ratio });
      if (mine) cased(context, ring(...at(predicted(joint)), 9 * ratio), { ...ink("predicted", colors.box), width: 2 * ratio });
    }
    hand.feel();
    const shares = ([x, y]) => [(x + left + 0.5) / (w + 2 * left), (y + top + 0.5) / (h + 2 * top)].map((share) => share.toFixed(4));
    paper.canvas.dataset.places = all().map((joint) => shares(predicted(joint))).join(" ");
    const { joint } = view.state, [x, y] = offset(joint);
    paper.describe(say("lesson.pose_said", { joint: tools.jointName(joint), x: x.toFixed(1), y: y.toFixed(1) }));
  }

  const alike = (joint, pixels) => Math.exp(-((pixels / spread(joint)) ** 2) / 2);
  const across = (pixels) => CHART.left + (Math.min(pixels, FARTHEST) / FARTHEST) * (CHART.wide - CHART.left - CHART.right);
  const up = (value) => CHART.top + (1 - value) * (CHART.high - CHART.top - CHART.bottom);
  const marked = (part, more = "") => ({ "data-part": part, class: `${more} ${lit(part) ? "lit" : ""}`.trim() });

  function curve(joint) {
    const places = Array.from({ length: 81 }, (_, i) => (i / 80) * FARTHEST);
    return places.map((pixels) => `${across(pixels).toFixed(1)},${up(alike(joint, pixels)).toFixed(1)}`).join(" ");
  }

  function drawChart(value) {
    const { joint } = view.state, { wide, high, left, right, top, bottom } = CHART;
    const text = (x, y, anchor, words) => svg("text", { x, y, "text-anchor": anchor }, words);
    const values = [0, 0.5, 1].flatMap((one) => [
      svg("line", { class: "grid", x1: left, x2: wide - right, y1: up(one), y2: up(one) }),
      text(left - 6, up(one) + 4, "end", String(one)),
    ]);
    const pixels = [0, 10, 20, 30, 40].map((one) => text(across(one), high - bottom + 16, "middle", String(one)));
    const names = ([name, kind, height], i) => {
      const x = across(spread(kind) * Math.sqrt(-2 * Math.log(height))); // where the curve has that height
      const [aside, anchor] = i ? [5, "start"] : [-5, "end"]; // the first curve is the steepest: there is room left of it
      return text(x + aside, up(height) + 3, anchor, say(`lesson.bells.${name}`));
    };
    const bells = shown("bells") && svg("g", marked("bells", "others"), ...KINDS.flatMap((kind, i) => [svg("polyline", { points: curve(kind[1]) }), names(kind, i)]));
    const own = !view.covered.has("bell") && svg("polyline", { ...marked("bell", "own"), points: curve(joint) });
    const spot = !view.covered.has("similarity") && svg("g", marked("similarity", "spot"),
      svg("line", { x1: across(off(joint)), x2: across(off(joint)), y1: up(0), y2: up(value) }),
      svg("circle", { cx: across(off(joint)), cy: up(value), r: 5 }));
    const guess = view.guess?.shows === "similarity" && svg("line", { class: "guess", x1: left, x2: wide - right, y1: up(view.guess.value), y2: up(view.guess.value) });
    const hidden = view.covered.has("bell") && svg("text", { class: "hidden", x: across(30), y: up(0.65), "text-anchor": "middle" }, "?");
    chart.replaceChildren(
      svg("svg", { viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": say("lesson.bell_said", { joint: tools.jointName(joint) }) },
        ...values, ...pixels, text((left + wide - right) / 2, high - 6, "middle", say("lesson.bell_axis")), hidden, bells, own, guess, spot),
      element("figcaption", {}, say("lesson.bell_caption", { joint: tools.jointName(joint) })),
    );
  }

  function drawLamps(passed) {
    lamps.hidden = !view.shows.has("thresholds");
    const covered = view.covered.has("thresholds");
    const lamp = (one) => element("span", { class: covered ? "unknown" : passed.includes(one) ? "passed" : null }, one.toFixed(2).slice(1));
    lamps.replaceChildren(...known.thresholds.map(lamp));
    lamps.classList.toggle("lit", lit("thresholds"));
    lamps.setAttribute("aria-label", say("lesson.passed_said", { passed: covered ? "?" : passed.length }));
  }

  function tell(whole, own, passed) {
    const { joint } = view.state;
    const labeled = all().filter(counts).length;
    const rows = [
      ["lesson.off", off(joint).toFixed(1), "distance"],
      ["lesson.spread", spread(joint).toFixed(1), "ring"],
      ["lesson.alike", own == null ? UNKNOWN : own.toFixed(3), "similarity"],
      ["lesson.oks", whole.toFixed(3), "oks", { count: labeled }],
      ["lesson.passed", `${passed} / ${known.thresholds.length}`, "thresholds"],
      ["lesson.pck", `${Math.round(100 * pck())} %`, "pck"],
    ];
    const checked = agreement(whole);
    if (checked) rows.push(["lesson.metrics", checked]);
    const named = rows.map(([key, value, part, more]) => [say(key, more), value, part]);
    fill(numbers, readable(named, view, OPTIONAL), view.lit);
  }

  /** What Python says of the same pose: nothing before it has, and never anything while the hand moves. */
  function agreement(whole) {
    const { python } = view;
    if (!comparable(view, ["joint", "offsets", "person_size", "labels"])) return null;
    const apart = Math.abs(python.oks - whole);
    return apart < AGREE ? say("lesson.agrees") : say("lesson.oks_differs", { apart: apart.toFixed(6) });
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
