// The step "Check": what the doctor finds, worst first, with little pictures, repairs and their undo; and what follows
// from names and labels. The parts are in the folder check/; here is what they have in common: what was asked and found.
//
// What a visitor set aside ("it is right") stays aside in this tab, by what was found where.
import { element } from "../dom.js";
import { say } from "../words.js";
import { cropper } from "./check/crops.js";
import { derivedPart } from "./check/derived.js";
import { group, keyOf } from "./check/group.js";
import { removedPart } from "./check/removed.js";

export const styles = [new URL("./check.css", import.meta.url)];

export function mount(root, { set, ask, cancel, memory, props, go, changed }) {
  let found = null; // the newest answer
  let undo = null; // { token, line } of the last repair
  let busy = null; // "look", "repair", "undo", "restore", "adopt" while it is under way
  const aside = new Set(memory.aside ?? []);
  const more = new Map(); // kind -> how many of its findings are shown
  let groups = new Map(); // kind -> part

  const light = element("span", { class: "light", "aria-hidden": "true" });
  const headline = element("h2", { class: "headline" });
  const facts = element("p", { class: "aside facts" });
  const bar = element("progress", { max: 1, value: 0, "aria-label": say("teach.check.progress") });
  const stop = element("button", { type: "button", class: "small stop", onclick: halt }, say("teach.check.stop"));
  const going = element("div", { class: "row going", hidden: true }, bar, stop);
  const again = element("button", { type: "button", class: "small again", onclick: look }, say("teach.check.again"));
  const said = element("p", { class: "said", role: "status" });
  const back = element("button", { type: "button", class: "small undo", hidden: true, onclick: takeBack }, say("teach.check.undo"));
  const wrong = element("p", { class: "wrong", role: "alert", hidden: true });
  const list = element("div", { class: "groups" });
  const restore = element("button", { type: "button", class: "small restore", hidden: true, onclick: unaside });
  const crops = cropper({ ask: (spots) => ask({ do: "check.crops", spots }, "crops"), set, look: props.look });
  const derived = derivedPart({ set, adopt });
  const removed = removedPart({ restore: bringBack });
  root.append(
    element("section", { class: "card verdict", "data-control": "verdict" },
      element("div", { class: "row" }, light, headline, again), facts, going,
      element("div", { class: "row told" }, said, back), wrong),
    list, restore, removed.root, derived.root,
  );
  look();

  // ---- asking -----------------------------------------------------------------------------------------------------

  function look() {
    begin("look");
    bar.removeAttribute("value");
    ask({ do: "check.examination" }, "look");
    show();
  }

  function halt() {
    cancel("look");
    end();
    tell(say("teach.check.stopped"));
    show();
  }

  function repair(findings) {
    undo = null;
    tell("");
    begin("repair");
    // Of a pair of pictures or things the first is to be repaired; a video, and boxes, are so in all their places.
    const spots = findings.flatMap(({ kind, spots }) => (["source_across", "no_box"].includes(kind) ? spots : spots.slice(0, 1)));
    ask({ do: "check.repair", repair: findings[0].repair, spots }, "repair");
    show();
  }

  function takeBack() {
    begin("undo");
    ask({ do: "check.undone", undo: undo.token }, "undo");
    show();
  }

  function bringBack(pictures) {
    undo = null;
    begin("restore");
    ask({ do: "check.restore", pictures }, "restore");
    show();
  }

  function adopt(what) {
    undo = null;
    begin("adopt");
    ask({ do: "check.adopt", what }, "adopt");
    show();
  }

  const hear = {
    look(value) {
      found = value;
      end();
      changed(); // the ribbon tells how many there are
    },
    repair({ repair: name, changed: count, undo: token }) {
      undo = { token };
      tell(say(`teach.check.did.${name}`, { count }));
      look();
    },
    undo({ undone, kept }) {
      undo = null;
      tell(say(kept ? "teach.check.undone_some" : "teach.check.undone", { undone, kept }));
      look();
    },
    restore({ restored }) {
      tell(say("teach.check.removed.restored", { count: restored }));
      look();
    },
    adopt() {
      tell(say("teach.check.adopted"));
      look();
    },
    crops: (value) => crops.answer(value),
  };

  function begin(what) {
    busy = what;
    tell(said.textContent);
    wrong.hidden = true;
  }

  function end() {
    busy = null;
  }

  function tell(line) {
    said.textContent = line;
  }

  // ---- setting aside ------------------------------------------------------------------------------------------------

  function setAside(findings) {
    for (const one of findings) aside.add(keyOf(one));
    memory.aside = [...aside];
    show();
  }

  function unaside() {
    aside.clear();
    memory.aside = [];
    show();
  }

  // ---- what is seen -------------------------------------------------------------------------------------------------

  function show() {
    going.hidden = busy !== "look";
    again.hidden = !found || busy === "look";
    back.hidden = !undo || busy !== null;
    again.disabled = busy !== null;
    root.dataset.busy = busy ?? "";
    if (!found) {
      headline.textContent = say(busy ? "teach.check.looking" : "teach.check.not_yet");
      again.hidden = busy !== null;
      again.textContent = say("teach.check.begin");
      return;
    }
    again.textContent = say("teach.check.again");
    const open = found.findings.filter((one) => !aside.has(keyOf(one)));
    const hidden = found.findings.length - open.length;
    verdict(open, hidden);
    const kinds = [...new Set(open.map(({ kind }) => kind))];
    const kept = new Map();
    for (const kind of kinds) {
      const part = groups.get(kind) ?? group({
        kind, crops, go, repair, setAside,
        more: (count) => (more.set(kind, count), show()),
      });
      const some = open.filter((one) => one.kind === kind);
      const untold = found.counts[kind] - found.findings.filter((one) => one.kind === kind).length;
      part.show(some, { shown: more.get(kind), untold, busy: busy !== null });
      kept.set(kind, part);
    }
    groups = kept;
    const roots = [...kept.values()].map((part) => part.root);
    if (roots.length !== list.children.length || roots.some((one, n) => one !== list.children[n])) list.replaceChildren(...roots);
    restore.hidden = !hidden;
    restore.textContent = say("teach.check.aside", { count: hidden });
    removed.show(found.removed, busy !== null);
    derived.show(found.derived, busy !== null);
    crops.fetch();
  }

  function verdict(open, hidden) {
    const count = (severity) => open.filter((one) => one.severity === severity).length + untold(severity);
    const [bad, doubtful, notes] = [count("wrong"), count("doubt"), count("note")];
    const mood = !found.labels ? "empty" : bad ? "wrong" : doubtful ? "doubt" : "good";
    root.dataset.mood = light.dataset.mood = mood;
    const counts = [["wrong", bad], ["doubt", doubtful], ["note", notes]].filter(([, number]) => number);
    headline.textContent = mood === "empty" || mood === "good"
      ? say(mood === "empty" ? "teach.check.nothing_labeled" : hidden ? "teach.check.good_but_aside" : "teach.check.good")
      : counts.map(([severity, number]) => say(`teach.check.how_many.${severity}`, { count: number })).join(" · ");
    facts.textContent = say("teach.check.facts", { pictures: found.pictures, things: found.things, labels: found.labels });
  }

  /** How many of a severity there are beyond those that were sent. */
  function untold(severity) {
    const sent = found.findings.filter((one) => one.severity === severity);
    const kinds = new Set(sent.map(({ kind }) => kind));
    return [...kinds].reduce((sum, kind) => sum + found.counts[kind], 0) - sent.length;
  }

  return {
    answer(value, lane) {
      hear[lane](value);
      show();
    },
    failed(line, lane) {
      if (lane === "crops") return crops.failed();
      end();
      wrong.textContent = line;
      wrong.hidden = false;
      show();
    },
    done(share, lane) {
      if (lane === "look") bar.value = share;
    },
    close: crops.close,
  };
}
