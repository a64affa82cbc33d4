// The step "Label": the pictures of the set, one of them large, and its joints. Every stroke is sent when the hand lets
// go; a network proposes what it knows, and nothing of that is a label before somebody touches or accepts it.
//
// In the address: picture, an id. The parts are in the folder label/; here is what they have in common.
import { element } from "../dom.js";
import { say } from "../words.js";
import { conflict } from "./label/conflict.js";
import { editor } from "./label/editor.js";
import { history } from "./label/history.js";
import { joints } from "./label/joints.js";
import { keys, sheet } from "./label/keys.js";
import { network } from "./label/network.js";
import { outbox } from "./label/outbox.js";
import { strip } from "./label/strip.js";
import { taken } from "./label/taken.js";
import * as T from "./label/things.js";

export const styles = [new URL("./label.css", import.meta.url)];

export function mount(root, { set, ask, cancel, memory, link, props, changed }) {
  let picture = null; // the open one, as the server told it
  let wanted = null; // the id of the one that is on its way
  let turn = 0; // of pictures on their way only the newest is shown
  let dispute = null; // { picture, theirs, revision }: somebody has to choose
  let closed = false;
  const labeled = new Map(); // id -> whether the server has labels of a picture
  const steps = new Map(); // id -> what was done to a picture, to be undone when one comes back to it
  root.classList.add("label");

  // ---- what there is ----------------------------------------------------------------------------------------------

  const said = element("p", { class: "unseen", "aria-live": "polite" });
  const title = element("h3", { class: "title" });
  const saved = element("span", { class: "saved", role: "status" });
  const again = element("button", { type: "button", class: "small", hidden: true, onclick: () => post.retry() }, say("teach.label.send_again"));
  const wrong = element("p", { class: "wrong", role: "alert", hidden: true });
  const caption = element("p", { class: "caption aside" });

  const edit = editor(set, props.colors, {
    stroke,
    shown: show,
    said: (line) => (said.textContent = line),
  });
  const pictures = strip({ open, sheet: (ids) => ask({ do: "label.sheet", pictures: ids }, "sheet") });
  const who = joints(set, {
    choose: ({ thing, joint }, event) => back(() => edit.choose(thing, joint), event),
    see: (value, event) => back(() => edit.seen(value), event),
    add: (event) => back(edit.add, event),
    remove: (event) => back(edit.remove, event),
  });
  const away = taken({ out: takeOut, back: (id) => ask({ do: "label.put_back", picture: id }, "put_back") });
  const list = sheet();
  const choice = conflict(settle);
  const post = outbox({
    send: ({ picture, revision, things }) => ask({ do: "label.stroke", picture, revision, things: T.sendable(things) }, "stroke"),
    told: {
      state: tellState,
      conflict(id, _, theirs, revision) {
        dispute = { picture: id, theirs: T.received(theirs), revision };
        picture?.id === id ? show() : open(id);
      },
      kept: (unsent) => (memory.unsent = unsent),
    },
    later(call, seconds) {
      const timer = setTimeout(call, 1000 * seconds);
      return () => clearTimeout(timer);
    },
    start: memory.unsent,
  });

  const doing = {
    next_joint: () => edit.other(1), last_joint: () => edit.other(-1), set_down: edit.setDown, cycle: () => edit.cycle(),
    clear: edit.clear, swap: edit.swap, undo: edit.undo, redo: edit.redo, propose: () => net.propose(true), accept: edit.accept,
    add: edit.add, next_thing: () => edit.otherThing(1), last_thing: () => edit.otherThing(-1), remove: edit.remove,
    box: edit.box, no_box: edit.noBox, closer: edit.closer, farther: edit.farther, whole: edit.fit,
    names: edit.names, loupe: edit.loupe, light: edit.light, next_picture: () => beside(1), last_picture: () => beside(-1), unsure: () => net.unsure(),
    escape: edit.escape, help: () => list.showModal(), nudge: edit.nudge, settle: edit.settle, hide: edit.hide, space: edit.space,
  };
  keys(edit.canvas, doing);

  /** A button that does what a key does, and gives the picture back to who pressed it with a pointer. */
  const tool = (name, key, text) =>
    element("button", { type: "button", "data-do": name, title: key ? `${say(`teach.label.key.${name}`)} (${key})` : say(`teach.label.key.${name}`), "aria-label": say(`teach.label.key.${name}`),
      onclick: (event) => back(doing[name], event) }, text);
  const tools = {
    undo: tool("undo", "Z", "↶"), redo: tool("redo", "⇧Z", "↷"), farther: tool("farther", "−", "−"), whole: tool("whole", "W", say("teach.label.whole")), closer: tool("closer", "+", "+"),
    box: tool("box", "B", say("teach.label.box")), propose: tool("propose", "P", say("teach.label.propose")), accept: tool("accept", "A", say("teach.label.accept")), help: tool("help", "?", "?"),
  };
  tools.accept.classList.add("primary");

  function back(act, event) {
    act();
    if (event.detail > 0 && !list.open && !choice.open) edit.canvas.focus({ preventScroll: true });
  }

  const before = tool("last_picture", ",", "‹"), after = tool("next_picture", ".", "›");
  const net = network(set, { ask, edit, caption, pictures, here: () => picture, open, proposed: (id) => (root.dataset.proposed = id) });
  root.append(
    wrong, away.line,
    element("div", { class: "columns" },
      pictures.root,
      element("section", { class: "card desk" },
        element("div", { class: "over" }, before, title, after, away.button, saved, again),
        edit.canvas,
        element("div", { class: "tools", "data-control": "tools" }, ...Object.values(tools), net.busy),
        caption,
        element("p", { class: "keys aside", id: "label-keys", "data-control": "guide" }, ...guide())),
      element("div", { class: "beside" },
        who.root,
        element("section", { class: "card unsure", "data-control": "unsure" },
          element("h3", {}, say("teach.label.unsure")), net.why,
          element("button", { type: "button", "data-do": "unsure", onclick: () => net.unsure() }, say("teach.label.unsure_go"))),
        element("section", { class: "card export", "data-control": "export" },
          element("button", { type: "button", "data-do": "export", onclick: () => ask({ do: "label.export" }, "export") }, say("teach.label.export")),
          element("p", { class: "aside" }, say("teach.label.export_what"))))),
    said, list, choice.root,
  );

  function guide() {
    const parts = [["click", "teach.label.does.click"], ["drag", "teach.label.does.drag"], ["V", "teach.label.key.cycle"], ["[ ]", "teach.label.guide_joint"], ["Z", "teach.label.key.undo"], ["?", "teach.label.all_keys"]];
    return parts.flatMap(([key, does], i) => [i ? " · " : "", element("kbd", {}, key === "click" || key === "drag" ? say(`teach.label.gesture.${key}`) : key), ` ${say(does)}`]);
  }

  // ---- pictures ---------------------------------------------------------------------------------------------------

  function open(id, line = "") {
    edit.settle();
    if (picture) steps.set(picture.id, edit.steps);
    wanted = id;
    root.dataset.state = "busy";
    pictures.choose(id);
    complain(line);
    ask({ do: "label.open", picture: id }, "open");
  }

  function beside(by) {
    const { ids } = pictures;
    const place = ids.indexOf(wanted);
    const next = ids[place + by];
    if (next !== undefined) open(next);
    else said.textContent = say(by > 0 ? "teach.label.was_last" : "teach.label.was_first");
  }

  function takeOut() {
    edit.settle();
    if (post.waiting) complain(say("teach.label.still_saving")); // or its last stroke would come too late
    else if (picture) ask({ do: "label.take_out", picture: picture.id }, "take_out");
  }

  function tookOut({ picture: id, name, pictures: rows }) {
    const place = pictures.ids.indexOf(id);
    const next = pictures.ids[place + 1] ?? pictures.ids[place - 1];
    away.gone(id, name);
    picture = null;
    steps.delete(id);
    arrange(rows);
    if (next !== undefined) open(next);
  }

  function putBack({ picture: id, pictures: rows }) {
    away.came();
    arrange(rows);
    open(id);
  }

  /** The pictures of the set are others now. */
  function arrange(rows) {
    pictures.show(rows, set.joints.length);
    changed();
    if (!rows.length) root.dataset.state = "empty";
  }

  async function opened(value) {
    if (value.id !== wanted) return;
    const mine = ++turn;
    const image = new Image();
    image.src = value.url;
    try {
      await image.decode();
    } catch {
      if (mine === turn) complain(say("teach.label.not_shown", { name: value.name }));
      return;
    }
    if (closed || mine !== turn) return;
    const things = post.opened(value.id, value.revision) ?? T.received(value.things);
    const kept = steps.get(value.id);
    picture = value;
    edit.load(image, [value.width, value.height], kept && T.same(kept.now, things) ? kept : history(things));
    memory.picture = value.id;
    link.set({ picture: value.id });
    net.opened(value.id);
    root.dataset.state = "shown";
    show();
    if (!choice.open && !T.counted(things).labeled) net.propose(false);
    const next = pictures.ids[pictures.ids.indexOf(value.id) + 1];
    if (next !== undefined) ask({ do: "label.open", picture: next }, "ahead"); // so that it is here when it is wanted
  }

  function show() {
    if (closed) return;
    who.show(edit.things, edit.chosen);
    const had = T.counted(edit.things);
    root.dataset.things = JSON.stringify(T.sendable(edit.things).map(({ keypoints, box }) => ({ keypoints, box })));
    root.dataset.chosen = set.joints[edit.chosen.joint] ?? "";
    tools.undo.disabled = !edit.steps.undoable;
    tools.redo.disabled = !edit.steps.redoable;
    tools.accept.disabled = !T.proposed(edit.things);
    tools.box.setAttribute("aria-pressed", String(edit.boxing));
    if (!picture) return;
    title.textContent = say("teach.label.picture", { number: pictures.number(picture.id) ?? picture.number, count: pictures.ids.length || picture.count, name: picture.name });
    edit.canvas.setAttribute("aria-label", say("teach.label.canvas", { name: picture.name, labeled: had.labeled, joints: had.joints || set.joints.length, things: had.things }));
    if (dispute?.picture === picture.id && !choice.open && !edit.busy) disputed(); // it waited for a hand to let go
  }

  // ---- saving -----------------------------------------------------------------------------------------------------

  function stroke(things) {
    post.put(picture.id, things);
    counts(picture.id, things);
  }

  function counts(id, things) {
    const { labeled, joints, things: count } = T.counted(things);
    pictures.update(id, { labeled, joints, things: count });
  }

  function strokeAnswered(value) {
    post.answered(value);
    if (value.conflict) return;
    pictures.update(value.picture, { labeled: value.labeled, joints: value.joints, things: value.things });
    if (labeled.get(value.picture) !== value.labeled > 0) changed(); // the frame counts pictures with labels
    labeled.set(value.picture, value.labeled > 0);
  }

  function tellState(state, line, seconds) {
    root.dataset.saved = state;
    saved.dataset.state = state;
    saved.textContent = state === "unsent" && line ? say("teach.label.unsent", { seconds }) : say(`teach.label.state.${dispute ? "choose" : state}`);
    if (line || state === "saved") complain(line);
    again.hidden = state !== "unsent" || Boolean(dispute);
  }

  function disputed() {
    choice.show(edit.scene, edit.things, dispute.theirs);
    root.dataset.conflict = "open";
  }

  function settle(mine) {
    const { picture: id, revision, theirs } = dispute;
    const things = mine ? edit.things : theirs;
    dispute = null;
    delete root.dataset.conflict;
    if (!mine) {
      edit.become(theirs);
      changed();
    }
    post.settle(id, revision, mine ? things : null);
    counts(id, things);
    edit.canvas.focus({ preventScroll: true });
  }

  // ---- beginning --------------------------------------------------------------------------------------------------

  function listed({ pictures: rows }) {
    pictures.show(rows, set.joints.length);
    for (const row of rows) labeled.set(row.id, row.labeled > 0);
    if (!rows.length) {
      root.dataset.state = "empty";
      return complain(say("teach.label.no_pictures"));
    }
    if (wanted !== null && rows.some(({ id }) => id === wanted)) return show();
    const wish = Number(link.get("picture") ?? memory.picture ?? NaN);
    const unlabeled = rows.find((row) => !row.labeled);
    open(rows.some(({ id }) => id === wish) ? wish : (unlabeled ?? rows[0]).id);
  }

  function complain(line) {
    wrong.textContent = line;
    wrong.hidden = !line;
  }

  const download = ({ url, name }) => {
    const anchor = element("a", { href: url, download: name });
    root.append(anchor);
    anchor.click();
    anchor.remove();
  };

  const online = () => post.retry();
  window.addEventListener("online", online);
  const leaving = (event) => post.waiting && event.preventDefault(); // the browser asks whether to leave
  window.addEventListener("beforeunload", leaving);
  tellState("saved", "", 0);
  if (post.waiting) post.retry();
  ask({ do: "label.list" }, "list");

  const hear = { list: listed, open: opened, sheet: (value) => pictures.place(value), stroke: strokeAnswered, propose: net.answered, next: net.found, export: download, take_out: tookOut, put_back: putBack };
  return {
    answer(value, lane) {
      if (lane === "ahead") return void (new Image().src = value.url);
      hear[lane]?.(value);
    },
    failed(line, lane) {
      if (lane === "stroke") {
        post.failed(line);
        if (line !== say("frame.lost")) changed(); // the server refused it: perhaps its joints are others now
        return;
      }
      if (lane === "sheet") return pictures.failed();
      if (lane === "ahead") return;
      net.busy.textContent = "";
      if (lane === "propose") return void (caption.textContent = line);
      if (lane === "open" && picture) {
        pictures.choose((wanted = picture.id));
        root.dataset.state = "shown";
      }
      complain(line);
    },
    renewed() {
      const other = (things) => things.some(({ keypoints }) => keypoints.length !== set.joints.length);
      if (!picture || !other(edit.things)) return show();
      steps.clear();
      post.drop(other);
      open(picture.id, say("teach.label.joints_changed"));
      picture = null; // what is to be seen of it has joints that are not
    },
    close() {
      edit.settle();
      closed = true;
      cancel("propose");
      cancel("next");
      window.removeEventListener("online", online);
      window.removeEventListener("beforeunload", leaving);
      post.close();
      pictures.close();
      edit.close();
    },
  };
}
