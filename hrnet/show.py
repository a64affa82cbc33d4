"""What views and lessons return: plain frozen data that any front end can place, and no front end.

Whatever can be pointed at names its joint, so that pointing at it in one picture, map or row lights it up in all.
Titles, captions and columns are keys of the text catalogues. `dataclasses.asdict` turns Marks and Rows into JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from hrnet.geometry import Box
from hrnet.skeleton import Skeleton

Cell = str | float | int | None
Limits = tuple[float, float]  # the numbers at the two ends of a color scale


@dataclass(frozen=True)
class Point:
    """A joint, in pixels of the picture it lies on."""

    x: float
    y: float
    joint: int  # its place in the skeleton
    person: int = 0
    score: float | None = None  # of a prediction; None for an annotation
    occluded: bool = False  # annotated, yet not seen: drawn hollow


@dataclass(frozen=True)
class Line:
    """A limb between two joints, or, where joints is None, any other line: the edge of a crop, a distance."""

    start: tuple[float, float]
    end: tuple[float, float]
    joints: tuple[int, int] | None = None
    person: int = 0


@dataclass(frozen=True)
class Frame:
    """The box of a person; dashed where it was grown by the padding."""

    box: Box
    person: int = 0
    dashed: bool = False


@dataclass(frozen=True)
class Marks:
    """What may be pointed at, dragged or read out over one picture."""

    points: tuple[Point, ...] = ()
    lines: tuple[Line, ...] = ()
    boxes: tuple[Frame, ...] = ()

    def __post_init__(self) -> None:
        for place in [(p.x, p.y) for p in self.points] + [end for line in self.lines for end in (line.start, line.end)]:
            if len(place) != 2 or not all(map(math.isfinite, place)):
                raise ValueError(f"a mark lies at two finite numbers (x, y), got {place}; leave unseen joints out")

    @property
    def joints(self) -> set[int]:
        return {p.joint for p in self.points} | {joint for line in self.lines for joint in line.joints or ()}


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels, held read-only, with marks over them."""

    pixels: np.ndarray  # uint8 (H, W, 3), RGB
    title: str = ""
    marks: Marks = Marks()
    limits: Limits | None = None  # where its colors stand for numbers
    place: str = ""  # where in the network it was taken, "stage3.unit2.branch1"

    def __post_init__(self) -> None:
        _hold(self, "pixels", np.uint8, (None, None, 3))
        check_limits(self.limits)


@dataclass(frozen=True, eq=False)
class Sheet:
    """Many small maps of one size: every channel of a branch, the heatmap of every joint.

    Each is kept as 256 steps between its limits, so that a browser can color it and still say the value under the
    pointer, at most half a step wrong: low + steps / 255 * (high - low).
    """

    steps: np.ndarray  # uint8 (N, h, w)
    limits: tuple[Limits, ...]  # of every map
    title: str = ""
    joints: tuple[int, ...] = ()  # of every map; empty for channels
    place: str = ""

    def __post_init__(self) -> None:
        _hold(self, "steps", np.uint8, (None, None, None))
        for limits in self.limits:
            check_limits(limits)
        count = len(self.steps)
        if len(self.limits) != count or len(self.joints) not in (0, count):
            given = f"{len(self.limits)} limits and {len(self.joints)} joints"
            raise ValueError(f"a sheet of {count} maps has {count} limits, and {count} joints or none, got {given}")

    @classmethod
    def of(cls, maps: np.ndarray, limits: Limits | None = None, **more: object) -> Sheet:
        """A sheet of maps (N, h, w), between common limits, or, without them, each between its own extremes."""
        maps = np.asarray(maps, np.float64)
        if maps.ndim != 3 or maps.size == 0 or not np.isfinite(maps).all():
            raise ValueError(f"a sheet is made of finite maps (N, height, width), got {maps.shape}")
        check_limits(limits)
        own = [(float(one.min()), float(one.max())) for one in maps]
        # An even map lies at the lower of its limits; any upper one will do.
        each = (limits,) * len(maps) if limits else tuple((a, b if b > a else a + max(abs(a), 1.0)) for a, b in own)
        low, high = np.array(each).T[:, :, None, None]
        return cls(np.rint(((maps - low) / (high - low)).clip(0, 1) * 255).astype(np.uint8), each, **more)


@dataclass(frozen=True)
class Rows:
    """A table."""

    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    joints: tuple[int | None, ...] = ()  # of every row; empty where none names a joint
    digits: int = 2  # behind the point, of every float
    title: str = ""

    def __post_init__(self) -> None:
        for row in self.cells:
            if len(row) != len(self.columns):
                raise ValueError(f"a row has a cell for each of {list(self.columns)}, got {list(row)}")
        if len(self.joints) not in (0, len(self.cells)):
            raise ValueError(f"{len(self.cells)} rows name {len(self.cells)} joints or none, got {len(self.joints)}")


@dataclass(frozen=True, eq=False)
class Shown:
    """All that one view or one step of a lesson shows; `values` fills the placeholders of the caption."""

    pictures: tuple[Picture, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    rows: tuple[Rows, ...] = ()
    caption: str = ""
    values: Mapping[str, Cell] = field(default_factory=dict)
    skeleton: Skeleton | None = None  # whose joints are named

    def __post_init__(self) -> None:
        for name, kind in (("pictures", Picture), ("sheets", Sheet), ("rows", Rows)):
            things = getattr(self, name)
            if not isinstance(things, tuple) or not all(isinstance(thing, kind) for thing in things):
                raise ValueError(f"{name} is a tuple of {kind.__name__}, got {things!r:.60}")
        joints = {joint for picture in self.pictures for joint in picture.marks.joints}
        joints |= {joint for thing in (*self.sheets, *self.rows) for joint in thing.joints if joint is not None}
        known = self.skeleton.joints if self.skeleton else ()
        for joint in sorted(joints):
            if not 0 <= joint < len(known):
                raise ValueError(f"joint {joint} is named, but the skeleton has {len(known)} joints: {list(known)}")


def check_limits(limits: Limits | None) -> None:
    """Raises ValueError where limits are given and are not (low, high)."""
    if limits is not None and not (len(limits) == 2 and -math.inf < limits[0] < limits[1] < math.inf):
        raise ValueError(f"limits are (low, high), finite, low below high, got {limits}")


def _hold(owner: object, name: str, dtype: type, shape: tuple[int | None, ...]) -> None:
    """Check an array of a frozen dataclass and put a read-only view in its place; the array itself stays as it is."""
    array = np.asarray(getattr(owner, name))
    fits = len(shape) == array.ndim and all(want in (None, n) for want, n in zip(shape, array.shape, strict=True))
    if array.dtype != dtype or not fits or array.size == 0:
        wanted = ", ".join("n" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must be {np.dtype(dtype)} ({wanted}), got {array.dtype} {array.shape}")
    view = array.view()
    view.flags.writeable = False
    object.__setattr__(owner, name, view)
