// The same few validation pictures at every validation: what the network answered, drawn as everywhere, and a thin line
// from there to where the label is. A slider goes through the validations; at its end it stays with the newest.
import { element } from "../../dom.js";
import { person, ring, strokeOf } from "../../marks.js";
import { say } from "../../words.js";

/** moved(step or null) hears which validation is shown, null for the newest. Gives { root, show(answer), go(step),
 *  light(joint), step }. */
export function pictures(moved) {
  const slider = element("input", { type: "range", min: "0", max: "0", value: "0", step: "1", oninput: () => choose(Number(slider.value), true) });
  const at = element("output", {});
  const labels = element("input", { type: "checkbox", checked: true, onchange: draw });
  const grid = element("div", { class: "pictures" });
  const root = element("section", { class: "seen card" },
    element("div", { class: "row" },
      element("h3", {}, say("teach.run.seen")),
      element("label", { class: "through" }, element("span", { class: "unseen" }, say("teach.run.through")), slider, at),
      element("label", { class: "labels" }, labels, say("teach.run.labels"))),
    element("p", { class: "aside" }, say("teach.run.seen.what")),
    grid);
  let given = null; // { steps, pictures, look, joints, sides, limbs }
  let newest = true; // whether the slider goes along with what comes
  let place = 0;
  let lit = null;
  root.hidden = true;

  function choose(next, byHand) {
    place = Math.min(Math.max(next, 0), given.steps.length - 1);
    newest = place === given.steps.length - 1;
    slider.value = String(place);
    const { step } = given.steps[place];
    at.textContent = say("teach.run.step", { step });
    slider.setAttribute("aria-valuetext", at.textContent);
    draw();
    if (byHand) moved(newest ? null : step);
  }

  function draw() {
    if (!given?.steps.length) return;
    const people = given.steps[place].people;
    [...grid.children].forEach((figure, number) => paint(figure.querySelector("canvas"), given.pictures[number], people[number] ?? [], given, { lit, labels: labels.checked }));
  }

  function lay() {
    grid.replaceChildren(...given.pictures.map((one) => {
      const image = element("img", { alt: "", src: one.url ?? "", onerror: () => image.removeAttribute("src") });
      const { view: [, , w, h] } = one;
      const frame = element("div", { class: "frame" }, image, element("canvas", { role: "img", "aria-label": say("teach.run.picture", { name: one.name }) }));
      frame.style.aspectRatio = `${w} / ${h}`;
      return element("figure", {}, frame, element("figcaption", { class: "aside" }, one.name));
    }));
  }

  const resized = new ResizeObserver(draw);
  resized.observe(grid);

  return {
    root,
    get step() {
      return given?.steps.length && !newest ? given.steps[place].step : null;
    },
    show(answer) {
      if (!answer?.steps.length) {
        given = null;
        root.hidden = true;
        grid.replaceChildren();
        return;
      }
      const fresh = answer.run !== given?.run;
      given = { ...answer, pictures: answer.pictures ?? given?.pictures ?? [] };
      root.hidden = false;
      if (fresh) newest = true;
      if (answer.pictures) lay();
      slider.max = String(given.steps.length - 1);
      slider.disabled = given.steps.length < 2;
      choose(newest ? given.steps.length - 1 : place, false);
    },
    go(step) {
      if (!given) return;
      const nearest = given.steps.reduce((best, one, number) => (Math.abs(one.step - step) < Math.abs(given.steps[best].step - step) ? number : best), 0);
      choose(nearest, true);
    },
    light(joint) {
      lit = joint;
      draw();
    },
    close: () => resized.disconnect(),
  };
}

function paint(canvas, picture, people, { look, joints, sides, limbs }, { lit, labels }) {
  const { view: [x0, y0, w] } = picture;
  const shown = canvas.clientWidth;
  if (!shown) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(shown * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const scale = canvas.width / w;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const { keypoints, labeled, box: [, , width, height] } of people) {
    const points = keypoints.map(([x, y, score], joint) => ({ x: x - x0, y: y - y0, score, joint }));
    const marks = { points, lines: limbs.map((pair) => ({ joints: pair })) };
    if (labels) misses(context, points, labeled, { x0, y0, scale, ratio, look });
    person(context, marks, { sides, visible: -Infinity, scale, stroke: strokeOf({ w: width, h: height }, scale, canvas, look), look });
    const chosen = points[joints.indexOf(lit)];
    if (chosen) ring(context, chosen, { side: sides[chosen.joint], scale, ratio, look });
  }
}

/** A thin line from each answer to its label, and a cross there. */
function misses(context, points, labeled, { x0, y0, scale, ratio, look }) {
  context.setLineDash([]);
  labeled.forEach(([x, y, seen], joint) => {
    if (!seen) return;
    const [there, own] = [[x - x0, y - y0], [points[joint].x, points[joint].y]].map((one) => one.map((value) => (value + 0.5) * scale));
    for (const [wide, color] of [[3.5 * ratio, look.colors.casing], [1.5 * ratio, look.colors.core]]) {
      context.lineWidth = wide;
      context.strokeStyle = color;
      context.beginPath();
      context.moveTo(...own);
      context.lineTo(...there);
      for (const [dx, dy] of [[1, 1], [1, -1]]) {
        const arm = 3.5 * ratio;
        context.moveTo(there[0] - arm * dx, there[1] - arm * dy);
        context.lineTo(there[0] + arm * dx, there[1] + arm * dy);
      }
      context.stroke();
    }
  });
}
