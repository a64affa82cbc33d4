// The step "Run": what the runs of this set are doing. All of it is in folders of the server; the page asks every two
// seconds whether anything is new, not while nobody looks at it, and finds everything again after a reload.
//
// In the address: run, the token of the one that is shown.
import { element } from "../dom.js";
import { say } from "../words.js";
import { chart, smoothed } from "./run/chart.js";
import { joints } from "./run/joints.js";
import { pictures } from "./run/pictures.js";
import { duration, few, memory as megabytes, percent } from "./run/words.js";

export const styles = [new URL("./run.css", import.meta.url)];

const OFTEN = 2000; // milliseconds between two questions while a run goes on or waits
const SELDOM = 6000; // else: somebody may start one elsewhere
const LOG = 3000; // milliseconds between two looks into an open log
const KEEP = 0.7; // of the smoothed loss, from point to point, where nobody chose

export function mount(root, { set, ask, cancel, memory, link, go, changed }) {
  let told = null; // the newest answer: { runs, run, revision }
  let wanted = link.get("run") ?? memory.run ?? null; // the run that is chosen, or null for the server's choice
  let shift = 0; // seconds by which the server's clock is before ours
  let timer = 0;
  let seen = { run: null, count: 0 }; // what the pictures show, as it was asked for
  let sides = {};
  let closed = false;

  // ---- what there is ----------------------------------------------------------------------------------------------

  const list = element("ol", { class: "run-list" });
  const undo = element("p", { class: "undo", role: "status", hidden: true });
  const empty = element("section", { class: "card none", hidden: true },
    element("p", {}, say("teach.run.none")),
    element("button", { type: "button", class: "primary", onclick: () => go("plan") }, say("teach.run.plan")));
  const title = element("h2", { class: "title" });
  const state = element("p", { class: "state", role: "status" });
  const reason = element("p", { class: "reason", hidden: true });
  const wrong = element("p", { class: "wrong", role: "alert", hidden: true });
  const progress = element("progress", { max: "1", value: "0", "aria-label": say("teach.run.progress") });
  const wishes = element("div", { class: "row wishes", "data-control": "wishes" });
  const facts = element("dl", { class: "facts" });
  const keep = element("input", { type: "range", min: "0", max: "0.95", step: "0.05", value: String(memory.keep ?? KEEP), oninput: smooth });
  const losses = chart(say("teach.run.loss"), (step) => views.go(step));
  losses.root.append(element("label", { class: "smoothing", "data-control": "smoothing" }, say("teach.run.smoothing"), keep));
  const figures = chart(say("teach.run.figures"), (step) => views.go(step));
  const views = pictures(() => draw());
  const table = joints((joint) => {
    views.light(joint);
    table.light(joint);
  });
  const lines = element("pre", { class: "lines", tabindex: "0" });
  const log = element("details", { class: "card log", "data-control": "log", ontoggle: () => log.open && readLog() },
    element("summary", {}, say("teach.run.log")), lines);
  const command = element("code", { class: "options" });
  const detail = element("div", { class: "detail", hidden: true },
    element("section", { class: "card overview" }, element("div", { class: "row" }, title, wishes), state, reason, progress, facts),
    element("div", { class: "charts" }, losses.root, figures.root),
    element("div", { class: "looks" }, views.root, table.root),
    log);
  log.append(element("p", { class: "aside" }, say("teach.run.options"), " ", command));
  root.append(element("div", { class: "run" }, element("aside", { class: "runs", "data-control": "runs" }, undo, list), element("div", { class: "main" }, wrong, empty, detail)));

  // ---- questions --------------------------------------------------------------------------------------------------

  function poll(known = true) {
    clearTimeout(timer);
    if (closed || document.hidden) return;
    ask({ do: "run.look", run: wanted, known: known ? told?.revision ?? null : null }, "look");
  }

  function later() {
    clearTimeout(timer);
    const going = told?.runs.some((run) => run.state === "running" || run.state === "waiting");
    if (!closed && !document.hidden) timer = setTimeout(poll, going || !told ? OFTEN : SELDOM);
  }

  function readLog() {
    if (closed || document.hidden || !log.open || !told?.run) return;
    ask({ do: "run.log", run: told.run.token }, "log");
  }

  function wish(verb, token = told.run.token) {
    cancel("look"); // what it would say is out of date by then
    ask({ do: `run.${verb}`, run: token }, "wish");
  }

  function choose(token) {
    wanted = token;
    memory.run = token;
    link.set({ run: token });
    lines.textContent = "";
    poll(false);
    readLog();
  }

  const again = () => {
    if (!document.hidden) {
      poll();
      readLog();
    }
  };
  document.addEventListener("visibilitychange", again);

  // ---- showing ----------------------------------------------------------------------------------------------------

  function show() {
    const { runs, run } = told;
    empty.hidden = Boolean(runs.length);
    detail.hidden = !run;
    const focused = list.contains(root.getRootNode().activeElement) ? root.getRootNode().activeElement.dataset.run : null;
    list.replaceChildren(...[...runs].reverse().map((one) =>
      element("li", {}, element("button", { type: "button", "data-run": one.token, "data-state": one.state, "aria-pressed": String(one.token === run?.token), onclick: () => choose(one.token) },
        element("b", {}, one.title || say("teach.run.untitled")),
        element("span", { class: "said" }, inShort(one)),
        one.figure == null ? null : element("span", { class: "figure" }, `PCK ${percent(one.figure)} %`)))));
    if (focused) list.querySelector(`[data-run="${CSS.escape(focused)}"]`)?.focus();
    if (!run) return;
    title.textContent = run.title || say("teach.run.untitled");
    root.dataset.state = run.state;
    detail.dataset.state = run.state;
    reason.hidden = !run.reason && run.state !== "lost";
    reason.textContent = run.reason || (run.state === "lost" ? say("teach.run.lost.why") : "");
    const buttons = [
      run.state === "running" && !run.stopping && control("stop", "teach.run.stop", () => wish("stop")),
      run.state === "waiting" && control("stop", "teach.run.leave", () => wish("stop")),
      run.resumable && control("resume", "teach.run.resume", () => wish("resume"), "primary"),
      run.weights && run.state !== "running" && control("compare", "teach.run.compare", () => go("compare", { run: run.token }), run.state === "finished" ? "primary" : ""),
      control("discard", "teach.run.discard", confirm),
    ].filter(Boolean);
    const key = `${run.token} ${buttons.map((one) => one.dataset.wish)}`;
    if (wishes.dataset.key !== key) { // else the buttons stay, with the focus that one of them may have
      wishes.dataset.key = key;
      wishes.replaceChildren(...buttons);
    }
    command.textContent = run.options.join(" ") || say("teach.run.defaults");
    tick();
    draw();
    if (run.token !== seen.run || run.seen !== seen.count) {
      if (run.token !== seen.run) views.show(null);
      const pictures = run.token !== seen.run || !seen.count;
      seen = { run: run.token, count: run.seen };
      if (run.seen) ask({ do: "run.seen", run: run.token, pictures }, "seen");
    }
  }

  /** What changes by itself: the state's line with the time left, and the facts. */
  function tick() {
    const run = told?.run;
    if (!run) return;
    const words = inFull(run);
    if (state.textContent !== words) state.textContent = words; // what is said anew is read aloud anew
    progress.hidden = !["running", "stopped", "failed", "lost"].includes(run.state);
    if (run.preparing || !run.steps) progress.removeAttribute("value");
    else progress.value = run.step / run.steps;
    if (run.state !== "running" && !run.steps) progress.hidden = true;
    const { now, begun } = run;
    const best = run.looks.find((look) => look.step === run.best);
    const rows = [
      ["teach.run.fact.device", run.device && say(`teach.run.device.${run.device === "cpu" ? "cpu" : "gpu"}`, { name: run.device })],
      ["teach.run.fact.left", run.state === "running" && run.ends && !run.preparing ? duration(left(run)) : null],
      ["teach.run.fact.best", best && say("teach.run.best", { percent: percent(best.figures.PCK), step: best.step })],
      ["teach.run.fact.rate", now.learning_rate == null ? null : few(now.learning_rate)],
      ["teach.run.fact.speed", now.samples_per_second == null ? null : say("teach.run.samples", { samples: few(now.samples_per_second) })],
      ["teach.run.fact.memory", now.memory_mb ? megabytes(now.memory_mb) : null],
      ["teach.run.fact.learning", begun.parameters ? say("teach.run.learning", { learning: few(begun.learning / 1e6), parameters: few(begun.parameters / 1e6) }) : null],
      ["teach.run.fact.skipped", run.skipped || null],
    ].filter(([, text]) => text);
    facts.replaceChildren(...rows.map(([key, text]) => element("div", { "data-fact": key.split(".").at(-1) }, element("dt", {}, say(key)), element("dd", {}, text))));
  }

  const left = (run) => Math.max(0, run.ends - (Date.now() / 1000 + shift));

  function inShort(run) {
    if (run.state === "running") {
      if (run.stopping) return say("teach.run.stopping");
      return run.steps ? say("teach.run.at", { step: run.step, steps: run.steps }) : say("teach.run.state.running");
    }
    if (run.state === "waiting") return say("teach.run.place", { place: run.place ?? 1 });
    return say(`teach.run.state.${run.state}`);
  }

  function inFull(run) {
    if (run.state === "running") {
      if (run.stopping) return say("teach.run.stopping");
      if (run.preparing) return say("teach.run.preparing");
      return say("teach.run.running", { step: run.step, steps: run.steps });
    }
    if (run.state === "waiting") return say(run.place === 1 ? "teach.run.next" : "teach.run.waiting", { place: run.place ?? 1 });
    return say(`teach.run.ended.${run.state}`, { step: run.step, steps: run.steps });
  }

  function draw() {
    const run = told?.run;
    if (!run) return;
    const at = views.step ?? run.looks.at(-1)?.step;
    const look = run.looks.find((one) => one.step === at);
    const steps = run.steps || 1;
    const marks = [run.best != null && { step: run.best, look: "best" }, views.step !== null && { step: views.step, look: "chosen" }].filter(Boolean);
    losses.root.hidden = !run.losses.length;
    losses.show({
      steps, log: true, marks,
      lines: [
        { name: say("teach.run.loss.told"), points: run.losses, look: "faint" },
        { name: say("teach.run.loss.smooth"), points: smoothed(run.losses, Number(keep.value)), look: "strong" },
      ],
      told: (step, values) => say("teach.run.loss.at", { step, loss: few(values[say("teach.run.loss.told")]) }),
    });
    figures.root.hidden = !run.looks.length;
    const line = (name, figure, style) => ({ name, points: run.looks.map((one) => [one.step, positive(one.figures[figure])]), look: style });
    figures.show({
      steps, marks,
      lines: [line("PCK", "PCK", "strong dots"), line("OKS", "OKS", "second dots")],
      told: (step, values) => say("teach.run.figures.at", { step, pck: percent(values.PCK), oks: percent(values.OKS) }),
    });
    table.root.hidden = !run.looks.length;
    const own = Object.fromEntries(set.joints.map((joint, place) => [joint, set.sides?.[place] ?? "middle"]));
    table.show(look, { ...own, ...sides });
  }

  function smooth() {
    memory.keep = Number(keep.value);
    draw();
  }

  // ---- discarding asks once ---------------------------------------------------------------------------------------

  function confirm() {
    const back = control("keep", "teach.run.keep", () => {
      delete wishes.dataset.key;
      show();
      wishes.querySelector("[data-wish=discard]")?.focus();
    });
    wishes.replaceChildren(element("span", { role: "alert" }, say("teach.run.sure")), control("really", "teach.run.really", () => wish("discard"), "bad"), back);
    back.focus();
  }

  function discarded({ token, title: name }) {
    undo.hidden = false;
    undo.replaceChildren(say("teach.run.discarded", { title: name || say("teach.run.untitled") }), " ",
      element("button", { type: "button", "data-wish": "undo", onclick: () => {
        wanted = token;
        undo.hidden = true;
        wish("undo", token);
      } }, say("teach.run.undo")));
  }

  function control(name, key, onclick, look = "") {
    return element("button", { type: "button", "data-wish": name, class: look, onclick }, say(key));
  }

  function complain(line, lane = "") {
    wrong.textContent = line;
    wrong.dataset.lane = lane;
    wrong.hidden = !line;
  }

  const clock = setInterval(() => told?.run?.state === "running" && !document.hidden && tick(), 1000);
  const reading = setInterval(() => told?.run?.state === "running" && readLog(), LOG);
  poll(false);

  return {
    answer(value, lane) {
      if (lane === "seen") {
        if (value.run !== seen.run) return;
        sides = Object.fromEntries((value.joints ?? []).map((joint, place) => [joint, value.sides[place]]));
        views.show(value);
        return draw();
      }
      if (lane === "log") {
        const down = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 4;
        lines.textContent = value.lines.join("\n") || say("teach.run.log.empty");
        if (down) lines.scrollTop = lines.scrollHeight;
        return;
      }
      shift = value.now - Date.now() / 1000;
      if (lane === "wish" || wrong.dataset.lane === "look") complain("");
      if (value.runs) {
        const before = told?.run;
        told = value;
        if (lane === "wish") {
          wanted = value.run?.token ?? null;
          memory.run = wanted;
          link.set({ run: wanted });
        }
        if (value.discarded) discarded(value.discarded);
        show();
        const ended = before && before.token === value.run?.token && before.state !== value.run.state;
        if (ended) readLog();
        if (lane === "wish" || ended) changed(); // the ribbon says something else now
      }
      later();
    },
    failed(line, lane) {
      if (lane !== "log") complain(line, lane);
      later(); // the server may be starting again; the next answer takes that line away
    },
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(clock);
      clearInterval(reading);
      for (const part of [views, losses, figures]) part.close();
      document.removeEventListener("visibilitychange", again);
      link.set({ run: null });
    },
  };
}

const positive = (value) => (value == null || value < 0 ? null : value);
