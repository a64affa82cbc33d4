// The heatmaps of all joints, apart or over what the network saw: as they are, without the cuts, or averaged with the
// mirror's, with and without the one pixel by which the mirror's are moved.
import { element } from "../dom.js";
import { say } from "../words.js";
import { fromSheet, paint, picture } from "./maps.js";
import { choice, jointName, number, scaleOf } from "./parts.js";

const VEIL = 1.5; // hrnet.draw.OPAQUE: from two thirds of its height on, a heatmap hides the photo
const ANSWERS = ["alone", "whole", "shifted", "unshifted", "difference"];

/** told: joint(place), setting(name, value). Gives { root, show({ decoding, change, flip, image }), joint(place),
 *  settings({ answer, over }) }. */
export function heatmapsPart({ magma, signed }, told) {
  const answers = choice(say("inside.answer"), ANSWERS.map((name) => [name, say(`inside.answer.${name}`)]), (value) => told.setting("answer", value));
  const overs = choice(say("inside.over"), [[false, say("inside.apart")], [true, say("inside.over_photo")]], (value) => told.setting("over", value));
  const grid = element("div", { class: "heat-grid" });
  const note = element("p", { class: "aside", role: "status" });
  const scales = { heights: scaleOf(magma), signed: scaleOf(signed) };
  const scale = element("div", { class: "heat-scale" });
  const root = element(
    "section",
    { class: "heatmaps card", "data-control": "heatmaps", hidden: true },
    element("h2", {}, say("inside.heatmaps")),
    element("div", { class: "controls" }, answers.root, overs.root),
    note, grid, scale,
  );
  let parts = null, setting = { answer: "alone", over: true }, chosen = 0, turn = 0;
  const layer = document.createElement("canvas");

  async function draw() {
    if (!parts) return;
    const mine = ++turn;
    const { decoding, change, flip, crop } = parts;
    const { answer } = setting;
    answers.show(answer);
    overs.show(setting.over);
    root.hidden = false;
    // the heights of all answers but the difference are in one scale, so that they can be compared
    const sheet = { alone: decoding.heatmaps, whole: change.whole, shifted: flip?.maps.shifted, unshifted: flip?.maps.unshifted, difference: flip?.difference }[answer];
    if (!sheet) return;
    const [maps, image] = await Promise.all([fromSheet(sheet), picture(crop.url)]);
    if (mine !== turn) return;
    const difference = answer === "difference";
    const limits = difference ? sheet.limits[0] : [0, Math.max(1, ...sheet.max)];
    const [table, shown] = difference ? [signed, scales.signed] : [magma, scales.heights];
    shown.show(...limits, say(difference ? "inside.one_scale" : "inside.height"));
    scale.replaceChildren(shown.root);
    tiles(decoding.joints);
    [...grid.children].forEach((tile, joint) => {
      const canvas = tile.querySelector("canvas");
      if (setting.over && !difference) over(canvas, image, maps, joint, limits, table, decoding);
      else paint(canvas, maps.of(joint), [maps.width, maps.height], limits, table);
      canvas.classList.toggle("smooth", setting.over && !difference);
      const moved = { whole: change.moved[joint], difference: flip?.apart[joint] }[answer];
      tile.querySelector(".value").textContent = moved === undefined ? number(sheet.max[joint], 2) : say("inside.pixels", { pixels: number(moved, 1) });
      canvas.setAttribute("aria-label", say("inside.heatmap_alt", { joint: jointName(decoding.joints[joint]), height: number(sheet.max[joint], 2) }));
    });
    grid.dataset.shown = answer;
    note.textContent = sentence(answer, decoding, change, flip);
    mark();
  }

  /** The crop with one map over it, exactly where it belongs. */
  function over(canvas, image, maps, joint, limits, table, { heatmap_to_crop: [[a, , x], [, d, y]] }) {
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    paint(layer, maps.of(joint), [maps.width, maps.height], limits, table, VEIL);
    // a canvas measures from the corners of pixels, the matrix from their centers
    context.setTransform(a, 0, 0, d, x + 0.5 - a / 2, y + 0.5 - d / 2);
    context.imageSmoothingEnabled = true;
    context.drawImage(layer, 0, 0);
    context.setTransform(1, 0, 0, 1, 0, 0);
  }

  function tiles(joints) {
    if (grid.children.length === joints.length) return;
    grid.replaceChildren(...joints.map((joint, place) => element(
      "button",
      { type: "button", class: "heat", "data-joint": place, onclick: () => told.joint(place) },
      element("canvas", { role: "img" }),
      element("span", { "aria-hidden": "true" }, jointName(joint)),
      element("span", { class: "value", "aria-hidden": "true" }),
    )));
  }

  function sentence(answer, decoding, change, flip) {
    if (answer === "alone") return say("inside.note.alone");
    if (answer === "whole") return say(change.cut.length ? "inside.note.whole" : "inside.note.nothing_cut");
    const mean = flip.apart.reduce((sum, pixels) => sum + pixels, 0) / flip.apart.length;
    return say(flip.own ? "inside.note.flip_shift" : "inside.note.flip_still", { mean: number(mean, 1), joint: jointName(decoding.joints[chosen]), pixels: number(flip.apart[chosen], 1) });
  }

  function mark() {
    for (const tile of grid.children) tile.setAttribute("aria-pressed", String(Number(tile.dataset.joint) === chosen));
  }

  return {
    root,
    show(next) {
      parts = next;
      return draw();
    },
    joint(place) {
      chosen = place;
      mark();
      if (parts?.flip && grid.dataset.shown) note.textContent = sentence(setting.answer, parts.decoding, parts.change, parts.flip);
    },
    settings(next) {
      setting = { ...setting, ...next };
      return draw();
    },
  };
}
