"""One list of colors for drawings, plots and pages: per side of the body, per branch of the network, per height."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from hrnet.skeleton import Skeleton

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Colors as "#rrggbb", for one kind of background. The left is the person's own, not the picture's."""

    left: str
    right: str
    middle: str
    branches: tuple[str, ...]  # branch 0 works at stride 4, then 8, 16, 32

    def of_side(self, side: str) -> str:
        """The color of "left", "right" or "middle", as `Skeleton.sides` names them."""
        return {"left": self.left, "right": self.right, "middle": self.middle}[side]

    def of_joints(self, skeleton: Skeleton) -> tuple[str, ...]:
        """The color of every joint: that of its side, the same in every picture, plot and page."""
        return tuple(self.of_side(side) for side in skeleton.sides)


# Blue against orange is told apart with every common deficiency of color vision, and shape and dashes tell it again.
ON_LIGHT = Palette("#1f77e0", "#e8710a", "#6e7781", ("#0b6bcb", "#1a936f", "#b8860b", "#b03a6f"))
ON_DARK = Palette("#58a6ff", "#ffa657", "#9aa4af", ("#58a6ff", "#4bc29a", "#e3b341", "#f08bb4"))

# On a photo every line wears a dark casing, so that it shows on any background: there ON_DARK is the palette.
CASING = "#14181d"
BOX = "#ffd33d"
# The box and tag of somebody with an id. None is the blue or orange of a side; the number in the tag tells the rest.
PERSONS = (BOX, "#4bc29a", "#f08bb4", "#c3b1ff", "#7de3e8", "#b4d94c", "#ff8c82", "#e8d9bf")
CORE = "#ffffff"  # the heart of a joint, the larger the surer

MARK_CONTRAST = 3.0  # the least between a mark and what it lies on: WCAG 2.2, success criterion 1.4.11


def of_person(identity: int | None) -> str:
    """The color of a person's box: the same in every frame; that of all boxes where people have no ids, in a photo."""
    return BOX if identity is None else PERSONS[(identity - 1) % len(PERSONS)]


@cache
def rgb(color: str) -> RGB:
    """ "#rrggbb" as three numbers from 0 to 255.

    Raises:
        ValueError: color is written in another way.
    """
    if len(color) != 7 or color[0] != "#":
        raise ValueError(f'a color is written "#rrggbb", got {color!r}')
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def contrast(a: str, b: str) -> float:
    """How well two colors stand apart, from 1 (equal) to 21 (black and white): the contrast ratio of WCAG 2.2."""
    darker, lighter = sorted((_luminance(a), _luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, from 0 to 1."""
    channels = np.array(rgb(color)) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _between(*colors: str) -> np.ndarray:
    """A table of 256 colors that passes through the given ones at even distances."""
    places = np.linspace(0, 255, len(colors))
    channels = np.array([rgb(color) for color in colors]).T
    return (
        np.stack([np.interp(np.arange(256), places, channel) for channel in channels], axis=1).round().astype(np.uint8)
    )


# Tables for heights, uint8 (256, 3) RGB. OpenCV gives its table as BGR, so it is turned around here, once.
MAGMA = cv2.applyColorMap(np.arange(256, dtype=np.uint8).reshape(256, 1), cv2.COLORMAP_MAGMA)[:, 0, ::-1].copy()
SIGNED = _between("#0b5cad", "#f7f7f7", "#c4560a")  # blue below 0, white at 0, orange above
MAGMA.flags.writeable = SIGNED.flags.writeable = False
