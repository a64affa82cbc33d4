// The toy "mirror": a crop with labels, its mirror image with the labels that settings make of them, both under a
// magnifying glass, and the network's answers to both.
//
// The labels are computed here as soon as a setting is another; Python computes them too, and the page says so where the
// two should ever differ.
import { element } from "../dom.js";
import { person as paintPerson } from "../marks.js";
import { say } from "../words.js";
import { cased, colored, cross, lighting, movable, outline, picture, rectangle, ring, segment, sheet, steps, tiles } from "./canvas.js";
import { comparable, fill, readable } from "./numbers.js";

const CELLS = 9; // crop pixels across the loupe
const FAINTEST = 0.3; // how strong a label of a joint is drawn that the network is not sure of
const MAPS = ["own", "back", "mean"];
const AGREE = 1e-3; // crop pixels
const OPTIONAL = new Set(["pairs", "beside"]); // numbers of some steps only

export function mount(host, tools) {
  const { skeleton, look, colors, magma } = tools;
  let view = null, due = 0, crop = null, known = null, maps = null;

  const paper = sheet({ label: say("lesson.mirror_crop"), part: "crop", caption: say("lesson.mirror_crop"), changed: repaint });
  const glass = sheet({ label: say("lesson.mirror_image"), part: "mirrored", caption: say("lesson.mirror_image"), changed: repaint, focus: true });
  const loupe = sheet({ label: say("lesson.mirror_loupe"), part: "loupe", caption: say("lesson.mirror_loupe"), changed: repaint });
  const numbers = element("dl", { class: "numbers" });
  const answers = element("div", { class: "answers" });
  host.replaceChildren(element("div", { class: "toy-mirror" }, paper.figure, glass.figure, element("div", { class: "beside" }, loupe.figure, numbers)), answers);

  const pointer = movable(glass, {
    where() {
      const asked = view?.pointing;
      if (asked?.on !== "mirrored" || asked.truth || !known) return null;
      const [x, y] = asked.at ?? [known.size[1] / 2, known.size[0] / 2];
      return [x + 0.5, y + 0.5];
    },
    moved: ([x, y]) => tools.point([x - 0.5, y - 0.5]),
  });

  // ---- what follows from the settings --------------------------------------------------------------------------------

  const FORMULAS = { last: (x, w) => w - 1 - x, width: (x, w) => w - x, same: (x) => x };
  const width = () => known.size[1];
  const row = (joint) => (view.state.names === "swapped" ? known.order[joint] : joint); // whose place a label takes, and back
  const label = (joint) => {
    const [x, y] = known.joints[row(joint)];
    return [FORMULAS[view.state.formula](x, width()), y];
  };
  const image = (joint) => [width() - 1 - known.joints[joint][0], known.joints[joint][1]]; // of its pixel
  const renamed = () => known.order.filter((_, joint) => row(joint) !== joint).length;

  // ---- what is drawn -----------------------------------------------------------------------------------------------

  const { lit, shown, ink } = lighting(() => view, tools);

  function repaint() {
    if (view && known && !due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const { joint } = view.state;
    paintCrop(joint);
    paintMirror(joint);
    paintLoupe(joint);
    tell(joint);
  }

  function paintPeople(context, place, k, ratio, part) {
    const points = known.joints.map(([, , score], joint) => ({ x: place(joint)[0], y: place(joint)[1], joint, score: Math.max(score, FAINTEST) }));
    const lines = skeleton.limbs.map((joints) => ({ joints }));
    paintPerson(context, { points, lines }, { sides: skeleton.sides, visible: 0, scale: k, stroke: (lit(part) ? 3.2 : 2) * ratio, look });
  }

  function paintCrop(joint) {
    const [h, w] = known.size;
    const { context, k, ratio } = paper.fit(w, h);
    context.drawImage(crop, 0, 0, w * k, h * k);
    if (lit("crop")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 4 * ratio });
    paintPeople(context, (one) => known.joints[one], k, ratio, "crop");
    const [x, y] = known.joints[joint].map((v) => (v + 0.5) * k);
    cased(context, ring(x, y, 9 * ratio), { ...ink("joint", colors.box), width: (lit("joint") ? 4 : 2) * ratio });
    paper.describe(say("lesson.mirror_said", { joint: tools.jointName(joint), x: known.joints[joint][0].toFixed(1), y: known.joints[joint][1].toFixed(1) }));
  }

  function paintMirror(joint) {
    const [h, w] = known.size;
    const { context, k, ratio } = glass.fit(w, h);
    context.setTransform(-1, 0, 0, 1, w * k, 0);
    context.drawImage(crop, 0, 0, w * k, h * k);
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (lit("mirrored")) outline(context, rectangle(0, 0, w * k, h * k), { color: tools.accent(), width: 4 * ratio });
    const at = (place) => place.map((v) => (v + 0.5) * k);
    if (!view.covered.has("image")) {
      paintPeople(context, label, k, ratio, "mirrored");
      cased(context, ring(...at(label(row(joint))), 9 * ratio), { ...ink("image", colors.box), width: (lit("image") ? 4 : 2) * ratio });
    }
    if (view.pointing?.on === "mirrored") {
      const mark = (place, color) => cased(context, cross(...at(place), 8 * ratio), { color, casing: colors.casing, width: 2 * ratio });
      if (view.pointing.at) mark(view.pointing.at, colors.core);
      if (view.pointing.truth) mark(view.pointing.truth, colors.box);
    }
    pointer.feel();
    const [x, y] = label(row(joint)).map((v) => v.toFixed(1));
    glass.describe(view.covered.has("image") ? say("lesson.mirror_image") : say("lesson.mirror_said", { joint: tools.jointName(row(joint)), x, y }));
  }

  /** A few pixels of the mirror image around the one that was the marked joint. */
  function paintLoupe(joint) {
    loupe.figure.hidden = !shown("loupe");
    if (loupe.figure.hidden) return;
    const { context, k, ratio } = loupe.fit(CELLS, CELLS);
    const there = image(joint), from = there.map((v) => Math.round(v) + 0.5 - CELLS / 2); // corner-based pixels
    context.imageSmoothingEnabled = false;
    context.setTransform(-k, 0, 0, k, (width() - from[0]) * k, -from[1] * k);
    context.drawImage(crop, 0, 0, width(), known.size[0]);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.imageSmoothingEnabled = true;
    context.strokeStyle = "rgba(255, 255, 255, 0.4)";
    context.lineWidth = ratio;
    for (let i = 1; i < CELLS; i++) {
      context.stroke(segment([i * k, 0], [i * k, CELLS * k]));
      context.stroke(segment([0, i * k], [CELLS * k, i * k]));
    }
    const at = ([x, y]) => [(x + 0.5 - from[0]) * k, (y + 0.5 - from[1]) * k];
    const put = at(label(row(joint)));
    cased(context, segment(at(there), put), { ...ink("beside", colors.box), width: (lit("beside") ? 4 : 2) * ratio });
    cased(context, ring(...at(there), 7 * ratio), { ...ink("joint", colors.core), width: (lit("joint") ? 4 : 2) * ratio });
    cased(context, cross(...put, 8 * ratio), { ...ink("image", colors.box), width: (lit("image") ? 4 : 2) * ratio });
  }

  function tell(joint) {
    const [x] = label(row(joint));
    const rows = [
      [say("lesson.marked"), tools.jointName(joint), "joint"],
      [say("lesson.marked_x"), known.joints[joint][0].toFixed(1), "joint"],
      [say("lesson.called"), tools.jointName(row(joint)), "image"],
      [say("lesson.label_x"), x.toFixed(1), "image"],
      [say("lesson.beside"), Math.abs(x - image(joint)[0]).toFixed(1), "beside"],
      [say("lesson.renamed"), `${renamed()} / ${known.order.length}`, "pairs"],
    ];
    const checked = agreement();
    if (checked) rows.push([say("lesson.geometry"), checked]);
    fill(numbers, readable(rows, view, OPTIONAL), view.lit);
  }

  /** What Python makes of the same settings: nothing before it has. */
  function agreement() {
    const { python } = view;
    if (!comparable(view, ["formula", "names"])) return null;
    const apart = Math.max(...python.carried.map(([x, y], joint) => Math.hypot(x - label(joint)[0], y - label(joint)[1])));
    return say(apart < AGREE ? "lesson.agrees" : "lesson.differs", { apart: apart.toFixed(3) });
  }

  /** The network's answers, as Python has them. */
  function paintMaps() {
    answers.hidden = !view || !maps || !view.shows.has("mean");
    host.classList.toggle("with-answers", !answers.hidden); // then the crops leave them room
    if (answers.hidden) return;
    answers.replaceChildren(
      ...maps.map(({ steps: gray, limits: [low, high], max, w, h }, i) => {
        const part = MAPS[i], covered = view.covered.has(part);
        const values = Array.from(gray, (step) => (covered ? 0 : low + (step / 255) * (high - low)));
        const name = say(`lesson.${part}_map`);
        const figure = element("figure", { "data-part": part, class: lit(part) ? "lit" : null, "aria-label": name }, colored(steps(values, [0, 1]), w, h, magma));
        figure.append(element("figcaption", {}, element("span", {}, name), element("b", {}, covered ? "?" : max.toFixed(2))));
        return figure;
      }),
    );
  }

  return {
    draw(next) {
      view = next;
      repaint();
      paintMaps();
    },
    /** Python's answer: the crop, its joints, and the three maps. */
    async answer(value) {
      if (value.crop !== crop?.dataset.from) crop = await picture(value.crop);
      maps = await tiles(value.maps);
      known = value;
      repaint();
      paintMaps();
    },
    follow: () => ({}),
    close() {
      cancelAnimationFrame(due);
      host.classList.remove("with-answers");
      [paper, glass, loupe, pointer].forEach((one) => one.close());
    },
  };
}
