// The bench "Compare": the same people of the same photo, seen in two ways, with a divider to draw across.
//
// In the address: example; a and b, the two ways, as network,decoder,flip; at, where the divider stands.
import { ways as bringing } from "../bring.js";
import { divider as dividing } from "../divider.js";
import { element } from "../dom.js";
import { layer } from "../layer.js";
import { person as paintPerson, ring as paintRing, strokeOf } from "../marks.js";
import { memory as drawer } from "../memory.js";
import { drawerOf } from "../seen_with.js";
import { exampleUrl } from "../stage.js";
import { jointButton, jointName, pointing } from "../table.js";
import { same, shared } from "../view.js";
import { say } from "../words.js";

export const styles = ["./photo/photo.css", "./photo/compare.css"];

const EXAMPLE = "example-"; // what the token of an example begins with; its name follows (apps/desk.py)
const LETTERS = ["A", "B"];
const NEAR = 10; // CSS pixels from a joint that still mean it

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const { look, networks, decoders, examples, limit } = props;
  const view = shared({ visible: props.visible });
  const chosen = LETTERS.map((letter, i) => fromLink(link.get(letter.toLowerCase())) ?? known(memory.ways?.[i]) ?? props.start[i]);
  let photo = null; // { photo, width, height, url, name }
  let given = null; // the newest answer
  let boxes = null; // of the newest answer: the same people are seen in the next ways
  let turn = 0;

  // ---- what there is ------------------------------------------------------------------------------------------------

  const picture = element("img", { class: "photo", alt: "" });
  const canvas = element("canvas", { class: "people", "aria-hidden": "true" });
  const frame = element("div", { class: "frame" }, picture, canvas);
  const divider = dividing(canvas, { label: say("compare.divider"), start: Number(link.get("at") ?? memory.split ?? 0.5), letters: LETTERS }, {
    said: (percent) => say("compare.at", { percent }),
    moved: () => repaint(),
    kept: keep,
    hover: (at) => view.set({ hover: at && jointAt(at) }),
  });
  const caption = element("p", { class: "caption", role: "status" });
  const message = element("p", { class: "message", role: "alert" });
  const panels = chosen.map((_, i) => panel(i));
  const rows = element("section", { class: "table", "data-control": "table" });
  const stage = element("div", { class: "stage", "data-state": "empty" });
  stage.append(
    frame, divider.root,
    element("p", { class: "invitation" }, say("photo.drop")),
    caption, message,
    element("div", { class: "tools", "data-control": "tools" }, element("div", { class: "group" }, ...bringing(stage, take, complain))),
    element("div", { class: "examples", "data-control": "examples" },
      element("span", { class: "aside" }, say("photo.examples")),
      ...examples.map((name) => element("button", { type: "button", class: "example", onclick: () => take({ example: name }) },
        element("img", { src: exampleUrl(name), alt: say(`example.${name}`), height: "72" })))),
  );
  root.append(element("div", { class: "photo-bench has-people compare" }, element("div", {}, stage), element("div", { class: "details" }, ...panels, rows)));

  function panel(i) {
    const select = (name, options, label) =>
      element("label", {}, element("span", {}, say(label)),
        element("select", { name, onchange: (event) => change(i, name, event.target.value || null) },
          ...options.map(([value, text]) => element("option", { value, selected: value === (chosen[i][name] ?? "") }, text))));
    const trained = (name) => networks.find((one) => one.name === name)?.decoder;
    const flip = element("input", { type: "checkbox", name: "flip", checked: Boolean(chosen[i].flip), onchange: () => change(i, "flip", flip.checked) });
    return element("fieldset", { class: "way", "data-way": LETTERS[i], "data-control": "ways" },
      element("legend", {}, element("b", {}, LETTERS[i]), ` ${say(i ? "compare.right" : "compare.left")}`),
      select("network", networks.map((one) => [one.name, title(one)]), "compare.network"),
      select("decoder", [["", say("compare.trained", { decoder: trained(chosen[i].network) ?? "–" })], ...decoders.map((name) => [name, say(`compare.decoder.${name}`)])], "compare.decoder"),
      element("label", { class: "flip" }, flip, element("span", {}, say("compare.flip"))),
      element("p", { class: "aside took" }));
  }

  function title({ called, network, size }) {
    return network ? say("compare.titled", { called, network, size: `${size[0]}×${size[1]}` }) : called;
  }

  // ---- which photo, which ways --------------------------------------------------------------------------------------

  function change(i, name, value) {
    chosen[i] = { ...chosen[i], [name]: value };
    memory.ways = chosen;
    link.set({ [LETTERS[i].toLowerCase()]: toLink(chosen[i]) });
    if (name === "network") {
      const fresh = panel(i);
      panels[i].replaceWith(fresh);
      panels[i] = fresh;
      fresh.querySelector("select").focus();
    }
    if (photo) send();
  }

  /** A file, or { example }. */
  async function take(file) {
    if (file.size > limit) return complain(say("photo.too_large", { megabytes: Math.round(limit / 1e6) }));
    const mine = begin(file.example ? exampleUrl(file.example) : URL.createObjectURL(file));
    try {
      const arrived = await upload(file);
      if (mine !== turn) return;
      memory.photo = arrived;
      link.set({ example: file.example ?? null });
      come(arrived);
    } catch (error) {
      if (mine === turn) fail(error.message);
    }
  }

  function begin(preview) {
    cancel();
    turn += 1;
    [photo, given, boxes] = [null, null, null];
    view.set({ shown: null, person: -1, hover: null, pin: null });
    picture.src = preview;
    repaint();
    state("busy");
    return turn;
  }

  function come(arrived) {
    photo = arrived;
    picture.src = photo.url;
    stage.style.setProperty("--width", photo.width);
    stage.style.setProperty("--height", photo.height);
    const corrected = drawer(drawerOf("photo", props.network)).boxes; // by hand, on the photo's page
    if (corrected?.photo === photo.photo) boxes = corrected.boxes.map(({ x, y, w, h, score }) => [x, y, w, h, score]);
    send();
  }

  function send() {
    message.textContent = "";
    state("busy");
    ask({ photo: photo.photo, boxes, ways: chosen });
  }

  function answer(value) {
    given = value;
    boxes = value.boxes;
    const [first] = value.sides;
    picture.alt = say("photo.alternative", { caption: sentence(), ...first.shown.values });
    view.set({ shown: first.shown, hover: null, pin: null, person: view.person < boxes.length ? view.person : -1 });
    value.sides.forEach(({ milliseconds }, i) => {
      panels[i].querySelector(".took").textContent = say("compare.took", { milliseconds: Math.round(milliseconds), count: boxes.length });
    });
    state("shown");
    list();
    repaint();
  }

  function sentence() {
    const { all_apart: all, sides } = given;
    if (!all && given.apart.length && !given.apart[0].length) return say("compare.strangers");
    if (!all) return say(given.boxes.length ? "compare.unsure" : "compare.nobody");
    const joint = jointName(sides[0].shown.skeleton.joints[all.joint]);
    return say("compare.apart", { mean: all.mean.toFixed(1), most: all.most.toFixed(1), joint, person: all.person + 1 });
  }

  function state(now) {
    stage.dataset.state = now;
    caption.textContent = now === "busy" ? say("compare.working") : given ? sentence() : "";
  }

  function complain(line) {
    message.textContent = line;
  }

  function fail(line) {
    complain(line);
    if (!given) picture.removeAttribute("src");
    state(given ? "shown" : "empty");
  }

  // ---- the divider --------------------------------------------------------------------------------------------------

  function keep(split) {
    memory.split = split;
    link.set({ at: split.toFixed(2) });
  }

  /** The joint nearest to a place, on the side that is seen there; by its place in the first way's skeleton. */
  function jointAt([x, y]) {
    if (!given) return null;
    const side = x < divider.split ? 0 : 1;
    const area = canvas.getBoundingClientRect();
    let best = null, least = NEAR;
    for (const point of given.sides[side].shown.pictures[0].marks.points) {
      const apart = Math.hypot(((point.x + 0.5) / photo.width - x) * area.width, ((point.y + 0.5) / photo.height - y) * area.height);
      const pair = given.apart[point.person].find((pair) => pair[side] === point.joint);
      if (pair && point.score > view.visible && apart < least) [best, least] = [{ person: point.person, joint: pair[0] }, apart];
    }
    return best;
  }

  // ---- painting and listing -----------------------------------------------------------------------------------------

  const { repaint, close } = layer(canvas, (fit) => {
    const { context, ratio } = fit() ?? {};
    if (!given || !context) return;
    const scale = canvas.width / photo.width;
    given.sides.forEach(({ shown }, side) => {
      divider.clip(context, side);
      const { points, lines } = shown.pictures[0].marks;
      given.boxes.forEach(([x, y, w, h], i) => {
        const own = ({ person }) => person === i;
        context.globalAlpha = view.joint && view.joint.person !== i ? 0.3 : 1;
        paintPerson(context, { points: points.filter(own), lines: lines.filter(own) }, {
          sides: shown.skeleton.sides, visible: view.visible, scale, stroke: strokeOf({ x, y, w, h }, scale, canvas, look), look,
        });
      });
      context.restore();
    });
    paintPair(context, scale, ratio);
    divider.paint(context, { ratio, look });
    canvas.dataset.split = divider.split.toFixed(3);
  });

  /** The joint that is pointed at, where both see it, and the way between. */
  function paintPair(context, scale, ratio) {
    const pair = view.joint && given.apart[view.joint.person]?.find(([joint]) => joint === view.joint.joint);
    if (!pair) return;
    const ends = given.sides.map(({ shown }, side) => ({
      point: shown.pictures[0].marks.points.find(({ person, joint }) => person === view.joint.person && joint === pair[side]),
      side: shown.skeleton.sides[pair[side]],
    }));
    for (const [width, color] of [[5 * ratio, look.colors.casing], [2 * ratio, look.colors.core]]) {
      context.beginPath();
      ends.forEach(({ point }, i) => context[i ? "lineTo" : "moveTo"]((point.x + 0.5) * scale, (point.y + 0.5) * scale));
      context.lineWidth = width;
      context.strokeStyle = color;
      context.stroke();
    }
    for (const { point, side } of ends) paintRing(context, point, { side, scale, ratio, look });
  }

  function list() {
    if (!given?.boxes.length) return rows.replaceChildren();
    const place = view.subject;
    const [first, second] = given.sides.map(({ shown }) => shown);
    const score = (shown, joint) => shown.rows[place + 1].cells[joint][1].toFixed(2);
    rows.dataset.person = place;
    const line = ([joint, other, pixels]) => {
      const own = () => ({ person: place, joint });
      const faint = Math.max(first.rows[place + 1].cells[joint][1], second.rows[place + 1].cells[other][1]) <= view.visible;
      return element("tr", { "data-joint": joint, class: faint ? "faint" : null, ...pointing(view, own) },
        element("th", { scope: "row" }, jointButton(view, first.skeleton.joints[joint], first.skeleton.sides[joint], own)),
        element("td", {}, score(first, joint)), element("td", {}, score(second, other)), element("td", {}, pixels.toFixed(1)));
    };
    rows.replaceChildren(
      element("h2", {}, say("compare.joints")),
      element("div", { class: "chips" }, ...given.boxes.map((_, i) =>
        element("button", { type: "button", class: "chip", "aria-pressed": String(i === place), onclick: () => view.set({ person: i, pin: null }) }, String(i + 1)))),
      element("table", {},
        element("thead", {}, element("tr", {}, ...["column.joint", "compare.score_a", "compare.score_b", "compare.pixels"].map((key) => element("th", { scope: "col" }, say(key))))),
        element("tbody", {}, ...given.apart[place].map(line))));
    mark();
  }

  function mark() {
    for (const row of rows.querySelectorAll("tr[data-joint]")) {
      const own = { person: Number(rows.dataset.person), joint: Number(row.dataset.joint) };
      row.classList.toggle("lit", same(view.joint, own));
      row.querySelector("button").setAttribute("aria-pressed", String(same(view.pin, own)));
    }
  }

  view.watch(() => {
    if (given && Number(rows.dataset.person) !== view.subject) list();
    else mark();
    repaint();
  });
  picture.onload = () => picture.src.startsWith("blob:") && URL.revokeObjectURL(picture.src);
  picture.onerror = () => picture.removeAttribute("src"); // a kind no browser shows; Python's picture follows

  divider.move(divider.split);
  state("empty");
  const example = link.get("example");
  if (examples.includes(example) && memory.photo?.photo !== `${EXAMPLE}${example}`) take({ example });
  else if (memory.photo) {
    begin(memory.photo.url);
    come(memory.photo);
  }

  /** "own,dark,flip": a decoder that is the network's own is left out. */
  function fromLink(words) {
    if (!words) return null;
    const [name, decoder, flip] = words.split(",");
    return known({ network: name, decoder: decoders.includes(decoder) ? decoder : null, flip: flip === "flip" });
  }

  /** A way, or null where its network is not on this machine. */
  function known(way) {
    return way && networks.some(({ name }) => name === way.network) ? way : null;
  }

  return {
    answer,
    failed(line) {
      if (!given && photo && memory.photo?.photo === photo.photo) delete memory.photo; // it is gone, or no photo
      fail(line);
    },
    close,
  };
}

const toLink = ({ network, decoder, flip }) => [network, decoder ?? "", flip ? "flip" : ""].join(",");
