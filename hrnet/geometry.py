"""Boxes, affine maps, and the rules that turn a box into a crop: three published ones, and their common variants.

Frame: x right, y down, and the center of the first pixel is (0, 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

GRAY = 128  # the level of letterboxes: letterbox_image in src/image.c of pjreddie/darknet fills with .5
PADDING = 1.25  # lib/dataset/coco.py of leoxiaobin/deep-high-resolution-net.pytorch, _xywh2cs: scale * 1.25

Size = tuple[int, int]  # (height, width)


@dataclass(frozen=True)
class Box:
    """A rectangle in photo pixels: left, top, width, height; the whole picture is (0, 0, W, H)."""

    x: float
    y: float
    w: float
    h: float
    score: float = 1.0

    def __post_init__(self) -> None:
        values = (self.x, self.y, self.w, self.h)
        if not all(math.isfinite(v) for v in values) or self.w <= 0 or self.h <= 0:
            raise ValueError(f"a box is x, y, width, height with a width and height above 0, got {list(values)}")

    @property
    def center(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def area(self) -> float:
        return self.w * self.h

    @property
    def xywh(self) -> np.ndarray:
        return np.array([self.x, self.y, self.w, self.h], np.float64)

    def mirrored(self, width: int) -> Box:
        """The same box in the mirrored photo of that width: x' = width - 1 - x - w, as keypoints mirror."""
        return Box(width - 1 - self.x - self.w, self.y, self.w, self.h, self.score)

    def touches(self, size: Size) -> bool:
        """Whether any of it lies inside a photo of that size (height, width)."""
        height, width = size
        return self.x < width and self.y < height and self.x + self.w > 0 and self.y + self.h > 0

    @classmethod
    def around(cls, keypoints: np.ndarray, margin: float = 0.0) -> Box:
        """The tight box of the keypoints (K, 2 or more columns), grown by `margin` of its size on each side.

        A side without extent is given one pixel, so that a single joint still has a box.

        Raises:
            ValueError: there are no keypoints.
        """
        if len(keypoints) == 0:
            raise ValueError("a box around no keypoints at all has no place")
        low, high = keypoints[:, :2].min(axis=0), keypoints[:, :2].max(axis=0)
        size = np.maximum(high - low, 1.0)
        x, y = (low + high) / 2 - size * (0.5 + margin)
        w, h = size * (1 + 2 * margin)
        return cls(float(x), float(y), float(w), float(h))


def whole(photo: np.ndarray) -> Box:
    """The box of the whole picture."""
    return Box(0, 0, photo.shape[1], photo.shape[0])


class Affine:
    """A 2x3 matrix that maps points (x, y) to `matrix @ (x, y, 1)`. Immutable; `a @ b` does b first.

    Raises:
        ValueError: the values do not form two rows of three finite numbers.
    """

    __slots__ = ("matrix",)

    matrix: np.ndarray  # float64 (2, 3)

    def __init__(self, matrix: object) -> None:
        values = np.array(matrix, np.float64)
        if values.shape != (2, 3) or not np.isfinite(values).all():
            raise ValueError(f"an affine map has two rows of three finite numbers, got {values.tolist()}")
        values.flags.writeable = False
        object.__setattr__(self, "matrix", values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("an Affine does not change; make a new one")

    def __reduce__(self) -> tuple[type[Affine], tuple[list[list[float]]]]:
        return Affine, (self.matrix.tolist(),)

    def __repr__(self) -> str:
        return f"Affine({np.round(self.matrix, 4).tolist()})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Affine) and bool(np.array_equal(self.matrix, other.matrix))

    def __hash__(self) -> int:
        return hash(self.matrix.tobytes())

    def __matmul__(self, other: Affine) -> Affine:
        # Numbers by hand, here and below: numpy takes ten times as long for matrices as small as these.
        (a, b, x), (c, d, y) = self.matrix.tolist()
        (e, f, u), (g, h, v) = other.matrix.tolist()
        return Affine(
            [[a * e + b * g, a * f + b * h, a * u + b * v + x], [c * e + d * g, c * f + d * h, c * u + d * v + y]]
        )

    @classmethod
    def scaling(cls, x: float, y: float) -> Affine:
        return cls([[x, 0, 0], [0, y, 0]])

    @classmethod
    def translation(cls, x: float, y: float) -> Affine:
        return cls([[1, 0, x], [0, 1, y]])

    @classmethod
    def mirror(cls, width: int) -> Affine:
        """The left-right mirror of a picture of that width: the first and the last column trade places."""
        return cls([[-1, 0, width - 1], [0, 1, 0]])

    def inverse(self) -> Affine:
        """Raises ValueError where the map squeezes the plane into a line and cannot be undone."""
        (a, b, x), (c, d, y) = self.matrix.tolist()
        determinant = a * d - b * c
        if abs(determinant) < 1e-12:
            raise ValueError(f"{self!r} has no inverse")
        return Affine(
            [
                [d / determinant, -b / determinant, (b * y - d * x) / determinant],
                [-c / determinant, a / determinant, (c * x - a * y) / determinant],
            ]
        )

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Move points (..., 2 or more columns); columns after x and y are kept. Gives a new float array."""
        points = np.asarray(points)
        moved = points.astype(np.result_type(points.dtype, np.float32), copy=True)
        moved[..., :2] = points[..., :2] @ self.matrix[:, :2].T + self.matrix[:, 2]
        return moved

    def warp(self, photo: np.ndarray, size: Size, out: np.ndarray | None = None, fill: int = 0) -> np.ndarray:
        """Sample a crop of `size` (height, width) from a photo (H, W, 3) uint8.

        Bilinear without smoothing, like the published code: a crop more than about twice smaller than its source
        aliases a little, as it did when the published weights were trained.

        Args:
            out: uint8 (height, width, 3), written in place where given, so that crops land straight in a batch.
            fill: gray level outside of the photo; black, as published, if nothing is said.
        Raises:
            ValueError: the photo is not uint8, or `out` has another shape or type.
        """
        if photo.dtype != np.uint8 or photo.ndim not in (2, 3) or 0 in photo.shape:
            raise ValueError(f"a photo is uint8 (H, W, 3), got {photo.dtype} {photo.shape}; read it with hrnet.image")
        expected = (*size, *photo.shape[2:])
        if out is not None and (out.shape != expected or out.dtype != np.uint8):
            raise ValueError(f"out must be uint8 {expected}, got {out.dtype} {out.shape}")
        matrix = self.matrix
        if photo.shape[0] * photo.shape[1] > REGION_PIXELS:
            photo, matrix = _region(photo, self, size)
        height, width = size
        if out is None:
            out = np.empty(expected, np.uint8)
        options = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_CONSTANT, "borderValue": (fill,) * 4}
        if photo.shape[2:] == (3,) and photo.size <= FOUR_CHANNELS * out.size:
            four = cv2.warpAffine(cv2.cvtColor(photo, cv2.COLOR_RGB2RGBA), matrix, (width, height), **options)
            cv2.cvtColor(four, cv2.COLOR_RGBA2RGB, dst=out)
        else:
            cv2.warpAffine(photo, matrix, (width, height), dst=out, **options)
        return out


REGION_PIXELS = 100_000  # above this only the needed part is handed to OpenCV: less memory to walk through

# OpenCV 5 samples four channels 2.5 times as quickly as three, to the same values. The detour is worth it until the
# source has so many times the pixels of the crop; measured from 96x72 to 512x384.
FOUR_CHANNELS = 8


def _region(photo: np.ndarray, affine: Affine, size: Size) -> tuple[np.ndarray, np.ndarray]:
    """The part of a photo that the crop looks at, and the matrix from there. Values differ from those of the whole by
    one gray level at most, as the matrix is rounded elsewhere; OpenCV takes no source beyond 32,767 pixels a side."""
    (a, b, shift_x), (c, d, shift_y) = affine.matrix.tolist()
    determinant = a * d - b * c
    if determinant == 0:
        return photo, affine.matrix
    across, down = (size[1] - 1) / determinant, (size[0] - 1) / determinant
    corner = (b * shift_y - d * shift_x) / determinant, (c * shift_x - a * shift_y) / determinant
    sides = (d * across, -b * down), (-c * across, a * down)  # what the crop's two sides are in the photo, for x and y
    spans = []
    for start, steps, limit in zip(corner, sides, photo.shape[1::-1], strict=True):
        low = start + sum(min(step, 0) for step in steps)
        high = start + sum(max(step, 0) for step in steps)
        first = math.floor(min(max(low - 1, 0), limit - 1))
        spans.append((first, math.ceil(min(max(high + 2, first + 1), limit))))
    (x, right), (y, bottom) = spans
    moved = np.array([[a, b, shift_x + a * x + b * y], [c, d, shift_y + c * x + d * y]])
    return photo[y:bottom, x:right], moved


@dataclass(frozen=True)
class CropRule:
    """How a code base goes from a box to a crop, and from a heatmap pixel back to a crop pixel.

    The published rules grow the box to the proportions of the input and leave black what lies outside of the photo.
    `replace(rule, fill=GRAY)` and `replace(rule, stretch=True)` are what other projects do instead.

    Raises:
        ValueError: fill is not a gray level.
    """

    family: str  # the published rule that it is, or is a variant of
    by_size_minus_one: bool  # a crop of W pixels is W - 1 units long, measured between pixel centers
    clockwise: int  # +1: the content turns clockwise on screen for a positive angle, -1: anticlockwise
    heatmap_by_size_minus_one: bool  # heatmap pixel -> crop pixel is (W - 1) / (w - 1) instead of exactly W / w
    flip_shift: bool  # the flip test moves the mirrored heatmap by one pixel (toolkits call it SHIFT_HEATMAP)
    stretch: bool = False  # the box keeps its own proportions, so the person is squeezed or widened into the input
    fill: int = 0  # gray level, 0 to 255, outside of the photo

    def __post_init__(self) -> None:
        if self.fill != int(self.fill) or not 0 <= self.fill <= 255:
            raise ValueError(f"fill is a gray level, a whole number from 0 to 255, got {self.fill}")

    @property
    def name(self) -> str:
        """The family and how it departs from it: "udp", "udp-gray", "udp-stretch". Weights files carry this name."""
        gray = "gray" if self.fill == GRAY else f"fill{self.fill}"
        return "-".join([self.family] + ["stretch"] * self.stretch + [gray] * (self.fill != 0))

    def affine(self, box: Box, input_size: Size, rotation: float, scale: float, shift: tuple[float, float]) -> Affine:
        """See `crop_affine`."""
        height, width = input_size
        side_w, side_h = padded_sides(box, input_size, scale, stretch=self.stretch)
        center_x, center_y = box.center
        center_x, center_y = center_x + shift[0] * side_w, center_y + shift[1] * side_h
        less = 1 if self.by_size_minus_one else 0
        # Equal if nothing is stretched, but for the one pixel that may be missing.
        scale_x, scale_y = (width - less) / side_w, (height - less) / side_h
        angle = math.radians(rotation) * self.clockwise
        cos, sin = math.cos(angle), math.sin(angle)
        (a, b), (c, d) = (scale_x * cos, -scale_x * sin), (scale_y * sin, scale_y * cos)
        target_x, target_y = (width - less) / 2, (height - less) / 2
        shift_x, shift_y = target_x - (a * center_x + b * center_y), target_y - (c * center_x + d * center_y)
        return Affine([[a, b, shift_x], [c, d, shift_y]])

    def heatmap_to_crop(self, input_size: Size, heatmap_size: Size) -> Affine:
        """The map from heatmap pixels to crop pixels; its inverse places a target."""
        less = 1 if self.heatmap_by_size_minus_one else 0
        (height, width), (h, w) = input_size, heatmap_size
        return Affine.scaling((width - less) / (w - less), (height - less) / (h - less))


# lib/utils/transforms.py of leoxiaobin/deep-high-resolution-net.pytorch: sizes are counted in pixels, center at W / 2.
OFFICIAL = CropRule("official", False, -1, False, flip_shift=True)
# HuangJunJie2017/UDP-Pose (arXiv 1911.07524): lengths are measured between pixel centers. Turns the other way.
UDP = CropRule("udp", True, +1, True, flip_shift=False)
# The walkthrough port that many learn from: centers on (W - 1) / 2, yet multiplies heatmap pixels by 4.
WALKTHROUGH = CropRule("walkthrough", True, -1, False, flip_shift=True)

RULES: dict[str, CropRule] = {
    rule.name: rule
    for family in (OFFICIAL, UDP, WALKTHROUGH)
    for rule in (family, replace(family, fill=GRAY), replace(family, stretch=True))
}


def padded_sides(box: Box, input_size: Size, scale: float = 1.0, *, stretch: bool = False) -> tuple[float, float]:
    """Width and height, in photo pixels, of what the network sees: the shorter side grown to the input's proportions,
    unless the rule stretches, then both times `PADDING` and `scale`."""
    aspect = input_size[1] / input_size[0]
    w, h = box.w, box.h
    if not stretch:
        w, h = max(w, aspect * h), max(h, w / aspect)
    return w * PADDING * scale, h * PADDING * scale


def crop_affine(
    box: Box,
    input_size: Size,
    rule: CropRule = OFFICIAL,
    rotation: float = 0.0,
    scale: float = 1.0,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Affine:
    """The map from photo pixels to the pixels of the crop that the network sees.

    Args:
        box: where the person is, in photo pixels.
        input_size: (height, width) of the crop.
        rotation: degrees, in the sense of the rule: the content turns anticlockwise for a positive angle under
            OFFICIAL and WALKTHROUGH, clockwise under UDP.
        scale: multiplies the padding of 1.25; above 1 the person gets smaller.
        shift: moves the view, in fractions of the padded box.

    Raises:
        ValueError: the scale or a side of the input is not above 0.
    Source: get_affine_transform (official, walkthrough), get_warpmatrix (UDP); see the rules above.
    """
    if min(input_size) < 1 or not scale > 0:
        raise ValueError(f"a crop needs a size and a scale above 0, got {input_size} and {scale}")
    return rule.affine(box, input_size, rotation, scale, shift)
