// The table of layers: shape, parameters, multiply-adds and milliseconds of every convolution, largest first if wished.
import { element } from "../dom.js";
import { language, say } from "../words.js";
import { number } from "./parts.js";

const COLUMNS = ["name", "kernel", "inputs", "outputs", "parameters", "macs", "milliseconds"];
const whole = new Intl.NumberFormat(language);

/** told: measure(). Gives { root, show(table) }. */
export function layersPart(told) {
  const body = element("tbody"), foot = element("tfoot");
  const buttons = new Map(COLUMNS.map((name) =>
    [name, element("button", { type: "button", class: "plain", onclick: () => sort(name) }, say(`inside.layer.${name}`))]));
  const heads = [...buttons].map(([name, button]) => element("th", { scope: "col", "data-column": name }, button));
  const caption = element("caption");
  const table = element("table", { class: "layer-table" }, caption, element("thead", {}, element("tr", {}, ...heads)), body, foot);
  const scroller = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("inside.layers"), hidden: true }, table);
  const waiting = element("p", { class: "aside", role: "status" });
  const root = element("details", { class: "layers", "data-control": "layers" }, element("summary", {}, say("inside.layers")), waiting, scroller);
  let shown = null, by = null, down = true;

  root.addEventListener("toggle", () => {
    if (!root.open || shown) return;
    waiting.textContent = say("inside.measuring");
    told.measure();
  });

  const size = (layer) => layer[0] * layer[1] * layer[2];
  const worth = { name: (layer) => shown.layers.indexOf(layer), kernel: (l) => l.kernel * 10 + l.stride, inputs: (l) => size(l.inputs), outputs: (l) => size(l.outputs) };

  /** Largest first, then smallest first, then as they run. */
  function sort(name) {
    if (by !== name) [by, down] = [name, true];
    else if (down) down = false;
    else by = null;
    fill();
  }

  function fill() {
    const rows = [...shown.layers];
    const value = worth[by] ?? ((layer) => layer[by]);
    if (by) rows.sort((a, b) => (down ? value(b) - value(a) : value(a) - value(b)));
    for (const head of heads) {
      const own = head.dataset.column === by;
      head.setAttribute("aria-sort", own ? (down ? "descending" : "ascending") : "none");
    }
    const most = Math.max(...shown.layers.map(({ milliseconds }) => milliseconds));
    body.replaceChildren(...rows.map((layer) => {
      const time = element("td", { class: "time" }, number(layer.milliseconds, 2));
      time.style.setProperty("--share", layer.milliseconds / most);
      return element(
        "tr", {},
        element("th", { scope: "row" }, layer.name),
        element("td", {}, `${layer.kernel}×${layer.kernel}${layer.stride > 1 ? ` /${layer.stride}` : ""}`),
        element("td", {}, layer.inputs.join("×")),
        element("td", {}, layer.outputs.join("×")),
        element("td", {}, whole.format(layer.parameters)),
        element("td", {}, whole.format(layer.macs)),
        time,
      );
    }));
  }

  return {
    root,
    failed() {
      waiting.textContent = "";
    },
    show(answer) {
      shown = answer;
      waiting.textContent = "";
      scroller.hidden = false;
      caption.textContent = say("inside.layers_of", { network: answer.network, height: answer.input[0], width: answer.input[1], count: answer.layers.length });
      fill();
      foot.replaceChildren(element(
        "tr", {},
        element("th", { scope: "row", colspan: "4" }, say("inside.sum")),
        element("td", {}, whole.format(answer.parameters)),
        element("td", {}, whole.format(answer.macs)),
        element("td", {}, number(answer.milliseconds, 1)),
      ));
    },
  };
}
