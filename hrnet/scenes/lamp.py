"""An articulated desk lamp: four hinges, a shade, and the exact places of six joints.

Everything here is drawn at `SCALE` times its true size. A lamp is then as large as a person, and light, shadows and
crevices, whose reach is tuned for people, suit it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.scenes.camera import turn_y
from hrnet.scenes.figure import Figure, Joint
from hrnet.scenes.material import Color, Material, Plain, Stripes, mix
from hrnet.scenes.mesh import Mesh, around, circle, grid, limb, loft
from hrnet.scenes.place import pick
from hrnet.skeleton import Skeleton

SCALE = 4.0  # drawn meters per true meter

LAMP_6 = Skeleton(
    name="desk lamp",
    joints=("base", "lower hinge", "upper hinge", "head", "left rim", "right rim"),
    limbs=((0, 1), (1, 2), (2, 3), (3, 4), (3, 5)),
    flip_pairs=((4, 5),),
)

_ENAMEL: tuple[Color, ...] = (
    *((204, 62, 52), (238, 180, 56), (56, 140, 132), (60, 104, 168), (232, 228, 218), (52, 56, 66), (226, 122, 66)),
    *((122, 150, 96), (214, 142, 152)),
)
_METAL: tuple[Color, ...] = ((176, 180, 188), (196, 160, 98), (84, 88, 98))
_INSIDE: Color = (250, 246, 236)
_GLOWING: Color = (760, 650, 430)  # above 255: a surface that shines is bright whatever light falls on it
_GLASS: Color = (232, 236, 240)
_BULB: Color = (1400, 1320, 1100)

_POST = 0.16  # drawn meters from the table to the foot of the lowest arm
_GAP = 0.045  # half the distance between the two rods of an arm
_ROD = 0.020  # the radius of a rod
_RIM = 0.265  # the radius of the shade's opening
_LIP = 0.020  # the radius of the rolled edge around it
_DEEP = 0.40  # from the head's hinge to the opening, along the shade

# The shade from behind the hinge to the opening: drawn meters along its axis, and the radius there.
_SHADE = np.array(
    [
        *((-0.135, 0.02), (-0.13, 0.062), (-0.09, 0.078), (0.04, 0.082), (0.07, 0.10), (0.13, 0.155)),
        *((0.21, 0.205), (0.31, 0.243), (_DEEP, _RIM)),
    ]
)
_BULB_AT = 0.20  # drawn meters from the head's hinge along the shade


@dataclass(frozen=True)
class Lamp:
    """What a lamp is made of and how it is bent. Angles are degrees from straight up, forward positive."""

    enamel: Color
    metal: Color
    arms: tuple[float, float, float]  # drawn meters: base to lower hinge, to upper hinge, to head
    bends: tuple[float, float, float]  # the direction of each arm
    nod: float  # the direction in which the shade opens; 180 is straight down
    facing: float  # degrees about the vertical; 0 looks along +z, 90 toward +x
    lit: bool

    @staticmethod
    def draw(rng: np.random.Generator) -> Lamp:
        """Any lamp, bent in any way in which one stands on a desk. It faces left or right, more than to the front."""
        third = float(rng.uniform(86, 122))
        return Lamp(
            pick(rng, _ENAMEL),
            pick(rng, _METAL),
            tuple((np.array([0.50, 0.74, 0.34]) * rng.uniform(0.93, 1.07, 3)).tolist()),
            (float(rng.uniform(-50, -4)), float(rng.uniform(8, 66)), third),
            float(min(third + rng.uniform(10, 75), 178)),
            float(rng.choice([-1, 1]) * rng.uniform(12, 80)),
            bool(rng.random() < 0.6),
        )


@dataclass(frozen=True)
class Standing:
    """A lamp in the world."""

    figure: Figure
    bulb: np.ndarray  # (3,) where its light comes from
    toward: np.ndarray  # (3,) unit length, where the shade opens
    opening: float  # degrees between that and the edge of the light


def stand(lamp: Lamp, *, owner: int = 0) -> Standing:
    """The lamp with the middle of its base over the world's origin."""
    frame = turn_y(lamp.facing)
    left, forward = frame[:, 0], frame[:, 2]  # the lamp's own left: it looks where its shade looks

    def direction(angle: float) -> np.ndarray:
        return np.cos(np.deg2rad(angle)) * np.array([0.0, 1, 0]) + np.sin(np.deg2rad(angle)) * forward

    places = [np.array([0.0, _POST, 0]) - 0.12 * forward]
    for length, bend in zip(lamp.arms, lamp.bends, strict=True):
        places.append(places[-1] + length * direction(bend))
    base, lower, upper, head = places
    toward = direction(lamp.nod)
    rim = head + _DEEP * toward
    enamel, metal = Plain(lamp.enamel, 0.8), Plain(lamp.metal, 0.9)
    parts: list[tuple[str, Mesh]] = [("base", mesh) for mesh in _foot(base, enamel, metal)]
    for start, end in ((base, lower), (lower, upper)):
        parts += [("arm", mesh) for mesh in _arm(start, end, left, enamel, lamp.metal)]
    parts.append(("arm", _rod(upper, head, left, 1.25 * _ROD, enamel)))
    for place, radius in ((base, 0.062), (lower, 0.072), (upper, 0.072), (head, 0.058)):
        parts.append(("arm", _hinge(place, left, radius, metal)))
    parts += [("shade", mesh) for mesh in _shade(head, toward, left, enamel, lamp.lit)]
    parts.append(("lip", _lip(rim, toward, left, Plain(mix(lamp.enamel, (255, 255, 255), 0.25), 0.8))))
    meshes = [replace(mesh, owner=owner, part=part) for part, mesh in parts]
    joints = {
        "base": Joint(base, 0.13, ("base", "arm")),
        "lower hinge": Joint(lower, 0.13, ("arm",)),
        "upper hinge": Joint(upper, 0.13, ("arm",)),
        "head": Joint(head, 0.15, ("arm", "shade")),
        "left rim": Joint(rim + _RIM * left, 0.04, ("lip",)),
        "right rim": Joint(rim - _RIM * left, 0.04, ("lip",)),
    }
    bulb = head + _BULB_AT * toward
    opening = float(np.rad2deg(np.arctan2(_RIM, _DEEP - _BULB_AT)))
    return Standing(Figure(meshes, joints, None, (np.eye(3), base)), bulb, toward, opening)


def _across(axis: np.ndarray, side: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two directions across an axis, the first nearest to `side`; first x second points along the axis."""
    first = side - axis * (side @ axis)
    first = first / np.linalg.norm(first)
    return first, np.cross(axis, first)


def revolved(
    start: np.ndarray, axis: np.ndarray, side: np.ndarray, profile: np.ndarray, material: Material, columns: int = 28
) -> Mesh:
    """A surface turned about an axis; the profile (R, 2) is distance along the axis and radius."""
    first, second = _across(axis, side)
    along, radius = profile[:, 0], profile[:, 1]
    return loft(
        start + along[:, None] * axis,
        radius[:, None] * first,
        radius[:, None] * second,
        along,
        material,
        columns=columns,
    )


def _foot(base: np.ndarray, enamel: Material, metal: Material) -> list[Mesh]:
    """A heavy round plate with a rounded edge, and the post of the lowest arm."""
    up, side = np.array([0.0, 1, 0]), np.array([1.0, 0, 0])
    plate = np.array([(0.004, 0.36), (0.03, 0.385), (0.055, 0.375), (0.075, 0.34), (0.088, 0.20), (0.09, 0.01)])
    post = np.array([(0.085, 0.075), (0.10, 0.068), (0.12, 0.05), (base[1], 0.042), (base[1] + 0.005, 0.004)])
    return [
        revolved(np.zeros(3), up, side, plate, enamel, 36),
        revolved(base * [1, 0, 1], up, side, post, metal, 16),
    ]


def _rod(start: np.ndarray, end: np.ndarray, side: np.ndarray, radius: float, material: Material) -> Mesh:
    # Several rings: a face throws its shadow as one.
    return limb(start, end, side, [(t, radius) for t in np.linspace(0, 1, 7)], material, columns=10)


def _arm(start: np.ndarray, end: np.ndarray, left: np.ndarray, enamel: Material, metal: Color) -> list[Mesh]:
    """Two rods side by side and a spring between them."""
    meshes = [_rod(start + s * _GAP * left, end + s * _GAP * left, left, _ROD, enamel) for s in (-1, 1)]
    coil = Stripes(metal, mix(metal, (20, 20, 24), 0.65), 0.028, share=0.45, gloss=0.6)
    a, b = start + 0.16 * (end - start), start + 0.62 * (end - start)
    return [*meshes, limb(a, b, left, [(t, 0.021) for t in np.linspace(0, 1, 5)], coil, columns=10)]


def _hinge(place: np.ndarray, left: np.ndarray, radius: float, metal: Material) -> Mesh:
    """A short cylinder across the arms, with chamfered edges."""
    half = _GAP + 0.034
    profile = np.array([(-half, 0.004), (-half, radius * 0.82), (-half + 0.014, radius), (half - 0.014, radius)])
    profile = np.vstack([profile, [(half, radius * 0.82), (half, 0.004)]])
    return revolved(place, left, np.array([0.0, 1, 0.01]), profile, metal, 18)


def _shade(head: np.ndarray, toward: np.ndarray, left: np.ndarray, enamel: Material, lit: bool) -> list[Mesh]:
    """The shade from outside, its pale inside, and the bulb."""
    outside = revolved(head, toward, left, _SHADE, enamel, 32)
    # Turned about the opposite direction, the same profile faces inward.
    first, second = _across(toward, left)
    inner = _SHADE[3:] - [0, 0.008]
    angle = circle(32)
    ring = np.cos(angle)[:, None] * first - np.sin(angle)[:, None] * second
    points = head + inner[:, :1, None] * toward + inner[:, 1:, None] * ring
    hollow = grid(points, around(inner[:, 0], angle, _RIM), Plain(_GLOWING if lit else _INSIDE))
    glass = Plain(_BULB if lit else _GLASS, 0.5)
    bulb = np.array([(0.08, 0.05), (0.13, 0.075), (0.19, 0.10), (0.25, 0.095), (0.29, 0.06), (0.305, 0.01)])
    return [outside, hollow, revolved(head, toward, left, bulb, glass, 16)]


def _lip(center: np.ndarray, toward: np.ndarray, left: np.ndarray, material: Material) -> Mesh:
    """The rolled edge of the shade: a ring of round section."""
    first, second = _across(toward, left)
    turn = np.linspace(0, 2 * np.pi, 41)[:, None]
    outward = np.cos(turn) * first + np.sin(turn) * second  # (41, 3)
    return loft(
        center + _RIM * outward,
        -_LIP * outward,
        np.broadcast_to(_LIP * toward, outward.shape),
        turn[:, 0] * _RIM,
        material,
        columns=8,
    )
