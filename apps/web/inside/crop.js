// What the network sees: the crop, the skeleton that it found there, and what one cell of a map sees of it.
import { element } from "../dom.js";
import { person as paintPerson } from "../marks.js";
import { apply, inverse } from "../maths.js";
import { say } from "../words.js";
import { picture } from "./maps.js";
import { jointName, number } from "./parts.js";

const FAINT = 0.4; // of the skeleton of the whole network, beside that of the cut one

/** Gives { root, crop(values), skeleton(change), joint(place), look(area) }. */
export function cropPart({ look }) {
  const canvas = element("canvas", { class: "crop", role: "img" });
  const caption = element("p", { class: "aside", role: "status" });
  const state = { crop: null, image: null, change: null, joint: 0, area: null };
  let due = 0;

  const redraw = () => (due ||= requestAnimationFrame(draw));

  function draw() {
    due = 0;
    const { crop, image, change, joint, area } = state;
    if (!image) return;
    const ratio = Math.max(2, window.devicePixelRatio || 1);
    const wide = Math.round((canvas.clientWidth || crop.width) * ratio), high = Math.round((wide * crop.height) / crop.width);
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const context = canvas.getContext("2d");
    const scale = wide / crop.width;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, wide, high);
    if (change) {
      const options = { sides: change.sides, visible: look.visible, scale, stroke: wide / 110, look };
      if (change.cut.length) {
        context.globalAlpha = FAINT;
        paintPerson(context, marks(change, change.before), options);
        context.globalAlpha = 1;
      }
      paintPerson(context, marks(change, change.after), options);
      const { x, y } = marks(change, change.after).points[joint] ?? {};
      if (x !== undefined) ring(context, (x + 0.5) * scale, (y + 0.5) * scale, wide / 22, look.colors);
    }
    if (area) frame(context, area.map((value) => value * scale), wide / 90, look.colors);
  }

  /** Joints in pixels of the crop, as marks.js takes them. */
  function marks({ limbs }, keypoints) {
    const toCrop = inverse(state.crop.to_photo);
    const points = keypoints.map((keypoint, place) => {
      const [x, y, score] = apply(toCrop, keypoint);
      return { x, y, score, joint: place };
    });
    return { points, lines: limbs.map((joints) => ({ joints })) };
  }

  new ResizeObserver(redraw).observe(canvas);

  return {
    root: element("section", { class: "see" }, element("h2", {}, say("inside.sees")), canvas, caption),

    async crop(values) {
      const image = await picture(values.url);
      Object.assign(state, { crop: values, image });
      canvas.style.aspectRatio = `${values.width} / ${values.height}`;
      redraw();
    },

    skeleton(change) {
      state.change = change;
      const sure = change.after.filter(([, , score]) => score > look.visible).length;
      const least = change.after.reduce((low, [, , score], i, all) => (score < all[low][2] ? i : low), 0);
      canvas.setAttribute("aria-label", say("inside.crop_alt", {
        sure, count: change.joints.length, joint: jointName(change.joints[least]), score: number(change.after[least][2], 2),
      }));
      redraw();
    },

    joint(place) {
      state.joint = place;
      redraw();
    },

    /** area: [x, y, w, h] in pixels of the crop, from their edges, or null; words say what it is. */
    look(area, words) {
      state.area = area;
      caption.textContent = words;
      redraw();
    },
  };
}

function frame(context, [x, y, w, h], thick, colors) {
  context.setLineDash([]);
  for (const [width, color] of [[2.4 * thick, colors.casing], [thick, colors.core]]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    const inset = 1.2 * thick;
    context.strokeRect(x + inset, y + inset, Math.max(0, w - 2 * inset), Math.max(0, h - 2 * inset));
  }
}

function ring(context, x, y, radius, colors) {
  context.setLineDash([]);
  for (const [width, color] of [[radius / 2, colors.casing], [radius / 4, colors.core]]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  }
}
