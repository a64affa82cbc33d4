"""Things to sit on and things that stand in the way."""

from __future__ import annotations

import numpy as np

from hrnet.scenes.camera import turn_y
from hrnet.scenes.material import Color, Plain
from hrnet.scenes.mesh import Mesh, cuboid

_WOOD: tuple[Color, ...] = ((176, 124, 78), (128, 84, 52), (206, 164, 116), (88, 62, 46))


def seat(rng: np.random.Generator, place: np.ndarray, facing: float) -> list[Mesh]:
    """A box, a stool or a chair whose seat lies at `place`."""
    wood = Plain(_WOOD[rng.integers(len(_WOOD))])
    turn = turn_y(facing)
    x, top, z = place

    def part(center: tuple[float, float, float], half: tuple[float, float, float]) -> Mesh:
        return cuboid(turn @ np.array(center) + [x, 0, z], half, wood, turn=turn)

    kind = rng.integers(3)
    if kind == 0:
        return [part((0, top / 2, 0.02), (0.25, top / 2, 0.24))]
    legs = [
        part((sx * 0.2, top / 2 - 0.02, sz * 0.19), (0.02, top / 2 - 0.02, 0.02)) for sx in (-1, 1) for sz in (-1, 1)
    ]
    parts = [part((0, top - 0.02, 0.0), (0.23, 0.02, 0.22)), *legs]
    if kind == 2:
        parts += [part((sx * 0.2, top + 0.22, -0.24), (0.02, 0.26, 0.015)) for sx in (-1, 1)]
        parts += [part((0, top + h, -0.24), (0.2, 0.035, 0.012)) for h in (0.2, 0.32, 0.44)]
    return parts


def crate(rng: np.random.Generator, place: np.ndarray) -> list[Mesh]:
    """A box on the ground."""
    half = rng.uniform((0.2, 0.2, 0.2), (0.45, 0.6, 0.35))
    color = Plain(_WOOD[rng.integers(len(_WOOD))])
    return [cuboid((place[0], half[1], place[2]), half, color, turn=turn_y(float(rng.uniform(-60, 60))))]
