// The list of numbers beside a toy.
import { element } from "../dom.js";

export const UNKNOWN = "–";

/** Rows of [name, value, part] as a step shows them: those of `optional` parts only where the step has them, and what is
 *  covered unknown. */
export const readable = (rows, view, optional) =>
  rows
    .filter(([, , part]) => !optional.has(part) || view.shows.has(part))
    .map(([name, value, part]) => [name, view.covered.has(part) ? UNKNOWN : value, part]);

/** Whether Python has answered to these controls as they stand, and nothing is covered: only then is it compared with. */
export const comparable = ({ python, state, covered }, names) =>
  Boolean(python) && !covered.size && names.every((name) => String(python.state[name]) === String(state[name]));

/** Fills a list with such rows, the part that words light up lit; gives the list. */
export function fill(list, rows, lit = null) {
  const cells = ([name, value, part]) => ["dt", "dd"].map((tag, i) => element(tag, { "data-part": part, class: part && part === lit ? "lit" : null }, [name, value][i]));
  list.replaceChildren(...rows.flatMap(cells));
  return list;
}
