// One picture as both eyes see it, with a divider across; labels on top where there are some; and a box drawn by hand.
import { divider as dividing } from "../../divider.js";
import { element } from "../../dom.js";
import { layer } from "../../layer.js";
import { box as paintBox, person as paintPerson, strokeOf } from "../../marks.js";
import { say } from "../../words.js";

const SMALLEST = 6; // CSS pixels; a smaller box was a slip

/** told: kept(split), drew([x, y, w, h]). Gives { root, message, show(seen), mode({ labels, drawing }), close() }.
 *  seen: null, or { url, width, height, alt, boxes, labels, eyes, sides, limbs, look, visible, caption }. Where there are
 *  labels, every answer is drawn, however faint: all of them are measured. */
export function stage({ split }, told) {
  const picture = element("img", { class: "photo", alt: "" });
  const canvas = element("canvas", { class: "over", "aria-hidden": "true" });
  const frame = element("div", { class: "frame" }, picture, canvas);
  const caption = element("p", { class: "caption", role: "status" });
  let seen = null, labels = true, drawing = false, drag = null;
  const divider = dividing(canvas, { label: say("teach.compare.divider"), start: split }, {
    said: (percent) => say("teach.compare.at", { percent }),
    moved: () => repaint(),
    kept: told.kept,
    busy: () => drawing,
  });
  const root = element("div", { class: "stage" }, frame, divider.root, caption);

  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width * seen.width, (event.clientY - area.top) / area.height * seen.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!drawing || !seen || event.button !== 0) return;
    drag = [at(event), at(event)];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag[1] = at(event);
    repaint();
  });
  canvas.addEventListener("pointerup", () => {
    if (!drag) return;
    const box = drawn();
    const least = SMALLEST * seen.width / canvas.getBoundingClientRect().width;
    drag = null;
    if (box[2] > least && box[3] > least) told.drew(box);
    repaint();
  });
  canvas.addEventListener("pointercancel", () => (drag = null));

  /** Within the picture. */
  function drawn() {
    const clamp = (value, most) => Math.min(Math.max(value, 0), most);
    const [xs, ys] = [0, 1].map((axis) => drag.map((point) => clamp(point[axis], axis ? seen.height : seen.width)).sort((a, b) => a - b));
    return [xs[0], ys[0], xs[1] - xs[0], ys[1] - ys[0]];
  }

  const { repaint, close } = layer(canvas, (fit) => {
    const { context, ratio } = fit() ?? {};
    if (!seen || !context) return;
    const scale = canvas.width / seen.width;
    const { look } = seen;
    const visible = seen.labels ? -Infinity : seen.visible;
    const asBox = ([x, y, w, h]) => ({ x, y, w, h });
    if (!seen.labels) for (const box of seen.boxes ?? []) paintBox(context, asBox(box), { chosen: false, scale, ratio, look });
    seen.eyes?.forEach((things, side) => {
      divider.clip(context, side);
      things?.forEach((points, i) => {
        const marks = { points: points.flatMap((point, joint) => (point ? [{ x: point[0], y: point[1], score: point[2], joint }] : [])), lines: seen.limbs.map((joints) => ({ joints })) };
        paintPerson(context, marks, { sides: seen.sides, visible, scale, stroke: strokeOf(asBox(seen.boxes[i]), scale, canvas, look), look });
        if (labels && seen.labels) paintMisses(context, points, seen.labels[i], { scale, ratio, look });
      });
      context.restore();
    });
    if (labels) for (const thing of seen.labels ?? []) paintLabels(context, thing, { scale, ratio, look });
    if (seen.eyes) divider.paint(context, { ratio, look });
    if (drag) paintBox(context, asBox(drawn()), { chosen: true, scale, ratio, look });
    canvas.dataset.split = divider.split.toFixed(3);
    canvas.dataset.eyes = seen.eyes ? seen.eyes.map((eye) => eye?.flat().filter(Boolean).length ?? 0).join() : "";
  });
  divider.move(divider.split);

  return {
    root,
    show(next) {
      seen = next;
      root.hidden = !seen;
      if (!seen) return;
      if (picture.getAttribute("src") !== String(seen.url)) picture.src = seen.url;
      picture.alt = seen.alt ?? "";
      caption.textContent = seen.caption ?? "";
      frame.style.setProperty("--width", seen.width);
      frame.style.setProperty("--height", seen.height);
      root.style.setProperty("--width", seen.width);
      root.style.setProperty("--height", seen.height);
      repaint();
    },
    mode(next) {
      ({ labels = labels, drawing = drawing } = next);
      canvas.classList.toggle("drawing", drawing);
      canvas.dataset.labels = labels;
      repaint();
    },
    close,
  };
}

/** A cross where somebody labeled a joint: upright for one that is seen, lying for an occluded one. */
function paintLabels(context, thing, { scale, ratio, look }) {
  const arm = 6 * ratio;
  for (const [x, y, visibility] of thing) {
    if (!visibility) continue;
    const [left, top] = [(x + 0.5) * scale, (y + 0.5) * scale];
    const slope = visibility === 2 ? [[1, 0], [0, 1]] : [[0.7, 0.7], [0.7, -0.7]];
    for (const [width, color] of [[4 * ratio, look.colors.casing], [1.8 * ratio, look.colors.core]]) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      for (const [dx, dy] of slope) {
        context.moveTo(left - dx * arm, top - dy * arm);
        context.lineTo(left + dx * arm, top + dy * arm);
      }
      context.stroke();
    }
  }
}

/** A thin line from each label to what the eye says. */
function paintMisses(context, points, thing, { scale, ratio, look }) {
  for (const [width, color] of [[3 * ratio, look.colors.casing], [1.2 * ratio, look.colors.core]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    points.forEach((point, joint) => {
      const [x, y, visibility] = thing[joint];
      if (!point || !visibility) return;
      context.moveTo((x + 0.5) * scale, (y + 0.5) * scale);
      context.lineTo((point[0] + 0.5) * scale, (point[1] + 0.5) * scale);
    });
    context.stroke();
  }
}
