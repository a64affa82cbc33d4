"""The pictures that a run was judged by, for the step "Compare & take away": which they are, and small ones of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from apps.desk import Kept
from apps.runs import Run
from hrnet import evaluation, image
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Box
from hrnet.sets import judged
from hrnet.sets.judged import RunFiles

if TYPE_CHECKING:
    from apps.desk import Desk

MOST = 200  # pictures that are looked at, evenly taken where more are held out
CELL = (84, 112)  # (height, width) of a small one
AROUND = 0.2  # of the things' extent, on each side, is seen of a picture

_small: Kept[np.ndarray] = Kept(2000, 60_000_000)  # pictures as they are on a sheet


@dataclass(frozen=True, eq=False)
class Held:
    """The things in the pictures that a run has not learned from.

    places: of each thing in `poses.samples`. boxes, labels (N, K, 3), sizes (N,): of each, in picture pixels. held:
    how many pictures are held out; of very many only some are in `poses`. how: they were chosen,
    `Division.told`. learned: names of those that were learned.
    """

    poses: PoseSet
    places: tuple[int, ...]
    boxes: tuple[Box, ...]
    labels: np.ndarray
    sizes: np.ndarray
    how: Mapping[str, Any]
    held: int
    learned: frozenset[int]

    def of_photo(self, place: int) -> list[int]:
        return [number for number, sample in enumerate(self.places) if self.poses.samples[sample].photo == place]


def held_out(run: Run) -> Held:
    """What a run holds out. Raises ValueError where that cannot be told any more."""
    files = RunFiles.of(run.folder)
    files.recipe  # noqa: B018  says why, where there is none
    return _divided(run.folder, (files.run / "recipe.json").stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _divided(folder: Path, changed: int) -> Held:
    division = RunFiles.of(folder).division()
    poses = division.judged
    keep = {
        poses.photos[place].id for place in np.unique(np.linspace(0, len(poses.photos) - 1, MOST).round().astype(int))
    }
    some = poses.only(lambda photo: photo.id in keep)
    people = [pair for pairs in evaluation.given_people(some) for pair in pairs]
    places = tuple(place for place, _ in people)
    labels = np.array([some.samples[place].keypoints for place in places]).reshape(-1, len(some.joints), 3)
    learned = frozenset(photo.id for photo in division.learned.photos)
    return Held(
        some,
        places,
        tuple(box for _, box in people),
        labels,
        judged.sizes(some, places),
        division.told,
        len(poses.photos),
        learned,
    )


def sheet(desk: Desk, run: Run, told: Held, ids: list[int]) -> dict[str, Any] | None:
    """Pictures cut out around their things, in one column; gray where one cannot be read."""
    by_id = {photo.id: place for place, photo in enumerate(told.poses.photos)}
    cells = [_cell(run, told, by_id[id]) for id in ids]
    if not cells:
        return None
    return {"url": desk.picture(np.concatenate(cells), "jpeg"), "cell": CELL, "count": len(cells)}


def _cell(run: Run, told: Held, place: int) -> np.ndarray:
    key = f"{run.token} {told.poses.photos[place].id}"
    if (cell := _small.get(key)) is not None:
        return cell
    try:
        pixels = told.poses.photos[place].read()
    except image.ImageError:
        return np.full((*CELL, 3), 128, np.uint8)
    corners = np.array([told.boxes[number].xywh for number in told.of_photo(place)])
    low, high = corners[:, :2].min(axis=0), (corners[:, :2] + corners[:, 2:]).max(axis=0)
    height, width = CELL
    wanted = (1 + 2 * AROUND) * (high - low)
    half = np.array([width, height]) * (wanted / (width, height)).max() / 2  # in the shape of the cell
    left, top = np.maximum((low + high) / 2 - half, 0).astype(int)
    right, bottom = np.ceil((low + high) / 2 + half).astype(int)
    part = pixels[top:bottom, left:right]
    scale = min(width / part.shape[1], height / part.shape[0])
    size = tuple(max(1, round(scale * side)) for side in part.shape[1::-1])
    part = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    cell = np.full((*CELL, 3), 128, np.uint8)
    y, x = (height - part.shape[0]) // 2, (width - part.shape[1]) // 2
    cell[y : y + part.shape[0], x : x + part.shape[1]] = part
    _small.put(key, cell, cell.nbytes)
    return cell
