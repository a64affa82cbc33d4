// What the page is about: a photo, a person in it, a preset, a seed, and what a hand chose. Written into the address, so
// that whoever is sent it sees the same, and into the tab's memory, for coming back without one. Persons are counted from
// 1 there, as everywhere in addresses.
import { HALVES, PARTS, TILES } from "./steps.js";

export const PRESETS = ["official", "udp", "dark", "walkthrough"];
const FIRST_SEED = 15; // turns and flips the first example, and a joint leaves the crop
const LIMITS = { scale: [0.3, 3], rotation: [-180, 180], shift: [-1, 1] }; // as Python has them
const IN_ADDRESS = ["example", "scene", "set", "person", "seed", "preset", "off", "step", "joint", ...PARTS];

/** The state that a page begins with. */
export function begun(link, memory) {
  const addressed = IN_ADDRESS.some((name) => link.get(name) !== null);
  const get = (name) => (addressed ? link.get(name) : (memory.state?.[name] ?? null));
  return {
    photo: null, image: null, source: null, labels: null, skeleton: null, sets: null,
    found: [], people: [], // { box, keypoints }, as they came, and as a hand changed them
    person: Math.max((whole(get("person")) ?? 1) - 1, 0), keypoints: null, box: null, // the chosen one of `people`
    editing: false,
    preset: one(get("preset"), PRESETS),
    seed: whole(get("seed")) ?? FIRST_SEED,
    off: new Set((get("off") ?? "").split(",").filter((part) => PARTS.includes(part))),
    hand: handOf(get),
    step: one(get("step"), TILES),
    joint: whole(get("joint")) ?? -1, // a place that is looked at; -1: all
    settings: null, others: {}, drawn: null, size: null, // as Python said
    told: null, // what Python computed, { maps, levels }, while nothing has changed since
    pictures: {}, // Python's crops by name, each { canvas, affine }: good for as long as the affine map is the same
  };
}

export function keep(it, link, memory) {
  const state = {
    person: it.person ? it.person + 1 : null, seed: it.seed, preset: it.preset === PRESETS[0] ? null : it.preset,
    off: [...it.off].join(",") || null, step: it.step === TILES[0] ? null : it.step, joint: it.joint < 0 ? null : it.joint,
    ...Object.fromEntries(PARTS.map((part) => [part, part in it.hand ? String(it.hand[part]) : null])),
  };
  for (const [name, value] of Object.entries(state)) if (value !== null) state[name] = String(value);
  memory.state = state;
  link.set({ example: it.source?.example, scene: it.source?.scene, set: it.source?.set, ...state });
}

/** Whether any joint of the person has a label. */
export const labeled = (it) => it.keypoints?.some(([, , seen]) => seen > 0) ?? false;

/** By part, what is done: as drawn, or as a hand says; without what is off. */
export function choices(it) {
  const all = { ...it.drawn, ...it.hand };
  return Object.fromEntries(PARTS.filter((part) => part in all && !it.off.has(part)).map((part) => [part, all[part]]));
}

/** What Python is asked. */
export function question({ photo, labels, box, keypoints, preset, seed, off, hand }) {
  return { ask: "steps", photo: photo.photo, labels, box, keypoints, preset, seed, off: [...off], hand };
}

/** A whole number from 0, or null. */
export function whole(text) {
  return text !== null && /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : null;
}

const one = (text, known) => (known.includes(text) ? text : known[0]);

/** What a hand chose; what is none of it is left out. */
function handOf(get) {
  const hand = {};
  for (const part of PARTS) {
    const text = get(part);
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
