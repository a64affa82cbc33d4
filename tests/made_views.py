"""Noise to sample from, and views of it of all kinds: for the crops of the host and of the device."""

import cv2
import numpy as np

from hrnet.geometry import UDP, Affine, Box, crop_affine

SIZE = (64, 48)


def photo(size=(90, 120), seed=0):
    """Noise, smoothed by some pixels, of all gray levels."""
    noise = np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def maps(seed=0, count=40):
    """Views of all kinds: turned, nearer, farther, partly and wholly outside, every other one mirrored."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        box = Box(rng.uniform(-60, 100), rng.uniform(-40, 80), rng.uniform(8, 120), rng.uniform(8, 120))
        affine = crop_affine(box, SIZE, UDP, rng.uniform(-90, 90), rng.uniform(0.65, 1.35))
        yield Affine.mirror(SIZE[1]) @ affine if number % 2 else affine
