// What stands below the ribbon: the presets beside each other, every joint's map, and many draws on one sheet.
import { element } from "../dom.js";
import { say } from "../words.js";
import * as paint from "./paint.js";
import { spoken } from "./hands.js";
import { jointName, matrixText, number, prepare } from "./tile.js";

const FIRST = "official"; // what the others are compared with

/** The same choices under each preset. choose(name): somebody wants to go on with that one. */
export function presets(names, colors, choose) {
  const parts = Object.fromEntries(names.map((name) => {
    const canvas = element("canvas", { class: "picture", role: "img", style: "aspect-ratio: 3 / 4" });
    const away = element("p", { class: "aside" });
    const matrix = element("p", { class: "matrix" });
    const title = element("button", { type: "button", class: "title", onclick: () => choose(name) }, say(`augment.preset.${name}`));
    return [name, { canvas, away, matrix, title, root: element("figure", { class: "tile", "data-preset": name }, element("figcaption", {}, title), canvas, away, matrix) }];
  }));
  const root = element("section", { class: "beside-presets", "data-control": "presets" },
    element("h2", {}, say("augment.beside")), element("p", { class: "aside" }, say("augment.beside_how")),
    element("div", { class: "figures" }, ...names.map((name) => parts[name].root)));
  return {
    root,
    /** shown: by name { crop, walked }; chosen: the preset of the ribbon. */
    show(shown, skeleton, chosen) {
      for (const name of names) {
        const { crop, walked } = shown[name];
        const { canvas, away, matrix, title, root } = parts[name];
        title.setAttribute("aria-pressed", name === chosen);
        root.classList.toggle("on", name === chosen);
        const tile = walked.tiles.flip;
        paint.crop(canvas, prepare, crop, tile, { skeleton, colors, weights: walked.joints.map(({ weight }) => weight) });
        const distance = farthest(tile.points, shown[FIRST].walked.tiles.flip.points);
        away.textContent = name === FIRST ? say("augment.beside_first") : say("augment.beside_away", { pixels: number(distance, 1), name: say(`augment.preset.${FIRST}`) });
        matrix.textContent = matrixText(tile.affine);
        canvas.setAttribute("aria-label", `${say(`augment.preset.${name}`)}. ${away.textContent}`);
      }
    },
  };
}

/** The longest way between two places of one joint. */
function farthest(points, others) {
  return Math.max(0, ...points.map(([x, y, seen], i) => (seen ? Math.hypot(x - others[i][0], y - others[i][1]) : 0)));
}

/** Every joint with its map and what it counts. point(place or -1): somebody points at one. */
export function joints(table, point) {
  const list = element("div", { class: "joints" });
  const gone = element("p", { class: "gone", role: "status" });
  const root = element("section", { "data-control": "joints" }, element("h2", {}, say("augment.joints")), gone, list);
  let made = [];
  return {
    root,
    show(walked, skeleton, chosen) {
      const size = walked.size.map((side) => side / 4);
      if (made.length !== walked.joints.length) {
        made = walked.joints.map((_, place) => one(place, point));
        list.replaceChildren(...made.map(({ root }) => root));
      }
      const away = [];
      walked.joints.forEach(({ weight, values, joint }, place) => {
        const { root, canvas, title, said } = made[place];
        const [x, y, seen] = walked.tiles.heat.points[place];
        const name = jointName(skeleton.joints[place]);
        paint.heat([values], size, table, canvas);
        title.textContent = name;
        said.textContent = seen ? `${number(x, 1)}, ${number(y, 1)} · ${say("augment.weight", { weight: number(weight, Number.isInteger(weight) ? 0 : 1) })}` : say("augment.unlabeled");
        if (joint !== place && seen) said.textContent += ` · ${say("augment.was", { joint: jointName(skeleton.joints[joint]) })}`;
        root.classList.toggle("out", weight === 0);
        root.setAttribute("aria-pressed", place === chosen);
        root.dataset.weight = weight;
        if (seen && weight === 0) away.push(name);
      });
      gone.textContent = away.length ? say(away.length === 1 ? "augment.left_one" : "augment.left_many", { joints: away.join(", "), count: away.length }) : "";
    },
  };
}

function one(place, point) {
  const canvas = element("canvas", { class: "map", "aria-hidden": "true" });
  const title = element("b", {});
  const said = element("span", {});
  const root = element("button", { type: "button", class: "joint", "data-place": place, onclick: () => point(root.getAttribute("aria-pressed") === "true" ? -1 : place) }, canvas, title, said);
  return { root, canvas, title, said };
}

/** Many draws. choose(seed): somebody wants to see one of them step by step. */
export function sheet(colors, choose) {
  const grid = element("div", { class: "draws" });
  const root = element("section", { class: "sheet", hidden: true, "data-control": "sheet" }, element("h2", {}, say("augment.sheet")), element("p", { class: "aside" }, say("augment.sheet_how")), grid);
  let shown = null; // what it is of
  return {
    root,
    /** Hides a sheet of something else. */
    keep(of) {
      if (of !== shown) root.hidden = true;
    },
    show({ url, columns, size, draws }, of, skeleton, settings) {
      shown = of;
      root.hidden = false;
      const rows = draws.length / columns;
      grid.replaceChildren(
        ...draws.map(({ seed, choices, points, weights }, i) => {
          const words = Object.keys(choices).filter((part) => part in settings).map((part) => spoken(part, choices[part], settings));
          const out = points.filter(([, , seen], place) => seen && weights[place] === 0).length;
          const label = say("augment.draw", { seed, choices: words.join(", "), out });
          const canvas = element("canvas", { width: size[1], height: size[0], "aria-hidden": "true" });
          paint.pose(canvas.getContext("2d"), points, { skeleton, colors, weights, scale: 1, stroke: 3 });
          const button = element("button", { type: "button", class: "draw", "data-seed": seed, title: label, "aria-label": label, onclick: () => choose(seed) }, canvas);
          const [column, row] = [i % columns, Math.floor(i / columns)];
          button.style.backgroundImage = `url("${url}")`;
          button.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
          button.style.backgroundPosition = `${(100 * column) / (columns - 1)}% ${(100 * row) / (rows - 1)}%`;
          return button;
        }),
      );
    },
  };
}
