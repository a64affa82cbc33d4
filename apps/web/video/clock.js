// Times and numbers of people as they are read.
import { say } from "../words.js";

/** 83.4 -> "1:23", with digits = 1 -> "1:23.4". */
export function clock(seconds, digits = 0) {
  const all = Math.max(0, Number(seconds.toFixed(digits)));
  const minutes = Math.floor(all / 60);
  const rest = (all - 60 * minutes).toFixed(digits);
  return `${minutes}:${rest.padStart(digits ? 3 + digits : 2, "0")}`;
}

/** 0 -> "Nobody", 1 -> "1 person", 7 -> "7 people". */
export const counted = (people) => say(["video.nobody", "video.one"][people] ?? "video.people", { people });
