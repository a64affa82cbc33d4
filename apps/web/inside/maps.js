// Maps of numbers: how they come from Python, and how they get their colors.

/** Maps of one size: `values` (Float32Array) holds map after map, row by row. */
export class Maps {
  constructor(values, count, width, height) {
    Object.assign(this, { values, count, width, height });
  }

  of(map) {
    const size = this.width * this.height;
    return this.values.subarray(map * size, (map + 1) * size);
  }

  at(map, x, y) {
    return this.values[(map * this.height + y) * this.width + x];
  }
}

/** Maps that stand side by side in one picture, as apps/views/inside/atlas.py `tiled` describes it. */
export async function fromSheet({ picture, columns, cell: [width, height], limits }) {
  const { data, width: wide } = await pixels(picture);
  const values = new Float32Array(limits.length * width * height);
  let next = 0;
  limits.forEach(([low, high], map) => {
    const left = (map % columns) * width, top = Math.floor(map / columns) * height;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) values[next++] = low + (data[4 * ((top + y) * wide + left + x)] / 255) * (high - low);
    }
  });
  return new Maps(values, limits.length, width, height);
}

/** Maps with all their digits: float32, little-endian, in base64. */
export function fromDigits(base64, [count, height, width]) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const values = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  return new Maps(values, count, width, height);
}

/** The pixels of a picture that an answer named. */
export async function pixels(url) {
  const image = await picture(url);
  const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** An image that is there when the promise is. */
export async function picture(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

/** One map on a canvas of its own pixels, colored by `table`, 256 colors [red, green, blue], from low to high.
 *  veil: a height h from 0 to 1 hides veil * h of what lies below; 0: everything is hidden. */
export function paint(canvas, values, [width, height], limits, table, veil = 0) {
  return paintAll(canvas, new Maps(values, 1, width, height), [0], () => limits, table, 1, veil);
}

/** Maps side by side without a line between them. order: which, in reading order; limitsOf(map) gives [low, high]. */
export function paintAll(canvas, maps, order, limitsOf, table, columns, veil = 0) {
  const { width, height } = maps;
  const [wide, high] = [columns * width, Math.ceil(order.length / columns) * height];
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  const image = context.createImageData(wide, high);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = packed(table, veil);
  order.forEach((map, place) => {
    const [least, most] = limitsOf(map);
    const gain = 255 / (most > least ? most - least : 1);
    const corner = Math.floor(place / columns) * height * wide + (place % columns) * width;
    let from = map * width * height;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, from++) {
        pixels[corner + y * wide + x] = colors[Math.min(Math.max(Math.round((maps.values[from] - least) * gain), 0), 255)];
      }
    }
  });
  context.putImageData(image, 0, 0);
  return canvas;
}

const packings = new WeakMap(); // table -> veil -> its colors

/** A table as pixels of an ImageData, one number each: coloring all channels of a branch takes milliseconds. */
function packed(table, veil) {
  if (!packings.has(table)) packings.set(table, new Map());
  const own = packings.get(table);
  if (!own.has(veil)) {
    const bytes = new Uint8ClampedArray(4 * table.length);
    table.forEach(([red, green, blue], step) => bytes.set([red, green, blue, veil ? Math.min(255, Math.round(veil * step)) : 255], 4 * step));
    own.set(veil, new Uint32Array(bytes.buffer));
  }
  return own.get(veil);
}

/** The extremes of all numbers. */
export function extremes(values) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The place of the highest number of a map, [x, y]. */
export function highest(values, width) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return [best % width, Math.floor(best / width)];
}

/** Which pixel of a map a pointer is on, [x, y]; the canvas shows the map from edge to edge. */
export function under(event, canvas, width, height) {
  const area = canvas.getBoundingClientRect();
  const at = (share, count) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return [at((event.clientX - area.left) / area.width, width), at((event.clientY - area.top) / area.height, height)];
}

/** Where an arrow key leads from a cell, or null where the key is another one. */
export function stepped({ key }, [x, y], width, height) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key] ?? [];
  if (dx === undefined) return null;
  return [Math.min(width - 1, Math.max(0, x + dx)), Math.min(height - 1, Math.max(0, y + dy))];
}
