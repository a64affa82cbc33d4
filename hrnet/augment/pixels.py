"""The steps that make and change pixels: the warp, and then light, sharpness and things in the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from hrnet.augment.step import Sample
from hrnet.geometry import Size

SMALLEST_HOLE = 0.08  # of the crop's sides, for CoarseDropout


@dataclass(frozen=True)
class Warp:
    """Sample the photo once, through everything that the steps before decided; the crop rule fills the rest."""

    def draw(self, rng: np.random.Generator, sample: Sample) -> None:
        return None

    def apply(self, sample: Sample, choice: None) -> Sample:
        return replace(sample, crop=sample.sampling.warp(sample.photo, sample.input_size, fill=sample.rule.fill))


@dataclass(frozen=True)
class Light:
    """Brightness, contrast and color temperature of another camera at another hour."""

    p: float = 0.8
    contrast: float = 0.3  # factor 1 +- this, around the crop's mean
    brightness: float = 0.2  # of the full range
    channel: float = 0.1  # each channel's own factor
    gray: float = 0.1  # how often the color is taken away

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[float, float, tuple[float, ...], bool]:
        """Contrast factor, brightness in gray levels, one factor per channel, whether to take the color away."""
        contrast = 1 + self.contrast * rng.uniform(-1, 1)
        brightness = 255 * self.brightness * rng.uniform(-1, 1)
        channels = tuple((1 + self.channel * rng.uniform(-1, 1, 3)).tolist())
        gray = bool(rng.random() < self.gray)
        if rng.random() >= self.p:
            return 1.0, 0.0, (1.0, 1.0, 1.0), False
        return contrast, brightness, channels, gray

    def apply(self, sample: Sample, choice: tuple[float, float, tuple[float, ...], bool]) -> Sample:
        contrast, brightness, channels, gray = choice
        crop = sample.crop
        if gray:
            crop = cv2.cvtColor(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if (contrast, brightness, channels) != (1.0, 0.0, (1.0, 1.0, 1.0)):
            gain = contrast * np.array(channels)
            offset = brightness + (1 - contrast) * float(crop.mean())
            levels = np.arange(256, dtype=np.float64)[:, None] * gain + offset
            crop = cv2.LUT(crop, np.clip(np.rint(levels), 0, 255).astype(np.uint8)[None])
        return replace(sample, crop=crop)


@dataclass(frozen=True)
class LowResolution:
    """A person far away in a small photo: shrink the crop and enlarge it again."""

    p: float = 0.2
    smallest: float = 0.35  # of the crop's size

    def draw(self, rng: np.random.Generator, sample: Sample) -> float:
        happens, factor = rng.random() < self.p, rng.uniform(self.smallest, 1)
        return float(factor) if happens else 1.0

    def apply(self, sample: Sample, choice: float) -> Sample:
        if choice == 1.0:
            return sample
        height, width = sample.input_size
        small = (max(2, round(width * choice)), max(2, round(height * choice)))
        crop = cv2.resize(sample.crop, small, interpolation=cv2.INTER_AREA)
        return replace(sample, crop=cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR))


@dataclass(frozen=True)
class CoarseDropout:
    """Something in the way: rectangles of flat color or noise. The joints behind them stay labeled, so the network
    learns to guess them from the rest of the body.

    Source: the idea of arXiv 1708.04552; coarse dropout adds .7 AP to HRNet-W32 in mmpose's hrnet_augmentation_coco.md.
    """

    p: float = 0.4
    most: int = 3
    largest: float = 0.35  # of the crop's sides

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[tuple[int, int, int, int, int], ...]:
        """Left, top, width, height in crop pixels, and a seed for the filling, for each rectangle."""
        count = int(rng.integers(1, self.most + 1)) if rng.random() < self.p else 0
        height, width = sample.input_size
        holes = []
        for _ in range(count):
            w, h = hole_sides(rng, self.largest, (height, width))
            x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
            holes.append((int(x), int(y), int(w), int(h), int(rng.integers(2**31))))
        return tuple(holes)

    def apply(self, sample: Sample, choice: tuple[tuple[int, int, int, int, int], ...]) -> Sample:
        if not choice:
            return sample
        crop = sample.crop.copy()
        for x, y, w, h, seed in choice:
            rng = np.random.default_rng(seed)
            noisy = rng.random() < 0.5
            crop[y : y + h, x : x + w] = rng.integers(0, 256, (h, w, 3) if noisy else 3)
        return replace(sample, crop=crop)


def hole_sides(rng: np.random.Generator, largest: float, input_size: Size, shape: tuple[int, ...] = ()) -> np.ndarray:
    """Width and height (*shape, 2) of rectangles in crop pixels, whole numbers from 1."""
    sides = np.array(input_size[::-1])
    return np.minimum((rng.uniform(SMALLEST_HOLE, largest, (*shape, 2)) * sides).astype(int) + 1, sides)
