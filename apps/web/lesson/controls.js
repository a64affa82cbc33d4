// The controls of a step: sliders, choices, and the joint by its name. What is dragged in the picture has none here.
import { element } from "../dom.js";
import { say } from "../words.js";

/** tools: set(change, done), jointName(i), joints; state: how they stand. */
export function controls(names, declared, state, tools) {
  return names
    .map((name) => {
      const control = declared[name];
      if (name === "joint") return joint(state.joint, tools);
      if (control.kind === "slider") return slider(name, control, state[name], tools);
      if (control.kind === "options") return options(name, control, state[name], tools);
      return null;
    })
    .filter(Boolean);
}

/** How many digits behind the point a slider of that step has. */
export const digitsOf = (step) => Math.max(0, Math.ceil(-Math.log10(step)));

function slider(name, { low, high, step }, value, tools) {
  const digits = digitsOf(step);
  const shown = element("output", {}, value.toFixed(digits));
  const input = element("input", { type: "range", min: low, max: high, step, value, "aria-label": say(`lesson.${name}`) });
  const change = (done) => () => {
    shown.textContent = Number(input.value).toFixed(digits);
    tools.set({ [name]: Number(input.value) }, done);
  };
  input.addEventListener("input", change(false));
  input.addEventListener("change", change(true));
  return element("label", { class: "control slider", "data-control": name }, element("span", {}, say(`lesson.${name}`)), input, shown);
}

function options(name, { options }, value, tools) {
  const buttons = options.map((option) =>
    element(
      "button",
      { type: "button", "aria-pressed": String(option === value), "data-option": option, onclick: () => tools.set({ [name]: option }, true) },
      say(`lesson.${name}.${option}`),
    ),
  );
  return element("div", { class: "control", role: "group", "aria-label": say(`lesson.${name}`), "data-control": name }, element("span", {}, say(`lesson.${name}`)), element("div", { class: "group" }, ...buttons));
}

function joint(value, tools) {
  const select = element("select", { onchange: () => tools.set({ joint: Number(select.value) }, true) });
  tools.joints.forEach((_, i) => select.append(element("option", { value: i }, tools.jointName(i))));
  select.value = value;
  return element("label", { class: "control", "data-control": "joint" }, element("span", {}, say("lesson.joint")), select);
}
