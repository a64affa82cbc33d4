// What the tests of this folder compare by.
import assert from "node:assert/strict";

/** All numbers within the tolerance, of the value, or absolute where it is below 1. */
export function near(actual, expected, tolerance, about) {
  const [a, b] = [actual, expected].map((values) => [values].flat(Infinity));
  assert.equal(a.length, b.length, about);
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i] - b[i]);
    assert.ok(difference <= tolerance * Math.max(1, Math.abs(b[i])), `${about}: ${a[i]} instead of ${b[i]}, value ${i}`);
  }
}
