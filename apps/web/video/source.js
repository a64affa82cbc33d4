// The ways a clip comes: chosen, dropped, recorded, made of an example; and the live camera.
import { element } from "../dom.js";
import { say } from "../words.js";
import { clock } from "./clock.js";

/** told: clip(file), record(), live(), glide(example), complain(line). host: where clips may be dropped.
 *  Gives { root, live, close() }. */
export function sourcePart(host, props, told) {
  const input = element("input", { type: "file", accept: "video/*,.mkv,.gif", class: "unseen", tabindex: "-1", "aria-label": say("video.choose") });
  input.addEventListener("change", () => {
    if (input.files[0]) told.clip(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });
  const button = (text, onclick, kind) => element("button", { type: "button", class: kind, onclick }, text);
  const live = button(say("video.live"), told.live, "live");
  const thumbnails = props.examples.map((name) =>
    element(
      "button",
      { type: "button", class: "example", "data-example": name, "aria-label": say("video.glide", { name: say(`example.${name}`) }), title: say("video.glide", { name: say(`example.${name}`) }), onclick: () => told.glide(name) },
      element("img", { src: new URL(`../../examples/${name}.jpg`, import.meta.url), alt: "", loading: "lazy" }),
    ));
  const limits = say("video.limits", {
    megabytes: Math.round(props.most_bytes / 1e6), time: clock(props.most_seconds), minutes: Math.round(props.kept_seconds / 60),
  });
  const root = element(
    "div",
    { class: "sources", "data-control": "sources" },
    element("div", { class: "ways" }, input, button(say("video.choose"), () => input.click(), "primary choose"), button(say("video.record"), told.record, "record"), live),
    element("div", { class: "examples", role: "group", "aria-label": say("video.examples") }, element("span", { class: "aside" }, say("video.examples")), ...thumbnails),
    element("p", { class: "aside limits" }, limits),
  );

  const gone = new AbortController();
  const on = (node, kind, call) => node.addEventListener(kind, call, { signal: gone.signal });
  let inside = 0; // entering a child leaves its parent
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  on(host, "dragenter", (event) => carriesFile(event) && host.classList.toggle("over", ++inside > 0));
  on(host, "dragleave", (event) => carriesFile(event) && host.classList.toggle("over", --inside > 0));
  on(document, "dragover", (event) => carriesFile(event) && event.preventDefault());
  on(document, "drop", (event) => {
    if (!carriesFile(event) || !host.isConnected) return;
    event.preventDefault(); // elsewhere on the page the browser would leave it for the file
    inside = 0;
    host.classList.remove("over");
    const file = event.dataTransfer.files[0];
    if (file) told.clip(file);
  });
  return { root, live, close: () => gone.abort() };
}
