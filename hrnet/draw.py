"""People, boxes and heatmaps over a photo. Every function gives a new picture and leaves the given one alone.

The person's left is blue, solid and round, the right orange, dashed and square, the middle gray, solid and pointed:
color is never the only sign. Every line wears a dark casing, so that it shows on any photo, and every size follows
from the photo's and the person's (`hrnet.pen`). Titles and the numbers of a scale are left to the page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import cv2
import numpy as np

from hrnet import colors
from hrnet.geometry import Affine, Box, Size
from hrnet.metrics.similarity import COUNTED_SCORE
from hrnet.pen import CORE, HOLLOW, JOINT, ROOM, SMALLEST_CORE, SMALLEST_JOINT, Pen, Place, Spot
from hrnet.person import Person
from hrnet.show import Frame, Limits, Line, Marks, Point, check_limits
from hrnet.skeleton import Skeleton

VISIBLE = COUNTED_SCORE  # a joint is drawn where it counts toward its person's score: above .2
OCCLUDED = 1  # of an annotated joint: labelled, yet not seen in the photo
OPAQUE = 1.5  # a heatmap hides the photo in proportion to its height, times this: from two thirds of it, wholly


def people(
    photo: np.ndarray,
    people: Sequence[Person],
    skeleton: Skeleton,
    *,
    threshold: float = VISIBLE,
    boxes: bool = True,
    labels: bool = True,
    names: bool = False,
    in_place: bool = False,
) -> np.ndarray:
    """Draw what the network found; the first person lies on top.

    A joint is drawn where its score is above the threshold, a limb where both its joints are. The surer a joint, the
    larger it is, and the larger its white core.

    Args:
        photo: uint8 (H, W, 3).
        boxes: the box of every person, in the color of the person's id where there is one.
        labels: on every box the person's id, or else number in the list counted from 1, and score.
        names: beside every drawn joint its name, or its number where the name is not written in ASCII.
        in_place: draw into the photo itself, where a copy of a large one would take too much memory.
    Returns:
        uint8 (H, W, 3).
    Raises:
        ValueError: photo is of another kind, or a person has another number of joints than the skeleton.
    """
    canvas = _writable(photo) if in_place else _copy(photo)
    pen = Pen.for_photo(canvas)
    words, tags = [], []
    for number, person in reversed(list(enumerate(people, start=1))):
        seen = _seen(person.keypoints, skeleton, threshold)
        color = colors.of_person(person.id)
        if boxes:
            pen.box(person.box, color)
            tags.append((person.box, f"{number if person.id is None else person.id}  {person.score:.2f}", color))
        strength = np.clip(person.keypoints[:, 2], 0, 1)
        _figure(Pen.for_person(canvas, person.box), person.keypoints, seen, strength, skeleton)
        words += _names(person.keypoints, seen, skeleton) if names else []
    spots = _tags(pen, tags[::-1]) if labels else []
    if names:
        pen.names(words, avoid=spots)
    return canvas


def annotation(photo: np.ndarray, keypoints: np.ndarray, skeleton: Skeleton, *, names: bool = False) -> np.ndarray:
    """Draw what a person annotated: a joint seen is filled, an occluded one hollow, an unlabelled one left out.

    Args:
        photo: uint8 (H, W, 3).
        keypoints: (K, 3): x and y in photo pixels, and 0 unlabelled, 1 occluded, 2 visible.
    Raises:
        ValueError: photo is of another kind, or there are not K joints.
    """
    canvas = _copy(photo)
    seen = _seen(keypoints, skeleton, 0)
    if seen.any():
        pen = Pen.for_person(canvas, Box.around(keypoints[seen]))
        _figure(pen, keypoints, seen, np.ones(len(keypoints)), skeleton, hollow=keypoints[:, 2] == OCCLUDED)
        if names:
            Pen.for_photo(canvas).names(_names(keypoints, seen, skeleton))
    return canvas


def boxes(photo: np.ndarray, boxes: Iterable[Box], *, labels: Sequence[str] = ()) -> np.ndarray:
    """Draw boxes, each with its label where labels are given. An edge outside of the photo is not drawn."""
    canvas = _copy(photo)
    boxes = list(boxes)
    if labels and len(labels) != len(boxes):
        raise ValueError(f"{len(boxes)} boxes take {len(boxes)} labels or none, got {len(labels)}")
    pen = Pen.for_photo(canvas)
    for box in boxes:
        pen.box(box)
    _tags(pen, [(box, text, colors.BOX) for box, text in zip(boxes, labels, strict=True)] if labels else [])
    return canvas


def window(photo: np.ndarray, affine: Affine, input_size: Size) -> np.ndarray:
    """Draw, dashed, the border of what the network sees: the outer edge of the crop's pixels, carried to the photo.

    Args:
        affine: photo pixels -> crop pixels.
        input_size: (height, width) of the crop.
    """
    canvas = _copy(photo)
    corners = affine.inverse().apply(_edge(input_size))
    pen = Pen.for_photo(canvas)
    edges = list(zip(corners.tolist(), np.roll(corners, -1, axis=0).tolist(), strict=True))
    for start, end in edges:
        pen.line(start, end, pen.stroke + 2 * pen.casing, colors.CASING)
    for start, end in edges:
        pen.dashes(start, end, pen.stroke, colors.BOX)
    return canvas


def marks(people: Sequence[Person], skeleton: Skeleton, *, threshold: float = VISIBLE) -> Marks:
    """What `people` draws, as data for a page that draws it itself: the same joints, limbs and boxes."""
    points, lines = [], []
    for number, person in enumerate(people):
        seen = _seen(person.keypoints, skeleton, threshold)
        for joint in np.flatnonzero(seen).tolist():
            x, y, score = person.keypoints[joint].tolist()
            points.append(Point(x, y, joint, number, score))
        lines += _lines(person.keypoints, seen, skeleton, number)
    return Marks(tuple(points), tuple(lines), tuple(Frame(person.box, n) for n, person in enumerate(people)))


def annotation_marks(keypoints: np.ndarray, skeleton: Skeleton, *, person: int = 0) -> Marks:
    """What `annotation` draws, as data."""
    seen = _seen(keypoints, skeleton, 0)
    points = []
    for joint in np.flatnonzero(seen).tolist():
        x, y, visibility = keypoints[joint].tolist()
        points.append(Point(x, y, joint, person, occluded=visibility == OCCLUDED))
    return Marks(tuple(points), tuple(_lines(keypoints, seen, skeleton, person)))


def heatmap(
    photo: np.ndarray,
    heatmap: np.ndarray,
    to_photo: Affine,
    *,
    limits: Limits = (0.0, 1.0),
    opacity: float = 0.9,
    smooth: bool = True,
) -> np.ndarray:
    """Lay one heatmap over the photo, where it belongs; the lower a value, the more of the photo shows through.

    Args:
        photo: uint8 (H, W, 3).
        heatmap: (h, w).
        to_photo: heatmap pixels -> photo pixels: `affine.inverse() @ rule.heatmap_to_crop(input_size, (h, w))`.
        limits: the values painted clear and brightest. The default is the same for every map, so that maps can be
            compared; (0, heatmap.max()) makes a faint map bright.
        opacity: of the brightest.
        smooth: False shows the pixels of the heatmap as they are.
    Raises:
        ValueError: heatmap is no finite (h, w), limits are no (low, high), or to_photo has no inverse.
    """
    canvas = _copy(photo)
    values = _field(heatmap)
    to_photo.inverse()  # says why, where there is none
    corners = to_photo.apply(_edge(values.shape))
    limit = np.array([canvas.shape[1], canvas.shape[0]])
    x, y = np.clip(np.floor(corners.min(axis=0)), 0, limit).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)) + 1, 0, limit).astype(int)
    if x >= right or y >= bottom:
        return canvas
    region = canvas[y:bottom, x:right]
    matrix, size = (Affine.translation(-x, -y) @ to_photo).matrix, (int(right - x), int(bottom - y))
    method = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    local = cv2.warpAffine(values, matrix, size, flags=method, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones(values.shape, np.uint8), matrix, size, flags=cv2.INTER_NEAREST)
    share = _share(local, limits)
    weight = np.minimum(OPAQUE * share, 1) * inside * np.float32(opacity)
    region[:] = cv2.blendLinear(_paint(share, colors.MAGMA), np.ascontiguousarray(region), weight, 1 - weight)
    return canvas


def field(values: np.ndarray, limits: Limits, table: np.ndarray = colors.MAGMA) -> np.ndarray:
    """A map (h, w) of numbers as a picture uint8 (h, w, 3), low to high in the colors of the table.

    A signed map is shown with limits (-a, a) and `colors.SIGNED`, so that white is zero.

    Raises:
        ValueError: values is no finite (h, w), or limits are no (low, high).
    """
    return _paint(_share(_field(values), limits), table)


def scale_bar(size: Size, table: np.ndarray = colors.MAGMA) -> np.ndarray:
    """The colors of a table from low (left) to high (right), a picture of that size; the page writes the numbers."""
    height, width = size
    return _paint(np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1)), table)


def sheet(pictures: Sequence[np.ndarray], columns: int, *, gap: int = 8) -> np.ndarray:
    """Pictures in rows of `columns`, each in the middle of a cell as large as the largest, dark between them.

    Raises:
        ValueError: there is no picture, one is not uint8 (H, W, 3), or columns is below 1.
    """
    if not pictures or columns < 1:
        raise ValueError(f"a sheet needs a picture and a column or more, got {len(pictures)} in {columns} columns")
    for picture in pictures:
        _check(picture)
    height, width = (max(picture.shape[axis] for picture in pictures) for axis in (0, 1))
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    canvas = np.empty((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), np.uint8)
    canvas[:] = colors.rgb(colors.CASING)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, columns)
        h, w = picture.shape[:2]
        y, x = row * (height + gap) + (height - h) // 2, column * (width + gap) + (width - w) // 2
        canvas[y : y + h, x : x + w] = picture
    return canvas


def _check(photo: np.ndarray) -> None:
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        given = f"{photo.dtype} {photo.shape}" if isinstance(photo, np.ndarray) else type(photo).__name__
        raise ValueError(f"a photo is uint8 (height, width, 3), RGB, got {given}. hrnet.image.read gives one.")
    if photo.size == 0:
        raise ValueError(f"a photo has a pixel or more, got {photo.shape}")


def _copy(photo: np.ndarray) -> np.ndarray:
    _check(photo)
    return np.array(photo, order="C")


def _writable(photo: np.ndarray) -> np.ndarray:
    _check(photo)
    return photo if photo.flags.c_contiguous and photo.flags.writeable else _copy(photo)


def _seen(keypoints: np.ndarray, skeleton: Skeleton, threshold: float) -> np.ndarray:
    """(K,) whether each joint is drawn: it has a place, and a score (or visibility) above the threshold."""
    if keypoints.shape != (len(skeleton), 3):
        raise ValueError(
            f"keypoints must have shape ({len(skeleton)}, 3) for the skeleton {skeleton.name!r}, got {keypoints.shape}"
        )
    return np.isfinite(keypoints).all(axis=1) & (keypoints[:, 2] > threshold)


def _lines(keypoints: np.ndarray, seen: np.ndarray, skeleton: Skeleton, person: int) -> list[Line]:
    """The limbs of which both ends are drawn."""
    places = [(x, y) for x, y, _ in keypoints.tolist()]
    return [Line(places[a], places[b], (a, b), person) for a, b in skeleton.limbs if seen[a] and seen[b]]


def _field(values: np.ndarray) -> np.ndarray:
    values = np.ascontiguousarray(values, np.float32)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"one map is finite numbers of shape (height, width), got shape {values.shape}")
    return values


def _share(values: np.ndarray, limits: Limits) -> np.ndarray:
    """Where values lie between the limits, from 0 to 1."""
    check_limits(limits)
    low, high = limits
    return np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)


def _paint(share: np.ndarray, table: np.ndarray) -> np.ndarray:
    levels = np.rint(share * 255).astype(np.uint8)
    return cv2.applyColorMap(levels, table.reshape(256, 1, 3))


def _edge(size: Size) -> np.ndarray:
    """The corners of a picture's outermost pixels, half a pixel beyond their centers."""
    right, bottom = size[1] - 0.5, size[0] - 0.5
    return np.array([[-0.5, -0.5], [right, -0.5], [right, bottom], [-0.5, bottom]])


def _tags(pen: Pen, tags: list[tuple[Box, str, str]]) -> list[Spot]:
    """Write them, each beside the ones before where that can be, and say where they lie."""
    spots: list[Spot] = []
    for box, text, color in tags:
        spot = pen.tag(box, text, avoid=spots, color=color)
        spots += [spot] if spot else []
    return spots


def _limb_side(skeleton: Skeleton, a: int, b: int) -> str:
    """The side of the limb's joints; between the left and the right it is the middle."""
    sides = {skeleton.sides[a], skeleton.sides[b]} - {"middle"}
    return sides.pop() if len(sides) == 1 else "middle"


def _figure(
    pen: Pen,
    keypoints: np.ndarray,
    seen: np.ndarray,
    strength: np.ndarray,
    skeleton: Skeleton,
    hollow: np.ndarray | None = None,
) -> None:
    """All limbs, then all joints; of the limbs all casings first, so that they join where they meet.

    strength: (K,) from 0 to 1, the size of each joint. hollow: (K,) which joints get a dark core.
    """
    limbs = _lines(keypoints, seen, skeleton, 0)
    for limb in limbs:
        pen.line(limb.start, limb.end, pen.stroke + 2 * pen.casing, colors.CASING)
    for limb in limbs:
        side = _limb_side(skeleton, *limb.joints)
        draw = pen.dashes if side == "right" else pen.line
        draw(limb.start, limb.end, pen.stroke, colors.ON_DARK.of_side(side))
    places = keypoints[:, :2].tolist()
    for joint, radius in zip(np.flatnonzero(seen).tolist(), _radii(pen, keypoints[seen], strength[seen]), strict=True):
        place, side = places[joint], skeleton.sides[joint]
        pen.joint(place, radius + pen.casing, side, colors.CASING)
        pen.joint(place, radius, side, colors.ON_DARK.of_side(side))
        if hollow is not None and hollow[joint]:
            pen.joint(place, HOLLOW * radius, side, colors.CASING)
        elif strength[joint] * CORE * radius >= SMALLEST_CORE:
            pen.joint(place, strength[joint] * CORE * radius, side, colors.CORE)


def _radii(pen: Pen, keypoints: np.ndarray, strength: np.ndarray) -> list[float]:
    """Of drawn joints: larger the surer, smaller where another is near, so that the eyes of a small face stay two."""
    places = keypoints[:, :2].astype(np.float64)
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    nearest = distance.min(axis=1, initial=np.inf)
    radius = JOINT * pen.stroke * (0.5 + 0.5 * strength)
    return np.maximum(np.minimum(radius, ROOM * nearest), SMALLEST_JOINT).tolist()


def _names(keypoints: np.ndarray, seen: np.ndarray, skeleton: Skeleton) -> list[tuple[Place, str, int, str]]:
    """What `Pen.names` writes: each name on the outer side of its joint, seen from the middle of the drawn ones."""
    middle = float(keypoints[seen, 0].mean()) if seen.any() else 0.0
    entries = []
    for joint in np.flatnonzero(seen).tolist():
        name = skeleton.joints[joint]
        text = name.replace("_", " ") if name.isascii() else str(joint)
        x, y = keypoints[joint, :2].tolist()
        entries.append(((x, y), text, 1 if x >= middle else -1, colors.ON_DARK.of_side(skeleton.sides[joint])))
    return entries
