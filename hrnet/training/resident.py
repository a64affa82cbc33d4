"""A pose task whose photos live on the device: every crop is drawn, made and targeted there, with no loader at work.

For GPUs with room for the whole set, decoded: 22,000 photos of the people set are 4 GB. The host draws some numbers for
each row (`hrnet.augment.many`), so a batch of hundreds costs it a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hrnet.augment.batch import normalize
from hrnet.augment.many import Change, Covers, Lights, People, Shrunk, drawn, must_know
from hrnet.augment.resident import Pictures, changed
from hrnet.data.cache import PhotoCache
from hrnet.training.pose import PoseTask


@dataclass(frozen=True, eq=False)
class Chosen:
    """One batch, before there are any pixels: the place of each photo (N,); matrices float64 (N, 2, 3), photo pixels ->
    crop pixels; what happens to the crops; keypoints float32 (N, K, 3) in crop pixels; confidence float32 (N, K)."""

    photos: np.ndarray
    matrices: np.ndarray
    changes: tuple[Change, ...]
    keypoints: np.ndarray
    confidence: np.ndarray


class ResidentPose(PoseTask):
    """A `PoseTask` with a PhotoCache, whose `inputs` come from photos in the device's memory.

    Rows have the distributions of the steps, not the draws that a PoseTask makes with the same seed; noise behind
    rectangles is the device's own. A person whose photo cannot be read is a crop of nothing, in which no joint counts.

    Raises:
        ValueError: as PoseTask; or the photos are no PhotoCache, or a step cannot be drawn for many persons at once.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if not isinstance(self.photos, PhotoCache):
            raise ValueError(f"whole photos go into the device's memory, got {type(self.photos).__name__}; keep photos")
        must_know(self.steps)
        people = People.of(self.poses)
        self._photo = np.array([person.photo for person in self.poses.samples], np.int64)
        readable = np.array([shape is not None for shape in self.photos.shapes])[self._photo]
        keypoints = people.keypoints * readable[:, None, None]
        self._people = replace(people, keypoints=keypoints, confidence=people.confidence * readable[:, None])
        self._on: tuple[torch.device, Pictures] | None = None

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Chosen:
        numbers = self.mixture.batch(step)
        people, rule = self._people.take(numbers), self.metadata.rule
        rng = np.random.default_rng([self.seed, step])
        views, changes = drawn(self.steps, people, self.metadata.input_size, rng)
        matrices = views.matrices(self.metadata.input_size, rule)
        order = np.where(views.mirrored[:, None], self.poses.skeleton.mirror, np.arange(len(self.poses.skeleton)))
        keypoints = np.take_along_axis(people.keypoints, order[..., None], axis=1)
        places = np.einsum("nij,nkj->nki", matrices[..., :2], keypoints[..., :2]) + matrices[:, None, :, 2]
        rows = slice(rank, None, ranks)
        return Chosen(
            self._photo[numbers][rows],
            matrices[rows],
            tuple(of_rows(change, rank, ranks) for change in changes),
            np.concatenate([places, keypoints[..., 2:]], axis=2).astype(np.float32)[rows],
            np.take_along_axis(people.confidence, order, axis=1)[rows],
        )

    def inputs(self, batch: Chosen, device: torch.device) -> Tensor:
        with torch.autocast(device.type, enabled=False):  # pixels are not to be made in half precision
            places, matrices = (
                torch.from_numpy(values).to(device, non_blocking=True) for values in (batch.photos, batch.matrices)
            )
            crops = self.pictures(device).sample(places, matrices, self.metadata.input_size, self.metadata.rule.fill)
            return normalize(changed(crops, batch.changes), self.metadata.mean, self.metadata.std)

    def pictures(self, device: torch.device) -> Pictures:
        """All photos, brought to the device when they are first asked for."""
        if self._on is None or self._on[0] != device:  # as asked for: what is put on "cuda" says that it is on "cuda:0"
            self._on = device, Pictures.of(self.photos, device)
        return self._on[1]


def of_rows(change: Change, rank: int, ranks: int) -> Change:
    """What happens to the rows rank::ranks."""
    rows: slice = slice(rank, None, ranks)
    match change:
        case Lights():
            return Lights(change.choices[rows])
        case Covers():
            return replace(
                change, rectangles=change.rectangles[rows], colors=change.colors[rows], noisy=change.noisy[rows]
            )
        case Shrunk():
            mine = change.rows % ranks == rank
            return Shrunk(change.rows[mine] // ranks, change.sizes[mine])
