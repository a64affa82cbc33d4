"""Arms with hands, legs with shoes, in their sleeves and trousers."""

from __future__ import annotations

import numpy as np

from hrnet.scenes.body import ANKLE, HAND, Body, Posed
from hrnet.scenes.material import Material, Plain, Split
from hrnet.scenes.mesh import Mesh, grid, limb, loft, merged
from hrnet.scenes.outfit import Outfit

Profile = tuple[tuple[float, float], ...]

# Radii along a limb: (fraction of its length, radius as a fraction of the stature), chosen by eye.
_UPPER_ARM: Profile = ((0, 0.0285), (0.18, 0.0300), (0.55, 0.0262), (1, 0.0222))
_FOREARM: Profile = ((0, 0.0222), (0.22, 0.0252), (0.6, 0.0205), (1, 0.0150))
_THIGH: Profile = ((0, 0.0490), (0.2, 0.0500), (0.6, 0.0420), (1, 0.0335))
_SHANK: Profile = ((0, 0.0335), (0.25, 0.0350), (0.6, 0.0265), (1, 0.0200))
_CALF = (0.0, -0.006, -0.003, 0.0)  # how far the rings of the shank lie behind its axis


def _radii(body: Body, profile: Profile, loose: float = 0.0) -> list[tuple[float, float]]:
    return [(t, body.thick(radius) + loose) for t, radius in profile]


def arm(body: Body, skeleton: Posed, outfit: Outfit, side: str, skin: Plain, owner: int, grip: float) -> list[Mesh]:
    """One arm, bare, half covered or covered, and its hand."""
    shoulder, elbow, wrist = (skeleton.points[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
    across = skeleton.frames[f"{side}_arm"][:, 0]
    loose = outfit.loose * 0.7
    if outfit.sleeves >= 1:
        cuff = elbow + (wrist - elbow) * 0.97
        meshes = [
            limb(shoulder, elbow, across, _radii(body, _UPPER_ARM, loose), outfit.sleeve, owner=owner),
            _tube(elbow, cuff, across, _radii(body, _FOREARM, loose), outfit.sleeve, owner),
        ]
    else:
        meshes = [
            limb(shoulder, elbow, across, _radii(body, _UPPER_ARM), skin, owner=owner),
            limb(elbow, wrist, across, _radii(body, _FOREARM), skin, owner=owner),
        ]
        if outfit.sleeves > 0:
            hem = shoulder + (elbow - shoulder) * min(outfit.sleeves * 1.5, 0.95)
            thick = body.thick
            sleeve = [(0, thick(0.0285) + loose * 0.4), (0.3, thick(0.030) + loose), (1, thick(0.029) + loose)]
            meshes.append(_tube(shoulder, hem, across, sleeve, outfit.sleeve, owner))
    return [*meshes, _hand(body, skeleton, side, skin, owner, grip)]


def _tube(start: np.ndarray, end: np.ndarray, across: np.ndarray, radii, cloth: Material, owner: int) -> Mesh:
    """A sleeve or a trouser leg: round where it begins, open at the hem."""
    return limb(start, end, across, radii, cloth, owner=owner, rounded=(True, False), two_sided=True)


# The palm: distance from the wrist, half breadth, half thickness, in fractions of the hand's length.
_PALM = ((-0.06, 0.11, 0.10), (0.05, 0.13, 0.105), (0.25, 0.19, 0.115), (0.44, 0.205, 0.10), (0.50, 0.17, 0.06))
# The fingers from the index to the little one: place across the palm, length, thickness.
_FINGERS = ((0.145, 0.44, 0.050), (0.048, 0.50, 0.052), (-0.050, 0.46, 0.050), (-0.142, 0.36, 0.044))
_BENT = np.array([0.0, 0.25, 0.8, 1.5, 1.7])  # a finger is an arc: its direction at each ring, times the grip
_PHALANX = np.array([0.0, 0.34, 0.36, 0.22, 0.06])  # the way from ring to ring
_THINNER = np.array([1.0, 0.98, 0.88, 0.6, 0.15])[:, None]
_FAN = 3.0  # degrees between neighboring fingers


def _hand(body: Body, skeleton: Posed, side: str, skin: Plain, owner: int, grip: float) -> Mesh:
    length, s = body.of(HAND), 1 if side == "left" else -1
    frame, wrist = skeleton.frames[f"{side}_hand"], skeleton.points[f"{side}_wrist"]
    down, breadth, thickness = (np.array(_PALM) * length).T
    inward = -s * frame[:, 0]  # where the palm looks
    first, second = thickness[:, None] * frame[:, 0], breadth[:, None] * frame[:, 2]
    parts = [loft(wrist - down[:, None] * frame[:, 1], first, second, down, skin, owner=owner, columns=10)]
    bent = np.deg2rad(grip) * _BENT
    for i, (across, reach, thick) in enumerate(_FINGERS):
        fan = np.deg2rad(_FAN * (1.5 - i))
        straight = -frame[:, 1] * np.cos(fan) + frame[:, 2] * np.sin(fan)
        tangent = np.cos(bent)[:, None] * straight + np.sin(bent)[:, None] * inward
        steps = _PHALANX * reach * length
        root = wrist + frame @ np.array([0, -0.44, across]) * length
        centers = root + np.cumsum(steps[:, None] * tangent, 0)
        hinge = np.cross(straight, inward)
        first = np.broadcast_to(hinge, tangent.shape) * _THINNER * (thick * length)
        second = np.cross(tangent, hinge) * _THINNER * (thick * length)
        parts.append(loft(centers, first, second, np.cumsum(steps), skin, owner=owner, columns=6))
    root = wrist + frame @ np.array([-s * 0.02, -0.14, 0.10]) * length
    tip = wrist + frame @ np.array([-s * 0.15, -0.47, 0.30 - 0.002 * grip]) * length
    radii = [(0, 0.085 * length), (0.6, 0.066 * length), (1, 0.05 * length)]
    parts.append(limb(root, tip, frame[:, 0], radii, skin, owner=owner, columns=8))
    return merged(parts)


def leg(body: Body, skeleton: Posed, outfit: Outfit, side: str, skin: Plain, owner: int) -> list[Mesh]:
    """One leg in trousers, shorts or nothing, and its shoe."""
    hip, knee, ankle = (skeleton.points[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    across = skeleton.frames[f"{side}_thigh"][:, 0]
    thick, loose = body.thick, outfit.loose
    if outfit.legs >= 1:
        hem = knee + (ankle - knee) * 0.99
        tube = [(0, thick(0.0335) + loose * 0.8), (0.4, thick(0.032) + loose), (1, thick(0.027) + loose)]
        low = ankle + (knee - ankle) * 0.3
        sock = Plain(outfit.sock or outfit.skin)
        meshes = [
            limb(hip, knee, across, _radii(body, _THIGH, loose * 0.8), outfit.bottom, owner=owner),
            _tube(knee, hem, across, tube, outfit.bottom, owner),
            limb(low, ankle, across, [(0, thick(0.024)), (1, thick(0.020))], sock, owner=owner),
        ]
    else:
        calf = [thick(shift) for shift in _CALF]
        shin: Material = skin
        if outfit.sock is not None and not outfit.barefoot:
            shin = Split(skin, Plain(outfit.sock), body.of(0.246) * (1 - outfit.sock_length))
        meshes = [
            limb(hip, knee, across, _radii(body, _THIGH), skin, owner=owner),
            limb(knee, ankle, across, _radii(body, _SHANK), shin, owner=owner, bulge=calf),
        ]
        if outfit.legs > 0:
            hem = hip + (knee - hip) * min(outfit.legs * 1.6, 0.96)
            tube = [(0, thick(0.049) + loose * 0.5), (0.3, thick(0.050) + loose), (1, thick(0.047) + loose)]
            meshes.append(_tube(hip, hem, across, tube, outfit.bottom, owner))
    meshes.append(_shoe(body, skeleton, outfit, side, skin, owner))
    return meshes


# The shoe along the foot: distance in front of the ankle, half width, height above the sole; fractions of the stature.
# It is .158 long: Winter's foot of .152 and the leather.
SHOE = np.array(
    [
        (-0.046, 0.004, 0.020),
        (-0.042, 0.014, 0.034),
        (-0.030, 0.021, 0.047),
        (0.000, 0.023, 0.050),
        (0.030, 0.024, 0.044),
        (0.060, 0.027, 0.031),
        (0.085, 0.027, 0.024),
        (0.100, 0.022, 0.020),
        (0.109, 0.012, 0.015),
        (0.112, 0.003, 0.009),
    ]
)


def _shoe(body: Body, skeleton: Posed, outfit: Outfit, side: str, skin: Plain, owner: int) -> Mesh:
    forward, half, height = (SHOE * body.stature).T
    ground = -body.of(ANKLE)
    angle = np.arange(12) * (2 * np.pi / 12)  # from the left (x) toward up (y), as the rows advance forward
    up = np.sin(angle)
    x = half[:, None] * np.cos(angle) * (1 + 0.12 * (up < 0))
    y = ground + height[:, None] * np.clip(0.34 + 0.66 * up, 0, 1)
    local = np.stack(np.broadcast_arrays(x, y, forward[:, None]), -1)
    points = local @ skeleton.frames[f"{side}_foot"].T + skeleton.points[f"{side}_ankle"]
    if outfit.barefoot:
        return grid(points, local, skin, owner=owner)
    leather = Split(Plain(outfit.shoe, 0.2), Plain(outfit.sole), body.of(0.088), axis=2)  # a cap over the toes
    return grid(points, local, Split(Plain(outfit.sole), leather, ground + body.of(0.009)), owner=owner)
