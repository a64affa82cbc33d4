// node --test tests/web/      apps/web/teach/label: joints placed and moved, undone, zoomed, and sent
import assert from "node:assert/strict";
import test from "node:test";
import { history } from "../../apps/web/teach/label/history.js";
import { outbox } from "../../apps/web/teach/label/outbox.js";
import * as T from "../../apps/web/teach/label/things.js";
import * as V from "../../apps/web/teach/label/view.js";
import { near } from "./near.mjs";

const first = { thing: 0, joint: 0 };
const lamp = () => T.add([], 3);

test("a placed joint moves nothing else, and the joint after it is next", () => {
  const things = T.put(T.put(lamp(), first, [10, 20]), { thing: 0, joint: 1 }, [30, 40], T.OCCLUDED);
  assert.deepEqual(things[0].keypoints, [[10, 20, 2], [30, 40, 1], [0, 0, 0]]);
  const moved = T.put(things, first, [11, 21]);
  assert.deepEqual(moved[0].keypoints.slice(1), things[0].keypoints.slice(1));
  assert.equal(T.nextJoint(moved[0], 0), 2);
  assert.equal(T.nextJoint(T.put(moved, { thing: 0, joint: 2 }, [1, 1])[0], 2), -1);
});

test("a joint that was found absent is not asked for again", () => {
  const things = T.clear(lamp(), { thing: 0, joint: 1 });
  assert.equal(T.nextJoint(things[0], 0), 2);
  assert.equal(T.nextJoint(things[0], 2), 0);
});

test("visibility goes from visible over occluded to absent", () => {
  let things = T.put(lamp(), first, [5, 6]);
  things = T.cycle(things, first);
  assert.deepEqual(things[0].keypoints[0], [5, 6, 1]);
  things = T.cycle(things, first);
  assert.deepEqual(things[0].keypoints[0], [0, 0, 0]);
  assert.equal(T.cycle(things, first), things);
});

test("what is proposed is not sent until it is touched or accepted", () => {
  const points = [[1, 2, 0.9], [3, 4, 0.5], null];
  const proposed = T.propose(lamp(), [{ points, box: [0, 0, 9, 9] }], 3);
  assert.deepEqual(T.sendable(proposed), []);
  const touched = T.put(proposed, { thing: 0, joint: 1 }, [7, 7]);
  assert.deepEqual(T.sendable(touched)[0].keypoints, [[0, 0, 0], [7, 7, 2], [0, 0, 0]]);
  assert.equal(T.shown(touched[0], 0).proposed, true);
  const accepted = T.accept(touched);
  assert.deepEqual(T.sendable(accepted)[0], { keypoints: [[1, 2, 2], [7, 7, 2], [0, 0, 0]], confidence: [1, 1, 0], box: [0, 0, 9, 9], ignore: false, by: "person" });
  assert.equal(T.proposed(accepted), false);
});

test("a proposal leaves labels and absent joints alone, and brings new things", () => {
  const labeled = T.clear(T.put(lamp(), first, [5, 5]), { thing: 0, joint: 1 });
  const points = [[1, 1, 1], [2, 2, 1], [3, 3, 1]];
  const both = T.propose(labeled, [{ points, box: null }, { points, box: null }], 3);
  assert.deepEqual(both[0].proposal.points, [null, null, [3, 3, 1]]);
  assert.deepEqual(both[1].proposal.points, points);
  assert.equal(T.nextJoint(both[0], 0), -1); // a stray click is not to move what is proposed
});

test("left and right trade places", () => {
  const things = T.swap(T.put(lamp(), { thing: 0, joint: 1 }, [5, 5]), { thing: 0, joint: 2 }, [[1, 2]]);
  assert.deepEqual(things[0].keypoints, [[0, 0, 0], [0, 0, 0], [5, 5, 2]]);
  assert.equal(T.swap(things, first, [[1, 2]]), things);
});

test("a box that was made from joints is made again where a joint was moved, a drawn one stays", () => {
  const given = { ...T.fresh(3), keypoints: [[1, 1, 2], [0, 0, 0], [0, 0, 0]], box: [0, 0, 4, 4], made: true };
  assert.equal(T.sendable(T.received([given]))[0].box, null);
  assert.deepEqual(T.sendable(T.setBox([given], 0, [1, 2, 3.123, 4]))[0].box, [1, 2, 3.12, 4]);
});

test("what a file said beyond joints and box comes back as it came, and whose label it is", () => {
  const given = [{ ...T.sendable(T.put(lamp(), first, [1, 1]))[0], by: "file", area: 12.5, crowd: true }];
  assert.deepEqual(T.sendable(T.received(given)), given);
  assert.equal(T.sendable(T.put(T.received(given), first, [2, 2]))[0].by, "person");
});

test("what a network left on the disk stays a proposal until somebody touches it", () => {
  const left = { keypoints: [[1, 1, 2], [0, 0, 0], [0, 0, 0]], confidence: [0.7, 0, 0], by: "network" };
  const things = T.received([left]);
  assert.deepEqual(T.shown(things[0], 0), { x: 1, y: 1, seen: 2, height: 0.7, proposed: true });
  assert.deepEqual(T.sendable(things), [left]);
  assert.equal(T.sendable(T.accept(things))[0].by, "person");
});

test("how many joints two versions differ in", () => {
  const mine = T.put(T.put(lamp(), first, [1, 1]), { thing: 0, joint: 1 }, [2, 2]);
  assert.equal(T.differing(mine, T.put(mine, first, [1, 1], T.OCCLUDED)), 1);
  assert.equal(T.differing(mine, []), 2);
});

test("the nearest joint within reach is hit, proposed or not", () => {
  const two = T.propose(T.put(lamp(), first, [10, 10]), [{ points: [null, [14, 10, 0.3], null], box: null }], 3);
  assert.deepEqual(T.hit(two, [11, 10], 5), first);
  assert.deepEqual(T.hit(two, [13, 10], 5), { thing: 0, joint: 1 });
  assert.equal(T.hit(two, [40, 10], 5), null);
});

test("what was done is undone and done again, and what was proposed is no step", () => {
  const done = history("a");
  done.commit("b");
  done.commit("c");
  assert.ok(done.undo() && done.undo() && !done.undo());
  assert.equal(done.now, "a");
  assert.ok(done.redo());
  assert.equal(done.now, "b");
  done.commit("d");
  assert.equal(done.redoable, false);
  done.replace("d, proposed");
  done.undo();
  assert.equal(done.now, "b");
});

test("what an undo took away is where one goes on", () => {
  const before = T.put(T.put(lamp(), first, [1, 1]), { thing: 0, joint: 2 }, [2, 2]);
  assert.deepEqual(T.gone(before, T.put(lamp(), first, [1, 1])), { thing: 0, joint: 2 });
  assert.equal(T.gone(lamp(), before), null);
});

test("zooming keeps the place under the pointer, and the picture cannot be lost", () => {
  const [size, stage] = [[400, 300], [800, 500]];
  const whole = V.fitted(size, stage);
  near([whole.scale, whole.x, whole.y], [5 / 3, 200 / 3, 0], 1e-12, "fitted");
  const at = [300, 200];
  const closer = V.zoomed(whole, 4, at, size, stage);
  near(V.toPicture(closer, at), V.toPicture(whole, at), 1e-9, "under the pointer");
  near(V.toPicture(closer, V.toStage(closer, [17, 33])), [17, 33], 1e-9, "there and back");
  near([V.zoomed(whole, 0.1, at, size, stage).scale], [whole.scale], 1e-12, "not smaller than whole");
  const away = V.panned(closer, [1e6, -1e6], size, stage);
  assert.ok(away.x < stage[0] && away.y + size[1] * away.scale > 0);
  const seen = V.toStage(V.revealed(away, [399, 299], size, stage), [399, 299]);
  assert.ok(seen[0] > 0 && seen[0] < stage[0] && seen[1] > 0 && seen[1] < stage[1]);
});

// ---- sending --------------------------------------------------------------------------------------------------------

function office(start) {
  const seen = { sent: [], states: [], conflicts: [], kept: null, later: null };
  const box = outbox({
    send: (stroke) => seen.sent.push(stroke),
    told: {
      state: (state, line, seconds) => seen.states.push([state, line, seconds]),
      conflict: (...said) => seen.conflicts.push(said),
      kept: (unsent) => (seen.kept = unsent),
    },
    later: (call) => ((seen.later = call), () => (seen.later = null)),
    start,
  });
  return { box, seen };
}
const strokes = (count) => Array.from({ length: count }, (_, i) => T.put(lamp(), first, [i, i]));

test("strokes follow one another, each over the revision of the one before, the newest only", () => {
  const { box, seen } = office();
  const [a, b, c] = strokes(3);
  box.opened(7, 4);
  for (const things of [a, b, c]) box.put(7, things);
  assert.deepEqual(seen.sent.map(({ revision }) => revision), [4]);
  box.answered({ picture: 7, revision: 5 });
  assert.equal(seen.sent.length, 2);
  assert.deepEqual([seen.sent[1].revision, seen.sent[1].things], [5, c]);
  box.answered({ picture: 7, revision: 6 });
  assert.equal(seen.states.at(-1)[0], "saved");
  assert.deepEqual(seen.kept, {});
});

test("what could not be sent is kept, sent again, and survives a reload", () => {
  const { box, seen } = office();
  const [a] = strokes(1);
  box.opened(7, 4);
  box.put(7, a);
  box.failed("no server");
  assert.deepEqual(seen.states.at(-1), ["unsent", "no server", 1]);
  assert.deepEqual(seen.kept, { 7: { revision: 4, things: a } });
  seen.later();
  assert.equal(seen.sent.length, 2);
  box.failed("still none");
  assert.equal(seen.states.at(-1)[2], 2); // it waits longer every time
  const again = office(JSON.parse(JSON.stringify(seen.kept)));
  assert.deepEqual(again.box.opened(7, 9), a);
  again.box.retry();
  assert.equal(again.seen.sent[0].revision, 4); // so that what came meanwhile is noticed
});

test("two people's changes are shown to be chosen from, and nothing is overwritten", () => {
  const { box, seen } = office();
  const [mine, theirs] = strokes(2);
  box.opened(7, 4);
  box.put(7, mine);
  box.answered({ picture: 7, conflict: { revision: 6, things: theirs } });
  assert.deepEqual(seen.conflicts, [[7, mine, theirs, 6]]);
  assert.equal(seen.sent.length, 1);
  box.settle(7, 6, mine);
  assert.equal(seen.sent[1].revision, 6);
  box.answered({ picture: 7, revision: 7 });
  assert.equal(seen.states.at(-1)[0], "saved");
});

test("a stroke whose answer was lost is no conflict with itself", () => {
  const { box, seen } = office();
  const [mine] = strokes(1);
  box.opened(7, 4);
  box.put(7, mine);
  box.failed("lost");
  seen.later();
  box.answered({ picture: 7, conflict: { revision: 5, things: mine } });
  assert.deepEqual(seen.conflicts, []);
  assert.equal(seen.states.at(-1)[0], "saved");
});

test("strokes whose joints are others now are dropped, also while one is under way", () => {
  const { box, seen } = office();
  const [mine] = strokes(1);
  box.opened(7, 4);
  box.put(7, mine);
  assert.equal(box.drop((things) => things[0].keypoints.length !== 3), 0);
  assert.equal(box.drop((things) => things[0].keypoints.length !== 4), 1);
  box.answered({ picture: 7, revision: 5 });
  assert.deepEqual([seen.kept, seen.sent.length, seen.states.at(-1)[0]], [{}, 1, "saved"]);
});
