// The toy "crop": the photo with a box to move, and the crop that the network sees of it.
//
// While the hand moves, the crop is drawn here (maths.js); on release Python says what the network answers for it.
import { editor } from "../boxes.js";
import { element } from "../dom.js";
import { person as paintPerson } from "../marks.js";
import { apply, cropAffine, paddedSides, PADDING, RULES } from "../maths.js";
import { say } from "../words.js";
import { cased, cross, movable, outline, rectangle, ring, segment, sheet, veil } from "./canvas.js";
import { fill, UNKNOWN } from "./numbers.js";

const CIRCLE = 0.12; // its radius as a share of the frame's height
const FADED = 0.35; // of joints that belong to a box as it was before the hand moved it

export function mount(host, tools) {
  const { photo, image, skeleton, network, look, colors, margin } = tools;
  const [width, height] = [photo.width, photo.height];
  const [left, top] = [margin * width, margin * height];
  let view = null, quiet = false, due = 0;

  const paper = sheet({ label: say("lesson.photo_box"), part: "photo", changed: repaint, focus: true });
  const seen = sheet({ label: say("lesson.crop"), part: "crop", caption: say("lesson.crop"), changed: repaint });
  const numbers = element("dl", { class: "numbers", "data-part": "numbers" });
  const aside = element("div", { class: "beside" }, seen.figure, numbers);
  host.replaceChildren(element("div", { class: "toy-crop" }, paper.figure, aside));

  // the box as the control counts it, in units of the person's own, and in pixels of the photo with its margin
  const own = () => tools.person;
  const inPhoto = ([x, y, w, h]) => [own()[0] + x * own()[2], own()[1] + y * own()[3], w * own()[2], h * own()[3]];
  const inUnits = ([x, y, w, h]) => [(x - own()[0]) / own()[2], (y - own()[1]) / own()[3], w / own()[2], h / own()[3]];

  // before the editor, which gets no press that points
  const pointer = movable(paper, {
    where() {
      if (!pointing()) return null;
      const [x, y] = view.pointing.at ?? [width / 2, height / 2];
      return [x + left, y + top];
    },
    moved: ([x, y]) => tools.point([x - left, y - top]),
    step: height / 200,
  });

  const edit = editor(paper.canvas, {
    changed() {
      const box = edit.boxes[edit.chosen] ?? edit.boxes[0];
      if (!quiet && box) tools.set({ box: inUnits([box.x - left, box.y - top, box.w, box.h]) }, false);
    },
    committed(boxes) {
      const box = boxes[edit.chosen] ?? boxes.at(-1);
      tools.set(box ? { box: inUnits([box.x - left, box.y - top, box.w, box.h]) } : {}, true);
      place();
    },
    chose: (i) => !quiet && i < 0 && queueMicrotask(place), // the one box stays chosen
  });
  const still = (event) => event.target === paper.canvas && !view?.controls.has("box") && !pointing() && event.stopPropagation();
  for (const kind of ["pointerdown", "pointermove", "keydown"]) host.addEventListener(kind, still, true);

  /** Give the editor the box of the state. */
  function place() {
    if (!view || edit.busy) return;
    const [x, y, w, h] = inPhoto(view.state.box);
    quiet = true;
    const movable = view.controls.has("box") && !pointing();
    edit.set([width + 2 * left, height + 2 * top], movable ? [{ x: x + left, y: y + top, w, h, score: 1 }] : []);
    edit.choose(movable ? 0 : -1);
    quiet = false;
    repaint();
  }

  const pointing = () => view?.pointing?.on === "photo" && !view.pointing.truth;
  const size = () => (view.state.size === "own" ? network.size : view.state.size.split("x").map(Number));
  const stretched = () => view.state.fit === "stretch";
  const scale = () => view.state.padding / PADDING;

  /** [width, height] of what the network sees, in photo pixels. */
  const sides = (box) =>
    stretched() ? [box[2] * PADDING * scale(), box[3] * PADDING * scale()] : paddedSides(box, size(), scale());

  /** Photo pixels -> crop pixels. */
  function affine(box) {
    const rule = RULES[network.rule];
    if (!stretched()) return cropAffine(box, size(), rule, { scale: scale() });
    const less = rule.bySizeMinusOne ? 1 : 0;
    const [h, w] = size().map((side) => side - less);
    const [sideW, sideH] = sides(box);
    const [x, y] = [box[0] + box[2] / 2, box[1] + box[3] / 2];
    return [[w / sideW, 0, w / 2 - (w / sideW) * x], [0, h / sideH, h / 2 - (h / sideH) * y]];
  }

  function repaint() {
    if (view && !due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const box = inPhoto(view.state.box);
    const [w, h] = sides(box);
    const frame = [box[0] + box[2] / 2 - w / 2, box[1] + box[3] / 2 - h / 2, w, h];
    const answered = view.python && same(view.python.state, view.state) ? view.python : null;
    paintPhoto(box, frame, answered);
    paintCrop(box, answered);
    tell(box, frame, answered);
  }

  const lit = (part) => view.lit === part;
  const ink = (part, color) => ({ color: lit(part) ? colors.core : color, casing: lit(part) ? tools.accent() : colors.casing });

  function paintPhoto(box, frame, answered) {
    const { context, k, ratio } = paper.fit(width + 2 * left, height + 2 * top);
    context.setTransform(k, 0, 0, k, left * k, top * k);
    context.drawImage(image, 0, 0, width, height);
    if (lit("photo")) outline(context, rectangle(0, 0, width, height), { color: tools.accent(), width: 3 * ratio / k });
    context.setTransform(1, 0, 0, 1, left * k, top * k);
    const px = (values) => values.map((v) => v * k);
    if (!view.covered.has("outside")) {
      const shade = rectangle(-left * k, -top * k, (width + 2 * left) * k, (height + 2 * top) * k);
      shade.rect(...px(frame));
      context.fillStyle = lit("outside") ? "rgba(0, 0, 0, 0.8)" : "rgba(10, 14, 18, 0.55)";
      context.fill(shade, "evenodd");
    }
    if (!view.covered.has("joints")) paintJoints(context, { scale: k, affine: null, answered });
    if (lit("person")) outline(context, rectangle(...px(own())), { color: tools.accent(), width: 3 * ratio });
    if (!view.covered.has("circle") && usesCircle()) {
      const r = CIRCLE * frame[3] * k;
      cased(context, ring((box[0] + box[2] / 2) * k, (box[1] + box[3] / 2) * k, r), { ...ink("circle", colors.core), width: 2 * ratio });
    }
    if (!view.covered.has("padded")) {
      const dash = [7 * ratio, 5 * ratio];
      cased(context, rectangle(...px(frame)), { ...ink("padded", colors.box), width: (lit("padded") ? 3 : 1.75) * ratio, dash });
    }
    cased(context, rectangle(...px(box)), { ...ink("box", colors.box), width: (lit("box") ? 4 : 2) * ratio });
    if (view.controls.has("box") && !pointing()) handles(context, px(box), ratio);
    if (view.pointing?.on === "photo") paintPointing(context, k, ratio);
    pointer.feel();
    paper.canvas.dataset.box = JSON.stringify(box.map(Math.round));
    paper.canvas.dataset.frame = JSON.stringify(frame.map(Math.round));
  }

  function paintPointing(context, k, ratio) {
    const { at, truth, axes } = view.pointing;
    const mark = (point, color) => {
      const path = axes === "y" ? segment([-left * k, point[1] * k], [(width + left) * k, point[1] * k]) : cross(point[0] * k, point[1] * k, 12 * ratio);
      cased(context, path, { color, casing: colors.casing, width: 2 * ratio });
    };
    if (at) mark(at, colors.core);
    if (truth) mark(truth, colors.box);
  }

  function paintCrop(box, answered) {
    const [h, w] = size();
    const { context, k, ratio } = seen.fit(w, h);
    if (view.covered.has("crop")) return veil(context, { w: w * k, h: h * k, ratio, ...tools.plain() });
    context.fillStyle = "#000"; // the published rules leave black what lies beyond the photo
    context.fillRect(0, 0, w * k, h * k);
    const map = affine(box);
    const [[a, b, x], [c, d, y]] = map;
    const [shrunkX, shrunkY] = [width / image.naturalWidth, height / image.naturalHeight];
    // from corner to corner, where the map goes from center to center: A (u - .5) + .5
    const [offX, offY] = [x + 0.5 - 0.5 * (a + b), y + 0.5 - 0.5 * (c + d)];
    context.setTransform(k * a * shrunkX, k * c * shrunkX, k * b * shrunkY, k * d * shrunkY, k * offX, k * offY);
    context.drawImage(image, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (!view.covered.has("joints")) paintJoints(context, { scale: k, affine: map, answered });
    if (!view.covered.has("circle") && usesCircle()) {
      const frame = sides(box)[1];
      const middle = apply(map, [box[0] + box[2] / 2 - 0.5, box[1] + box[3] / 2 - 0.5]).map((v) => (v + 0.5) * k);
      const path = new Path2D();
      path.ellipse(...middle, CIRCLE * frame * a * k, CIRCLE * frame * d * k, 0, 0, 2 * Math.PI);
      cased(context, path, { ...ink("circle", colors.core), width: 2 * ratio });
    }
    if (lit("crop")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 6 * ratio });
  }

  /** The network's joints; faded where they belong to another box. */
  function paintJoints(context, { scale, affine, answered }) {
    const joints = (answered ?? view.python)?.joints;
    if (!joints) return;
    const points = joints.map(([x, y, score], joint) => {
      const [u, v] = affine ? apply(affine, [x, y]) : [x, y];
      return { x: u, y: v, joint, score };
    });
    const tall = Math.max(...points.map(({ y }) => y)) - Math.min(...points.map(({ y }) => y));
    const stroke = Math.max(1.5, (tall * scale) / 110) * (lit("joints") ? 1.6 : 1);
    context.globalAlpha = answered ? 1 : FADED;
    paintPerson(context, { points, lines: skeleton.limbs.map((joints) => ({ joints })) }, { sides: skeleton.sides, visible: 0, scale, stroke, look });
    context.globalAlpha = 1;
  }

  const usesCircle = () => view.shows.has("circle");

  function handles(context, [x, y, w, h], ratio) {
    const half = 4.5 * ratio;
    for (const i of [0, 0.5, 1]) {
      for (const j of [0, 0.5, 1]) {
        if (i === 0.5 && j === 0.5) continue;
        const path = rectangle(x + i * w - half, y + j * h - half, 2 * half, 2 * half);
        context.fillStyle = colors.core;
        context.fill(path);
        context.strokeStyle = colors.casing;
        context.lineWidth = 1.5 * ratio;
        context.stroke(path);
      }
    }
  }

  function tell(box, frame, answered) {
    const [h, w] = size();
    const rows = [
      [say("lesson.box_size"), `${Math.round(box[2])} × ${Math.round(box[3])}`],
      [say("lesson.seen_size"), view.covered.has("padded") ? UNKNOWN : `${Math.round(frame[2])} × ${Math.round(frame[3])}`],
      [say("lesson.crop_size"), `${w} × ${h}`],
      [say("lesson.score"), answered?.score != null && !view.covered.has("joints") ? answered.score.toFixed(2) : UNKNOWN],
    ];
    fill(numbers, rows);
    const [x, y] = box.map(Math.round);
    paper.describe(say("lesson.box_said", { x, y, w: Math.round(box[2]), h: Math.round(box[3]) }));
  }

  return {
    draw(next) {
      const moved = !view || next.shows !== view.shows || !same(next.state.box, view.state.box) || next.controls !== view.controls || next.pointing !== view.pointing;
      view = next;
      moved ? place() : repaint();
      if (!due) repaint();
    },
    answer: async () => {},
    follow: () => ({}),
    close() {
      cancelAnimationFrame(due);
      for (const kind of ["pointerdown", "pointermove", "keydown"]) host.removeEventListener(kind, still, true);
      [paper, seen, pointer].forEach((one) => one.close());
    },
  };
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
