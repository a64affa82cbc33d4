// What the address says of a lesson's controls, and what it shall say: the link that a teacher gives a class.

/** The controls that the address names, as { name: value }; what is none of them, or out of range, is left out. */
export function named(controls, link) {
  const values = {};
  for (const [name, { kind, options, low, high, count }] of Object.entries(controls)) {
    const value = link.get(name);
    if (value == null) continue;
    const numbers = value.split(",").map(Number);
    if (kind === "slider" && numbers[0] >= low && numbers[0] <= high) values[name] = numbers[0];
    else if (kind === "options" && options.includes(value)) values[name] = value;
    else if (kind === "numbers" && numbers.length === count && numbers.every(Number.isFinite)) values[name] = numbers;
    else if (kind === "names") values[name] = value.split(",").filter(Boolean);
  }
  return values;
}

/** The address of a step with its controls; what stands as the step begins is not written (null). */
export function written(lesson, step, state) {
  const values = { lesson: lesson.number, step: step?.name ?? "code" };
  for (const name of Object.keys(lesson.controls)) {
    const value = state[name], usual = step?.start[name] ?? lesson.start[name];
    const differs = step?.controls.includes(name) && String(value) !== String(usual);
    values[name] = differs ? (Array.isArray(value) ? value.map(short).join(",") : value) : null;
  }
  return values;
}

const short = (value) => (typeof value === "number" ? Math.round(value * 1000) / 1000 : value);
