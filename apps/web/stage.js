// The photo, its people drawn over it, and their boxes to correct. Everything that is drawn comes from Python's answer.
//
// Every question carries a revision, and an answer belongs to the question whose revision it carries: only the newest is
// shown, and none while a hand is on a box.
import { ways } from "./bring.js";
import { editor } from "./boxes.js";
import { element } from "./dom.js";
import { box as paintBox, person as paintPerson, strokeOf, tag as paintTag } from "./marks.js";
import { view } from "./view.js";
import { say } from "./words.js";

const FADED = 0.3; // of a skeleton whose box was just moved, until its new joints are there

export function mount(root, { props, ask, upload }) {
  const { examples, limit, start, look } = props;
  let rev = 0;
  let source = null; // {photo: {path}} or {example: name}
  let sent = []; // the boxes of the newest question
  let waiting = null; // an answer that came while a hand was on a box
  let size = [1, 1];
  view.set(start);

  // ---- what there is ------------------------------------------------------------------------------------------------

  const picture = element("img", { class: "photo", alt: "" });
  const canvas = element("canvas", {
    tabindex: "0", role: "application", "aria-label": say("boxes.label"), "aria-describedby": "boxes-keys",
  });
  const frame = element("div", { class: "frame" }, picture, canvas);
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
      { class: "tools" },
      element("div", { class: "group" }, ...ways(stage, take, complain)),
      element("div", { class: "group correct" }, ...Object.values(tools)),
    ),
    element("p", { class: "unseen", id: "boxes-keys" }, say("boxes.keys")),
    said,
    element(
      "div",
      { class: "examples" },
      element("span", { class: "aside" }, say("photo.examples")),
      ...examples.map((name) => {
        const url = new URL(`../examples/${name}.jpg`, import.meta.url);
        const shown = element("img", { src: url, alt: say(`example.${name}`), height: "72" });
        return element("button", { type: "button", class: "example", onclick: () => begin({ example: name }, url) }, shown);
      }),
    ),
  );
  root.append(stage);

  const personOf = (place) => edit.boxes[place]?.person ?? -1;
  const edit = editor(canvas, {
    changed: repaint,
    committed: (boxes) => view.shown && send(boxes),
    chose(place) {
      view.set({ person: personOf(place) });
      tools.remove.disabled = place < 0;
      if (place >= 0) said.textContent = describe(edit.boxes[place], place);
    },
  });
  tools.remove.disabled = true;

  // ---- asking -------------------------------------------------------------------------------------------------------

  async function take(file) {
    if (file.size > limit) return complain(say("photo.too_large", { megabytes: Math.round(limit / 1e6) }));
    const preview = URL.createObjectURL(file);
    const mine = begin(null, preview);
    try {
      const { path } = await upload(file);
      if (rev === mine) {
        source = { photo: { path } };
        send(null);
      }
    } catch (error) {
      if (rev === mine) fail(say("photo.not_sent"));
    }
  }

  /** Show what comes, and ask about it unless it is still on its way. Gives the revision of this beginning. */
  function begin(next, preview) {
    source = next;
    message.textContent = "";
    view.set({ shown: null, person: -1 });
    edit.set([1, 1], []);
    show(preview);
    if (next) send(null);
    else {
      rev += 1;
      state("busy");
    }
    return rev;
  }

  /** Ask about these boxes, and with `more` about whoever is found beside them; without boxes about all who are. */
  function send(boxes, more = false) {
    sent = boxes ?? [];
    rev += 1;
    message.textContent = "";
    state("busy");
    if (more || !boxes) edit.choose(-1);
    const rows = boxes?.map(({ x, y, w, h, score }) => [x, y, w, h, score]) ?? null;
    ask({ rev, ...source, boxes: rows, threshold: view.threshold, more });
  }

  /** What Python said to a question. */
  function answer(given) {
    if (given?.rev !== rev) return;
    if (edit.busy) {
      waiting = given;
      return;
    }
    waiting = null;
    if (given.error) return fail(given.error);
    const shown = given.shown;
    const [photo] = shown.pictures;
    if (photo.url) show(photo.url);
    else photo.url = picture.src;
    size = [photo.width, photo.height];
    frame.style.setProperty("--width", photo.width);
    frame.style.setProperty("--height", photo.height);
    picture.alt = alternative(shown);
    caption.textContent = say(shown.caption, shown.values);
    message.textContent = "";
    const chosen = edit.chosen;
    const boxes = given.boxes.map(([x, y, w, h, score], i) => ({ x, y, w, h, score, hand: sent[i]?.hand, person: i }));
    edit.set(size, boxes);
    view.set({ shown, person: chosen < boxes.length ? chosen : -1 });
    state("shown");
    // the stage's own value must say what it shows, because downloads are made from it
    props.value = { rev, ...source, boxes: given.boxes, threshold: view.threshold };
  }

  /** Say what is wrong, whatever else goes on. */
  function complain(line) {
    message.textContent = line;
  }

  /** The newest question has no answer: back to what was shown before, or to the beginning. */
  function fail(line) {
    complain(line);
    if (view.shown) caption.textContent = say(view.shown.caption, view.shown.values);
    else {
      source = null;
      picture.removeAttribute("src");
    }
    state(view.shown ? "shown" : "empty");
  }

  // ---- showing ------------------------------------------------------------------------------------------------------

  function state(now) {
    stage.dataset.state = now;
    document.documentElement.classList.toggle("has-people", Boolean(view.shown));
    if (now === "busy") caption.textContent = say("photo.looking");
    if (now === "empty") caption.textContent = "";
  }

  let shownUrl = null;
  function show(url) {
    if (shownUrl?.startsWith?.("blob:")) URL.revokeObjectURL(shownUrl);
    shownUrl = String(url);
    picture.onload = () => {
      if (!view.shown) {
        frame.style.setProperty("--width", picture.naturalWidth);
        frame.style.setProperty("--height", picture.naturalHeight);
      }
      repaint();
    };
    picture.onerror = () => picture.removeAttribute("src"); // a kind no browser shows; Python's picture follows
    picture.src = shownUrl;
  }

  let due = 0;
  function repaint() {
    tools.draw.setAttribute("aria-pressed", String(edit.drawing));
    if (!due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    if (waiting && !edit.busy) return answer(waiting);
    const area = canvas.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [Math.round(area.width * ratio), Math.round(area.height * ratio)];
    const shown = view.shown;
    canvas.dataset.boxes = JSON.stringify(edit.boxes.map(({ x, y, w, h }) => [x, y, w, h].map(Math.round)));
    if (!shown || !canvas.width) return;
    const context = canvas.getContext("2d");
    const scale = canvas.width / size[0];
    const { points, lines } = shown.pictures[0].marks;
    const order = edit.boxes.map((_, i) => i).reverse().filter((i) => i !== edit.chosen);
    if (edit.chosen >= 0) order.push(edit.chosen);
    for (const i of order) paintBox(context, edit.boxes[i], { chosen: i === edit.chosen, scale, ratio, look });
    for (const i of order) {
      const box = edit.boxes[i];
      if (box.person === null) continue;
      const own = (mark) => mark.person === box.person;
      context.globalAlpha = box.stale ? FADED : 1;
      paintPerson(context, { points: points.filter(own), lines: lines.filter(own) }, {
        sides: shown.skeleton.sides, visible: view.visible, scale, stroke: strokeOf(box, scale, canvas, look), look,
      });
      context.globalAlpha = 1;
    }
    for (const i of order) {
      const box = edit.boxes[i];
      const score = box.person === null || box.stale ? "" : `  ${shown.rows[0].cells[box.person][1].toFixed(2)}`;
      paintTag(context, box, `${i + 1}${score}`, { scale, ratio, look });
    }
  }

  function describe({ x, y, w, h }, place) {
    const [left, top, wide, high] = [x, y, w, h].map(Math.round);
    return say("boxes.described", { number: place + 1, count: edit.boxes.length, left, top, wide, high });
  }

  function alternative(shown) {
    return say("photo.alternative", { caption: say(shown.caption, shown.values), ...shown.values });
  }

  view.watch((changed) => {
    if (changed.includes("person") && personOf(edit.chosen) !== view.person) {
      edit.choose(edit.boxes.findIndex(({ person }) => person === view.person));
    }
    if (changed.includes("threshold") && source && view.shown) send(edit.boxes.filter(({ hand }) => hand), true);
    if (changed.includes("visible")) repaint();
    if (changed.includes("failure")) fail(say("photo.failed"));
  });
  new ResizeObserver(repaint).observe(canvas);

  const wished = new URLSearchParams(location.search).get("example");
  if (examples.includes(wished)) begin({ example: wished }, new URL(`../examples/${wished}.jpg`, import.meta.url));
  else state("empty");

  return { answer };
}
