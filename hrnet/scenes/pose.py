"""Joint angles and their limits."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

Pair = tuple[float, float]  # (left, right)

# Degrees; near the normal ranges of the American Academy of Orthopaedic Surgeons ("Joint Motion: Method of Measuring
# and Recording", 1965), as tabled in Norkin and White, "Measurement of Joint Motion", appendix A (shoulder 180 forward,
# 60 back, 180 out, turning 70 and 90; elbow 150; forearm 80 each way), a little wider where a squat needs it. `pitch`
# and `tilt` are no joints but how the pelvis lies.
LIMITS: dict[str, tuple[float, float]] = {
    "pitch": (-180, 180),
    "tilt": (-90, 90),
    "spine": (-30, 85),
    "bend": (-35, 35),
    "twist": (-45, 45),
    "nod": (-50, 45),
    "sway": (-40, 40),
    "look": (-75, 75),
    "arm_forward": (-60, 180),
    "arm_side": (-25, 180),
    "arm_turn": (-90, 90),
    "elbow": (0, 150),
    "palm": (-80, 100),
    "wrist": (-60, 60),
    "grip": (0, 100),
    "leg_forward": (-30, 125),
    "leg_side": (-25, 60),
    "leg_turn": (-40, 45),
    "knee": (0, 140),
    "ankle": (-50, 25),
}


@dataclass(frozen=True)
class Pose:
    """Angles in degrees; pairs are (left, right). The defaults stand upright with hanging arms.

    Angles beyond `LIMITS` are brought back to them.
    """

    pitch: float = 0  # the pelvis tips forward
    tilt: float = 0  # ... and to the person's right
    spine: float = 0  # the trunk bends forward,
    bend: float = 0  # to the right,
    twist: float = 0  # and turns to the left
    nod: float = 0  # the same three for the head
    sway: float = 0
    look: float = 0
    arm_forward: Pair = (0, 0)
    arm_side: Pair = (8, 8)
    arm_turn: Pair = (0, 0)  # inward, about the upper arm's length
    elbow: Pair = (12, 12)
    palm: Pair = (0, 0)  # the palm turns from facing the thigh toward the back
    wrist: Pair = (0, 0)
    grip: Pair = (24, 24)  # the fingers curl
    leg_forward: Pair = (0, 0)
    leg_side: Pair = (3, 3)
    leg_turn: Pair = (6, 6)  # outward
    knee: Pair = (2, 2)
    ankle: Pair = (0, 0)  # the toes rise
    lift: float = 0  # meters between the ground and the lowest point
    seated: bool = False  # something to sit on is put under the thighs

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, tuple):
                limited = tuple(float(min(max(v, low), high)) for v in value)
            else:
                limited = float(min(max(value, low), high))
            object.__setattr__(self, name, limited)

    def raised(self, side: int) -> float:
        """How far an arm is lifted from hanging, in degrees."""
        forward, out = np.deg2rad(self.arm_forward[side]), np.deg2rad(self.arm_side[side])
        return float(np.rad2deg(np.arccos(np.clip(np.cos(forward) * np.cos(out), -1, 1))))

    def mirrored(self) -> Pose:
        """Left and right exchanged."""
        turned = {"tilt": -self.tilt, "bend": -self.bend, "twist": -self.twist, "sway": -self.sway, "look": -self.look}
        pairs = {f.name: getattr(self, f.name)[::-1] for f in fields(self) if isinstance(getattr(self, f.name), tuple)}
        return replace(self, **turned, **pairs)
