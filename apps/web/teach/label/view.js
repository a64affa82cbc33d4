// Which part of a picture is seen, and how large: { scale, x, y }, page pixels per picture pixel, and where the
// picture's upper left corner is on the stage. Sizes are [width, height]. The center of the first pixel is (0, 0).

const LARGEST = 40; // page pixels per picture pixel
const ROOM = 0.25; // of the stage's shorter side that always shows some of the picture

/** The whole picture in the middle of the stage. */
export function fitted([width, height], [wide, high]) {
  const scale = Math.min(wide / width, high / height);
  return { scale, x: (wide - width * scale) / 2, y: (high - height * scale) / 2 };
}

export const toPicture = ({ scale, x, y }, [u, v]) => [(u - x) / scale - 0.5, (v - y) / scale - 0.5];
export const toStage = ({ scale, x, y }, [px, py]) => [(px + 0.5) * scale + x, (py + 0.5) * scale + y];

/** Larger or smaller by a factor; what is at the stage's point `at` stays there. Not smaller than the whole picture. */
export function zoomed(view, factor, at, size, stage) {
  const least = fitted(size, stage).scale;
  const scale = Math.min(Math.max(view.scale * factor, least), Math.max(LARGEST, least));
  const grown = scale / view.scale;
  return kept({ scale, x: at[0] - (at[0] - view.x) * grown, y: at[1] - (at[1] - view.y) * grown }, size, stage);
}

export function panned(view, [dx, dy], size, stage) {
  return kept({ ...view, x: view.x + dx, y: view.y + dy }, size, stage);
}

/** The same view where the stage has another size: what was in its middle stays there. */
export function resized(view, size, before, stage) {
  const was = fitted(size, before);
  const now = fitted(size, stage);
  const scale = Math.max((view.scale / was.scale) * now.scale, now.scale);
  const [px, py] = toPicture(view, [before[0] / 2, before[1] / 2]);
  return kept({ scale, x: stage[0] / 2 - (px + 0.5) * scale, y: stage[1] / 2 - (py + 0.5) * scale }, size, stage);
}

/** The picture cannot be lost: where it is smaller than the stage it stays inside, else it fills some of it. */
function kept({ scale, x, y }, size, stage) {
  const [u, v] = [x, y].map((value, axis) => {
    const length = size[axis] * scale;
    const room = length <= stage[axis] ? length : ROOM * Math.min(...stage);
    return Math.min(Math.max(value, Math.min(room, stage[axis]) - length), stage[axis] - Math.min(room, stage[axis]));
  });
  return { scale, x: u, y: v };
}

/** Where a point would be seen: the view is moved no more than is needed for it. */
export function revealed(view, point, size, stage, margin = 40) {
  const [u, v] = toStage(view, point);
  const by = (value, length) => (value < margin ? margin - value : value > length - margin ? length - margin - value : 0);
  return panned(view, [by(u, stage[0]), by(v, stage[1])], size, stage);
}
