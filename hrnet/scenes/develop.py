"""What a camera does to a picture: exposure, white balance, a soft lens, darker corners, noise."""

from __future__ import annotations

import cv2
import numpy as np

from hrnet.scenes.canvas import dimmed


def develop(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """The photo as one camera or another would have given it; nothing moves. uint8 (H, W, 3)."""
    height, width = photo.shape[:2]
    gain = rng.uniform(0.82, 1.12) * (1 + rng.normal(0, 0.025, 3))
    contrast, middle = rng.uniform(0.88, 1.12), 118.0
    levels = np.arange(256)[:, None]
    curve = (levels * gain - middle) * contrast + middle
    photo = cv2.LUT(photo, np.clip(curve, 0, 255).astype(np.uint8)[None])
    if rng.random() < 0.25:
        photo = cv2.GaussianBlur(photo, (0, 0), float(rng.uniform(0.4, 1.1)) * max(height, width) / 640)
    if rng.random() < 0.4:
        x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        photo = dimmed(photo, 1 - np.float32(rng.uniform(0.1, 0.3)) * np.minimum((x * x + y * y) / 2, 1) ** 2)
    strength = float(rng.uniform(0, 7)) if rng.random() < 0.7 else 0.0
    if strength > 1:
        # The sum of two uniform bytes falls off to both sides, much like the noise of a sensor, and is cheap.
        a, b = np.frombuffer(rng.bytes(2 * photo.size), np.uint8).reshape(2, *photo.shape)
        grain = cv2.addWeighted(a, strength / 128, b, strength / 128, 128 - 2 * strength)
        photo = cv2.addWeighted(photo, 1, grain, 1, -128)
    return photo
