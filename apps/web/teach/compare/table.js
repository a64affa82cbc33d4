// How far each joint is off, for both eyes: a bar and a number each, and what lies between.
import { element } from "../../dom.js";
import { jointName } from "../../table.js";
import { say } from "../../words.js";

/** What can be shown of a joint: how it is read from what Python says, its digits, and whether more of it is better. */
const METRICS = [
  { name: "near", read: (one) => one.near?.[0], digits: 2, better: 1, most: 1, place: 0 },
  { name: "nearer", read: (one) => one.near?.[1], digits: 2, better: 1, most: 1, place: 1 },
  { name: "pixels", read: (one) => one.pixels, digits: 1, better: -1 },
  { name: "share", read: (one) => (one.share == null ? null : 100 * one.share), digits: 1, better: -1 },
];

/** told: metric(name). Gives { root, show(held, metric) }. */
export function table(told) {
  const root = element("section", { class: "card errors", "data-control": "errors" });

  return {
    root,
    show(held, chosen) {
      root.hidden = !held;
      if (!held) return root.replaceChildren();
      const metric = METRICS.find(({ name }) => name === chosen) ?? METRICS[0];
      const titles = { near: say("teach.compare.pck", { limit: held.near[0] }), nearer: say("teach.compare.pck", { limit: held.near[1] }), pixels: say("teach.compare.pixels"), share: say("teach.compare.share") };
      const rows = [["", held.all], ...held.joints.map((joint, k) => [joint, held.table[k]])];
      const values = rows.map(([, pair]) => pair.map((one) => (one ? metric.read(one) ?? null : null)));
      const most = metric.most ?? (Math.max(...values.flat().filter((value) => value !== null)) || 1);
      const both = held.all[0] !== null;
      const head = ["teach.compare.joint", "", ...(both ? ["A"] : []), "B", ...(both ? ["teach.compare.difference"] : []), "teach.compare.labels_count"];
      root.replaceChildren(
        element("h3", {}, say("teach.compare.joints")),
        element("div", { class: "metrics", role: "group", "aria-label": say("teach.compare.joints") },
          ...METRICS.map(({ name }) => element("button", { type: "button", "data-metric": name, "aria-pressed": String(name === metric.name), onclick: () => told.metric(name) }, titles[name]))),
        element("table", { "data-metric": metric.name },
          element("thead", {}, element("tr", {}, ...head.map((key) => element(key ? "th" : "td", key ? { scope: "col" } : {}, key.length > 1 ? say(key) : key)))),
          element("tbody", {}, ...rows.map(([joint, pair], i) => row(joint, held.sides[i - 1], values[i], pair, { metric, most, both })))),
        element("p", { class: "aside" }, say("teach.compare.measured")));
    },
  };
}

function row(joint, side, values, pair, { metric, most, both }) {
  const [before, after] = values;
  const text = (value) => (value === null ? "–" : value.toFixed(metric.digits));
  const apart = before === null || after === null ? null : after - before;
  const shown = apart === null ? "–" : `${apart > 0 ? "+" : apart < 0 ? "−" : ""}${Math.abs(apart).toFixed(metric.digits)}`;
  const meaning = apart === null || !Number(Math.abs(apart).toFixed(metric.digits)) ? "same" : apart * metric.better > 0 ? "gain" : "loss";
  const bar = (value, which) => element("span", { class: `bar ${which}`, style: `--share: ${value === null ? 0 : Math.min(value / most, 1)}` });
  return element("tr", { "data-joint": joint },
    element("th", { scope: "row" }, joint ? element("span", { class: `side ${side}` }) : null, joint ? jointName(joint) : say("teach.compare.all")),
    element("td", { class: "bars", "aria-hidden": "true" }, both ? bar(before, "a") : null, bar(after, "b")),
    both ? element("td", {}, text(before)) : null,
    element("td", {}, text(after)),
    both ? element("td", { class: meaning }, shown) : null,
    element("td", { class: "count" }, String(pair[1]?.count ?? 0)));
}
