"""Things to sit on, to carry, and to stand in the way."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hrnet.scenes.camera import turn_x, turn_y
from hrnet.scenes.figure import Figure
from hrnet.scenes.material import Color, Material, Plain, Stripes, mix
from hrnet.scenes.mesh import Mesh, ball, cuboid, grid, limb
from hrnet.scenes.place import pick

_WOOD: tuple[Color, ...] = ((176, 124, 78), (128, 84, 52), (206, 164, 116), (92, 66, 50), (226, 220, 210), (70, 74, 80))
_BRIGHT: tuple[Color, ...] = (
    *((212, 84, 68), (236, 172, 76), (74, 140, 122), (66, 104, 156), (126, 88, 134), (70, 76, 90), (222, 212, 196)),
)
_LEAF: tuple[Color, ...] = ((84, 132, 74), (108, 150, 82), (66, 112, 82), (132, 156, 90))
_UP = np.eye(3)


class _Builder:
    """Collects the parts of one thing, given in its own frame: x left, y up, z to its front, ground at y = 0."""

    def __init__(self, spot: np.ndarray, facing: float) -> None:
        self.turn = turn_y(facing)
        self.spot = np.array([spot[0], 0.0, spot[2]])
        self.parts: list[Mesh] = []

    def place(self, x: float, y: float, z: float) -> np.ndarray:
        return self.turn @ np.array([x, y, z]) + self.spot

    def box(self, x: float, y: float, z: float, half: tuple[float, float, float], material: Material) -> None:
        self.parts.append(cuboid(self.place(x, y, z), half, material, turn=self.turn))

    def rod(self, start: tuple, end: tuple, radii: tuple[float, ...], material: Material, columns: int = 10) -> None:
        steps = np.linspace(0, 1, len(radii))
        profile = list(zip(steps.tolist(), radii, strict=True))
        a, b = self.place(*start), self.place(*end)
        side = self.turn[:, 0] if abs((b - a) @ self.turn[:, 0]) < 0.9 * np.linalg.norm(b - a) else self.turn[:, 1]
        self.parts.append(limb(a, b, side, profile, material, columns=columns, dome=0.12))

    def ball(self, x: float, y: float, z: float, radii: tuple[float, float, float], material: Material) -> None:
        self.parts.append(ball(self.place(x, y, z), self.turn.T, radii, material, columns=14, rows=9))


def seat(rng: np.random.Generator, under: np.ndarray, facing: float, kind: str) -> list[Mesh]:
    """Something to sit on whose top lies at `under`: a block, a stool, a chair, a bench or an armchair."""
    make, top = _Builder(under, facing), float(under[1])
    wood = Plain(pick(rng, _WOOD))
    if kind in ("street", "park", "field", "gym", "alley"):
        choice = pick(rng, ("bench", "bench", "block"))
    else:
        choice = pick(rng, ("chair", "chair", "stool", "armchair", "block"))
    legs = [(sx, sz) for sx in (-1, 1) for sz in (-1, 1)]
    if choice == "block":
        make.box(0, top / 2, -0.02, (0.26, top / 2, 0.24), Plain(pick(rng, _BRIGHT)))
    elif choice == "bench":
        shift = float(rng.uniform(-0.35, 0.35))
        for i in range(3):
            make.box(shift, top - 0.02, 0.12 - 0.16 * i, (0.8, 0.02, 0.07), wood)
        for x in (-0.65, 0.65):
            make.box(shift + x, top / 2 - 0.02, -0.03, (0.03, top / 2 - 0.02, 0.19), Plain((70, 72, 76)))
        if rng.random() < 0.6:
            for h in (0.2, 0.38):
                make.box(shift, top + h, -0.27, (0.8, 0.07, 0.015), wood)
    elif choice == "armchair":
        cloth = Plain(mix(pick(rng, _BRIGHT), (210, 204, 196), 0.35))
        make.box(0, top / 2, 0, (0.32, top / 2, 0.30), cloth)
        make.box(0, top + 0.15, -0.34, (0.42, top + 0.15, 0.09), cloth)
        for x in (-0.39, 0.39):
            make.box(x, top / 2 + 0.08, -0.02, (0.07, top / 2 + 0.08, 0.30), cloth)
    else:
        for sx, sz in legs:
            make.rod((sx * 0.19, 0.02, sz * 0.18), (sx * 0.17, top - 0.02, sz * 0.16), (0.018, 0.02), wood, 6)
        make.box(0, top - 0.02, -0.01, (0.22, 0.02, 0.21), wood)
        if choice == "chair":
            for x in (-0.19, 0.19):
                make.rod((x, top, -0.21), (x, top + 0.46, -0.27), (0.018, 0.016), wood, 6)
            for h in (0.22, 0.40):
                make.box(0, top + h, -0.235 - 0.06 * h / 0.46, (0.18, 0.045, 0.012), wood)
    return make.parts


def crate(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    make = _Builder(spot, facing)
    half = tuple(rng.uniform((0.2, 0.15, 0.2), (0.45, 0.55, 0.35)))
    base = pick(rng, (*_WOOD, *_BRIGHT))
    material = Plain(base) if rng.random() < 0.5 else Stripes(base, mix(base, (30, 20, 10), 0.25), 0.14, share=0.06)
    make.box(0, half[1], 0, half, material)
    if rng.random() < 0.4:
        top = float(rng.uniform(0.1, 0.2))
        make.box(0.04, 2 * half[1] + top, 0, (half[0] * 0.7, top, half[2] * 0.7), Plain(pick(rng, (*_WOOD, *_BRIGHT))))
    return make.parts


def table(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """A table with a cup, books or a screen on it."""
    make = _Builder(spot, facing)
    wood, top = Plain(pick(rng, _WOOD)), float(rng.uniform(0.70, 0.78))
    wide, deep = float(rng.uniform(0.45, 0.9)), float(rng.uniform(0.3, 0.42))
    make.box(0, top - 0.02, 0, (wide, 0.02, deep), wood)
    for sx in (-1, 1):
        for sz in (-1, 1):
            make.box(sx * (wide - 0.05), top / 2 - 0.02, sz * (deep - 0.05), (0.025, top / 2 - 0.02, 0.025), wood)
    x = -wide + 0.2
    while x < wide - 0.15:
        kind, bright = rng.integers(4), Plain(pick(rng, _BRIGHT), 0.2)
        if kind == 0:
            make.rod((x, top + 0.02, 0), (x, top + 0.10, 0), (0.03, 0.04), bright)
        elif kind == 1:
            for i in range(int(rng.integers(1, 4))):
                make.box(x, top + 0.02 + 0.03 * i, 0, (0.11, 0.014, 0.08), Plain(pick(rng, _BRIGHT)))
        elif kind == 2:
            make.box(x, top + 0.13, -0.05, (0.17, 0.11, 0.01), Plain((56, 60, 66), 0.3))
        x += float(rng.uniform(0.25, 0.6))
    return make.parts


def plant(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """A pot with long leaves that bend outward."""
    make = _Builder(spot, facing)
    pot = float(rng.uniform(0.22, 0.38))
    make.rod((0, 0.02, 0), (0, pot, 0), (0.10, 0.15), Plain(pick(rng, _BRIGHT), 0.1), 14)
    green, high = pick(rng, _LEAF), float(rng.uniform(0.6, 1.2))
    t = np.linspace(0, 1, 7)[:, None]
    for i in range(int(rng.integers(9, 16))):
        angle = i * 2.4 + float(rng.uniform(-0.3, 0.3))  # about the golden angle: leaves spread evenly
        out, up = float(rng.uniform(0.2, 0.55)) * high, float(rng.uniform(0.5, 1.0)) * high
        away = np.array([np.cos(angle), 0, np.sin(angle)])
        spine = np.array([0, pot - 0.02, 0]) + away * out * t**1.5 + np.array([0, 1.0, 0]) * up * (t - 0.35 * t**3)
        breadth = 0.075 * high * np.sin(np.pi * np.clip(t * 0.92 + 0.06, 0, 1))
        across = np.array([-away[2], 0, away[0]])
        points = np.stack([spine - across * breadth, spine + np.array([0, -0.012, 0]), spine + across * breadth], 1)
        leaf = points @ make.turn.T + make.spot
        local = np.zeros_like(leaf)
        shade = mix(green, (230, 240, 170), float(rng.uniform(0, 0.25)))
        make.parts.append(grid(leaf, local, Plain(shade, 0.1), closed=False, two_sided=True))
    return make.parts


def bush(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    make, green = _Builder(spot, facing), pick(rng, _LEAF)
    high = float(rng.uniform(0.35, 0.8))
    for _ in range(int(rng.integers(22, 32))):
        size = high * float(rng.uniform(0.13, 0.27))
        x, z = rng.uniform(-0.75, 0.75) * high, rng.uniform(-0.4, 0.4) * high
        y = max(high * float(rng.uniform(0.25, 0.85)) - 0.4 * abs(x), size * 0.6)
        color = mix(green, (236, 236, 160), float(rng.uniform(0, 0.25)))
        make.ball(x, y, z, (size, size * 0.9, size), Plain(color))
    return make.parts


def low_wall(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """A wall, a hedge or a counter, wider than a person."""
    make, high = _Builder(spot, facing), float(rng.uniform(0.35, 0.95))
    wide = float(rng.uniform(0.8, 1.6))
    base = pick(rng, ((176, 104, 84), (196, 190, 180), *_LEAF, *_WOOD))
    material = Stripes(base, mix(base, (40, 30, 30), 0.25), 0.11, share=0.1) if rng.random() < 0.6 else Plain(base)
    cap = Plain(mix(base, (240, 236, 230), 0.5))
    half = wide / 5
    for i in range(5):  # in pieces: a face throws its shadow as one
        make.box((2 * i - 4) * half, high / 2, 0, (half, high / 2, 0.12), material)
        make.box((2 * i - 4) * half * 1.02, high + 0.025, 0, (half * 1.02, 0.025, 0.15), cap)
    return make.parts


def fence(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """A railing that one sees through."""
    make, high = _Builder(spot, facing), float(rng.uniform(0.8, 1.15))
    paint = Plain(pick(rng, (*_WOOD, (60, 66, 72))), 0.1)
    half = 0.012 if rng.random() < 0.5 else 0.04
    for x in np.arange(-1.2, 1.21, 0.15 + 2 * half):
        make.box(float(x), high / 2, 0, (half, high / 2, 0.012), paint)
    for y in (0.25, high - 0.08):
        make.box(0, y, -0.025, (1.3, 0.03, 0.015), paint)
    return make.parts


def post(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    """A lamp post, a tree trunk or a pillar: tall and narrow."""
    make = _Builder(spot, facing)
    kind = rng.integers(3)
    if kind == 0:
        make.rod((0, 0.05, 0), (0, 4.2, 0), (0.07, *[0.045] * 9), Plain((66, 70, 76), 0.2))
    elif kind == 1:
        bark = pick(rng, ((112, 86, 64), (138, 122, 104), (92, 74, 60)))
        make.rod(
            (0, 0.1, 0),
            (0.1, 4.0, 0),
            (0.22, 0.16, *np.linspace(0.15, 0.12, 8)),
            Stripes(bark, mix(bark, (40, 28, 20), 0.3), 0.05, 0),
        )
    else:
        stone = Plain(pick(rng, ((222, 216, 206), (150, 150, 152), (190, 130, 100))))
        for i in range(8):  # in pieces: a face throws its shadow as one
            make.box(0, 0.25 + 0.5 * i, 0, (0.14, 0.25, 0.14), stone)
    return make.parts


def bin_(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    make, high = _Builder(spot, facing), float(rng.uniform(0.6, 0.95))
    color = pick(rng, _BRIGHT)
    make.rod((0, 0.03, 0), (0, high, 0), (0.20, 0.24), Stripes(color, mix(color, (20, 20, 20), 0.3), 0.08, 0, 0.2), 16)
    return make.parts


def suitcase(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    make, color = _Builder(spot, facing), pick(rng, _BRIGHT)
    shell = Stripes(color, mix(color, (20, 20, 20), 0.2), 0.07, 0, 0.15)
    make.box(0, 0.36, 0, (0.21, 0.31, 0.12), shell)
    for x in (-0.09, 0.09):
        make.rod((x, 0.66, -0.08), (x, 0.98, -0.08), (0.011, 0.011), Plain((80, 80, 84)), 5)
    make.rod((-0.09, 0.98, -0.08), (0.09, 0.98, -0.08), (0.014, 0.014), Plain((50, 50, 54)), 5)
    return make.parts


def sports_ball(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    make = _Builder(spot, facing)
    size, color = float(rng.uniform(0.10, 0.13)), pick(rng, ((236, 128, 58), (240, 240, 236), (236, 206, 70)))
    make.ball(0, size, 0, (size, size, size), Stripes(color, mix(color, (30, 30, 30), 0.7), 0.13, 0, 0.10))
    return make.parts


def cone(rng: np.random.Generator, spot: np.ndarray, facing: float) -> list[Mesh]:
    make = _Builder(spot, facing)
    orange, white = (238, 116, 48), (244, 244, 240)
    make.box(0, 0.015, 0, (0.17, 0.015, 0.17), Plain(orange))
    make.rod((0, 0.04, 0), (0, 0.5, 0), (0.13, 0.03), Stripes(orange, white, 0.22, 1, 0.4), 14)
    return make.parts


Thing = Callable[[np.random.Generator, np.ndarray, float], list[Mesh]]

# What stands about in each setting; settings that are not listed have a little of everything.
THINGS: dict[str, tuple[Thing, ...]] = {
    "room": (table, table, plant, crate, low_wall),
    "gym": (sports_ball, cone, crate, low_wall),
    "street": (bin_, post, suitcase, fence, plant, low_wall),
    "alley": (bin_, crate, suitcase, plant, post),
    "park": (bush, bush, post, fence, sports_ball),
    "field": (sports_ball, cone, fence, bush),
    "beach": (sports_ball, suitcase, bush),
    "studio": (crate, plant, low_wall),
}
_ANYTHING: tuple[Thing, ...] = (table, plant, crate, bush, low_wall, fence, post, bin_, suitcase, cone)


def draw_thing(rng: np.random.Generator, spot: np.ndarray, kind: str) -> list[Mesh]:
    """One thing that suits the setting `kind`, standing at a place on the ground, more or less toward the camera."""
    facing = float(np.rad2deg(np.arctan2(-spot[0], -spot[2])) + rng.normal(0, 18))
    return pick(rng, THINGS.get(kind, _ANYTHING))(rng, spot, facing)


def carried(rng: np.random.Generator, figure: Figure) -> list[Mesh]:
    """A backpack, or something in a hand. It belongs to nobody: it can hide a joint."""
    frame, origin = figure.chest
    if rng.random() < 0.5:
        cloth = Plain(pick(rng, _BRIGHT))
        size = float(rng.uniform(0.9, 1.1))
        bag = cuboid((0, 0, 0), (0.14 * size, 0.20 * size, 0.07 * size), cloth)
        pocket = cuboid(
            (0, -0.07 * size, -0.09 * size), (0.10 * size, 0.09 * size, 0.03), Plain(mix(cloth.base, (0, 0, 0), 0.2))
        )
        back = origin + frame @ np.array([0, 0.02, -0.20])
        return [part.placed(frame, back) for part in (bag, pocket)]
    hand = figure.joints[f"{pick(rng, ('left', 'right'))}_hand"].point
    if rng.random() < 0.5:
        return [ball(hand + [0, -0.02, 0], _UP, (0.11, 0.11, 0.11), Plain(pick(rng, _BRIGHT), 0.2), columns=14, rows=9)]
    turn = turn_y(float(rng.uniform(0, 180))) @ turn_x(float(rng.uniform(-30, 30)))
    return [cuboid(hand, (0.04, 0.075, 0.012), Plain((44, 46, 54), 0.4), turn=turn)]
