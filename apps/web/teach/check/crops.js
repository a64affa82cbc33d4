// Little pictures around what was found: asked for many at a time, drawn with the joints as they are labeled.
import { element } from "../../dom.js";
import { person, ring } from "../../marks.js";

const AT_ONCE = 24; // MOST_CROPS of apps/views/teach/check.py
const STROKE = 2.6; // pixels of a limb in a little picture
const RINGS = 6; // joints that are ringed: where more are meant, the whole thing is
const OTHERS = 0.3; // how strong things are drawn that are not meant

/** ask(spots). Gives { of(spot): a canvas that is filled sooner or later, fetch(), answer(sheet), failed(), close() }. */
export function cropper({ ask, set, look }) {
  const known = new Map(); // key -> { canvas, spot, state: "new" | "asked" | "there" }
  let asked = []; // keys on the sheet that is under way
  let closed = false;

  const keyOf = ({ picture, revision, thing, joints }) => [picture, revision, thing ?? "", joints.join(".")].join("/");

  function of(spot) {
    const key = keyOf(spot);
    if (!known.has(key)) {
      const canvas = element("canvas", { class: "crop", width: 280, height: 210, role: "img", "aria-label": spot.name });
      known.set(key, { canvas, spot, state: "new" });
    }
    return known.get(key).canvas;
  }

  /** Asks for those that are in the page and not there yet. */
  function fetch() {
    if (asked.length) return;
    asked = [...known].filter(([, one]) => one.state === "new" && one.canvas.isConnected).slice(0, AT_ONCE).map(([key]) => key);
    if (!asked.length) return;
    for (const key of asked) known.get(key).state = "asked";
    ask(asked.map((key) => known.get(key).spot));
  }

  async function answer({ url, columns, cell: [height, width], crops }) {
    const keys = asked;
    asked = [];
    const sheet = new Image();
    sheet.src = url;
    try {
      await sheet.decode();
    } catch {
      for (const key of keys) known.get(key).state = "lost";
      return;
    }
    if (closed) return;
    keys.forEach((key, number) => {
      const one = known.get(key);
      one.state = "there";
      one.canvas.width = width;
      one.canvas.height = height;
      const context = one.canvas.getContext("2d");
      const [left, top] = [(number % columns) * width, Math.floor(number / columns) * height];
      context.drawImage(sheet, left, top, width, height, 0, 0, width, height);
      if (crops[number]) draw(context, crops[number], one.spot);
      else one.canvas.classList.add("unreadable");
      one.canvas.dataset.there = "";
    });
    fetch();
  }

  function draw(context, { people }, { thing, joints }) {
    const lines = set.limbs.map((pair) => ({ joints: pair }));
    const ratio = context.canvas.width / 280;
    for (const { points, it } of [...people].sort((a, b) => a.it - b.it)) {
      const seen = points.flatMap(([x, y, v], joint) => (v > 0 ? [{ x, y, joint, score: v > 1 ? 1 : 0.5 }] : []));
      context.globalAlpha = it ? 1 : OTHERS;
      person(context, { points: seen, lines }, { sides: set.sides, visible: 0, scale: 1, stroke: STROKE * ratio, look });
      if (it && thing !== null && joints.length <= RINGS) {
        for (const { x, y, joint } of seen.filter((point) => joints.includes(point.joint))) {
          ring(context, { x, y }, { side: set.sides[joint], scale: 1, ratio, look });
        }
      }
    }
    context.globalAlpha = 1;
  }

  return {
    of,
    fetch,
    answer,
    failed() {
      for (const key of asked) known.get(key).state = "lost"; // not asked for again and again
      asked = [];
    },
    close: () => (closed = true),
  };
}
