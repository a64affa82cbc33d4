// All channels of one place side by side: sorted and scaled here, from one picture; the cell under the pointer is read
// out, and who else looks at the same spot.
import { element } from "../dom.js";
import { say } from "../words.js";
import { fromSheet, paintAll, stepped } from "./maps.js";
import { choice, number, placeName, scaleOf, scissors, short } from "./parts.js";

const LINE = 2; // CSS pixels between neighbors
const HIGH = 430; // CSS pixels that the whole atlas should take at most
const TILE = [18, 104]; // CSS pixels of a map's width, at least and at most

/** told: point(spot or null), channel(place, number), cut(name), figure(place), setting(name, value).
 *  Gives { root, show(atlas, cuttable), settings({ scale, order }) }. A spot: { place, channel, cell, size, value }. */
export function atlasPart({ magma }, told) {
  const canvas = element("canvas", { class: "atlas-maps", tabindex: "0", role: "application" });
  const cursor = element("div", { class: "tile-cursor", hidden: true });
  const pixel = element("div", { class: "pixel-cursor", hidden: true });
  const heading = element("h2");
  const tools = element("div", { class: "atlas-tools" });
  const reading = element("p", { class: "reading", role: "status" });
  const scale = scaleOf(magma);
  const scales = choice(say("inside.scale"), ["map", "branch", "global"].map((name) => [name, say(`inside.scale.${name}`)]), (value) => told.setting("scale", value));
  const orders = choice(say("inside.order"), ["channel", "activation"].map((name) => [name, say(`inside.order.${name}`)]), (value) => told.setting("order", value));
  const root = element(
    "section",
    { class: "atlas card", "data-control": "atlas", hidden: true },
    element("div", { class: "title" }, heading, tools),
    element("div", { class: "controls" }, scales.root, orders.root),
    element("div", { class: "atlas-view" }, canvas, cursor, pixel),
    scale.root,
    reading,
    element("p", { class: "aside" }, say("inside.atlas_keys")),
  );
  const native = document.createElement("canvas"); // every map in its own pixels, as they are ordered
  let atlas = null, maps = null, order = [], grid = null, at = null;
  let setting = { scale: "map", order: "channel" };

  function limitsOf(channel) {
    if (setting.scale === "global") return atlas.everywhere;
    if (setting.scale === "branch") return [Math.min(...atlas.min), Math.max(...atlas.max)];
    return atlas.limits[channel];
  }

  async function show(answer, cuttable) {
    const read = await fromSheet(answer);
    const same = atlas?.place === answer.place;
    [atlas, maps] = [answer, read];
    if (!same) at = null;
    root.hidden = false;
    heading.textContent = say("inside.atlas_of", { name: placeName(atlas.place), count: maps.count, height: maps.height, width: maps.width });
    tools.replaceChildren(
      ...(cuttable ? [scissors(atlas.place, atlas.cut, told.cut)] : []),
      element("button", { type: "button", class: "small", "data-control": "figure", onclick: () => told.figure(atlas.place) }, say("inside.figure")),
    );
    draw();
  }

  function draw() {
    if (!maps) return;
    const { count, width, height } = maps;
    order = [...Array(count).keys()];
    if (setting.order === "activation") order.sort((a, b) => atlas.activation[b] - atlas.activation[a]);
    scales.show(setting.scale);
    orders.show(setting.order);
    const wide = canvas.parentElement.clientWidth;
    if (!wide) return;
    const fitting = Math.sqrt((wide * HIGH * width) / (height * count));
    const tile = Math.min(TILE[1], Math.max(TILE[0], fitting));
    const columns = Math.max(1, Math.min(count, Math.floor((wide + LINE) / (tile + LINE))));
    const w = Math.min(TILE[1], (wide + LINE) / columns - LINE), h = (w * height) / width;
    const rows = Math.ceil(count / columns);
    grid = { columns, w, h };
    const size = [Math.min(wide, columns * (w + LINE) - LINE), rows * (h + LINE) - LINE];
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = size.map((side) => Math.round(side * ratio));
    [canvas.style.width, canvas.style.height] = size.map((side) => `${side}px`);
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    paintAll(native, maps, order, limitsOf, magma, columns);
    order.forEach((_, place) => {
      const [x, y] = corner(place).map((value) => value * ratio);
      const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
      context.drawImage(native, left, top, width, height, x, y, w * ratio, h * ratio);
    });
    canvas.setAttribute("aria-label", say("inside.atlas_alt", { name: placeName(atlas.place), count }));
    canvas.dataset.shown = `${atlas.place} ${setting.scale} ${setting.order}`;
    point(at, false);
  }

  /** The numbers at both ends of the scale; where every map has its own, those of this channel. */
  function ends(channel) {
    if (setting.scale === "map") scale.show(atlas.min[channel], atlas.max[channel], say("inside.scale_of", { channel }));
    else scale.show(...limitsOf(channel), say(`inside.scale.${setting.scale}`));
  }

  const corner = (place) => [(place % grid.columns) * (grid.w + LINE), Math.floor(place / grid.columns) * (grid.h + LINE)];

  /** at: { channel, cell }, or null. */
  function point(next, tell = true) {
    at = next;
    cursor.hidden = pixel.hidden = !at;
    if (!at) {
      ends(order[0]);
      reading.textContent = say("inside.atlas_hint");
      if (tell) told.point(null);
      return;
    }
    const { channel, cell: [x, y] } = at;
    const [left, top] = corner(order.indexOf(channel));
    const [w, h] = [grid.w / maps.width, grid.h / maps.height];
    Object.assign(cursor.style, { left: `${left}px`, top: `${top}px`, width: `${grid.w}px`, height: `${grid.h}px` });
    Object.assign(pixel.style, { left: `${left + x * w}px`, top: `${top + y * h}px`, width: `${w}px`, height: `${h}px` });
    ends(channel);
    const value = maps.at(channel, x, y);
    reading.textContent = say("inside.reading", {
      channel, x, y, value: number(value, digits(atlas.limits[channel])), low: short(atlas.min[channel]), high: short(atlas.max[channel]), mean: short(atlas.activation[channel]),
    });
    if (tell) told.point({ place: atlas.place, channel, cell: at.cell, size: [maps.width, maps.height], value, fields: atlas.fields });
  }

  function under(event) {
    if (!grid) return null;
    const area = canvas.getBoundingClientRect();
    const x = event.clientX - area.left, y = event.clientY - area.top;
    const column = Math.floor(x / (grid.w + LINE)), row = Math.floor(y / (grid.h + LINE));
    const place = row * grid.columns + column;
    const inside = [x - column * (grid.w + LINE), y - row * (grid.h + LINE)];
    if (column < 0 || column >= grid.columns || place < 0 || place >= order.length || inside[0] >= grid.w || inside[1] >= grid.h) return null;
    return { channel: order[place], cell: [Math.floor((inside[0] / grid.w) * maps.width), Math.floor((inside[1] / grid.h) * maps.height)] };
  }

  canvas.addEventListener("pointermove", (event) => {
    const next = under(event);
    if (next) point(next);
  });
  canvas.addEventListener("pointerleave", (event) => event.pointerType === "mouse" && point(null));
  canvas.addEventListener("click", (event) => {
    const next = under(event);
    if (!next) return;
    point(next);
    told.channel(atlas.place, next.channel);
  });
  canvas.addEventListener("keydown", (event) => {
    if (!maps) return;
    const now = at ?? { channel: order[0], cell: [maps.width >> 1, maps.height >> 1] };
    const place = order.indexOf(now.channel) + ({ "]": 1, "[": -1 }[event.key] ?? 0);
    const cell = stepped(event, now.cell, maps.width, maps.height);
    if (cell) point({ ...now, cell });
    else if (event.key === "]" || event.key === "[") point({ ...now, channel: order[(place + order.length) % order.length] });
    else if (event.key === "Enter") told.channel(atlas.place, now.channel);
    else if (event.key === "Escape") point(null);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(draw).observe(canvas.parentElement);

  return {
    root,
    show,
    settings(next) {
      setting = { ...setting, ...next };
      draw();
    },
  };
}

/** Digits behind the point that 256 steps between two limits can tell. */
function digits([low, high]) {
  return Math.min(6, Math.max(0, Math.floor(1 - Math.log10((high - low) / 255))));
}
