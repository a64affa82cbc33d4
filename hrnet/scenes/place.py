"""What a setting hands over: a background with its depth, and the light that falls there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from hrnet.scenes.light import Light

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """A background as the camera sees it."""

    picture: np.ndarray  # uint8 (H, W, 3)
    nearness: np.ndarray  # float32 (H, W): 1 / depth in 1/meters, 0 where nothing can catch a shadow
    light: Light


def pick(rng: np.random.Generator, choices: Sequence[T]) -> T:
    """One of the choices."""
    return choices[rng.integers(len(choices))]
