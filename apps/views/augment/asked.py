"""What a page asks for: a labeled person, a preset, a seed, and what a hand changed of what was drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.views.augment.sources import skeleton_of
from hrnet.augment import (
    PRESETS,
    Fixed,
    HalfBody,
    HorizontalFlip,
    Preset,
    Rotation,
    Sample,
    Scale,
    Shift,
    Step,
    Traced,
    UniformScale,
    WalkthroughHalfBody,
    WholeDegrees,
)
from hrnet.geometry import Box, Size
from hrnet.skeleton import Skeleton

if TYPE_CHECKING:
    from apps.desk import Desk

SIZE: Size = (256, 192)  # of the crop: the input that the published settings of COCO are for
OFFERED = ("official", "udp", "dark", "walkthrough")
COMPARED = ("official", "udp", "walkthrough")
SEEDS = 2**31
FARTHEST = 1e6  # pixels from the photo's corner at which a joint or a box may lie

# What a visitor calls a step, and the steps that are it.
PARTS: dict[str, tuple[type, ...]] = {
    "half": (HalfBody, WalkthroughHalfBody),
    "scale": (Scale, UniformScale),
    "rotation": (Rotation, WholeDegrees),
    "shift": (Shift,),
    "flip": (HorizontalFlip,),
}
HALVES = ("none", "upper", "lower")
LIMITS = {"scale": (0.3, 3.0), "rotation": (-180.0, 180.0), "shift": (-1.0, 1.0)}
FEWEST = HalfBody.fewest  # joints that a half needs, also where a hand chooses it


def part_of(step: Step) -> str | None:
    """The name of the part a step is; None for one that draws nothing."""
    step = step.step if isinstance(step, Fixed) else step
    return next((name for name, kinds in PARTS.items() if isinstance(step, kinds)), None)


@dataclass(frozen=True, eq=False)
class Asked:
    """One road from a labeled person to a training example.

    Attributes:
        off: parts that are left out. The others draw as if they were not.
        hand: by part, what a hand chose in place of the draw: "half" one of HALVES, "scale" a factor, "rotation"
            degrees, "shift" two fractions of the padded box, "flip" yes or no.
    """

    sample: Sample
    preset: Preset
    seed: int
    off: frozenset[str] = frozenset()
    hand: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, desk: Desk, values: Mapping[str, Any]) -> Asked:
        """
        Args:
            values: "photo", a token; "labels", where the joints are from, of `sources.LABELS`; "box" [x, y, width,
                height] and "keypoints" [[x, y, visibility], ...] in photo pixels; "preset", of OFFERED; "seed"; maybe
                "off", a list of parts, and "hand".
        Raises:
            ValueError: one of them is not that; one line for the visitor.
        """
        skeleton = skeleton_of(desk, values.get("labels"))
        keypoints = _keypoints(values.get("keypoints"), skeleton)
        confidence = (keypoints[:, 2] > 0).astype(np.float32)
        preset = PRESETS[choice_of(values, "preset", OFFERED)]
        seed = whole(values, "seed", SEEDS)
        off = values.get("off") or []
        if not isinstance(off, list) or not all(isinstance(name, str) and name in PARTS for name in off):
            raise ValueError(f"off is a list of {', '.join(PARTS)}, got {off!r:.60}")
        sample = Sample(desk.photo(values.get("photo")), skeleton, SIZE, _box(values), keypoints, confidence)
        return cls(sample, preset, seed, frozenset(off), _hand(values.get("hand") or {}))

    @property
    def others(self) -> tuple[str, ...]:
        """The presets that are shown beside each other."""
        return COMPARED if self.preset.name in COMPARED else (*COMPARED, self.preset.name)

    def walk(self) -> list[Traced]:
        """Every state on the way: what `preset.trace(sample, seed)` gives, where nothing is off and no hand was there.

        A part that is off or in a hand has drawn before, so that all the others draw what they would have drawn.
        """
        rng = np.random.default_rng(self.seed)
        sample, states = self.sample, []
        for step in self._steps():
            choice, part = step.draw(rng, sample), part_of(step)
            if part in self.off:
                continue
            if part in self.hand:
                choice = by_hand(step, self.hand[part], sample)
            sample = step.apply(sample, choice)
            states.append(Traced(step.step if isinstance(step, Fixed) else step, choice, sample))
        return states

    def _steps(self) -> list[Step]:
        """Those of the preset; and a shift by hand, which draws nothing, where the preset has none."""
        steps = list(self.preset.compose(self.sample.input_size).steps)
        if "shift" in self.hand and not any(part_of(step) == "shift" for step in steps):
            at = next(i for i, step in enumerate(steps) if part_of(step) == "flip")
            steps.insert(at, Fixed(Shift(), (0.0, 0.0)))
        return steps

    def under(self, name: str, walked: list[Traced]) -> Asked:
        """The same choices under another preset, as its own steps understand them."""
        return replace(self, preset=PRESETS[name], hand={**neutral(), **drawn(walked), "half": half_of(self, walked)})


def neutral() -> dict[str, Any]:
    return {"half": "none", "shift": (0.0, 0.0), "flip": False}


def drawn(walked: list[Traced]) -> dict[str, Any]:
    """By part, what was drawn or chosen, as the steps understand it; nothing of parts that are off."""
    return {part: state.choice for state in walked if (part := part_of(state.step))}


def half_of(asked: Asked, walked: list[Traced]) -> str:
    """Which of HALVES the chosen joints are."""
    joints = drawn(walked).get("half", ())
    if not joints:
        return "none"
    return "upper" if set(joints) <= set(asked.sample.skeleton.upper_body) else "lower"


def by_hand(step: Step, value: Any, sample: Sample) -> Any:
    """A hand's choice as that step understands it."""
    step = step.step if isinstance(step, Fixed) else step
    if isinstance(step, WholeDegrees):
        return math.floor(value + 0.5)  # as JavaScript rounds
    if part_of(step) != "half":
        return value
    skeleton = sample.skeleton
    half = {"none": (), "upper": skeleton.upper_body, "lower": skeleton.lower_body}[value]
    joints = tuple(i for i in half if sample.keypoints[i, 2] > 0)
    return joints if len(joints) >= FEWEST else ()


# ---- reading ---------------------------------------------------------------------------------------------------------


def choice_of(values: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = values.get(name)
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name} is one of {', '.join(known)}, got {value!r:.60}")
    return value


def whole(values: Mapping[str, Any], name: str, end: int) -> int:
    value = values.get(name)
    if type(value) is not int or not 0 <= value < end:
        raise ValueError(f"{name} is a whole number from 0 to {end - 1}, got {value!r:.60}")
    return value


def _number(value: object, low: float = -FARTHEST, high: float = FARTHEST) -> bool:
    return type(value) in (int, float) and low <= value <= high


def _box(values: Mapping[str, Any]) -> Box:
    box = values.get("box")
    if not isinstance(box, list) or len(box) != 4 or not all(map(_number, box)) or min(box[2:]) <= 0:
        raise ValueError(f"box is [x, y, width, height] in photo pixels, got {box!r:.60}; choose a person")
    return Box(*map(float, box))


def _keypoints(values: object, skeleton: Skeleton) -> np.ndarray:
    good = isinstance(values, list) and len(values) == len(skeleton)
    if not good or not all(
        isinstance(row, list) and len(row) == 3 and all(map(_number, row)) and row[2] in (0, 1, 2) for row in values
    ):
        raise ValueError(f"keypoints are {len(skeleton)} times [x, y, visibility 0, 1 or 2], got {values!r:.60}")
    keypoints = np.array(values, np.float32)
    if not (keypoints[:, 2] > 0).any():
        raise ValueError("no joint is labeled; place one at least")
    return keypoints


def _hand(values: object) -> dict[str, Any]:
    if not isinstance(values, dict) or not set(values) <= set(PARTS):
        raise ValueError(f"hand has choices for {', '.join(PARTS)}, got {values!r:.60}")
    hand = dict(values)
    for name, value in values.items():
        low, high = LIMITS.get(name, (0, 0))
        if name == "half":
            choice_of(values, name, HALVES)
        elif name == "flip":
            if not isinstance(value, bool):
                raise ValueError(f"flip is true or false, got {value!r:.60}")
        elif name == "shift":
            if not isinstance(value, list) or len(value) != 2 or not all(_number(v, low, high) for v in value):
                raise ValueError(f"shift is [x, y], each from {low:g} to {high:g}, got {value!r:.60}")
            hand[name] = tuple(map(float, value))
        elif not _number(value, low, high):
            raise ValueError(f"{name} is a number from {low:g} to {high:g}, got {value!r:.60}")
        else:
            hand[name] = float(value)
    return hand
