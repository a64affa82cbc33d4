// What Python told: its pictures, and how far the preview was from them.
import * as paint from "./paint.js";

/** An answer's tiles, and those of the presets beside each other, by name as { canvas, affine }, ready to be drawn. */
export async function pictures({ tiles, compared }) {
  const all = { ...tiles, ...Object.fromEntries(compared.map(({ preset, tile }) => [`preset ${preset.name}`, tile])) };
  const ready = await Promise.all(
    Object.entries(all).map(async ([name, { url, affine }]) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return [name, { canvas: paint.copied(image), affine }];
    }),
  );
  return Object.fromEntries(ready);
}

/** How far a preview is from an answer: joints in `pixels`, maps in `heights`, how many `weights` differ, and the crop
 *  in gray `levels`, on average. */
export function apart(answer, walked, maps, crop, preview) {
  const away = (name) => answer.tiles[name].points.map(([x, y], i) => {
    const [u, v] = walked.tiles[name].points[i];
    return Math.hypot(u - x, v - y);
  });
  return {
    pixels: Math.max(...["half", "affine", "flip"].flatMap(away)),
    heights: Math.max(...walked.joints.flatMap(({ values }, place) => highest(values, maps[place]))),
    weights: answer.joints.filter(({ weight }, place) => Math.abs(weight - walked.joints[place].weight) > 1e-4).length,
    levels: paint.difference(preview, crop),
  };
}

function highest(a, b) {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}
