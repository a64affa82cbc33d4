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
 *  veil: how much a height h from 0 to 1 hides what lies below; without it, everything does. */
export function paint(canvas, values, [width, height], limits, table, veil = null) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  color(image.data, values, limits, table, veil);
  context.putImageData(image, 0, 0);
  return canvas;
}

function color(data, values, [low, high], table, veil) {
  const gain = 1 / (high > low ? high - low : 1);
  for (let i = 0; i < values.length; i++) {
    const height = Math.min(Math.max((values[i] - low) * gain, 0), 1);
    const [red, green, blue] = table[Math.round(255 * height)];
    data[4 * i] = red;
    data[4 * i + 1] = green;
    data[4 * i + 2] = blue;
    data[4 * i + 3] = veil ? Math.round(255 * Math.min(1, veil * height)) : 255;
  }
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
