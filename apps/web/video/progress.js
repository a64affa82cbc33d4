// How far it is: sending, waiting for others, working with the time that is left; and the button that ends it.
import { element } from "../dom.js";
import { say } from "../words.js";
import { clock } from "./clock.js";

const KNOWN = 1.5; // seconds of work after which the time that is left is worth saying

/** stop(): what the button does. Gives { root, sending(share), looking(), waiting(before), working(share), hide() }. */
export function progressPart(stop) {
  const bar = element("progress", { max: 1 });
  const line = element("span", { class: "line", role: "status" });
  const left = element("span", { class: "aside left-time" });
  const button = element("button", { type: "button", class: "cancel", onclick: stop }, say("video.cancel"));
  const root = element("div", { class: "progress", hidden: true }, bar, element("div", { class: "said" }, line, left, button));
  let begun = null; // [seconds, share] of the first share that was told

  const tell = (text, share) => {
    root.hidden = false;
    if (line.textContent !== text) line.textContent = text;
    if (share > 0) bar.value = share;
    else bar.removeAttribute("value");
    bar.setAttribute("aria-label", text);
  };
  const waiting = (text, share) => {
    begun = null;
    left.textContent = "";
    tell(text, share);
  };

  return {
    root,
    sending: (share) => waiting(say("video.sending"), share),
    looking: () => waiting(say("video.looking"), 0),
    waiting: (before) => waiting(before > 0 ? say(before === 1 ? "frame.next" : "frame.place", { count: before }) : say("video.beginning"), 0),

    working(share) {
      const now = performance.now() / 1000;
      tell(say("video.working"), share);
      if (!(share > 0)) return;
      begun ??= [now, share];
      const [seconds, done] = [now - begun[0], share - begun[1]];
      const known = seconds > KNOWN && done > 0;
      const percent = `${Math.floor(100 * share)} %`;
      left.textContent = known ? say("video.left", { percent, time: clock((seconds * (1 - share)) / done) }) : percent;
    },

    hide() {
      root.hidden = true;
      begun = null;
    },
  };
}
