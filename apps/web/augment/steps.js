// The steps of an augmentation as numbers, for a preview while a hand is on a slider: what Asked.walk and tiles in
// apps/views/augment compute in Python. No page in here; tests/web holds the two together.
import { PADDING, RULES, STRIDE, TARGETS, apply, compose, cropAffine, encode, heatmapToCrop, inverse, target } from "../maths.js";

export const PARTS = ["half", "scale", "rotation", "shift", "flip"];
export const TILES = ["raw", "half", "affine", "flip", "heat", "tensor"];
export const HALVES = ["none", "upper", "lower"];
const FEWEST = 2; // joints that a half needs: HalfBody.fewest

/** The labeled joints of a half of the body; none where they are too few to look at. */
export function jointsOf(half, keypoints, skeleton) {
  const places = { none: [], upper: skeleton.upper_body, lower: skeleton.lower_body }[half];
  const labeled = places.filter((joint) => keypoints[joint][2] > 0);
  return labeled.length >= FEWEST ? labeled : [];
}

/** The tight box of points, grown by `margin` of its size on each side: Box.around in Python. */
export function around(points, margin = 0) {
  const [low, high] = extent(points);
  const size = high.map((value, axis) => Math.max(value - low[axis], 1));
  const corner = low.map((value, axis) => (value + high[axis]) / 2 - size[axis] * (0.5 + margin));
  return [...corner, ...size.map((value) => value * (1 + 2 * margin))];
}

function extent(points) {
  const axes = [0, 1].map((axis) => points.map((point) => point[axis]));
  return [axes.map((values) => Math.min(...values)), axes.map((values) => Math.max(...values))];
}

/** The box around half of a body, as the preset's step has it. */
function halfBox(step, points) {
  if (step.step === "WalkthroughHalfBody") return around(points, (step.padding - 1) / 2);
  const [low, high] = extent(points);
  const [x, y] = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
  const [w, h] = [0, 1].map((axis) => (Math.max(high[axis] - low[axis] + step.extra, 1) * step.padding) / PADDING);
  return [x - w / 2, y - h / 2, w, h];
}

/** Where a labeled person goes under a preset.
 *  person: { box, keypoints, skeleton }; size: of the crop; settings: of the preset, as Python tells them; choices: by
 *  part, what is done; a part that is not there is left out.
 *  Gives tiles: each { affine, points, box }, and joints: [{ joint, weight, values }], one per place of the network;
 *  without `values`, their maps, where nobody looks at these. */
export function walk({ box, keypoints, skeleton }, size, settings, choices, { maps = true } = {}) {
  const rule = RULES[settings.rule];
  const half = jointsOf(choices.half ?? "none", keypoints, skeleton);
  const seen = half.length ? halfBox(settings.half, half.map((joint) => keypoints[joint])) : box;
  const view = {
    scale: "scale" in choices ? (settings.scale.step === "UniformScale" ? choices.scale / PADDING : choices.scale) : 1,
    rotation: "rotation" in choices ? degrees(settings, choices.rotation) : 0,
    shift: choices.shift ?? [0, 0],
  };
  const mirrored = choices.flip ?? false;
  const order = keypoints.map((_, place) => (mirrored ? skeleton.mirror[place] : place));

  const tile = (affine, joints) => ({ affine, points: joints.map((joint) => moved(affine, keypoints[joint])), box: seen });
  const straight = keypoints.map((_, place) => place);
  const last = cropAffine(seen, size, rule, { ...view, mirrored });
  const heatmap = size.map((side) => side / STRIDE);
  const { sigma, kind, empty } = settings.target;
  const toHeatmap = inverse(heatmapToCrop(TARGETS[kind].rule, size, heatmap));
  const crop = tile(last, order);
  return {
    size,
    tiles: {
      half: tile(cropAffine(seen, size, rule), straight),
      affine: tile(cropAffine(seen, size, rule, view), straight),
      flip: crop,
      heat: { ...crop, affine: compose(toHeatmap, last), points: crop.points.map((point) => moved(toHeatmap, point)) },
      tensor: crop,
    },
    joints: crop.points.map((point, place) => {
      const { weight, reaches } = target(point, size, sigma, kind);
      const joint = order[place];
      const counts = weight > 0 && (empty || reaches);
      const values = maps ? encode(point, size, sigma, kind).values : null;
      return { joint, weight: counts ? trust(joint, keypoints, skeleton, settings) : 0, values };
    }),
  };
}

/** A turn as the preset's step understands it. */
export const degrees = (settings, value) => (settings.rotation.step === "WholeDegrees" ? Math.round(value) : value);

/** How much a label counts before its map is drawn. */
function trust(joint, keypoints, skeleton, { weights }) {
  const visibility = keypoints[joint][2];
  if (!(visibility > 0)) return 0;
  return (weights.joint ? skeleton.weights[joint] : 1) * (weights.visibility ? visibility : 1);
}

const moved = (affine, point) => (point[2] > 0 ? apply(affine, point) : [0, 0, 0]);
