// The step "Plan": what a training would do, each choice with its reason, changed where somebody wants it otherwise;
// how long it takes; and the button that begins it.
import { element } from "../dom.js";
import { say } from "../words.js";

export const styles = [new URL("./plan.css", import.meta.url)];

const STOPS = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 45, 60, 90, 120, 180, 240]; // minutes that the slider knows
const TITLE = 80; // characters of a run's title, at most
const WAIT = 250; // milliseconds after the last key before a number is sent

export function mount(root, { set, ask, memory, go, changed }) {
  let changes = { ...(memory.changes ?? {}) };
  let plan = null; // the newest answer
  let starting = false;
  const rows = new Map(); // choice -> its row

  // ---- what is asked ----------------------------------------------------------------------------------------------

  const counted = () => JSON.stringify([set.pictures, set.labeled, set.things, set.joints]);
  let seen = ""; // what the set was like when it was last looked at
  let said; // how many minutes it takes, as the ribbon was told last

  function look() {
    seen = counted();
    memory.changes = changes;
    ask({ do: "plan.look", changes }, "look");
  }

  function change(name, value) {
    if (value === null) delete changes[name];
    else changes[name] = value;
    if (name === "steps" && value !== null) delete changes.minutes; // the newest word on how long it takes holds
    if (name === "minutes" && value !== null) delete changes.steps;
    look();
  }

  function start() {
    if (starting || !plan) return;
    starting = true;
    begin.disabled = true;
    complain("");
    ask({ do: "plan.start", changes, title: title.value.trim() || title.placeholder }, "start");
  }

  // ---- above: how long, and go ------------------------------------------------------------------------------------

  const parts = element("p", { class: "parts" });
  const divided = element("p", { class: "aside divided" });
  const slider = element("input", {
    type: "range", min: 0, max: STOPS.length - 1, step: 1,
    oninput: () => showTime(STOPS[slider.value]), onchange: () => change("minutes", STOPS[slider.value]),
  });
  const time = element("output", { class: "time" });
  const where = element("p", { class: "where aside" });
  const gpu = element("p", { class: "gpu aside" });
  const unlimited = element("button", { type: "button", class: "back", hidden: true, onclick: () => {
    delete changes.minutes;
    change("steps", null);
  } });
  const title = element("input", { type: "text", maxlength: TITLE, class: "title", "aria-label": say("teach.plan.title") });
  const begin = element("button", { type: "submit", class: "primary begin", disabled: true }, say("teach.plan.go"));
  const wrong = element("p", { class: "wrong", role: "alert" });
  const complain = (line) => (wrong.textContent = line);
  const head = element("form", { class: "card go", onsubmit(event) {
    event.preventDefault();
    start();
  } },
  element("label", { class: "minutes", "data-control": "minutes" }, element("span", { class: "name" }, say("teach.plan.minutes")), slider, time),
  element("div", { class: "told" }, parts, divided, where, gpu, unlimited),
  element("div", { class: "row last", "data-control": "start" }, title, begin), wrong);

  function showTime(minutes) {
    time.textContent = duration(minutes);
    slider.setAttribute("aria-valuetext", time.textContent);
  }

  // ---- below: what was decided ------------------------------------------------------------------------------------

  const first = element("div", { class: "choices" });
  const others = element("div", { class: "choices" });
  const command = element("code", { class: "command" });
  const joints = element("ol", { class: "joints" });
  const told = element("p", { class: "aside" });
  const fold = element("details", { class: "others", ontoggle: () => (memory.unfolded = fold.open) },
    element("summary", {}, say("teach.plan.others")), others,
    element("p", { class: "aside" }, say("teach.plan.command")), command);
  fold.open = Boolean(memory.unfolded);
  const body = element("div", { class: "plan-columns" },
    element("section", { class: "card", "data-control": "choices" }, element("h2", {}, say("teach.plan.choices")), first, fold),
    element("section", { class: "card rows", "data-control": "rows" }, element("h2", {}, say("teach.plan.rows")), told, joints));
  const few = element("section", { class: "card few", hidden: true });
  const whole = element("div", { class: "whole", hidden: true }, head, body);
  root.append(few, whole);

  function show(answer) {
    plan = answer;
    few.hidden = !answer.too_few;
    whole.hidden = Boolean(answer.too_few);
    if (answer.too_few) {
      return few.replaceChildren(
        element("p", {}, say("teach.plan.too_few", answer.too_few)),
        element("button", { type: "button", class: "primary", onclick: () => go("label") }, say("teach.plan.to_label")));
    }
    parts.textContent = say("teach.plan.parts", answer);
    divided.textContent = say("teach.plan.divided", { how: say(`teach.divided.${answer.how.by}`, answer.how.values) });
    if (root.getRootNode().activeElement !== slider || !slider.matches(":active")) slider.value = nearest(answer.minutes);
    showTime(answer.minutes);
    where.textContent = say(`teach.plan.on.${answer.device}`, { cores: answer.cores });
    gpu.textContent = answer.gpu === null ? "" : say("teach.plan.gpu", { time: duration(answer.gpu) });
    unlimited.hidden = !("minutes" in changes || "steps" in changes);
    unlimited.textContent = say("teach.plan.back_time", { time: duration(answer.suggested_minutes) });
    for (const choice of answer.choices) {
      if (!rows.has(choice.name)) {
        rows.set(choice.name, line(choice, change));
        (choice.first ? first : others).append(rows.get(choice.name).root);
      }
      rows.get(choice.name).show(choice);
    }
    const kept = answer.rows.filter((row) => row.kept).length;
    const begun = answer.choices.find(({ name }) => name === "start").text !== "none";
    told.textContent = say(!begun ? "teach.plan.rows.scratch" : kept ? "teach.plan.rows.some" : "teach.plan.rows.none", { kept, joints: answer.rows.length });
    joints.replaceChildren(...answer.rows.map(({ joint, side, kept }) =>
      element("li", { "data-side": side, class: kept ? "kept" : "" }, element("span", { class: "dot" }), element("span", { class: "joint" }, joint),
        element("span", { class: "from" }, kept ? kept.replaceAll("_", " ") : say("teach.plan.new")))));
    command.textContent = answer.command;
    const of = Object.fromEntries(answer.choices.map(({ name, text }) => [name, text]));
    title.placeholder = say("teach.plan.untitled", { size: of.input_size.replace("x", "×"), steps: of.steps });
    const refused = answer.limit_refused || answer.choices.some((choice) => choice.refused);
    begin.disabled = starting || Boolean(refused);
    complain(answer.limit_refused ? words(answer.limit_refused) : refused ? say("teach.plan.refused") : "");
  }

  look();

  return {
    answer(value, lane) {
      if (lane === "look") {
        const other = value.minutes !== said;
        said = value.minutes;
        show(value);
        return other && changed(); // the ribbon tells how long it takes
      }
      changes = {};
      memory.changes = changes;
      go("run", { run: value.run });
    },
    failed(line, lane) {
      if (lane === "start") {
        starting = false;
        begin.disabled = false;
      } else if (Object.keys(changes).length) { // what was kept from another day may be no choice any more
        changes = {};
        look();
      }
      whole.hidden = false;
      complain(line);
    },
    renewed: () => counted() !== seen && look(),
  };
}

/** One choice: what it is called, what it is, why. Gives { root, show(choice) }. */
function line({ name, choices }, change) {
  let timer = 0;
  const id = `plan-${name}`;
  const control = choices
    ? element("select", { id, onchange: () => change(name, control.value) })
    : element("input", { id, type: "number", step: "any", oninput() {
      clearTimeout(timer);
      timer = setTimeout(() => control.value !== "" && change(name, control.value), WAIT);
    }, onchange() {
      clearTimeout(timer);
      change(name, control.value === "" ? null : control.value);
    } });
  const back = element("button", { type: "button", class: "back", onclick: () => change(name, null) });
  const why = element("p", { class: "why" });
  const no = element("p", { class: "no", role: "alert" });
  const root = element("div", { class: "choice", "data-choice": name },
    element("label", { for: id, title: known(`teach.plan.what.${name}`, "") }, known(`teach.plan.${name}`, name.replaceAll("_", " "))),
    element("div", { class: "value" }, control, back), element("div", { class: "reason" }, why, no));

  return {
    root,
    show(choice) {
      if (choices) {
        const texts = [...new Set([...choice.choices, choice.text])];
        control.replaceChildren(...texts.map((text) => element("option", { value: text, selected: text === choice.text }, called(name, text))));
        control.value = choice.text;
      } else if (!choice.refused && !control.matches(":focus")) control.value = choice.text;
      root.classList.toggle("changed", choice.changed);
      back.hidden = !choice.changed && !choice.refused;
      back.textContent = say("teach.plan.back", { value: called(name, choice.suggested) });
      why.textContent = words(choice.why);
      no.textContent = choice.refused ? words(choice.refused) : "";
      no.title = choice.refused?.line ?? "";
    },
  };
}

/** In the page's language; in the plan's own words where it says something new. */
const words = ({ text, values, line }) => (say(text) === text ? line : say(text, values));

/** What the catalogue has, or else something else. */
const known = (key, otherwise) => (say(key) === key ? otherwise : say(key));

/** A value as a person reads it. */
function called(name, text) {
  if (name === "input_size") return text.replace("x", " × ");
  return known(`teach.plan.${name}.${text}`, text === "yes" || text === "no" ? say(`teach.plan.${text}`) : text);
}

const nearest = (minutes) => STOPS.reduce((best, stop, place) => (Math.abs(Math.log(stop / minutes)) < Math.abs(Math.log(STOPS[best] / minutes)) ? place : best), 0);

function duration(minutes) {
  if (minutes < 1) return say("teach.plan.under_a_minute");
  if (minutes < 90) return say("teach.plan.min", { count: Math.round(minutes) });
  return say("teach.plan.hours", { count: (minutes / 60).toFixed(1) });
}
