"""What a set consists of: pictures, and the labeled things in them, with the form both have on disk."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hrnet.data.boxes import made_box
from hrnet.data.problems import LARGEST
from hrnet.geometry import Box, Size
from hrnet.sets.errors import SetError
from hrnet.skeleton import Skeleton

BY = ("person", "network", "file")
DIGITS = 2  # of pixels that are kept, as `hrnet.data.to_coco` writes them: a set and its export are the same numbers
TRUST_DIGITS = 4  # of confidences, as there


@dataclass(frozen=True)
class Picture:
    """One picture of a set.

    name: as it was brought, with its folders. split: "train", "val", another one of its file, or "" while undecided.
    source: the video or the subject that it shows. revision: how often its things have been changed.
    digest: SHA-256 of the file. complete: every thing in it is labeled, so the rest is background.
    """

    id: int
    name: str
    path: Path
    width: int
    height: int
    split: str = ""
    source: str = ""
    revision: int = 0
    digest: str = ""
    complete: bool = False
    crowding: float | None = None  # CrowdPose's crowdIndex

    @property
    def size(self) -> Size:
        return self.height, self.width


@dataclass(frozen=True, eq=False)
class Thing:
    """One labeled subject in a picture: a person, a mouse, a lamp.

    keypoints: float32 (K, 3): x, y in picture pixels and visibility 0 unlabeled, 1 occluded, 2 visible.
    box: around the thing; None where there is neither a drawn one nor a joint to make one from.
    made: the box was made from the joints (`hrnet.data.boxes.made_box`) and follows them.
    by: who set it: "person", "network" (a proposal that nobody has confirmed), "file" (brought).
    confidence: float32 (K,) from 0 to 1: how far each label can be trusted; by default 1 where there is one.
    ignore: neither to be learned nor background.
    area, head, crowd, uncut: what files may say beyond that, see `hrnet.data.LabeledPerson`.
    """

    keypoints: np.ndarray
    box: Box | None = None
    made: bool = False
    by: str = "person"
    confidence: np.ndarray | None = None
    ignore: bool = False
    area: float | None = None
    head: Box | None = None
    crowd: bool = False
    uncut: bool = False

    def __post_init__(self) -> None:
        keypoints = _array(self.keypoints, "keypoints", (-1, 3))
        seen = keypoints[:, 2]
        labeled = seen > 0
        if not ((seen == 0) | (seen == 1) | (seen == 2)).all():
            raise SetError(
                "a keypoint is x, y in pixels and 0 unlabeled, 1 occluded or 2 visible; one is something else"
            )
        keypoints[~labeled] = 0  # what is not labeled has no place
        keypoints = _kept(keypoints, "keypoints", DIGITS)
        trust = labeled if self.confidence is None else self.confidence
        confidence = _kept(_array(trust, "confidence", (len(keypoints),)), "confidences", TRUST_DIGITS)
        if len(confidence) and (confidence.min() < 0 or confidence.max() > 1):
            raise SetError("a confidence is a number from 0 to 1; one is not")
        if self.by not in BY:
            raise SetError(f"a thing is by {', '.join(BY)}, got {str(self.by)[:40]!r}")
        confidence[~labeled] = 0
        for array in (keypoints, confidence):
            array.flags.writeable = False  # shared by everybody who asks
        object.__setattr__(self, "keypoints", keypoints)
        object.__setattr__(self, "confidence", confidence)

    @property
    def labeled(self) -> int:
        """How many joints carry a label."""
        return int((self.keypoints[:, 2] > 0).sum())

    def boxed(self, size: Size) -> Thing:
        """The same thing with the box that its joints make, in a picture of that size, where none was drawn."""
        if self.box is not None and not self.made:
            return self
        joints = self.keypoints[self.keypoints[:, 2] > 0]
        box = made_box(joints, size) if len(joints) else None
        boxed = copy(self)  # not `replace`: what has been looked at need not be looked at again
        object.__setattr__(boxed, "box", box)
        object.__setattr__(boxed, "made", box is not None)
        return boxed

    def carried(self, order: Sequence[int | None]) -> Thing:
        """The same thing in another skeleton: for each new joint the place of the old one, or None."""
        new = np.array([joint is None for joint in order])
        places = [joint or 0 for joint in order]
        return replace(
            self,
            keypoints=np.where(new[:, None], 0, self.keypoints[places]),
            confidence=np.where(new, 0, self.confidence[places]),
        )

    def stored(self, skeleton: Skeleton) -> dict[str, object]:
        """As the journal has it: without a box that was made, which is made again whenever somebody asks.

        Raises:
            SetError: it does not fit the skeleton.
        """
        if len(self.keypoints) != len(skeleton):
            raise SetError(
                f"a thing has {len(self.keypoints)} joints, this set {len(skeleton)}: its joints were changed; "
                "load the picture again"
            )
        values = self.values()
        if values.pop("made", False):
            del values["box"]
        return values

    def values(self) -> dict[str, object]:
        """Plain values that JSON can carry; `Thing.of` reads them back. What is as usual is left out."""
        values: dict[str, object] = {"keypoints": _plain(self.keypoints), "by": self.by}
        if self.box is not None:
            values["box"] = _numbers(self.box)
            if self.made:
                values["made"] = True
        if not np.array_equal(self.confidence, self.keypoints[:, 2] > 0):
            values["confidence"] = [round(value, TRUST_DIGITS) for value in self.confidence.tolist()]
        values |= {name: True for name in ("ignore", "crowd", "uncut") if getattr(self, name)}
        if self.area is not None:
            values["area"] = self.area
        if self.head is not None:
            values["head"] = _numbers(self.head)
        return values

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Thing:
        """The inverse of `values`; also for what a browser sends.

        Raises:
            SetError: a value is not what it must be; one line.
        """
        if not isinstance(values, Mapping) or "keypoints" not in values:
            raise SetError(f"a thing has keypoints, got {str(values)[:60]}")
        area = values.get("area")
        if area is not None and not (isinstance(area, int | float) and math.isfinite(area)):
            raise SetError(f"an area is a number, got {str(area)[:40]}")
        return cls(
            values["keypoints"],
            box=_box(values.get("box")),
            made=bool(values.get("made")),
            by=values.get("by", "person"),
            confidence=values.get("confidence"),
            ignore=bool(values.get("ignore")),
            area=area,
            head=_box(values.get("head")),
            crowd=bool(values.get("crowd")),
            uncut=bool(values.get("uncut")),
        )


@dataclass(frozen=True, eq=False)
class New:
    """A picture on its way into a set. file: to be moved there. The others: see `Picture`."""

    file: Path
    name: str
    width: int
    height: int
    digest: str
    split: str = ""
    source: str = ""
    complete: bool = False
    crowding: float | None = None
    things: tuple[Thing, ...] = ()

    def values(self, skeleton: Skeleton) -> dict[str, object]:
        """As the journal has it."""
        names = ("name", "width", "height", "digest", "split", "source", "complete", "crowding")
        things = [thing.stored(skeleton) for thing in self.things]
        return {name: getattr(self, name) for name in names} | {"things": things}


def _array(values: object, what: str, shape: tuple[int, ...]) -> np.ndarray:
    """float64, of its own memory. Raises SetError where it has another shape."""
    try:
        array = np.array(values, np.float64)
    except (TypeError, ValueError) as error:
        raise SetError(f"{what} are numbers, got {str(values)[:60]}") from error
    fits = array.ndim == len(shape) and all(want in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = " x ".join("K" if want < 0 else str(want) for want in shape)
        raise SetError(f"{what} are {wanted} numbers, got an array of shape {list(array.shape)}")
    return array


def _kept(array: np.ndarray, what: str, digits: int) -> np.ndarray:
    """As a set keeps it: float32, rounded. Raises SetError where there is NaN, or more than LARGEST."""
    if array.size and not np.abs(array).max() <= LARGEST:  # NaN is not, either
        raise SetError(f"{what} are numbers up to {LARGEST:,.0f}; something is not, or is no number at all")
    return array.round(digits).astype(np.float32)


def _plain(keypoints: np.ndarray) -> list[list[float]]:
    return [[round(x, DIGITS), round(y, DIGITS), int(seen)] for x, y, seen in keypoints.tolist()]


def _numbers(box: Box) -> list[float]:
    return [round(value, DIGITS) for value in box.xywh.tolist()]


def _box(values: object) -> Box | None:
    if values is None:
        return None
    try:
        x, y, w, h = (round(float(value), DIGITS) for value in values)
        return Box(x, y, w, h)
    except (TypeError, ValueError) as error:
        raise SetError(
            f"a box is x, y, width, height with a width and height above 0, got {str(values)[:60]}"
        ) from error
