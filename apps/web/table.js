// The tables of a Shown: a chip for each person with the score, and the joints of the chosen one.
import { element } from "./dom.js";
import { view } from "./view.js";
import { say } from "./words.js";

export function mount(root) {
  const host = element("section", { class: "table", "aria-live": "polite" });
  root.append(host);
  const render = () => host.replaceChildren(...(view.shown ? content(view.shown) : []));
  view.watch((changed) => {
    if (changed.some((name) => ["shown", "person", "visible"].includes(name))) render();
  });
  render();
}

function content(shown) {
  const [people, ...joints] = shown.rows;
  const place = joints[view.person] ? view.person : 0;
  return [
    element("h2", {}, say(people.title)),
    element("div", { class: "chips" }, ...people.cells.map((row, i) => chip(row, i, i === view.person))),
    joints.length ? table(joints[place], shown.skeleton) : null,
  ].filter(Boolean);
}

function chip([number, score], place, on) {
  return element(
    "button",
    { type: "button", class: "chip", "aria-pressed": String(on), onclick: () => view.set({ person: on ? -1 : place }) },
    say("table.person", { number, score: score.toFixed(2) }),
  );
}

function table({ columns, cells, joints, digits }, skeleton) {
  const head = element("tr", {}, ...columns.map((key) => element("th", { scope: "col" }, say(key))));
  const body = cells.map((row, i) => {
    const faint = row[1] <= view.visible;
    const side = skeleton.sides[joints[i]];
    return element(
      "tr",
      { class: faint ? "faint" : null, "data-joint": joints[i] },
      ...row.map((cell, column) =>
        column === 0
          ? element("th", { scope: "row" }, element("i", { class: `side ${side}`, "aria-hidden": "true" }), named(cell))
          : element("td", {}, cell.toFixed(column === 1 ? digits : 1))),
    );
  });
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

function named(joint) {
  const key = `joint.${joint}`;
  const word = say(key);
  return word === key ? joint.replaceAll("_", " ") : word;
}
