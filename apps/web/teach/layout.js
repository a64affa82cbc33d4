// Where joints stand in a small drawing of their skeleton: as in the labels, where there are some; the others where
// limbs and the room between joints push them.

const ROUNDS = 200;

/** [[x, y], ...] within 0 to 1. known: [[x, y] or null, ...] of the joints; limbs: [[a, b], ...]; sides: of the joints. */
export function layout(known, limbs, sides) {
  const count = known.length;
  const length = 1 / Math.max(2, Math.sqrt(count));
  const near = (place) => {
    const limb = limbs.find((pair) => pair.includes(place) && pair.some((other) => other !== place && known[other]));
    return limb ? known[limb[0] === place ? limb[1] : limb[0]] : null;
  };
  const places = known.map((point, place) => {
    if (point) return [...point];
    const [x, y] = near(place) ?? [0.5, count > 1 ? place / (count - 1) : 0.5];
    const aside = { left: 1, right: -1, middle: 0 }[sides[place]] ?? 0; // the person's left is on our right
    return [x + 0.5 * length * (aside + 0.3 * Math.sin(7 * place)), y + 0.4 * length * Math.cos(3 * place)];
  });
  if (known.some((point) => !point)) relax(places, known, limbs, length);
  return fitted(places);
}

/** Limbs pull, everybody pushes, in place; known joints stay. */
function relax(places, known, limbs, length) {
  for (let round = 0; round < ROUNDS; round++) {
    const warmth = 0.1 * (1 - round / ROUNDS);
    const moves = places.map(() => [0, 0]);
    const push = (a, b, share) => {
      const [dx, dy] = [places[b][0] - places[a][0], places[b][1] - places[a][1]];
      const far = Math.hypot(dx, dy) || 1e-3;
      const by = share(far) / far;
      moves[a] = [moves[a][0] - by * dx, moves[a][1] - by * dy];
      moves[b] = [moves[b][0] + by * dx, moves[b][1] + by * dy];
    };
    for (let a = 0; a < places.length; a++) for (let b = 0; b < a; b++) push(a, b, (far) => (far < 2 * length ? (0.3 * length * length) / far : 0));
    for (const [a, b] of limbs) push(a, b, (far) => length - far);
    moves.forEach(([x, y], place) => {
      if (known[place]) return;
      const far = Math.hypot(x, y) || 1;
      const by = Math.min(far, warmth) / far;
      places[place] = [places[place][0] + by * x, places[place][1] + by * y];
    });
  }
}

/** The same, as large as fits, in its proportions. */
function fitted(places) {
  const [xs, ys] = [0, 1].map((axis) => places.map((point) => point[axis]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const size = Math.max(Math.max(...xs) - left, Math.max(...ys) - top) || 1;
  const [padX, padY] = [xs, ys].map((some, axis) => (1 - (Math.max(...some) - [left, top][axis]) / size) / 2);
  return places.map(([x, y]) => [(x - left) / size + padX, (y - top) / size + padY]);
}
