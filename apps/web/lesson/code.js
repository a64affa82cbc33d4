// Code in a lesson: the exercise behind the last step, and the source of what a step shows, line by line.
import { element } from "../dom.js";
import { say } from "../words.js";
import { paragraphs } from "./runs.js";

/** What to fill in, in which file, and the command that judges it. */
export function exercise({ text, file, command }, light) {
  const copy = element("button", { type: "button", class: "quiet" }, say("lesson.copy"));
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      copy.textContent = say("lesson.copied");
    } catch {
      getSelection().selectAllChildren(copy.previousSibling);
    }
  });
  return [
    ...paragraphs(text, light),
    element("p", {}, say("lesson.fill_in"), " ", element("code", {}, file)),
    element("p", { class: "command" }, element("code", {}, command), copy),
    element("p", { class: "aside" }, say("lesson.own_process")),
  ];
}

/** A fold that asks for the source when it is opened for the first time. */
export function sourceFold(wanted) {
  const body = element("div", { class: "source" });
  const fold = element("details", { class: "code", "data-control": "source" }, element("summary", {}, say("lesson.source")), body);
  fold.addEventListener("toggle", () => {
    if (fold.open && !body.firstChild) wanted();
  });
  return fold;
}

/** What stands in the fold: functions with their place and their lines; a line lights up the part that it makes. */
export function sourceLines(sources, light) {
  const line = ({ text, parts }) =>
    element("span", { class: "line", "data-parts": parts.join(" "), onpointerenter: () => parts.length && light(parts[0]), onpointerleave: () => parts.length && light(null) }, `${text}\n`);
  return sources.flatMap(({ name, file, line: first, lines }) => [
    element("p", { class: "aside" }, say("lesson.source_at", { name, file, line: first })),
    element("pre", { tabindex: "0", "aria-label": name }, element("code", {}, ...lines.map(line))),
  ]);
}
