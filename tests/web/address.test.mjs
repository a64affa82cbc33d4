// node --test tests/web/      apps/web/lesson/address.js: the link that a teacher gives a class
import assert from "node:assert/strict";
import test from "node:test";
import { named, written } from "../../apps/web/lesson/address.js";

const CONTROLS = {
  angle: { kind: "slider", low: -90, high: 90 },
  rule: { kind: "options", options: ["udp", "official"] },
  box: { kind: "numbers", count: 4 },
  joints: { kind: "names" },
};
const START = { angle: 0, rule: "udp", box: [1, 2, 3, 4], joints: [] };
const LESSON = { number: 5, controls: CONTROLS, start: START };
const STEP = { name: "turn", start: { angle: 10 }, controls: ["angle", "box"] };
const link = (values) => ({ get: (name) => (values[name] == null ? null : String(values[name])) });

test("an address names controls by their kinds", () => {
  const said = named(CONTROLS, link({ angle: "-12.5", rule: "official", box: "1,2,3,4.5", joints: "nose,left_eye" }));
  assert.deepEqual(said, { angle: -12.5, rule: "official", box: [1, 2, 3, 4.5], joints: ["nose", "left_eye"] });
});

test("what is no value of a control is left out", () => {
  assert.deepEqual(named(CONTROLS, link({ angle: "91", rule: "mine", box: "1,2,3", other: "4" })), {});
  assert.deepEqual(named(CONTROLS, link({ angle: "much", box: "1,2,3,x" })), {});
});

test("only what a step lets move, and what was moved, is written", () => {
  assert.deepEqual(written(LESSON, STEP, { ...START, angle: 10 }), { lesson: 5, step: "turn", angle: null, rule: null, box: null, joints: null });
  const moved = written(LESSON, STEP, { ...START, angle: 30, rule: "official", box: [1.23456, 2, 3, 4] });
  assert.deepEqual(moved, { lesson: 5, step: "turn", angle: 30, rule: null, box: "1.235,2,3,4", joints: null });
});

test("behind the last step stands the exercise", () => {
  assert.equal(written(LESSON, null, START).step, "code");
});

test("what was written is read again", () => {
  const { lesson, step, ...values } = written(LESSON, STEP, { ...START, angle: 30, box: [5, 6, 7, 8] });
  assert.deepEqual(named(CONTROLS, link(values)), { angle: 30, box: [5, 6, 7, 8] });
});
