// "Teach it yours": the frame around the steps from pictures to a network of one's own.
//
// A step is a module of this folder with
//
//   mount(root, { set, ask, cancel, upload, memory, link, props, go, changed, open }) -> { answer(value, lane),
//     failed(line, lane), done(share, lane), place(n, lane), renewed(), close() }, each of them only where it is wanted
//   styles    addresses of its own style sheets, where it has some
//
//   set        what is open: { token, name, joints, pairs, limbs, sides, pictures, labeled, things, ... }, the last three
//              as counts; the same object all the time, kept up to date. Null where nothing is open: in Bring only.
//   ask(values, lane = "", bench = "teach")   as in served.js; the set's token goes along. `values.do` is "step.action";
//              the bench "bring" has a line of its own, for what takes minutes
//   memory     as in memory.js: a drawer of this step and this set
//   go(step, values)   to another step; `values` are in the address there: go("label", { picture: 12 }) and then
//              link.get("picture"). They leave the address with the step.
//   changed()  the set is another one now: what the frame says of it is asked anew, then renewed() of the step called
//   open(token, step)   another set, or null for the list
//
// What a step says of itself in the ribbon ("Check: 2 findings") comes from `state` of its Python module.
import { element } from "../dom.js";
import { memory as drawer } from "../memory.js";
import { lanes } from "../served.js";
import { say } from "../words.js";
import { ribbon } from "./ribbon.js";
import { remembered } from "./remembered.js";

export const styles = [new URL("./teach.css", import.meta.url)];

// In this order. A step that is there has its line here.
const STEPS = [
  "bring",
  "label",
  "check",
  "plan",
  "run",
  "compare",
];

const FRAME = ["set", "step", "hide", "lang"]; // names in the address that are not a step's own

export function mount(root, { props, ask: quickly, cancel: cancelQuick, upload, memory, link }) {
  let set = null; // the summary of what is open
  let token = null; // of what is open, or about to be
  let step = null; // { name, part, close } that is mounted
  let wished = []; // names that the last `go` put into the address
  let visits = 0; // a step that is mounted anew gets no answers to what it asked before
  root.classList.add("teach");

  // ---- questions --------------------------------------------------------------------------------------------------

  const hear = {
    answer(value, lane) {
      tell(waiting, "");
      if (lane === "frame/summary") return summed(value);
      told("answer", lane, value);
    },
    failed(line, lane) {
      tell(waiting, "");
      if (lane === "frame/summary") return lost(line);
      if (!told("failed", lane, line)) tell(wrong, line);
    },
    done: (share, lane) => told("done", lane, share),
    place(before, lane) {
      if (!told("place", lane, before)) tell(waiting, before > 0 ? say(before === 1 ? "frame.next" : "frame.place", { count: before }) : "");
    },
  };

  const slow = lanes("bring", { ...hear, ended() {} });
  const line = (bench) => (bench === "bring" ? slow : { ask: quickly, cancel: cancelQuick });

  /** Calls the step that asked, if it is still there and listens; whether it does. */
  function told(what, lane, value) {
    const cut = lane.indexOf("/");
    const part = lane.slice(0, cut) === step?.lane ? step.part : null;
    part?.[what]?.(value, lane.slice(cut + 1));
    return Boolean(part?.[what]);
  }

  function tell(place, line) {
    place.textContent = line;
    place.hidden = !line;
  }

  const renew = () => token && quickly({ do: "bring.summary", set: token }, "frame/summary");

  function summed(value) {
    if (value.token !== token) return; // of a set that was left meanwhile
    const first = !set;
    set = Object.assign(set ?? {}, value);
    if (!set.shared) remembered.add(token); // a shared one is listed anyway, and not everybody's to remove
    if (wrong.textContent === say("frame.lost")) tell(wrong, ""); // it is found again
    show();
    if (first) enter(link.get("step"));
    else step?.part?.renewed?.();
  }

  /** The set cannot be opened: the address stays as it is, for perhaps only the server is out of reach. */
  function lost(line) {
    if (!set) {
      token = null;
      show();
      enter("bring");
    }
    tell(wrong, line);
  }

  // ---- which set, which step --------------------------------------------------------------------------------------

  function open(next, at = null) {
    leave();
    tell(wrong, "");
    [token, set] = [next, null];
    memory.set = next;
    link.set({ set: next, step: at });
    show();
    if (token) renew();
    else enter("bring");
  }

  function go(name, values = {}) {
    tell(wrong, "");
    leave();
    link.set({ step: name, ...Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)])) });
    wished = Object.keys(values);
    enter(name);
    renew(); // what the last step left under way may have changed the set meanwhile
  }

  function leave() {
    step?.part?.close?.();
    step = null;
    link.set(Object.fromEntries(wished.map((name) => [name, null])));
    wished = [];
    delete root.dataset.step;
    place.replaceChildren();
  }

  /** Shows a step; the first that is not done, where none of that name is there. */
  async function enter(asked) {
    const next = () => STEPS.find((name) => !set.steps[name]?.done) ?? STEPS.at(-1);
    const name = !set ? "bring" : STEPS.includes(asked) ? asked : next();
    const entered = { name, lane: `${name}:${++visits}`, part: null };
    step = entered;
    if (set) {
      memory.step = name;
      link.set({ step: name });
    }
    show();
    try {
      const { mount, styles = [] } = await import(`./${name}.js`);
      if (step !== entered) return; // the visitor went on
      const home = element("section", { class: `step step-${name}`, hidden: true });
      place.replaceChildren(home);
      await dressed(home, styles);
      if (step !== entered) return;
      home.hidden = false;
      entered.part = mount(home, given(entered)) ?? {};
      root.dataset.step = name;
    } catch (error) {
      console.error(error);
      tell(wrong, say("frame.broken"));
    }
  }

  /** What a step is given. */
  function given({ name, lane }) {
    const whole = (its) => `${lane}/${its}`;
    const mine = token;
    return {
      set, props, upload, link, go, open, changed: renew,
      memory: drawer(`teach.${name}.${mine ?? ""}`),
      ask: (values, its = "", bench = "teach") => line(bench).ask({ set: mine, ...values }, whole(its)),
      cancel: (its = "", bench = "teach") => line(bench).cancel(whole(its)),
    };
  }

  // ---- what stands above -------------------------------------------------------------------------------------------

  const name = element("h2", { class: "set-name" });
  const counts = element("span", { class: "counts" });
  const all = element("button", { type: "button", class: "all", onclick: () => open(null) }, say("teach.all_sets"));
  const steps = ribbon(STEPS, (chosen) => go(chosen));
  const wrong = element("p", { class: "wrong", role: "alert", hidden: true });
  const waiting = element("p", { class: "waiting", role: "status", hidden: true });
  const place = element("div", { class: "place" });
  root.append(
    element("div", { class: "head", "data-control": "set" }, name, counts, all),
    steps.root, wrong, waiting, place,
  );

  function show() {
    name.textContent = set ? set.name : say("teach.page");
    name.toggleAttribute("data-set", Boolean(set));
    counts.textContent = set ? say("teach.counts", { labeled: set.labeled, pictures: set.pictures }) : say("teach.what");
    all.hidden = !token;
    steps.show(step?.name, set);
  }

  const addressed = link.get("set");
  const others = [...new URL(location.href).searchParams.keys()].filter((key) => !FRAME.includes(key));
  open(addressed ?? memory.set ?? null, addressed ? link.get("step") : memory.step);
  wished = others;

  return {
    ...hear,
    close() {
      step?.part?.close?.();
      slow.close();
    },
  };
}

/** Loads style sheets into `home`, which is in the page already, so that nothing of a step is drawn without them. */
async function dressed(home, styles) {
  const sheets = styles.map((href) => element("link", { rel: "stylesheet", href }));
  const loaded = sheets.map((sheet) => new Promise((done) => (sheet.onload = sheet.onerror = done)));
  home.append(...sheets);
  await Promise.all(loaded);
}
