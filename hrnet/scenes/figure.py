"""One drawn person: a posed body dressed in an outfit, as meshes, and its joints in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrnet.scenes.body import ANKLE, HAND, HEAD, SIDES, Body, Posed, posed
from hrnet.scenes.head import EAR, EYE, NOSE, head_meshes, on_face
from hrnet.scenes.material import Plain, Split
from hrnet.scenes.mesh import Mesh, grid, limb, loft
from hrnet.scenes.outfit import Outfit
from hrnet.scenes.pose import Pose


@dataclass(frozen=True)
class Joint:
    """A place of the body, and how much of its own flesh and cloth may lie in front while it still counts as seen."""

    point: np.ndarray  # (3,) world
    cover: float  # meters


@dataclass(frozen=True)
class Figure:
    """A person in the world: what is drawn of them, and where their joints are, by name."""

    meshes: list[Mesh]
    joints: dict[str, Joint]
    seat: np.ndarray | None  # (3,) the place under the thighs of somebody who sits

    def moved(self, shift: np.ndarray) -> Figure:
        still = np.eye(3)
        return Figure(
            [mesh.placed(still, shift) for mesh in self.meshes],
            {name: Joint(joint.point + shift, joint.cover) for name, joint in self.joints.items()},
            None if self.seat is None else self.seat + shift,
        )


def make_figure(body: Body, pose: Pose, outfit: Outfit, *, facing: float, owner: int) -> Figure:
    """A person whose lowest point is `pose.lift` meters above the ground, with the hips above the world's origin."""
    skeleton = posed(body, pose, facing)
    skin = Plain(outfit.skin, 0.12)
    meshes = _trunk(body, skeleton, outfit, owner)
    for i, side in enumerate(SIDES):
        s = 1 - 2 * i
        meshes += _arm(body, skeleton, outfit, side, s, skin, owner)
        meshes += _leg(body, skeleton, outfit, side, s, skin, owner)
    if outfit.skirt > 0:
        meshes.append(_skirt(body, skeleton, outfit, owner))
    meshes += head_meshes(skeleton, body.of(HEAD) * body.head / 2, outfit.head, owner)
    figure = Figure(meshes, _joints(body, skeleton), None)
    lowest = min(float(mesh.points[:, 1].min()) for mesh in meshes)
    figure = figure.moved(np.array([0, pose.lift - lowest, 0]))
    if pose.seated:
        hips = (figure.joints["left_hip"].point + figure.joints["right_hip"].point) / 2
        return Figure(figure.meshes, figure.joints, hips - [0, body.of(0.058) * body.build, 0])
    return figure


# Rings of the trunk, in fractions of the stature: height above the hips, half width, half depth, and how far forward.
_TRUNK = np.array(
    [
        (-0.058, 0.010, 0.010, 0.000),
        (-0.052, 0.052, 0.036, -0.002),
        (-0.035, 0.078, 0.053, -0.006),
        (-0.010, 0.092, 0.061, -0.008),
        (0.020, 0.096, 0.063, -0.007),
        (0.050, 0.091, 0.059, -0.003),
        (0.080, 0.084, 0.054, 0.000),
        (0.110, 0.080, 0.052, 0.001),
        (0.150, 0.083, 0.055, 0.001),
        (0.190, 0.091, 0.060, 0.001),
        (0.225, 0.098, 0.063, 0.000),
        (0.252, 0.100, 0.059, -0.002),
        (0.272, 0.095, 0.051, -0.005),
        (0.288, 0.077, 0.043, -0.008),
        (0.300, 0.052, 0.037, -0.010),
        (0.312, 0.034, 0.031, -0.010),
    ]
)
WAIST = 0.062  # where the top ends, as a height above the hips


def _trunk(body: Body, skeleton: Posed, outfit: Outfit, owner: int) -> list[Mesh]:
    y, wide, deep, forward = (_TRUNK * body.stature).T
    upper = np.clip((y / body.stature - 0.02) / 0.2, 0, 1)
    wide = wide * (body.hips + (body.shoulders - body.hips) * upper) * (0.7 + 0.3 * body.build)
    deep = deep * body.build
    waist = np.exp(-(((y / body.stature - 0.11) / 0.05) ** 2))
    wide = wide * (1 - 1.6 * (body.bust > 0) * body.of(0.03) * waist)
    ease = outfit.loose * np.where(y / body.stature < 0.27, 0.8, 0.3)
    wide, deep = wide + ease, deep + ease
    angle = np.arange(20) * (2 * np.pi / 20)
    # Rows advance upward, so the angle runs from the front (z) toward the left (x).
    local = np.stack(
        np.broadcast_arrays(
            wide[:, None] * np.sin(angle), y[:, None], forward[:, None] + deep[:, None] * np.cos(angle)
        ),
        -1,
    )
    chest = np.exp(-(((y / body.stature - 0.215) / 0.028) ** 2))[:, None] * np.exp(-((np.sin(angle) / 0.62) ** 4))
    local[..., 2] += body.bust * chest * (np.cos(angle) > 0) * np.clip(np.cos(angle) * 2, 0, 1)
    # Each ring follows the pelvis, the loin or the chest, or a blend of two of them.
    heights = y / body.stature
    to_chest = _smooth((heights - 0.11) / 0.10)
    from_pelvis = 1 - _smooth((heights + 0.01) / 0.10)
    weights = np.stack([from_pelvis, 1 - from_pelvis - to_chest, to_chest], -1)
    rest = {"pelvis": 0.0, "middle": body.of(0.07), "chest": body.of(0.16)}
    points = np.zeros_like(local)
    for share, (part, height) in zip(weights.T, rest.items(), strict=True):
        placed = (local - [0, height, 0]) @ skeleton.frames[part].T + skeleton.points[part]
        points += share[:, None, None] * placed
    pattern = np.empty_like(local)
    pattern[..., 0] = (np.mod(angle + np.pi, 2 * np.pi) - np.pi) * body.of(0.085)
    pattern[..., 1] = y[:, None]
    pattern[..., 2] = angle
    at = body.of(WAIST)
    cloth = Split(outfit.bottom, outfit.top, at)
    meshes = [grid(points, pattern, cloth, owner=owner)]
    skin = Plain(outfit.skin, 0.12)
    low = skeleton.at("neck", 0, -body.of(0.02), -body.of(0.004))
    high = skeleton.points["upper_neck"] + skeleton.frames["head"] @ np.array([0, body.of(0.012), 0])
    girth = body.of(0.031) * (0.5 + 0.5 * body.build) * (0.88 if body.bust else 1.0)
    radii = [(0, girth * 1.12), (0.4, girth), (1, girth * 0.96)]
    meshes.append(limb(low, high, skeleton.frames["neck"][:, 0], radii, skin, owner=owner))
    return meshes


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _arm(body: Body, skeleton: Posed, outfit: Outfit, side: str, s: int, skin: Plain, owner: int) -> list[Mesh]:
    thick = body.stature * (0.35 + 0.65 * body.build)
    shoulder, elbow, wrist = (skeleton.points[f"{side}_{part}"] for part in ("shoulder", "elbow", "wrist"))
    across = skeleton.frames[f"{side}_arm"][:, 0]
    upper = [(0, 0.0295 * thick), (0.18, 0.0305 * thick), (0.55, 0.0265 * thick), (1, 0.0225 * thick)]
    lower = [(0, 0.0225 * thick), (0.22, 0.0255 * thick), (0.6, 0.0205 * thick), (1, 0.0150 * thick)]
    meshes = []
    covered, loose = outfit.sleeves, outfit.loose * 0.7
    upper_material = skin if covered == 0 else outfit.sleeve
    if covered == 0:
        meshes.append(limb(shoulder, elbow, across, upper, skin, owner=owner))
        meshes.append(limb(elbow, wrist, across, lower, skin, owner=owner))
    elif covered < 1:
        meshes.append(limb(shoulder, elbow, across, upper, skin, owner=owner))
        meshes.append(limb(elbow, wrist, across, lower, skin, owner=owner))
        hem = shoulder + (elbow - shoulder) * min(covered * 1.5, 0.95)
        sleeve = [(0, upper[0][1] + loose * 0.6), (0.25, upper[1][1] + loose), (1, 0.029 * thick + loose)]
        meshes.append(
            limb(shoulder, hem, across, sleeve, upper_material, owner=owner, rounded=(True, False), two_sided=True)
        )
    else:
        wider = [(t, r + loose) for t, r in upper]
        meshes.append(limb(shoulder, elbow, across, wider, outfit.sleeve, owner=owner))
        cuff = elbow + (wrist - elbow) * 0.97
        wider = [(t, r + loose) for t, r in lower]
        meshes.append(
            limb(elbow, cuff, across, wider, outfit.sleeve, owner=owner, rounded=(True, False), two_sided=True)
        )
    return meshes + _hand(body, skeleton, side, s, skin, owner)


# The hand: distance from the wrist, half breadth, half thickness, in fractions of its length.
_PALM = ((-0.06, 0.12, 0.10), (0.05, 0.14, 0.11), (0.25, 0.20, 0.12), (0.48, 0.21, 0.10), (0.75, 0.18, 0.08))
_FINGERS = ((0.90, 0.14, 0.06), (0.97, 0.07, 0.035))


def _hand(body: Body, skeleton: Posed, side: str, s: int, skin: Plain, owner: int) -> list[Mesh]:
    length = body.of(HAND)
    frame, wrist = skeleton.frames[f"{side}_hand"], skeleton.points[f"{side}_wrist"]
    rings = np.array([*_PALM, *_FINGERS]) * length
    down, breadth, thickness = rings.T
    curl = -s * 0.5 * np.clip(down / length - 0.35, 0, 1) ** 1.5 * length  # fingers bend toward the palm
    centers = wrist - down[:, None] * frame[:, 1] + curl[:, None] * frame[:, 0]
    # Rows advance along -y, which is x cross z.
    meshes = [
        loft(
            centers,
            thickness[:, None] * frame[:, 0],
            breadth[:, None] * frame[:, 2],
            down,
            skin,
            owner=owner,
            columns=10,
        )
    ]
    root = wrist + frame @ np.array([-s * 0.02, -0.14, 0.12]) * length
    tip = wrist + frame @ np.array([-s * 0.14, -0.50, 0.30]) * length
    meshes.append(
        limb(root, tip, frame[:, 0], [(0, 0.085 * length), (1, 0.055 * length)], skin, owner=owner, columns=8)
    )
    return meshes


def _leg(body: Body, skeleton: Posed, outfit: Outfit, side: str, s: int, skin: Plain, owner: int) -> list[Mesh]:
    thick = body.stature * (0.35 + 0.65 * body.build)
    hip, knee, ankle = (skeleton.points[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    across = skeleton.frames[f"{side}_thigh"][:, 0]
    upper = [(0, 0.0490 * thick), (0.2, 0.0500 * thick), (0.6, 0.0420 * thick), (1, 0.0335 * thick)]
    lower = [(0, 0.0335 * thick), (0.25, 0.0350 * thick), (0.6, 0.0265 * thick), (1, 0.0200 * thick)]
    calf = [0.0, -0.006 * thick, -0.003 * thick, 0.0]
    loose = outfit.loose
    meshes = []
    if outfit.legs >= 1:
        meshes.append(limb(hip, knee, across, [(t, r + loose * 0.8) for t, r in upper], outfit.bottom, owner=owner))
        hem = knee + (ankle - knee) * 0.99
        tube = [(0, lower[0][1] + loose * 0.8), (0.4, 0.032 * thick + loose), (1, 0.027 * thick + loose)]
        meshes.append(limb(knee, hem, across, tube, outfit.bottom, owner=owner, rounded=(True, False), two_sided=True))
        meshes.append(
            limb(
                ankle + (knee - ankle) * 0.3, ankle, across, [(0, 0.024 * thick), (1, 0.020 * thick)], skin, owner=owner
            )
        )
    else:
        upper_cloth = outfit.legs > 0
        meshes.append(limb(hip, knee, across, upper, skin, owner=owner))
        meshes.append(limb(knee, ankle, across, lower, skin, owner=owner, bulge=calf))
        if upper_cloth:
            hem = hip + (knee - hip) * min(outfit.legs * 1.6, 0.96)
            tube = [(0, upper[0][1] + loose * 0.5), (0.3, upper[1][1] + loose), (1, 0.047 * thick + loose)]
            meshes.append(
                limb(hip, hem, across, tube, outfit.bottom, owner=owner, rounded=(True, False), two_sided=True)
            )
    meshes.append(_foot(body, skeleton, outfit, side, owner))
    return meshes


# The shoe along the foot: distance in front of the ankle, half width, height above the sole; fractions of the stature.
_SHOE = np.array(
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


def _foot(body: Body, skeleton: Posed, outfit: Outfit, side: str, owner: int) -> Mesh:
    forward, half, height = (_SHOE * body.stature).T
    ground = -body.of(ANKLE)
    angle = np.arange(12) * (2 * np.pi / 12)  # from the left (x) toward up (y), as the rows advance forward
    up = np.sin(angle)
    x = half[:, None] * np.cos(angle) * (1 + 0.12 * (up < 0))
    y = ground + height[:, None] * np.clip(0.34 + 0.66 * up, 0, 1)
    local = np.stack(np.broadcast_arrays(x, y, forward[:, None]), -1)
    points = local @ skeleton.frames[f"{side}_foot"].T + skeleton.points[f"{side}_ankle"]
    if outfit.barefoot:
        material = Plain(outfit.skin, 0.12)
    else:
        material = Split(Plain(outfit.sole), Plain(outfit.shoe, 0.3), ground + body.of(0.009))
    return grid(points, local, material, owner=owner)


def _skirt(body: Body, skeleton: Posed, outfit: Outfit, owner: int) -> Mesh:
    """Rings around both legs: the first follows the pelvis, the others the thighs and, past the knees, the shanks."""
    reach = np.linspace(0, outfit.skirt, 7) * 2  # in thigh lengths: past 1 the cloth hangs from the knees
    hips = (skeleton.points["left_hip"] + skeleton.points["right_hip"]) / 2
    pelvis = skeleton.frames["pelvis"]
    thick = body.stature * (0.35 + 0.65 * body.build)
    centers, first, second, along = [], [], [], []
    for i, r in enumerate(reach):
        legs = []
        for side in SIDES:
            hip, knee, ankle = (skeleton.points[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
            legs.append(hip + (knee - hip) * min(r, 1) + (ankle - knee) * max(r - 1, 0))
        apart = (legs[0] - legs[1]) / 2
        center = (legs[0] + legs[1]) / 2
        down = sum(skeleton.points[f"{side}_knee"] for side in SIDES) / 2 - hips
        if r > 1:
            down = sum(skeleton.points[f"{side}_ankle"] - skeleton.points[f"{side}_knee"] for side in SIDES) / 2
        down = down / np.linalg.norm(down)
        left = pelvis[:, 0] - down * (pelvis[:, 0] @ down)
        left = left / np.linalg.norm(left)
        fore = np.cross(left, down)
        fore = fore if fore @ pelvis[:, 2] + 0.3 * fore[1] > 0 else -fore
        flesh = np.interp(r, [0, 1, 2], [0.056, 0.042, 0.036]) * thick + outfit.loose * (1 + 1.2 * r)
        half_left = abs(apart @ left) + flesh
        half_fore = abs(apart @ fore) + flesh * 1.1
        if i == 0:
            center = hips + pelvis[:, 1] * body.of(WAIST)
            left, fore = pelvis[:, 0], pelvis[:, 2]
            half_left, half_fore = body.of(0.094) * body.hips + outfit.loose, body.of(0.064) * body.build + outfit.loose
        centers.append(center)
        # Rows advance downward: forward x left points down when left x forward points up.
        first.append(fore * half_fore)
        second.append(-left * half_left)
        along.append(-r * body.of(0.245))
    return loft(
        np.array(centers),
        np.array(first),
        np.array(second),
        np.array(along),
        outfit.bottom,
        owner=owner,
        columns=20,
        two_sided=True,
    )


def _joints(body: Body, skeleton: Posed) -> dict[str, Joint]:
    """Every joint that a skeleton may ask for, in the world."""
    of = body.of
    size = of(HEAD) * body.head / 2
    points, build = skeleton.points, 0.4 + 0.6 * body.build
    cloth = 0.03

    def head(x: float, y: float, z: float) -> np.ndarray:
        return skeleton.at("head", x * size, y * size, z * size)

    joints = {
        "nose": Joint(head(NOSE[0], NOSE[1], NOSE[2] - 0.02), 0.02),
        "head_top": Joint(head(0, 0.93, -0.05), 0.09),
        "upper_neck": Joint(points["upper_neck"], of(0.045)),
        "neck": Joint(points["neck"], of(0.055)),
        "thorax": Joint(skeleton.at("chest", 0, of(0.115), 0), of(0.06) + cloth),
        "pelvis": Joint(points["pelvis"], of(0.07) + cloth),
    }
    cover = {
        "shoulder": 0.034,
        "elbow": 0.027,
        "wrist": 0.019,
        "hip": 0.066,
        "knee": 0.040,
        "ankle": 0.028,
    }
    for i, side in enumerate(SIDES):
        s = 1 - 2 * i
        x, y, z = on_face(s * EYE[0], EYE[1])
        joints[f"{side}_eye"] = Joint(head(x, y, z), 0.012)
        joints[f"{side}_ear"] = Joint(head(s * (EAR[0] + 0.02), EAR[1], EAR[2] + 0.02), 0.016)
        hand, toes = of(HAND), float(_SHOE[-1, 0])
        joints[f"{side}_hand"] = Joint(skeleton.at(f"{side}_hand", 0, -0.45 * hand, 0), 0.03)
        for part, across, along in (
            ("heel", 0, -0.036),
            ("big_toe", -0.010, toes - 0.014),
            ("small_toe", 0.018, 0.088),
        ):
            point = skeleton.at(f"{side}_foot", s * of(across), of(0.012 - ANKLE), of(along))
            joints[f"{side}_{part}"] = Joint(point, of(0.02) + 0.02)
        for part, fraction in cover.items():
            joints[f"{side}_{part}"] = Joint(points[f"{side}_{part}"], of(fraction) * build + cloth)
    return joints
