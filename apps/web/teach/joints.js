// How the joints of a set are called, which are left and right of each other, and which lines are drawn between them.
// A hand changes a copy; "Save" sends it, and labels of joints that stay are carried along by Python.
import { element } from "../dom.js";
import { say } from "../words.js";
import { figure } from "./figure.js";

const PARTED = /[\n,;\t]+/; // a list of names, pasted

/** told: ask(values, lane), memory, ready: skeletons to begin with. Gives { root, answer(value, lane), failed(line, lane),
 *  shape(places), renewed() }. */
export function joints(set, { ask, memory, ready }) {
  let rows, pairs, limbs, alone; // rows: [{ id, name, was, place }]; pairs, limbs: [{ of: [id, id], made }]; alone: ids without a pair by wish
  let numbers = 0;
  let shape = []; // [x, y] or null for each joint of the set, in a small drawing
  let dirty = false;
  let focus = null; // [id, what] that has the keyboard after the list is drawn anew

  /** As the set has it; or as a hand left it, where it was not saved and the set has not changed since. */
  function begin(draft = null) {
    if (draft && draft.of === set.joints.join("\n")) {
      ({ rows, pairs, limbs, numbers } = draft);
      [alone, dirty] = [new Set(draft.alone), true];
      return;
    }
    rows = set.named ? set.joints.map((name, was) => ({ id: ++numbers, name, was, place: shape[was] ?? null })) : [];
    const of = (some) => (set.named ? some.map((pair) => ({ of: pair.map((place) => rows[place].id), made: false })) : []);
    [pairs, limbs, alone, dirty] = [of(set.pairs), of(set.limbs), new Set(), false];
  }

  // ---- changes ----------------------------------------------------------------------------------------------------

  const idle = (id) => !pairs.some(({ of }) => of.includes(id));
  const partner = (id) => pairs.find(({ of }) => of.includes(id))?.of.find((other) => other !== id);
  const side = (id) => ["left", "right"][pairs.find(({ of }) => of.includes(id))?.of.indexOf(id)] ?? "middle";
  const named = () => rows.map(({ name }) => name.trim());

  function keepDraft() {
    memory.draft = { of: set.joints.join("\n"), rows, pairs, limbs, numbers, alone: [...alone] };
  }

  function changed() {
    dirty = true;
    line.textContent = "";
    const names = named();
    if (rows.length && names.every(Boolean) && new Set(names.map((name) => name.toLowerCase())).size === names.length)
      ask({ do: "bring.derive", joints: names }, "derive");
    draw();
  }

  function derived(found) {
    if (found.joints.join("\n") !== named().join("\n")) return; // a newer question follows
    const of = (pair) => pair.map((place) => rows[place].id);
    pairs = pairs.filter(({ made }) => !made);
    pairs.push(...found.pairs.map(of).filter((pair) => pair.every((id) => idle(id) && !alone.has(id))).map((pair) => ({ of: pair, made: true })));
    if (limbs.every(({ made }) => made)) limbs = found.limbs.map((pair) => ({ of: of(pair), made: true }));
    draw();
  }

  function choose(name) {
    const { joints, pairs: two, limbs: lines, places } = ready[name];
    const known = new Map(rows.map((row) => [plain(row.name), row.was]));
    rows = joints.map((name, at) => ({ id: ++numbers, name, was: known.get(plain(name)) ?? null, place: places[at] }));
    const of = (some) => some.map((pair) => ({ of: pair.map((place) => rows[place].id), made: false }));
    [pairs, limbs, alone] = [of(two), of(lines), new Set()];
    changed();
  }

  function add(text) {
    const names = text.split(PARTED).map((name) => name.trim()).filter(Boolean);
    if (!names.length) return;
    rows.push(...names.map((name) => ({ id: ++numbers, name, was: null, place: null })));
    changed();
  }

  function drop(id) {
    const at = rows.findIndex((row) => row.id === id);
    rows = rows.filter((row) => row.id !== id);
    [pairs, limbs] = [pairs, limbs].map((some) => some.filter(({ of }) => !of.includes(id)));
    focus = rows.length ? [rows[Math.min(at, rows.length - 1)].id, ".drop"] : null;
    changed();
  }

  function move(id, by, what) {
    const at = rows.findIndex((row) => row.id === id);
    const to = at + by;
    if (to < 0 || to >= rows.length) return;
    [rows[at], rows[to]] = [rows[to], rows[at]];
    focus = [id, what];
    changed();
  }

  function pair(id, other) {
    pairs = pairs.filter(({ of }) => !of.includes(id) && !of.includes(other));
    alone.add(id);
    if (other) {
      const right = /(^|[\s_.-])r(ight)?([\s_.-]|$)/i.test(rows.find((row) => row.id === id).name);
      pairs.push({ of: right ? [other, id] : [id, other], made: false });
      [id, other].forEach((one) => alone.delete(one));
    }
    focus = [id, "select"];
    changed();
  }

  function limb(a, b) {
    const there = limbs.findIndex(({ of }) => of.includes(a) && of.includes(b));
    if (there >= 0) limbs.splice(there, 1);
    else limbs.push({ of: [a, b], made: false });
    limbs.forEach((one) => (one.made = false)); // a hand was here: nothing is made anew
    changed();
  }

  function suggest() {
    limbs = [];
    changed();
  }

  function discard() {
    delete memory.draft;
    begin();
    draw();
    line.textContent = "";
  }

  function save() {
    const place = (id) => rows.findIndex((row) => row.id === id);
    const of = (some) => some.map(({ of }) => of.map(place));
    ask({ do: "bring.skeleton", joints: named(), pairs: of(pairs), limbs: of(limbs), order: rows.map(({ was }) => was), before: set.joints }, "skeleton");
  }

  // ---- what is seen -----------------------------------------------------------------------------------------------

  const button = (key, onclick, attributes = {}) => element("button", { type: "button", onclick, ...attributes }, say(key));
  const count = element("span", { class: "aside" });
  const begins = element("div", { class: "row ready", role: "group", "aria-label": say("teach.joints.ready") },
    ...Object.entries(ready).map(([name, { joints }]) =>
      element("button", { type: "button", "data-ready": name, onclick: () => choose(name) }, say(`teach.ready.${name}`, { count: joints.length }))),
    button("teach.ready.own", () => fresh.focus(), { "data-ready": "own" }));
  const list = element("ol", { class: "joints" });
  const fresh = element("input", { class: "fresh", placeholder: say("teach.joints.add_hint"), "aria-label": say("teach.joints.add") });
  fresh.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!PARTED.test(text.trim())) return;
    event.preventDefault();
    add(text);
  });
  const adding = element("form", { class: "row add", onsubmit(event) {
    event.preventDefault();
    add(fresh.value);
    fresh.value = "";
    fresh.focus();
  } }, fresh, element("button", {}, say("teach.joints.add")));
  const drawing = figure({ limb });
  const lines = element("div", { class: "limbs" });
  const many = element("summary", {});
  const lost = element("p", { class: "lost" });
  const line = element("p", { class: "line", role: "status" });
  const keep = button("teach.joints.save", save, { class: "primary save" });
  const back = button("teach.joints.discard", discard, { class: "discard" });
  const root = element(
    "section", { class: "card skeleton", "data-control": "joints" },
    element("div", { class: "row title" }, element("h2", {}, say("teach.joints")), count),
    element("p", { class: "aside ask" }, say("teach.joints.ask")), begins,
    element("div", { class: "editor" },
      element("div", { class: "names" }, list, adding),
      element("div", { class: "side" }, drawing.root, element("p", { class: "aside" }, say("teach.joints.limbs_how")),
        element("details", {}, many, lines), button("teach.joints.suggest", suggest, { class: "suggest" }))),
    lost, element("div", { class: "row saving" }, keep, back, line),
  );

  function row({ id, name }, at) {
    const input = element("input", { class: "name", value: name, maxlength: 60, "aria-label": say("teach.joints.name", { number: at + 1 }) });
    input.addEventListener("input", () => {
      rows.find((one) => one.id === id).name = input.value;
      dirty = true;
      settle();
    });
    input.addEventListener("change", changed);
    const other = partner(id);
    const mirror = element("select", { "aria-label": say("teach.joints.pair", { name }), title: say("teach.joints.pair", { name }), onchange: () => pair(id, Number(mirror.value) || null) },
      element("option", { value: "" }, "—"),
      ...rows.filter((one) => one.id !== id).map((one) => element("option", { value: one.id, selected: one.id === other }, `↔ ${one.name}`)));
    const small = (text, key, onclick, attributes = {}) => element("button", { type: "button", onclick, "aria-label": say(key, { name }), title: say(key, { name }), ...attributes }, text);
    return element("li", { "data-joint": id, "data-side": side(id) },
      element("i", { class: "dot" }), input, mirror,
      small("↑", "teach.joints.up", () => move(id, -1, ".up"), { class: "up", disabled: at === 0 }),
      small("↓", "teach.joints.down", () => move(id, 1, ".down"), { class: "down", disabled: at === rows.length - 1 }),
      small("×", "teach.joints.drop", () => drop(id), { class: "drop" }));
  }

  /** What depends on the names alone, while one is typed. */
  function settle() {
    const names = named();
    const twice = names.find((name, at) => names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== at);
    const wrong = !names.every(Boolean) ? say("teach.joints.empty") : twice ? say("teach.joints.twice", { name: twice }) : "";
    if (wrong || dirty) line.textContent = wrong || say("teach.joints.unsaved");
    keep.disabled = !dirty || !rows.length || Boolean(wrong);
    keep.hidden = back.hidden = !dirty;
    const stay = new Set(rows.map(({ was }) => was));
    const gone = set.named ? set.joints.filter((_, was) => !stay.has(was)) : [];
    lost.textContent = gone.length && set.things ? say("teach.joints.lost", { names: gone.join(", ") }) : "";
    lost.hidden = !lost.textContent;
  }

  function draw() {
    count.textContent = rows.length ? say("teach.joints.count", { joints: rows.length, pairs: pairs.length }) : "";
    begins.hidden = set.named && set.things > 0; // what has labels has its joints; and nothing moves under the hand
    root.querySelector(".ask").hidden = rows.length > 0;
    list.replaceChildren(...rows.map(row));
    const name = (id) => rows.find((one) => one.id === id).name;
    lines.replaceChildren(...limbs.map(({ of: [a, b] }) =>
      element("button", { type: "button", class: "limb", title: say("teach.joints.no_limb"), onclick: () => limb(a, b) }, `${name(a)} – ${name(b)} ×`)));
    many.textContent = say("teach.joints.lines", { count: limbs.length });
    root.querySelector(".side").hidden = !rows.length;
    drawing.show({
      joints: rows.map(({ id, name, place }) => ({ id, name, side: side(id), place })),
      limbs: limbs.map(({ of }) => of),
    });
    root.dataset.joints = rows.length;
    root.dataset.dirty = dirty;
    settle();
    if (dirty) keepDraft();
    if (focus) list.querySelector(`[data-joint="${focus[0]}"] ${focus[1]}`)?.focus();
    focus = null;
  }

  begin(memory.draft);
  draw();

  return {
    root,
    /** Where the joints of the set stand, as Python says. */
    shape(places) {
      shape = places;
      for (const row of rows) row.place ??= row.was === null ? null : shape[row.was];
      draw();
    },
    /** Whether the set is another one now. */
    answer(value, lane) {
      if (lane === "derive") derived(value);
      if (lane !== "skeleton") return false;
      Object.assign(set, value);
      delete memory.draft;
      begin();
      draw();
      line.textContent = say("teach.joints.saved");
      return true;
    },
    failed(said, lane) {
      if (lane !== "skeleton" && lane !== "derive") return false;
      line.textContent = said;
      return true;
    },
    renewed() {
      if (dirty) return; // what a hand has changed is not thrown away
      begin();
      draw();
    },
  };
}

const plain = (name) => name.toLowerCase().replaceAll("_", " ").trim();
