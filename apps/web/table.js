// The tables of a Shown: a chip for each person with the score, and the joints of the chosen one. A joint that is pointed
// at or clicked is the one whose heatmap lies over the photo.
import { element } from "./dom.js";
import { same } from "./view.js";
import { say } from "./words.js";

export function mount(root, { view }) {
  const host = element("section", { class: "table", "data-control": "table" });
  root.append(host);
  let place = -1; // whose joints are shown

  function render() {
    place = view.shown ? view.subject : -1;
    host.replaceChildren(...(view.shown ? content(view, place) : []));
    mark();
  }

  function mark() {
    for (const row of host.querySelectorAll("tr[data-joint]")) {
      const own = { person: place, joint: Number(row.dataset.joint) };
      row.classList.toggle("lit", same(view.joint, own));
      row.querySelector("button").setAttribute("aria-pressed", String(same(view.pin, own)));
    }
  }

  view.watch((changed) => {
    const other = view.shown && view.subject !== place;
    if (other || changed.some((name) => ["shown", "person", "visible"].includes(name))) render();
    else if (changed.includes("hover") || changed.includes("pin")) mark();
  });
}

function content(view, place) {
  const [people, ...joints] = view.shown.rows;
  return [
    element("h2", {}, say(people.title)),
    element("div", { class: "chips" }, ...people.cells.map((row, i) => chip(view, row, i))),
    joints.length ? table(view, joints[place], place) : null,
  ].filter(Boolean);
}

function chip(view, [number, score], place) {
  const on = place === view.person;
  return element(
    "button",
    { type: "button", class: "chip", "aria-pressed": String(on), onclick: () => view.set({ person: on ? -1 : place }) },
    say("table.person", { number, score: score.toFixed(2) }),
  );
}

function table(view, { columns, cells, joints, digits }, place) {
  const { sides } = view.shown.skeleton;
  const head = element("tr", {}, ...columns.map((key) => element("th", { scope: "col" }, say(key))));
  const body = cells.map((row, i) => {
    const faint = row[1] <= view.visible;
    const joint = joints[i];
    return element(
      "tr",
      { class: faint ? "faint" : null, "data-joint": joint, ...pointing(view, () => ({ person: place, joint })) },
      ...row.map((cell, column) =>
        column === 0
          ? element("th", { scope: "row" }, jointButton(view, cell, sides[joint], () => ({ person: place, joint })))
          : element("td", {}, cell.toFixed(column === 1 ? digits : 1))),
    );
  });
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...body));
}

/** A joint's name as a button that shows its heatmap: while it has the focus, and for good once it is clicked. */
export function jointButton(view, name, side, joint, text = jointName(name)) {
  return element(
    "button",
    {
      type: "button", class: "joint", "aria-pressed": "false",
      onclick: () => view.set({ pin: same(view.pin, joint()) ? null : joint(), hover: null }),
      onfocus: (event) => event.target.matches(":focus-visible") && view.set({ hover: joint() }),
      onblur: () => view.set({ hover: null }),
      onkeydown: (event) => event.key === "Escape" && view.set({ pin: null, hover: null }),
    },
    element("i", { class: `side ${side}`, "aria-hidden": "true" }),
    text,
  );
}

/** What an element needs so that pointing at it points at a joint. A finger does not hover. */
export function pointing(view, joint) {
  return {
    onpointerenter: ({ pointerType }) => pointerType !== "touch" && view.set({ hover: joint() }),
    onpointerleave: () => view.set({ hover: null }),
  };
}

export function jointName(joint) {
  const key = `joint.${joint}`;
  const word = say(key);
  return word === key ? joint.replaceAll("_", " ") : word;
}
