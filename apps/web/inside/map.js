// The map of the network: every place in its row and column with a thumbnail of what is there now, and the wires.
import { element, svg } from "../dom.js";
import { say } from "../words.js";
import { pixels } from "./maps.js";
import { placeName, short, unitOf } from "./parts.js";

const LEAST = 640; // CSS pixels; where there are fewer, the map is moved sideways
const TOP = 46, GAP = 36, EDGE = 10; // room for headings above, for a shape below each row, and on the sides
const WIDEST = 84, SHARE = 0.7; // of a thumbnail of branch 0: CSS pixels, and of the distance between columns
const SHRINK = 0.72; // from branch to branch, where the maps themselves shrink by half: the coarsest stays readable

/** told: place(name), fusion({ unit, target }). Gives { root, show(map), choose(state), spot(spot) }. */
export function mapPart({ magma }, told) {
  const wires = svg("svg", { "aria-hidden": "true" });
  const plane = element("div", { class: "plane" }, wires);
  const scroller = element("div", { class: "map card", role: "group", "aria-label": say("inside.map") }, plane);
  const nodes = new Map(); // place -> its button
  let shown = null;
  let chosen = {};
  let width = 0;

  async function show(map) {
    const sprite = await pixels(map.picture);
    shown = map;
    build();
    for (const place of map.places) thumbnail(nodes.get(place.place).querySelector("canvas"), sprite, place, magma);
    choose(chosen);
  }

  function build() {
    const kept = new Map([...nodes].map(([name, node]) => [name, node.querySelector("canvas")]));
    const focused = plane.getRootNode().activeElement?.dataset?.place;
    nodes.clear();
    width = Math.max(LEAST, scroller.clientWidth - 2);
    const layout = arrange(shown, width);
    plane.style.width = `${width}px`;
    plane.style.height = `${layout.height}px`;
    plane.replaceChildren(wires);
    for (const place of shown.places) {
      const { x, y, w, h } = layout.at[place.place];
      const [channels, high, wide] = place.shape;
      const node = element(
        "button",
        {
          type: "button", class: `place branch-${place.branch}${place.cut ? " cut" : ""}`, "data-place": place.place,
          onclick: () => told.place(place.place), title: `${placeName(place.place)}: ${short(place.min)} … ${short(place.max)}`,
          "aria-label": say("inside.place_alt", { name: placeName(place.place), channels, height: high, width: wide, low: short(place.min), high: short(place.max) }),
        },
        kept.get(place.place) ?? element("canvas"),
      );
      Object.assign(node.style, { left: `${x}px`, top: `${y}px`, width: `${w}px`, height: `${h}px` });
      nodes.set(place.place, node);
      const shape = element("div", { class: "shape", "aria-hidden": "true" }, `${high}×${wide}`, element("br"), say("inside.channels", { count: channels }));
      Object.assign(shape.style, { left: `${x + w / 2}px`, top: `${y + h + 2}px` });
      plane.append(node, shape);
    }
    headings(layout);
    draw(layout);
    if (focused) nodes.get(focused)?.focus();
  }

  /** Above the columns; those of units are buttons that take their exchange apart. */
  function headings(layout) {
    let stage = null;
    for (const place of shown.places.filter(({ branch }) => branch === 0)) {
      const { x, w } = layout.at[place.place];
      const unit = unitOf(place.place);
      const own = /^stage\d/.exec(place.place)?.[0];
      const first = unit && own !== stage ? placeName(own) : "";
      stage = own;
      const below = unit
        ? element("button", { type: "button", class: "unit", "data-unit": unit, onclick: () => told.fusion({ unit, target: 0 }), title: say("inside.take_apart", { name: placeName(unit) }), "aria-label": say("inside.take_apart", { name: placeName(unit) }) }, say("inside.unit_short", { unit: unit.slice(unit.indexOf("unit") + 4) }))
        : element("span", {}, placeName(place.place));
      const heading = element("div", { class: "heading" }, element("span", { class: "stage-name" }, first), below);
      heading.style.left = `${x}px`;
      heading.style.minWidth = `${w}px`;
      plane.append(heading);
    }
  }

  function draw(layout) {
    wires.setAttribute("viewBox", `0 0 ${width} ${layout.height}`);
    const lines = shown.wires.map((wire) => {
      const start = layout.at[wire.from], end = layout.at[wire.to];
      const [x1, y1, x2, y2] = [start.x + start.w, start.y + start.h / 2, end.x, end.y + end.h / 2];
      const middle = (x1 + x2) / 2;
      const path = `M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
      const branch = shown.places.find(({ place }) => place === wire.from).branch;
      const line = svg("path", { d: path, class: `wire branch-${branch}${wire.cut ? " cut" : ""}`, "data-edge": wire.edge ?? "" });
      if (!wire.edge) return [line];
      // a wider line that cannot be seen, for the pointer
      const hit = svg("path", { d: path, class: "hit", "data-hit": wire.edge }, svg("title", {}, placeName(wire.edge)));
      hit.addEventListener("click", () => told.fusion(endsOf(wire.edge)));
      hit.addEventListener("pointerenter", () => line.classList.add("near"));
      hit.addEventListener("pointerleave", () => line.classList.remove("near"));
      return [line, hit];
    });
    wires.replaceChildren(...lines.map(([line]) => line), ...lines.flatMap(([, hit]) => hit ?? []));
  }

  function choose(state) {
    chosen = state;
    for (const [name, node] of nodes) node.setAttribute("aria-pressed", String(name === state.place));
    for (const button of plane.querySelectorAll(".unit")) {
      button.setAttribute("aria-pressed", String(button.dataset.unit === state.unit));
      button.classList.toggle("cut", Boolean(state.cut?.includes(button.dataset.unit)));
    }
    for (const line of wires.querySelectorAll(".wire")) {
      const ends = line.dataset.edge && endsOf(line.dataset.edge);
      line.classList.toggle("on", Boolean(ends) && ends.unit === state.unit && ends.target === state.target);
    }
  }

  /** The same place in every map of one column. spot: { place, cell: [x, y], size: [w, h] }, or null. */
  function spot(spot) {
    plane.querySelectorAll(".spot").forEach((node) => node.remove());
    if (!spot || !shown) return;
    const column = shown.places.find(({ place }) => place === columnOf(spot.place))?.column;
    for (const { place, column: own, shape: [, high, wide] } of shown.places) {
      if (own !== column) continue;
      const [x, y] = sameCell(spot, [wide, high]);
      const mark = element("i", { class: "spot", "data-spot": `${place} ${x} ${y}` });
      Object.assign(mark.style, { left: `${(100 * x) / wide}%`, top: `${(100 * y) / high}%`, width: `${100 / wide}%`, height: `${100 / high}%` });
      nodes.get(place).append(mark);
    }
  }

  new ResizeObserver(() => {
    if (shown && Math.max(LEAST, scroller.clientWidth - 2) !== width) {
      build();
      choose(chosen);
    }
  }).observe(scroller);

  return { root: scroller, show, choose, spot };
}

/** The cell over the same spot in a map of another size, [w, h]. */
export function sameCell({ cell: [x, y], size: [w, h] }, [wide, high]) {
  return [Math.floor(((x + 0.5) * wide) / w), Math.floor(((y + 0.5) * high) / h)];
}

/** A place that is drawn, in the column of any place: an edge and an out belong to their unit. */
const columnOf = (place) => (unitOf(place) ? `${unitOf(place)}.branch0` : place);

function endsOf(edge) {
  const [unit, ends] = edge.split(".edge.");
  return { unit, target: Number(ends.split("-")[1]) };
}

/** Where everything stands, in CSS pixels. */
function arrange({ places }, width) {
  const columns = 1 + Math.max(...places.map(({ column }) => column));
  const first = Math.min(WIDEST, (SHARE * width) / columns);
  const step = (width - 2 * EDGE - first) / (columns - 1);
  const [, high, wide] = places[0].shape;
  const at = {}, tops = [];
  let top = TOP;
  for (let branch = 0; branch < 4; branch++) {
    tops.push(top);
    top += (first * high) / wide * SHRINK ** branch + GAP;
  }
  for (const { place, column, branch } of places) {
    const w = first * SHRINK ** branch;
    at[place] = { x: EDGE + column * step, y: tops[branch], w, h: (w * high) / wide };
  }
  return { at, height: top };
}

function thumbnail(canvas, sprite, { thumbnail: [left, top, w, h] }, table) {
  [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  const image = context.createImageData(w, h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [red, green, blue] = table[sprite.data[4 * ((top + y) * sprite.width + left + x)]];
      image.data.set([red, green, blue, 255], 4 * (y * w + x));
    }
  }
  context.putImageData(image, 0, 0);
}
