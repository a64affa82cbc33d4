// Where is the peak? The 5x5 pixels around the highest one, and what every decoder makes of them, in the map and on the
// photo.
import { element } from "../dom.js";
import { apply, compose } from "../maths.js";
import { say } from "../words.js";
import { picture } from "./maps.js";
import { jointName, number } from "./parts.js";

const SIDE = 5; // pixels of the patch: apps/views/inside/decoding.py, REACH on each side of the middle
const DECODERS = [["argmax", "argmax", "square"], ["quarter", "quarter", "plus"], ["dark", "DARK", "circle"], ["udp", "UDP", "diamond"]];
const DENSITY = 2; // canvas pixels per CSS pixel, for marks that are fine on every screen
const WIDTH = 148; // CSS pixels of the patch, and of the photo beside it

/** told: joint(place). Gives { root, show(decoding, joint, photo) }; photo: { url, width, height }. */
export function peakPart({ magma, look }, told) {
  const joints = element("select", { "aria-label": say("inside.joint"), onchange: () => told.joint(Number(joints.value)) });
  const patch = element("canvas", { class: "patch", role: "img" });
  const place = element("canvas", { class: "patch", role: "img" });
  for (const canvas of [patch, place]) [canvas.width, canvas.height] = [DENSITY * WIDTH, DENSITY * WIDTH];
  const table = element("tbody");
  const head = element("tr", {}, ...["inside.decoder", "inside.in_map", "inside.on_photo"].map((key) => element("th", { scope: "col" }, say(key))));
  const note = element("p", { class: "aside" });
  const root = element(
    "section",
    { class: "peak card", "data-control": "peak", hidden: true },
    element("div", { class: "title" }, element("h2", {}, say("inside.peak")), joints),
    element("div", { class: "patches" },
      element("figure", {}, patch, element("figcaption", { class: "aside" }, say("inside.patch"))),
      element("figure", {}, place, element("figcaption", { class: "aside" }, say("inside.patch_photo")))),
    element("table", { class: "decoders" }, element("caption", { class: "unseen" }, say("inside.decoders")), element("thead", {}, head), table),
    note,
  );
  let newest = null;

  async function show(decoding, joint, photo) {
    const mine = (newest = { decoding, joint, photo });
    const name = jointName(decoding.joints[joint]);
    root.hidden = false;
    if (joints.options.length !== decoding.joints.length) joints.replaceChildren(...decoding.joints.map((one, at) => element("option", { value: at }, jointName(one))));
    joints.value = joint;
    const middle = decoding.highest[joint];
    const points = DECODERS.map(([kind, title, shape]) => ({
      kind, title, shape, map: decoding.positions[kind].heatmap[joint], photo: decoding.positions[kind].photo[joint],
    }));
    numbers(decoding.patches[joint], middle, points);
    patch.setAttribute("aria-label", say("inside.patch_alt", { joint: name, x: middle[0], y: middle[1], value: number(decoding.peaks[joint], 3) }));
    table.replaceChildren(...points.map(({ kind, title, shape, map, photo: at }) => element(
      "tr",
      { class: kind === decoding.own ? "own" : null, "data-decoder": kind },
      element("th", { scope: "row" }, sign(shape, look.colors), title),
      element("td", {}, pair(map, 2)),
      element("td", {}, pair(at, 1)),
    )));
    note.textContent = say("inside.own_decoder", { decoder: DECODERS.find(([kind]) => kind === decoding.own)[1] });
    const image = await picture(photo.url);
    if (mine === newest) spot(decoding, image, photo, middle, points, name);
  }

  /** The patch, its heights written into it, and the answers. */
  function numbers(rows, [left, top], points) {
    const context = patch.getContext("2d");
    const cell = patch.width / SIDE;
    const known = rows.flat().filter((value) => value !== null);
    const [low, high] = [Math.min(0, ...known), Math.max(...known)];
    context.clearRect(0, 0, patch.width, patch.height);
    rows.forEach((row, y) => row.forEach((value, x) => {
      if (value === null) return; // beyond the border of the map
      const height = Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
      context.fillStyle = `rgb(${magma[Math.round(255 * height)].join(" ")})`;
      context.fillRect(x * cell, y * cell, cell + 1, cell + 1);
      context.fillStyle = height > 0.6 ? look.colors.casing : look.colors.core;
      context.font = `${10 * DENSITY}px ui-monospace, Menlo, Consolas, monospace`;
      context.textAlign = "right";
      context.textBaseline = "bottom";
      context.fillText(number(value, 2).replace("0.", "."), (x + 1) * cell - 5, (y + 1) * cell - 3);
    }));
    const half = (SIDE - 1) / 2;
    for (const { shape, map: [x, y] } of points) {
      mark(context, (x - left + half + 0.5) * cell, (y - top + half + 0.5) * cell, shape, 5 * DENSITY, look.colors);
    }
  }

  /** The same piece of the photo, and the answers there. */
  function spot(decoding, image, photo, [left, top], points, name) {
    const toPhoto = compose(decoding.crop_to_photo, decoding.heatmap_to_crop);
    const half = SIDE / 2;
    const [x1, y1] = apply(toPhoto, [left - half, top - half]), [x2, y2] = apply(toPhoto, [left + half, top + half]);
    const context = place.getContext("2d");
    const shrunk = image.naturalWidth / photo.width;
    const zoom = place.width / (x2 - x1);
    context.clearRect(0, 0, place.width, place.height);
    context.imageSmoothingEnabled = zoom / shrunk < 8;
    context.drawImage(image, (x1 + 0.5) * shrunk, (y1 + 0.5) * shrunk, (x2 - x1) * shrunk, (y2 - y1) * shrunk, 0, 0, place.width, place.height);
    for (const { shape, photo: [x, y] } of points) mark(context, (x - x1) * zoom, (y - y1) * zoom, shape, 5 * DENSITY, look.colors);
    place.setAttribute("aria-label", say("inside.patch_photo_alt", { joint: name, width: number(x2 - x1, 0), height: number(y2 - y1, 0) }));
    place.dataset.area = [x1, y1, x2, y2].map((value) => value.toFixed(2)).join(" ");
  }

  return { root, show };
}

const pair = ([x, y], digits) => `(${number(x, digits)}, ${number(y, digits)})`;

function mark(context, x, y, shape, r, colors) {
  for (const [width, color] of [[r * 0.75, colors.casing], [r * 0.32, shape === "circle" ? colors.left : shape === "diamond" ? colors.box : shape === "plus" ? colors.right : colors.core]]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.beginPath();
    if (shape === "circle") context.arc(x, y, r, 0, 2 * Math.PI);
    else if (shape === "square") context.rect(x - r, y - r, 2 * r, 2 * r);
    else if (shape === "plus") {
      context.moveTo(x - r, y);
      context.lineTo(x + r, y);
      context.moveTo(x, y - r);
      context.lineTo(x, y + r);
    } else {
      context.moveTo(x, y - 1.3 * r);
      context.lineTo(x + 1.3 * r, y);
      context.lineTo(x, y + 1.3 * r);
      context.lineTo(x - 1.3 * r, y);
      context.closePath();
    }
    context.stroke();
  }
}

/** The mark of a decoder, for its row of the table. */
function sign(shape, colors) {
  const canvas = element("canvas", { class: "sign", "aria-hidden": "true" });
  [canvas.width, canvas.height] = [32, 32];
  mark(canvas.getContext("2d"), 16, 16, shape, 8, colors);
  return canvas;
}
