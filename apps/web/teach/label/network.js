// What a network says while somebody labels: proposals for the open picture, and which picture it is least certain of.
import { element } from "../../dom.js";
import { say } from "../../words.js";
import * as T from "./things.js";

/** edit, pictures: as editor.js and strip.js give them; caption: where it is said who proposed; here(): the open picture
 *  or null; open(id); proposed(id): an answer was taken in. Gives { busy, why, propose(wish), unsure(), opened(id),
 *  answered, found }, the last two for what the server says. */
export function network(set, { ask, edit, caption, pictures, here, open, proposed }) {
  const busy = element("span", { class: "busy aside", role: "status" });
  const why = element("p", { class: "aside" }, say("teach.label.unsure_what"));
  let asked = null; // the things for which a proposal was asked
  let reason = null; // why the open picture is the least certain one: { picture, line }

  /** wish: whether somebody asked for it, or the picture was only opened. */
  function propose(wish) {
    if (!here()) return;
    edit.settle();
    const all = edit.things;
    const places = all.map((_, i) => i).filter((i) => all[i].proposal || T.sendable([all[i]]).length); // not what is blank
    asked = { picture: here().id, things: all, places, wish };
    busy.textContent = say("teach.label.looking");
    ask({ do: "label.propose", picture: here().id, boxes: places.map((i) => all[i].box ?? all[i].proposal?.box ?? null) }, "propose");
  }

  function answered({ picture: id, proposals, by }) {
    busy.textContent = "";
    if (id !== here()?.id || id !== asked?.picture) return;
    const { things, places, wish } = asked;
    const seen = proposals.some(({ points }) => points.some(Boolean));
    const given = places.length ? things.map((_, i) => proposals[places.indexOf(i)]) : proposals;
    if (!by) caption.textContent = say("teach.label.nobody_knows");
    else if (!seen) caption.textContent = wish ? say("teach.label.nothing_seen") : "";
    else if (edit.propose(given, things)) caption.textContent = say(by.run ? "teach.label.by_run" : "teach.label.by_server", by);
    proposed(id);
  }

  function unsure() {
    edit.settle();
    busy.textContent = say("teach.label.searching");
    ask({ do: "label.next", picture: here()?.id ?? null }, "next");
  }

  function found({ picture: id, left, looked, reason: told }) {
    busy.textContent = "";
    if (id === null) {
      why.textContent = say("teach.label.all_done");
      return;
    }
    const number = pictures.number(id);
    const [first, second] = (told.joints ?? []).map((joint) => set.joints[joint]);
    const names = second ? say("teach.label.pair", { first, second }) : first;
    const line = say(`teach.label.why.${told.kind}`, { number, joints: names, pixels: told.pixels, height: told.height?.toFixed(2) });
    reason = { picture: id, line: looked ? `${line} ${say("teach.label.why.looked", { looked, left })}` : line };
    open(id);
  }

  function opened(id) {
    caption.textContent = "";
    why.textContent = reason?.picture === id ? reason.line : say("teach.label.unsure_what");
  }

  return { busy, why, propose, unsure, opened, answered, found };
}
