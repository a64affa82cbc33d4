"""The drawn body: bone lengths from anthropometry, and where its joints are in a pose.

Body frame: x to the person's left, y up, z forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrnet.scenes.camera import turn_x, turn_y, turn_z
from hrnet.scenes.pose import Pose

SIDES = ("left", "right")

# Lengths as fractions of the stature: Drillis and Contini (1966), as drawn in D. A. Winter, "Biomechanics and Motor
# Control of Human Movement", figure 4.1 (heights .039 ankle, .285 knee, .530 hip, .818 shoulder, .870 chin).
THIGH = 0.530 - 0.285
SHANK = 0.285 - 0.039
ANKLE = 0.039
UPPER_ARM = 0.186
FOREARM = 0.146
HAND = 0.108
SHOULDER_UP = 0.818 - 0.530 - 0.016  # from the hips; the joint's center lies below the skin on top of the shoulder
HEAD = 1 - 0.870  # chin to crown
# The figure's half widths are those of the skin (.129 shoulder, .0955 hip); the joint centers lie further in.
SHOULDER_SIDE = 0.129 * 0.83
HIP_SIDE = 0.0955 * 0.54


@dataclass(frozen=True)
class Body:
    """The proportions of one person.

    Args:
        stature: meters, barefoot.
        build: thickness of limbs and trunk; 1 is average.
        shoulders, hips: width relative to the average.
        head: size of the head relative to Winter's; children have larger heads for their stature.
        bust: meters the chest stands out in front.
        feminine, child: what hair, clothes and beards go by.
    """

    stature: float = 1.72
    build: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    head: float = 1.0
    bust: float = 0.0
    feminine: bool = False
    child: bool = False

    def of(self, fraction: float) -> float:
        """A fraction of the stature in meters."""
        return fraction * self.stature

    def thick(self, fraction: float) -> float:
        """The same for what grows with the build: the radius of a limb."""
        return fraction * self.stature * (0.35 + 0.65 * self.build)


@dataclass(frozen=True)
class Posed:
    """A body in a pose: a frame (columns are left, up, forward in the world) and an origin for every moving part."""

    frames: dict[str, np.ndarray]  # (3, 3)
    points: dict[str, np.ndarray]  # (3,) world

    def at(self, part: str, x: float, y: float, z: float) -> np.ndarray:
        """A place given in the frame of a part, in meters."""
        return self.points[part] + self.frames[part] @ np.array([x, y, z])

    def moved(self, shift: np.ndarray) -> Posed:
        return Posed(self.frames, {name: point + shift for name, point in self.points.items()})


def posed(body: Body, pose: Pose, facing: float) -> Posed:
    """Forward kinematics with the hips at the origin.

    Args:
        facing: degrees about the vertical; 0 looks along +z (at the camera), 90 toward +x.
    """
    of = body.of
    frames: dict[str, np.ndarray] = {}
    points: dict[str, np.ndarray] = {}
    pelvis = turn_y(facing) @ turn_x(pose.pitch) @ turn_z(pose.tilt)
    half = turn_y(pose.twist / 2) @ turn_x(pose.spine / 2) @ turn_z(pose.bend / 2)
    middle = pelvis @ half
    chest = middle @ half
    frames |= {"pelvis": pelvis, "middle": middle, "chest": chest}
    points["pelvis"] = np.zeros(3)
    points["middle"] = pelvis @ [0, of(0.07), 0]
    points["chest"] = points["middle"] + middle @ [0, of(0.09), 0]
    up = SHOULDER_UP - 0.16  # from the chest's pivot to the line of the shoulders
    points["neck"] = points["chest"] + chest @ [0, of(up + 0.030), of(-0.008)]
    half = turn_y(pose.look / 2) @ turn_x(pose.nod / 2) @ turn_z(pose.sway / 2)
    frames["neck"] = chest @ half @ turn_x(12)
    frames["head"] = chest @ half @ half
    # The head's origin is the middle between chin and crown; it turns about the top of the neck.
    size = of(HEAD) * body.head / 2
    top = points["neck"] + frames["neck"] @ [0, of(0.056), 0]
    points["upper_neck"] = top
    points["head"] = top + frames["head"] @ [0, size * 0.62, size * 0.22]
    for i, side in enumerate(SIDES):
        s = 1 - 2 * i
        raised = pose.raised(i)
        shrug = of(0.028) * np.clip((raised - 60) / 90, 0, 1)
        points[f"{side}_shoulder"] = points["chest"] + chest @ [
            s * (of(SHOULDER_SIDE) * body.shoulders - 0.6 * shrug),
            of(up) + shrug,
            of(-0.004),
        ]
        arm = chest @ turn_x(-pose.arm_forward[i]) @ turn_z(s * pose.arm_side[i]) @ turn_y(-s * pose.arm_turn[i])
        fore = arm @ turn_x(-pose.elbow[i])
        hand = fore @ turn_y(-s * pose.palm[i]) @ turn_z(s * -pose.wrist[i])
        frames |= {f"{side}_arm": arm, f"{side}_forearm": fore, f"{side}_hand": hand}
        points[f"{side}_elbow"] = points[f"{side}_shoulder"] - arm[:, 1] * of(UPPER_ARM)
        points[f"{side}_wrist"] = points[f"{side}_elbow"] - fore[:, 1] * of(FOREARM)
        points[f"{side}_hand"] = points[f"{side}_wrist"]
        points[f"{side}_hip"] = pelvis @ [s * of(HIP_SIDE) * body.hips, 0, 0]
        thigh = pelvis @ turn_x(-pose.leg_forward[i]) @ turn_z(s * pose.leg_side[i]) @ turn_y(s * pose.leg_turn[i])
        shank = thigh @ turn_x(pose.knee[i])
        foot = shank @ turn_x(-pose.ankle[i]) @ turn_y(s * 6)
        frames |= {f"{side}_thigh": thigh, f"{side}_shank": shank, f"{side}_foot": foot}
        points[f"{side}_knee"] = points[f"{side}_hip"] - thigh[:, 1] * of(THIGH)
        points[f"{side}_ankle"] = points[f"{side}_knee"] - shank[:, 1] * of(SHANK)
        points[f"{side}_foot"] = points[f"{side}_ankle"]
    return Posed(frames, points)
