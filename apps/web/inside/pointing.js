// What the pointer is on: a cell of a map, what it sees of crop and photo, and the same place in the other branches.
// All of it is computed here, from what came with the atlas.
import { apply } from "../maths.js";
import { say } from "../words.js";
import { sameCell } from "./map.js";
import { placeName, unitOf } from "./parts.js";

/** Gives point(spot), and point.on(map), the newest map or null. A spot: { place, cell, size: [w, h] of its map, and maybe
 *  the fields of its cells }, or null where the pointer is on nothing. */
export function pointing({ map, person, crop, same, advice }) {
  let drawn = null;

  function point(spot) {
    map.spot(drawn && spot);
    if (!drawn || !spot) {
      show(null, say("inside.sees_hint"));
      return tell("");
    }
    const spans = spansOf(spot);
    if (spans) see(spans, Boolean(spot.fields));
    else show(null, say("inside.sees_nothing"));
    const unit = unitOf(spot.place);
    const others = unit ? drawn.places.filter(({ place }) => unitOf(place) === unit) : [];
    const cells = others.map(({ branch, shape: [, high, wide] }) => say("inside.same_cell", { branch, cell: sameCell(spot, [wide, high]).join(", ") }));
    tell(cells.length ? say("inside.same", { name: placeName(unit), cells: cells.join(say("inside.and")) }) : "");
  }

  /** The first and the last pixel of the crop, along x and along y: all that the cell sees, or else all that it lies over.
   *  null: it sees nothing. */
  function spansOf({ cell: [x, y], size: [wide], fields }) {
    if (fields) return fields.x && [fields.x[x], fields.y[y]];
    const stride = drawn.crop.width / wide;
    return [x, y].map((at) => [at * stride, (at + 1) * stride - 1]);
  }

  function see([[x1, x2], [y1, y2]], field) {
    const { width, height } = drawn.crop;
    const [left, right] = [Math.max(x1, 0), Math.min(x2, width - 1) + 1];
    const [top, bottom] = [Math.max(y1, 0), Math.min(y2, height - 1) + 1];
    const values = { width: right - left, height: bottom - top, crop_width: width, crop_height: height };
    const everything = values.width === width && values.height === height;
    show([left, top, values.width, values.height], say(!field ? "inside.lies_over" : everything ? "inside.sees_all" : "inside.sees_part", values));
  }

  /** area: [x, y, w, h] of the crop, from the edges of its pixels, or null. */
  function show(area, words) {
    crop.look(area, words);
    if (!area) return person.look(null);
    const [left, top, wide, high] = area;
    // an edge lies half a pixel before the center of its pixel; the matrix is between centers
    const [[x1, y1], [x2, y2]] = [[left, top], [left + wide, top + high]].map(([x, y]) =>
      apply(drawn.crop.to_photo, [x - 0.5, y - 0.5]).map((value) => value + 0.5));
    person.look([x1, y1, x2 - x1, y2 - y1]);
  }

  /** Below the map: where else the pointer is, or else what there is to do. */
  function tell(line) {
    same.textContent = line;
    same.hidden = !line;
    advice.hidden = Boolean(line);
  }

  point.on = (newest) => {
    drawn = newest;
    point(null);
  };
  point.on(null);
  return point;
}
