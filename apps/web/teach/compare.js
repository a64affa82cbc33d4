// "Compare & take away": what a run has learned, on pictures that it has not learned from and on new photos; before it
// and after, or beside another run; then its files, and its network on the other pages.
//
// In the address while this step is open: a and b, who sees left and right of the divider; picture, at.
import { ways as bringing } from "../bring.js";
import { element } from "../dom.js";
import { choose, chosen } from "../seen_with.js";
import { language, say } from "../words.js";
import { stage as staging } from "./compare/stage.js";
import { table as tabling } from "./compare/table.js";

export const styles = [new URL("./compare.css", import.meta.url)];

const OWN = ["a", "b", "picture", "at"]; // what this step writes into the address
const NONE = "none";

export function mount(root, { set, ask, cancel, upload, memory, link, go }) {
  let runs = null; // with weights, the newest first
  let look = null, visible = 0;
  let a = link.get("a") ?? memory.a ?? null, b = link.get("b") ?? memory.b ?? null;
  let held = null; // what both are measured by
  let open = null; // the newest picture that is open, or a photo: what the stage shows
  let wished = Number(link.get("picture")) || memory.picture || null;
  let photo = memory.fresh ?? null; // { photo, width, height, url, name } that the visitor brought
  let tab = "held"; // or "new"
  let boxes = null; // drawn on the new photo
  let way = null;
  let turn = 0;

  // ---- what there is ------------------------------------------------------------------------------------------------

  const none = element("div", { class: "card none", hidden: true }, element("p", {}, say("teach.compare.none")),
    element("button", { type: "button", onclick: () => go("run") }, say("teach.compare.to_run")));
  const choices = element("div", { class: "choices", "data-control": "eyes" });
  const message = element("p", { class: "wrong", role: "alert" });
  const sentence = element("p", { class: "sentence", role: "status" });
  const stage = staging({ split: Number(link.get("at") ?? memory.split ?? 0.5) }, {
    kept(split) {
      memory.split = split;
      link.set({ at: split.toFixed(2) });
    },
    drew(box) {
      boxes = [box];
      draw(false);
      see();
    },
  });
  const labels = element("input", { type: "checkbox", name: "labels", checked: memory.labels ?? true, onchange: () => {
    memory.labels = labels.checked;
    stage.mode({ labels: labels.checked });
  } });
  const tabs = Object.fromEntries(["held", "new"].map((name) => [name, element("button", { type: "button", "data-tab": name, onclick: () => turnTo(name) }, say(`teach.compare.${name}`))]));
  const where = element("select", { name: "way", onchange: () => {
    [way, boxes] = [where.value === "drawn" ? way : where.value, where.value === "drawn" ? boxes : null];
    see();
  } });
  const drawer = element("button", { type: "button", class: "draw", "aria-pressed": "false", onclick: () => draw(drawer.getAttribute("aria-pressed") !== "true") }, say("teach.compare.draw"));
  const fresh = element("div", { class: "fresh" });
  const lower = element("div", { class: "row lower" });
  const strip = element("section", { class: "card strip", "data-control": "pictures" });
  const errors = tabling({ metric(name) {
    memory.metric = name;
    errors.show(held, name);
  } });
  const packing = element("span", { class: "aside packing", role: "status" });
  const away = element("section", { class: "card away", "data-control": "away" });
  const whole = element("div", { class: "comparison" },
    element("div", { class: "seen" }, choices, sentence, message, element("div", { class: "row tabs" }, element("div", { class: "row", role: "group" }, ...Object.values(tabs)), lower), fresh, stage.root),
    element("div", { class: "beside" }, away, strip),
    errors.root);
  root.append(none, whole);
  fresh.append(element("p", { class: "aside" }, say("teach.compare.new_hint")), element("div", { class: "row" }, ...bringing(fresh, take, complain)));
  stage.mode({ labels: labels.checked });
  stage.show(null);
  errors.show(null);

  // ---- who sees -----------------------------------------------------------------------------------------------------

  const runOf = (token) => runs?.find((run) => run.token === token);
  const when = (seconds) => new Date(1000 * seconds).toLocaleString(language, { dateStyle: "short", timeStyle: "short" });
  const titled = (run) => say("teach.compare.run", { title: run.title || set.name, when: when(run.created) });

  /** Who can stand on the left of a run: its own beginning, and the other runs. */
  function lefts(run) {
    const { eyes, start } = run;
    return [
      ...eyes.map((eye) => [eye, say(`teach.compare.eye.${eye}`, { name: start?.name, known: start?.known, count: run.joints.length })]),
      ...runs.filter((other) => other !== run).map((other) => [other.token, titled(other)]),
      [NONE, say("teach.compare.eye.none")],
    ];
  }

  function settle() {
    if (!runOf(b)) b = runs[0]?.token ?? null;
    const run = runOf(b);
    if (run && !lefts(run).some(([name]) => name === a)) a = lefts(run)[0][0];
  }

  function chooseEyes() {
    const run = runOf(b);
    const select = (letter, name, options, value, change) =>
      element("label", {}, element("span", {}, element("b", {}, letter), ` ${say(letter === "A" ? "compare.left" : "compare.right")}`),
        element("select", { name, onchange: (event) => change(event.target.value) }, ...options.map(([own, text]) => element("option", { value: own, selected: own === value }, text))));
    choices.replaceChildren(
      select("A", "a", lefts(run), a, (value) => pick({ a: value })),
      select("B", "b", runs.map((one) => [one.token, titled(one)]), b, (value) => pick({ b: value })));
    takeAway(run);
  }

  function pick(next) {
    ({ a = a, b = b } = next);
    way = null;
    settle();
    [memory.a, memory.b] = [a, b];
    link.set({ a, b });
    chooseEyes();
    measure();
    if (tab === "new" && photo) see();
  }

  const eyes = () => ({ a: a === NONE ? null : a, b });

  function measure() {
    for (const lane of ["held", "open", "photo"]) cancel(lane);
    held = null;
    complain("");
    sentence.textContent = say("teach.compare.working");
    whole.dataset.state = "busy";
    ask({ do: "compare.held", ...eyes() }, "held");
  }

  function measured(value) {
    held = value;
    whole.dataset.state = "shown";
    errors.show(held, memory.metric);
    const [before, after] = held.all;
    const share = (one) => one.near?.[0].toFixed(2) ?? "–";
    const said = { limit: held.near[0], before: before && share(before), after: share(after), labels: after.count };
    sentence.textContent = say(before ? "teach.compare.sentence" : "teach.compare.sentence_after", said);
    list();
    const first = held.pictures.find(({ id }) => id === wished) ?? held.pictures[0];
    if (tab === "held") first ? show(first.id) : stage.show(null);
  }

  // ---- pictures that it has not learned from -------------------------------------------------------------------------

  function list() {
    const [height, width] = held.sheet?.cell ?? [0, 0];
    const percent = (share) => (share === null ? say("teach.compare.bad_unknown") : say("teach.compare.bad", { share: (100 * share).toFixed(0) }));
    strip.replaceChildren(
      element("h3", {}, say("teach.compare.pictures")),
      element("ol", { class: "pictures" }, ...held.pictures.map(({ id, name, bad }, i) => {
        const small = i < (held.sheet?.count ?? 0) ? element("span", { class: "small", style: `width: ${width}px; height: ${height}px; background-image: url("${held.sheet.url}"); background-position: 0 ${-i * height}px` }) : null;
        return element("li", {}, element("button", { type: "button", "data-picture": id, title: say("teach.compare.picture", { name, bad: percent(bad[1]) }), onclick: () => show(id) },
          small, element("span", { class: "what" }, element("span", { class: "name" }, name), element("span", { class: "aside" }, percent(bad[1])))));
      })),
      element("p", { class: "aside" }, say("teach.compare.how", { ...held, how: say(`teach.divided.${held.how.by}`, held.how.values) }), held.mirrored ? ` ${say("teach.compare.mirrored")}` : ""),
      held.count < held.held ? element("p", { class: "aside" }, say("teach.compare.some", held)) : "",
      held.learned === 0 ? "" : element("p", { class: "doubt" }, say(held.learned === null ? "teach.compare.learned_unknown" : "teach.compare.learned", held)),
      held.a === "first" && held.all[0].count < held.all[1].count ? element("p", { class: "aside" }, say("teach.compare.first_few")) : "");
    mark();
  }

  function mark() {
    for (const button of strip.querySelectorAll("[data-picture]")) button.setAttribute("aria-pressed", String(tab === "held" && Number(button.dataset.picture) === wished));
  }

  function show(id) {
    if (tab !== "held") turnTo("held", id);
    wished = id;
    memory.picture = id;
    link.set({ picture: id });
    mark();
    complain("");
    ask({ do: "compare.open", picture: id, ...eyes() }, "open");
  }

  function opened(value) {
    open = value;
    const { bad } = held?.pictures.find(({ id }) => id === value.id) ?? { bad: [null, null] };
    stage.show({ ...value, ...drawnWith(), alt: say("teach.compare.alt", { name: value.name, count: value.boxes.length }), caption: say("teach.compare.picture", { name: value.name, bad: bad[1] === null ? say("teach.compare.bad_unknown") : say("teach.compare.bad", { share: (100 * bad[1]).toFixed(0) }) }) });
  }

  const drawnWith = () => ({ sides: held.sides, limbs: held.limbs, look, visible });

  // ---- new photos ----------------------------------------------------------------------------------------------------

  function turnTo(next, id = null) {
    tab = next;
    whole.dataset.tab = tab;
    for (const [name, button] of Object.entries(tabs)) button.setAttribute("aria-pressed", String(name === tab));
    fresh.hidden = tab !== "new";
    draw(false);
    lower.replaceChildren(...(tab === "held" ? [element("label", {}, labels, " ", say("teach.compare.labels"))] : [element("label", {}, element("span", {}, say("teach.compare.way")), " ", where), drawer]));
    lower.hidden = tab === "new" && !photo;
    mark();
    if (!held) return;
    if (tab === "new") photo ? see() : stage.show(null);
    else if (id === null && wished !== null) show(wished);
  }

  async function take(file) {
    complain("");
    const mine = ++turn;
    try {
      const arrived = await upload(file);
      if (mine !== turn) return;
      [photo, boxes] = [arrived, null];
      memory.fresh = arrived;
      lower.hidden = false;
      see();
    } catch (error) {
      if (mine === turn) complain(error.message);
    }
  }

  function see() {
    complain("");
    stage.show({ ...photo, ...drawnWith(), boxes: [], labels: null, eyes: null, caption: say("teach.compare.looking") });
    ask({ do: "compare.photo", photo: photo.photo, boxes, way: boxes ? null : way, ...eyes() }, "photo");
  }

  function saw(value) {
    if (value.photo !== photo?.photo || tab !== "new") return;
    open = value;
    way = value.way ?? way;
    const names = ["twice", "whole", "persons"];
    where.replaceChildren(...[...names.map((name) => [name, say(`network.way.${name}`)]), ...(boxes ? [["drawn", say("teach.compare.way.drawn")]] : [])].map(([name, text]) =>
      element("option", { value: name, selected: name === (boxes ? "drawn" : way) }, text)));
    const doubt = !boxes && way === "persons" && !runOf(b)?.person ? ` ${say("network.no_person")}` : "";
    stage.show({ ...photo, ...value, url: photo.url, ...drawnWith(), alt: say("teach.compare.alt", { name: photo.name, count: value.boxes.length }), caption: say("teach.compare.no_labels") + doubt });
  }

  function draw(on) {
    drawer.setAttribute("aria-pressed", String(on));
    stage.mode({ drawing: on });
    if (on) complain("");
  }

  // ---- taking away ---------------------------------------------------------------------------------------------------

  function takeAway(run) {
    const kind = (name) => element("button", { type: "button", "data-kind": name, onclick() {
      packing.textContent = say("teach.compare.packing");
      ask({ do: "compare.take", run: run.token, kind: name }, "take");
    } }, say(`teach.compare.take.${name}`));
    const used = chosen()?.token === run.token;
    const use = element("button", { type: "button", class: used ? "use" : "use primary", "data-used": String(used), onclick() {
      choose(used ? null : { token: run.token, way: null });
      takeAway(run);
      away.querySelector(".use").focus();
    } }, say(used ? "teach.compare.use_off" : "teach.compare.use"));
    away.replaceChildren(
      element("h3", {}, say("teach.compare.away")),
      element("div", { class: "files" }, kind("zip"), kind("weights"), kind("figures")),
      packing,
      element("p", { class: "aside" }, say("teach.compare.zip_what")),
      use,
      element("p", { class: "aside used", role: "status" }, used ? say("teach.compare.used") : ""));
  }

  function save({ url, name }) {
    packing.textContent = "";
    const anchor = element("a", { href: url, download: name });
    root.append(anchor);
    anchor.click();
    anchor.remove();
  }

  // ---- questions and answers ----------------------------------------------------------------------------------------

  function complain(line) {
    message.textContent = line;
    message.hidden = !line;
  }

  function came(value) {
    ({ runs, look, visible } = value);
    none.hidden = runs.length > 0;
    whole.hidden = !runs.length;
    if (!runs.length) return;
    const before = `${a} ${b}`;
    settle();
    chooseEyes();
    if (!held || before !== `${a} ${b}`) measure();
  }

  const renew = () => ask({ do: "compare.runs" }, "runs");
  whole.hidden = true;
  turnTo("held");
  complain("");
  renew();

  return {
    answer(value, lane) {
      ({ runs: came, held: measured, open: opened, photo: saw, take: save })[lane]?.(value);
    },
    failed(line, lane) {
      if (lane === "take") packing.textContent = "";
      if (lane === "held") {
        sentence.textContent = "";
        whole.dataset.state = "failed";
      }
      if (lane === "photo" && photo && !open) delete memory.fresh;
      complain(line);
    },
    renewed: renew,
    close() {
      stage.close();
      link.set(Object.fromEntries(OWN.map((name) => [name, null])));
    },
  };
}
