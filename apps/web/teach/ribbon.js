// The steps in a row: which one is open, which are done, and what each says of itself.
import { element } from "../dom.js";
import { say } from "../words.js";

/** go(name) when one is chosen. Gives { root, show(name of the open one, set) }. */
export function ribbon(steps, go) {
  const parts = steps.map((name, place) => {
    const title = element("span", { class: "title" }, say("teach.step", { number: place + 1, name: say(`teach.step.${name}`) }));
    const said = element("span", { class: "said" });
    const button = element("button", { type: "button", "data-go": name, onclick: () => go(name) }, title, said);
    return { name, said, button, item: element("li", {}, button) };
  });
  const root = element("nav", { class: "ribbon", "aria-label": say("teach.steps"), "data-control": "steps" }, element("ol", {}, ...parts.map(({ item }) => item)));

  return {
    root,
    show(open, set) {
      for (const { name, said, button } of parts) {
        const state = set?.steps[name];
        said.textContent = state?.text ? say(state.text, state.values) : "";
        button.disabled = !set && name !== "bring";
        button.dataset.state = name === open ? "now" : state?.done ? "done" : "ahead";
        if (name === open) button.setAttribute("aria-current", "step");
        else button.removeAttribute("aria-current");
      }
      const now = root.querySelector("[aria-current]"); // on a phone they do not fit side by side
      if (now) root.scrollLeft = now.offsetLeft - (root.clientWidth - now.clientWidth) / 2;
    },
  };
}
