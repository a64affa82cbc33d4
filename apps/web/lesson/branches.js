// The toy "branches": one exchange unit with its rows and arrows, one of its sums taken apart, and what comes of it.
//
// Clicking an arrow or a row mutes it; Python runs the network without it and says what changed.
import { element, svg } from "../dom.js";
import { person as paintPerson } from "../marks.js";
import { say } from "../words.js";
import { cased, colored, grays, picture, piece, rectangle, segment, sheet, squares, steps, tiles } from "./canvas.js";
import { fill } from "./numbers.js";

const TALL = 150; // CSS pixels of the finest row
const GAP = 26; // between rows: their captions
const DIGITS = 3;
const FARTHEST = 3; // joints that are named

export function mount(host, tools) {
  const { skeleton, look, colors, magma, signed } = tools;
  let view = null, due = 0, gray = null, terms = null, maps = null, crop = null, cell = null, drawn = null;

  const left = element("div", { class: "rows" });
  const right = element("div", { class: "rows" });
  const wires = svg("svg", { class: "wires" });
  const unit = element("div", { class: "unit" }, left, wires, right);
  const legend = element(
    "p",
    { class: "aside legend" },
    ...["down", "same", "up"].map((kind) => element("span", { "data-part": kind, class: `kind ${kind}` }, say(`lesson.${kind}`))),
  );
  const sums = element("div", { class: "sums", "data-part": "terms" });
  const reading = element("p", { class: "reading", role: "status" });
  const paper = sheet({ label: say("lesson.answer"), part: "heatmap", changed: repaint });
  const ways = element("div", { class: "moved", "data-part": "moved" });
  host.replaceChildren(
    element("div", { class: "toy-branches" }, element("div", {}, unit, legend), element("div", { class: "beside" }, paper.figure, ways)),
    sums,
    reading,
  );

  /** Mute these arrows, or let them speak if all of them are muted. */
  function mute(names) {
    if (!view.controls.has("cut")) return;
    const others = view.state.cut.filter((one) => !names.includes(one));
    tools.set({ cut: names.every(muted) ? others : [...others, ...names] }, true);
  }

  const muted = (name) => view.state.cut.includes(name);

  /** The name under which a lesson's state mutes a place: of the last unit, whatever its number. */
  const alias = (place) => place.replace(view.python.unit, view.state.unit);

  // ---- the unit --------------------------------------------------------------------------------------------------------

  function build() {
    const { rows, outs, edges } = view.python;
    const scale = TALL / rows[0].shape[1];
    const tops = [];
    let top = 0;
    for (const row of rows) {
      tops.push(top);
      top += row.shape[1] * scale + GAP;
    }
    wires.style.height = unit.style.height = `${top}px`;
    const can = view.controls.has("cut");
    unit.classList.toggle("aiming", view.controls.has("target") && !can); // only the arrows into the chosen row
    const place = (row, i, kind) => {
      const [c, h, w] = row.shape;
      const shown = element("canvas", { style: `width: ${w * scale}px; height: ${h * scale}px` });
      [shown.width, shown.height] = [w, h];
      const steps = piece(gray, row.rectangle);
      const part = `${kind}${i}`;
      const hidden = view.covered.has(part);
      if (!hidden) shown.getContext("2d").drawImage(colored(steps, w, h, magma), 0, 0);
      const leaving = edges.filter(({ source }) => source === i).map(({ edge }) => alias(edge));
      const cut = kind === "branch" && leaving.every(muted);
      const said = say("lesson.row", { stride: row.stride, channels: c, h, w });
      const change = row.changed && !hidden ? element("b", { class: "changed", style: `left: ${w * scale + 8}px` }, say("lesson.changed")) : null;
      const inside = [shown, element("span", { class: "caption" }, hidden ? "?" : said), change];
      const style = `top: ${tops[i]}px`;
      const more = { "data-part": part, "data-place": row.place, style, class: `row b${i}${hidden ? " veiled" : ""}` };
      if (kind === "out" || !can) return element("div", { ...more, role: "img", "aria-label": said }, ...inside);
      const label = say(cut ? "lesson.unmute" : "lesson.mute", { what: said });
      return element("button", { ...more, type: "button", "aria-pressed": String(cut), "aria-label": label, onclick: () => mute(leaving) }, ...inside);
    };
    left.replaceChildren(...rows.map((row, i) => place(row, i, "branch")));
    right.replaceChildren(...outs.map((row, i) => place(row, i, "out")));
    const middle = (i) => tops[i] + (rows[i].shape[1] * scale) / 2;
    wires.setAttribute("viewBox", `0 0 100 ${top}`);
    wires.setAttribute("preserveAspectRatio", "none");
    wires.replaceChildren(...edges.filter(({ kind }) => !view.covered.has(kind)).map((edge) => wire(edge, middle, can)));
    light();
  }

  function wire({ edge, source, target, kind, cut }, middle, can) {
    const [from, to] = [middle(source), middle(target)];
    const path = `M 0 ${from} C 40 ${from} 60 ${to} 100 ${to}`;
    const draw = (kind) => svg("path", { d: path, class: kind, "vector-effect": "non-scaling-stroke" });
    const what = say("lesson.arrow", { source, target });
    const label = say(cut ? "lesson.unmute" : "lesson.mute", { what });
    const button = can ? { role: "button", tabindex: "0", "aria-pressed": String(cut), "aria-label": label } : {};
    const classes = `wire b${source} ${kind}${cut ? " cut" : ""}${target === view.state.target ? " aimed" : ""}`;
    const group = svg("g", { class: classes, "data-part": kind, "data-edge": edge, ...button }, draw("line"), draw("hit"), svg("title", {}, can ? label : what));
    if (can) {
      group.addEventListener("click", () => mute([alias(edge)]));
      group.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        mute([alias(edge)]);
      });
    }
    return group;
  }

  // ---- one sum ---------------------------------------------------------------------------------------------------------

  function buildSums() {
    const hidden = view.covered.has("terms") || !view.shows.has("terms");
    sums.hidden = reading.hidden = hidden;
    if (hidden || !terms) return;
    const { edges, channel, target } = view.python.terms;
    const names = [...edges.map((edge) => say("lesson.term", { source: edge.at(-3) })), say("lesson.total"), say("lesson.leaves")];
    drawn = terms.map(({ steps, w, h }) => {
      const shown = element("canvas", { role: "img" });
      [shown.width, shown.height] = [w, h];
      const read = (event) => {
        const area = shown.getBoundingClientRect();
        cell = [Math.floor(((event.clientX - area.left) / area.width) * w), Math.floor(((event.clientY - area.top) / area.height) * h)];
        readOut();
      };
      shown.addEventListener("pointermove", read);
      shown.addEventListener("pointerdown", read);
      return { shown, picture: colored(steps, w, h, signed), w, h };
    });
    const between = (i) => (i === 0 ? "" : i < edges.length ? "+" : i === edges.length ? "=" : "→");
    sums.replaceChildren(
      ...drawn.flatMap(({ shown }, i) => {
        const part = i >= edges.length ? "sum" : null;
        const figure = element("figure", { "data-part": part }, shown, element("figcaption", {}, names[i]));
        return [i ? element("span", { class: "sign", "aria-hidden": "true" }, between(i)) : null, figure].filter(Boolean);
      }),
    );
    sums.setAttribute("aria-label", say("lesson.sums_said", { target, channel }));
    cell ??= [drawn[0].w >> 1, drawn[0].h >> 1];
    readOut();
  }

  function readOut() {
    const { numbers, edges } = view.python.terms;
    for (const { shown, picture, w, h } of drawn) {
      cell = [Math.min(Math.max(cell[0], 0), w - 1), Math.min(Math.max(cell[1], 0), h - 1)];
      const context = shown.getContext("2d");
      context.drawImage(picture, 0, 0);
      context.fillStyle = tools.accent();
      context.fillRect(cell[0], cell[1], 1, 1);
    }
    const at = numbers.map((map) => map[cell[1]][cell[0]]);
    const number = (value) => value.toFixed(DIGITS).replace("-", "−");
    const parts = at.slice(0, edges.length).map((value, i) => (i && value < 0 ? `− ${number(-value)}` : i ? `+ ${number(value)}` : number(value)));
    reading.textContent = say("lesson.reading", {
      x: cell[0], y: cell[1], channel: view.python.terms.channel, terms: parts.join(" "), sum: number(at.at(-2)), out: number(at.at(-1)),
    });
  }

  // ---- what comes of it ------------------------------------------------------------------------------------------------

  function repaint() {
    if (view?.python && crop && maps && !due) due = requestAnimationFrame(paint);
  }

  function paint() {
    due = 0;
    const { answer } = view.python;
    const [h, w] = answer.size;
    const { context, k, ratio } = paper.fit(w, h);
    context.drawImage(crop, 0, 0, w * k, h * k);
    const { steps: gray, limits: [low, high], w: mw, h: mh } = maps[view.state.joint];
    const hidden = (part) => view.covered.has(part);
    if (!hidden("heatmap")) {
      const values = Array.from(gray, (step) => low + (step / 255) * (high - low));
      context.globalAlpha = view.lit === "heatmap" ? 0.95 : 0.75;
      context.globalCompositeOperation = "screen"; // black adds nothing, so the crop stays visible around the peak
      const peak = Math.max(answer.whole.max[view.state.joint], 0.01); // of the whole network, so that a loss is seen
      squares(context, colored(steps(values, [0, peak]), mw, mh, magma), 0, 0, w * k, h * k);
      context.globalCompositeOperation = "source-over";
      context.globalAlpha = 1;
    }
    if (!hidden("joints")) {
      const pose = (joints) => ({ points: joints.map(([x, y, score], joint) => ({ x, y, joint, score })), lines: skeleton.limbs.map((joints) => ({ joints })) });
      const how = { sides: skeleton.sides, visible: 0, scale: k, stroke: (view.lit === "joints" ? 4 : 2.5) * ratio, look };
      const cut = answer.cut.length > 0;
      if (cut) {
        context.globalAlpha = 0.3;
        paintPerson(context, pose(answer.before), how);
        context.globalAlpha = 1;
      }
      paintPerson(context, pose(answer.after), how);
      if (cut) {
        for (const [i, from] of answer.before.entries()) {
          const ends = [from, answer.after[i]].map(([x, y]) => [(x + 0.5) * k, (y + 0.5) * k]);
          cased(context, segment(...ends), { color: colors.box, casing: colors.casing, width: 1.25 * ratio });
        }
      }
    }
    if (view.lit === "heatmap") {
      context.strokeStyle = tools.accent();
      context.lineWidth = 6 * ratio;
      context.stroke(rectangle(0, 0, w * k, h * k));
    }
    paper.describe(say("lesson.answer_said", { joint: tools.jointName(view.state.joint), mean: mean(answer.moved).toFixed(1) }));
  }

  const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

  function tell() {
    const { answer } = view.python;
    if (view.covered.has("moved") || !answer.cut.length) {
      ways.replaceChildren(element("p", { class: "aside" }, say(answer.cut.length ? "lesson.hidden" : "lesson.nothing_muted")));
      return;
    }
    const order = answer.moved.map((far, joint) => ({ far, joint })).sort((a, b) => b.far - a.far).slice(0, FARTHEST);
    ways.replaceChildren(
      element("p", { class: "headline" }, say("lesson.moved_mean", { mean: mean(answer.moved).toFixed(1) })),
      fill(element("dl", { class: "numbers" }), order.map(({ far, joint }) => [tools.jointName(joint), far.toFixed(1)])),
    );
  }

  function light() {
    for (const one of host.querySelectorAll("[data-part]")) one.classList.toggle("lit", one.dataset.part === view.lit);
  }

  return {
    draw(next) {
      const before = view;
      view = next;
      if (!view.python || !gray) return;
      if (!before || before.shows !== view.shows || before.covered !== view.covered || before.python !== view.python) {
        build();
        buildSums();
        tell();
      }
      light();
      repaint();
    },
    async answer(value) {
      [gray, terms, maps, crop] = await Promise.all([grays(value.picture), tiles(value.terms), tiles(value.answer.heatmaps), picture(value.answer.crop)]);
    },
    follow: () => ({}),
    close() {
      cancelAnimationFrame(due);
      paper.close();
    },
  };
}
