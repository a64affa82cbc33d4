// The figures of each joint at one validation: a bar for PCK, a mark for OKS, in the joint's color and with its sign.
import { element } from "../../dom.js";
import { jointName } from "../../table.js";
import { say } from "../../words.js";
import { percent } from "./words.js";

/** pointed(joint or null) while a joint is pointed at or in focus. Gives { root, show(look, sides), light(joint) };
 *  sides: { joint: "left", "right" or "middle" }. */
export function joints(pointed) {
  const body = element("tbody");
  const nothing = element("p", { class: "aside" }, say("teach.run.joints.none"));
  const table = element("table", {},
    element("thead", {}, element("tr", {}, ...[say("teach.run.joint"), "PCK", "OKS"].map((column) => element("th", { scope: "col" }, column)))),
    body);
  const root = element("section", { class: "joint-figures card" }, element("h3", {}, say("teach.run.joints")), element("p", { class: "aside" }, say("teach.run.pck.what")), table, nothing);
  let shown = "";

  return {
    root,
    show(look, sides) {
      const figures = Object.entries(look?.joints ?? {});
      table.hidden = !figures.length;
      nothing.hidden = Boolean(figures.length);
      const next = JSON.stringify([figures, sides]);
      if (next === shown) return; // so that what is pointed at stays
      shown = next;
      body.replaceChildren(...figures.map(([joint, { PCK, OKS }]) =>
        element("tr", {
          class: `side-${sides[joint] ?? "middle"}`, "data-joint": joint, tabindex: "0",
          onpointerenter: () => pointed(joint), onpointerleave: () => pointed(null), onfocus: () => pointed(joint), onblur: () => pointed(null),
        },
        element("th", { scope: "row" }, element("i", { class: "sign", "aria-hidden": "true" }), jointName(joint)),
        bar(PCK, "pck"), bar(OKS, "oks"))));
    },
    light(joint) {
      for (const row of body.children) row.classList.toggle("lit", row.dataset.joint === joint);
    },
  };
}

function bar(value, kind) {
  const cell = element("td", { class: kind }, element("span", { class: "track" }, element("span", { class: "share" })), element("b", {}, percent(value)));
  cell.style.setProperty("--share", String(Math.max(0, value ?? 0)));
  return cell;
}
