// Boxes over a picture: drawn, moved, resized and deleted by pointer, finger or key. All numbers are photo pixels.
//
//   drag on the picture           a new box          click, or [ and ]         choose
//   drag the chosen box           move               arrows, with Shift by 10  move
//   drag its edge or corner       resize             Alt and arrows            resize
//   N                             a box in the middle
//   Delete or Backspace           delete             Escape                    undo the drag, or choose none
//
// A finger scrolls the page unless a box is chosen or `draw` is on. Nothing is committed before the hand lets go.

const HAND = { mouse: 8, pen: 14, touch: 22 }; // CSS pixels from an edge that still take hold of it
const MOVED = 4; // CSS pixels from which a press is a drag
const SMALLEST = 6; // CSS pixels; a smaller new box was a slip
const SETTLED = 150; // milliseconds after the last key

/** Gives { set(size, boxes), boxes, chosen, choose(i), add(box), remove(), draw(on), drawing, busy, at(event) }.
 *  on: changed() whenever something is to be painted, chose(i), committed(boxes), and maybe clicked(point, event), which
 *  is true where the click was for something else than a box. */
export function editor(canvas, on) {
  let size = [1, 1], boxes = [], chosen = -1, drag = null, drawing = false, settle = null;

  const width = () => canvas.getBoundingClientRect().width || 1;
  const css = (pixels) => (pixels * size[0]) / width();
  const at = (event) => {
    const area = canvas.getBoundingClientRect();
    return [((event.clientX - area.left) / area.width) * size[0], ((event.clientY - area.top) / area.height) * size[1]];
  };

  function choose(place) {
    if (place === chosen) return;
    chosen = place;
    feel();
    on.chose(place);
    on.changed();
  }

  function feel() {
    canvas.style.touchAction = drawing || chosen >= 0 ? "none" : "pan-x pan-y pinch-zoom";
    if (drawing) canvas.style.cursor = "crosshair";
  }

  function draw(wish) {
    drawing = wish;
    feel();
    on.changed();
  }

  function commit() {
    clearTimeout(settle);
    settle = null;
    on.committed(boxes);
  }

  function replace(place, box) {
    boxes = boxes.map((old, i) => (i === place ? { ...box, person: old.person, score: 1, hand: true, stale: true } : old));
    on.changed();
  }

  function add(box) {
    boxes = [...boxes, { ...inside(box, size), score: 1, hand: true, person: null }];
    choose(boxes.length - 1);
    commit();
  }

  function remove() {
    if (chosen < 0) return;
    boxes = boxes.filter((_, i) => i !== chosen);
    choose(-1);
    commit();
    on.changed();
  }

  // ---- pointer ----------------------------------------------------------------------------------------------------

  function pressed(event) {
    if (event.button !== 0 || drag) return;
    const point = at(event), held = boxes[chosen];
    const grip = held && !drawing ? gripOf(held, point, css(HAND[event.pointerType] ?? HAND.mouse)) : null;
    const kind = grip ? "resize" : held && !drawing && holds(held, point) ? "move" : "draw";
    // a finger that neither holds the chosen box nor was asked to draw may only choose; its drag scrolls the page
    const still = kind === "draw" && event.pointerType === "touch" && !drawing;
    drag = { id: event.pointerId, kind, grip, still, start: point, from: [event.clientX, event.clientY], live: false, before: boxes, place: chosen };
    if (!still) canvas.setPointerCapture(event.pointerId);
  }

  function moved(event) {
    const point = at(event);
    if (!drag || event.pointerId !== drag.id) return hover(event, point);
    if (!drag.live) {
      if (drag.still || Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) < MOVED) return;
      drag.live = true;
      if (drag.kind === "draw") {
        boxes = [...boxes, { x: drag.start[0], y: drag.start[1], w: 1, h: 1, score: 1, hand: true, person: null }];
        choose(boxes.length - 1);
      }
    }
    const [dx, dy] = [point[0] - drag.start[0], point[1] - drag.start[1]];
    if (drag.kind === "draw") replace(chosen, between(drag.start, point, size));
    else if (drag.kind === "move") replace(chosen, shifted(drag.before[chosen], dx, dy, size));
    else replace(chosen, resized(drag.before[chosen], drag.grip, dx, dy, size));
  }

  function released(event) {
    if (!drag || event.pointerId !== drag.id) return;
    const { live, kind, before } = drag;
    const last = boxes[chosen];
    drag = null;
    if (!live) return on.clicked?.(at(event), event) || choose(under(at(event)));
    if (kind === "draw" && Math.min(last.w, last.h) < css(SMALLEST)) {
      boxes = before;
      choose(-1);
      return on.changed();
    }
    drawing = false;
    feel();
    commit();
  }

  function cancelled() {
    if (!drag) return false;
    const { before, place, live } = drag;
    drag = null;
    if (live) {
      boxes = before;
      choose(place);
      on.changed();
    }
    return true;
  }

  /** The smallest box at a point; where that one is chosen already, the next larger, so that a click reaches all. */
  function under(point) {
    const hit = boxes.map((box, i) => ({ i, area: box.w * box.h, box })).filter(({ box }) => holds(box, point, css(3)));
    hit.sort((a, b) => a.area - b.area);
    const next = hit.findIndex(({ i }) => i === chosen) + 1;
    return hit.length ? hit[next % hit.length].i : -1;
  }

  function hover(event, point) {
    const held = boxes[chosen];
    const grip = held && !drawing ? gripOf(held, point, css(HAND.mouse)) : null;
    if (grip) canvas.style.cursor = grip[0] && grip[1] ? (grip[0] === grip[1] ? "nwse-resize" : "nesw-resize") : grip[0] ? "ew-resize" : "ns-resize";
    else canvas.style.cursor = held && !drawing && holds(held, point) ? "move" : "crosshair";
  }

  // ---- keys -------------------------------------------------------------------------------------------------------

  function key(event) {
    if (event.ctrlKey || event.metaKey) return;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Escape") {
      if (!cancelled()) drawing ? draw(false) : choose(-1);
    } else if (event.key === "[" || event.key === "]") {
      if (boxes.length) choose((chosen + (event.key === "]" ? 1 : chosen < 0 ? 0 : -1) + boxes.length) % boxes.length);
    } else if ((event.key === "Delete" || event.key === "Backspace") && chosen >= 0) {
      remove();
    } else if (event.key === "n" || event.key === "N") {
      add({ x: size[0] * 0.35, y: size[1] * 0.15, w: size[0] * 0.3, h: size[1] * 0.7 });
    } else if (arrows && chosen >= 0) {
      const step = event.shiftKey ? 10 : 1;
      const [dx, dy] = arrows.map((v) => v * step);
      replace(chosen, event.altKey ? resized(boxes[chosen], [1, 1], dx, dy, size) : shifted(boxes[chosen], dx, dy, size));
      clearTimeout(settle);
      settle = setTimeout(commit, SETTLED);
    } else return;
    event.preventDefault();
  }

  canvas.addEventListener("pointerdown", pressed);
  canvas.addEventListener("pointermove", moved);
  canvas.addEventListener("pointerup", released);
  canvas.addEventListener("pointercancel", cancelled);
  canvas.addEventListener("keydown", key);
  canvas.addEventListener("blur", () => settle && commit());
  feel();

  return {
    get boxes() { return boxes; },
    get chosen() { return chosen; },
    get drawing() { return drawing; },
    /** Whether a hand is on it: nothing may be set meanwhile. */
    get busy() { return drag !== null || settle !== null; },
    choose, add, remove, draw,
    /** Where in the photo an event is. */
    at,
    set(newSize, newBoxes) {
      size = newSize;
      boxes = newBoxes;
      if (chosen >= boxes.length) choose(-1);
      on.changed();
    },
  };
}

// ---- the arithmetic, without any element ----------------------------------------------------------------------------

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

export function holds({ x, y, w, h }, [px, py], margin = 0) {
  return px >= x - margin && px <= x + w + margin && py >= y - margin && py <= y + h + margin;
}

/** Which edges are held at a point, [-1, 0 or 1 across, -1, 0 or 1 down], or null. Of two near edges the nearer. */
export function gripOf(box, [px, py], reach) {
  if (!holds(box, [px, py], reach)) return null;
  const near = (low, high, p) => {
    const [a, b] = [Math.abs(p - low), Math.abs(p - high)];
    return Math.min(a, b) > reach ? 0 : a <= b ? -1 : 1;
  };
  const grip = [near(box.x, box.x + box.w, px), near(box.y, box.y + box.h, py)];
  return grip[0] || grip[1] ? grip : null;
}

export function between([ax, ay], [bx, by], [width, height]) {
  const [x1, x2] = [ax, bx].map((v) => clamp(v, 0, width)).sort((a, b) => a - b);
  const [y1, y2] = [ay, by].map((v) => clamp(v, 0, height)).sort((a, b) => a - b);
  return { x: x1, y: y1, w: Math.max(x2 - x1, 1), h: Math.max(y2 - y1, 1) };
}

export function shifted({ x, y, w, h }, dx, dy, [width, height]) {
  return { x: clamp(x + dx, 0, width - w), y: clamp(y + dy, 0, height - h), w, h };
}

export function resized({ x, y, w, h }, [across, down], dx, dy, size) {
  const a = [x + (across < 0 ? dx : 0), y + (down < 0 ? dy : 0)];
  const b = [x + w + (across > 0 ? dx : 0), y + h + (down > 0 ? dy : 0)];
  return between(a, b, size);
}

function inside(box, size) {
  return between([box.x, box.y], [box.x + box.w, box.y + box.h], size);
}
