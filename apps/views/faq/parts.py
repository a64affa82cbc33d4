"""What an answer is made of: numbers for its text, pictures with their captions, tables, curves, published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from hrnet.geometry import Affine, Box
from hrnet.show import Cell

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq.published import Published

LONGEST = 640  # pixels of the longer side of a close-up
LARGEST_ZOOM = 3.0  # a small person is not made larger than that


@dataclass(frozen=True)
class Shot:
    """A picture by its address. Its caption, a key with values, is its text alternative too."""

    url: str
    width: int
    height: int
    text: str
    values: Mapping[str, Cell]
    exact: bool = False  # single pixels are to be seen: the page does not smooth it


@dataclass(frozen=True)
class Table:
    """Rows of numbers. A cell that is a key of the catalogue is said in the page's language."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    digits: tuple[int, ...]  # behind the point, of each column; whole numbers and words are written as they are
    title: str = ""

    def __post_init__(self) -> None:
        for row in (self.digits, *self.cells):
            if len(row) != len(self.columns):
                raise ValueError(f"a row has a cell for each of {list(self.columns)}, got {list(row)}")


@dataclass(frozen=True)
class Curves:
    """Lines over one axis, drawn by the page. The first key of each line is its name in the legend."""

    x: str
    y: str
    lines: tuple[tuple[str, tuple[tuple[float, float], ...]], ...]


@dataclass(frozen=True)
class Answer:
    """Everything under one question besides its words; `values` are for the sentence of what was computed."""

    values: Mapping[str, Cell]
    pictures: tuple[Shot, ...] = ()
    tables: tuple[Table, ...] = ()
    curves: tuple[Curves, ...] = ()
    published: tuple[Published, ...] = ()
    said: str = "computed"  # which sentence: the end of its key

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def shot(desk: Desk, pixels: np.ndarray, text: str, *, exact: bool = False, **values: Cell) -> Shot:
    """A picture handed to the desk: JPEG, or PNG where single pixels are to be seen."""
    height, width = pixels.shape[:2]
    return Shot(desk.picture(pixels, "png" if exact else "jpeg"), width, height, f"faq.{text}", values, exact)


def curve(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> tuple[tuple[float, float], ...]:
    """Points of a line, to four digits, which is finer than a screen."""
    return tuple((float(f"{a:.4g}"), float(f"{b:.4g}")) for a, b in zip(x, y, strict=True))


def close_up(photo: np.ndarray, box: Box, margin: float = 0.35) -> tuple[np.ndarray, Affine]:
    """The photo around a box, its longer side LONGEST at most, and the map from the photo's pixels to its own.

    margin: of the box's longer side, on every side; what lies outside of the photo is left out.
    """
    height, width = photo.shape[:2]
    more = margin * max(box.w, box.h)
    left, top = (int(max(0, side - more)) for side in (box.x, box.y))
    right, bottom = (
        int(min(limit, np.ceil(end + more))) for limit, end in ((width, box.x + box.w), (height, box.y + box.h))
    )
    part = photo[top:bottom, left:right]
    zoom = min(LARGEST_ZOOM, LONGEST / max(part.shape[:2]))
    size = [max(1, round(zoom * side)) for side in part.shape[1::-1]]
    pixels = cv2.resize(part, size, interpolation=cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC)
    return pixels, zoomed(size[0] / part.shape[1], size[1] / part.shape[0]) @ Affine.translation(-left, -top)


def zoomed(across: float, down: float) -> Affine:
    """Pixels of a picture -> those of the same picture so many times larger, where edges meet edges."""
    return Affine([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2]])


def enlarged(pixels: np.ndarray, times: int, *, smooth: bool = True) -> np.ndarray:
    """A small picture so many times larger, as squares where it is not smooth; `zoomed(times, times)` is its map."""
    method = cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
    return cv2.resize(pixels, None, fx=times, fy=times, interpolation=method)


def moved(box: Box, affine: Affine) -> Box:
    """A box in other pixels; the map only scales and shifts."""
    (x, y), (right, bottom) = affine.apply(np.array([[box.x, box.y], [box.x + box.w, box.y + box.h]])).tolist()
    return Box(x, y, right - x, bottom - y, box.score)
