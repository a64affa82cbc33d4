// The picture to label: what is chosen, what a hand is doing to it, and everything that was done, step by step.
import { element } from "../../dom.js";
import { say } from "../../words.js";
import { gestures } from "./gestures.js";
import { history } from "./history.js";
import { levels, paint } from "./paint.js";
import * as T from "./things.js";
import { fitted, resized, revealed, toPicture, zoomed } from "./view.js";

const STEP = 1.5; // zoom of a key or a button
const SETTLED = 600; // milliseconds after the last arrow, where no key was let go
const LIGHTS = [1, 1.7, 3]; // how bright a picture is shown, for dark ones; what is learned from stays as it is
const CURSOR = 4; // page pixels that an arrow moves the cross with which a key places

/** set: the summary of the frame; colors: those of marks. told: stroke(things) when something was changed; shown()
 *  after every change of what is to be seen; said(line). Gives what keys, buttons and lists call. */
export function editor(set, colors, told) {
  const count = () => set.joints.length;
  const canvas = element("canvas", { class: "picture", tabindex: "0", role: "application", "aria-describedby": "label-keys" });
  let past = history([]);
  let draft = null; // what a hand is making
  let chosen = { thing: 0, joint: -1 };
  let view = { scale: 1, x: 0, y: 0 };
  let whole = true; // the view follows the stage
  let stage = [1, 1];
  let size = [1, 1];
  let drawn = null; // the picture at its sizes
  let boxing = false, hidden = false, names = false, magnified = true, light = 0;
  let pointer = null; // where the mouse is, in the picture
  let cursor = null; // where a key would place
  let pending = null; // the timer of arrows

  const now = () => draft ?? past.now;
  const thing = () => now()[chosen.thing];
  const mark = () => (thing() && chosen.joint >= 0 ? T.shown(thing(), chosen.joint) : null);

  const it = {
    get ready() { return drawn !== null; },
    get view() { return view; },
    get size() { return size; },
    get stage() { return stage; },
    get things() { return now(); },
    get chosen() { return chosen; },
    get boxing() { return boxing; },
  };

  const hand = gestures(canvas, it, {
    begin: settle, // what arrows have moved
    see,
    hover(point) {
      pointer = point;
      if (point) cursor = null;
      repaint();
    },
    choose: (where) => choose(where.thing, where.joint),
    accept(where) {
      const { x, y } = T.shown(now()[where.thing], where.joint);
      commit(T.put(now(), where, [x, y]));
      tell(where);
    },
    place(point, occluded = false) {
      const old = T.shown(past.now[chosen.thing], chosen.joint);
      const seen = occluded ? T.OCCLUDED : old && !old.proposed ? old.seen : T.VISIBLE;
      make(T.put(past.now, chosen, point, seen), point);
    },
    hold(where, point) {
      const { seen } = T.shown(past.now[where.thing], where.joint);
      make(T.put(past.now, where, point, seen), point);
    },
    shift: (by) => make(T.shift(past.now, chosen.thing, by, size)),
    box: (box) => make(T.setBox(past.now, chosen.thing, box)),
    cycle,
    release: settle,
    cancel() {
      draft = null;
      refresh();
    },
  });

  // ---- changes ----------------------------------------------------------------------------------------------------

  /** What a hand makes, until it lets go. */
  function make(things, at = pointer) {
    draft = things;
    pointer = at;
    refresh();
  }

  /** The hand let go: what it made is a step, and sent. */
  function settle() {
    clearTimeout(pending);
    pending = null;
    if (!draft) return;
    const where = { ...chosen };
    const placed = where.joint >= 0 && past.now[where.thing] && !T.shown(past.now[where.thing], where.joint) && mark();
    const made = draft;
    draft = null;
    if (boxing) boxing = false;
    commit(made);
    if (where.joint >= 0 && made[where.thing]) tell(where, placed ? advance() : "");
  }

  function commit(things) {
    if (things === past.now) return;
    past.commit(things);
    draft = null;
    told.stroke(things);
    refresh();
  }

  /** To the joint that is to be placed next. Gives what to say of it. */
  function advance() {
    choose(chosen.thing, T.nextJoint(thing(), chosen.joint));
    return chosen.joint >= 0 ? say("teach.label.next_is", { joint: set.joints[chosen.joint] }) : say("teach.label.all_placed");
  }

  function step(back) {
    settle();
    const before = now();
    if (!(back ? past.undo() : past.redo())) return told.said(say(back ? "teach.label.nothing_to_undo" : "teach.label.nothing_to_redo"));
    const gone = T.gone(before, now());
    if (gone) choose(gone.thing, gone.joint);
    else choose(chosen.thing, chosen.joint >= 0 && mark() ? null : chosen.joint);
    told.stroke(now());
    told.said(say(back ? "teach.label.undone" : "teach.label.redone"));
  }

  function cycle(where = chosen) {
    settle();
    if (!now()[where.thing] || where.joint < 0) return;
    choose(where.thing, where.joint);
    commit(T.cycle(now(), where));
    tell(where);
  }

  function clear() {
    settle();
    if (!thing() || chosen.joint < 0) return;
    const was = mark();
    const where = { ...chosen };
    commit(T.clear(now(), where));
    tell(where, was ? "" : advance());
  }

  function seen(value) {
    settle();
    const there = mark();
    if (value === T.ABSENT) return clear();
    if (there) commit(T.put(now(), chosen, [there.x, there.y], value));
    tell(chosen);
  }

  function add() {
    settle();
    const blank = now().findIndex((one) => T.counted([one]).things === 0 && !one.proposal); // one that waits already
    if (blank < 0) past.replace(T.add(now(), count()));
    choose(blank < 0 ? now().length - 1 : blank, 0);
    told.said(say("teach.label.added", { number: chosen.thing + 1, joint: set.joints[0] }));
  }

  function remove() {
    settle();
    if (!thing()) return;
    const number = chosen.thing + 1;
    commit(T.remove(now(), chosen.thing));
    if (!now().length) past.replace(T.add([], count()));
    choose(Math.min(chosen.thing, now().length - 1), null);
    told.said(say("teach.label.removed", { number }));
  }

  function accept() {
    settle();
    if (!T.proposed(now())) return told.said(say("teach.label.nothing_proposed"));
    commit(T.accept(now()));
    choose(chosen.thing, T.nextJoint(thing()));
    told.said(say("teach.label.accepted"));
  }

  function swap() {
    settle();
    const swapped = chosen.joint < 0 ? now() : T.swap(now(), chosen, set.pairs);
    if (swapped === now()) return told.said(say("teach.label.no_pair"));
    commit(swapped);
    tell(chosen);
  }

  function box() {
    settle();
    boxing = !boxing && Boolean(thing());
    if (boxing) told.said(say("teach.label.boxing"));
    refresh();
  }

  function noBox() {
    settle();
    if (thing()?.box) commit(T.setBox(now(), chosen.thing, null));
  }

  /** An arrow: the chosen joint moves by a picture pixel; one that is nowhere is looked for with a cross. */
  function nudge([dx, dy], large) {
    if (!drawn || chosen.joint < 0 || !thing() || hand.busy) return;
    const there = mark();
    if (!there) {
      const far = (Math.max(1, Math.round(CURSOR / view.scale))) * (large ? 10 : 1);
      const [x, y] = cursor ?? pointer ?? toPicture(view, [stage[0] / 2, stage[1] / 2]);
      cursor = T.within([Math.round(x) + far * dx, Math.round(y) + far * dy], size);
      pointer = null;
      view = revealed(view, cursor, size, stage);
      return repaint();
    }
    const far = large ? 10 : 1;
    const point = T.within([there.x + far * dx, there.y + far * dy], size);
    make(T.put(now(), chosen, point, there.seen), null);
    view = revealed(view, point, size, stage);
    clearTimeout(pending);
    pending = setTimeout(settle, SETTLED);
  }

  /** Enter: what is proposed is accepted where it is, what is nowhere is placed at the cross. */
  function setDown() {
    settle();
    if (!thing() || chosen.joint < 0) return;
    const there = mark();
    if (there && !there.proposed) return;
    const at = there ? [there.x, there.y] : cursor ?? pointer ?? toPicture(view, [stage[0] / 2, stage[1] / 2]).map(Math.round);
    commit(T.put(now(), chosen, T.within(at, size)));
    tell({ ...chosen }, advance());
  }

  // ---- what is chosen, what is seen -------------------------------------------------------------------------------

  /** joint: a place, -1 for none, null for the one to be placed next. */
  function choose(thing, joint) {
    const all = now();
    const one = Math.min(Math.max(thing, 0), Math.max(all.length - 1, 0));
    chosen = { thing: one, joint: joint ?? (all[one] ? T.nextJoint(all[one]) : -1) };
    refresh();
  }

  function other(by) {
    settle();
    const from = chosen.joint < 0 && by < 0 ? 0 : chosen.joint;
    choose(chosen.thing, (from + by + count()) % count());
    const there = mark();
    if (there) {
      view = revealed(view, [there.x, there.y], size, stage);
      repaint();
    }
    tell(chosen);
  }

  function otherThing(by) {
    settle();
    if (now().length > 1) choose((chosen.thing + by + now().length) % now().length, null);
    told.said(say("teach.label.thing_chosen", { number: chosen.thing + 1, count: now().length }));
  }

  function see(next) {
    view = next;
    whole = Math.abs(next.scale - fitted(size, stage).scale) < 1e-6;
    repaint();
  }

  const zoom = (factor) => drawn && see(zoomed(view, factor, [stage[0] / 2, stage[1] / 2], size, stage));

  /** Says where a joint is now. */
  function tell({ thing, joint }, more = "") {
    const there = now()[thing] && joint >= 0 ? T.shown(now()[thing], joint) : null;
    const name = set.joints[joint] ?? "";
    const state = !there ? "absent" : there.proposed ? "proposed" : there.seen === T.OCCLUDED ? "occluded" : "visible";
    const line = there ? say("teach.label.is_at", { joint: name, state: say(`teach.label.${state}`), x: Math.round(there.x), y: Math.round(there.y) }) : say("teach.label.is_nowhere", { joint: name });
    told.said([line, more].filter(Boolean).join(" "));
  }

  let due = 0;
  function repaint() {
    if (!due) due = requestAnimationFrame(() => {
      due = 0;
      const waits = thing() && chosen.joint >= 0 && !mark() && !boxing;
      const loupe = !magnified || hidden ? null : draft && chosen.joint >= 0 && pointer ? pointer : waits ? cursor ?? pointer : null;
      canvas.dataset.view = JSON.stringify([view.scale, view.x, view.y]);
      canvas.dataset.loupe = loupe ? loupe.map(Math.round).join() : "";
      paint(canvas, { levels: drawn, size, view, things: now(), chosen, held: draft !== null && hand.busy, hidden, names, cursor: waits ? cursor : null, loupe, light: LIGHTS[light], set, colors });
    });
  }

  function refresh() {
    repaint();
    told.shown();
  }

  const resizing = new ResizeObserver(() => {
    const before = stage;
    stage = [canvas.clientWidth || 1, canvas.clientHeight || 1];
    if (drawn) view = whole ? fitted(size, stage) : resized(view, size, before, stage);
    repaint();
  });
  resizing.observe(canvas);

  return {
    canvas, settle, cycle, clear, seen, add, remove, accept, swap, box, noBox, nudge, setDown, other, otherThing,
    choose(thing, joint) {
      settle();
      choose(thing, joint);
    },
    undo: () => step(true),
    redo: () => step(false),
    closer: () => zoom(STEP),
    farther: () => zoom(1 / STEP),
    fit: () => drawn && see(fitted(size, stage)),
    /** Another picture: its image, things, and its own steps back. */
    load(image, dimensions, steps) {
      clearTimeout(pending);
      draft = null;
      boxing = false;
      pointer = cursor = null;
      past = steps;
      [size, drawn] = [dimensions, levels(image, dimensions)];
      canvas.style.setProperty("--ratio", `${size[0]} / ${size[1]}`);
      stage = [canvas.clientWidth || 1, canvas.clientHeight || 1];
      view = fitted(size, stage);
      whole = true;
      if (!past.now.length) past.replace(T.add([], count()));
      chosen = { thing: 0, joint: T.nextJoint(past.now[0]) };
      refresh();
    },
    /** Gives whether it was of use: not where somebody has changed the picture meanwhile. */
    propose(proposals, asked) {
      if (draft || past.now !== asked) return false;
      past.replace(T.propose(past.now, proposals, count()));
      choose(chosen.thing, T.nextJoint(thing()));
      return true;
    },
    /** Other things hold: a step that can be undone, but is not sent from here. */
    become(things) {
      draft = null;
      past.commit(things.length ? things : T.add([], count()));
      choose(0, null);
    },
    escape() {
      if (hand.cancel()) return;
      clearTimeout(pending);
      pending = null;
      draft = null;
      if (boxing) boxing = false;
      else chosen = { ...chosen, joint: -1 };
      cursor = null;
      refresh();
    },
    hide(held) {
      if (hidden === held) return;
      hidden = held;
      repaint();
    },
    space: hand.space,
    names() {
      names = !names;
      repaint();
    },
    loupe() {
      magnified = !magnified;
      told.said(say(magnified ? "teach.label.loupe_on" : "teach.label.loupe_off"));
      repaint();
    },
    light() {
      light = (light + 1) % LIGHTS.length;
      told.said(say("teach.label.lit", { times: LIGHTS[light] }));
      repaint();
    },
    get things() { return now(); },
    get steps() { return past; },
    get chosen() { return chosen; },
    get boxing() { return boxing; },
    get busy() { return draft !== null; },
    get scene() { return { levels: drawn, size, set, colors }; },
    close: () => resizing.disconnect(),
  };
}
