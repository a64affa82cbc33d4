// node --test tests/web/      holds apps/web/maths.js to what Python computed: maths.json, see maths_golden.py
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import * as maths from "../../apps/web/maths.js";
import { near } from "./near.mjs";

const golden = JSON.parse(readFileSync(new URL("./maths.json", import.meta.url)));

// Affine maps, targets and OKS are the same double arithmetic; Python's decoder blurs in single precision.
const SAME = 1e-9;
const SINGLE = 2e-7; // what single precision rounds
const DECODED = 1e-4; // heatmap pixels

test("the three crop rules are Python's", () => assert.deepEqual(maths.RULES, golden.rules));

test("a box becomes the same affine map under every rule, turned, scaled, shifted and mirrored", () => {
  for (const { box, size, rule, affine, mirrored, ...view } of golden.affines) {
    const about = JSON.stringify({ rule, box, size, ...view });
    near(maths.cropAffine(box, size, maths.RULES[rule], view), affine, SAME, about);
    near(maths.cropAffine(box, size, maths.RULES[rule], { ...view, mirrored: true }), mirrored, SAME, about);
  }
});

test("points move through a map and back through its inverse", () => {
  for (const { affine, point, there, back } of golden.affines) {
    near(maths.apply(affine, point), there, SAME, "there");
    near(maths.apply(maths.inverse(affine), point), back, SAME, "back");
    near(maths.compose(maths.inverse(affine), affine), [[1, 0, 0], [0, 1, 0]], 1e-9, "there and back");
  }
  assert.deepEqual(maths.apply([[1, 0, 5], [0, 1, 6]], [1, 2, 0.75]), [6, 8, 0.75]);
  assert.throws(() => maths.inverse([[1, 2, 0], [2, 4, 0]]), /no inverse/);
});

test("the corners of a crop are the outer edges of its corner pixels", () => {
  const found = maths.corners([[2, 0, -10], [0, 2, -20]], [4, 6]);
  near(found, [[4.75, 9.75], [7.75, 9.75], [7.75, 11.75], [4.75, 11.75]], SAME, "corners");
});

test("a joint becomes the same Gaussian under every kind of target", () => {
  for (const { kind, point, size, sigma, values, weight } of golden.targets) {
    const made = maths.encode([...point, 1], size, sigma, kind);
    assert.equal(made.weight, weight, `${kind} ${point}`);
    near([...made.values], values, SINGLE, `${kind} ${point}`);
  }
});

test("a joint stops to count exactly where Python says, quirks included", () => {
  for (const { kind, point, weight, sum } of golden.weights) {
    const made = maths.encode([...point, 1], [256, 192], 2, kind);
    assert.equal(made.weight, weight, `${kind} ${point}`);
    near(made.values.reduce((total, value) => total + value, 0), sum, 1e-5, `${kind} ${point}`);
  }
  assert.equal(maths.encode([20, 20, 0], [256, 192]).weight, 0);
});

test("a map is decoded to the same place by every decoder", () => {
  for (const { map, kind, kernel, found } of golden.decoded) {
    const { values, h, w } = golden.maps[map];
    const [x, y, height] = maths.decode(Float32Array.from(values), h, w, kind, kernel);
    const about = `${map}, ${kind}, kernel ${kernel}`;
    near([x, y], found.slice(0, 2), kind === "argmax" || kind === "quarter" ? 0 : DECODED, about);
    near(height, found[2], SINGLE, about);
  }
});

test("OKS is Python's, and 0 where no joint counts", () => {
  for (const { a, b, area, sigmas, oks } of golden.oks) near(maths.oks(a, b, area, sigmas).oks, oks, SAME, "oks");
});

test("a kernel of an even side is refused", () => assert.throws(() => maths.gaussianKernel(8), /odd number/));
