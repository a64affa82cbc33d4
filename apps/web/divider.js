// A divider between two ways to see the same picture: drawn across it by hand, or moved by a slider below it.
import { element } from "./dom.js";

/** canvas: lies over the picture, and is what the hand drags on. told: moved(split), while it moves; kept(split), when it
 *  was let go; hover([x, y] or null), shares of the canvas under a pointer that does not drag; said(percent), in words.
 *  Gives { root, split, move(to), clip(context, side), paint(context, { ratio, look, letters }) }. */
export function divider(canvas, { label, start = 0.5, letters = ["A", "B"] }, told) {
  const root = element("input", { type: "range", class: "divider", min: "0", max: "1", step: "0.005", "aria-label": label, oninput: () => move(Number(root.value)), onchange: () => told.kept?.(split) });
  let split = clamp(start);
  let held = false;

  function move(to) {
    split = clamp(to);
    root.value = split;
    root.setAttribute("aria-valuetext", told.said(Math.round(100 * split)));
    told.moved?.(split);
  }

  const share = (event) => {
    const area = canvas.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || told.busy?.()) return;
    held = true;
    canvas.setPointerCapture(event.pointerId);
    move(share(event)[0]);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (held) move(share(event)[0]);
    else if (event.pointerType !== "touch") told.hover?.(share(event));
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (held) told.kept?.(split);
      held = false;
    });
  }
  canvas.addEventListener("pointerleave", () => told.hover?.(null));

  return {
    root, move,
    get split() { return split; },

    /** What is painted from now on stays on its side, 0 left or 1 right; until context.restore(). */
    clip(context, side) {
      const { width, height } = context.canvas;
      const at = split * width;
      context.save();
      context.beginPath();
      context.rect(side ? at : 0, 0, side ? width - at : at, height);
      context.clip();
    },

    paint(context, { ratio, look }) {
      const at = split * context.canvas.width;
      const { casing, core } = look.colors;
      for (const [width, color] of [[4 * ratio, casing], [2 * ratio, core]]) {
        context.fillStyle = color;
        context.fillRect(at - width / 2, 0, width, context.canvas.height);
      }
      context.font = `700 ${14 * ratio}px system-ui, sans-serif`;
      context.textBaseline = "middle";
      context.textAlign = "center";
      letters.forEach((letter, side) => {
        const x = at + (side ? 16 : -16) * ratio;
        context.fillStyle = casing;
        context.fillRect(x - 11 * ratio, 8 * ratio, 22 * ratio, 22 * ratio);
        context.fillStyle = core;
        context.fillText(letter, x, 19.5 * ratio);
      });
    },
  };
}

export const clamp = (share) => Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0.5));
