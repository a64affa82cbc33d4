// What is cut, and which joints that moves: the list, each with a way back, and the joints by the pixels they moved.
import { element } from "../dom.js";
import { say } from "../words.js";
import { jointName, number, placeName } from "./parts.js";

const MOST = 6; // joints that are listed
const STILL = 0.05; // photo pixels; less than this is no movement that anybody could see

/** told: cut(name), clear(), joint(place). Gives { root, show(change) }. */
export function cutPart(told) {
  const list = element("ul", { class: "cuts" });
  const table = element("tbody");
  const said = element("p", { class: "aside", role: "status" });
  const clear = element("button", { type: "button", class: "small", onclick: () => told.clear() }, say("inside.join_all"));
  const root = element(
    "section",
    { class: "cut-list", "data-control": "cut" },
    element("h2", {}, say("inside.cut")),
    list,
    said,
    element("table", { class: "moved" }, element("caption", { class: "unseen" }, say("inside.moved")), table),
    clear,
  );

  function show(change) {
    clear.hidden = !change.cut.length;
    list.replaceChildren(...change.cut.map((name) => element(
      "li", {},
      element("button", { type: "button", class: "undo", "data-cut": name, onclick: () => told.cut(name), "aria-label": say("inside.join_one", { name: placeName(name) }) },
        `✂ ${placeName(name)}`, element("span", { "aria-hidden": "true" }, " ×")),
    )));
    const order = change.moved.map((pixels, joint) => ({ pixels, joint })).sort((a, b) => b.pixels - a.pixels);
    const moved = order.filter(({ pixels }) => pixels >= STILL);
    const mean = change.moved.reduce((sum, pixels) => sum + pixels, 0) / change.moved.length;
    said.textContent = !change.cut.length
      ? say("inside.cut_nothing")
      : moved.length ? say("inside.cut_moved", { count: moved.length, all: change.moved.length, mean: number(mean, 1) }) : say("inside.cut_still");
    table.replaceChildren(...(change.cut.length ? moved.slice(0, MOST) : []).map(({ pixels, joint }) => element(
      "tr", {},
      element("th", { scope: "row" }, element("button", { type: "button", class: "plain", onclick: () => told.joint(joint) }, jointName(change.joints[joint]))),
      element("td", {}, say("inside.pixels", { pixels: number(pixels, 1) })),
      element("td", {}, `${number(change.before[joint][2], 2)} → ${number(change.after[joint][2], 2)}`),
    )));
  }

  return { root, show };
}
