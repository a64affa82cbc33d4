// Joints in a photo, placed and moved by hand: a click places the chosen joint, a drag moves one, keys do both.
import { element } from "../dom.js";
import { say } from "../words.js";
import * as paint from "./paint.js";
import { jointName, prepare } from "./tile.js";

const NEAR = 16; // page pixels within which a joint is meant

/** told: changed(keypoints), while it moves; released(); reset(), to what the joints were. Gives { root, show(image, photo, person), redraw() }. */
export function editor(told, colors) {
  let image, photo, person; // person: { box, keypoints, skeleton }
  let chosen = 0;
  let dragged = false;
  let scale = 1; // canvas pixels per photo pixel

  const canvas = element("canvas", { class: "photo", tabindex: "0", role: "application", "aria-label": say("augment.editor"), "aria-describedby": "augment-keys" });
  const chips = element("div", { class: "chips", role: "group", "aria-label": say("augment.joints") });
  const described = element("p", { class: "aside", role: "status" });
  const action = (key, onclick) => element("button", { type: "button", onclick }, say(key));
  const root = element(
    "section",
    { class: "card editor", hidden: true, "data-control": "editor" },
    canvas,
    element("div", { class: "beside" }, described, chips,
      element("div", { class: "row" }, action("augment.hide_joint", hide), action("augment.remove_joint", remove), action("augment.remove_all", removeAll), action("augment.as_found", () => told.reset())),
      element("p", { class: "aside", id: "augment-keys" }, say("augment.editor_keys"))),
  );

  const labeled = (joint) => person.keypoints[joint][2] > 0;
  const name = (joint) => jointName(person.skeleton.joints[joint]);

  function put(joint, point) {
    told.changed(person.keypoints.map((old, i) => (i === joint ? point : old)));
  }

  function change(point) {
    put(chosen, point);
    told.released();
  }

  function hide() {
    const [x, y, seen] = person.keypoints[chosen];
    if (seen) change([x, y, seen === 1 ? 2 : 1]);
  }

  function remove() {
    if (labeled(chosen)) change([0, 0, 0]);
  }

  function removeAll() {
    told.changed(person.keypoints.map(() => [0, 0, 0]));
    told.released();
    choose(0);
  }

  function choose(joint) {
    chosen = (joint + person.keypoints.length) % person.keypoints.length;
    redraw();
  }

  /** The photo pixel below a pointer, within the photo. */
  function placeOf(event) {
    const area = canvas.getBoundingClientRect();
    const x = ((event.clientX - area.left) / area.width) * photo.width - 0.5;
    const y = ((event.clientY - area.top) / area.height) * photo.height - 0.5;
    return [within(x, photo.width), within(y, photo.height)];
  }

  function nearest([x, y]) {
    const reach = (NEAR * photo.width) / canvas.clientWidth;
    const found = person.keypoints
      .map(([u, v, seen], joint) => ({ joint, away: seen > 0 ? Math.hypot(u - x, v - y) : Infinity }))
      .sort((a, b) => a.away - b.away)[0];
    return found.away <= reach ? found.joint : -1;
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button || !person) return;
    const at = placeOf(event);
    const joint = nearest(at);
    if (joint < 0 && labeled(chosen)) return;
    if (joint >= 0) choose(joint);
    else put(chosen, [...at, 2]);
    dragged = true;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragged) put(chosen, [...placeOf(event), person.keypoints[chosen][2]]);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (!dragged) return;
      dragged = false;
      const next = person.keypoints.findIndex((_, joint) => joint > chosen && !labeled(joint));
      if (next >= 0) choose(next);
      told.released();
    });
  }
  canvas.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 1;
    const arrow = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    const [x, y, seen] = person.keypoints[chosen];
    if (arrow && seen) put(chosen, [within(x + arrow[0], photo.width), within(y + arrow[1], photo.height), seen]);
    else if (event.key === "Enter" && !seen) change([photo.width / 2, photo.height / 2, 2]);
    else if (event.key === "[") choose(chosen - 1);
    else if (event.key === "]") choose(chosen + 1);
    else if (event.key === "o" || event.key === "O") hide();
    else if (event.key === "Delete" || event.key === "Backspace") remove();
    else return;
    event.preventDefault();
  });
  canvas.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && told.released());

  function redraw() {
    if (root.hidden || !person) return;
    canvas.style.aspectRatio = `${photo.width} / ${photo.height}`;
    const made = prepare(canvas, photo.width, photo.height);
    scale = made.scale;
    const { context, stroke } = made;
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    const look = { colors, scale, stroke };
    paint.box(context, person.box, look);
    paint.pose(context, person.keypoints, { ...look, skeleton: person.skeleton, chosen, stroke: 1.4 * stroke });
    if (chips.children.length !== person.keypoints.length) {
      chips.replaceChildren(
        ...person.keypoints.map((_, joint) => element("button", { type: "button", "data-side": person.skeleton.sides[joint], onclick: () => choose(joint) }, name(joint))),
      );
    }
    [...chips.children].forEach((chip, joint) => {
      chip.setAttribute("aria-pressed", joint === chosen);
      chip.dataset.seen = person.keypoints[joint][2];
    });
    const [x, y, seen] = person.keypoints[chosen];
    described.textContent = say(`augment.joint.${seen}`, { joint: name(chosen), x: x.toFixed(1), y: y.toFixed(1) });
  }

  return {
    root,
    redraw,
    show(...shown) {
      [image, photo, person] = shown;
      if (chosen >= person.keypoints.length) chosen = 0;
      redraw();
    },
  };
}

const within = (value, length) => Math.min(Math.max(value, 0), length - 1);
