// node --test tests/web/      apps/web/teach/run: what is written and drawn of a run's numbers
import assert from "node:assert/strict";
import test from "node:test";
import { smoothed } from "../../apps/web/teach/run/chart.js";
import { near } from "./near.mjs";

test("a smoothed loss begins where the loss begins, and falls by factors", () => {
  near(smoothed([[20, 8]], 0.9), [[20, 8]], 1e-9, "the first");
  const [, [, second]] = smoothed([[0, 100], [1, 1]], 0.5);
  near(second, 100 ** (1 / 3), 1e-9, "the second"); // weights 1/3 and 2/3 of the logarithms
});

test("smoothed by nothing a loss is itself, and what has no logarithm is left out", () => {
  const points = [[0, 3], [1, 2.5], [2, 0], [3, null], [4, 0.1]];
  const kept = smoothed(points, 0);
  assert.deepEqual(kept.map(([step]) => step), [0, 1, 4]);
  kept.forEach(([, value], place) => near(value, [3, 2.5, 0.1][place], 1e-9, `point ${place}`));
});
