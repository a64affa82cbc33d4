"""What a surface looks like before light falls on it: a color for every local coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Color = tuple[float, float, float]  # red, green, blue, 0 to 255, as a picture shows it


class Material(Protocol):
    """Anything that answers with a color per point."""

    def color(self, local: np.ndarray) -> np.ndarray:
        """Local coordinates (P, 3) of a mesh -> (P, 3) or (3,) colors."""
        ...

    @property
    def gloss(self) -> float:
        """How strongly a highlight shows, 0 to 1."""
        ...


@dataclass(frozen=True)
class Plain:
    """One color everywhere."""

    base: Color
    gloss: float = 0.0

    def color(self, local: np.ndarray) -> np.ndarray:
        return np.asarray(self.base, np.float32)


@dataclass(frozen=True)
class Stripes:
    """Bands across the axis 0 (around) or 1 (along) of the local coordinates."""

    base: Color
    other: Color
    period: float  # meters
    axis: int = 1
    share: float = 0.5  # how much of a period `other` takes
    gloss: float = 0.0

    def color(self, local: np.ndarray) -> np.ndarray:
        inside = _fraction(local[:, self.axis] / self.period) < self.share
        return _choose(inside, self.other, self.base)


@dataclass(frozen=True)
class Checks:
    """Two crossing sets of bands; where they cross the color is full, where one runs alone it is half."""

    base: Color
    other: Color
    period: float
    gloss: float = 0.0

    def color(self, local: np.ndarray) -> np.ndarray:
        x, y = (_fraction(local[:, axis] / self.period) < 0.5 for axis in (0, 1))
        bands = (x.astype(np.float32) + y) / 2
        return np.stack([a + bands * (b - a) for a, b in zip(*np.float32([self.base, self.other]), strict=True)]).T


@dataclass(frozen=True)
class Dots:
    """Round dots, every second row moved by half a period."""

    base: Color
    other: Color
    period: float
    radius: float = 0.28  # of a period
    gloss: float = 0.0

    def color(self, local: np.ndarray) -> np.ndarray:
        y = local[:, 1] / self.period
        row = np.floor(y)
        y = y - row - 0.5
        x = _fraction(local[:, 0] / self.period + 0.5 * row) - 0.5
        inside = x * x + y * y < self.radius**2
        return _choose(inside, self.other, self.base)


@dataclass(frozen=True)
class Split:
    """One material below a place on an axis, another above."""

    below: Material
    above: Material
    at: float
    axis: int = 1

    @property
    def gloss(self) -> float:
        return max(self.below.gloss, self.above.gloss)

    def color(self, local: np.ndarray) -> np.ndarray:
        inside = local[:, self.axis] < self.at
        return _choose(inside, self.below.color(local), self.above.color(local))


@dataclass(frozen=True)
class Scoop:
    """A neckline: skin above a height that dips in front, where the cosine, local axis 2, is 1."""

    cloth: Material
    skin: Material
    at: float
    dip: float  # meters
    gloss: float = 0.0

    def color(self, local: np.ndarray) -> np.ndarray:
        edge = self.at - self.dip * np.clip(local[:, 2] * 1.6 - 0.6, 0, 1)
        return _choose(local[:, 1] > edge, self.skin.color(local), self.cloth.color(local))


@dataclass(frozen=True)
class Open:
    """An open jacket: another material in a band along the middle of the front, with buttons or a zip beside it."""

    cloth: Material
    inner: Material
    half: float  # meters, half the band
    edge: Color

    @property
    def gloss(self) -> float:
        return self.cloth.gloss

    @property
    def base(self) -> Color:
        return self.cloth.base

    def color(self, local: np.ndarray) -> np.ndarray:
        away = np.abs(local[:, 0])
        result = _choose(away < self.half, self.inner.color(local), self.cloth.color(local))
        return _choose((away > self.half - 0.006) & (away < self.half + 0.002), self.edge, result)


@dataclass(frozen=True)
class Patch:
    """An emblem on top of another material: an ellipse around a place, e.g. a print on the chest."""

    base: Material
    mark: Color
    center: tuple[float, float]  # local (around, along)
    half: tuple[float, float]
    square: bool = False

    @property
    def gloss(self) -> float:
        return self.base.gloss

    def color(self, local: np.ndarray) -> np.ndarray:
        x, y = (np.abs(local[:, i] - self.center[i]) / self.half[i] for i in (0, 1))
        inside = np.maximum(x, y) < 1 if self.square else x * x + y * y < 1
        return _choose(inside, self.mark, self.base.color(local))


def _choose(inside: np.ndarray, yes: np.ndarray | Color, no: np.ndarray | Color) -> np.ndarray:
    """(P, 3): one of two colors, (3,) or (P, 3), at each point; channel by channel, which is how numpy is fast."""
    yes, no = np.asarray(yes, np.float32).T, np.asarray(no, np.float32).T
    return np.stack([np.where(inside, a, b) for a, b in zip(yes, no, strict=True)]).T


def _fraction(x: np.ndarray) -> np.ndarray:
    """What np.mod(x, 1) gives, several times faster."""
    return x - np.floor(x)


def mix(a: Color, b: Color, share: float) -> Color:
    """The color `share` of the way from a to b."""
    return tuple(x + (y - x) * share for x, y in zip(a, b, strict=True))
