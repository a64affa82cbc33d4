// Draws people over a photo as hrnet/draw.py does: the person's left solid, blue and round, the right dashed, orange and
// square, the middle gray and pointed, all with a dark casing. Sizes and colors come from Python (`look`), none are here.

const CIRCLE = 2 * Math.PI;

/** One person.
 *  marks: { points: [{x, y, joint, score}], lines: [{joints: [a, b]}] } of this person, in photo pixels.
 *  scale: canvas pixels per photo pixel. The center of the first photo pixel is (0, 0). */
export function person(context, marks, { sides, visible, scale, stroke, look }) {
  const casing = Math.max(1, look.casing * stroke);
  const seen = new Map();
  for (const point of marks.points) {
    if (point.score > visible) seen.set(point.joint, { ...point, x: (point.x + 0.5) * scale, y: (point.y + 0.5) * scale });
  }
  const limbs = marks.lines
    .map(({ joints: [a, b] }) => ({ a: seen.get(a), b: seen.get(b), side: sideOf(sides[a], sides[b]) }))
    .filter(({ a, b }) => a && b);
  for (const { a, b } of limbs) line(context, a, b, stroke + 2 * casing, look.colors.casing);
  for (const { a, b, side } of limbs) {
    if (side === "right") context.setLineDash(dashes(a, b, stroke, look));
    line(context, a, b, stroke, look.colors[side]);
    context.setLineDash([]);
  }
  const points = [...seen.values()];
  for (const point of points) {
    const strength = Math.min(Math.max(point.score, 0), 1);
    const nearest = Math.min(...points.filter((p) => p !== point).map((p) => Math.hypot(p.x - point.x, p.y - point.y)));
    const radius = Math.max(Math.min(look.joint * stroke * (0.5 + 0.5 * strength), look.room * nearest), look.smallest_joint);
    const side = sides[point.joint];
    const place = [point.x, point.y];
    shape(context, place, radius + casing, side, look.colors.casing);
    shape(context, place, radius, side, look.colors[side]);
    if (strength * look.core * radius >= look.smallest_core) shape(context, place, strength * look.core * radius, side, look.colors.core);
  }
}

/** A ring around one joint, so that what lies inside of it stays to be seen. */
export function ring(context, { x, y }, { side, scale, ratio, look }) {
  for (const [width, color] of [[5 * ratio, look.colors.casing], [2 * ratio, look.colors[side]]]) {
    context.beginPath();
    context.arc((x + 0.5) * scale, (y + 0.5) * scale, 8 * ratio, 0, CIRCLE);
    context.lineWidth = width;
    context.strokeStyle = color;
    context.stroke();
  }
}

/** The width of a limb in canvas pixels: thinner for a person who is small in the picture. */
export function strokeOf(box, scale, canvas, look) {
  const photo = Math.sqrt(canvas.width * canvas.height) / look.photo_strokes;
  const own = (Math.sqrt(box.w * box.h) * scale) / look.person_strokes;
  return Math.max(1, Math.min(photo, Math.max(own, look.thinnest * photo)));
}

/** A box, with handles where it is chosen. */
export function box(context, { x, y, w, h }, { chosen, scale, ratio, look }) {
  const [left, top, width, height] = [x, y, w, h].map((v) => v * scale);
  const thick = (chosen ? 2.5 : 1.5) * ratio;
  context.lineJoin = "miter";
  for (const [extra, color] of [[2 * ratio, look.colors.casing], [0, look.colors.box]]) {
    context.strokeStyle = color;
    context.lineWidth = thick + extra;
    context.strokeRect(left, top, width, height);
  }
  if (chosen) {
    for (const i of [0, 0.5, 1]) {
      for (const j of [0, 0.5, 1]) {
        if (i !== 0.5 || j !== 0.5) handle(context, left + i * width, top + j * height, { ratio, look });
      }
    }
  }
}

/** Words on a box: above it, or inside at the upper edge of the picture. */
export function tag(context, box, text, { scale, ratio, look }) {
  const [left, top] = [box.x * scale - ratio, box.y * scale];
  const size = 12 * ratio, high = 18 * ratio, pad = 5 * ratio;
  context.font = `600 ${size}px system-ui, sans-serif`;
  const wide = context.measureText(text).width + 2 * pad;
  const x = Math.min(Math.max(left, 0), Math.max(context.canvas.width - wide, 0));
  const y = top >= high ? top - high : Math.max(top, 0);
  context.fillStyle = look.colors.box;
  context.fillRect(x, y, wide, high);
  context.fillStyle = look.colors.casing;
  context.textBaseline = "middle";
  context.fillText(text, x + pad, y + high / 2 + 0.5 * ratio);
}

function handle(context, x, y, { ratio, look }) {
  const half = 4.5 * ratio;
  context.fillStyle = look.colors.core;
  context.strokeStyle = look.colors.casing;
  context.lineWidth = 1.5 * ratio;
  context.fillRect(x - half, y - half, 2 * half, 2 * half);
  context.strokeRect(x - half, y - half, 2 * half, 2 * half);
}

function sideOf(a, b) {
  const sides = new Set([a, b].filter((side) => side !== "middle"));
  return sides.size === 1 ? [...sides][0] : "middle";
}

function line(context, a, b, width, color) {
  context.lineCap = "butt";
  context.lineWidth = width;
  context.strokeStyle = color;
  context.beginPath();
  context.moveTo(a.x, a.y);
  context.lineTo(b.x, b.y);
  context.stroke();
}

/** Dashes that begin and end the line with a dash and, however short it is, leave a gap in its middle. */
function dashes(a, b, stroke, { dash, gap }) {
  const length = Math.hypot(a.x - b.x, a.y - b.y);
  const count = Math.max(2, Math.round((length / stroke + gap) / (dash + gap)));
  const unit = length / (count * dash + (count - 1) * gap);
  return [dash * unit, gap * unit];
}

/** The path of a joint: a disc for the left side, a square for the right one, a diamond in the middle. */
export function outline(context, [x, y], radius, side) {
  context.beginPath();
  if (side === "left") context.arc(x, y, radius, 0, CIRCLE);
  else if (side === "right") context.rect(x - 0.9 * radius, y - 0.9 * radius, 1.8 * radius, 1.8 * radius);
  else {
    const reach = 1.25 * radius;
    context.moveTo(x, y - reach);
    context.lineTo(x + reach, y);
    context.lineTo(x, y + reach);
    context.lineTo(x - reach, y);
    context.closePath();
  }
}

/** A joint, filled. */
export function shape(context, place, radius, side, color) {
  outline(context, place, radius, side);
  context.fillStyle = color;
  context.fill();
}
