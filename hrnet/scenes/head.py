"""Heads: the skull, a painted face, ears, nose, hair and hats.

Head frame: x to the person's left, y up, z forward; the unit is half the head's height, so the chin is y = -1 and the
crown y = 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hrnet.scenes.body import Posed
from hrnet.scenes.material import Color, Material, Plain, mix
from hrnet.scenes.mesh import Mesh, ball, circle, grid, limb, merged

# The outline of the skull at heights y: half width, front and back; drawn by eye.
_Y = np.array([-1.0, -0.96, -0.88, -0.75, -0.55, -0.3, 0.0, 0.3, 0.55, 0.75, 0.9, 0.98, 1.0])
_WIDTH = np.array([0.02, 0.17, 0.30, 0.42, 0.53, 0.60, 0.655, 0.69, 0.67, 0.57, 0.39, 0.17, 0.01])
_FRONT = np.array([0.60, 0.70, 0.76, 0.79, 0.79, 0.80, 0.81, 0.83, 0.77, 0.62, 0.42, 0.16, -0.04])
_BACK = np.array([0.56, 0.46, 0.28, 0.03, -0.25, -0.50, -0.76, -0.90, -0.88, -0.76, -0.56, -0.26, -0.06])

EYE = (0.27, 0.02)  # x and y of the left eye
NOSE = (0.0, -0.30, 0.99)  # the tip
EAR = (0.68, -0.04, -0.06)
MOUTH = -0.57

COLUMNS = 18
World = Callable[[np.ndarray], np.ndarray]  # places (..., 3) in the head's frame -> the world


def skull(angle: np.ndarray, y: np.ndarray, grow: float | np.ndarray = 0.0) -> np.ndarray:
    """Points of the head's surface, moved outward by `grow`.

    Args:
        angle: about the vertical, 0 in front, counted toward the person's left.
    """
    width, front, back = (np.interp(y, _Y, table) for table in (_WIDTH, _FRONT, _BACK))
    middle, half = (front + back) / 2, (front - back) / 2
    points = np.stack(np.broadcast_arrays(width * np.sin(angle), y, middle + half * np.cos(angle)), -1)
    return points * (1 + np.asarray(grow)[..., None]) if np.any(grow) else points


def on_face(x: float, y: float) -> np.ndarray:
    """The place on the front of the face with that x and y."""
    width = float(np.interp(y, _Y, _WIDTH))
    return skull(np.arcsin(np.clip(x / width, -1, 1)), np.asarray(y))


@dataclass(frozen=True)
class Face:
    """Skin with eyes, brows, mouth and, where given, a beard; local coordinates are those of the head frame."""

    skin: Color
    iris: Color
    brow: Color
    lips: Color
    beard: Color | None = None
    smile: float = 0.25
    gloss: float = 0.12

    def color(self, local: np.ndarray) -> np.ndarray:
        result = np.empty((len(local), 3), np.float32)
        result[:] = self.skin
        front = np.flatnonzero(local[:, 2] > 0)
        x, y = np.abs(local[front, 0]), local[front, 1]
        painted = result[front]

        def paint(where: np.ndarray, color: Color, share: float = 1.0) -> None:
            painted[where] += (np.float32(color) - painted[where]) * share

        def inside(center_x: float, center_y: float, half_x: float, half_y: float) -> np.ndarray:
            return ((x - center_x) / half_x) ** 2 + ((y - center_y) / half_y) ** 2 < 1

        blush = np.exp(-((x - 0.38) ** 2 + (y + 0.28) ** 2) / 0.035)
        painted += (np.float32(mix(self.skin, (214, 92, 84), 0.5)) - painted) * (0.45 * blush)[:, None]
        if self.beard is not None:
            paint((y < -0.42 + 0.35 * np.maximum(x - 0.3, 0)) & ~inside(0, MOUTH, 0.17, 0.05), self.beard, 0.8)
        eye_x, eye_y = EYE
        paint(inside(eye_x, eye_y + 0.015, 0.155, 0.105), mix(self.skin, (60, 30, 30), 0.45))  # lids and lashes
        white = inside(eye_x, eye_y, 0.135, 0.082)
        paint(white, (246, 244, 240))
        paint(white & inside(eye_x - 0.005, eye_y + 0.005, 0.078, 0.085), self.iris)
        paint(white & inside(eye_x - 0.005, eye_y + 0.005, 0.042, 0.046), (22, 18, 18))
        arch = 0.235 + 0.04 * (1 - ((x - eye_x) / 0.17) ** 2)
        paint((np.abs(x - eye_x) < 0.17) & (np.abs(y - arch) < 0.032), self.brow)
        curve = MOUTH + self.smile * x * x * 2
        open_lips = np.sqrt(np.maximum(1 - (x / 0.2) ** 2, 0))
        paint((y < curve + 0.035 * open_lips) & (y > curve - 0.06 * open_lips), self.lips)
        paint((np.abs(y - curve) < 0.016) & (x < 0.205), mix(self.lips, (40, 10, 15), 0.6))
        result[front] = painted
        return result


@dataclass(frozen=True)
class Strands:
    """Hair: streaks that run down from the crown; local coordinates are those of the head frame."""

    base: Color
    gloss: float = 0.12

    def color(self, local: np.ndarray) -> np.ndarray:
        angle = np.arctan2(local[:, 0], local[:, 2])
        streaks = np.sin(31 * angle + 4 * np.sin(5 * local[:, 1])) + np.sin(73 * angle)
        level = 1 + 0.07 * streaks
        return np.stack([level * np.float32(channel) for channel in self.base]).T


@dataclass(frozen=True)
class HeadStyle:
    """What grows on a head and what is worn on it.

    Args:
        hair: None, "buzz", "short", "bob", "long", "bun", "tail" or "afro".
        hat: None, "cap", "beanie" or "sun hat".
    """

    face: Face
    hair: str | None
    hair_color: Color
    hat: str | None = None
    hat_color: Color = (200, 60, 50)
    glasses: bool = False


# Where the hair ends, in front, above the ear and at the back, and how thick it is.
_HAIR: dict[str, tuple[float, float, float, float]] = {
    "buzz": (0.62, 0.22, -0.40, 0.035),
    "short": (0.55, 0.14, -0.45, 0.11),
    "bob": (0.50, -0.75, -0.80, 0.15),
    "long": (0.52, -0.75, -0.85, 0.13),
    "bun": (0.60, 0.10, -0.40, 0.06),
    "tail": (0.60, 0.10, -0.40, 0.06),
    "afro": (0.52, -0.10, -0.50, 0.32),
}
HATS = ("cap", "beanie", "sun hat")


def head_meshes(posed: Posed, size: float, style: HeadStyle, owner: int) -> list[Mesh]:
    """The meshes of a head whose half height is `size` meters."""
    frame, origin = posed.frames["head"] * size, posed.points["head"]

    def world(local: np.ndarray) -> np.ndarray:
        return local @ frame.T + origin

    local = skull(circle(COLUMNS)[None], _Y[:, None])
    meshes = [grid(world(local), local, style.face, owner=owner)]
    skin = Plain(style.face.skin, 0.12)
    nose = Plain(mix(style.face.skin, (200, 80, 70), 0.13), 0.15)
    axes = posed.frames["head"].T
    bridge, tip = world(np.array([0, 0.05, 0.78])), world(np.array([0, NOSE[1], NOSE[2] - 0.10]))
    meshes.append(
        limb(
            bridge, tip, axes[0], [(0, 0.05 * size), (0.6, 0.08 * size), (1, 0.11 * size)], nose, owner=owner, columns=8
        )
    )
    for s in (1, -1):
        tilted = np.array([axes[0], axes[1] * 0.97 - axes[2] * 0.2, axes[2] * 0.97 + axes[1] * 0.2])
        ear = world(np.array([s * EAR[0], EAR[1], EAR[2]]))
        meshes.append(ball(ear, tilted, (0.07 * size, 0.19 * size, 0.12 * size), skin, owner=owner, columns=8, rows=6))
    if style.glasses:
        meshes.append(_glasses(world, axes, size, owner))
    hair = Strands(style.hair_color)
    if style.hair is not None:
        meshes += _hair(posed, world, size, style, hair, owner)
    if style.hat is not None:
        meshes += _hat(world, size, style, owner)
    return meshes


def _shell(world: World, line: tuple[float, float, float], thickness: float, material: Material, owner: int) -> Mesh:
    """A cap of hair or felt over the skull that ends at the heights `line` in front, at the sides and at the back."""
    angle = circle(COLUMNS + 6)
    front, side, back = line
    cos = np.cos(angle)
    edge = np.where(cos > 0, side + (front - side) * np.clip(cos * 1.15, 0, 1) ** 0.7, side + (back - side) * -cos)
    share = np.linspace(0, 1, 9)[:, None]
    y = edge + (1 - edge) * np.sin(share * np.pi / 2)
    grow = thickness * (0.35 + 0.65 * np.clip(share * 4, 0, 1)) + np.zeros_like(y)
    local = skull(angle[None], y, grow)
    return grid(world(local), local, material, owner=owner, two_sided=True)


def _hair(posed: Posed, world: World, size: float, style: HeadStyle, hair: Strands, owner: int) -> list[Mesh]:
    front, side, back, thickness = _HAIR[style.hair]
    meshes = []
    if style.hat is None or style.hair in ("bob", "long"):
        top = min(thickness, 0.05) if style.hat else thickness
        if style.hair in ("bob", "long"):  # the cap of hair ends above the face; locks hang beside and behind it
            meshes.append(_shell(world, (front, 0.0, back), top, hair, owner))
        else:
            meshes.append(_shell(world, (front, side, back), top, hair, owner))
    elif style.hair != "buzz":
        meshes.append(_shell(world, (0.45, side, back), 0.05, hair, owner))
    axes = posed.frames["head"].T
    if style.hair == "bun":
        meshes.append(ball(world(np.array([0, 0.62, -0.95])), axes, (0.3 * size,) * 3, hair, owner=owner))
    if style.hair == "tail":
        start, end = world(np.array([0, 0.35, -0.98])), world(np.array([0, -1.05, -1.15]))
        radii = [(0, 0.12 * size), (0.25, 0.22 * size), (0.7, 0.18 * size), (1, 0.06 * size)]
        meshes.append(limb(start, end, axes[0], radii, hair, owner=owner))
    if style.hair in ("bob", "long"):
        end = -0.95 if style.hair == "bob" else -1.9
        y = np.array([0.45, 0.1, -0.3, -0.7, *np.linspace(-0.95, end, 3)[0 if style.hair == "bob" else 1 :]])
        angle = np.linspace(0.30 * np.pi, 1.70 * np.pi, 17)  # open toward the face
        upper = skull(angle[None], np.maximum(y, 0.0)[:, None], 0.12)
        wide = 1 + 0.10 * np.clip(-y, 0, 1)[:, None]
        local = np.stack([upper[..., 0] * wide, np.broadcast_to(y[:, None], upper.shape[:2]), upper[..., 2] * wide], -1)
        local[..., 2] -= 0.06 * np.clip(-y - 0.6, 0, 2)[:, None]
        meshes.append(grid(world(local), local, hair, owner=owner, closed=False, two_sided=True))
    return meshes


def _hat(world: World, size: float, style: HeadStyle, owner: int) -> list[Mesh]:
    felt = Plain(style.hat_color)
    if style.hat == "beanie":
        return [_shell(world, (0.42, 0.16, 0.0), 0.17, felt, owner)]
    meshes = [_shell(world, (0.48, 0.36, 0.30), 0.13, felt, owner)]
    angle = circle(24)
    inner = skull(angle, np.full(24, 0.46), 0.12)
    reach = np.full(24, 0.55) if style.hat == "sun hat" else 0.75 * np.clip(np.cos(angle) * 1.6 - 0.55, 0, 1)
    outward = np.stack([np.sin(angle), np.full(24, -0.16), np.cos(angle)], -1)
    outer = inner + outward * reach[:, None]
    local = np.stack([outer, inner])
    meshes.append(
        grid(world(local), local, Plain(mix(style.hat_color, (20, 20, 20), 0.15)), owner=owner, two_sided=True)
    )
    return meshes


def _glasses(world: World, axes: np.ndarray, size: float, owner: int) -> Mesh:
    rim = Plain((35, 32, 38), 0.5)
    thin = [(0, 0.016 * size), (1, 0.016 * size)]
    parts = []
    for s in (1, -1):
        turn = np.linspace(0, 2 * np.pi, 13)
        ring = [on_face(s * (EYE[0] + 0.19 * np.cos(t)), EYE[1] + 0.15 * np.sin(t)) + [0, 0, 0.07] for t in turn]
        for a, b in zip(ring[:-1], ring[1:], strict=True):
            parts.append(limb(world(a), world(b), axes[2], thin, rim, owner=owner, columns=4, rounded=(False, False)))
        hinge, ear = ring[0], np.array([s * (EAR[0] + 0.02), EAR[1] + 0.12, EAR[2]])
        parts.append(limb(world(hinge), world(ear), axes[1], thin, rim, owner=owner, columns=4))
    bridge = [on_face(s * (EYE[0] - 0.19), EYE[1]) + [0, 0.03, 0.08] for s in (1, -1)]
    parts.append(limb(world(bridge[0]), world(bridge[1]), axes[1], thin, rim, owner=owner, columns=4))
    return merged(parts)
