// Which color and shape is which side of the person, with the joints of each side: pointing at one shows its heatmap.
import { element } from "../dom.js";
import { jointButton, jointName, pointing } from "../table.js";
import { same } from "../view.js";
import { say } from "../words.js";

const SIDES = ["left", "right", "middle"];

export function mount(root, { view }) {
  const host = element("section", { class: "legend", "data-control": "legend", "aria-label": say("photo.legend"), hidden: true });
  root.append(host);
  let known = "";

  function render() {
    host.hidden = !view.shown?.rows[0].cells.length;
    if (host.hidden) return;
    const { joints, sides } = view.shown.skeleton;
    if (known !== joints.join()) {
      known = joints.join();
      host.replaceChildren(...SIDES.filter((side) => sides.includes(side)).map((side) => group(side, joints, sides)));
    }
    for (const button of host.querySelectorAll("[data-joint] button")) {
      const own = { person: view.subject, joint: Number(button.parentElement.dataset.joint) };
      button.parentElement.classList.toggle("lit", same(view.joint, own));
      button.setAttribute("aria-pressed", String(same(view.pin, own)));
    }
  }

  function group(side, joints, sides) {
    const members = joints.map((name, joint) => ({ name, joint })).filter(({ joint }) => sides[joint] === side);
    return element(
      "div",
      { class: "legend-side", role: "group", "aria-label": say(`photo.side.${side}`) },
      element("span", { class: "legend-name" }, element("i", { class: `side ${side}`, "aria-hidden": "true" }), say(`photo.side.${side}`)),
      ...members.map(({ name, joint }) => {
        const own = () => ({ person: view.subject, joint });
        const button = jointButton(view, name, side, own, short(name, side));
        button.setAttribute("aria-label", jointName(name));
        return element("span", { "data-joint": joint, ...pointing(view, own) }, button);
      }),
    );
  }

  view.watch(render);
}

/** A joint's name without its side, which stands before it. */
function short(name, side) {
  return jointName(name.replace(`${side}_`, ""));
}
