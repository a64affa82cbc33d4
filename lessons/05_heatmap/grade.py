"""How the exercise of lesson 5 is judged."""

from __future__ import annotations

import numpy as np

from hrnet import heatmap
from hrnet.heatmap.targets import RADIUS_IN_SIGMAS, STRIDE
from lessons.grading import Case, Exercise


def gaussian_target(x, y, sigma, size):
    """The library's own target."""
    heatmaps, weights = heatmap.encode(np.array([[x, y, 1.0]]), (size[0] * STRIDE, size[1] * STRIDE), sigma)
    return heatmaps[0], weights[0]


def drawn(center_x, center_y, sigma, size, radius=None):
    """A Gaussian around any center, cut off where a radius is given."""
    h, w = size
    off_x, off_y = np.arange(w) - center_x, np.arange(h)[:, None] - center_y
    values = np.exp(-(off_x**2 + off_y**2) / (2 * sigma**2))
    if radius is not None:
        values = values * (np.maximum(abs(off_x), abs(off_y)) <= radius)
    return values


def unscaled(x, y, sigma, size):
    return gaussian_target(STRIDE * x, STRIDE * y, sigma, size)


def swapped(x, y, sigma, size):
    values, weight = gaussian_target(x, y, sigma, size)
    return values.T, weight


def unrounded(x, y, sigma, size):
    values, weight = gaussian_target(x, y, sigma, size)
    near = (int(x / STRIDE + 0.5), int(y / STRIDE + 0.5))
    patch = drawn(*near, sigma, size, RADIUS_IN_SIGMAS * sigma) > 0
    return drawn(x / STRIDE, y / STRIDE, sigma, size) * patch * (weight > 0), weight


def floored(x, y, sigma, size):
    return gaussian_target(x // STRIDE * STRIDE, y // STRIDE * STRIDE, sigma, size)


def normalized(x, y, sigma, size):
    values, weight = gaussian_target(x, y, sigma, size)
    return values / max(values.sum(), 1e-9), weight


def narrow(x, y, sigma, size):
    """The 2 of 2 sigma^2 was forgotten: a Gaussian of sigma / sqrt(2), on the same patch."""
    values, weight = gaussian_target(x, y, sigma, size)
    return values**2, weight


def uncut(x, y, sigma, size):
    _, weight = gaussian_target(x, y, sigma, size)
    return drawn(int(x / STRIDE + 0.5), int(y / STRIDE + 0.5), sigma, size) * (weight > 0), weight


def always_weighed(x, y, sigma, size):
    return gaussian_target(x, y, sigma, size)[0], 1.0


def clamped(x, y, sigma, size):
    """A joint outside is drawn at the border."""
    h, w = size
    return gaussian_target(np.clip(x, 0, STRIDE * (w - 1)), np.clip(y, 0, STRIDE * (h - 1)), sigma, size)


EXERCISE = Exercise(
    "gaussian_target",
    gaussian_target,
    (
        Case("inside", (96, 128, 2.0, (64, 48))),
        Case("fraction", (101.2, 63.4, 2.0, (64, 48))),
        Case("upper_half", (103.0, 67.0, 2.0, (64, 48))),
        Case("border", (2.0, 250.0, 2.0, (64, 48))),
        Case("sigma", (150.0, 90.0, 3.0, (96, 72))),
        Case("outside", (-60.0, 120.0, 2.0, (64, 48))),
        Case("far_below", (90.0, 300.0, 2.0, (64, 48))),
    ),
    {
        "unscaled": unscaled,
        "swapped": swapped,
        "unrounded": unrounded,
        "floored": floored,
        "normalized": normalized,
        "narrow": narrow,
        "uncut": uncut,
        "always_weighed": always_weighed,
        "clamped": clamped,
    },
    tolerance=1e-3,
)
