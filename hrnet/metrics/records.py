"""COCO ground truth and results as arrays, in the order in which the evaluation walks through them."""

from __future__ import annotations

import gc
import gzip
import json
import reprlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path

import numpy as np

try:
    import orjson  # reads numbers four times as fast as the standard library; comes with gradio
except ImportError:
    orjson = None

MAX_DETECTIONS = 20  # per image and category: maxDets for keypoints in cocoeval.py of pycocotools

Records = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Cells:
    """One cell for each image of each category: people are compared inside a cell. Cell = category * images + image."""

    images: dict[object, int]  # id -> place among the sorted ids
    categories: dict[object, int]

    def cell(self, image: np.ndarray, category: np.ndarray) -> np.ndarray:
        """From places; -1 where one of them is -1, which is to say not listed."""
        return np.where((image < 0) | (category < 0), -1, category * len(self.images) + image)

    def category(self, cell: np.ndarray) -> np.ndarray:
        return cell // len(self.images)

    def image(self, cell: np.ndarray) -> np.ndarray:
        return cell % len(self.images)


@dataclass(frozen=True)
class Annotated:
    """The annotated people (G), by cell, then as in the file."""

    cell: np.ndarray  # (G,)
    keypoints: np.ndarray  # (G, K, 3)
    box: np.ndarray  # (G, 4) x, y, width, height
    area: np.ndarray  # (G,) square pixels
    crowd: np.ndarray  # (G,) a region of many people, which any number of detections may match
    ignored: np.ndarray  # (G,) a crowd, or nobody labelled: neither found nor missed
    place: np.ndarray  # (G,) in the list of annotations


@dataclass(frozen=True)
class Detected:
    """The best detections (D) of every cell, by cell, then by falling score, then as in the file."""

    cell: np.ndarray  # (D,)
    rank: np.ndarray  # (D,) place within the cell, from 0
    keypoints: np.ndarray  # (D, K, 3)
    area: np.ndarray  # (D,) square pixels
    score: np.ndarray  # (D,)
    place: np.ndarray  # (D,) in the list of detections


def load(source: object) -> object:
    """What a JSON file says, packed with gzip or not; anything that is no path is given back as it is.

    Raises:
        ValueError: the file is not JSON, or its gzip is damaged.
        OSError: the file cannot be read.
    """
    if not isinstance(source, str | PathLike):
        return source
    data = Path(source).read_bytes()
    try:
        return parsed(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    except (ValueError, EOFError, gzip.BadGzipFile, zlib.error) as error:  # ValueError: JSON or its encoding
        raise ValueError(f"{source} is not a readable JSON file: {error}") from error


def parsed(data: bytes) -> object:
    """JSON, by the fastest reader at hand. Raises ValueError where it is none."""
    with _uncollected():
        if orjson is not None:
            try:
                return orjson.loads(data)
            except orjson.JSONDecodeError:  # stricter than the standard library, which decides
                pass
        return json.loads(data)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage while millions of numbers are made that stay: it takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def cells_of(ground_truth: object) -> Cells:
    """Which images and categories are judged.

    Raises:
        ValueError: there are no images or no annotations.
    """
    if not isinstance(ground_truth, Mapping):
        raise ValueError(
            f"the ground truth must be a COCO dict (images, annotations, categories), got {type(ground_truth).__name__}"
        )
    for key in ("images", "annotations"):
        if not ground_truth.get(key):
            raise ValueError(f"the ground truth has no {key}: there is nothing to compare with")
    if ground_truth.get("categories"):
        categories = _column(ground_truth["categories"], "id", "categories")
    else:
        categories = _column(ground_truth["annotations"], "category_id", "annotations")
    return Cells(_places(_column(ground_truth["images"], "id", "images")), _places(categories))


def annotated_people(annotations: Records, cells: Cells, joints: int, box_share: float | None) -> Annotated:
    """The annotations on listed images and in listed categories; pycocotools leaves out the others, too.

    Args:
        box_share: the area as a share of the box's, for sets that annotate no area.
    Raises:
        ValueError: a field is missing or has the wrong form, or no annotation is on a listed image.
    """
    name = "annotations"
    image = _listed(cells.images, annotations, "image_id", name)
    cell = cells.cell(image, _listed(cells.categories, annotations, "category_id", name))
    if (cell < 0).all():
        raise ValueError("none of the annotations is on a listed image and in a listed category")
    keypoints = _keypoints(annotations, name, joints)
    box = _numbers(annotations, "bbox", name, 4)
    area = _numbers(annotations, "area", name) if box_share is None else box[:, 2] * box[:, 3] * box_share
    labelled = (keypoints[:, :, 2] > 0).sum(axis=1).tolist()
    crowd = np.array([bool(record.get("iscrowd")) for record in annotations])
    # What the file says goes before what it holds, as in pycocotools; a file that says nothing is counted.
    empty = np.array([record.get("num_keypoints", n) == 0 for record, n in zip(annotations, labelled, strict=True)])
    order = np.argsort(cell, kind="stable")
    order = order[cell[order] >= 0]
    return Annotated(*(values[order] for values in (cell, keypoints, box, area, crowd, crowd | empty)), place=order)


def detected_people(detections: object, cells: Cells, joints: int) -> Detected:
    """The best detections of every image.

    The area is that of the box around all joints; where the first result carries a bbox, it is the bbox's, for all
    of them (loadRes in coco.py of pycocotools).

    Raises:
        ValueError: a field is missing or has the wrong form, or an image is unknown.
    """
    name = "detections"
    if isinstance(detections, str | bytes | Mapping) or not isinstance(detections, Sequence):
        raise ValueError(
            "detections must be a list of COCO results (image_id, category_id, keypoints, score), "
            f"got {type(detections).__name__}"
        )
    image = _listed(cells.images, detections, "image_id", name)
    unknown = np.flatnonzero(image < 0)
    if unknown.size:
        first = detections[unknown[0]]["image_id"]
        raise ValueError(
            f"detections[{unknown[0]}] is on image {first!r}, which is not among the {len(cells.images)} images of "
            f"the ground truth ({unknown.size} of {len(detections)} are like that)"
        )
    cell = cells.cell(image, _listed(cells.categories, detections, "category_id", name))
    score = _numbers(detections, "score", name)
    keypoints = _keypoints(detections, name, joints)
    if len(detections) and detections[0].get("bbox"):
        area = _numbers(detections, "bbox", name, 4)[:, 2:].prod(axis=1)
    else:
        by_joint = np.ascontiguousarray(keypoints[:, :, :2].T)  # (2, K, D): numpy compares long rows much faster
        area = np.ptp(by_joint, axis=1).prod(axis=0)
    order = np.lexsort((-score, cell))
    order = order[cell[order] >= 0]
    rank = np.arange(len(order)) - np.searchsorted(cell[order], cell[order])
    best = rank < MAX_DETECTIONS
    order = order[best]
    return Detected(cell[order], rank[best], keypoints[order], area[order], score[order], order)


def _places(ids: Sequence[object]) -> dict[object, int]:
    try:
        return {i: place for place, i in enumerate(sorted(set(ids)))}
    except TypeError as error:
        raise ValueError(f"ids must be all numbers or all strings: {error}") from error


def _listed(places: dict[object, int], records: Records, key: str, name: str) -> np.ndarray:
    return np.array([places.get(i, -1) for i in _column(records, key, name)], np.intp)


def _column(records: Records, key: str, name: str) -> list[object]:
    try:
        return [record[key] for record in records]
    except (KeyError, TypeError) as error:
        for place, record in enumerate(records):
            if not isinstance(record, Mapping) or key not in record:
                raise ValueError(f"{name}[{place}] has no {key!r}") from error
        raise ValueError(f"{name} must be a list of records, got {type(records).__name__}") from error


def _keypoints(records: Records, name: str, joints: int) -> np.ndarray:
    why = f" (3 for each of the {joints} joints that have sigmas; they are COCO's unless you give others)"
    return _numbers(records, "keypoints", name, 3 * joints, why).reshape(-1, joints, 3)


def _numbers(records: Records, key: str, name: str, width: int | None = None, why: str = "") -> np.ndarray:
    """A field of all records, (R, width), or (R,) where it is one number."""
    column = _column(records, key, name)
    values = _array(column, width)
    if values is None:
        place = next(place for place, value in enumerate(column) if _array([value], width) is None)
        wanted = "a finite number" if width is None else f"{width} finite numbers{why}"
        given = reprlib.repr(column[place])
        if width is not None and np.size(column[place]) != width:
            given += f", of length {np.size(column[place])}"
        raise ValueError(f"{name}[{place}]: {key} must be {wanted}, got {given}")
    return values


def _array(column: Sequence[object], width: int | None) -> np.ndarray | None:
    """(R,) or (R, width) float64, or None where a value is not made of that many finite numbers."""
    try:
        if width is not None and any(len(row) != width for row in column):
            return None
        flat = column if width is None else chain.from_iterable(column)
        values = np.fromiter(flat, np.float64, len(column) * (width or 1))  # 3 times as fast as np.array
    except (TypeError, ValueError, OverflowError):
        return None
    if not np.isfinite(values).all():
        return None
    return values if width is None else values.reshape(len(column), width)
