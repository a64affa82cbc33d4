"""Boxes for people of whom only joints are known, and boxes out of two corners."""

from __future__ import annotations

import numpy as np

from hrnet.geometry import Box, Size

MARGIN = 0.15  # of the longer side, around the joints: a body is wider than its joints, see `made_box`
SMALLEST = 0.1  # of the longer side of the photo: what a made box has at least, where few joints are labeled


def made_box(joints: np.ndarray, size: Size | None) -> Box:
    """A box for a person of whom only joints are known: around them with `MARGIN`, not below `SMALLEST`, cut to the
    photo where that leaves anything.

    Args:
        joints: (n, 2 or more) of labeled joints, at least one.
        size: (height, width) of the photo, if known.
    """
    low, high = joints[:, :2].min(axis=0).astype(float), joints[:, :2].max(axis=0).astype(float)
    longer = max(float((high - low).max()), 1.0)
    least = SMALLEST * max(size) if size else 1.0
    half = np.maximum((high - low) / 2 + MARGIN * longer, least / 2)
    low, high = (low + high) / 2 - half, (low + high) / 2 + half
    if size:
        inside_low, inside_high = np.maximum(low, 0), np.minimum(high, size[::-1])
        if (inside_high > inside_low).all():
            low, high = inside_low, inside_high
    return Box(*map(float, (*low, *(high - low))))


def from_corners(x1: float, y1: float, x2: float, y2: float) -> Box | None:
    """The box between two opposite corners, in whatever order they were drawn; None if there is nothing between."""
    (left, right), (top, bottom) = sorted((x1, x2)), sorted((y1, y2))
    try:
        return Box(left, top, right - left, bottom - top)
    except ValueError:
        return None
