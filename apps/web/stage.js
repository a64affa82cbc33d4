// The photo, its people drawn over it, and their boxes to correct. Everything that is drawn comes from Python's answer.
// None is shown while a hand is on a box.
import { ways } from "./bring.js";
import { editor } from "./boxes.js";
import { element } from "./dom.js";
import { layer } from "./layer.js";
import { overlay } from "./photo/heat.js";
import { box as paintBox, person as paintPerson, ring as paintRing, strokeOf, tag as paintTag } from "./marks.js";
import { say } from "./words.js";

const FADED = 0.3; // of a skeleton whose box was just moved, or that lies over a heatmap
const NEAR = { mouse: 10, pen: 12, touch: 22 }; // CSS pixels from a joint that still mean it

/** told: ask({ boxes, more }) about the people, heat({ box }) about the heatmaps of one, chosen(file or { example }),
 *  kept(boxes) what is to be remembered. Gives what the bench calls. */
export function mount(root, { view, props, told }) {
  const { examples, limit, look, magma, opaque } = props;
  let sent = null; // the boxes of the newest question, or null where it was for whoever is there
  let hands = []; // its boxes, even where others were looked for beside them
  let waiting = null; // an answer that came while a hand was on a box
  let size = [1, 1];

  // ---- what there is ------------------------------------------------------------------------------------------------

  const picture = element("img", { class: "photo", alt: "" });
  const heatCanvas = element("canvas", { class: "heat", "aria-hidden": "true", hidden: true });
  const canvas = element("canvas", {
    class: "people", tabindex: "0", role: "application", "aria-label": say("boxes.label"), "aria-describedby": "boxes-keys",
  });
  const frame = element("div", { class: "frame" }, picture, heatCanvas, canvas);
  const caption = element("p", { class: "caption", role: "status" });
  const message = element("p", { class: "message", role: "alert" });
  const said = element("p", { class: "unseen", "aria-live": "polite" });
  const button = (key, onclick) => element("button", { type: "button", onclick }, say(key));
  const tools = {
    draw: button("boxes.draw", () => edit.draw(!edit.drawing)),
    whole: button("boxes.whole", () => edit.add({ x: 0, y: 0, w: size[0], h: size[1] })),
    remove: button("boxes.remove", () => edit.remove()),
    search: button("boxes.search", () => send(null)),
  };
  const stage = element("div", { class: "stage", "data-state": "empty" });
  stage.append(
    frame,
    element("p", { class: "invitation" }, say("photo.drop")),
    caption,
    message,
    element(
      "div",
      { class: "tools", "data-control": "tools" },
      element("div", { class: "group" }, ...ways(stage, take, complain)),
      element("div", { class: "group correct" }, ...Object.values(tools)),
    ),
    element("p", { class: "unseen", id: "boxes-keys" }, say("boxes.keys")),
    said,
    element(
      "div",
      { class: "examples", "data-control": "examples" },
      element("span", { class: "aside" }, say("photo.examples")),
      ...examples.map((name) => {
        const shown = element("img", { src: exampleUrl(name), alt: say(`example.${name}`), height: "72" });
        return element("button", { type: "button", class: "example", onclick: () => take({ example: name }) }, shown);
      }),
    ),
  );
  root.append(stage);

  const personOf = (place) => edit.boxes[place]?.person ?? -1;
  const placeOf = (person) => edit.boxes.findIndex((box) => box.person === person);
  const edit = editor(canvas, {
    changed: () => repaint(),
    committed: (boxes) => view.shown && send(boxes),
    chose(place) {
      view.set({ person: personOf(place) });
      tools.remove.disabled = place < 0;
      if (place >= 0) said.textContent = describe(edit.boxes[place], place);
    },
    clicked(point, event) {
      const joint = jointAt(point, event.pointerType);
      if (joint) view.set({ pin: joint, person: joint.person, hover: null });
      else view.set({ pin: null });
      return joint !== null;
    },
  });
  tools.remove.disabled = true;
  const heat = overlay(heatCanvas, { magma, opaque, ask: told.heat, changed: () => repaint() });

  function take(file) {
    if (file.size > limit) return complain(say("photo.too_large", { megabytes: Math.round(limit / 1e6) }));
    told.chosen(file);
  }

  // ---- asking -------------------------------------------------------------------------------------------------------

  /** Show what is on its way. */
  function begin(preview) {
    message.textContent = "";
    waiting = null;
    size = [1, 1];
    view.set({ shown: null, person: -1, hover: null, pin: null });
    heat.forget();
    edit.set([1, 1], []);
    show(preview);
    state("busy");
  }

  /** The photo has arrived: ask about these boxes, or whoever is found. */
  function arrived({ url, width, height }, boxes = null) {
    size = [width, height];
    frame.style.setProperty("--width", width);
    frame.style.setProperty("--height", height);
    // the browser's own decoding is good where it has the same size; a thumbnail, or a kind it cannot show, is replaced
    const preview = shownUrl;
    const replace = () => {
      const own = picture.naturalWidth === width && picture.naturalHeight === height;
      if (shownUrl === preview && !own) show(url);
    };
    picture.decode().then(replace, replace);
    send(boxes);
  }

  /** Ask about these boxes, and with `more` about whoever is found beside them; without boxes about all who are. */
  function send(boxes, more = false) {
    sent = more ? null : boxes;
    hands = boxes ?? [];
    waiting = null; // it answers an older question
    message.textContent = "";
    state("busy");
    if (more || !boxes) edit.choose(-1);
    const rows = boxes?.map(({ x, y, w, h, score }) => [x, y, w, h, score]) ?? null;
    told.ask({ boxes: rows, more });
  }

  /** What Python said about the people. */
  function answer(given) {
    if (edit.busy) {
      waiting = given;
      return;
    }
    waiting = null;
    const shown = given.shown;
    const [photo] = shown.pictures;
    size = [photo.width, photo.height];
    picture.alt = say("photo.alternative", { caption: say(shown.caption, shown.values), ...shown.values });
    caption.textContent = say(shown.caption, shown.values);
    message.textContent = "";
    const chosen = edit.chosen;
    const boxes = given.boxes.map(([x, y, w, h, score], i) => ({ x, y, w, h, score, hand: hands[i]?.hand, person: i }));
    const pinned = view.pin && sent ? sent.findIndex(({ person }) => person === view.pin.person) : -1; // may have moved up
    edit.set(size, boxes);
    view.set({ shown, person: chosen < boxes.length ? chosen : -1, hover: null, pin: pinned < 0 ? null : { ...view.pin, person: pinned } });
    state("shown");
    told.kept(boxes);
  }

  /** Say what is wrong, whatever else goes on. */
  function complain(line) {
    message.textContent = line;
  }

  /** The newest question has no answer: back to what was shown before, or to the beginning. */
  function fail(line) {
    complain(line);
    if (view.shown) caption.textContent = say(view.shown.caption, view.shown.values);
    else picture.removeAttribute("src");
    state(view.shown ? "shown" : "empty");
  }

  // ---- showing ------------------------------------------------------------------------------------------------------

  function state(now) {
    stage.dataset.state = now;
    root.closest(".photo-bench")?.classList.toggle("has-people", Boolean(view.shown));
    if (now === "busy") caption.textContent = say("photo.looking");
    if (now === "empty") caption.textContent = "";
  }

  let shownUrl = null;
  function show(url) {
    if (shownUrl?.startsWith("blob:")) URL.revokeObjectURL(shownUrl);
    shownUrl = String(url);
    picture.onload = () => {
      if (size[0] === 1) {
        frame.style.setProperty("--width", picture.naturalWidth);
        frame.style.setProperty("--height", picture.naturalHeight);
      }
      repaint();
    };
    picture.onerror = () => picture.removeAttribute("src"); // a kind no browser shows; Python's picture follows
    picture.src = shownUrl;
  }

  const { repaint, close } = layer(canvas, (fit) => {
    tools.draw.setAttribute("aria-pressed", String(edit.drawing));
    if (waiting && !edit.busy) return answer(waiting);
    const { context, ratio } = fit() ?? {};
    const shown = view.shown;
    canvas.dataset.boxes = JSON.stringify(edit.boxes.map(({ x, y, w, h }) => [x, y, w, h].map(Math.round)));
    if (!shown || !context) return heat.show(null);
    const scale = canvas.width / size[0];
    const { points, lines } = shown.pictures[0].marks;
    const heated = showHeat(scale);
    const order = edit.boxes.map((_, i) => i).reverse().filter((i) => i !== edit.chosen);
    if (edit.chosen >= 0) order.push(edit.chosen);
    for (const i of order) paintBox(context, edit.boxes[i], { chosen: i === edit.chosen, scale, ratio, look });
    for (const i of order) {
      const box = edit.boxes[i];
      if (box.person === null) continue;
      const own = (mark) => mark.person === box.person;
      context.globalAlpha = box.stale || heated ? FADED : 1;
      paintPerson(context, { points: points.filter(own), lines: lines.filter(own) }, {
        sides: shown.skeleton.sides, visible: view.visible, scale, stroke: strokeOf(box, scale, canvas, look), look,
      });
      context.globalAlpha = 1;
    }
    if (heated) paintRing(context, heated, { side: shown.skeleton.sides[heated.joint], scale, ratio, look });
    for (const i of order) {
      const box = edit.boxes[i];
      const score = box.person === null || box.stale ? "" : `  ${shown.rows[0].cells[box.person][1].toFixed(2)}`;
      paintTag(context, box, `${i + 1}${score}`, { scale, ratio, look });
    }
  });

  /** Lays the heatmap of the joint that is meant over the photo. Gives the joint's mark where that is shown. */
  function showHeat(scale) {
    const meant = view.joint;
    const box = meant && edit.boxes[placeOf(meant.person)];
    if (!box || box.stale || stage.dataset.state !== "shown") {
      heat.show(null);
      return null;
    }
    const { x, y, w, h } = box;
    const peak = heat.show({ ...meant, box: [x, y, w, h], scale, size: [canvas.width, canvas.height] });
    if (peak === undefined) return null;
    told.height(meant, peak);
    return view.shown.pictures[0].marks.points.find(({ person, joint }) => person === meant.person && joint === meant.joint);
  }

  /** The visible joint nearest to a point of the photo, { person, joint }, or null where none is near. */
  function jointAt([x, y], pointerType = "mouse") {
    const reach = ((NEAR[pointerType] ?? NEAR.mouse) * size[0]) / (canvas.getBoundingClientRect().width || 1);
    let best = null, least = reach;
    for (const point of view.shown?.pictures[0].marks.points ?? []) {
      const box = edit.boxes[placeOf(point.person)];
      const apart = Math.hypot(point.x + 0.5 - x, point.y + 0.5 - y);
      if (point.score > view.visible && box && !box.stale && apart < least) [best, least] = [point, apart];
    }
    return best && { person: best.person, joint: best.joint };
  }

  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return; // it does not hover; a tap pins
    const joint = edit.busy || edit.drawing ? null : jointAt(edit.at(event), event.pointerType);
    if (joint) canvas.style.cursor = "pointer";
    view.set({ hover: joint });
  });
  canvas.addEventListener("pointerleave", () => view.set({ hover: null }));
  canvas.addEventListener("keydown", ({ key }) => key === "Escape" && view.set({ pin: null }));

  function describe({ x, y, w, h }, place) {
    const [left, top, wide, high] = [x, y, w, h].map(Math.round);
    return say("boxes.described", { number: place + 1, count: edit.boxes.length, left, top, wide, high });
  }

  view.watch((changed) => {
    if (changed.includes("person") && personOf(edit.chosen) !== view.person) edit.choose(placeOf(view.person));
    if (changed.includes("threshold") && view.shown) send(edit.boxes.filter(({ hand }) => hand), true);
    if (["visible", "hover", "pin"].some((name) => changed.includes(name))) repaint();
  });
  state("empty");

  return {
    begin, arrived, answer, complain, fail,
    heatmaps: heat.take,
    heatFailed: heat.failed,
    /** The question that would give what is shown now, without the photo. */
    get named() {
      return { boxes: edit.boxes.map(({ x, y, w, h, score }) => [x, y, w, h, score]) };
    },
    close,
  };
}

export const exampleUrl = (name) => new URL(`../examples/${name}.jpg`, import.meta.url);
