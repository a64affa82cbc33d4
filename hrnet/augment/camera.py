"""What cameras and files do to colors and edges. Labels and view stay; `Light` has brightness, contrast and channels.

All of these are off in the published HRNet recipes. mmpose measures .5 AP for photometric changes on HRNet-W32
(hrnet_augmentation_coco.md); arXiv 1903.12261 lists blur, noise and JPEG as what networks meet outside of their sets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from hrnet.augment.step import Sample


@dataclass(frozen=True)
class Color:
    """Other hues, paler or stronger colors, and another curve from light to gray level.

    Source: hue and saturation as PhotometricDistortion of open-mmlab/mmpose has them, after arXiv 1512.02325 (SSD).
    """

    p: float = 0.5
    hue: float = 18.0  # degrees on the circle of colors, either way
    saturation: float = 0.5  # factor 1 +- this
    gamma: float = 1.4  # exponent between 1 / this and this; below 1 shadows brighten

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[float, float, float]:
        """Degrees of hue, factor of saturation, exponent."""
        happens = rng.random() < self.p
        hue, saturation, gamma = rng.uniform(-1, 1, 3).tolist()
        if not happens:
            return 0.0, 1.0, 1.0
        return self.hue * hue, 1 + self.saturation * saturation, self.gamma**gamma

    def apply(self, sample: Sample, choice: tuple[float, float, float]) -> Sample:
        hue, saturation, gamma = choice
        crop = sample.crop
        if (hue, saturation) != (0.0, 1.0):
            hsv = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2HSV)  # 0 to 360 degrees, 0 to 1, 0 to 1
            hsv[..., 0] = (hsv[..., 0] + hue) % 360
            hsv[..., 1] = np.clip(hsv[..., 1] * saturation, 0, 1)
            crop = np.rint(255 * cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)).astype(np.uint8)
        if gamma != 1.0:
            levels = 255 * (np.arange(256) / 255) ** gamma
            crop = cv2.LUT(crop, np.rint(levels).astype(np.uint8))
        return replace(sample, crop=crop)


@dataclass(frozen=True)
class MotionBlur:
    """The person or the camera moved while the shutter was open: every point becomes a short line."""

    p: float = 0.1
    longest: float = 0.08  # of the crop's height

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[float, float]:
        """Length of the line in crop pixels, and its direction in degrees."""
        happens, length, angle = rng.random() < self.p, rng.random(), rng.uniform(0, 180)
        return (1 + length * self.longest * sample.input_size[0], float(angle)) if happens else (0.0, 0.0)

    def apply(self, sample: Sample, choice: tuple[float, float]) -> Sample:
        length, angle = choice
        if length <= 1:
            return sample
        return replace(sample, crop=cv2.filter2D(sample.crop, -1, _line(length, angle), borderType=cv2.BORDER_REFLECT))


def _line(length: float, degrees: float) -> np.ndarray:
    """float64 (n, n), n odd, sum 1: a line of that length through the middle, spread over the pixels on its way."""
    reach = int(np.ceil(length / 2))
    along = np.linspace(-length / 2, length / 2, 8 * reach + 1)
    x, y = along * np.cos(np.radians(degrees)), along * np.sin(np.radians(degrees))
    grid = np.arange(-reach, reach + 1)
    near_x, near_y = (np.maximum(0, 1 - np.abs(grid[:, None] - points)) for points in (x, y))  # (n, points), bilinear
    return near_y @ near_x.T / len(along)


@dataclass(frozen=True)
class Noise:
    """A sensor in the dark: Gaussian noise, its own in every channel."""

    p: float = 0.1
    strongest: float = 20.0  # standard deviation in gray levels; arXiv 1903.12261 begins at .08 * 255

    def draw(self, rng: np.random.Generator, sample: Sample) -> tuple[float, int]:
        """Standard deviation, and a seed for the noise."""
        happens, strength, seed = rng.random() < self.p, rng.uniform(0, self.strongest), int(rng.integers(2**31))
        return (float(strength), seed) if happens else (0.0, 0)

    def apply(self, sample: Sample, choice: tuple[float, int]) -> Sample:
        strength, seed = choice
        if not strength:
            return sample
        noise = np.random.default_rng(seed).normal(0, strength, sample.crop.shape)
        return replace(sample, crop=np.clip(np.rint(sample.crop + noise), 0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Jpeg:
    """A file that was saved to be small: blocks of 8 pixels and smeared colors."""

    p: float = 0.1
    worst: int = 15  # quality from 1 to 100; arXiv 1903.12261 goes from 25 down to 7
    best: int = 80

    def draw(self, rng: np.random.Generator, sample: Sample) -> int:
        """The quality; 0: the crop stays."""
        happens, quality = rng.random() < self.p, int(rng.integers(self.worst, self.best + 1))
        return quality if happens else 0

    def apply(self, sample: Sample, choice: int) -> Sample:
        if not choice:
            return sample
        _, file = cv2.imencode(".jpg", sample.crop[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, choice])
        crop = np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])
        return replace(sample, crop=crop)
