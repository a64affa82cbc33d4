// Numbers and times as a person reads them.
import { say } from "../../words.js";

/** A figure from 0 to 1 in percent; a dash where there is none (-1: nobody has labeled it). */
export const percent = (value) => (value == null || value < 0 ? "–" : `${(100 * value).toFixed(1)}`);

/** A number with three digits that count. */
export function few(value) {
  if (value == null) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e4 || size < 1e-3 ? value.toExponential(1).replace("-", "−") : Number(value.toPrecision(3)).toString();
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return say("teach.run.seconds", { seconds: whole });
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return say("teach.run.minutes", { minutes });
  return say("teach.run.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

export function memory(megabytes) {
  if (!megabytes) return "–";
  return megabytes < 1000 ? `${Math.round(megabytes)} MB` : `${(megabytes / 1000).toFixed(1)} GB`;
}
