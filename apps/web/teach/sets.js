// The sets that this visitor may see: open one, rename it, share it, remove it and think better of that.
import { element } from "../dom.js";
import { say } from "../words.js";
import { remembered } from "./remembered.js";

const REGRET = 10_000; // milliseconds in which what was removed can be had back: until then nothing has happened

/** told: ask(values, lane), open(token). Gives { root, show(sets), renew(), close() }. */
export function sets(told) {
  const list = element("ul", { class: "sets" });
  const none = element("p", { class: "aside none" }, say("teach.sets.none"));
  const root = element("section", { class: "card your-sets" }, element("h2", {}, say("teach.sets")), none, list);
  const leaving = new Map(); // token -> the timer after which it is removed
  let known = [];

  const button = (key, onclick, attributes = {}) => element("button", { type: "button", onclick, ...attributes }, say(key));
  const renew = () => told.ask({ do: "bring.sets", set: undefined, tokens: remembered.tokens }, "sets");

  function row(set) {
    if (leaving.has(set.token)) {
      return element("li", { class: "going", "data-set": set.token },
        element("span", { class: "what", role: "status" }, say("teach.sets.removed", { name: set.name })),
        button("teach.sets.undo", () => keep(set.token), { class: "undo" }));
    }
    const own = remembered.has(set.token);
    const name = element("button", { type: "button", class: "open", onclick: () => told.open(set.token) }, set.name);
    const counts = element("span", { class: "aside" }, say("teach.counts", set));
    const ways = element("span", { class: "ways" },
      button("teach.sets.rename", () => item.replaceWith(renaming(set)), { class: "rename" }),
      button(set.shared ? "teach.sets.unshare" : "teach.sets.share", () => told.ask({ do: "bring.share", set: set.token, shared: !set.shared }, `share ${set.token}`), { class: "share", "aria-pressed": String(set.shared), title: say("teach.sets.share_what") }),
      button("teach.sets.remove", () => remove(set.token), { class: "remove" }));
    const badge = set.shared ? element("span", { class: "badge" }, say("teach.sets.shared")) : null;
    const item = element("li", { "data-set": set.token }, element("span", { class: "what" }, name, badge, counts), own || told.alone ? ways : null);
    return item;
  }

  function renaming(set) {
    const input = element("input", { class: "name", value: set.name, maxlength: 80, "aria-label": say("teach.sets.name") });
    const form = element("form", { onsubmit(event) {
      event.preventDefault();
      const name = input.value.trim();
      if (name && name !== set.name) told.ask({ do: "bring.rename", set: set.token, name }, `rename ${set.token}`);
      else show(known);
    } }, input, element("button", { class: "primary keep" }, say("teach.sets.keep")), button("teach.sets.leave", () => show(known)));
    input.addEventListener("keydown", (event) => event.key === "Escape" && show(known));
    queueMicrotask(() => input.select());
    return element("li", { "data-set": set.token }, form);
  }

  function remove(token) {
    leaving.set(token, setTimeout(() => {
      leaving.delete(token);
      told.ask({ do: "bring.remove", set: token }, `remove ${token}`);
    }, REGRET));
    show(known);
    list.querySelector(`[data-set="${token}"] .undo`)?.focus();
  }

  function keep(token) {
    clearTimeout(leaving.get(token));
    leaving.delete(token);
    show(known);
    list.querySelector(`[data-set="${token}"] .open`)?.focus();
  }

  function show(found) {
    known = found;
    none.hidden = found.length > 0;
    list.replaceChildren(...found.map(row));
    root.dataset.sets = found.length;
  }

  return {
    root, show, renew,
    /** What Python says of one of the questions that were asked here; whether it was. */
    answer(value, lane) {
      const [what] = lane.split(" ");
      if (what === "sets") {
        remembered.drop(...value.gone);
        show(value.sets);
      } else if (what === "remove") {
        remembered.drop(value.removed);
        show(known.filter(({ token }) => token !== value.removed));
      } else if (what === "share" || what === "rename") {
        show(known.map((set) => (set.token === value.token ? value : set)));
      } else return false;
      return true;
    },
    /** Who leaves in the time for regret has not removed anything. */
    close: () => leaving.forEach(clearTimeout),
  };
}
