// What the network sees, sums and decides for one person of a photo. The parts of the page are in the other files of
// this folder; here is what they have in common: what is chosen, what Python is asked, what the pointer is on.
//
// Questions about the run go together in one lane, each with all that is out of date, so that an answer to the newest
// question brings everything to the same state. What follows the pointer is computed from what is here already.
//
// In the address: example, person, place, unit, target, channel, joint, and cut, the names of what is cut.
import { element } from "../dom.js";
import { say } from "../words.js";
import { atlasPart } from "./atlas.js";
import { cropPart } from "./crop.js";
import { cutPart } from "./cut.js";
import { fusionPart } from "./fusion.js";
import { heatmapsPart } from "./heatmaps.js";
import { layersPart } from "./layers.js";
import { mapPart } from "./map.js";
import { picture } from "./maps.js";
import { unitOf } from "./parts.js";
import { peakPart } from "./peak.js";
import { personPart } from "./person.js";
import { pointing } from "./pointing.js";

export const styles = [new URL("./inside.css", import.meta.url)];

const RUN = ["map", "cut", "decode", "atlas", "fusion", "flip"]; // what depends on photo, person and cuts
const FLIPPED = ["shifted", "unshifted", "difference"]; // answers of heatmaps.js that need the mirrored run
const VIEW = ["person", "cut", "place", "unit", "target", "channel", "joint", "scale", "order", "answer", "over"];

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const kept = memory.view ?? {};
  const state = {
    photo: null, example: null, people: null, box: null,
    person: personOf(link.get("person")) ?? kept.person ?? 0,
    cut: link.get("cut")?.split(",").filter(Boolean) ?? kept.cut ?? [],
    place: link.get("place") ?? kept.place ?? null,
    unit: link.get("unit") ?? kept.unit ?? null,
    target: whole(link.get("target")) ?? (link.get("unit") ? 0 : kept.target ?? 0),
    channel: channelOf(link.get("channel")) ?? (link.get("unit") ? null : kept.channel ?? null), // null: Python chooses
    joint: whole(link.get("joint")) ?? kept.joint ?? 0,
    scale: kept.scale ?? "map", order: kept.order ?? "channel", answer: kept.answer ?? "alone", over: kept.over ?? true,
  };
  const stale = new Set();
  const got = {}; // the newest answers about the run, by their kind
  let proven = false; // whether what the address names is there
  let forgiven = false; // or was dropped, because it is not
  let showing = Promise.resolve(); // answers are shown one after the other, as they came
  let brought = 0; // photos; of two on their way only the newer one is shown
  let closed = false;

  // ---- parts ----------------------------------------------------------------------------------------------------

  const told = {
    photo: (file) => bring(file),
    example: (name) => bring({ example: name }),
    complain,
    person(who) {
      complain("");
      choosePerson(who);
    },
    place(place) {
      change({ place }, "atlas");
      reveal(atlas.root);
    },
    channel: pickChannel,
    fusion({ unit, target, channel = null }) {
      change({ unit, target, channel }, "fusion");
      reveal(fusion.root);
    },
    cut: (name) => recut(state.cut.includes(name) ? state.cut.filter((other) => other !== name) : [...state.cut, name]),
    clear: () => recut([]),
    joint: chooseJoint,
    setting,
    point: (spot) => point(spot),
    figure(place) {
      if (!state.box) return;
      busy.textContent = say("inside.drawing");
      ask({ ...common(), ask: "figure", place }, "figure");
    },
    measure: () => ask({ ask: "layers" }, "layers"),
  };
  const person = personPart(root, props, told);
  const crop = cropPart(props);
  const map = mapPart(props, told);
  const atlas = atlasPart(props, told);
  const fusion = fusionPart(props, told);
  const cuts = cutPart(told);
  const peak = peakPart(props, told);
  const heatmaps = heatmapsPart(props, told);
  const layers = layersPart(told);
  const wrong = element("p", { class: "wrong", role: "alert" });
  const busy = element("p", { class: "busy aside", role: "status" });
  const heading = element("h2", {}, say("inside.network"));
  const same = element("p", { class: "same aside", role: "status", hidden: true });
  const save = element("button", { type: "button", class: "small", "data-control": "figure", onclick: () => told.figure(null) }, say("inside.figure"));
  const advice = element(
    "p", { class: "advice aside", "data-control": "guide" },
    element("b", {}, say("inside.look")), " ", say("inside.look_at"), " ", element("b", {}, say("inside.try")), " ", say("inside.try_it"),
  );
  root.classList.add("inside");
  for (const name of ["box", "casing", "core"]) root.style.setProperty(`--mark-${name}`, props.look.colors[name]);
  root.append(
    person.others, wrong,
    element("div", { class: "columns" },
      element("div", { class: "left" }, person.root, crop.root, cuts.root),
      element("div", { class: "middle" },
        element("div", { class: "title" }, heading, busy, save), map.root, element("div", { class: "below" }, same, advice), atlas.root),
      element("div", { class: "right" }, fusion.root, peak.root)),
    heatmaps.root, layers.root,
  );
  const point = pointing({ map, person, crop, same, advice });
  atlas.settings({ scale: state.scale, order: state.order });
  heatmaps.settings({ answer: state.answer, over: state.over });
  heatmaps.joint(state.joint);
  crop.joint(state.joint);

  // ---- photo and person -----------------------------------------------------------------------------------------

  /** who: the person looked at first; keep: whether the other pages have this photo too. */
  async function bring(file, { who = 0, keep = true } = {}) {
    const mine = ++brought;
    complain("");
    if (file.size > props.limit) return complain(say("photo.too_large", { megabytes: Math.round(props.limit / 1e6) }));
    waiting(say("photo.looking"));
    try {
      const photo = await upload(file);
      if (closed || mine !== brought) return;
      if (keep) memory.photo = photo;
      take(photo, who);
    } catch (error) {
      if (mine !== brought) return;
      waiting("");
      complain(error.message);
    }
  }

  /** Another photo; person: who of it is looked at, once it is known who is there. */
  function take(photo, who) {
    cancel("run");
    Object.assign(state, { photo, person: who, people: null, box: null, example: /^example-(.+)/.exec(photo.photo)?.[1] ?? null });
    for (const kind of RUN) delete got[kind];
    person.show(state);
    point.on(null);
    remember();
    root.dataset.state = "busy";
    waiting(say("photo.looking"));
    ask({ ask: "people", photo: photo.photo }, "people");
  }

  function meet({ boxes }) {
    state.people = boxes.map((box) => box.slice(0, 4));
    complain(boxes.length ? "" : say("inside.nobody"));
    choosePerson(Math.min(state.person, boxes.length - 1));
  }

  function choosePerson(who) {
    const { photo, people } = state;
    Object.assign(state, { person: who, box: people[who] ?? [0, 0, photo.width, photo.height] });
    person.show(state);
    remember();
    refresh(...RUN);
  }

  // ---- what is chosen -------------------------------------------------------------------------------------------

  function change(values, ...kinds) {
    complain("");
    Object.assign(state, values);
    map.choose(state);
    remember();
    refresh(...kinds);
  }

  function recut(cut) {
    change({ cut }, ...RUN);
  }

  /** A channel of a branch: the same one of the sum into that branch, if there is one. */
  function pickChannel(place, channel) {
    const unit = unitOf(place);
    if (!unit) return;
    const target = Number(place.at(-1));
    const wired = got.map?.wires.some(({ edge }) => edge?.startsWith(`${unit}.edge.`) && edge.endsWith(`-${target}`));
    if (wired) change({ unit, target, channel }, "fusion");
  }

  function chooseJoint(joint) {
    state.joint = joint;
    remember();
    heatmaps.joint(joint);
    crop.joint(joint);
    if (got.decode) peak.show(got.decode, joint, state.photo).catch(lost);
  }

  function setting(name, value) {
    state[name] = value;
    remember();
    if (name === "scale" || name === "order") return atlas.settings({ [name]: value });
    heatmaps.settings({ [name]: value }).catch(lost);
    if (FLIPPED.includes(state.answer) && !got.flip) refresh("flip");
  }

  function remember() {
    memory.view = Object.fromEntries(VIEW.map((name) => [name, state[name]]));
    const { example, cut, place, unit, target, channel, joint } = state;
    link.set({ example, person: state.person ? state.person + 1 : null, cut: cut.join(","), place, unit, target: unit && target ? target : null, channel: unit ? channel : null, joint: joint || null });
  }

  // ---- asking and showing ---------------------------------------------------------------------------------------

  const common = () => ({ photo: state.photo.photo, box: state.box, cut: state.cut });

  function question(kind) {
    if (kind === "atlas") return state.place && { ask: kind, place: state.place };
    if (kind === "fusion") return state.unit && { ask: kind, unit: state.unit, target: state.target, channel: state.channel };
    if (kind === "flip" && !FLIPPED.includes(state.answer)) return null;
    return { ask: kind };
  }

  function refresh(...kinds) {
    if (kinds.includes("flip")) delete got.flip;
    for (const kind of kinds) stale.add(kind);
    const asks = wanted();
    if (!state.box || !asks.length) return;
    root.dataset.state = "busy";
    ask({ ...common(), asks }, "run");
  }

  const wanted = () => [...stale].map(question).filter(Boolean);

  async function show(answers) {
    const { map: drawn, cut, decode, atlas: sheet, fusion: taken, flip } = Object.fromEntries(answers.map((answer) => [answer.ask, answer]));
    if (drawn) {
      state.cut = drawn.cut; // patterns in the address became names
      if (!proven) settle(drawn);
      const { crop: seen, network } = drawn;
      heading.textContent = say("inside.network_of", { network, height: seen.height, width: seen.width });
      await Promise.all([map.show(drawn), crop.crop(seen)]);
      point.on(drawn);
      map.choose(state);
    }
    if (cut) {
      cuts.show(cut);
      crop.skeleton(cut);
    }
    if (decode) await peak.show(decode, state.joint = Math.min(state.joint, decode.joints.length - 1), state.photo);
    if (decode || cut || flip) await heatmaps.show({ decoding: got.decode, change: got.cut, flip: got.flip, crop: got.map.crop });
    if (sheet) await atlas.show(sheet, sheet.place.includes(".branch"));
    if (taken) {
      state.channel = taken.channel ?? "mean";
      fusion.show(taken);
    }
    root.dataset.shown = JSON.stringify({ cut: drawn ? drawn.cut : got.map.cut, place: got.atlas?.place ?? null, unit: got.fusion?.unit ?? null, person: state.person, box: state.box });
    if (!wanted().length && state.box) root.dataset.state = "shown";
  }

  /** The first map is here: what nobody chose yet gets a beginning. */
  function settle({ wires, places }) {
    proven = true;
    const edges = wires.map(({ edge }) => edge).filter(Boolean);
    state.unit ??= unitOf(edges.at(-1));
    state.place ??= places.find(({ place }) => place.includes(".branch")).place;
    remember();
    if (!got.atlas || !got.fusion) refresh("atlas", "fusion");
  }

  // ---- saying ---------------------------------------------------------------------------------------------------

  function complain(line) {
    wrong.textContent = line;
  }

  /** Something that Python made is there no longer, or came broken. */
  function lost(error) {
    console.warn(error);
    complain(say("inside.not_shown"));
  }

  /** On a phone, what was asked for may be far below. */
  function reveal(part) {
    const { top, bottom } = part.getBoundingClientRect();
    if (top > 0.8 * innerHeight || bottom < 0) part.scrollIntoView({ block: "start" });
  }

  function waiting(line) {
    busy.textContent = line;
    root.classList.toggle("waiting", Boolean(line));
  }

  async function download({ url, place }) {
    busy.textContent = "";
    await picture(url); // it is there, and the server still has it
    const anchor = element("a", { href: url, download: `hrnet-${place ?? "map"}.png` });
    root.append(anchor);
    anchor.click();
    anchor.remove();
  }

  const example = link.get("example");
  const who = state.person;
  if (props.examples.includes(example) && memory.photo?.photo !== `example-${example}`) bring({ example }, { who });
  else if (memory.photo) take(memory.photo, who);
  else if (props.examples.length) bring({ example: props.examples[0] }, { who, keep: false });

  return {
    answer(value, lane) {
      if (lane === "people") return meet(value);
      if (lane === "layers") return layers.show(value);
      if (lane === "figure") return void download(value).catch(lost);
      waiting("");
      for (const one of value.answers) {
        got[one.ask] = one;
        stale.delete(one.ask);
      }
      const { photo } = state;
      showing = showing.then(() => (closed || state.photo !== photo ? null : show(value.answers))).catch(lost);
    },
    failed(line, lane) {
      waiting("");
      complain(line);
      if (lane === "layers") layers.failed();
      if (lane !== "run" || proven || forgiven) return;
      // the address, or what was kept, may name what this network does not have
      forgiven = true;
      change({ cut: [], place: null, unit: null, target: 0, channel: null }, ...RUN);
      complain(line);
    },
    done(share, lane) {
      if (lane === "run") waiting(share < 1 ? say("inside.running") : "");
    },
    close() {
      closed = true;
    },
  };
}

const channelOf = (text) => (text === "mean" ? text : whole(text));

/** In addresses persons are counted from 1, and 0 is the whole photo, here -1. */
function personOf(text) {
  const number = whole(text);
  return number === null ? null : number - 1;
}

/** A whole number from 0 on, or null. */
function whole(text) {
  const value = text === null || text === "" ? NaN : Number(text);
  return Number.isInteger(value) && value >= 0 ? value : null;
}
