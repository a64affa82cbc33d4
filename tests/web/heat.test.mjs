// node --test tests/web/      apps/web/photo/heat.js: a heatmap made finer, and where it lies on a canvas over the photo
import assert from "node:assert/strict";
import test from "node:test";
import { apply, compose } from "../../apps/web/maths.js";
import { FINER, finer, placed } from "../../apps/web/photo/heat.js";
import { near } from "./near.mjs";

const [WIDTH, HEIGHT] = [12, 16];
const gaussian = (x, y) =>
  Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => Math.exp(-((i % WIDTH - x) ** 2 + (Math.floor(i / WIDTH) - y) ** 2) / 8));

test("an even map stays even to its edges, and a slope stays a slope inside", () => {
  near([...finer(new Float32Array(WIDTH * HEIGHT).fill(0.7), WIDTH, HEIGHT)], Array(WIDTH * HEIGHT * FINER ** 2).fill(0.7), 1e-6, "even");
  const slope = finer(Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => i % WIDTH), WIDTH, HEIGHT);
  for (let x = 8; x < (WIDTH - 2) * FINER; x++) near([slope[x]], [(x + 0.5) / FINER - 0.5], 1e-6, `column ${x}`);
});

test("with an odd factor the values themselves are there", () => {
  const values = gaussian(4.3, 9.8);
  const fine = finer(values, WIDTH, HEIGHT, 3);
  for (let i = 0; i < values.length; i++) {
    const [x, y] = [3 * (i % WIDTH) + 1, 3 * Math.floor(i / WIDTH) + 1];
    near([fine[y * 3 * WIDTH + x]], [values[i]], 1e-6, `pixel ${i}`);
  }
});

test("the peak of a Gaussian between pixels lies on the canvas within a photo pixel of where it is on the photo", () => {
  const toPhoto = [[2.5, 0, 31.25], [0, 2.5, -7.5]]; // a heatmap pixel is 2.5 photo pixels
  for (const scale of [0.5, 1, 2.75]) {
    for (const at of [[4, 9], [5.5, 8.25], [6.3, 6.8], [3.9, 10.4]]) {
      const fine = finer(gaussian(...at), WIDTH, HEIGHT);
      const highest = fine.indexOf(Math.max(...fine));
      const drawn = [(highest % (WIDTH * FINER)) + 0.5, Math.floor(highest / (WIDTH * FINER)) + 0.5];
      const canvas = apply(placed(toPhoto, scale), drawn);
      const photo = canvas.map((place) => place / scale - 0.5); // the center of the first photo pixel is (0, 0)
      const there = apply(toPhoto, at);
      assert.ok(Math.hypot(photo[0] - there[0], photo[1] - there[1]) <= 1, `${at} at ${scale}: ${photo}, not ${there}`);
    }
  }
});

test("the center of a heatmap pixel keeps its place, whatever the factor", () => {
  const toPhoto = [[3, 0.5, 10], [-0.25, 4, 20]];
  for (const factor of [1, 4, 7]) {
    const [x, y] = apply(placed(toPhoto, 2, factor), [2.5 * factor, 5.5 * factor]); // the center of the pixel (2, 5)
    near([x, y], apply(compose([[2, 0, 1], [0, 2, 1]], toPhoto), [2, 5]), 1e-12, `factor ${factor}`);
  }
});
