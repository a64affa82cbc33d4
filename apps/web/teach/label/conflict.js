// Somebody else changed the picture meanwhile: both versions side by side, and a choice.
import { element } from "../../dom.js";
import { say } from "../../words.js";
import { paint } from "./paint.js";
import { counted, differing } from "./things.js";
import { fitted } from "./view.js";

/** told(mine): true where one's own version is to hold. Gives { root, show(scene, mine, theirs), close(), open };
 *  scene: { levels, size, set, colors }. */
export function conflict(told) {
  const versions = ["mine", "theirs"].map((whose) => {
    const canvas = element("canvas", { role: "img" });
    const count = element("p", { class: "aside" });
    const button = element("button", { type: "button", "data-keep": whose, onclick: () => choose(whose === "mine") }, say(`teach.label.keep_${whose}`));
    return { whose, canvas, count, button, root: element("figure", {}, element("figcaption", {}, say(`teach.label.${whose}`)), canvas, count, button) };
  });
  const differ = element("p", {});
  const root = element("dialog", { class: "label-conflict", "aria-label": say("teach.label.conflict") },
    element("h3", {}, say("teach.label.conflict")), differ, element("div", { class: "versions" }, ...versions.map((one) => one.root)));
  root.addEventListener("cancel", (event) => event.preventDefault()); // one of them has to hold

  function choose(mine) {
    root.close();
    told(mine);
  }

  return {
    root,
    get open() { return root.open; },
    close: () => root.close(),
    show({ levels, size, set, colors }, ...both) {
      differ.textContent = say("teach.label.conflict_what", { count: differing(...both) });
      if (!root.open) root.showModal();
      versions.forEach(({ whose, canvas, count }, i) => {
        canvas.style.aspectRatio = `${size[0]} / ${size[1]}`;
        const { width, height } = canvas.getBoundingClientRect();
        paint(canvas, { levels, size, set, colors, view: fitted(size, [width, height]), things: both[i], chosen: { thing: 0, joint: -1 } });
        const { labeled, things } = counted(both[i]);
        count.textContent = say("teach.label.version_has", { labeled, things });
        canvas.setAttribute("aria-label", say("teach.label.version_alt", { whose: say(`teach.label.${whose}`), labeled, things }));
      });
    },
  };
}
