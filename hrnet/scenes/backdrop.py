"""What lies behind the people: a picture as the camera sees it, and the light of the place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.light import Light


@dataclass(frozen=True)
class Backdrop:
    """A background picture uint8 (H, W, 3) and the light that falls there."""

    picture: np.ndarray
    light: Light


def noise(rng: np.random.Generator, size: tuple[int, int], cells: int, octaves: int = 3) -> np.ndarray:
    """Smooth noise float32 (H, W) in 0 to 1: sums of small random pictures enlarged."""
    height, width = size
    total = np.zeros(size, np.float32)
    for octave in range(octaves):
        n = cells * 2**octave
        coarse = rng.random((max(n * height // max(height, width), 2) + 2, n + 2), np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(high - low, 1e-6)


def _horizon(camera: Camera) -> float:
    """The row on which level ground ends, for a camera without roll."""
    return (camera.size[0] - 1) / 2 - camera.focal * np.tan(np.deg2rad(camera.pitch))


def studio(rng: np.random.Generator, camera: Camera) -> Backdrop:
    """A seamless paper roll: one color, lighter behind the people."""
    height, width = camera.size
    hue = np.float32(rng.uniform((150, 150, 150), (235, 235, 235)))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    glow = np.exp(-(((x / width - 0.5) / 0.6) ** 2) - ((y / height - 0.4) / 0.6) ** 2)
    floor = np.clip((y - _horizon(camera)) / (0.25 * height), 0, 1) * 0.06
    picture = hue * (0.86 + 0.18 * glow - floor)[..., None]
    side = float(rng.choice([-1, 1]) * rng.uniform(0.3, 0.9))
    return Backdrop(np.clip(picture, 0, 255).astype(np.uint8), Light((side, 1.2, 0.9), shadow=0.35, softness=0.14))


def texture(rng: np.random.Generator, camera: Camera) -> Backdrop:
    """No place at all: clouds of color."""
    size = camera.size
    a, b, c = (np.float32(rng.uniform(20, 240, 3)) for _ in range(3))
    first = noise(rng, size, int(rng.integers(2, 24)), 4)[..., None]
    second = noise(rng, size, int(rng.integers(2, 12)), 3)[..., None]
    picture = a + (b - a) * first + (c - a) * second * 0.6
    side = float(rng.uniform(-1, 1))
    return Backdrop(np.clip(picture, 0, 255).astype(np.uint8), Light((side, 1, 0.8)))


SETTINGS: dict[str, Callable[[np.random.Generator, Camera], Backdrop]] = {"studio": studio, "texture": texture}
