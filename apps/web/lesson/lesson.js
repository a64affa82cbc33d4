// The bench "Lessons": steps of a little text, something to move, and what to notice. Predict, reveal, explain.
//
// A lesson comes from Python as data; its toy is a module of its name beside this one, which exports
// mount(host, tools) -> { draw(view), answer(value), follow(change, state, python), close() }:
//   tools  what does not change while a photo is looked at, and set(change, done), point([x, y]) for what the hand does
//   view   { state, shows, covered, controls, lit, python, pointing, guess }: all that it is drawn from
//   answer takes in what Python says to the newest state, before it becomes view.python
//   follow says what else changes along with a change
import { element } from "../dom.js";
import { language, say } from "../words.js";
import { named, written } from "./address.js";
import { table } from "./canvas.js";
import { exercise, sourceFold, sourceLines } from "./code.js";
import { controls } from "./controls.js";
import { photoBar } from "./photo.js";
import { asking, verdict } from "./question.js";
import { paragraphs } from "./runs.js";
import { stepItems, ways } from "./steps.js";

export const styles = [new URL("./lesson.css", import.meta.url)];

const FIRST = "gym"; // the example that lessons begin with

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const { examples, limit, colors, pen, visible } = props;
  const look = { ...pen, colors };
  const tables = { magma: table(props.magma), signed: table(props.signed) };

  let lessons = [], lesson = null, at = 0; // at: the place of the step; behind the last one comes the coding exercise
  let photo = null, image = null, people = null, person = 0;
  let state = {}, python = null, toy = null, mounting = null, lit = null, kept = null; // kept: lit until something else is
  let shows = new Set(), covered = new Set(), movable = new Set();
  let given = {}; // the prediction as far as it was made: { answer }
  let sent = null, question = null, notice = ""; // sent: the prediction that is being judged; notice: of the photo
  let answering = Promise.resolve(); // answers are taken in one after the other, however long their pictures take

  // ---- the page ----------------------------------------------------------------------------------------------------

  const choice = element("nav", { class: "lessons", "aria-label": say("lesson.lessons"), "data-control": "lessons" });
  const steps = element("ol", { class: "steps", "aria-label": say("lesson.steps"), "data-control": "steps" });
  const goal = element("div", { class: "goal" });
  const host = element("div", { class: "toy-host" });
  const knobs = element("div", { class: "knobs" });
  const wrong = element("p", { class: "message", role: "alert" });
  const text = element("section", { class: "words" });
  const bar = photoBar(root, { examples, limit, take, choose, complain: (line) => complain(line) });
  const stage = element("section", { class: "stage", "aria-label": say("lesson.toy") }, host, knobs, wrong, bar.root);
  root.append(element("div", { class: "lesson" }, choice, goal, steps, element("div", { class: "columns" }, stage, text)));

  function complain(line) {
    wrong.textContent = line || notice;
  }

  // ---- lessons and steps -------------------------------------------------------------------------------------------

  const step = () => lesson?.steps[at] ?? null;
  const answers = () => memory.answers ?? {};
  const key = () => `${lesson.number}.${step()?.name}`;
  const said = () => (step() ? answers()[key()] : null);

  function remember(answer) {
    memory.answers = { ...answers(), [key()]: { ...answer, language } };
  }

  function open(number) {
    ask({ ask: "lesson", lesson: number, language }, "lesson");
  }

  function opened(value) {
    const changed = lesson?.number !== value.number;
    lesson = value;
    memory.lesson = lesson.number;
    if (changed) dismount();
    choice.replaceChildren(
      ...lessons.map(({ number, title }) =>
        element("button", { type: "button", "aria-pressed": String(number === lesson.number), "data-lesson": number, onclick: () => number !== lesson.number && turn(number) }, say("lesson.number", { number, title })),
      ),
    );
    const chosen = choice.querySelector("[aria-pressed=true]");
    choice.scrollLeft = chosen.offsetLeft - choice.offsetLeft - (choice.clientWidth - chosen.clientWidth) / 2; // on a phone
    goal.replaceChildren(...paragraphs(lesson.goal, light));
    const wished = link.get("step");
    const before = memory[`step${lesson.number}`];
    const place = [...lesson.steps.map(({ name }) => name), "code"].indexOf(wished ?? before);
    state = { ...lesson.start };
    for (const { start } of lesson.steps.slice(0, Math.max(place, 0))) state = { ...state, ...start };
    enter(Math.max(place, 0), fromAddress());
  }

  function turn(number) {
    link.set({ step: null, ...Object.fromEntries(Object.keys(lesson.controls).map((name) => [name, null])) });
    open(number);
  }

  const fromAddress = () => named(lesson.controls, link);
  const toAddress = () => link.set(written(lesson, step(), state));

  function enter(place, moved = {}) {
    at = place;
    given = {};
    memory[`step${lesson.number}`] = step()?.name ?? "code";
    const start = { ...(step()?.start ?? {}), ...moved };
    state = { ...state, ...start };
    if (toy) Object.assign(state, toy.follow(start, state, python));
    shape();
    drawSteps();
    drawText();
    drawKnobs();
    toAddress();
    show();
    refresh();
  }

  function shape() {
    const asked = step()?.question && !said();
    shows = new Set(step()?.shows ?? []);
    covered = new Set(asked ? step().covered : []);
    movable = new Set(asked ? [] : (step()?.controls ?? []));
    lit = kept = null;
  }

  // ---- what is drawn -----------------------------------------------------------------------------------------------

  function drawSteps() {
    steps.replaceChildren(...stepItems(lesson, at, ({ name }) => answers()[`${lesson.number}.${name}`], leave));
  }

  function leave(place) {
    if (place < 0 || place > lesson.steps.length) return;
    enter(place);
    text.querySelector("h2")?.focus({ preventScroll: true });
    if (root.getBoundingClientRect().top < 0) root.scrollIntoView({ block: "start" });
  }

  function drawText() {
    question = null;
    const here = step();
    const heading = element("h2", { tabindex: "-1" }, here?.title ?? lesson.code.title);
    const parts = here ? stepText(here) : exercise(lesson.code, light);
    text.replaceChildren(heading, ...parts.filter(Boolean), ways(lessons, lesson, at, { leave, turn }));
    // one strong button: the answer's first, then the way on
    text.querySelector(".next")?.classList.toggle("primary", !text.querySelector(".check"));
  }

  function stepText(here) {
    const answer = said();
    const parts = [...paragraphs(here.text, light)];
    if (here.question && !answer) {
      question = asking(here.question, given, { change: predicted, check, skip }, light);
      return [...parts, question.root];
    }
    if (answer) {
      if (here.question) parts.push(element("div", { class: "asked" }, ...paragraphs(here.question.text, light)));
      const explained = answer.language === language ? answer.text : []; // it was explained in the language of then
      parts.push(verdict({ ...answer, text: explained }, here.question ? again : null, light));
    }
    const note = (key, runs) => element("div", { class: "note" }, element("h3", {}, say(key)), ...paragraphs(runs, light));
    parts.push(note("lesson.look", here.look), note("lesson.try", here.try));
    if (here.presets.length) parts.push(presets(here));
    if (here.task) parts.push(task(here));
    if (here.sources) parts.push(sourceFold(() => ask({ ask: "source", lesson: lesson.number, step: here.name }, "source")));
    return parts;
  }

  function presets(here) {
    const go = (change) => set(change, true);
    return element("div", { class: "group presets", "data-control": "presets" }, ...here.presets.map(({ name, label, state: change }) => element("button", { type: "button", "data-preset": name, onclick: () => go(change) }, label)));
  }

  function task(here) {
    return element(
      "div",
      { class: "task" },
      element("h3", {}, say("lesson.task")),
      ...paragraphs(here.task, light),
      element("button", { type: "button", class: "primary check", onclick: () => send("task") }, say("lesson.judge")),
    );
  }

  function sourced({ step: name, sources }) {
    const body = text.querySelector(".source");
    if (!body || name !== step()?.name) return;
    body.replaceChildren(...sourceLines(sources, light));
  }

  function drawKnobs() {
    knobs.replaceChildren(...controls([...movable].filter((name) => name !== "joint" || people), lesson.controls, state, { set, ...joints() }));
  }

  function light(part, keep = false) {
    if (keep) kept = kept === part ? null : part;
    lit = part ?? kept;
    root.dataset.lit = lit ?? "";
    for (const one of root.querySelectorAll("[data-part], [data-light], .line")) {
      const mine = one.dataset.part ?? one.dataset.light;
      one.classList.toggle("lit", lit != null && (mine ? mine === lit : (one.dataset.parts ?? "").split(" ").includes(lit)));
    }
    show();
  }

  // ---- predicting --------------------------------------------------------------------------------------------------

  function predicted(answer) {
    given = { answer };
    show();
  }

  function point(place) {
    if (step()?.question?.kind !== "place" || said()) return;
    predicted(place);
    question?.ready();
  }

  function check() {
    if (given.answer == null) return;
    sent = given.answer;
    send("predict", { answer: sent });
  }

  function send(kind, more = {}) {
    if (!photo || !people) return complain(say("lesson.photo_first"));
    ask({ ask: kind, lesson: lesson.number, step: step().name, language, ...scene(), ...more }, "judge");
  }

  function judged(value) {
    if (value.lesson !== lesson.number || value.step !== step()?.name) return;
    const { right, text: explained, truth } = value;
    complain("");
    if (value.ask === "task") {
      text.querySelector(".task .verdict")?.remove();
      text.querySelector(".task").append(verdict({ right, text: explained }, null, light));
      if (right) remember({ right, text: explained });
      return drawSteps();
    }
    reveal({ right, text: explained, truth, answer: sent });
  }

  const skip = () => reveal({ skipped: true });

  function reveal(answer) {
    remember(answer);
    shape();
    drawSteps();
    drawText();
    drawKnobs();
    show();
    text.querySelector(".verdict")?.scrollIntoView({ block: "nearest" });
  }

  function again() {
    const { [key()]: gone, ...others } = answers();
    memory.answers = others;
    enter(at);
  }

  // ---- the learner's photo -----------------------------------------------------------------------------------------

  async function take(file) {
    notice = "";
    complain("");
    stage.dataset.busy = "";
    try {
      await look_at(await upload(file));
      link.set({ example: file.example ?? null });
    } catch (error) {
      delete stage.dataset.busy;
      complain(error.message);
    }
  }

  async function look_at(next) {
    const picture = new Image();
    picture.src = next.url;
    await picture.decode();
    dismount();
    [photo, image, people] = [next, picture, null];
    if (memory.photo?.photo !== next.photo) delete memory.person;
    memory.photo = next;
    cancel("toy");
    ask({ ask: "people", photo: photo.photo }, "people");
  }

  function found(value) {
    people = { ...value, boxes: value.boxes.length ? value.boxes : [[0, 0, value.width, value.height, 0]] };
    notice = value.boxes.length ? "" : say("lesson.nobody");
    complain("");
    person = Math.min(memory.person ?? 0, people.boxes.length - 1);
    meet();
  }

  function choose(which) {
    person = memory.person = which;
    meet();
  }

  /** Look at a person: the toy begins anew, the controls stay. */
  function meet() {
    bar.show(people.boxes, person);
    dismount();
    if (lesson) {
      drawKnobs();
      refresh();
    }
  }

  const joints = () => ({
    joints: people?.skeleton.joints ?? [],
    jointName(joint) {
      const name = people.skeleton.joints[joint] ?? "";
      const word = say(`joint.${name}`);
      return word === `joint.${name}` ? name.replaceAll("_", " ") : word;
    },
  });

  const scene = () => ({ photo: photo.photo, person: people.boxes[person].slice(0, 4), state });

  // ---- the toy -----------------------------------------------------------------------------------------------------

  function set(change, done) {
    state = { ...state, ...change };
    if (toy) Object.assign(state, toy.follow(change, state, python));
    if (done) {
      drawKnobs();
      toAddress();
      refresh();
    }
    show();
  }

  /** Ask Python about the newest state; the toy is mounted meanwhile. */
  function refresh() {
    if (!lesson || !photo || !people) return;
    stage.dataset.busy = "";
    ask({ ask: "toy", lesson: lesson.number, ...scene() }, "toy");
    mounting ??= mountToy(lesson.toy, lesson.margin);
  }

  async function mountToy(name, margin) {
    const whom = people;
    const module = await import(new URL(`./${name}.js`, import.meta.url));
    if (name !== lesson.toy || whom !== people) return;
    const token = (name) => getComputedStyle(root).getPropertyValue(name).trim();
    toy = module.mount(host, {
      photo, image, person: people.boxes[person].slice(0, 4), skeleton: people.skeleton, network: people.network,
      margin, look, colors, visible, ...tables, ...joints(), set, point,
      accent: () => token("--accent"),
      plain: () => ({ paper: token("--paper-2"), line: token("--line"), ink: token("--ink-2") }),
    });
    show();
  }

  function dismount() {
    toy?.close();
    toy = mounting = python = null;
  }

  function answered(value) {
    answering = answering.then(() => taken(value)).catch(() => complain(say("frame.lost"))); // a picture is gone
  }

  async function taken(value) {
    await mounting;
    if (!toy || value.toy !== lesson.toy) return;
    const first = python === null;
    const mine = toy;
    await mine.answer(value);
    if (mine !== toy) return; // another photo, person or lesson meanwhile
    python = value;
    // what the first answer brings along, such as where the chosen joint is
    const brought = first ? mine.follow(step()?.start ?? {}, state, python) : {};
    const wished = fromAddress();
    for (const name of Object.keys(brought)) if (name in wished) delete brought[name];
    if (Object.keys(brought).length) set(brought, true);
    complain("");
    if (JSON.stringify(value.state) === JSON.stringify(state)) {
      delete stage.dataset.busy;
      root.dataset.answered = `${lesson.number}.${step()?.name ?? "code"}`;
    }
    show();
  }

  function show() {
    if (!toy) return;
    const asked = step()?.question;
    const answer = said();
    const pointing = asked?.kind === "place" ? { on: asked.on, axes: asked.axes, at: (answer ?? given).answer ?? null, truth: answer?.truth ?? (answer ? [NaN, NaN] : null) } : null;
    const guess = asked?.kind === "number" && !answer ? { shows: asked.shows, value: given.answer ?? (asked.low + asked.high) / 2 } : null;
    toy.draw({ state, shows, covered, controls: movable, lit, python, pointing, guess });
  }

  // ---- what comes back ---------------------------------------------------------------------------------------------

  const TAKE = { list: listed, lesson: opened, source: sourced, people: found, toy: answered, predict: judged, task: judged };

  function listed(value) {
    lessons = value.lessons;
    const wished = Number(link.get("lesson") ?? memory.lesson);
    open(lessons.some(({ number }) => number === wished) ? wished : lessons[0].number);
  }

  ask({ ask: "list", language }, "list");
  const wished = link.get("example");
  if (examples.includes(wished)) take({ example: wished });
  else if (memory.photo) look_at(memory.photo).catch(() => take({ example: examples.includes(FIRST) ? FIRST : examples[0] }));
  else take({ example: examples.includes(FIRST) ? FIRST : examples[0] });

  return {
    answer: (value) => TAKE[value.ask](value),
    failed(line, lane) {
      delete stage.dataset.busy;
      complain(line);
      if (lane === "people") {
        delete memory.photo;
        bar.root.open = true;
      }
    },
    close: dismount,
  };
}
