// The augmentation stepper: how a labeled person becomes a training example, one step after the other.
//
// While a hand moves something, the numbers of steps.js and the crops of paint.js are shown at once; on release Python
// is asked (apps/views/augment), its pictures take their place, and the line below the ribbon says how far the two were
// apart. state.js says what is in the address.
import { element } from "../dom.js";
import { say } from "../words.js";
import * as beside from "./beside.js";
import { editor } from "./editor.js";
import { hands } from "./hands.js";
import * as paint from "./paint.js";
import { ribbon } from "./ribbon.js";
import { source } from "./source.js";
import { PRESETS, begun, choices, keep, labeled, question, whole } from "./state.js";
import { PARTS, walk } from "./steps.js";
import { number } from "./tile.js";
import { apart, pictures } from "./told.js";
import { whom } from "./whom.js";

export const styles = [new URL("./augment.css", import.meta.url)];

const BESIDE = ["official", "udp", "walkthrough"];
const SEEDS = 10_000; // that a roll chooses from: short enough to be read out

export function mount(root, { props, ask, upload, memory, link }) {
  const look = { colors: props.colors, magma: paint.colorTable(props.magma) };
  const it = begun(link, memory);
  let wishes = 0; // every change counts one up: an answer to an older wish is not shown
  let asked = 0; // the wish that Python was last asked

  // ---- what follows the hand ------------------------------------------------------------------------------------

  function change(make) {
    wishes += 1;
    it.told = null;
    make();
    draw();
  }

  /** The hand lets go: Python is asked. */
  function commit() {
    keep(it, link, memory);
    many.keep(sheetOf());
    if (!labeled(it)) return;
    asked = wishes;
    ask(question(it), "steps");
  }

  function draw() {
    const ready = Boolean(it.image && it.settings && it.drawn && labeled(it));
    root.dataset.told = Boolean(it.told);
    root.classList.toggle("waiting", !ready);
    chooser.show({ ...it, name: it.photo?.name });
    card.show();
    if (!it.image) return;
    const begin = performance.now();
    const done = choices(it);
    const walked = ready ? walk(it, it.size, it.settings, done) : null;
    if (it.told) walked.joints.forEach((joint, place) => (joint.values = it.told.maps[place]));
    tiles.photo(it, walked);
    if (it.keypoints) joint.show(it.image, it.photo, it);
    if (!ready) return;
    tiles.show(it, walked, done);
    sliders.show(it.settings, it.drawn, it.hand, it.off);
    presets.show(Object.fromEntries(BESIDE.map((name) => [name, under(name, done)])), it.skeleton, it.preset);
    joints.show(walked, it.skeleton, it.joint);
    root.dataset.milliseconds = performance.now() - begin;
  }

  /** The same choices under another preset. */
  function under(name, done) {
    const walked = walk(it, it.size, it.others[name], done, { maps: false });
    return { walked, crop: tiles.crop(it, `preset ${name}`, walked.tiles.flip.affine) };
  }

  // ---- what Python says -----------------------------------------------------------------------------------------

  async function hear(answer) {
    const wish = asked;
    const first = !it.settings;
    const others = Object.fromEntries(answer.compared.map(({ preset }) => [preset.name, preset]));
    Object.assign(it, { settings: answer.preset, others, drawn: answer.drawn, size: answer.size });
    code.textContent = answer.python;
    wrong.textContent = "";
    if (first) draw();
    if (!it.told && !Object.keys(it.pictures).length) point(it.step); // a strip has its length now
    if (wish !== wishes) return; // a hand moved on; its own question follows
    const ready = await pictures(answer);
    if (wish !== wishes) return;
    const maps = paint.maps(ready.heat.canvas, answer.joints.length);
    const walked = walk(it, it.size, it.settings, choices(it));
    const preview = paint.cropped(it.image, it.photo, walked.tiles.flip.affine, it.size);
    const differ = apart(answer, walked, maps, ready.flip.canvas, preview);
    Object.assign(parity.dataset, differ);
    const { pixels, heights, levels, weights } = differ;
    parity.textContent = say("augment.parity", { pixels: number(pixels, 4), heights: number(heights, 3), levels: number(levels, 1), weights });
    Object.assign(it, { told: { maps, levels: answer.levels }, pictures: ready });
    draw();
  }

  const lost = () => (wrong.textContent = say("frame.lost")); // a picture that did not come

  // ---- choices --------------------------------------------------------------------------------------------------

  function roll(seed) {
    change(() => Object.assign(it, { seed, hand: {}, drawn: null }));
    commit();
  }

  function prefer(preset) {
    change(() => Object.assign(it, { preset, drawn: null, settings: null }));
    commit();
  }

  function point(step) {
    it.step = step;
    tiles.point(step);
    guide.replaceChildren(
      element("h2", {}, say(`augment.step.${step}`)),
      element("p", {}, say(`augment.guide.${step}`)),
      element("p", { class: "aside" }, say(`augment.try.${step}`)),
    );
  }

  function edit(open) {
    it.editing = open;
    joint.root.hidden = !open;
    draw();
  }

  /** What a sheet is of, whatever its seeds. */
  const sheetOf = () => JSON.stringify([it.photo?.photo, it.box, it.keypoints, it.preset, [...it.off]]);

  async function copy(text, shown) {
    if (shown) python.open = true;
    try {
      await navigator.clipboard.writeText(text);
      card.say(say(shown || it.source ? "augment.copied" : "augment.copied_without"));
    } catch { // the browser gives no clipboard to pages from other machines without https
      if (shown) getSelection().selectAllChildren(shown);
      card.say(say("augment.not_copied"));
    }
  }

  // ---- parts ----------------------------------------------------------------------------------------------------

  const wrong = element("p", { class: "wrong", role: "alert" });
  const parity = element("p", { class: "parity aside", role: "status" });
  const guide = element("section", { class: "card guide", "data-control": "guide" });
  const code = element("pre", { class: "code", tabindex: "0" });
  const python = element("details", { class: "python", "data-control": "python" }, element("summary", {}, say("augment.python")), code);
  python.open = matchMedia("(min-width: 901px)").matches;
  const page = {
    change, commit, edit,
    say: (line) => (parity.textContent = line),
    complain: (line) => (wrong.textContent = line),
  };
  const person = whom(it, page, { ask, upload, memory, link }, props.examples[0]);
  const chooser = source(root, props.examples, { ...person, person: person.choose, edit, complain: page.complain });
  const joint = editor({ changed: person.place, released: commit, reset: person.asFound }, look.colors);
  const tiles = ribbon(look, (step) => {
    point(step);
    keep(it, link, memory);
  });
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
  const card = settings(it, {
    prefer, roll,
    draws: () => labeled(it) && ask({ ...question(it), ask: "sheet" }, "sheet"),
    python: () => copy(code.textContent, code),
    link: () => copy(location.href),
  });
  const presets = beside.presets(BESIDE, look.colors, prefer);
  const joints = beside.joints(look.magma, (place) => {
    it.joint = place;
    keep(it, link, memory);
    draw();
  });
  const many = beside.sheet(look.colors, (seed) => {
    roll(seed);
    tiles.root.scrollIntoView({ block: "nearest" });
  });
  root.append(
    chooser.root, wrong, joint.root, tiles.root, parity,
    element("div", { class: "cards" }, sliders.root, card.root, guide),
    many.root, element("div", { class: "lower" }, presets.root, python), joints.root,
  );
  root.classList.add("augment");
  const wide = new ResizeObserver(draw);
  wide.observe(tiles.root);
  point(it.step);
  ask({ ask: "sources" }, "sources");
  person.begin();

  return {
    answer(value, lane) {
      if (lane === "who") person.meet(value).catch(lost);
      else if (lane === "steps") hear(value).catch(lost);
      else if (lane === "sheet") {
        card.say("");
        if (it.settings) many.show(value, sheetOf(), it.skeleton, it.settings);
      } else {
        it.sets = value;
        draw();
      }
    },
    failed(line) {
      page.complain(line);
      page.say("");
      card.say("");
    },
    done(share, lane) {
      if (lane === "sheet") card.say(say("augment.drawing", { percent: Math.round(100 * share) }));
    },
    close: () => wide.disconnect(),
  };
}

/** The card with the preset and the seed. told: prefer(preset), roll(seed), draws(), python(), link(). */
function settings(it, told) {
  const button = (key, onclick, kind) => element("button", { type: "button", class: kind, onclick }, say(key));
  const seed = element("input", { type: "number", min: "0", max: String(2 ** 31 - 1), step: "1", class: "seed", "aria-label": say("augment.seed") });
  seed.addEventListener("change", () => whole(seed.value) !== null && told.roll(whole(seed.value)));
  const chips = PRESETS.map((name) => element("button", { type: "button", "data-preset": name, onclick: () => told.prefer(name) }, say(`augment.preset.${name}`)));
  const about = element("p", { class: "about" });
  const origin = element("p", { class: "aside origin" });
  const line = element("span", { class: "aside", role: "status" });
  const root = element(
    "section", { class: "card settings", "data-control": "settings" },
    element("h2", {}, say("augment.preset")),
    element("div", { class: "row", role: "group", "aria-label": say("augment.preset") }, ...chips),
    about, origin,
    element("div", { class: "row" },
      element("label", { class: "name" }, say("augment.seed"), seed),
      button("augment.roll", () => told.roll(Math.floor(Math.random() * SEEDS)), "roll primary"),
      button("augment.sheet", told.draws, "many"),
      button("augment.copy_python", told.python, "copy"),
      button("augment.copy_link", told.link, "copy-link"), line),
  );
  return {
    root,
    say: (text) => (line.textContent = text),
    show() {
      seed.value = it.seed;
      chips.forEach((chip) => chip.setAttribute("aria-pressed", chip.dataset.preset === it.preset));
      about.textContent = say(`augment.about.${it.preset}`);
      if (it.settings) origin.textContent = say("augment.source_of", { source: it.settings.source });
    },
  };
}
