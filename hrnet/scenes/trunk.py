"""The trunk and what hangs from it: shirt, collar, neck, skirt."""

from __future__ import annotations

import numpy as np

from hrnet.scenes.body import HIP_SIDE, SIDES, THIGH, Body, Posed
from hrnet.scenes.material import Material, Plain, Scoop, Split, mix
from hrnet.scenes.mesh import Mesh, around, circle, grid, limb, loft
from hrnet.scenes.outfit import Outfit

# Rings of the trunk, in fractions of the stature: height above the hips, half width, half depth, and how far forward.
# Winter's hip breadth is .191 (see body.py); the rest is drawn by eye.
_RINGS = np.array(
    [
        (-0.048, 0.008, 0.008, -0.004),
        (-0.045, 0.040, 0.030, -0.005),
        (-0.032, 0.072, 0.050, -0.007),
        (-0.010, 0.091, 0.061, -0.008),
        (0.020, 0.096, 0.063, -0.007),
        (0.050, 0.091, 0.059, -0.003),
        (0.080, 0.084, 0.054, 0.000),
        (0.110, 0.080, 0.052, 0.001),
        (0.150, 0.083, 0.055, 0.001),
        (0.190, 0.091, 0.060, 0.001),
        (0.225, 0.097, 0.063, 0.000),
        (0.250, 0.101, 0.060, -0.002),
        (0.268, 0.100, 0.053, -0.005),
        (0.282, 0.088, 0.046, -0.008),
        (0.294, 0.066, 0.040, -0.010),
        (0.304, 0.046, 0.035, -0.011),
        (0.313, 0.035, 0.031, -0.011),
    ]
)
WAIST = 0.062  # heights above the hips: where the top ends when it is tucked in, ...
_HEM = -0.012  # ... when it hangs over the trousers, ...
_COLLAR = 0.302  # ... and where its collar begins
_COLUMNS = 20
_ANGLE = circle(_COLUMNS)  # 0 in front, counted toward the person's left


def trunk_meshes(body: Body, skeleton: Posed, outfit: Outfit, tucked: bool, skin: Plain, owner: int) -> list[Mesh]:
    """Trunk and neck, dressed."""
    heights, wide, deep, forward = _shape(body, outfit.loose * np.where(_RINGS[:, 0] < 0.27, 0.8, 0.3))
    collar = Plain(mix(outfit.sleeve.base, (30, 30, 40), 0.22))
    top: Material = Split(outfit.top, collar, body.of(_COLLAR)) if outfit.scoop == 0 else outfit.top
    if outfit.scoop > 0:
        top = Scoop(top, skin, body.of(0.296), body.of(outfit.scoop))
    dressed = Split(outfit.bottom, top, body.of(WAIST))
    meshes = [_rings(body, skeleton, heights, wide, deep, forward, dressed, owner)]
    if not tucked:
        hanging = np.array([_HEM, 0.015, 0.045, 0.075, 0.105, 0.140])
        # Wider than the trunk at the hem, and inside it at the top, where it comes out of it.
        wider = np.array([1.0, 0.8, 0.6, 0.4, 0.2, -0.3]) * (body.of(0.007) + outfit.loose * 0.4)
        shape = [np.interp(hanging, heights, values) for values in (wide, deep, forward)]
        about = np.array([1.0, 0.9, 0.5, 0.0, 0.0, 0.0])  # ... and there about the trouser legs as well
        thigh = body.thick(0.050) + outfit.loose
        # An ellipse about two circles side by side: deeper than they are, or its corners would cut into them.
        legs = (body.of(HIP_SIDE) * body.hips + thigh, thigh * 1.22 + body.of(0.008))
        for axis in (0, 1):
            shape[axis] = shape[axis] + wider
            shape[axis] = shape[axis] + about * np.maximum(legs[axis] + 0.006 - shape[axis], 0)
        meshes.append(_rings(body, skeleton, hanging, *shape, top, owner, two_sided=True))
    neck = skeleton.points["neck"] - skeleton.frames["chest"] @ np.array([0, body.of(0.022), 0])
    high = skeleton.points["upper_neck"] + skeleton.frames["head"] @ np.array([0, body.of(0.012), 0])
    girth = body.of(0.031) * (0.5 + 0.5 * body.build) * (0.86 if body.feminine else 1.0)
    radii = [(0, girth * 1.12), (0.4, girth), (1, girth * 0.95)]
    meshes.append(limb(neck, high, skeleton.frames["neck"][:, 0], radii, skin, owner=owner))
    slope = Plain(outfit.sleeve.base)
    reach = 1.0 if outfit.sleeves > 0 else 0.72
    for i, side in enumerate(SIDES):  # from the neck to the shoulder, wherever a raised arm has taken it
        inset = 0.040 if outfit.scoop == 0 else 0.066  # outside of the neckline
        root = skeleton.at("chest", (1 - 2 * i) * body.of(inset), body.of(0.130 - inset * 0.1), -body.of(0.010))
        end = root + (skeleton.points[f"{side}_shoulder"] - root) * reach
        radii = [(0, body.thick(0.019)), (0.6, body.thick(0.024)), (1, body.thick(0.028))]
        meshes.append(limb(root, end, skeleton.frames["chest"][:, 2], radii, slope, owner=owner))
    return meshes


def _shape(body: Body, ease: np.ndarray) -> tuple[np.ndarray, ...]:
    """Heights as fractions of the stature; half widths, half depths and forward shifts in meters."""
    heights = _RINGS[:, 0]
    wide, deep, forward = _RINGS[:, 1:].T * body.stature
    chest = np.clip((heights - 0.02) / 0.2, 0, 1)
    wide = wide * (body.hips + (body.shoulders - body.hips) * chest) * (0.7 + 0.3 * body.build)
    waist = np.exp(-(((heights - 0.11) / 0.05) ** 2))
    wide = wide * (1 - (0.08 if body.feminine else 0.0) * waist)
    belly = max(body.build - 1.05, 0) * np.exp(-(((heights - 0.09) / 0.06) ** 2)) * body.of(0.06)
    return heights, wide + ease, deep * body.build + ease + belly / 2, forward + belly / 2


def _rings(
    body: Body,
    skeleton: Posed,
    heights: np.ndarray,
    wide: np.ndarray,
    deep: np.ndarray,
    forward: np.ndarray,
    material: Material,
    owner: int,
    *,
    two_sided: bool = False,
) -> Mesh:
    """Each ring follows the pelvis, the loin or the chest, or a blend of two of them."""
    y = heights * body.stature
    x, z = wide[:, None] * np.sin(_ANGLE), forward[:, None] + deep[:, None] * np.cos(_ANGLE)
    front = np.clip(np.cos(_ANGLE) * 2, 0, 1) * np.exp(-((np.sin(_ANGLE) / 0.62) ** 4))
    z = z + body.bust * np.exp(-(((heights - 0.215) / 0.028) ** 2))[:, None] * front
    shape = np.stack(np.broadcast_arrays(x, y[:, None], z), -1)
    to_chest = _smooth((heights - 0.11) / 0.10)
    pelvis = 1 - _smooth((heights + 0.01) / 0.10)
    points = np.zeros_like(shape)
    for share, part, height in (
        (pelvis, "pelvis", 0.0),
        (1 - pelvis - to_chest, "middle", body.of(0.07)),
        (to_chest, "chest", body.of(0.16)),
    ):
        points += share[:, None, None] * ((shape - [0, height, 0]) @ skeleton.frames[part].T + skeleton.points[part])
    pattern = around(y, _ANGLE, body.of(0.085))
    return grid(points, pattern, material, owner=owner, two_sided=two_sided)


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def skirt(body: Body, skeleton: Posed, outfit: Outfit, owner: int) -> Mesh:
    """Rings around both legs: the first follows the waist, the others the thighs and, past the knees, the shanks."""
    reach = np.linspace(0, outfit.skirt, 7) * 2  # in thigh lengths: past 1 the cloth hangs from the knees
    pelvis, points = skeleton.frames["pelvis"], skeleton.points
    hips, knees, ankles = ((points[f"left_{p}"] + points[f"right_{p}"]) / 2 for p in ("hip", "knee", "ankle"))
    centers = [skeleton.at("pelvis", 0, body.of(WAIST), 0)]
    first = [pelvis[:, 2] * (body.of(0.064) * body.build + outfit.loose)]
    second = [-pelvis[:, 0] * (body.of(0.094) * body.hips + outfit.loose)]
    for r in reach[1:]:
        legs = [
            points[f"{side}_hip"]
            + (points[f"{side}_knee"] - points[f"{side}_hip"]) * min(r, 1)
            + (points[f"{side}_ankle"] - points[f"{side}_knee"]) * max(r - 1, 0)
            for side in SIDES
        ]
        apart = (legs[0] - legs[1]) / 2
        down = ankles - knees if r > 1 else knees - hips
        down = down / max(float(np.linalg.norm(down)), 1e-6)
        left = pelvis[:, 0] - down * (pelvis[:, 0] @ down)
        left = left / max(float(np.linalg.norm(left)), 1e-6)
        fore = np.cross(down, left)  # forward: down x left, as left x up is
        flesh = body.thick(float(np.interp(r, [0, 1, 2], [0.056, 0.042, 0.036]))) + outfit.loose * (1 + 1.2 * r)
        centers.append((legs[0] + legs[1]) / 2)
        # Rows advance downward, which is forward x right.
        first.append(fore * (abs(apart @ fore) + flesh * 1.1))
        second.append(-left * (abs(apart @ left) + flesh))
    return loft(
        np.array(centers),
        np.array(first),
        np.array(second),
        -reach * body.of(THIGH),
        outfit.bottom,
        owner=owner,
        columns=_COLUMNS,
        two_sided=True,
    )
