// Times as people read them.

/** 83.4 -> "1:23", with digits = 1 -> "1:23.4". */
export function clock(seconds, digits = 0) {
  const all = Math.max(0, Number(seconds.toFixed(digits)));
  const minutes = Math.floor(all / 60);
  const rest = (all - 60 * minutes).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? 3 + digits : 2, "0")}`;
}
