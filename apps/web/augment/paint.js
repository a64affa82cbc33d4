// What the tiles are drawn with: crops sampled from a photo, joints and limbs over them, heatmaps in color.
import { apply, compose, corners } from "../maths.js";
import { shape } from "../marks.js";

/** A crop of a photo, as a canvas of its own pixels. image: as the page has it, maybe smaller than `photo` ({ width,
 *  height }). The browser samples bilinearly, as Python does, but rounds in its own way. */
export function cropped(image, photo, affine, size, made) {
  const canvas = sized(made, size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000"; // what the published rules leave outside of the photo
  context.fillRect(0, 0, canvas.width, canvas.height);
  // A canvas measures from the corner of the first pixel, an affine map from its center; and the image may be smaller.
  const fromCorner = [[photo.width / image.naturalWidth, 0, -0.5], [0, photo.height / image.naturalHeight, -0.5]];
  const [[a, b, x], [c, d, y]] = compose([[1, 0, 0.5], [0, 1, 0.5]], compose(affine, fromCorner));
  context.setTransform(a, c, b, d, x, y);
  context.imageSmoothingQuality = "low"; // bilinear, without averaging
  context.drawImage(image, 0, 0);
  return canvas;
}

/** The normalized crop as a picture, its lowest number black and its highest white, and those numbers. */
export function tensor(crop, { mean, std }, made) {
  const canvas = sized(made, [crop.height, crop.width]);
  const pixels = crop.getContext("2d").getImageData(0, 0, crop.width, crop.height);
  const { data } = pixels;
  const counts = [0, 1, 2].map(() => new Uint32Array(256)); // a channel has 256 levels, so as many numbers
  for (let i = 0; i < data.length; i += 4) {
    counts[0][data[i]] += 1;
    counts[1][data[i + 1]] += 1;
    counts[2][data[i + 2]] += 1;
  }
  const numbers = counts.map((_, channel) => Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean[channel]) / std[channel]));
  const found = numbers.flatMap((values, channel) => [...values].filter((_, level) => counts[channel][level]));
  const [low, high] = [Math.min(...found), Math.max(...found)];
  const average = (channel, of) => numbers[channel].reduce((sum, value, level) => sum + counts[channel][level] * of(value), 0) / (data.length / 4);
  const means = numbers.map((_, channel) => average(channel, (value) => value));
  const stds = numbers.map((_, channel) => Math.sqrt(average(channel, (value) => (value - means[channel]) ** 2)));
  const gain = 255 / Math.max(high - low, 1e-6);
  const shown = numbers.map((values) => Uint8ClampedArray.from(values, (value) => (value - low) * gain));
  for (let i = 0; i < data.length; i += 4) {
    data[i] = shown[0][data[i]];
    data[i + 1] = shown[1][data[i + 1]];
    data[i + 2] = shown[2][data[i + 2]];
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return { canvas, levels: { low, high, mean: means, std: stds } };
}

/** Colors as numbers that an ImageData of 32-bit pixels takes. table: [[r, g, b], ...]. */
export function colorTable(table) {
  const bytes = new Uint8ClampedArray(table.flatMap((color) => [...color, 255]));
  return new Uint32Array(bytes.buffer);
}

/** Heatmaps as one picture: their highest value at every pixel, in the 256 colors of a `colorTable`. */
export function heat(maps, [h, w], table, made) {
  const canvas = sized(made, [h, w]);
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(w, h);
  const colors = new Uint32Array(pixels.data.buffer);
  for (let i = 0; i < colors.length; i++) {
    let height = 0;
    for (const values of maps) if (values[i] > height) height = values[i];
    colors[i] = table[Math.min(255, Math.round(255 * height))];
  }
  context.putImageData(pixels, 0, 0);
  return canvas;
}

/** The maps that Python put side by side into one picture, gray level 255 at height 1. */
export function maps(atlas, count) {
  const { data } = atlas.getContext("2d").getImageData(0, 0, atlas.width, atlas.height);
  const [w, h] = [atlas.width / count, atlas.height];
  return Array.from({ length: count }, (_, place) =>
    Float32Array.from({ length: h * w }, (_, i) => data[4 * (Math.floor(i / w) * atlas.width + place * w + (i % w))] / 255));
}

/** Gray levels by which two canvases of one size differ, on average. */
export function difference(a, b) {
  const [one, other] = [a, b].map((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data);
  let sum = 0;
  for (let i = 0; i < one.length; i++) if (i % 4 !== 3) sum += Math.abs(one[i] - other[i]);
  return sum / ((one.length / 4) * 3);
}

/** A picture on a canvas of its own pixels, to be read. */
export function copied(image) {
  const canvas = sized(undefined, [image.naturalHeight, image.naturalWidth]);
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
  return canvas;
}

/** A crop on a canvas of the page, with the person's box and joints over it. prepare: of tile.js. */
export function crop(canvas, prepare, picture, { affine, box: around, points }, look) {
  const { context, scale, stroke } = prepare(canvas, picture.width, picture.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  box(context, around, { ...look, scale, stroke: 0.8 * stroke }, affine);
  pose(context, points, { ...look, scale, stroke });
}

/** Limbs and joints of one person, as everywhere: the person's left solid and round, the right dashed and square.
 *  A hidden joint is hollow; one that counts nothing (`weights` 0) is a gray cross.
 *  points: [[x, y, visibility], ...] in pixels of a picture; scale: canvas pixels per such pixel; chosen: a place. */
export function pose(context, points, { skeleton, colors, weights, scale, stroke, chosen = -1 }) {
  const at = points.map(([x, y, seen]) => (seen > 0 ? [(x + 0.5) * scale, (y + 0.5) * scale] : null));
  const counts = (place) => !weights || weights[place] > 0;
  const limbs = skeleton.limbs.filter(([a, b]) => at[a] && at[b]);
  context.lineCap = "butt";
  for (const [a, b] of limbs) line(context, at[a], at[b], stroke + 2, colors.casing);
  for (const [a, b] of limbs) {
    const side = sideOf(skeleton.sides[a], skeleton.sides[b]);
    if (side === "right") context.setLineDash([2 * stroke, 1.2 * stroke]);
    context.globalAlpha = counts(a) && counts(b) ? 1 : 0.35;
    line(context, at[a], at[b], stroke, colors[side]);
    context.setLineDash([]);
    context.globalAlpha = 1;
  }
  points.forEach(([, , seen], place) => {
    if (!at[place]) return;
    const radius = (place === chosen ? 2.6 : 1.5) * stroke;
    const side = skeleton.sides[place];
    if (!counts(place)) return cross(context, at[place], 1.4 * stroke, colors);
    shape(context, at[place], radius + 1.2, side, colors.casing);
    shape(context, at[place], radius, side, colors[side]);
    if (seen === 1) shape(context, at[place], 0.55 * radius, side, colors.casing);
    if (place === chosen) shape(context, at[place], 0.4 * radius, side, colors.core);
  });
}

/** A box of a person, [x, y, w, h] in photo pixels, in a picture that an affine map leads to. */
export function box(context, [x, y, w, h], { colors, scale, stroke }, affine = [[1, 0, 0], [0, 1, 0]]) {
  const corner = [[x, y], [x + w, y], [x + w, y + h], [x, y + h]].map((point) => apply(affine, point));
  outline(context, corner.map(([u, v]) => [(u + 0.5) * scale, (v + 0.5) * scale]), stroke, colors);
}

/** The part of the photo that a crop shows, dashed; its upper edge is drawn twice, so that one sees how it is turned. */
export function view(context, affine, size, { colors, scale, stroke }) {
  const places = corners(affine, size).map(([x, y]) => [(x + 0.5) * scale, (y + 0.5) * scale]);
  outline(context, places, stroke, colors, [5 * stroke, 3 * stroke]);
  line(context, places[0], places[1], 2 * stroke, colors.box);
}

function outline(context, places, stroke, colors, dashes = []) {
  context.lineJoin = "miter";
  context.beginPath();
  places.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  for (const [width, color] of [[stroke + 2, colors.casing], [stroke, colors.box]]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    if (color === colors.box) context.setLineDash(dashes);
    context.stroke();
  }
  context.setLineDash([]);
}

function sized(canvas, [height, width]) {
  const made = canvas ?? document.createElement("canvas");
  if (made.width !== width) made.width = width;
  if (made.height !== height) made.height = height;
  return made;
}

function sideOf(a, b) {
  const sides = new Set([a, b].filter((side) => side !== "middle"));
  return sides.size === 1 ? [...sides][0] : "middle";
}

export function line(context, from, to, width, color) {
  context.lineWidth = width;
  context.strokeStyle = color;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function cross(context, [x, y], reach, colors) {
  for (const [width, color] of [[4, colors.casing], [2, colors.middle]]) {
    line(context, [x - reach, y - reach], [x + reach, y + reach], width, color);
    line(context, [x - reach, y + reach], [x + reach, y - reach], width, color);
  }
}
