// The toy "heatmap": a crop with a joint to drag, the target heatmap of it, and the way back to a joint.
//
// Target and decoding are computed here while the hand moves (maths.js); on release Python computes them too, and the
// page says so where the two should ever differ.
import { element } from "../dom.js";
import { person as paintPerson } from "../marks.js";
import { apply, decode, encode, heatmapToCrop, STRIDE, TARGETS } from "../maths.js";
import { say } from "../words.js";
import { cased, colored, cross, lighting, movable, outline, picture, rectangle, ring, segment, sheet, squares, steps, tiles, veil } from "./canvas.js";
import { comparable, fill, readable, UNKNOWN } from "./numbers.js";

const HALF = Math.sqrt(2 * Math.log(2)); // the radius at half height, in sigmas
const CELLS = 9; // heatmap pixels across the loupe
const OPTIONAL = new Set(["decoded", "loss", "sum", "weight"]); // numbers of some steps only
const AGREE = 1e-3; // crop pixels between the browser's way back and Python's

export function mount(host, tools) {
  const { skeleton, look, colors, magma, margin } = tools;
  let view = null, due = 0, crop = null, size = [256, 192], maps = null, made = null;
  const step = 0.5; // crop pixels, of an arrow key

  const paper = sheet({ label: say("lesson.joint_box"), part: "crop", caption: say("lesson.crop"), changed: repaint, focus: true });
  const chart = sheet({ label: say("lesson.map"), part: "map", caption: say("lesson.map"), changed: repaint, focus: true });
  const loupe = sheet({ label: say("lesson.loupe"), caption: say("lesson.loupe"), changed: repaint });
  const numbers = element("dl", { class: "numbers" });
  const many = element("div", { class: "maps", "data-part": "maps" });
  host.replaceChildren(element("div", { class: "toy-heatmap" }, paper.figure, chart.figure, element("div", { class: "beside" }, loupe.figure, numbers)), many);

  const border = () => [margin * size[1], margin * size[0]]; // left and top of the crop inside its canvas
  const hand = movable(paper, {
    where() {
      if (!view?.controls.has("point") || !crop) return null;
      const [left, top] = border();
      return [view.state.point[0] + left + 0.5, view.state.point[1] + top + 0.5];
    },
    moved([x, y], done) {
      const [left, top] = border();
      tools.set({ point: within([x - left - 0.5, y - top - 0.5]) }, done);
    },
    step,
  });
  const pointer = movable(chart, {
    where() {
      const asked = view?.pointing;
      if (asked?.on !== "map" || asked.truth) return null;
      const [x, y] = asked.at ?? [size[1] / STRIDE / 2, size[0] / STRIDE / 2];
      return [x + 0.5, y + 0.5];
    },
    moved: ([x, y]) => tools.point([x - 0.5, y - 0.5]),
  });

  const within = ([x, y]) => {
    const [left, top] = border();
    const fixed = (value, low, high) => Math.round(Math.min(Math.max(value, low), high) * 10) / 10;
    return [fixed(x, -left, size[1] - 1 + left), fixed(y, -top, size[0] - 1 + top)];
  };

  function repaint() {
    if (view && crop && !due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const { point, sigma, kind, decoder } = view.state;
    const target = encode([...point, 1], size, sigma, kind);
    const back = target.weight ? apply(heatmapToCrop(TARGETS[kind].rule, size, [target.h, target.w]), decode(target.values, target.h, target.w, decoder)) : null;
    paintCrop(point, back);
    paintMap(target, point, sigma);
    paintLoupe(target, point, back);
    tell(target, point, back);
  }

  const { lit, shown, ink } = lighting(() => view, tools);

  function paintCrop(point, back) {
    const [h, w] = size, [left, top] = border();
    const { context, k, ratio } = paper.fit(w + 2 * left, h + 2 * top);
    context.setTransform(1, 0, 0, 1, left * k, top * k);
    context.drawImage(crop, 0, 0, w * k, h * k);
    context.lineWidth = (lit("grid") ? 1.5 : 0.5) * ratio;
    context.strokeStyle = lit("grid") ? tools.accent() : "rgba(255, 255, 255, 0.28)";
    const lines = new Path2D();
    // a heatmap pixel of the published rule lies around the crop pixels 4 i - 2 to 4 i + 2, counted from centers
    for (let x = 0.5 - STRIDE / 2; x <= w + STRIDE; x += STRIDE) lines.addPath(segment([x * k, 0], [x * k, h * k]));
    for (let y = 0.5 - STRIDE / 2; y <= h + STRIDE; y += STRIDE) lines.addPath(segment([0, y * k], [w * k, y * k]));
    context.save();
    context.clip(rectangle(0, 0, w * k, h * k));
    context.stroke(lines);
    context.restore();
    if (lit("crop")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 4 * ratio });
    const joints = view.python?.joints;
    if (joints) {
      context.globalAlpha = 0.5;
      const points = joints.map(([x, y, score], joint) => ({ x, y, joint, score }));
      const all = { points, lines: skeleton.limbs.map((joints) => ({ joints })) };
      paintPerson(context, all, { sides: skeleton.sides, visible: tools.visible, scale: k, stroke: 2 * ratio, look });
      context.globalAlpha = 1;
    }
    const at = (place) => place.map((v) => (v + 0.5) * k);
    marks(context, at(point), back && at(back), ratio);
    hand.feel();
    paper.describe(say("lesson.point_said", { joint: tools.jointName(view.state.joint), x: point[0].toFixed(1), y: point[1].toFixed(1) }));
  }

  function paintMap(target, point, sigma) {
    const { h, w } = target;
    const { context, k, ratio } = chart.fit(w, h);
    const veiled = view.covered.has("map") || view.covered.has("peak");
    if (veiled) veil(context, { w: w * k, h: h * k, ratio, ...tools.plain() });
    else {
      made = colored(steps(target.values, [0, 1]), w, h, magma);
      squares(context, made, 0, 0, w * k, h * k);
    }
    const center = target.center ?? point.map((v) => v / STRIDE);
    const [x, y] = center.map((v) => (v + 0.5) * k);
    if (target.weight && !veiled && lit("peak")) cased(context, ring(x, y, 3 * sigma * k), { ...ink("peak", colors.box), width: 3 * ratio });
    if (target.weight && !veiled) {
      const radius = view.guess?.shows === "radius" ? view.guess.value : shown("radius") ? HALF * sigma : null;
      if (radius > 0 || lit("radius")) {
        const dash = view.guess ? [4 * ratio, 3 * ratio] : [];
        cased(context, ring(x, y, (radius ?? HALF * sigma) * k), { ...ink("radius", colors.core), width: 2 * ratio, dash });
      }
    }
    if (view.pointing?.on === "map") {
      const mark = ([u, v], color) => cased(context, cross((u + 0.5) * k, (v + 0.5) * k, 8 * ratio), { color, casing: colors.casing, width: 2 * ratio });
      if (view.pointing.at) mark(view.pointing.at, colors.core);
      if (view.pointing.truth) mark(view.pointing.truth, colors.box);
    }
    if (lit("map")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 6 * ratio });
    pointer.feel();
    chart.describe(say("lesson.map_said", { w, h, peak: veiled ? "?" : Math.max(...target.values).toFixed(2) }));
  }

  /** A few heatmap pixels around the joint, each 4x4 crop pixels, so that parts of a pixel can be seen. */
  function paintLoupe(target, point, back) {
    const side = CELLS * STRIDE;
    const { context, k, ratio } = loupe.fit(side, side);
    const from = point.map((v) => Math.round(v / STRIDE) * STRIDE + 0.5 - side / 2); // the crop's corner-based pixels
    context.imageSmoothingEnabled = false;
    context.setTransform(k, 0, 0, k, -from[0] * k, -from[1] * k);
    context.drawImage(crop, 0, 0, size[1], size[0]);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = true;
    const at = ([x, y]) => [(x + 0.5 - from[0]) * k, (y + 0.5 - from[1]) * k];
    if (target.weight && !view.covered.has("peak") && !view.covered.has("map")) {
      const map = heatmapToCrop(TARGETS[view.state.kind].rule, size, [target.h, target.w]);
      const [x, y] = at(apply(map, target.center.map(Math.round)).map((v) => v - STRIDE / 2));
      context.fillStyle = "rgba(255, 211, 61, 0.35)";
      context.fillRect(x, y, STRIDE * k, STRIDE * k);
    }
    context.strokeStyle = lit("grid") ? tools.accent() : "rgba(255, 255, 255, 0.55)";
    context.lineWidth = (lit("grid") ? 2 : 1) * ratio;
    for (let i = 0; i <= CELLS; i++) {
      const line = i * STRIDE * k;
      context.stroke(segment([line, 0], [line, side * k]));
      context.stroke(segment([0, line], [side * k, line]));
    }
    marks(context, at(point), back && at(back), ratio);
  }

  /** The joint, and where it comes back. */
  function marks(context, [x, y], back, ratio) {
    if (back && shown("decoded")) {
      cased(context, segment([x, y], back), { ...ink("loss", colors.box), width: (lit("loss") ? 3 : 1.5) * ratio });
      cased(context, cross(...back, 9 * ratio), { ...ink("decoded", colors.box), width: (lit("decoded") ? 4 : 2) * ratio });
    }
    cased(context, ring(x, y, 7 * ratio), { ...ink("joint", colors.core), width: (lit("joint") ? 4 : 2) * ratio });
    context.fillStyle = colors.core;
    context.fill(ring(x, y, 1.5 * ratio));
  }

  function tell(target, point, back) {
    const lost = back ? Math.hypot(back[0] - point[0], back[1] - point[1]) : null;
    const peak = Math.max(...target.values), sum = target.values.reduce((total, value) => total + value, 0);
    const rows = [
      ["lesson.joint_at", `${point[0].toFixed(1)}, ${point[1].toFixed(1)}`, "joint"],
      ["lesson.back_at", back ? `${back[0].toFixed(2)}, ${back[1].toFixed(2)}` : UNKNOWN, "decoded"],
      ["lesson.lost", lost == null ? UNKNOWN : lost.toFixed(2), "loss"],
      ["lesson.peak", peak.toFixed(3), "peak"],
      ["lesson.sum", sum.toFixed(2), "sum"],
      ["lesson.weight", String(target.weight), "weight"],
    ];
    const checked = agreement(target, back);
    if (checked) rows.push(["lesson.python", checked]);
    const named = rows.map(([key, value, part]) => [say(key), value, part]);
    fill(numbers, readable(named, view, OPTIONAL), view.lit);
  }

  /** What Python says of the same joint: nothing before it has, and never anything while the hand moves. */
  function agreement(target, back) {
    const { python } = view;
    if (!comparable(view, ["point", "sigma", "kind", "decoder"])) return null;
    const theirs = python.target;
    const apart = back ? Math.hypot(theirs.decoded[0] - back[0], theirs.decoded[1] - back[1]) : 0;
    return say(theirs.weight === target.weight && apart < AGREE ? "lesson.agrees" : "lesson.differs", { apart: apart.toFixed(3) });
  }

  /** The network's own maps. */
  function paintMaps() {
    many.hidden = !view.shows.has("maps");
    host.classList.toggle("with-maps", !many.hidden); // then they take the place of the target
    if (many.hidden || !maps) return;
    const hidden = view.covered.has("maps");
    many.classList.toggle("veiled", hidden);
    many.replaceChildren(
      ...maps.map(({ steps: gray, limits: [low, high], max, w, h }, joint) => {
        const value = (step) => low + (step / 255) * (high - low);
        const top = value(Math.max(...gray)), bottom = value(Math.min(...gray));
        const own = view.state.scale === "own";
        const limits = own ? [bottom, top > bottom ? top : bottom + 1] : [0, 1];
        const name = tools.jointName(joint);
        const figure = element("figure", { "aria-label": say("lesson.map_of", { joint: name }) }, colored(steps(Array.from(gray, value), limits), w, h, magma));
        figure.append(element("figcaption", {}, element("span", {}, name), element("b", {}, hidden ? "?" : max.toFixed(2))));
        return figure;
      }),
    );
    many.classList.toggle("lit", lit("maps"));
  }

  return {
    draw(next) {
      const before = view;
      view = next;
      repaint();
      if (!before || before.state.scale !== view.state.scale || before.shows !== view.shows || before.covered !== view.covered || before.lit !== view.lit) paintMaps();
    },
    /** Python's answer: the crop, its joints, and the maps. Gives what of the state follows from it. */
    async answer(value, state) {
      if (!crop || value.crop !== crop.dataset.from) {
        crop = await picture(value.crop);
        size = value.size;
        maps = await tiles(value.maps);
        paintMaps();
      }
      repaint();
    },
    /** The point that a choice of joint brings along. */
    follow(change, state, python) {
      if (!("joint" in change) || "point" in change || !python) return {};
      return { point: within(python.joints[change.joint].slice(0, 2)) };
    },
    close() {
      cancelAnimationFrame(due);
      host.classList.remove("with-maps");
      [paper, chart, loupe, hand, pointer].forEach((one) => one.close());
    },
  };
}
