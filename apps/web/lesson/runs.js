// A lesson's texts: paragraphs of runs, as lessons/words.py makes them. Words that name a part light it up.
import { element } from "../dom.js";

/** light(part or null, keep): keep where the part stays lit until another one is. */
export function paragraphs(list, light, attributes = {}) {
  return list.map((runs) => element("p", attributes, ...runs.map((run) => one(run, light))));
}

function one({ text, part, style }, light) {
  if (style === "code") return element("code", {}, text);
  if (style === "strong") return element("strong", {}, text);
  if (!part) return text;
  return element(
    "button",
    {
      type: "button",
      class: "word",
      "data-light": part,
      onpointerenter: (event) => event.pointerType === "mouse" && light(part),
      onpointerleave: (event) => event.pointerType === "mouse" && light(null),
      onfocus: () => light(part),
      onblur: () => light(null),
      onclick: () => light(part, true),
    },
    text,
  );
}
