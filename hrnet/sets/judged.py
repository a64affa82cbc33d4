"""What a run is judged by: the pictures that it did not learn from, and how far every joint lies from its label."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hrnet import data, evaluation, weights
from hrnet.data.pose_set import PoseSet
from hrnet.sets.divide import Division, by_file, divide
from hrnet.topdown import TopDown
from hrnet.training.look import size_of
from hrnet.weights import Metadata, WeightsError
from hrnet.weights.store import find

NEAR = (0.1, 0.05)  # of the longer side of the tight box around the labeled joints: what counts as found


@dataclass(frozen=True)
class RunFiles:
    """Where a run lies that the page started: what it learned from, and what `python -m train` wrote.

    Raises ValueError from `recipe` where there is none yet.
    """

    data: Path
    run: Path

    @classmethod
    def of(cls, folder: Path) -> RunFiles:
        return cls(folder / "data", folder / "run")

    @property
    def weights(self) -> Path:
        return self.run / "best.safetensors"

    @property
    def recipe(self) -> dict[str, Any]:
        """recipe.json: what was asked for."""
        try:
            return dict(json.loads((self.run / "recipe.json").read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise ValueError("this run has not begun to learn, or its recipe cannot be read") from error

    @property
    def flips(self) -> bool:
        """Whether the mirrored picture is averaged in when the run is judged: not where a subject has no mirror."""
        return bool(self.recipe.get("mirror", True))

    def division(self) -> Division:
        """What was learned and what is held out, divided as the recipe did it.

        Raises:
            ValueError: the run's copy of the set cannot be read, or it was divided in another way; one line.
        """
        division = self._divided()
        held = {photo.id for photo in division.judged.photos}
        if {seen["id"] for look in self.looks().values() for seen in look} - held:
            raise ValueError(
                "this run was judged on other pictures than today's division holds out: which ones it has not learned "
                "from is not known any more; train once more to measure"
            )
        return division

    def _divided(self) -> Division:
        recipe = self.recipe
        poses = data.read(self.data)
        if recipe.get("splits"):
            return by_file(poses, Path(str(recipe["splits"])), self.data)
        names = str(recipe.get("training") or "train"), str(recipe.get("judging") or "val")
        return divide(poses, int(recipe.get("seed", 1)), *names)

    def looks(self) -> dict[int, list[dict[str, Any]]]:
        """What the network answered on a few pictures, by the step; see `hrnet.training.look`."""
        found: dict[int, list[dict[str, Any]]] = {}
        for path in sorted((self.run / "seen").glob("*-*.json")):
            try:
                seen = json.loads(path.read_text(encoding="utf-8"))
                found.setdefault(int(seen["step"]), []).append({**seen, "id": seen["id"], "people": seen["people"]})
            except (OSError, ValueError, KeyError, TypeError):
                continue  # the run writes it at this moment, or was ended while it did; the others are whole
        return found


def start_metadata(recipe: dict[str, Any]) -> tuple[str, Metadata] | None:
    """The weights that a run began with, by name; None where it began with random ones, or they are not here."""
    name = str(recipe.get("start") or "")
    if not name:
        return None
    try:
        found = weights.resolve(name)
    except WeightsError:
        return None
    if isinstance(found, weights.Entry):
        return (name, found.metadata) if find(found) is not None else None
    try:
        return name, weights.read_metadata(found)
    except WeightsError:
        return None


def answers(
    topdown: TopDown, poses: PoseSet, progress: Callable[[float], None] = lambda share: None
) -> tuple[list[int], np.ndarray]:
    """What a network says of every labeled thing of a set, in its labeled box.

    Returns:
        the places in `poses.samples` of those that count, and float32 (N, K, 3) in photo pixels, one for each.
    Raises:
        ValueError: a picture cannot be read.
    """
    people = evaluation.given_people(poses)
    places, found = [], [np.empty((0, topdown.metadata.joints, 3), np.float32)]
    for number, (photo, some) in enumerate(zip(poses.photos, people, strict=True)):
        progress(number / len(people))
        if some:
            (points,) = topdown([photo.read()], [[box for _, box in some]])
            found.append(points)
            places += [place for place, _ in some]
    return places, np.concatenate(found)


@dataclass(frozen=True)
class Nearness:
    """How near answers lie to labels, of one joint or of all.

    count: labels that were compared. near: the shares of them within NEAR. pixels, share: the median distance, in
    picture pixels and as a part of the thing's size. All None where nothing was compared.
    """

    count: int
    near: tuple[float, ...] | None = None
    pixels: float | None = None
    share: float | None = None

    @classmethod
    def of(cls, pixels: np.ndarray, shares: np.ndarray) -> Nearness:
        """pixels, shares: distances, NaN where there is nothing to compare."""
        there = np.isfinite(shares)
        if not there.any():
            return cls(0)
        some = shares[there]
        near = tuple(float((some <= limit).mean()) for limit in NEAR)
        return cls(int(there.sum()), near, float(np.median(pixels[there])), float(np.median(some)))


@dataclass(frozen=True, eq=False)
class Errors:
    """Distances of answers from labels.

    pixels, shares: (N, K) in picture pixels, and in sizes of the thing; NaN where the joint has no label or no answer.
    """

    pixels: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, found: np.ndarray, labeled: np.ndarray, sizes: np.ndarray) -> Errors:
        """
        Args:
            found: (N, K, 2 or more); NaN where a network does not know the joint.
            labeled: (N, K, 3): x, y, visibility.
            sizes: (N,) in pixels, above 0: see `sizes`.
        """
        apart = np.hypot(*np.moveaxis(found[..., :2] - labeled[..., :2], -1, 0).astype(np.float64))
        pixels = np.where(labeled[..., 2] > 0, apart, np.nan)
        return cls(pixels, pixels / sizes[:, None])

    @property
    def whole(self) -> Nearness:
        """All labels of all joints together."""
        return Nearness.of(self.pixels, self.shares)

    def joint(self, place: int) -> Nearness:
        return Nearness.of(self.pixels[:, place], self.shares[:, place])

    def of_things(self, numbers: Sequence[int]) -> float | None:
        """The mean distance in sizes of some things, each joint counting at most 1: how bad a picture is."""
        some = self.shares[list(numbers)]
        return float(np.nanmean(np.minimum(some, 1))) if np.isfinite(some).any() else None


def sizes(poses: PoseSet, places: Sequence[int]) -> np.ndarray:
    """What distances are measured in: the longer side of the tight box around the labeled joints, in pixels."""
    return np.array([size_of(poses.samples[place].keypoints, poses.samples[place].box) for place in places], float)
