// What the toys draw on: canvases in units of their picture, maps in color, marks that words light up.
import { element } from "../dom.js";

/** A canvas in a figure. fit(w, h) makes it as wide as there is room, w by h units, and gives { context, k, ratio }: k
 *  device pixels per unit; at(event) gives a pointer's place in units. changed() is called when its size did. */
export function sheet({ label, part = null, caption = null, changed, focus = false }) {
  const canvas = element("canvas", { role: focus ? "application" : "img", "aria-label": label, tabindex: focus ? "0" : null });
  const figure = element("figure", { class: "sheet", "data-part": part }, canvas, caption && element("figcaption", {}, caption));
  let units = [1, 1];
  const watch = new ResizeObserver(changed);
  watch.observe(canvas);
  return {
    canvas,
    figure,
    fit(w, h) {
      units = [w, h];
      canvas.style.aspectRatio = `${w} / ${h}`;
      figure.style.setProperty("--shape", w / h);
      const ratio = window.devicePixelRatio || 1;
      const width = Math.max(1, Math.round(canvas.getBoundingClientRect().width * ratio));
      const height = Math.max(1, Math.round((width * h) / w));
      if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
      const context = canvas.getContext("2d");
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, height);
      return { context, k: width / w, ratio };
    },
    at(event) {
      const area = canvas.getBoundingClientRect();
      return [((event.clientX - area.left) / area.width) * units[0], ((event.clientY - area.top) / area.height) * units[1]];
    },
    describe: (line) => canvas.getAttribute("aria-label") !== line && canvas.setAttribute("aria-label", line),
    close: () => watch.disconnect(),
  };
}

/** A point that the hand moves over a canvas: by pointer, by finger, and by the arrow keys.
 *  where(): its place in units, or null where it cannot be moved now; moved(point, done): done when the hand lets go.
 *  What it takes, listeners added later do not get. */
export function movable(paper, { where, moved, step = 1 }) {
  const { canvas } = paper;
  let held = null, settle = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !where()) return;
    event.stopImmediatePropagation();
    held = event.pointerId;
    canvas.setPointerCapture(held);
    canvas.focus({ preventScroll: true });
    moved(paper.at(event), false);
  });
  canvas.addEventListener("pointermove", (event) => event.pointerId === held && moved(paper.at(event), false));
  canvas.addEventListener("pointerup", (event) => {
    if (event.pointerId !== held) return;
    held = null;
    moved(paper.at(event), true);
  });
  canvas.addEventListener("pointercancel", () => (held = null));
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const from = way && where();
    if (!from) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const far = step * (event.shiftKey ? 10 : 1);
    moved([from[0] + way[0] * far, from[1] + way[1] * far], false);
    clearTimeout(settle);
    settle = setTimeout(() => where() && moved(where(), true), 150);
  });
  return { feel: () => (canvas.style.touchAction = where() ? "none" : ""), close: () => clearTimeout(settle) };
}

// ---- colors ----------------------------------------------------------------------------------------------------------

/** "rrggbb" 256 times -> a table of bytes. */
export const table = (hex) => Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));

/** A map as a canvas of its own pixels. steps: 0 to 255 for every pixel. */
export function colored(steps, w, h, colors) {
  const made = element("canvas");
  [made.width, made.height] = [w, h];
  const pixels = new ImageData(w, h);
  for (let i = 0; i < w * h; i++) {
    const from = 3 * steps[i];
    pixels.data.set([colors[from], colors[from + 1], colors[from + 2], 255], 4 * i);
  }
  made.getContext("2d").putImageData(pixels, 0, 0);
  return made;
}

/** Draws a canvas of few pixels as squares. */
export function squares(context, made, x, y, w, h) {
  context.imageSmoothingEnabled = false;
  context.drawImage(made, x, y, w, h);
  context.imageSmoothingEnabled = true;
}

/** Where a value between the limits lies among the 256 colors. */
export const steps = (values, [low, high]) =>
  Uint8Array.from(values, (value) => Math.min(Math.max(Math.round(((value - low) / (high - low)) * 255), 0), 255));

/** The picture of an address, ready to be drawn; `dataset.from` is that address. */
export async function picture(url) {
  const image = new Image();
  image.dataset.from = url;
  image.src = url;
  await image.decode();
  return image;
}

/** The gray steps of an address's picture: { data, width, height }, one byte a pixel. */
export async function grays(url) {
  const image = await picture(url);
  const made = element("canvas");
  [made.width, made.height] = [image.naturalWidth, image.naturalHeight];
  const context = made.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, made.width, made.height);
  return { data: Uint8Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]), width: made.width, height: made.height };
}

/** A rectangle of it. */
export function piece({ data, width }, [x, y, w, h]) {
  const cut = new Uint8Array(w * h);
  for (let row = 0; row < h; row++) cut.set(data.subarray((y + row) * width + x, (y + row) * width + x + w), row * w);
  return cut;
}

/** The maps of a tiled picture: [{ steps, limits, max }]. */
export async function tiles({ picture, columns, cell: [w, h], limits, max }) {
  const whole = await grays(picture);
  return limits.map((one, i) => ({ steps: piece(whole, [(i % columns) * w, Math.floor(i / columns) * h, w, h]), limits: one, max: max[i], w, h }));
}

/** How a part is to be drawn as the view stands: whether words light it up, whether it is there to be seen, in which ink.
 *  view(): the newest, or null. */
export function lighting(view, { colors, accent }) {
  const lit = (part) => view().lit === part;
  return {
    lit,
    shown: (part) => view().shows.has(part) && !view().covered.has(part),
    ink: (part, color) => ({ color: lit(part) ? colors.core : color, casing: lit(part) ? accent() : colors.casing }),
  };
}

// ---- marks: always over a dark casing, so that they show on any picture -------------------------------------------------

/** Strokes the path twice: dark and wide, then in its color. */
export function cased(context, path, { color, casing, width, dash = [] }) {
  context.lineJoin = "round";
  context.lineCap = "butt";
  for (const [ink, wide, dashes] of [[casing, width + 2.5 * Math.max(1, width / 3), []], [color, width, dash]]) {
    context.strokeStyle = ink;
    context.lineWidth = wide;
    context.setLineDash(dashes);
    context.stroke(path);
  }
  context.setLineDash([]);
}

/** Strokes the path once: what words light up. */
export function outline(context, path, { color, width }) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke(path);
}

export function cross(x, y, r) {
  const path = new Path2D();
  path.moveTo(x - r, y);
  path.lineTo(x + r, y);
  path.moveTo(x, y - r);
  path.lineTo(x, y + r);
  return path;
}

export function ring(x, y, r) {
  const path = new Path2D();
  path.arc(x, y, r, 0, 2 * Math.PI);
  return path;
}

export function rectangle(x, y, w, h) {
  const path = new Path2D();
  path.rect(x, y, w, h);
  return path;
}

export function segment(a, b) {
  const path = new Path2D();
  path.moveTo(...a);
  path.lineTo(...b);
  return path;
}

/** What is hidden until a guess was made. */
export function veil(context, { x = 0, y = 0, w, h, ratio, paper, line, ink }) {
  context.fillStyle = paper;
  context.fillRect(x, y, w, h);
  context.strokeStyle = line;
  context.lineWidth = ratio;
  context.strokeRect(x + ratio / 2, y + ratio / 2, w - ratio, h - ratio);
  context.fillStyle = ink;
  context.font = `300 ${Math.min(w, h) / 3}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText("?", x + w / 2, y + h / 2);
  context.textAlign = "start";
}
