// One tile of the ribbon: a title and what was drawn, a picture with joints over it, the affine map in numbers.
import { element } from "../dom.js";
import { say } from "../words.js";

/** aspect: width over height of its picture. choose(): somebody wants to know more of this step. */
export function tile(name, choose) {
  const canvas = element("canvas", { class: "picture", role: "img" });
  const said = element("span", { class: "said" });
  const matrix = element("p", { class: "matrix" });
  const title = element("button", { type: "button", class: "title", onclick: choose }, say(`augment.step.${name}`));
  const root = element("figure", { class: "tile", "data-step": name }, element("figcaption", {}, title, said), canvas, matrix);
  canvas.addEventListener("click", choose);
  return { name, root, canvas, said, matrix, title };
}

const widths = new WeakMap(); // of canvases on the page: asking the page itself between two drawings costs a layout
const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => widths.set(target, target.clientWidth)));

/** Prepares a canvas for a picture of width by height pixels; gives its context and canvas pixels per pixel. */
export function prepare(canvas, width, height) {
  if (!widths.get(canvas)) {
    watch.observe(canvas);
    widths.set(canvas, canvas.clientWidth);
  }
  const ratio = window.devicePixelRatio || 1;
  const wide = Math.max(1, Math.round((widths.get(canvas) || width) * ratio));
  const high = Math.max(1, Math.round((wide * height) / width));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
  const context = canvas.getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  return { context, scale: wide / width, stroke: 1.6 * ratio };
}

/** A 2x3 matrix in two rows whose numbers stand below each other. */
export function matrixText(affine) {
  const cells = affine.map((row) => row.map((value, column) => number(value, column === 2 ? 1 : 3)));
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column].length)));
  return cells.map((row) => `[${row.map((cell, column) => cell.padStart(widths[column])).join(" ")}]`).join("\n");
}

/** A number with so many digits, never -0. */
export function number(value, digits) {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? (0).toFixed(digits) : text).replace("-", "−");
}

export const signed = (value, digits) => (Number(value.toFixed(digits)) > 0 ? `+${number(value, digits)}` : number(value, digits));

/** A joint's name in the visitor's language, or, of a skeleton that the catalogue does not know, in its own. */
export function jointName(joint) {
  const key = `joint.${joint}`;
  const said = say(key);
  return said === key ? joint.replaceAll("_", " ") : said;
}
