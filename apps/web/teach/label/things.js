// What is labeled in one picture, without any page: plain data that every change makes anew, so that any state can be
// kept, sent, and come back to. Plain Node runs it: tests/web/label.test.mjs.
//
// A thing is one labeled subject:
//   keypoints   [[x, y, seen], ...] in picture pixels, the center of the first pixel is (0, 0)
//   confidence  how far each label can be trusted, 0 to 1
//   box         [x, y, width, height] or null; made: whether it was made from the joints
//   ignore      neither taught nor background
//   absent      for each joint whether somebody looked and it is not in the picture
//   by          "person", "file"; and area, head, crowd, uncut, as they came
//   proposal    { points: [[x, y, height] or null, ...], box } of a network, or null; nothing of it is saved before
//               somebody touches or accepts it

export const [ABSENT, OCCLUDED, VISIBLE] = [0, 1, 2];

export function fresh(joints) {
  const each = (value) => Array.from({ length: joints }, () => value);
  return { keypoints: each([0, 0, ABSENT]), confidence: each(0), box: null, made: false, ignore: false, absent: each(false), by: "person", proposal: null };
}

/** Things as the server tells them. What a network has left there and nobody has confirmed is a proposal here too. */
export function received(given) {
  return given.map((one) => {
    const thing = fresh(one.keypoints.length);
    if (one.by !== "network") return { ...thing, ...one };
    const points = one.keypoints.map(([x, y, seen], joint) => (seen ? [x, y, one.confidence[joint]] : null));
    return { ...thing, proposal: { points, box: one.made ? null : one.box ?? null }, stored: one };
  });
}

/** Things as the server is told them: what only is proposed, or is nothing at all, is left out. A made box is made
 *  again from where the joints are now. */
export function sendable(things) {
  return things.filter((thing) => isSomething(thing) || thing.stored).map((thing) => {
    if (!isSomething(thing)) return thing.stored;
    const { keypoints, confidence, box, made, absent, proposal, stored, ...rest } = thing;
    return {
      ...rest,
      keypoints: keypoints.map(([x, y, seen]) => (seen ? [rounded(x), rounded(y), seen] : [0, 0, 0])),
      confidence: confidence.map((value, joint) => (keypoints[joint][2] ? value : 0)),
      box: box && !made ? box.map(rounded) : null,
    };
  });
}

const rounded = (value) => Math.round(value * 100) / 100;
const isSomething = ({ keypoints, box, made }) => labeledOf(keypoints) > 0 || (box !== null && !made);

/** Whether the same is labeled in both. */
export function same(a, b) {
  const told = (things) => sendable(things).map(({ keypoints, box, ignore }) => [keypoints, box, Boolean(ignore)]);
  return JSON.stringify(told(a)) === JSON.stringify(told(b));
}

/** How many joints differ between two versions of a picture, thing by thing. */
export function differing(a, b) {
  const [one, other] = [a, b].map(sendable);
  const joints = (thing) => thing?.keypoints ?? [];
  let count = 0;
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    for (let joint = 0; joint < Math.max(joints(one[i]).length, joints(other[i]).length); joint++) {
      if (String(joints(one[i])[joint] ?? [0, 0, 0]) !== String(joints(other[i])[joint] ?? [0, 0, 0])) count++;
    }
  }
  return count;
}

const labeledOf = (keypoints) => keypoints.filter(([, , seen]) => seen > 0).length;

/** How many joints are labeled, and of how many. */
export function counted(things) {
  const kept = things.filter(isSomething);
  return { labeled: kept.reduce((sum, { keypoints }) => sum + labeledOf(keypoints), 0), joints: kept.reduce((sum, { keypoints }) => sum + keypoints.length, 0), things: kept.length };
}

/** What is to be seen of a joint: { x, y, seen, height, proposed }, or null. */
export function shown({ keypoints, proposal }, joint) {
  const [x, y, seen] = keypoints[joint] ?? [0, 0, ABSENT];
  if (seen) return { x, y, seen, height: null, proposed: false };
  const point = proposal?.points[joint];
  return point ? { x: point[0], y: point[1], seen: VISIBLE, height: point[2], proposed: true } : null;
}

// ---- changes ----------------------------------------------------------------------------------------------------------

const changed = (things, place, make) => things.map((thing, i) => (i === place ? { ...thing, by: "person", ...make(thing) } : thing));
const at = (list, place, value) => list.map((old, i) => (i === place ? value : old));
const without = (proposal, joint) => proposal && { ...proposal, points: at(proposal.points, joint, null) };

/** One joint is there; no other joint moves. */
export function put(things, { thing, joint }, [x, y], seen = VISIBLE) {
  return changed(things, thing, ({ keypoints, confidence, absent, proposal }) => ({
    keypoints: at(keypoints, joint, [x, y, seen]),
    confidence: at(confidence, joint, 1),
    absent: at(absent, joint, false),
    proposal: without(proposal, joint),
  }));
}

/** One joint is not in the picture: what was labeled or proposed of it goes. */
export function clear(things, { thing, joint }) {
  return changed(things, thing, ({ keypoints, confidence, absent, proposal }) => ({
    keypoints: at(keypoints, joint, [0, 0, ABSENT]),
    confidence: at(confidence, joint, 0),
    absent: at(absent, joint, true),
    proposal: without(proposal, joint),
  }));
}

/** visible -> occluded -> absent. What is proposed counts as visible, so it becomes occluded where it is. A joint that
 *  is nowhere stays so. */
export function cycle(things, where) {
  const now = shown(things[where.thing], where.joint);
  if (!now) return things;
  return now.seen === OCCLUDED ? clear(things, where) : put(things, where, [now.x, now.y], OCCLUDED);
}

/** A joint that was left and right mistaken: it and its partner trade places. */
export function swap(things, { thing, joint }, pairs) {
  const pair = pairs.find((one) => one.includes(joint));
  if (!pair) return things;
  const [a, b] = pair;
  const traded = (list) => list.map((value, i) => (i === a ? list[b] : i === b ? list[a] : value));
  return changed(things, thing, ({ keypoints, confidence, absent, proposal }) => ({
    keypoints: traded(keypoints),
    confidence: traded(confidence),
    absent: traded(absent),
    proposal: proposal && { ...proposal, points: traded(proposal.points) },
  }));
}

/** All of a thing moves: only where somebody asked for exactly that. */
export function shift(things, place, [dx, dy], size) {
  return changed(things, place, ({ keypoints, box, made, proposal }) => ({
    keypoints: keypoints.map(([x, y, seen]) => (seen ? [...within([x + dx, y + dy], size), seen] : [x, y, seen])),
    box: box && !made ? [box[0] + dx, box[1] + dy, box[2], box[3]] : null,
    made: false,
    proposal: proposal && { ...proposal, points: proposal.points.map((point) => point && [...within([point[0] + dx, point[1] + dy], size), point[2]]) },
  }));
}

export function setBox(things, place, box) {
  return changed(things, place, () => ({ box, made: false, uncut: undefined, area: undefined }));
}

export const add = (things, joints) => [...things, fresh(joints)];
export const remove = (things, place) => things.filter((_, i) => i !== place);

/** What a network proposes for the joints that nobody labeled or found absent: one proposal per thing; those beyond
 *  the last thing are new ones. */
export function propose(things, proposals, joints) {
  const all = [...things, ...proposals.slice(things.length).map(() => fresh(joints))];
  return all.map((thing, i) => {
    if (!proposals[i]) return thing;
    const points = proposals[i].points.map((point, joint) => (thing.keypoints[joint][2] || thing.absent[joint] ? null : point));
    return { ...thing, proposal: { points, box: thing.box ? null : proposals[i].box } };
  });
}

export const proposed = (things) => things.some(({ proposal }) => proposal?.points.some(Boolean));

/** Everything that is proposed becomes a label: of one thing, or of all. */
export function accept(things, place = null) {
  return things.map((thing, i) => {
    if (!thing.proposal || (place !== null && place !== i)) return thing;
    const { points, box } = thing.proposal;
    return {
      ...thing,
      keypoints: thing.keypoints.map((old, joint) => (points[joint] ? [points[joint][0], points[joint][1], VISIBLE] : old)),
      confidence: thing.confidence.map((old, joint) => (points[joint] ? 1 : old)),
      box: thing.box ?? box ?? null,
      by: "person",
      proposal: null,
    };
  });
}

// ---- where one is -----------------------------------------------------------------------------------------------------

/** The joint to be placed after this one: the next that is nowhere and was not found absent, also before it; -1 where
 *  all are. What is proposed waits to be corrected or accepted; a stray click is not to move it. */
export function nextJoint(thing, joint = -1) {
  const count = thing.keypoints.length;
  for (let step = 1; step <= count; step++) {
    const place = (joint + step + count) % count;
    if (!shown(thing, place) && !thing.absent[place]) return place;
  }
  return -1;
}

/** The first joint that was to be seen before and is not any more, { thing, joint }, or null. */
export function gone(before, after) {
  for (const [thing, one] of after.entries()) {
    const joint = one.keypoints.findIndex((_, place) => before[thing] && shown(before[thing], place) && !shown(one, place));
    if (joint >= 0) return { thing, joint };
  }
  return null;
}

/** The joint nearest to a point of the picture within reach, { thing, joint }, or null. Of two equally near ones that
 *  of the chosen thing. */
export function hit(things, [x, y], reach, chosen = -1) {
  let best = null, least = reach;
  things.forEach((thing, i) => {
    thing.keypoints.forEach((_, joint) => {
      const mark = shown(thing, joint);
      if (!mark) return;
      const apart = Math.hypot(mark.x - x, mark.y - y);
      if (apart < least || (apart === least && i === chosen)) [best, least] = [{ thing: i, joint }, apart];
    });
  });
  return best;
}

/** A point inside of a picture of that size [width, height]. */
export const within = ([x, y], [width, height]) => [Math.min(Math.max(x, 0), width - 1), Math.min(Math.max(y, 0), height - 1)];
