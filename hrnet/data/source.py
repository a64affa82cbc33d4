"""Where a training gets the pixels around a labeled person from.

PhotoCache    whole photos decoded once, in one file: 0.9 MB for a photo of 640x480    hrnet.data.cache
PersonCrops   every person with a margin, in one file: small where photos are large    hrnet.data.crops
PhotoStream   nothing on the disk: photos decoded when their turn comes                hrnet.data.stream
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hrnet.data.pose_set import LabeledPerson
from hrnet.geometry import Affine


@dataclass(frozen=True, eq=False)
class Stored:
    """uint8 (H, W, 3), not to be written to, and where these pixels lie: photo -> stored; None if it is the photo."""

    pixels: np.ndarray
    affine: Affine | None = None


class Source(Protocol):
    """May be asked by many threads at once."""

    broken: Mapping[str, str]  # the files that could not be read so far, and why

    def around(self, number: int, person: LabeledPerson) -> Stored | None:
        """What is kept of person `number` of the set; None if the photo is broken."""
