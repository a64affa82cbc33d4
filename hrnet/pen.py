"""Lines, joints, boxes and tags put into a canvas, anti-aliased, all sizes from one stroke. `draw` says what and where.

Places are photo pixels with the center of the first pixel at (0, 0), as everywhere. They may lie far outside.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet import colors
from hrnet.geometry import Box

Place = tuple[float, float]
Spot = tuple[float, float, float, float]  # left, top, right, bottom

# Sizes, chosen by eye on photos from 32x32 to 6000x4000. The side of a photo or a box is the root of its area.
PHOTO_STROKES = 210  # a photo's side in strokes; a limb is one stroke wide
PERSON_STROKES = 45  # a person's side in strokes, where that is thinner
THINNEST = 0.4  # of the photo's stroke, however small the person
BOX_LINE = 0.8  # of the photo's stroke
CASING = 0.45  # of the stroke on either side of it, a pixel or more
JOINT = 2.0  # radius of the surest joint in strokes; half of it at score 0
SMALLEST_JOINT = 1.0  # pixels
CORE = 0.55  # radius of the white core of the surest joint, of the joint's; nothing at score 0
SMALLEST_CORE = 0.8  # pixels; a smaller one is left out
HOLLOW = 0.6  # radius of the dark core of an occluded joint, of the joint's
ROOM = 0.4  # of the distance to the nearest joint: as far as a joint may reach toward it
DASH, DASH_GAP = 3.0, 2.2  # in strokes
TAG_TEXT, NAME_TEXT = 1 / 42, 1 / 50  # size of letters, of the photo's side
SMALLEST_TEXT = 11.0  # pixels
LARGEST_LABEL = 0.5  # of the picture's width and height; a larger one is left out
FONT, FONT_WEIGHT = "sans", 600  # OpenCV's own, so that every machine draws the same
CAPITAL = 0.7  # height of its capitals and digits, of the size

_SHIFT = 4  # OpenCV takes whole numbers: here sixteenths of a pixel
# OpenCV's anti-aliased polygons come out larger than asked, by about this much on every side (measured on 5.0).
_GROWTH = 0.7
_SMALLEST = 0.05  # pixels, of a shape that is nothing but its growth
_TURN = np.linspace(0, 2 * np.pi, 32, endpoint=False)
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)  # cv2.circle turns into a diamond at a radius of 2 pixels


@dataclass(frozen=True)
class Pen:
    """Draws in `canvas`, uint8 (H, W, 3) RGB, in place. `stroke` is the width of a limb in pixels."""

    canvas: np.ndarray
    stroke: float

    @classmethod
    def for_photo(cls, canvas: np.ndarray) -> Pen:
        return cls(canvas, max(1.0, _side(canvas) / PHOTO_STROKES))

    @classmethod
    def for_person(cls, canvas: np.ndarray, box: Box) -> Pen:
        """Thinner for a person who is small in the photo."""
        photo = _side(canvas) / PHOTO_STROKES
        person = math.sqrt(box.area) / PERSON_STROKES
        return cls(canvas, max(1.0, min(photo, max(person, THINNEST * photo))))

    @property
    def casing(self) -> float:
        """How far the dark casing reaches beyond a color."""
        return max(1.0, CASING * self.stroke)

    def line(self, start: Place, end: Place, width: float, color: str) -> None:
        """A straight line with square ends."""
        clipped = self._clip(start, end)
        if clipped:
            self._fill(_bar(*clipped, width, cap=width / 2), color)

    def dashes(self, start: Place, end: Place, width: float, color: str) -> None:
        """A dashed line that begins and ends with a dash and, however short, has a gap in its middle."""
        clipped = self._clip(start, end)
        if not clipped:
            return
        (x, y), (right, bottom) = clipped
        dash, gap = DASH * self.stroke, DASH_GAP * self.stroke
        dx, dy = right - x, bottom - y
        count = max(2, round((math.hypot(dx, dy) + gap) / (dash + gap)))
        whole = count * dash + (count - 1) * gap  # stretched or squeezed a little to fill the line
        bars = []
        for k in range(count):
            a, b = k * (dash + gap) / whole, (k * (dash + gap) + dash) / whole
            bars.append(_bar((x + a * dx, y + a * dy), (x + b * dx, y + b * dy), width, cap=0))
        cv2.fillPoly(self.canvas, list(_fixed(bars)), colors.rgb(color), cv2.LINE_AA, _SHIFT)  # they do not overlap

    def joint(self, place: Place, radius: float, side: str, color: str) -> None:
        """A disc for the left, a square for the right, a diamond for the middle, of about the same size."""
        x, y = place
        height, width = self.canvas.shape[:2]
        if not (-2 * radius < x < width + 2 * radius and -2 * radius < y < height + 2 * radius):
            return
        if side == "left":
            self._fill(max(radius - _GROWTH, _SMALLEST) * _CIRCLE + (x, y), color)
        elif side == "right":
            r = max(0.9 * radius - _GROWTH, _SMALLEST)
            self._fill([(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)], color)
        else:
            r = max(1.25 * radius - 1.4 * _GROWTH, _SMALLEST)
            self._fill([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], color)

    def box(self, box: Box, color: str = colors.BOX) -> None:
        """Its edges; one that lies outside of the photo is not drawn, one on the border is moved in to be seen."""
        height, width = self.canvas.shape[:2]
        line, casing = max(1, round(BOX_LINE * self.stroke)), round(self.casing)
        reach = line // 2 + casing
        x, right = _seen_edge(box.x, reach, width - 1), _seen_edge(box.x + box.w, reach, width - 1)
        y, bottom = _seen_edge(box.y, reach, height - 1), _seen_edge(box.y + box.h, reach, height - 1)
        for more, ink in ((casing, colors.CASING), (0, color)):
            before, after = (line - 1) // 2 + more, line // 2 + more + 1
            for edge in (x, right):
                self._block(edge - before, y - before, edge + after, bottom + after, ink)
            for edge in (y, bottom):
                self._block(x - before, edge - before, right + after, edge + after, ink)

    def tag(self, box: Box, text: str, avoid: Sequence[Spot] = (), color: str = colors.BOX) -> Spot | None:
        """A label on a box: over its upper edge, else under its lower one, where it covers nothing to avoid.

        Returns: where it lies, always inside the picture; None where the picture is too small, or the box outside.
        """
        height, width = self.canvas.shape[:2]
        size = self._text_size(TAG_TEXT)
        w, h = _text_extent(text, size)
        if not box.touches((height, width)) or not self._has_room(w, h):
            return None
        left, right = box.x - self.casing, box.x + box.w + self.casing - w
        above, below = box.y - h if box.y >= h else box.y, box.y + box.h
        spots = []
        for x, y in ((left, above), (right, above), (left, below), (right, below)):
            x, y = round(min(max(0, x), width - w)), round(min(max(0, y), height - h))
            spots.append((x, y, x + w, y + h))
        spot = next((spot for spot in spots if not any(_overlap(spot, other) for other in avoid)), spots[0])
        self._label(text, *spot[:2], size, colors.CASING, color)
        return spot

    def names(self, joints: Sequence[tuple[Place, str, int, str]], avoid: Sequence[Spot] = ()) -> None:
        """Words beside joints, where they cover neither a joint nor each other; without such a place, no word.

        Args:
            joints: of each its place, its name, the side that is tried first (+1 right, -1 left), and the color.
            avoid: what else is not to be covered.
        """
        height, width = self.canvas.shape[:2]
        size = self._text_size(NAME_TEXT)
        radius = JOINT * self.stroke + self.casing
        away = radius + self.stroke
        taken = [*avoid, *((x - radius, y - radius, x + radius, y + radius) for (x, y), *_ in joints)]
        for (x, y), text, toward, color in joints:
            w, h = _text_extent(text, size)
            if not (self._has_room(w, h) and 0 <= x < width and 0 <= y < height):
                continue
            for side, rows in itertools.product((toward, -toward), (0, -1, 1, -2, 2, -3, 3)):
                left, top = round(x + away if side > 0 else x - away - w), round(y + (rows - 0.5) * h)
                spot = (left, top, left + w, top + h)
                inside = left >= 0 and top >= 0 and left + w <= width and top + h <= height
                if inside and not any(_overlap(spot, other) for other in taken):
                    taken.append(spot)
                    self._label(text, left, top, size, color, colors.CASING)
                    self._leader((x, y), (left if side > 0 else left + w, top + h / 2), radius, color)
                    break

    def _leader(self, place: Place, end: Place, radius: float, color: str) -> None:
        """A thin line from a joint's rim to its name."""
        dx, dy = end[0] - place[0], end[1] - place[1]
        rim = min(1.0, radius / math.hypot(dx, dy))
        self.line((place[0] + rim * dx, place[1] + rim * dy), end, THINNEST * self.stroke, color)

    def _text_size(self, share: float) -> int:
        return round(max(SMALLEST_TEXT, share * _side(self.canvas)))

    def _has_room(self, w: int, h: int) -> bool:
        """Whether a label leaves most of the picture to be seen."""
        height, width = self.canvas.shape[:2]
        return w <= LARGEST_LABEL * width and h <= LARGEST_LABEL * height

    def _label(self, text: str, left: int, top: int, size: int, ink: str, paper: str) -> None:
        w, h = _text_extent(text, size)
        self._block(left, top, left + w, top + h, paper)
        place = (left + _margin(size), top + round((h + CAPITAL * size) / 2))
        cv2.putText(self.canvas, text, place, colors.rgb(ink), _font(), size, FONT_WEIGHT)

    def _block(self, left: int, top: int, right: int, bottom: int, color: str) -> None:
        self.canvas[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = colors.rgb(color)

    def _fill(self, corners: list[Place] | np.ndarray, color: str) -> None:
        cv2.fillConvexPoly(self.canvas, _fixed(corners), colors.rgb(color), cv2.LINE_AA, _SHIFT)

    def _clip(self, start: Place, end: Place) -> tuple[Place, Place] | None:
        """The part of a line near the canvas (Liang and Barsky 1984), so that OpenCV's whole numbers suffice."""
        (x, y), (right, bottom) = start, end
        height, width = self.canvas.shape[:2]
        if 0 <= x < width and 0 <= right < width and 0 <= y < height and 0 <= bottom < height:
            return start, end
        if max(abs(x), abs(y)) > max(abs(right), abs(bottom)):  # from a very far place, x + t * dx loses its digits
            clipped = self._clip(end, start)
            return clipped and clipped[::-1]
        dx, dy = right - x, bottom - y
        beyond = 4 * (self.stroke + self.casing)
        enter, leave = 0.0, 1.0
        for step, low, high in ((dx, -beyond - x, width + beyond - x), (dy, -beyond - y, height + beyond - y)):
            if step == 0:
                if low > 0 or high < 0:
                    return None
                continue
            near, far = sorted((low / step, high / step))
            enter, leave = max(enter, near), min(leave, far)
        if enter > leave:
            return None
        # Held to the bounds once more, where both ends are as far.
        xs = [min(max(x + t * dx, -beyond), width + beyond) for t in (enter, leave)]
        ys = [min(max(y + t * dy, -beyond), height + beyond) for t in (enter, leave)]
        return (xs[0], ys[0]), (xs[1], ys[1])


def _fixed(places: list | np.ndarray) -> np.ndarray:
    """Places as OpenCV takes them."""
    return np.rint(np.asarray(places) * (1 << _SHIFT)).astype(np.int32)


def _bar(start: Place, end: Place, width: float, cap: float) -> list[Place]:
    """The corners of a rectangle along a line, `cap` longer at both ends."""
    (x, y), (right, bottom) = start, end
    length = math.hypot(right - x, bottom - y)
    along_x, along_y = ((right - x) / length, (bottom - y) / length) if length else (1.0, 0.0)
    more = max(cap - _GROWTH, _SMALLEST - length / 2)
    half = max(width / 2 - _GROWTH, _SMALLEST)
    x, y, right, bottom = x - more * along_x, y - more * along_y, right + more * along_x, bottom + more * along_y
    dx, dy = -half * along_y, half * along_x
    return [(x + dx, y + dy), (right + dx, bottom + dy), (right - dx, bottom - dy), (x - dx, y - dy)]


def _side(canvas: np.ndarray) -> float:
    return math.sqrt(canvas.shape[0] * canvas.shape[1])


def _seen_edge(place: float, reach: int, last: int) -> int:
    """An edge on the border, moved in until its whole line is seen; one beyond it, kept just out of sight."""
    if -1 - reach <= place <= last + 1 + reach:
        return round(min(max(place, reach), max(last - reach, 0)))
    return -4 * reach if place < 0 else last + 4 * reach


def _overlap(a: Spot, b: Spot) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _font() -> cv2.FontFace:
    """A new one each time: a shared one mixes up letters when two threads write at once (seen in OpenCV 5.0)."""
    return cv2.FontFace(FONT)


def _margin(size: int) -> int:
    return max(2, round(0.3 * size))


def _text_extent(text: str, size: int) -> tuple[int, int]:
    """Width and height of a label, its margins included."""
    width = cv2.getTextSize((0, 0), text, (0, 0), _font(), size, FONT_WEIGHT)[2]
    return width + 2 * _margin(size), round(1.35 * size)
