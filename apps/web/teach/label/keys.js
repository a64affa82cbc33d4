// Every key of the editor, once: what it does, and the sheet that lists them all. Keys count only on the picture, so
// that letters typed anywhere else mean nothing. No digits: who writes Chinese chooses words with them.
import { element } from "../../dom.js";
import { say } from "../../words.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// what the sheet shows, what is pressed, what is told; one line each on the sheet
const KEYS = [
  { name: "next_joint", shown: "]", keys: ["]"] },
  { name: "last_joint", shown: "[", keys: ["["] },
  { name: "set_down", shown: "Enter", keys: ["Enter"] },
  { name: "cycle", shown: "V", keys: ["v"] },
  { name: "clear", shown: "⌫", keys: ["Backspace", "Delete"] },
  { name: "swap", shown: "F", keys: ["f"] },
  { name: "undo", shown: "Z", keys: ["z", "ctrl+z"] },
  { name: "redo", shown: "⇧Z", keys: ["shift+z", "ctrl+shift+z", "ctrl+y"] },
  { name: "propose", shown: "P", keys: ["p"] },
  { name: "accept", shown: "A", keys: ["a"] },
  { name: "add", shown: "N", keys: ["n"] },
  { name: "next_thing", shown: "⇧]", keys: ["shift+}", "shift+]", "}"] },
  { name: "last_thing", shown: "⇧[", keys: ["shift+{", "shift+[", "{"] },
  { name: "remove", shown: "⇧⌫", keys: ["shift+Backspace", "shift+Delete"] },
  { name: "box", shown: "B", keys: ["b"] },
  { name: "no_box", shown: "⇧B", keys: ["shift+b"] },
  { name: "closer", shown: "+", keys: ["+", "=", "shift++"] },
  { name: "farther", shown: "−", keys: ["-"] },
  { name: "whole", shown: "W", keys: ["w"] },
  { name: "hide", shown: "H", keys: [] },
  { name: "names", shown: "T", keys: ["t"] },
  { name: "loupe", shown: "M", keys: ["m"] },
  { name: "light", shown: "L", keys: ["l"] },
  { name: "next_picture", shown: ".", keys: [".", "PageDown"] },
  { name: "last_picture", shown: ",", keys: [",", "PageUp"] },
  { name: "unsure", shown: "U", keys: ["u"] },
  { name: "escape", shown: "Esc", keys: ["Escape"] },
  { name: "help", shown: "?", keys: ["?", "shift+?"] },
];
const NAMES = new Map(KEYS.flatMap(({ name, keys }) => keys.map((key) => [key, name])));

/** told: one function for each name above that has keys; nudge([dx, dy], large) and settle() for arrows; hide(held),
 *  space(held). */
export function keys(canvas, told) {
  canvas.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === " " || event.key === "h" || event.key === "H") {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      (event.key === " " ? told.space : told.hide)(true);
      return event.preventDefault();
    }
    const arrow = ARROWS[event.key];
    if (arrow && !event.ctrlKey && !event.metaKey && !event.altKey) {
      told.nudge(arrow, event.shiftKey);
      return event.preventDefault();
    }
    const name = NAMES.get(pressed(event));
    if (!name) return;
    event.preventDefault();
    told[name]();
  });
  canvas.addEventListener("keyup", ({ key }) => {
    if (key === " ") told.space(false);
    else if (key === "h" || key === "H") told.hide(false);
    else if (ARROWS[key]) told.settle();
  });
  canvas.addEventListener("blur", () => {
    told.space(false);
    told.hide(false);
    told.settle();
  });
}

function pressed({ key, shiftKey, ctrlKey, metaKey, altKey }) {
  if (altKey) return "";
  const letter = key.length === 1 ? key.toLowerCase() : key;
  return `${ctrlKey || metaKey ? "ctrl+" : ""}${shiftKey ? "shift+" : ""}${letter}`;
}

/** The list of all keys and gestures, to be opened over the page. */
export function sheet() {
  const rows = [
    ...["click", "drag", "right", "shift_click", "alt_drag", "pan", "wheel"].map((name) => row(say(`teach.label.gesture.${name}`), say(`teach.label.does.${name}`))),
    ...KEYS.map(({ name, shown }) => row(shown, say(`teach.label.key.${name}`))),
    row("← ↑ → ↓", say("teach.label.does.arrows")),
  ];
  const dialog = element("dialog", { class: "label-sheet", "aria-label": say("teach.label.all_keys") },
    element("h3", {}, say("teach.label.all_keys")),
    element("dl", {}, ...rows),
    element("button", { type: "button", class: "primary", onclick: () => dialog.close() }, say("teach.label.close")));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return dialog;
}

const row = (keys, does) => element("div", {}, element("dt", {}, element("kbd", {}, keys)), element("dd", {}, does));
