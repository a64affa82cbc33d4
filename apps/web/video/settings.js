// What is known of the clip, how it is to be done, and what can be taken away when it is.
import { element } from "../dom.js";
import { say } from "../words.js";
import { clock, counted } from "./clock.js";

/** told: start(), smooth(on). Gives { root, clip(clip), done(value, working), part(), smooth(on), hide() }. */
export function settingsPart(props, told) {
  const name = element("h2", { class: "name" });
  const facts = element("p", { class: "aside facts" });
  const long = element("p", { class: "long", hidden: true });
  const number = (kind) => element("input", { type: "number", class: kind, min: 0, step: 0.1 });
  const [start, end] = [number("start"), number("end")];
  const smooth = element("input", { type: "checkbox", class: "smooth", onchange: () => told.smooth(smooth.checked) });
  const begin = element("button", { type: "submit", class: "primary begin" });
  const form = element(
    "form",
    { "data-control": "settings", onsubmit: (event) => (event.preventDefault(), told.start()) },
    element("div", { class: "part" }, element("label", {}, say("video.from"), start), element("label", {}, say("video.to"), end)),
    long,
    element("label", { class: "check" }, smooth, say("video.smooth")),
    begin,
  );
  const result = element("p", { class: "result", role: "status" });
  const downloads = element("div", { class: "downloads", "data-control": "downloads" });
  const after = element("div", { class: "after", hidden: true }, result, downloads);
  const root = element("section", { class: "card", hidden: true }, name, facts, after, form);
  let shown = null; // the clip whose part is in the fields

  return {
    root,

    clip(clip) {
      root.hidden = false;
      if (shown === clip.file) return;
      shown = clip.file;
      name.textContent = clip.name;
      const parts = [`${clip.width} × ${clip.height}`, clip.seconds === null ? say("video.unknown_length") : clock(clip.seconds, 1)];
      facts.textContent = [...parts, say(clip.sound ? "video.sound" : "video.silent")].join(" · ");
      const most = Math.min(clip.seconds ?? props.most_seconds, props.most_seconds);
      start.value = 0;
      end.value = Math.ceil(10 * most) / 10;
      start.max = end.max = Math.ceil(10 * (clip.seconds ?? props.most_seconds)) / 10;
      long.hidden = !(clip.seconds > props.most_seconds);
      long.textContent = long.hidden ? "" : say("video.long", { length: clock(clip.seconds), most: clock(props.most_seconds) });
      begin.textContent = say("video.begin");
    },

    /** value: the answer of the bench "clip", or null; working: whether it is under way. */
    done(value, working) {
      after.hidden = !value;
      begin.disabled = working;
      begin.textContent = say(value ? "video.again" : "video.begin");
      if (!value) return;
      const { people, frames, seconds } = value;
      const count = counted(people);
      result.textContent = say("video.result", { people: count, frames, seconds: seconds.toFixed(1) }) + (value.damaged ? ` ${say("video.damaged")}` : "");
      const link = (kind) => element("a", { class: "download", href: value[kind], download: value.names[kind] }, say(`video.save_${kind}`));
      downloads.replaceChildren(...["video", "json", "csv"].map(link));
    },

    /** What is to be done of the clip: start, and end where it is not all. */
    part() {
      const [from, to] = [start, end].map((field) => (Number.isFinite(field.valueAsNumber) ? field.valueAsNumber : null));
      return { start: from ?? 0, end: to };
    },

    smooth: (on) => (smooth.checked = on),
    hide: () => (root.hidden = true),
  };
}
