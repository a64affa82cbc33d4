// Holds apps/web/augment/steps.js to what Python walked: steps.json, see steps_golden.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { around, jointsOf, walk } from "../../apps/web/augment/steps.js";
import { near } from "./near.mjs";

const golden = JSON.parse(readFileSync(new URL("./steps.json", import.meta.url)));
const PIXELS = 2e-4; // Python keeps joints in single precision
const { person, size } = golden;

test("every tile of every preset is Python's: affine map, joints, box", () => {
  assert.ok(golden.walks.length >= 24);
  for (const { preset, choices, tiles } of golden.walks) {
    const walked = walk(person, size, preset, choices);
    for (const [name, tile] of Object.entries(tiles)) {
      const about = `${preset.name} ${name} ${JSON.stringify(choices)}`;
      for (const part of ["affine", "points", "box"]) near(walked.tiles[name][part], tile[part], PIXELS, `${about} ${part}`);
    }
  }
});

test("every joint counts as in Python, and its map has the same height and sum", () => {
  for (const { preset, choices, joints, sums } of golden.walks) {
    const walked = walk(person, size, preset, choices);
    const about = `${preset.name} ${JSON.stringify(choices)}`;
    assert.deepEqual(walked.joints.map(({ joint }) => joint), joints.map(({ joint }) => joint), about);
    near(walked.joints.map(({ weight }) => weight), joints.map(({ weight }) => weight), 1e-6, about);
    near(walked.joints.map(({ values }) => Math.max(...values)), joints.map(({ peak }) => peak), 1e-4, about);
    near(walked.joints.map(({ values }) => values.reduce((sum, value) => sum + value, 0)), sums, 1e-4, about);
  }
});

test("the half of a body is its labeled joints, or nothing where they are too few", () => {
  const { choices } = golden.walks.find(({ choices }) => choices.half === "upper");
  assert.deepEqual(jointsOf("upper", person.keypoints, person.skeleton), choices.joints);
  const alone = person.keypoints.map((point, joint) => (joint === 0 ? point : [0, 0, 0]));
  assert.deepEqual(jointsOf("upper", alone, person.skeleton), []);
});

test("a box around joints is Python's", () => near(around(person.keypoints.slice(0, 4), 0.1), golden.around, PIXELS, "box"));

test("a part that is left out changes only what stands after it", () => {
  const { preset, choices } = golden.walks.find(({ choices }) => choices.half === "upper" && "flip" in choices);
  const { flip, ...without } = choices;
  const [whole, cut] = [choices, without].map((chosen) => walk(person, size, preset, chosen).tiles);
  assert.deepEqual(cut.half, whole.half);
  assert.deepEqual(cut.affine, whole.affine);
  assert.notDeepEqual(cut.flip, whole.flip);
});
