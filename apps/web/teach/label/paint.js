// The picture and what is labeled in it, on a canvas: joints and limbs as everywhere; what only is proposed is hollow.
import { line, pose } from "../../augment/paint.js";
import { box as paintBox, outline, ring, tag } from "../../marks.js";
import { shown } from "./things.js";

const CIRCLE = 2 * Math.PI;
const STROKE = 3.4; // page pixels of a limb
const HOLLOW = 6; // page pixels from the center of a proposed joint to its line
const FADED = 0.5; // things that are not chosen
const LOUPE = { radius: 62, away: 92, closer: 3, least: 4 }; // page pixels; times the view; page pixels per picture pixel
const SHARP = 2; // device pixels per picture pixel from which each is seen as a square

/** A picture at sizes that halve: drawn small from a large one it would be slow, and would flicker. */
export function levels(image, [width, height]) {
  const all = [{ source: image, share: [image.naturalWidth / width, image.naturalHeight / height] }];
  for (let [w, h] = [image.naturalWidth / 2, image.naturalHeight / 2]; Math.max(w, h) >= 512; [w, h] = [w / 2, h / 2]) {
    const source = document.createElement("canvas");
    [source.width, source.height] = [Math.round(w), Math.round(h)];
    source.getContext("2d").drawImage(all.at(-1).source, 0, 0, source.width, source.height);
    all.push({ source, share: [source.width / width, source.height / height] });
  }
  return all;
}

/** scene: { levels, size, view, things, chosen: { thing, joint }, held, hidden, names, cursor, loupe: a point of the
 *  picture or null, light: how bright the picture is shown, set, colors }. */
export function paint(canvas, scene) {
  const area = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(area.width * ratio), Math.round(area.height * ratio)];
  if (!canvas.width || !scene.levels) return;
  const context = canvas.getContext("2d");
  const { view } = scene;
  const scale = view.scale * ratio;
  context.setTransform(1, 0, 0, 1, view.x * ratio, view.y * ratio);
  photo(context, scene, scale);
  if (!scene.hidden) labels(context, scene, scale, ratio);
  if (scene.cursor) cross(context, [(scene.cursor[0] + 0.5) * scale, (scene.cursor[1] + 0.5) * scale], 12 * ratio, ratio, scene.colors);
  if (scene.loupe) loupe(context, scene, area, ratio);
}

function photo(context, { levels, size: [width, height], light = 1 }, scale) {
  const level = levels.findLast(({ share: [across] }) => across >= scale) ?? levels[0];
  context.imageSmoothingEnabled = scale < SHARP;
  context.imageSmoothingQuality = "high";
  if (light !== 1) context.filter = `brightness(${light})`;
  context.drawImage(level.source, 0, 0, width * scale, height * scale);
  context.filter = "none";
  context.imageSmoothingEnabled = true;
}

function labels(context, { things, chosen, held, names, set, colors }, scale, ratio) {
  const look = { colors };
  const order = things.map((_, i) => i).filter((i) => i !== chosen.thing);
  if (things[chosen.thing]) order.push(chosen.thing);
  for (const i of order) {
    const thing = things[i];
    const own = i === chosen.thing;
    context.globalAlpha = own ? 1 : FADED;
    const box = thing.box ?? thing.proposal?.box;
    if (box) {
      const [x, y, w, h] = box;
      context.save();
      if (!thing.box || thing.made) context.setLineDash([6 * ratio, 5 * ratio]);
      paintBox(context, { x, y, w, h }, { chosen: false, scale, ratio, look });
      context.restore();
      if (things.length > 1) tag(context, { x, y, w, h }, String(i + 1), { scale, ratio, look });
    }
    proposals(context, thing, { set, colors, scale, ratio });
    const points = thing.keypoints.map((point, joint) => (own && held && joint === chosen.joint ? [0, 0, 0] : point));
    pose(context, points, { skeleton: set, colors, scale, stroke: STROKE * ratio });
    if (names && own) named(context, thing, { set, colors, scale, ratio });
  }
  context.globalAlpha = 1;
  const mark = things[chosen.thing] && chosen.joint >= 0 && shown(things[chosen.thing], chosen.joint);
  if (!mark) return;
  ring(context, mark, { side: set.sides[chosen.joint], scale, ratio, look });
  if (held) dot(context, [(mark.x + 0.5) * scale, (mark.y + 0.5) * scale], 1.5 * ratio, colors.core);
}

/** What a network proposed of a thing: hollow, with thin white dashes for limbs. */
function proposals(context, thing, { set, colors, scale, ratio }) {
  const marks = thing.keypoints.map((_, joint) => shown(thing, joint));
  if (!marks.some((mark) => mark?.proposed)) return;
  const at = ({ x, y }) => [(x + 0.5) * scale, (y + 0.5) * scale];
  for (const [a, b] of set.limbs) {
    if (!marks[a] || !marks[b] || !(marks[a].proposed || marks[b].proposed)) continue;
    context.setLineDash([5 * ratio, 4 * ratio]);
    for (const [width, color] of [[4, colors.casing], [1.8, colors.core]]) line(context, at(marks[a]), at(marks[b]), width * ratio, color);
    context.setLineDash([]);
  }
  marks.forEach((mark, joint) => {
    if (!mark?.proposed) return;
    for (const [width, color] of [[5, colors.casing], [2.2, colors[set.sides[joint]]]]) {
      outline(context, at(mark), HOLLOW * ratio, set.sides[joint]);
      context.lineWidth = width * ratio;
      context.strokeStyle = color;
      context.stroke();
    }
    dot(context, at(mark), 1.2 * ratio, colors.core);
  });
}

function named(context, thing, { set, colors, scale, ratio }) {
  context.font = `600 ${11 * ratio}px system-ui, sans-serif`;
  context.textBaseline = "middle";
  context.lineJoin = "round";
  thing.keypoints.forEach((_, joint) => {
    const mark = shown(thing, joint);
    if (!mark) return;
    const [x, y] = [(mark.x + 0.5) * scale + 11 * ratio, (mark.y + 0.5) * scale];
    context.lineWidth = 3.5 * ratio;
    context.strokeStyle = colors.casing;
    context.strokeText(set.joints[joint], x, y);
    context.fillStyle = colors.core;
    context.fillText(set.joints[joint], x, y);
  });
}

/** What is under the pointer, larger, beside it. */
function loupe(context, scene, area, ratio) {
  const { view, loupe: point, colors, set, chosen } = scene;
  const [px, py] = [(point[0] + 0.5) * view.scale + view.x, (point[1] + 0.5) * view.scale + view.y];
  const { radius, away } = LOUPE;
  const inside = (value, length) => Math.min(Math.max(value, radius + 4), Math.max(length - radius - 4, radius + 4));
  let x = px + away, y = py - away;
  if (x + radius > area.width) x = px - away;
  if (y - radius < 0) y = py + away;
  [x, y] = [inside(x, area.width), inside(y, area.height)];
  const zoom = Math.max(LOUPE.closer * view.scale, LOUPE.least) * ratio;
  context.save();
  context.setTransform(1, 0, 0, 1, x * ratio, y * ratio);
  context.beginPath();
  context.arc(0, 0, radius * ratio, 0, CIRCLE);
  context.save();
  context.clip();
  context.fillStyle = colors.casing;
  context.fill();
  context.translate(-(point[0] + 0.5) * zoom, -(point[1] + 0.5) * zoom);
  photo(context, scene, zoom);
  context.restore();
  cross(context, [0, 0], 0.45 * radius * ratio, ratio, colors);
  context.beginPath();
  context.arc(0, 0, radius * ratio, 0, CIRCLE);
  for (const [width, color] of [[6, colors.casing], [3, colors.core]]) {
    context.lineWidth = width * ratio;
    context.strokeStyle = color;
    context.stroke();
  }
  const name = set.joints[chosen.joint];
  if (name) {
    context.font = `600 ${12 * ratio}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const wide = context.measureText(name).width + 12 * ratio;
    const low = (radius - 16) * ratio;
    context.fillStyle = colors.casing;
    context.fillRect(-wide / 2, low - 9 * ratio, wide, 18 * ratio);
    context.fillStyle = colors[set.sides[chosen.joint]];
    context.fillText(name, 0, low);
  }
  context.restore();
}

/** A cross with nothing in its middle, so that what is meant stays to be seen. */
function cross(context, [x, y], reach, ratio, colors) {
  for (const [width, color] of [[3, colors.casing], [1.2, colors.core]]) {
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      line(context, [x + 5 * ratio * dx, y + 5 * ratio * dy], [x + reach * dx, y + reach * dy], width * ratio, color);
    }
  }
  dot(context, [x, y], ratio, colors.core);
}

function dot(context, [x, y], radius, color) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, CIRCLE);
  context.fill();
}
