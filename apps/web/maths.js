// The arithmetic that follows the hand: box -> affine -> crop, joint -> heatmap -> joint, and how alike two poses are.
// No page in here; plain Node runs it. Python (hrnet.geometry, hrnet.heatmap, hrnet.metrics) is the authority, and
// tests/web holds the two together. What a function says no more of than its name is said there.
//
// A point is [x, y], x right, y down, and the center of the first pixel is (0, 0). An affine map is
// [[a, b, x], [c, d, y]]. A size is [height, width]. A box is [x, y, width, height].

export const PADDING = 1.25; // hrnet.geometry.PADDING
export const STRIDE = 4; // a heatmap is a quarter of the crop: hrnet.heatmap.targets
const RADIUS_IN_SIGMAS = 3;

// hrnet.geometry.CropRule: whether a crop of W pixels is W - 1 units long; +1 where a positive angle turns the content
// clockwise; whether a heatmap pixel is (W - 1) / (w - 1) crop pixels; whether the flip test shifts by a pixel.
export const RULES = {
  official: { bySizeMinusOne: false, clockwise: -1, heatmapBySizeMinusOne: false, flipShift: true },
  udp: { bySizeMinusOne: true, clockwise: 1, heatmapBySizeMinusOne: true, flipShift: false },
  walkthrough: { bySizeMinusOne: true, clockwise: -1, heatmapBySizeMinusOne: false, flipShift: true },
};

// hrnet.heatmap.targets.KINDS: the rule that places a crop pixel in the heatmap; whether the center moves to the
// nearest pixel; whether the Gaussian ends at 3 sigma.
export const TARGETS = {
  rounded: { rule: RULES.official, rounded: true, cut: true },
  unbiased: { rule: RULES.official, rounded: false, cut: false },
  udp: { rule: RULES.udp, rounded: false, cut: true },
};

// ---- affine maps ----------------------------------------------------------------------------------------------------

/** The map that does `first`, then `then`: `then @ first` in Python. */
export function compose(then, first) {
  const [[a, b, x], [c, d, y]] = then;
  const [[e, f, u], [g, h, v]] = first;
  return [
    [a * e + b * g, a * f + b * h, a * u + b * v + x],
    [c * e + d * g, c * f + d * h, c * u + d * v + y],
  ];
}

export function inverse([[a, b, x], [c, d, y]]) {
  const determinant = a * d - b * c;
  if (Math.abs(determinant) < 1e-12) throw new RangeError("this map squeezes the plane into a line and has no inverse");
  return [
    [d / determinant, -b / determinant, (b * y - d * x) / determinant],
    [-c / determinant, a / determinant, (c * x - a * y) / determinant],
  ];
}

/** A point moved; what follows x and y in it is kept. */
export function apply([[a, b, x], [c, d, y]], [u, v, ...rest]) {
  return [a * u + b * v + x, c * u + d * v + y, ...rest];
}

export const scaling = (x, y) => [[x, 0, 0], [0, y, 0]];

/** The left-right mirror of a picture of that width: the first and the last column trade places. */
export const mirror = (width) => [[-1, 0, width - 1], [0, 1, 0]];

// ---- from a box to the crop -------------------------------------------------------------------------------------------

/** [width, height] in photo pixels of what the network sees: the box grown to the input's proportions, then padded. */
export function paddedSides([, , w, h], [height, width], scale = 1) {
  const aspect = width / height;
  return [Math.max(w, aspect * h) * PADDING * scale, Math.max(h, w / aspect) * PADDING * scale];
}

/** Photo pixels -> crop pixels, under one of RULES. rotation in degrees, in the sense of the rule; scale multiplies the
 *  padding, above 1 the person gets smaller; shift moves the view, in fractions of the padded box. */
export function cropAffine(box, size, rule, { rotation = 0, scale = 1, shift = [0, 0], mirrored = false } = {}) {
  const [height, width] = size;
  if (!(scale > 0)) throw new RangeError(`a crop needs a scale above 0, got ${scale}`);
  const [sideW, sideH] = paddedSides(box, size, scale);
  const centerX = box[0] + box[2] / 2 + shift[0] * sideW;
  const centerY = box[1] + box[3] / 2 + shift[1] * sideH;
  const less = rule.bySizeMinusOne ? 1 : 0;
  const [scaleX, scaleY] = [(width - less) / sideW, (height - less) / sideH];
  const angle = (rotation * Math.PI / 180) * rule.clockwise;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [a, b, c, d] = [scaleX * cos, -scaleX * sin, scaleY * sin, scaleY * cos];
  const map = [
    [a, b, (width - less) / 2 - (a * centerX + b * centerY)],
    [c, d, (height - less) / 2 - (c * centerX + d * centerY)],
  ];
  return mirrored ? compose(mirror(width), map) : map;
}

/** Where the four corners of a crop lie in the photo, clockwise from its top left: the outer edges of its pixels. */
export function corners(affine, [height, width]) {
  const back = inverse(affine);
  const [right, bottom] = [width - 0.5, height - 0.5];
  return [[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]].map((corner) => apply(back, corner));
}

/** Heatmap pixels -> crop pixels. */
export function heatmapToCrop(rule, [height, width], [h, w]) {
  const less = rule.heatmapBySizeMinusOne ? 1 : 0;
  return scaling((width - less) / (w - less), (height - less) / (h - less));
}

// ---- from joints to heatmaps ------------------------------------------------------------------------------------------

/** Where the Gaussian of a joint [x, y, labeled] in crop pixels stands: its `center` and the `nearest` pixel in heatmap
 *  pixels, the `weight` of its map, 0 or 1, and whether any of it `reaches` into the map. */
export function target([x, y, labeled], size, sigma = 2, kind = "rounded") {
  if (!(labeled > 0)) return { weight: 0, reaches: false, center: null, nearest: null };
  const { rule, rounded, cut } = TARGETS[kind];
  const [h, w] = size.map((side) => side / STRIDE);
  const point = apply(inverse(heatmapToCrop(rule, size, [h, w])), [x, y]);
  const nearest = cut ? point.map((at) => Math.trunc(at + 0.5)) : point;
  const radius = RADIUS_IN_SIGMAS * sigma;
  // the + 1 is the off-by-one of the published rule
  const outside = nearest.some((at, axis) => at - radius >= [w, h][axis] || at + radius + 1 < 0);
  const reaches = !outside && !(cut && nearest.some((at) => at + radius < 0));
  return { weight: outside ? 0 : 1, reaches, center: rounded ? nearest : point, nearest };
}

/** The Gaussian target of one joint [x, y, labeled] in crop pixels: hrnet.heatmap.encode, quirks included.
 *  values: Float32Array (h * w), row by row; zero where the weight is 0, and where nothing of the Gaussian reaches into
 *  the map. center: where it stands, in heatmap pixels. */
export function encode(joint, size, sigma = 2, kind = "rounded") {
  const { weight, center, nearest } = target(joint, size, sigma, kind);
  const [h, w] = size.map((side) => side / STRIDE);
  const values = new Float32Array(h * w);
  if (weight === 0) return { values, h, w, weight, center };
  const { cut } = TARGETS[kind];
  const radius = RADIUS_IN_SIGMAS * sigma;
  const [alongX, alongY] = [w, h].map((length, axis) =>
    Float32Array.from({ length }, (_, pixel) =>
      cut && Math.abs(pixel - nearest[axis]) > radius ? 0 : Math.exp(-((pixel - center[axis]) ** 2) / (2 * sigma ** 2)),
    ),
  );
  for (let row = 0; row < h; row++) {
    if (alongY[row] === 0) continue;
    for (let column = 0; column < w; column++) values[row * w + column] = alongY[row] * alongX[column];
  }
  return { values, h, w, weight, center };
}

// ---- from heatmaps to joints ------------------------------------------------------------------------------------------

/** The highest pixel of a map of h rows and w columns, the first of equals: [x, y, its height]. */
export function argmax(values, h, w) {
  let best = 0;
  for (let i = 1; i < h * w; i++) if (values[i] > values[best]) best = i;
  return [best % w, Math.floor(best / w), values[best]];
}

/** [x, y, height of the peak] in heatmap pixels: hrnet.heatmap.decode, quirks included.
 *  kind: "argmax", "quarter", "dark" or "udp"; kernel: side of the blur of the last two, odd. */
export function decode(values, h, w, kind = "quarter", kernel = 11) {
  const [x, y, height] = argmax(values, h, w);
  if (!(height > 0)) return [0, 0, height];
  const [stepX, stepY] = DECODERS[kind](values, h, w, x, y, kernel);
  return [x + stepX, y + stepY, height];
}

const DECODERS = {
  argmax: () => [0, 0],

  quarter(values, h, w, x, y) {
    if (!(x > 1 && x < w - 1 && y > 1 && y < h - 1)) return [0, 0];
    const at = y * w + x;
    return [Math.sign(values[at + 1] - values[at - 1]) / 4, Math.sign(values[at + w] - values[at - w]) / 4];
  },

  dark(values, h, w, x, y, kernel) {
    if (!(x > 1 && x < w - 2 && y > 1 && y < h - 2)) return [0, 0];
    const log = logBlurred(values, h, w, x, y, kernel, { reach: 2, low: 1e-10, high: Infinity });
    const center = 2 * log(0, 0);
    return newtonStep(
      (log(1, 0) - log(-1, 0)) / 2,
      (log(0, 1) - log(0, -1)) / 2,
      (log(2, 0) - center + log(-2, 0)) / 4,
      (log(0, 2) - center + log(0, -2)) / 4,
      (log(1, 1) - log(-1, 1) - log(1, -1) + log(-1, -1)) / 4,
    );
  },

  udp(values, h, w, x, y, kernel) {
    const log = logBlurred(values, h, w, x, y, kernel, { reach: 1, low: 1e-3, high: 50 });
    const center = 2 * log(0, 0);
    const epsilon = 2 ** -23; // of float32: mmpose's, so that every matrix of second differences has an inverse
    return newtonStep(
      (log(1, 0) - log(-1, 0)) / 2,
      (log(0, 1) - log(0, -1)) / 2,
      log(1, 0) - center + log(-1, 0) + epsilon,
      log(0, 1) - center + log(0, -1) + epsilon,
      (log(1, 1) - log(1, 0) - log(0, 1) + center - log(-1, 0) - log(0, -1) + log(-1, -1)) / 2,
    );
  },
};

export const KINDS = Object.keys(DECODERS);

/** From a peak to the extremum of the parabola with these derivatives; nowhere where it has none. */
function newtonStep(dx, dy, dxx, dyy, dxy) {
  const determinant = dxx * dyy - dxy ** 2;
  if (determinant === 0) return [0, 0];
  return [(dxy * dy - dyy * dx) / determinant, (dxy * dx - dxx * dy) / determinant];
}

/** (dx, dy) -> the logarithm of the blurred map that far from the peak, up to `reach`. As published: zeros around the
 *  map, the blur scaled back to the old maximum, then limited; beyond the border the nearest pixel inside counts. */
function logBlurred(values, h, w, x, y, kernel, { reach, low, high }) {
  const weights = gaussianKernel(kernel);
  const margin = (kernel - 1) / 2;
  const blurredAt = (column, row) => {
    let sum = 0;
    for (let j = Math.max(0, row - margin); j <= Math.min(h - 1, row + margin); j++) {
      let along = 0;
      for (let i = Math.max(0, column - margin); i <= Math.min(w - 1, column + margin); i++)
        along += weights[i - column + margin] * values[j * w + i];
      sum += weights[j - row + margin] * along;
    }
    return sum;
  };
  const columns = new Map();
  const within = (at, length) => Math.min(Math.max(at, 0), length - 1);
  const near = (dx, dy) => {
    const [column, row] = [within(x + dx, w), within(y + dy, h)];
    const place = row * w + column;
    if (!columns.has(place)) columns.set(place, blurredAt(column, row));
    return columns.get(place);
  };
  const steps = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const peak = values[y * w + x];
  let factor = 1;
  // A blur never raises the maximum: only a value under `low` or a peak over `high` can meet a limit, and no
  // difference of logarithms sees the factor otherwise.
  if (peak > high || steps.some((dy) => steps.some((dx) => near(dx, dy) < low))) {
    let highest = 0;
    for (let row = 0; row < h; row++)
      for (let column = 0; column < w; column++) highest = Math.max(highest, blurredAt(column, row));
    if (highest > 0) factor = peak / highest;
  }
  return (dx, dy) => Math.log(Math.min(Math.max(near(dx, dy) * factor, low), high));
}

// cv2.getGaussianKernel(side, 0), which is how the published decoders call it: fixed tables up to 9 pixels, and beyond
// them a Gaussian of sigma .3 ((side - 1) / 2 - 1) + .8. The tables are OpenCV's (modules/imgproc/src/smooth.dispatch.cpp).
const TABLES = {
  1: [1],
  3: [0.25, 0.5, 0.25],
  5: [0.0625, 0.25, 0.375, 0.25, 0.0625],
  7: [0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125],
  9: [4, 13, 30, 51, 60, 51, 30, 13, 4].map((share) => share / 256),
};

export function gaussianKernel(side) {
  if (!(side >= 1 && side % 2 === 1)) throw new RangeError(`kernel must be an odd number of pixels from 1, got ${side}`);
  if (TABLES[side]) return TABLES[side];
  const sigma = 0.3 * ((side - 1) / 2 - 1) + 0.8;
  const weights = Array.from({ length: side }, (_, i) => Math.exp(-((i - (side - 1) / 2) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((total, weight) => total + weight);
  return weights.map((weight) => weight / sum);
}

// ---- how alike two poses are ------------------------------------------------------------------------------------------

/** hrnet.metrics.oks of one pair, from 0 to 1. a: [[x, y, visibility], ...], the reference; b: [[x, y], ...]; area in
 *  square pixels; sigmas: one per joint. Also each joint's own share, null where it does not count. */
export function oks(a, b, area, sigmas) {
  const joints = a.map(([x, y, visibility], joint) => {
    if (!(visibility > 0)) return null;
    const squared = (b[joint][0] - x) ** 2 + (b[joint][1] - y) ** 2;
    return Math.exp(-squared / (2 * sigmas[joint]) ** 2 / (area + Number.EPSILON) / 2);
  });
  const counted = joints.filter((share) => share !== null);
  return { oks: counted.length ? counted.reduce((total, share) => total + share, 0) / counted.length : 0, joints };
}
