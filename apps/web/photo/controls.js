// The two thresholds, and what can be taken away.
import { element } from "../dom.js";
import { say } from "../words.js";

/** told: download(kind). */
export function mount(root, { view, kinds, told }) {
  root.append(
    element(
      "div",
      { class: "sliders", "data-control": "sliders" },
      // who is searched anew only once the hand lets go; the joints are there already
      slider("threshold", "change", { min: 0.01, max: 0.99 }),
      slider("visible", "input", { min: 0, max: 1 }),
    ),
    element(
      "div",
      { class: "downloads", "data-control": "downloads", role: "group", "aria-label": say("photo.downloads") },
      ...kinds.map((kind) => element("button", { type: "button", onclick: () => told.download(kind) }, say(`download.${kind}`))),
    ),
  );

  function slider(part, event, limits) {
    const value = element("output", {}, view[part].toFixed(2));
    const input = element("input", { type: "range", "data-part": part, step: "0.01", value: view[part].toFixed(2), ...limits });
    input.addEventListener("input", () => (value.textContent = Number(input.value).toFixed(2)));
    input.addEventListener(event, () => view.set({ [part]: Number(input.value) }));
    // the input first: a label names the first thing in it that can be named, and an output can
    return element("label", { class: "slider" }, element("span", {}, say(`photo.${part}`)), input, value);
  }
}
