// One exchange, taken apart: what every branch contributes to one of them, and the sum, number by number.
import { element } from "../dom.js";
import { say } from "../words.js";
import { extremes, fromDigits, highest, paint, stepped, under } from "./maps.js";
import { choice, number, placeName, refill, scaleOf, scissors } from "./parts.js";

/** told: fusion({ unit, target, channel }), cut(name), point(spot or null). Gives { root, show(fusion) }. */
export function fusionPart({ signed }, told) {
  const heading = element("h2");
  const targets = element("div", { class: "chips", role: "group", "aria-label": say("inside.target") });
  const channels = element("select", { "aria-label": say("inside.channel"), onchange: () => ask({ channel: channels.value === "mean" ? "mean" : Number(channels.value) }) });
  const row = element("div", { class: "sum" });
  const table = element("tbody");
  const where = element("p", { class: "aside", role: "status" });
  const scale = scaleOf(signed);
  const whole = element("div", { class: "buttons" });
  const root = element(
    "section",
    { class: "fusion card", "data-control": "fusion", hidden: true },
    heading,
    element("div", { class: "controls" }, targets, channels),
    row,
    scale.root,
    element("table", { class: "terms" }, element("caption", { class: "unseen" }, say("inside.terms")), table),
    where,
    whole,
  );
  let fusion = null, maps = null, cell = null, canvases = [];

  const ask = (change) => told.fusion({ unit: fusion.unit, target: fusion.target, channel: fusion.channel ?? "mean", ...change });

  function show(answer) {
    const same = fusion && ["unit", "target"].every((name) => fusion[name] === answer[name]);
    fusion = answer;
    maps = fromDigits(answer.values, answer.shape);
    root.hidden = false;
    heading.textContent = say("inside.fusion_of", { name: placeName(answer.unit), branch: answer.target });
    targets.replaceChildren(...Array.from({ length: answer.targets }, (_, target) => element(
      "button",
      { type: "button", class: `chip branch-${target}`, "data-choice": target, "aria-pressed": String(target === answer.target), onclick: () => ask({ target, channel: null }) },
      say("inside.into", { branch: target }),
    )));
    if (channels.options.length !== answer.channels + 1) {
      channels.replaceChildren(
        element("option", { value: "mean" }, say("inside.mean")),
        ...Array.from({ length: answer.channels }, (_, channel) => element("option", { value: channel }, say("inside.channel_number", { channel }))),
      );
    }
    channels.value = answer.channel ?? "mean";
    refill(whole, element(
      "button",
      { type: "button", "data-cut": answer.unit, "aria-pressed": String(answer.bypassed), onclick: () => told.cut(answer.unit) },
      say(answer.bypassed ? "inside.join_unit" : "inside.cut_unit"),
    ));
    pictures();
    if (!same || !cell) cell = highest(maps.of(maps.count - 2), maps.width);
    print();
  }

  /** The terms, + between them, = and the sum, and what is left of it behind the ReLU. */
  function pictures() {
    const reach = Math.max(...extremes(maps.values).map(Math.abs)) || 1;
    scale.show(-reach, reach, say("inside.one_scale"));
    const names = [...fusion.edges.map(({ edge }) => placeName(edge)), say("inside.sum"), say("inside.out")];
    canvases = names.map((name, map) => {
      const cut = fusion.edges[map]?.cut;
      const last = map === maps.count - 1;
      const canvas = element("canvas", {
        class: cut ? "cut" : null, "data-term": map, role: "img", title: name, tabindex: map === maps.count - 2 ? "0" : null,
        "aria-label": say("inside.term_alt", { name, low: number(extremes(maps.of(map))[0]), high: number(extremes(maps.of(map))[1]) }),
      });
      paint(canvas, maps.of(map), [maps.width, maps.height], [-reach, reach], signed);
      canvas.addEventListener("pointermove", (event) => point(under(event, canvas, maps.width, maps.height)));
      canvas.addEventListener("pointerdown", (event) => point(under(event, canvas, maps.width, maps.height)));
      canvas.addEventListener("pointerleave", () => told.point(null));
      canvas.addEventListener("keydown", (event) => {
        const next = stepped(event, cell, maps.width, maps.height);
        if (!next) return;
        event.preventDefault();
        point(next);
      });
      return element("span", { class: last ? "term last" : "term" }, canvas, element("i", { class: "spot" }));
    });
    const signs = fusion.edges.map((_, map) => (map ? "+" : null));
    const kids = canvases.flatMap((term, map) => {
      const sign = map === maps.count - 2 ? "=" : map === maps.count - 1 ? "→" : signs[map];
      return sign ? [element("span", { class: "sign", "aria-hidden": "true" }, sign), term] : [term];
    });
    const focused = row.contains(row.getRootNode().activeElement);
    row.replaceChildren(...kids);
    if (focused) row.querySelector("canvas[tabindex]").focus();
  }

  function point(next) {
    cell = next;
    print();
    told.point({ place: `${fusion.unit}.out.${fusion.target}`, cell, size: [maps.width, maps.height] });
  }

  function print() {
    const [x, y] = cell;
    for (const term of canvases) {
      Object.assign(term.lastChild.style, {
        left: `${(100 * x) / maps.width}%`, top: `${(100 * y) / maps.height}%`, width: `${100 / maps.width}%`, height: `${100 / maps.height}%`,
      });
    }
    const line = (kind, name, value, button) => element(
      "tr", { class: kind }, element("th", { scope: "row" }, name), element("td", {}, number(value, 4)), element("td", {}, button));
    const count = fusion.edges.length;
    refill(
      table,
      ...fusion.edges.map(({ edge, source, kind, cut }, map) =>
        line(cut ? "cut" : "", say(`inside.kind.${kind}`, { source, target: fusion.target, times: 2 ** Math.abs(source - fusion.target) }), maps.at(map, x, y), scissors(edge, cut, told.cut))),
      line("total", say("inside.sum"), maps.at(count, x, y)),
      line("total", say(fusion.bypassed ? "inside.bypassed" : "inside.out"), maps.at(count + 1, x, y)),
    );
    where.textContent = say(fusion.channel === null ? "inside.at_mean" : "inside.at_channel", { x, y, channel: fusion.channel });
  }

  return { root, show };
}
