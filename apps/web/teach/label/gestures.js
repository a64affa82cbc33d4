// What a pointer or fingers do on the picture. Nothing is kept before the hand lets go: until then it can be cancelled
// with Escape, or by a second finger, which zooms.
//
//   press near a joint     takes hold of this one; without a move it is only chosen, a proposed one accepted
//   press elsewhere        places the chosen joint, which follows until the release; with none chosen it moves the view
//   Shift and press        places, however near another joint is
//   Alt and drag           moves the whole thing: nothing else does
//   right button           on a joint: visible, occluded, absent; elsewhere places the chosen joint as occluded
//   middle button, or Space and drag; two fingers; wheel        move and zoom the view
import { between, gripOf, holds, resized, shifted } from "../../boxes.js";
import { hit, shown, within } from "./things.js";
import { panned, toPicture, toStage, zoomed } from "./view.js";

const REACH = { mouse: 9, pen: 12, touch: 20 }; // page pixels from a joint that still mean it
const CLOSER = 0.6; // of that, while a joint waits to be placed: it may be meant to lie beside another
const SLIP = { mouse: 3, pen: 5, touch: 8 }; // page pixels from which a press is a drag
const EDGE = { mouse: 8, pen: 14, touch: 22 }; // page pixels from the edge of a box that still take hold of it
const SMALLEST = 5; // page pixels; a smaller new box was a slip
const NOTCH = 1.0015; // zoom per unit of the wheel
const LINE = 33; // units of a wheel that counts lines

/** it: what there is at the moment, { ready, view, size, stage, things, chosen, boxing }.
 *  told: begin() at every press; see(view); hover(point, joint under it or null); choose(where); accept(where); place(point, seen) the chosen
 *  joint; hold(where, point) one that is dragged; shift([dx, dy]) the chosen thing; box(box); cycle(where); and at the
 *  end of each of them release(), or cancel() where it is not to be.
 *  Gives { cancel(), space(held) }. */
export function gestures(canvas, it, told) {
  const fingers = new Map(); // touches on the canvas: id -> [x, y] on the stage
  let drag = null;
  let pinch = null;
  let space = false;

  const on = (event) => {
    const area = canvas.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  };
  const at = (spot) => within(toPicture(it.view, spot), it.size);
  const of = (table, event) => table[event.pointerType] ?? table.mouse;
  const waits = () => {
    const { thing, joint } = it.chosen;
    return joint >= 0 && it.things[thing] && !shown(it.things[thing], joint);
  };

  function near(spot, event) {
    const reach = of(REACH, event) * (waits() ? CLOSER : 1);
    return hit(it.things, toPicture(it.view, spot), reach / it.view.scale, it.chosen.thing);
  }

  // ---- one pointer ------------------------------------------------------------------------------------------------

  function pressed(event) {
    canvas.focus({ preventScroll: true });
    if (!it.ready) return;
    const spot = on(event);
    if (event.pointerType === "touch") {
      fingers.set(event.pointerId, spot);
      if (fingers.size === 2) {
        cancel();
        pinch = { before: it.view, ...spread() };
      }
      if (fingers.size > 1) return;
    }
    if (drag) return;
    told.begin();
    event.preventDefault(); // nothing is selected, no middle button scrolls
    if (event.button === 2) return secondary(spot, event);
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    drag = { id: event.pointerId, start: spot, live: false, slip: of(SLIP, event), ...begun(spot, event) };
    if (drag.kind === "place") told.place(at(spot));
    if (drag.kind === "joint") told.choose(drag.where);
  }

  /** What a press begins: its kind, and what it takes hold of. */
  function begun(spot, event) {
    const thing = it.things[it.chosen.thing];
    if (event.button === 1 || space) return { kind: "view", view: it.view };
    if (it.boxing && thing) return { kind: "box", ...grasped(thing.box, spot, event) };
    if (event.altKey && thing) return { kind: "thing" };
    const where = event.shiftKey ? null : near(spot, event);
    if (where) {
      const mark = shown(it.things[where.thing], where.joint);
      const [x, y] = toStage(it.view, [mark.x, mark.y]);
      return { kind: "joint", where, proposed: mark.proposed, off: [spot[0] - x, spot[1] - y] }; // it does not jump to the pointer
    }
    return it.chosen.joint >= 0 && thing ? { kind: "place" } : { kind: "view", view: it.view };
  }

  function grasped(box, spot, event) {
    const [x, y, w, h] = box ?? [0, 0, 0, 0];
    const point = toPicture(it.view, spot);
    const held = box && { x, y, w, h };
    const grip = held && gripOf(held, point, of(EDGE, event) / it.view.scale);
    return { from: point, box: held, grip, inside: !grip && held && holds(held, point) };
  }

  function secondary(spot, event) {
    const where = near(spot, event);
    if (where) {
      told.cycle(where);
    } else if (waits()) {
      told.place(at(spot), true);
      told.release();
    }
  }

  function moved(event) {
    const spot = on(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, spot);
    if (pinch) return squeezed();
    if (!drag || event.pointerId !== drag.id) return hovered(spot, event);
    const [dx, dy] = [spot[0] - drag.start[0], spot[1] - drag.start[1]];
    if (!drag.live && Math.hypot(dx, dy) < drag.slip) return;
    drag.live = true;
    if (drag.kind === "view") told.see(panned(drag.view, [dx, dy], it.size, it.stage));
    else if (drag.kind === "place") told.place(at(spot));
    else if (drag.kind === "joint") told.hold(drag.where, at([spot[0] - drag.off[0], spot[1] - drag.off[1]]));
    else if (drag.kind === "thing") told.shift([dx / it.view.scale, dy / it.view.scale]);
    else told.box(stretched(spot, [dx / it.view.scale, dy / it.view.scale]));
  }

  function stretched(spot, [dx, dy]) {
    const { box, grip, inside, from } = drag;
    const now = grip ? resized(box, grip, dx, dy, it.size) : inside ? shifted(box, dx, dy, it.size) : between(from, toPicture(it.view, spot), it.size);
    return [now.x, now.y, now.w, now.h];
  }

  function hovered(spot, event) {
    if (event.pointerType === "touch" || !it.ready) return;
    const where = near(spot, event);
    canvas.style.cursor = space ? "grab" : it.boxing ? "crosshair" : where ? "pointer" : it.chosen.joint >= 0 ? "crosshair" : "grab";
    told.hover(at(spot), where);
  }

  function released(event) {
    fingers.delete(event.pointerId);
    if (pinch) {
      if (fingers.size < 2) pinch = null;
      return;
    }
    if (!drag || event.pointerId !== drag.id) return;
    const { kind, live, where, proposed } = drag;
    const slip = kind === "box" && (!live || tooSmall());
    drag = null;
    if (slip) return told.cancel();
    if (kind === "joint" && !live) return proposed ? told.accept(where) : told.cancel();
    told.release();
  }

  function tooSmall() {
    const [, , w, h] = it.things[it.chosen.thing]?.box ?? [0, 0, 0, 0];
    return Math.min(w, h) * it.view.scale < SMALLEST;
  }

  /** Forget the drag. Gives whether there was one. */
  function cancel() {
    if (!drag) return false;
    drag = null;
    told.cancel();
    return true;
  }

  // ---- the view ---------------------------------------------------------------------------------------------------

  function spread() {
    const [[ax, ay], [bx, by]] = fingers.values();
    return { middle: [(ax + bx) / 2, (ay + by) / 2], apart: Math.max(Math.hypot(ax - bx, ay - by), 1) };
  }

  function squeezed() {
    if (fingers.size < 2) return;
    const { middle, apart } = spread();
    const view = zoomed(pinch.before, apart / pinch.apart, pinch.middle, it.size, it.stage);
    told.see(panned(view, [middle[0] - pinch.middle[0], middle[1] - pinch.middle[1]], it.size, it.stage));
  }

  function wheeled(event) {
    if (!it.ready) return;
    event.preventDefault();
    const units = event.deltaMode ? event.deltaY * LINE : event.deltaY;
    const firmer = event.ctrlKey ? 6 : 1; // a pinch on a touchpad comes as small steps of a wheel
    told.see(zoomed(it.view, NOTCH ** (-units * firmer), on(event), it.size, it.stage));
  }

  canvas.addEventListener("pointerdown", pressed);
  canvas.addEventListener("pointermove", moved);
  canvas.addEventListener("pointerup", released);
  canvas.addEventListener("pointercancel", (event) => {
    fingers.delete(event.pointerId);
    if (fingers.size < 2) pinch = null;
    cancel();
  });
  canvas.addEventListener("pointerleave", () => told.hover(null, null));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("wheel", wheeled, { passive: false });

  return {
    cancel,
    get busy() { return drag !== null; },
    space(held) {
      space = held;
      if (!drag) canvas.style.cursor = held ? "grab" : "";
    },
  };
}
