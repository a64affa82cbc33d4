// The augmentation stepper: how a labeled person becomes a training example, one step after the other.
//
// While a hand moves something, the numbers of steps.js and the crops of paint.js are shown at once; on release Python
// is asked (apps/views/augment), its pictures take their place, and the line below the ribbon says how far the two were
// apart. What is in the address: example, scene or set; person, seed, preset, off, step, joint, and what a hand chose.
import { element } from "../dom.js";
import { say } from "../words.js";
import * as beside from "./beside.js";
import { editor } from "./editor.js";
import { hands, spoken } from "./hands.js";
import * as paint from "./paint.js";
import { source } from "./source.js";
import { HALVES, PARTS, TILES, around, jointsOf, walk } from "./steps.js";
import { matrixText, number, prepare, tile } from "./tile.js";

export const styles = [new URL("./augment.css", import.meta.url)];

const IDENTITY = [[1, 0, 0], [0, 1, 0]];
const PRESETS = ["official", "udp", "dark", "walkthrough"];
const BESIDE = ["official", "udp", "walkthrough"];
const FIRST_SEED = 15; // turns and flips the first example, and a joint leaves the crop
const SEEDS = 10_000; // that a roll chooses from: short enough to be read out
const LIMITS = { scale: [0.3, 3], rotation: [-180, 180], shift: [-1, 1] }; // as Python has them
const HAND_BOX = 0.1; // a box around joints placed by hand has this share of their extent as a margin on each side

export function mount(root, { props, ask, upload, memory, link }) {
  const { colors } = props;
  const magma = paint.colorTable(props.magma);
  const it = {
    photo: null, image: null, source: null, labels: null, skeleton: null,
    found: [], people: [], // { box, keypoints }, as they came, and as a hand changed them
    person: 0, keypoints: null, box: null, // the chosen one of `people`
    preset: PRESETS.includes(link.get("preset")) ? link.get("preset") : PRESETS[0],
    seed: whole(link.get("seed")) ?? memory.seed ?? FIRST_SEED,
    off: new Set((link.get("off") ?? "").split(",").filter((part) => PARTS.includes(part))),
    hand: handOf(link),
    step: TILES.includes(link.get("step")) ? link.get("step") : "raw",
    joint: whole(link.get("joint")) ?? -1, // a place that is looked at; -1: all
    settings: null, drawn: null, size: null, // as Python said
    shrunk: null, // the image of which there is a small one
    told: null, // what Python computed, while nothing has changed since
    pictures: {}, // Python's crops by name, each { canvas, affine }: good for as long as the affine map is the same
    sets: null, editing: false,
  };
  let wishes = 0; // every change counts one up: an answer to an older wish is not shown
  let asked = 0; // the wish that Python was last asked

  // ---- parts ----------------------------------------------------------------------------------------------------

  const wrong = element("p", { class: "wrong", role: "alert" });
  const chooser = source(root, props.examples, {
    example: (name) => anotherOne(() => bring({ example: name }, { example: name })),
    photo: (file) => anotherOne(() => bring(file, null)),
    scene: (number) => anotherOne(() => find({ ask: "scene", number })),
    set: (number) => anotherOne(() => find({ ask: "set", number })),
    person: (number) => choose(number),
    edit: (open) => edit(open),
    anew,
    complain: (line) => (wrong.textContent = line),
  });
  const hand = editor({ changed: place, released: commit, reset: asFound }, colors);
  const ribbon = Object.fromEntries(TILES.map((name) => [name, tile(name, () => look(name))]));
  const parity = element("p", { class: "parity aside", role: "status" });
  const sliders = hands({
    moved(part, value) { change(() => (it.hand = { ...it.hand, [part]: value })); },
    released: commit,
    reset(part) {
      change(() => (it.hand = Object.fromEntries(Object.entries(it.hand).filter(([name]) => name !== part))));
      commit();
    },
    toggled(part, on) {
      change(() => (it.off = new Set(PARTS.filter((name) => (name === part ? !on : it.off.has(name))))));
      commit();
    },
  });
  const seed = element("input", { type: "number", min: "0", max: String(2 ** 31 - 1), step: "1", class: "seed", "aria-label": say("augment.seed") });
  seed.addEventListener("change", () => whole(seed.value) !== null && roll(whole(seed.value)));
  const chips = PRESETS.map((name) => element("button", { type: "button", "data-preset": name, onclick: () => prefer(name) }, say(`augment.preset.${name}`)));
  const about = element("p", { class: "about" });
  const origin = element("p", { class: "aside origin" });
  const guide = element("section", { class: "card guide", "data-control": "guide" });
  const code = element("pre", { class: "code", tabindex: "0" });
  const python = element("details", { class: "python", "data-control": "python" }, element("summary", {}, say("augment.python")), code);
  const copied = element("span", { class: "aside", role: "status" });
  const progress = element("span", { class: "aside" });
  const card = element(
    "section", { class: "card settings", "data-control": "settings" },
    element("h2", {}, say("augment.preset")),
    element("div", { class: "row", role: "group", "aria-label": say("augment.preset") }, ...chips),
    about, origin,
    element("div", { class: "row" },
      element("label", { class: "name" }, say("augment.seed"), seed),
      button("augment.roll", () => roll(Math.floor(Math.random() * SEEDS)), "roll primary"),
      button("augment.sheet", draws, "many"),
      button("augment.copy_python", () => copy(code.textContent, code), "copy"),
      button("augment.copy_link", () => copy(location.href), "copy-link"), copied, progress),
  );
  const presets = beside.presets(BESIDE, colors, prefer);
  const joints = beside.joints(magma, (place) => {
    it.joint = place;
    link.set({ joint: place < 0 ? null : place });
    draw();
  });
  const many = beside.sheet(colors, (seed) => {
    roll(seed);
    ribbon.raw.root.scrollIntoView({ block: "nearest" });
  });
  const strip = element("div", { class: "ribbon" }, ...TILES.map((name) => ribbon[name].root));
  root.append(
    chooser.root, wrong, hand.root, strip, parity,
    element("div", { class: "cards" }, sliders.root, card, guide),
    many.root, element("div", { class: "lower" }, presets.root, python), joints.root,
  );
  python.open = matchMedia("(min-width: 901px)").matches;
  root.classList.add("augment");

  function button(key, onclick, kind) {
    return element("button", { type: "button", class: kind, onclick }, say(key));
  }

  // ---- the photo and who is in it -----------------------------------------------------------------------------------

  /** A choice of the visitor's, who begins anew with it, even where it is the same photo. */
  function anotherOne(go) {
    delete memory.edited;
    starting = null;
    go();
  }

  async function bring(file, from) {
    wrong.textContent = "";
    try {
      memory.photo = await upload(file);
      memory.source = { ...from, photo: memory.photo.photo };
      await take(memory.photo, from);
      ask({ ask: "people", photo: it.photo.photo }, "who");
      parity.textContent = say("photo.looking");
    } catch (error) {
      wrong.textContent = error.message;
    }
  }

  function find(question) {
    wrong.textContent = "";
    ask(question, "who");
  }

  async function take(photo, from) {
    const image = new Image();
    image.src = photo.url;
    await image.decode();
    change(() => Object.assign(it, { photo, image, source: from, found: [], people: [], keypoints: null, box: null, settings: null, drawn: null, person: 0, pictures: {} }));
    link.set({ example: from?.example, scene: from?.scene, set: from?.set, person: null });
  }

  /** Python said who is there. */
  async function meet(value) {
    if (value.ask !== "people") {
      const { photo, url, width, height, name } = value;
      memory.photo = { photo, url, width, height, name };
      const from = { [value.ask]: Number(value.number) };
      memory.source = { ...from, photo };
      await take(memory.photo, from);
    }
    const edited = memory.edited?.photo === it.photo.photo ? memory.edited.people : null; // before this page was left
    Object.assign(it, { labels: value.labels, skeleton: value.skeleton, found: value.people, people: edited ?? value.people });
    parity.textContent = "";
    if (!it.people.length) {
      wrong.textContent = say("augment.nobody");
      return anew();
    }
    const wanted = starting?.person ?? 0;
    starting = null;
    choose(Math.min(wanted, it.people.length - 1));
  }

  function choose(person) {
    change(() => Object.assign(it, { person, keypoints: it.people[person].keypoints, box: it.people[person].box }));
    link.set({ person: person || null });
    commit();
  }

  /** A person whose joints are all placed by hand. */
  function anew() {
    if (!it.photo || !it.skeleton) return;
    const none = it.skeleton.joints.map(() => [0, 0, 0]);
    const person = it.people.length;
    it.people = [...it.people, { keypoints: none, box: [0, 0, it.photo.width, it.photo.height], byHand: true }];
    edit(true);
    choose(person);
  }

  function edit(open) {
    it.editing = open;
    hand.root.hidden = !open;
    draw();
    if (open) hand.redraw();
  }

  /** Joints moved by hand. */
  function place(keypoints) {
    const labeled = keypoints.filter(([, , seen]) => seen > 0);
    const { byHand } = it.people[it.person];
    const box = byHand && labeled.length ? around(labeled, HAND_BOX) : it.box;
    const people = it.people.map((one, person) => (person === it.person ? { keypoints, box, byHand } : one));
    change(() => Object.assign(it, { keypoints, box, people }));
    memory.edited = { photo: it.photo.photo, people };
  }

  /** The joints of this person as they came. */
  function asFound() {
    const found = it.found[it.person];
    if (!found) return;
    place(found.keypoints);
    commit();
  }

  // ---- choices --------------------------------------------------------------------------------------------------

  function roll(number) {
    change(() => Object.assign(it, { seed: number, hand: {}, drawn: null }));
    commit();
  }

  function prefer(name) {
    change(() => Object.assign(it, { preset: name, drawn: null, settings: null }));
    commit();
  }

  function look(step) {
    it.step = step;
    link.set({ step: step === "raw" ? null : step });
    draw();
    bringIntoSight();
  }

  /** On a phone the tiles are a strip that can be pushed along. */
  function bringIntoSight() {
    const { offsetLeft, offsetWidth } = ribbon[it.step].root;
    strip.scrollTo({ left: offsetLeft - strip.offsetLeft - (strip.clientWidth - offsetWidth) / 2 });
  }

  function draws() {
    if (labeled()) ask({ ...question(), ask: "sheet" }, "sheet");
  }

  /** What a sheet is of, whatever its seeds. */
  const sheetOf = () => JSON.stringify([it.photo?.photo, it.box, it.keypoints, it.preset, [...it.off]]);

  async function copy(text, shown) {
    if (shown) python.open = true;
    try {
      await navigator.clipboard.writeText(text);
      copied.textContent = say(shown || it.source ? "augment.copied" : "augment.copied_without");
    } catch { // the browser gives no clipboard to pages from other machines without https
      if (shown) getSelection().selectAllChildren(shown);
      copied.textContent = say("augment.not_copied");
    }
  }

  // ---- what follows the hand, and what Python says --------------------------------------------------------------

  const labeled = () => it.keypoints?.some(([, , seen]) => seen > 0) ?? false;

  function change(make) {
    wishes += 1;
    it.told = null;
    make();
    draw();
  }

  function commit() {
    link.set({
      seed: it.seed, preset: it.preset === PRESETS[0] ? null : it.preset, off: [...it.off].join(","),
      ...Object.fromEntries(PARTS.map((part) => [part, part in it.hand ? String(it.hand[part]) : null])),
    });
    memory.seed = it.seed;
    many.keep(sheetOf());
    if (!labeled()) return;
    asked = wishes;
    ask(question(), "steps");
  }

  function question() {
    const { labels, box, keypoints, preset, seed, off, hand } = it;
    return { ask: "steps", photo: it.photo.photo, labels, box, keypoints, preset, seed, off: [...off], hand };
  }

  /** By part, what is done: as drawn, or as a hand says; without what is off. */
  function choices() {
    const all = { ...it.drawn, ...it.hand };
    return Object.fromEntries(PARTS.filter((part) => part in all && !it.off.has(part)).map((part) => [part, all[part]]));
  }

  async function hear(value) {
    const wish = asked;
    const first = !it.settings;
    Object.assign(it, { settings: value.preset, drawn: value.drawn, size: value.size });
    it.others = Object.fromEntries(value.compared.map((other) => [other.preset.name, other.preset]));
    code.textContent = value.python;
    if (first) {
      draw();
      if (it.step !== "raw") bringIntoSight();
    }
    wrong.textContent = "";
    if (wish !== wishes) return; // a hand moved on; its own question follows
    const compared = value.compared.map(({ preset, tile }) => [`preset ${preset.name}`, tile]);
    const pictures = await loaded({ ...value.tiles, ...Object.fromEntries(compared) });
    if (wish !== wishes) return;
    const maps = paint.maps(pictures.heat.canvas, value.joints.length);
    parity.textContent = compare(value, previewed(), pictures.flip.canvas, maps);
    Object.assign(it, { told: { maps, levels: value.levels }, pictures });
    draw();
  }

  /** How far the browser's preview was from what Python says. */
  function compare(value, walked, crop, maps) {
    const apart = {
      pixels: Math.max(...["half", "affine", "flip"].flatMap((name) =>
        value.tiles[name].points.map(([x, y], i) => Math.hypot(walked.tiles[name].points[i][0] - x, walked.tiles[name].points[i][1] - y)))),
      weights: value.joints.filter(({ weight }, place) => Math.abs(weight - walked.joints[place].weight) > 1e-4).length,
      heights: Math.max(...walked.joints.map(({ values }, place) => values.reduce((most, height, i) => Math.max(most, Math.abs(height - maps[place][i])), 0))),
      levels: paint.difference(paint.cropped(it.image, it.photo, walked.tiles.flip.affine, it.size), crop),
    };
    Object.assign(parity.dataset, apart);
    return say("augment.parity", { pixels: number(apart.pixels, 4), levels: number(apart.levels, 1), heights: number(apart.heights, 3), weights: apart.weights });
  }

  const previewed = () => walk(it, it.size, it.settings, choices());

  // ---- drawing --------------------------------------------------------------------------------------------------

  function draw() {
    const { image, photo, skeleton } = it;
    chooser.show({ name: photo?.name, people: it.people, person: it.person, source: it.source, editing: it.editing, sets: it.sets });
    seed.value = it.seed;
    chips.forEach((chip) => chip.setAttribute("aria-pressed", chip.dataset.preset === it.preset));
    about.textContent = say(`augment.about.${it.preset}`);
    TILES.forEach((name) => ribbon[name].title.setAttribute("aria-pressed", name === it.step));
    for (const name of TILES) ribbon[name].root.classList.toggle("on", name === it.step);
    guide.replaceChildren(
      element("h2", {}, say(`augment.step.${it.step}`)),
      element("p", {}, say(`augment.guide.${it.step}`)),
      element("p", { class: "aside" }, say(`augment.try.${it.step}`)),
    );
    root.dataset.told = Boolean(it.told);
    if (!image) return;
    const started = performance.now();
    const ready = Boolean(it.settings && labeled() && it.drawn);
    const walked = ready ? previewed() : null;
    if (walked && it.told) walked.joints.forEach((joint, place) => (joint.values = it.told.maps[place]));
    raw(walked);
    if (it.editing && it.keypoints) hand.show(image, photo, { box: it.box, keypoints: it.keypoints, skeleton });
    root.classList.toggle("waiting", !ready);
    if (!ready) return;
    const done = choices();
    sliders.show(it.settings, it.drawn, it.hand, it.off);
    origin.textContent = say("augment.source_of", { source: it.settings.source });
    const weights = walked.joints.map(({ weight }) => weight);
    const look = { skeleton, colors, chosen: it.joint };
    const crops = Object.fromEntries(["half", "affine", "flip"].map((name) => [name, crop(name, walked.tiles[name].affine)]));
    for (const name of Object.keys(crops)) {
      beside.draw(ribbon[name].canvas, crops[name], walked.tiles[name], name === "flip" ? { ...look, weights } : look);
    }
    const heatmap = it.size.map((side) => side / 4);
    const maps = walked.joints.map(({ values }) => values);
    heat(paint.heat(it.joint < 0 ? maps : [maps[it.joint]], heatmap, magma, own("heat")));
    const normalized = it.told ? { canvas: it.pictures.tensor.canvas, levels: it.told.levels } : paint.tensor(crops.flip, it.settings.normalize, own("tensor"));
    beside.draw(ribbon.tensor.canvas, normalized.canvas, walked.tiles.tensor, { ...look, weights });
    tell(walked, done, weights, normalized.levels);
    const shown = Object.fromEntries(BESIDE.map((name) => {
      const other = walk(it, it.size, it.others[name], done, { maps: false });
      return [name, { crop: crop(`preset ${name}`, other.tiles.flip.affine), walked: other }];
    }));
    presets.show(shown, skeleton, it.preset);
    joints.show(walked, skeleton, it.joint);
    root.dataset.milliseconds = performance.now() - started;
  }

  /** Python's crop where there is one through that map, or else the browser's. */
  function crop(name, affine) {
    const kept = it.pictures[name];
    if (kept && same(kept.affine, affine)) return kept.canvas;
    return paint.cropped(it.image, it.photo, affine, it.size, own(name));
  }

  const canvases = {};
  function own(name) {
    return (canvases[name] ??= document.createElement("canvas"));
  }

  function raw(walked) {
    const { canvas } = ribbon.raw;
    const aspect = Math.min(Math.max(it.photo.width / it.photo.height, 0.6), 1.8);
    strip.style.setProperty("--aspect", aspect);
    strip.style.setProperty("--raw", `${aspect}fr`);
    canvas.style.aspectRatio = `${it.photo.width} / ${it.photo.height}`;
    const { context, scale, stroke } = prepare(canvas, it.photo.width, it.photo.height);
    context.drawImage(shrunk(canvas), 0, 0);
    const look = { colors, scale, stroke };
    if (walked) paint.view(context, walked.tiles.flip.affine, it.size, look);
    if (it.box) paint.box(context, it.box, look);
    if (it.keypoints) paint.pose(context, it.keypoints, { ...look, skeleton: it.skeleton, chosen: it.joint < 0 || !walked ? -1 : walked.joints[it.joint].joint });
    ribbon.raw.said.textContent = `${it.photo.width}×${it.photo.height}`;
    ribbon.raw.matrix.textContent = it.box ? `${matrixText(IDENTITY)}\n${say("augment.said.box", { box: it.box.map((value) => number(value, 0)).join(" ") })}` : "";
  }

  /** The photo in the size of a canvas, made once: photos are large. */
  function shrunk({ width, height }) {
    const made = own("raw");
    if (it.shrunk !== it.image || made.width !== width || made.height !== height) {
      Object.assign(made, { width, height });
      const context = made.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(it.image, 0, 0, width, height);
      it.shrunk = it.image;
    }
    return made;
  }

  function heat(picture) {
    const { canvas } = ribbon.heat;
    const { context } = prepare(canvas, picture.width, picture.height);
    context.imageSmoothingEnabled = false; // its pixels are what there is to see
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  }

  /** What every tile says. */
  function tell(walked, done, weights, levels) {
    const { settings, size } = it;
    const off = say("augment.left_out");
    const seen = it.keypoints.filter(([, , visible]) => visible > 0).length;
    const [h, w] = size.map((side) => side / 4);
    const out = walked.tiles.heat.points.filter(([, , visible], place) => visible && weights[place] === 0).length;
    const views = ["scale", "rotation", "shift"].filter((part) => part in done && (part !== "shift" || done.shift.some(Boolean)));
    const said = {
      half: "half" in done ? halfSaid(done) : off,
      affine: views.length ? views.map((part) => spoken(part, done[part], settings)).join(" ") : off,
      flip: "flip" in done ? say(done.flip ? "augment.said.flipped" : "augment.no") : off,
      heat: `σ ${settings.target.sigma} · ${say(`augment.target.${settings.target.kind}`)}`,
      tensor: `3×${size[0]}×${size[1]}`,
    };
    const box = walked.tiles.half.box.map((value) => number(value, 0)).join(" ");
    const below = {
      half: say("augment.said.box", { box }),
      heat: say("augment.said.maps", { count: seen, w, h, out }),
      tensor: say("augment.said.tensor", { low: number(levels.low, 2), high: number(levels.high, 2), mean: levels.mean.map((value) => number(value, 2)).join(" "), std: levels.std.map((value) => number(value, 2)).join(" ") }),
    };
    const dull = { half: !("half" in done) || done.half === "none", affine: !views.length, flip: !done.flip };
    for (const name of TILES.slice(1)) {
      const { root, canvas } = ribbon[name];
      root.classList.toggle("idle", Boolean(dull[name]));
      ribbon[name].said.textContent = said[name];
      const matrix = matrixText(walked.tiles[name].affine);
      ribbon[name].matrix.textContent = below[name] ? `${matrix}\n${below[name]}` : matrix;
      canvas.setAttribute("aria-label", say("augment.alternative", { step: say(`augment.step.${name}`), said: said[name], out }));
    }
    ribbon.raw.canvas.setAttribute("aria-label", say("augment.alternative", { step: say("augment.step.raw"), said: ribbon.raw.said.textContent, out }));
  }

  function halfSaid({ half }) {
    const count = jointsOf(half ?? "none", it.keypoints, it.skeleton).length;
    return count ? say("augment.said.half", { half: say(`augment.half.${half}`), count }) : spoken("half", "none", it.settings);
  }

  // ---- beginning ------------------------------------------------------------------------------------------------

  let starting = { person: whole(link.get("person")) ?? 0 };
  const wide = new ResizeObserver(() => draw());
  wide.observe(strip);
  begin();

  function begin() {
    ask({ ask: "sources" }, "sources");
    for (const kind of ["scene", "set"]) {
      const number = whole(link.get(kind));
      if (number !== null) return find({ ask: kind, number });
    }
    const example = link.get("example");
    if (example) return bring({ example }, { example });
    const { photo, source } = memory;
    if (!photo) return bring({ example: props.examples[0] }, { example: props.examples[0] });
    const from = source?.photo === photo.photo ? source : null;
    for (const kind of ["scene", "set"]) if (from?.[kind] !== undefined) return find({ ask: kind, number: from[kind] });
    return resume(photo);
  }

  /** The photo that was chosen before, maybe on another page. */
  async function resume(photo) {
    const example = photo.photo.startsWith("example-") ? photo.photo.slice("example-".length) : null;
    try {
      await take(photo, example ? { example } : null);
      ask({ ask: "people", photo: photo.photo }, "who");
    } catch { // it is no longer on the server
      delete memory.photo;
      bring({ example: props.examples[0] }, { example: props.examples[0] });
    }
  }

  return {
    answer(value, lane) {
      if (lane === "who") meet(value);
      else if (lane === "steps") hear(value);
      else if (lane === "sheet") {
        progress.textContent = "";
        if (it.settings) many.show(value, sheetOf(), it.skeleton, it.settings);
      } else {
        it.sets = value;
        draw();
      }
    },
    failed(line) {
      wrong.textContent = line;
      parity.textContent = progress.textContent = "";
    },
    done(share, lane) {
      if (lane === "sheet") progress.textContent = say("augment.drawing", { percent: Math.round(100 * share) });
    },
    close: () => wide.disconnect(),
  };
}

/** A whole number from 0, or null. */
function whole(text) {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : null;
}

/** What a hand chose, from the address; what is none of it is left out. */
function handOf(link) {
  const hand = {};
  for (const part of PARTS) {
    const text = link.get(part);
    if (text === null) continue;
    const numbers = text.split(",").map((share) => (share.trim() ? Number(share) : NaN));
    const [low, high] = LIMITS[part] ?? [0, 0];
    const right = (count) => numbers.length === count && numbers.every((value) => value >= low && value <= high);
    if (part === "half" && HALVES.includes(text)) hand.half = text;
    else if (part === "flip" && (text === "true" || text === "false")) hand.flip = text === "true";
    else if (part === "shift" && right(2)) hand.shift = numbers;
    else if ((part === "scale" || part === "rotation") && right(1)) hand[part] = numbers[0];
  }
  return hand;
}

/** Tiles by name as { canvas, affine }, ready to be drawn and read. */
async function loaded(tiles) {
  const ready = await Promise.all(
    Object.entries(tiles).map(async ([name, { url, affine }]) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return [name, { canvas: paint.copied(image), affine }];
    }),
  );
  return Object.fromEntries(ready);
}

/** Whether two affine maps are one, but for what single precision rounds. */
const same = (a, b) => a.every((row, i) => row.every((value, j) => Math.abs(value - b[i][j]) < 1e-6 * Math.max(1, Math.abs(value))));
