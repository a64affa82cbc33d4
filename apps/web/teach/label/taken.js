// A picture that does not belong goes out of the set with a click, and comes back with another.
import { element } from "../../dom.js";
import { say } from "../../words.js";

/** out(), back(id). Gives { button, line, gone(id, name), came() }. */
export function taken({ out, back }) {
  const button = element("button", { type: "button", class: "take-out", "data-do": "take_out", title: say("teach.label.take_out_what"), onclick: out }, say("teach.label.take_out"));
  const words = element("span");
  const undo = element("button", { type: "button", class: "small", "data-do": "put_back" }, say("teach.label.put_back"));
  const line = element("p", { class: "row taken", role: "status", hidden: true }, words, undo);
  return {
    button, line,
    gone(id, name) {
      words.textContent = say("teach.label.taken", { name });
      undo.onclick = () => back(id);
      line.hidden = false;
    },
    came: () => (line.hidden = true),
  };
}
