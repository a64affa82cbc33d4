"""What every step of the data pipeline has in common: the sample it changes, how it is drawn, applied, shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from hrnet.geometry import OFFICIAL, Affine, Box, CropRule, Size, crop_affine
from hrnet.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Sample:
    """One person on the way from a photo to a training example. Steps give new samples; nothing changes in place.

    The view (box, scale, rotation, shift, mirrored) decides `affine`; pixels are sampled once, by Warp.
    """

    photo: np.ndarray  # uint8 (H, W, 3): the photo, or the part of it that is kept, see `kept`
    skeleton: Skeleton
    input_size: Size  # (height, width) of the crop
    box: Box  # photo pixels
    keypoints: np.ndarray  # float32 (K, 3), photo pixels and visibility, in the order of the labels
    confidence: np.ndarray  # float32 (K,), how much each label counts: 0 to 1, unless a step weighs joints
    rule: CropRule = OFFICIAL
    scale: float = 1.0  # multiplies the padding; above 1 the person gets smaller
    rotation: float = 0.0  # degrees, in the sense of the rule
    shift: tuple[float, float] = (0.0, 0.0)  # fractions of the padded box
    mirrored: bool = False
    crop: np.ndarray | None = None  # uint8 (height, width, 3), after Warp
    target: np.ndarray | None = None  # float32 (K, h, w), after Target
    weights: np.ndarray | None = None  # float32 (K,), after Target
    tensor: np.ndarray | None = None  # float32 (3, height, width), after ToTensor
    kept: Affine | None = None  # the true photo's pixels -> those in `photo`, where these are not the same

    @cached_property
    def affine(self) -> Affine:
        """Photo pixels -> crop pixels, mirror included. Computed where it is asked for: most steps do not."""
        affine = crop_affine(self.box, self.input_size, self.rule, self.rotation, self.scale, self.shift)
        return Affine.mirror(self.input_size[1]) @ affine if self.mirrored else affine

    @property
    def order(self) -> np.ndarray:
        """(K,): which labeled joint stands in each place."""
        return self.skeleton.mirror if self.mirrored else np.arange(len(self.skeleton))

    @property
    def sampling(self) -> Affine:
        """The pixels in `photo` -> crop pixels: what the crop is sampled through."""
        return self.affine if self.kept is None else self.affine @ self.kept.inverse()

    @property
    def crop_keypoints(self) -> np.ndarray:
        """float32 (K, 3): the keypoints in crop pixels, in the places where the network must put them."""
        return self.affine.apply(self.keypoints[self.order]).astype(np.float32)

    @property
    def crop_confidence(self) -> np.ndarray:
        return self.confidence[self.order]


class Step(Protocol):
    """A frozen dataclass of settings. Chance is drawn in one place and applied in another, so a draw can be shown,
    replayed, or replaced by a slider."""

    def draw(self, rng: np.random.Generator, sample: Sample) -> Any:
        """What will happen to this sample: a plain value that `apply` understands."""

    def apply(self, sample: Sample, choice: Any) -> Sample:
        """The sample after that choice."""


@dataclass(frozen=True, eq=False)
class Traced:
    """One step as it happened: which, what it drew, and the sample after it."""

    step: Step
    choice: Any
    sample: Sample


@dataclass(frozen=True)
class Fixed:
    """A step that draws nothing: it does once more what was drawn before, or what a hand on a slider says."""

    step: Step
    choice: Any

    def draw(self, rng: np.random.Generator, sample: Sample) -> Any:
        return self.choice

    def apply(self, sample: Sample, choice: Any) -> Sample:
        return self.step.apply(sample, choice)


@dataclass(frozen=True)
class Compose:
    """Steps in a row.

    What a trace drew becomes Python: where the names of this package and `CropRule` are known,
    `repr(Compose.fixed(states))` evaluates to a Compose that gives the same sample again, whatever the seed.
    """

    steps: tuple[Step, ...]

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        for step in self.steps:
            sample = step.apply(sample, step.draw(rng, sample))
        return sample

    @classmethod
    def fixed(cls, states: Iterable[Traced]) -> Compose:
        """The steps of a trace with their draws."""
        return cls(tuple(Fixed(state.step, state.choice) for state in states))

    def trace(self, sample: Sample, seed: int | Sequence[int]) -> list[Traced]:
        """Every state on the way. The same seed gives the same draws as `compose(sample, default_rng(seed))`."""
        rng = np.random.default_rng(seed)
        states = []
        for step in self.steps:
            choice = step.draw(rng, sample)
            sample = step.apply(sample, choice)
            states.append(Traced(step, choice, sample))
        return states
