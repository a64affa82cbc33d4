"""All the places a scene can be set in, and how often each is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.indoors import gym, room
from hrnet.scenes.outdoors import alley, beach, field, park, street
from hrnet.scenes.place import Place
from hrnet.scenes.plain import clutter, studio, texture

# Each takes a generator, the camera, and where people stand (N, 3): walls keep behind them.
SETTINGS: dict[str, tuple[float, Callable[[np.random.Generator, Camera, np.ndarray], Place]]] = {
    "room": (20, room),
    "gym": (6, gym),
    "street": (16, street),
    "alley": (8, alley),
    "park": (16, park),
    "field": (8, field),
    "beach": (6, beach),
    "studio": (8, studio),
    "texture": (6, texture),
    "clutter": (6, clutter),
}


def draw_setting(rng: np.random.Generator) -> str:
    """The name of a setting, by the weights above."""
    weights = np.array([weight for weight, _ in SETTINGS.values()])
    return str(rng.choice(list(SETTINGS), p=weights / weights.sum()))
