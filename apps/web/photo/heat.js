// The heatmap of one joint, laid over the photo where it belongs: its pixels go back through the crop to the photo.
import { compose } from "../maths.js";
import { fromSheet, paint } from "../inside/maps.js";

export const FINER = 4; // a heatmap pixel becomes 4 x 4: about a pixel of the crop

/** A map (w * h numbers, row by row) with FINER times the pixels each way, between whose values it goes smoothly.
 *
 *  Catmull-Rom interpolation: the curve goes through the values, and a peak between two pixels stays between them.
 *  Beyond the edge the outermost pixel goes on. */
export function finer(values, width, height, factor = FINER) {
  const taps = (length) =>
    Array.from({ length: length * factor }, (_, i) => {
      const at = (i + 0.5) / factor - 0.5;
      const first = Math.floor(at);
      const places = [-1, 0, 1, 2].map((step) => Math.min(Math.max(first + step, 0), length - 1));
      return { places, weights: catmullRom(at - first) };
    });
  const sum = ({ places, weights }, value) => places.reduce((total, place, i) => total + weights[i] * value(place), 0);
  const [wide, high] = [width * factor, height * factor];
  const rows = new Float32Array(wide * height);
  const across = taps(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < wide; x++) rows[y * wide + x] = sum(across[x], (place) => values[y * width + place]);
  }
  const out = new Float32Array(wide * high);
  taps(height).forEach((tap, y) => {
    for (let x = 0; x < wide; x++) out[y * wide + x] = sum(tap, (place) => rows[place * wide + x]);
  });
  return out;
}

function catmullRom(t) {
  return [((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t].map((weight) => weight / 2);
}

/** From the drawing coordinates of a finer map to those of a canvas with `scale` pixels for each of the photo's.
 *  A canvas measures from the corners of pixels, `toPhoto` from centers to centers. */
export function placed(toPhoto, scale, factor = FINER) {
  const toMap = [[1 / factor, 0, -0.5], [0, 1 / factor, -0.5]];
  const toCanvas = [[scale, 0, scale / 2], [0, scale, scale / 2]];
  return compose(toCanvas, compose(toPhoto, toMap));
}

/** Gives { take(answer), forget(), show(wish) }. Maps that are not there yet are asked for, once for each person; of all
 *  that a pointer runs over, only the newest is asked next.
 *  ask({ box }) asks; changed() is called when something came that may be shown. */
export function overlay(canvas, { magma, opaque, ask, changed }) {
  const known = new Map(); // box -> { maps, toPhoto, highest }
  const layer = document.createElement("canvas");
  let asked = null, turn = 0, drawn = "", layered = "";

  async function take({ box, sheet, to_photo: toPhoto }) {
    const mine = turn;
    const maps = await fromSheet(sheet).catch(() => null);
    if (mine !== turn) return; // another photo meanwhile
    if (asked === String(box)) asked = null;
    if (!maps) return; // the picture is gone: asked again when pointed at
    known.set(String(box), { maps, toPhoto, highest: sheet.max });
    changed();
  }

  function forget() {
    turn += 1;
    asked = null;
    known.clear();
    show(null);
  }

  /** wish: { box, joint, person, scale, size }, or null for nothing. Gives the height of the peak, once it is there. */
  function show(wish) {
    const has = wish && known.get(String(wish.box));
    if (wish && !has && asked !== String(wish.box)) {
      asked = String(wish.box);
      ask({ box: wish.box });
    }
    const next = has ? JSON.stringify([wish, has.toPhoto]) : "";
    if (next !== drawn) draw(wish, has);
    drawn = next;
    return has?.highest[wish.joint];
  }

  function draw(wish, has) {
    canvas.hidden = !has;
    delete canvas.dataset.joint;
    if (!has) return;
    const { maps, toPhoto, highest } = has;
    const of = `${wish.box}/${wish.joint}`;
    const size = [maps.width * FINER, maps.height * FINER];
    if (layered !== of) {
      paint(layer, finer(maps.of(wish.joint), maps.width, maps.height), size, [0, Math.max(highest[wish.joint], 1e-6)], magma, opaque);
      layered = of;
    }
    [canvas.width, canvas.height] = wish.size;
    const context = canvas.getContext("2d");
    const [[a, c, e], [b, d, f]] = placed(toPhoto, wish.scale);
    context.setTransform(a, b, c, d, e, f);
    context.drawImage(layer, 0, 0);
    canvas.dataset.joint = wish.joint;
    canvas.dataset.person = wish.person;
  }

  return { take, forget, show, failed: () => (asked = null) };
}
