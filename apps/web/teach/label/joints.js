// The joints of the chosen thing, each with what is known of it, and the things of the picture above them.
import { element } from "../../dom.js";
import { say } from "../../words.js";
import { OCCLUDED, counted, shown } from "./things.js";

/** set: the summary of the frame; told, each with the event: choose({ thing, joint }),
 *  see(seen) for the chosen joint, add, remove.
 *  Gives { root, show(things, chosen) }. */
export function joints(set, told) {
  const things = element("div", { class: "things", role: "group", "aria-label": say("teach.label.things") });
  const list = element("ol", { class: "joints", "aria-label": say("teach.label.joints") });
  const seen = element("div", { class: "seen", role: "group", "aria-label": say("teach.label.seen") },
    ...["visible", "occluded", "absent"].map((name, place) => element("button", { type: "button", "data-seen": name, onclick: (event) => told.see(2 - place, event) }, say(`teach.label.${name}`))));
  const root = element("section", { class: "card who", "data-control": "joints" }, things, list, seen);
  let names = "";
  let now = { thing: 0, joint: -1 };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const place = [...list.children].indexOf(event.target.closest("li"));
    if (!step || place < 0) return;
    event.preventDefault();
    const next = list.children[(place + step + list.children.length) % list.children.length].firstChild;
    next.focus();
    next.click();
  });

  function rows() {
    if (names === set.joints.join()) return;
    names = set.joints.join();
    list.replaceChildren(...set.joints.map((name, joint) => {
      const button = element("button", { type: "button", "data-joint": name, onclick: (event) => told.choose({ thing: now.thing, joint }, event) },
        element("span", { class: `shape ${set.sides[joint]}` }), element("span", { class: "name" }, name), element("span", { class: "state" }));
      return element("li", {}, button);
    }));
  }

  function said(thing, joint, chosen) {
    const mark = shown(thing, joint);
    if (mark?.proposed) return mark.height.toFixed(2);
    if (mark) return say(mark.seen === OCCLUDED ? "teach.label.occluded" : "teach.label.visible");
    if (chosen) return say("teach.label.placing");
    return thing.absent[joint] ? say("teach.label.absent") : "–";
  }

  return {
    root,
    show(all, chosen) {
      now = chosen;
      rows();
      const thing = all[chosen.thing];
      [...list.children].forEach((item, joint) => {
        const button = item.firstChild;
        const mark = thing && shown(thing, joint);
        const state = thing ? said(thing, joint, joint === chosen.joint) : "–";
        button.setAttribute("aria-pressed", String(joint === chosen.joint));
        button.setAttribute("aria-label", say(mark?.proposed ? "teach.label.joint_proposed" : "teach.label.joint_is", { joint: set.joints[joint], state }));
        button.dataset.state = mark ? (mark.proposed ? "proposed" : "placed") : "none";
        button.lastChild.textContent = state;
      });
      const mark = thing && chosen.joint >= 0 ? shown(thing, chosen.joint) : null;
      for (const [place, button] of [...seen.children].entries()) {
        const value = 2 - place;
        button.disabled = !thing || chosen.joint < 0 || (!mark && value > 0);
        button.setAttribute("aria-pressed", String(Boolean(mark && !mark.proposed ? mark.seen === value : thing?.absent[chosen.joint] && value === 0)));
      }
      things.replaceChildren(
        ...all.map((one, i) => {
          const { labeled } = counted([one]);
          return element("button", { type: "button", "data-thing": i + 1, "aria-pressed": String(i === chosen.thing), "aria-label": say("teach.label.thing_has", { number: i + 1, labeled, joints: set.joints.length }), onclick: (event) => told.choose({ thing: i, joint: null }, event) }, String(i + 1));
        }),
        element("button", { type: "button", "data-add": true, title: say("teach.label.add"), "aria-label": say("teach.label.add"), onclick: told.add }, "+"),
        element("button", { type: "button", "data-remove": true, disabled: !all.length, title: say("teach.label.remove"), "aria-label": say("teach.label.remove"), onclick: told.remove }, "−"),
      );
    },
  };
}
