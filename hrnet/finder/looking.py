"""Finders for subjects that nobody has made a finder for: the whole picture, or what the pose network itself sees."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hrnet.data.boxes import made_box
from hrnet.draw import VISIBLE
from hrnet.geometry import Box, whole
from hrnet.topdown import TopDown

ENOUGH = 2  # joints that have to be seen to say where the thing is


class WholePicture:
    """One thing in every picture, and the picture is its box."""

    threshold = 0.0

    def __call__(self, photos: Sequence[np.ndarray], threshold: float | None = None) -> list[list[Box]]:
        return [[whole(photo)] for photo in photos]


class LookTwice:
    """One thing in every picture: the network looks at the whole, and then closely at the box around what it saw.

    A network learned from boxes with a small margin; of a thing that is small in the picture it sees little at first.
    """

    threshold = 0.0

    def __init__(self, topdown: TopDown) -> None:
        self.topdown = topdown

    def __call__(self, photos: Sequence[np.ndarray], threshold: float | None = None) -> list[list[Box]]:
        answers = self.topdown(photos, [[whole(photo)] for photo in photos])
        return [[_around(points[0], photo)] for points, photo in zip(answers, photos, strict=True)]


def _around(points: np.ndarray, photo: np.ndarray) -> Box:
    """A box around the joints that were seen; the whole picture where too few were."""
    height, width = photo.shape[:2]
    seen = points[points[:, 2] > VISIBLE]
    if len(seen) < ENOUGH:
        return whole(photo)
    return made_box(np.clip(seen[:, :2], 0, (width - 1, height - 1)), (height, width))
