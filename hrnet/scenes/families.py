"""The families of poses that people take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from hrnet.scenes.pose import Pose


def _flat(**angles: object) -> Pose:
    """A pose whose feet lie level: the ankle makes up for pelvis, hip and knee."""
    pose = Pose(**angles)
    ankle = tuple(k - f + pose.pitch for k, f in zip(pose.knee, pose.leg_forward, strict=True))
    return replace(pose, ankle=ankle)


def _stand(rng: np.random.Generator) -> Pose:
    shift = rng.uniform(0, 1)  # the weight rests on the right leg, the left knee is loose
    u = rng.uniform
    return _flat(
        tilt=-4 * shift,
        bend=4 * shift,
        spine=u(-4, 6),
        twist=u(-12, 12),
        nod=u(-8, 14),
        look=u(-30, 30),
        sway=u(-6, 6),
        arm_forward=(u(-10, 18), u(-10, 18)),
        arm_side=(u(5, 16), u(5, 16)),
        arm_turn=(u(0, 35), u(0, 35)),
        elbow=(u(5, 35), u(5, 35)),
        palm=(u(0, 50), u(0, 50)),
        leg_forward=(4 + 16 * shift, u(-3, 5)),
        leg_side=(u(2, 8) + 3 * shift, u(0, 6)),
        leg_turn=(u(5, 25), u(5, 20)),
        knee=(6 + 26 * shift, u(0, 4)),
    )


def _hands_on_hips(rng: np.random.Generator) -> Pose:
    return replace(_stand(rng), arm_forward=(-18, -18), arm_side=(48, 48), arm_turn=(62, 62), elbow=(98, 98))


def _one_hand_on_hip(rng: np.random.Generator) -> Pose:
    pose = _stand(rng)
    return replace(
        pose,
        arm_forward=(-18, pose.arm_forward[1]),
        arm_side=(48, pose.arm_side[1]),
        arm_turn=(62, pose.arm_turn[1]),
        elbow=(98, pose.elbow[1]),
    )


def _arms_folded(rng: np.random.Generator) -> Pose:
    return replace(
        _stand(rng), arm_forward=(32, 28), arm_side=(10, 10), arm_turn=(68, 62), elbow=(104, 96), palm=(20, 20)
    )


def _wave(rng: np.random.Generator) -> Pose:
    pose, u = _stand(rng), rng.uniform
    return replace(
        pose,
        arm_forward=(u(0, 15), pose.arm_forward[1]),
        arm_side=(u(85, 115), pose.arm_side[1]),
        arm_turn=(-90, pose.arm_turn[1]),
        elbow=(u(50, 100), pose.elbow[1]),
        palm=(-60, pose.palm[1]),
    )


def _phone(rng: np.random.Generator) -> Pose:
    pose, u = _stand(rng), rng.uniform
    return replace(
        pose,
        nod=u(10, 25),
        look=u(-8, 8),
        arm_forward=(u(25, 45), pose.arm_forward[1]),
        arm_turn=(u(20, 40), pose.arm_turn[1]),
        elbow=(u(95, 120), pose.elbow[1]),
    )


def _point(rng: np.random.Generator) -> Pose:
    pose, u = _stand(rng), rng.uniform
    return replace(
        pose,
        arm_forward=(u(55, 110), pose.arm_forward[1]),
        arm_side=(u(0, 60), pose.arm_side[1]),
        elbow=(u(0, 25), pose.elbow[1]),
    )


def _arms_up(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    return replace(
        _stand(rng),
        nod=u(-25, 5),
        arm_forward=(u(-5, 25), u(-5, 25)),
        arm_side=(u(115, 170), u(115, 170)),
        arm_turn=(u(-60, 30), u(-60, 30)),
        elbow=(u(0, 70), u(0, 70)),
    )


def _arms_out(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    return replace(
        _stand(rng),
        arm_forward=(u(-10, 25), u(-10, 25)),
        arm_side=(u(60, 105), u(60, 105)),
        arm_turn=(u(-60, 20), u(-60, 20)),
        elbow=(u(0, 60), u(0, 60)),
    )


def _walk(rng: np.random.Generator) -> Pose:
    u, stride = rng.uniform, rng.uniform(16, 30)
    pose = _flat(
        spine=u(0, 6),
        twist=u(4, 12),
        nod=u(-5, 12),
        look=u(-25, 25),
        arm_forward=(-stride * u(0.6, 1.2), stride * u(0.7, 1.3)),
        arm_side=(u(5, 12), u(5, 12)),
        arm_turn=(u(10, 30), u(10, 30)),
        elbow=(u(8, 30), u(15, 50)),
        palm=(u(0, 40), u(0, 40)),
        leg_forward=(stride, -stride * 0.7),
        leg_side=(u(0, 4), u(0, 4)),
        leg_turn=(u(2, 10), u(2, 10)),
        knee=(u(4, 20), u(15, 45)),
    )
    return replace(pose, ankle=(min(pose.ankle[0], 10), -u(0, 20)))


def _run(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    return Pose(
        pitch=u(6, 16),
        spine=u(2, 10),
        twist=u(8, 20),
        nod=u(-15, 0),
        arm_forward=(-u(35, 60), u(30, 65)),
        arm_side=(u(10, 20), u(8, 16)),
        arm_turn=(u(10, 25), u(20, 45)),
        elbow=(u(75, 105), u(80, 115)),
        palm=(10, 10),
        grip=(75, 75),
        leg_forward=(u(55, 90), -u(5, 25)),
        leg_side=(2, 2),
        knee=(u(60, 100), u(20, 90)),
        ankle=(u(0, 12), -u(15, 40)),
        lift=float(rng.choice([0.0, 0.0, 0.08])),
    )


def _sit(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    pitch, spine = -u(0, 12), u(0, 20)
    pose = _flat(
        pitch=pitch,
        spine=spine,
        bend=u(-6, 6),
        twist=u(-12, 12),
        nod=u(-5, 18) - spine / 2,
        look=u(-35, 35),
        # Upper arms a little forward and elbows bent put the hands on the thighs.
        arm_forward=(u(14, 28) + spine + pitch, u(14, 28) + spine + pitch),
        arm_side=(u(5, 14), u(5, 14)),
        arm_turn=(u(5, 30), u(5, 30)),
        elbow=(u(48, 62), u(48, 62)),
        palm=(u(60, 90), u(60, 90)),
        leg_forward=(u(84, 94) + pitch, u(84, 94) + pitch),
        leg_side=(u(2, 14), u(2, 14)),
        leg_turn=(u(0, 12), u(0, 12)),
        knee=(u(70, 100), u(70, 100)),
        seated=True,
    )
    if rng.random() < 0.3:  # ... or one of them gestures
        pose = replace(
            pose, arm_forward=(u(20, 90), pose.arm_forward[1]), elbow=(u(30, 120), pose.elbow[1]), palm=(u(-40, 40), 75)
        )
    return pose


def _sit_on_ground(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    return replace(
        _sit(rng),
        pitch=-u(10, 25),
        leg_forward=(u(100, 120), u(85, 115)),
        leg_side=(u(10, 20), u(10, 25)),
        leg_turn=(u(10, 25), u(10, 25)),
        knee=(u(90, 125), u(70, 125)),
        ankle=(-u(0, 20), -u(0, 20)),
        arm_forward=(u(40, 70), u(40, 70)),
        elbow=(u(20, 60), u(20, 60)),
        seated=False,
    )


def _jump(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    return Pose(
        spine=u(-12, 8),
        nod=u(-20, 5),
        arm_forward=(u(-10, 30), u(-10, 30)),
        arm_side=(u(70, 165), u(70, 165)),
        arm_turn=(u(-60, 0), u(-60, 0)),
        elbow=(u(5, 50), u(5, 50)),
        leg_forward=(u(-10, 50), u(-10, 50)),
        leg_side=(u(10, 45), u(10, 45)),
        leg_turn=(20, 20),
        knee=(u(5, 100), u(5, 100)),
        ankle=(-u(15, 40), -u(15, 40)),
        lift=u(0.15, 0.5),
    )


def _squat(rng: np.random.Generator) -> Pose:
    u, depth = rng.uniform, rng.uniform(50, 105)
    return replace(
        _flat(
            pitch=u(15, 30),
            spine=u(0, 15),
            nod=u(-30, -5),
            arm_forward=(u(50, 95), u(50, 95)),
            arm_side=(u(0, 25), u(0, 25)),
            elbow=(u(0, 90), u(0, 90)),
            leg_forward=(depth, depth),
            leg_side=(u(8, 22), u(8, 22)),
            leg_turn=(u(10, 30), u(10, 30)),
            knee=(depth * u(1.0, 1.15),) * 2,
        )
    )


def _bend_down(rng: np.random.Generator) -> Pose:
    u, pitch = rng.uniform, rng.uniform(25, 65)
    return _flat(
        pitch=pitch,
        spine=u(20, 50),
        twist=u(-10, 10),
        nod=u(-35, 10),
        arm_forward=(u(50, 100), u(50, 100)),
        arm_side=(u(0, 15), u(0, 15)),
        elbow=(u(0, 40), u(0, 40)),
        leg_forward=(pitch + u(-6, 6), pitch + u(-6, 6)),
        leg_side=(u(2, 14), u(2, 14)),
        knee=(u(0, 30), u(0, 30)),
    )


def _lunge(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    pose = _flat(
        spine=u(-5, 10),
        twist=u(-15, 15),
        look=u(-30, 30),
        arm_forward=(u(-30, 90), u(-30, 90)),
        arm_side=(u(10, 95), u(10, 95)),
        elbow=(u(0, 80), u(0, 80)),
        leg_forward=(u(55, 80), -u(15, 25)),
        knee=(u(60, 85), u(15, 50)),
    )
    return replace(pose, ankle=(pose.ankle[0], -10.0))


def _kick(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    return Pose(
        pitch=-u(0, 15),
        spine=u(5, 20),
        twist=u(5, 20),
        nod=u(5, 20),
        arm_forward=(u(20, 60), -u(10, 50)),
        arm_side=(u(30, 80), u(25, 70)),
        elbow=(u(10, 50), u(10, 50)),
        leg_forward=(-u(0, 12), u(40, 85)),
        leg_side=(4, u(0, 20)),
        knee=(u(5, 20), u(0, 40)),
        ankle=(8, -35),
    )


def _throw(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    pose = _lunge(rng)
    return replace(
        pose,
        twist=-u(10, 35),
        arm_forward=(u(40, 80), u(-15, 30)),
        arm_side=(u(10, 40), u(85, 125)),
        arm_turn=(0, -u(50, 90)),
        elbow=(u(10, 50), u(60, 115)),
    )


def _balance(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    if rng.random() < 0.5:  # the tree: a foot against the other knee, hands above the head
        return Pose(
            arm_forward=(15, 15),
            arm_side=(165, 165),
            arm_turn=(-40, -40),
            elbow=(u(25, 55),) * 2,
            leg_forward=(u(50, 70), 0),
            leg_side=(u(35, 50), 2),
            leg_turn=(45, 5),
            knee=(u(115, 130), 1),
            ankle=(-25, 0),
        )
    pitch = u(40, 75)  # the arabesque: one leg stretched behind
    return Pose(
        pitch=pitch,
        spine=-u(5, 25),
        nod=-u(20, 40),
        arm_forward=(u(70, 140), u(0, 60)),
        arm_side=(u(10, 60), u(40, 90)),
        elbow=(u(0, 20), u(0, 20)),
        leg_forward=(pitch, -u(0, 20)),
        leg_side=(0, 5),
        knee=(2, u(0, 20)),
        ankle=(0, -45),
    )


def _kneel(rng: np.random.Generator) -> Pose:
    u = rng.uniform
    pose = _flat(
        spine=u(-3, 20),
        nod=u(-5, 25),
        twist=u(-10, 10),
        arm_forward=(u(10, 60), u(10, 60)),
        arm_side=(u(4, 20), u(4, 20)),
        arm_turn=(u(0, 40), u(0, 40)),
        elbow=(u(20, 90), u(20, 90)),
        leg_forward=(u(80, 92), u(-8, 6)),
        leg_side=(u(4, 14), u(2, 10)),
        knee=(u(85, 98), u(85, 95)),
    )
    return replace(pose, ankle=(pose.ankle[0], -45.0))


def _lie(rng: np.random.Generator) -> Pose:
    u, back = rng.uniform, rng.random() < 0.7
    return Pose(
        pitch=-88 if back else 88,
        tilt=0,
        spine=u(-5, 5),
        look=u(-50, 50) if back else float(rng.choice([-70, 70])),
        arm_forward=(u(-8, 8), u(-8, 8)),
        arm_side=(u(10, 150), u(10, 150)),
        elbow=(u(5, 60), u(5, 60)),
        leg_forward=(u(0, 35), 0) if back else (0, 0),
        leg_side=(u(4, 20), u(4, 20)),
        leg_turn=(20, 20),
        knee=(u(0, 70), u(0, 8)) if back else (u(0, 30), u(0, 30)),
        ankle=(-30, -30),
    )


# How often a family is drawn when nobody asks for one.
FAMILIES: dict[str, tuple[float, Callable[[np.random.Generator], Pose]]] = {
    "stand": (20, _stand),
    "hands on hips": (4, _hands_on_hips),
    "hand on hip": (4, _one_hand_on_hip),
    "arms folded": (4, _arms_folded),
    "wave": (5, _wave),
    "phone": (5, _phone),
    "point": (4, _point),
    "arms up": (5, _arms_up),
    "arms out": (5, _arms_out),
    "walk": (14, _walk),
    "run": (9, _run),
    "sit": (10, _sit),
    "sit on ground": (3, _sit_on_ground),
    "jump": (5, _jump),
    "squat": (4, _squat),
    "bend down": (4, _bend_down),
    "lunge": (3, _lunge),
    "kick": (3, _kick),
    "throw": (3, _throw),
    "balance": (3, _balance),
    "kneel": (3, _kneel),
    "lie": (2, _lie),
}


def draw_pose(rng: np.random.Generator, family: str | None = None) -> Pose:
    """A pose of a family (any of `FAMILIES`, by their weights, where none is given), left- or right-handed.

    Raises:
        ValueError: there is no such family.
    """
    if family is None:
        weights = np.array([weight for weight, _ in FAMILIES.values()])
        family = str(rng.choice(list(FAMILIES), p=weights / weights.sum()))
    if family not in FAMILIES:
        raise ValueError(f"there is no pose family {family!r}; choose one of {', '.join(FAMILIES)}")
    pose = FAMILIES[family][1](rng)
    return pose.mirrored() if rng.random() < 0.5 else pose
