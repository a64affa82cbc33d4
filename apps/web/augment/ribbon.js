// The ribbon: six tiles, each what a step left behind. Crops are Python's where it has made one through the same map.
import { element } from "../dom.js";
import { say } from "../words.js";
import { halfSaid, spoken } from "./hands.js";
import * as paint from "./paint.js";
import { TILES } from "./steps.js";
import { matrixText, number, prepare, tile } from "./tile.js";

const IDENTITY = [[1, 0, 0], [0, 1, 0]];

/** look(step): somebody wants to know more of it. Gives { root, show(it, walked, done), photo(it, walked), point(step) }
 *  and crop(it, name, affine), which the presets beside each other share. */
export function ribbon({ colors, magma }, look) {
  const tiles = Object.fromEntries(TILES.map((name) => [name, tile(name, () => look(name))]));
  const root = element("div", { class: "ribbon" }, ...TILES.map((name) => tiles[name].root));
  const canvases = {};
  const own = (name) => (canvases[name] ??= document.createElement("canvas"));
  let shrunkFrom = null; // the image that the small one in own("raw") is of

  /** Python's crop where there is one through that map, or else the browser's. */
  function crop(it, name, affine) {
    const kept = it.pictures[name];
    if (kept && same(kept.affine, affine)) return kept.canvas;
    return paint.cropped(it.image, it.photo, affine, it.size, own(name));
  }

  /** The tile of the photo; walked is null before Python has told what the steps are. */
  function photo(it, walked) {
    const { canvas, said, matrix } = tiles.raw;
    const { width, height } = it.photo;
    const aspect = Math.min(Math.max(width / height, 0.6), 1.8);
    root.style.setProperty("--aspect", aspect);
    root.style.setProperty("--raw", `${aspect}fr`);
    canvas.style.aspectRatio = `${width} / ${height}`;
    const { context, scale, stroke } = prepare(canvas, width, height);
    context.drawImage(shrunk(it.image, canvas), 0, 0);
    const how = { colors, scale, stroke };
    if (walked) paint.view(context, walked.tiles.flip.affine, it.size, how);
    if (it.box) paint.box(context, it.box, how);
    const chosen = walked?.joints[it.joint]?.joint ?? -1; // which label stands in that place
    if (it.keypoints) paint.pose(context, it.keypoints, { ...how, skeleton: it.skeleton, chosen });
    said.textContent = `${width}×${height}`;
    matrix.textContent = it.box ? `${matrixText(IDENTITY)}\n${boxSaid(it.box)}` : "";
  }

  /** The photo in the size of a canvas, made once: photos are large. */
  function shrunk(image, { width, height }) {
    const made = own("raw");
    if (shrunkFrom !== image || made.width !== width || made.height !== height) {
      Object.assign(made, { width, height });
      const context = made.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, width, height);
      shrunkFrom = image;
    }
    return made;
  }

  function show(it, walked, done) {
    const weights = walked.joints.map(({ weight }) => weight);
    const how = { skeleton: it.skeleton, colors, chosen: it.joint };
    const draw = (name, picture, look) => paint.crop(tiles[name].canvas, prepare, picture, walked.tiles[name], look);
    const flipped = crop(it, "flip", walked.tiles.flip.affine);
    draw("half", crop(it, "half", walked.tiles.half.affine), how);
    draw("affine", crop(it, "affine", walked.tiles.affine.affine), how);
    draw("flip", flipped, { ...how, weights });
    const seen = it.joint in walked.joints ? [walked.joints[it.joint]] : walked.joints;
    const maps = seen.map(({ values }) => values);
    heat(paint.heat(maps, it.size.map((side) => side / 4), magma, own("heat")));
    const { canvas, levels } = it.told
      ? { canvas: it.pictures.tensor.canvas, levels: it.told.levels }
      : paint.tensor(flipped, it.settings.normalize, own("tensor"));
    draw("tensor", canvas, { ...how, weights });
    tell(it, walked, done, levels);
  }

  function heat(picture) {
    const { canvas } = tiles.heat;
    const { context } = prepare(canvas, picture.width, picture.height);
    context.imageSmoothingEnabled = false; // its pixels are what there is to see
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  }

  /** What every tile says. */
  function tell({ settings, size, keypoints, skeleton }, walked, done, levels) {
    const left = say("augment.left_out");
    const [h, w] = size.map((side) => side / 4);
    const labels = keypoints.filter(([, , seen]) => seen > 0).length;
    const out = walked.tiles.heat.points.filter(([, , seen], place) => seen && walked.joints[place].weight === 0).length;
    const views = ["scale", "rotation", "shift"].filter((part) => part in done && (part !== "shift" || done.shift.some(Boolean)));
    const said = {
      raw: tiles.raw.said.textContent,
      half: "half" in done ? halfSaid(done.half, keypoints, skeleton) : left,
      affine: views.length ? views.map((part) => spoken(part, done[part], settings)).join(" ") : left,
      flip: "flip" in done ? say(done.flip ? "augment.said.flipped" : "augment.no") : left,
      heat: `σ ${settings.target.sigma} · ${say(`augment.target.${settings.target.kind}`)}`,
      tensor: `3×${size[0]}×${size[1]}`,
    };
    const row = (values) => values.map((value) => number(value, 2)).join(" ");
    const below = {
      half: boxSaid(walked.tiles.half.box),
      heat: say("augment.said.maps", { count: labels, w, h, out }),
      tensor: say("augment.said.tensor", { low: row([levels.low]), high: row([levels.high]), mean: row(levels.mean), std: row(levels.std) }),
    };
    const idle = { half: (done.half ?? "none") === "none", affine: !views.length, flip: !done.flip };
    for (const name of TILES) {
      const step = tiles[name];
      step.canvas.setAttribute("aria-label", say("augment.alternative", { step: say(`augment.step.${name}`), said: said[name], out }));
      if (name === "raw") continue;
      step.root.classList.toggle("idle", Boolean(idle[name]));
      step.said.textContent = said[name];
      step.matrix.textContent = [matrixText(walked.tiles[name].affine), below[name]].filter(Boolean).join("\n");
    }
  }

  return {
    root, show, photo, crop,
    /** Marks a step; on a phone, where the tiles are a strip, it is pushed into sight. */
    point(step) {
      for (const name of TILES) {
        tiles[name].title.setAttribute("aria-pressed", name === step);
        tiles[name].root.classList.toggle("on", name === step);
      }
      const { offsetLeft, offsetWidth } = tiles[step].root;
      root.scrollTo({ left: offsetLeft - root.offsetLeft - (root.clientWidth - offsetWidth) / 2 });
    },
  };
}

const boxSaid = (box) => say("augment.said.box", { box: box.map((value) => number(value, 0)).join(" ") });

/** Whether two affine maps are one, but for what single precision rounds. */
const same = (a, b) => a.every((row, i) => row.every((value, j) => Math.abs(value - b[i][j]) < 1e-6 * Math.max(1, Math.abs(value))));
