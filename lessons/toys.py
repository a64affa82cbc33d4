"""The things to move: their parts, which words can light up, and their controls. apps/web/lesson draws them.

A lesson uses the toys that are here; a new one is an entry here and a module of its name in apps/web/lesson.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hrnet.geometry import PADDING, Size
from hrnet.heatmap import encode
from hrnet.heatmap.peaks import KINDS as DECODERS
from hrnet.heatmap.targets import KINDS as TARGETS
from hrnet.heatmap.targets import STRIDE
from hrnet.skeleton import COCO_17

PUBLISHED: Size = (256, 192)  # (height, width) of the published networks' crop, the one of the toys but CROP


@dataclass(frozen=True)
class Slider:
    """A number."""

    low: float
    high: float
    step: float
    start: float

    kind = "slider"

    def check(self, name: str, value: object) -> float:
        if type(value) not in (int, float) or not self.low <= value <= self.high:
            raise ValueError(f"{name} is a number from {self.low} to {self.high}, got {value!r:.60}")
        return value


@dataclass(frozen=True)
class Options:
    """One of a few. The words for each are in apps/text, `lesson.NAME.OPTION`."""

    options: tuple[str, ...]
    start: str

    kind = "options"

    def check(self, name: str, value: object) -> str:
        if value not in self.options:
            raise ValueError(f"{name} is one of {', '.join(self.options)}, got {value!r:.60}")
        return value


@dataclass(frozen=True)
class Numbers:
    """A few numbers that the hand sets by dragging: a box, a point."""

    count: int
    start: tuple[float, ...]

    kind = "numbers"

    def check(self, name: str, value: object) -> list[float]:
        numbers = isinstance(value, list | tuple) and all(type(v) in (int, float) and math.isfinite(v) for v in value)
        if not numbers or len(value) != self.count:
            raise ValueError(f"{name} is {self.count} numbers, got {value!r:.60}")
        return [float(v) for v in value]


@dataclass(frozen=True)
class Names:
    """Any of many names: what is muted."""

    most: int

    kind = "names"
    start: tuple[str, ...] = ()

    def check(self, name: str, value: object) -> list[str]:
        if not isinstance(value, list | tuple) or len(value) > self.most or not all(isinstance(v, str) for v in value):
            raise ValueError(f"{name} is a list of up to {self.most} names, got {value!r:.60}")
        return list(value)


Control = Slider | Options | Numbers | Names


@dataclass(frozen=True)
class Toy:
    """One thing to move.

    Attributes:
        parts: what can be lit up, covered, and pointed at.
        controls: by name; their words are in apps/text, `lesson.NAME`.
        optional: parts that are there only in the steps that show them.
        margin: what is shown around the picture, as a share of its sides: a frame or a joint may lie beyond it.
    """

    name: str
    parts: tuple[str, ...]
    controls: Mapping[str, Control]
    optional: tuple[str, ...] = ()
    margin: float = 0.0

    def checked(self, state: object) -> dict[str, Any]:
        """The state of all controls; what is not said stands where the control starts.

        Raises:
            ValueError: a value is not one that the control can have.
        """
        if not isinstance(state, Mapping):
            raise ValueError(f"the state of the controls is an object, got {state!r:.60}")
        return {
            name: control.check(name, state[name]) if name in state else control.start
            for name, control in self.controls.items()
        }


# The photo with a box to move, and the crop that the network sees, drawn by the browser while the hand moves.
CROP = Toy(
    "crop",
    parts=("photo", "person", "box", "padded", "outside", "crop", "joints", "circle", "numbers"),
    controls={
        "box": Numbers(4, (0, 0, 1, 1)),  # left, top, width, height in units of the person's own box
        "padding": Slider(1.0, 1.6, 0.05, PADDING),
        "size": Options(("own", "256x192", "256x256"), "own"),  # of the crop; "own" is what this network reads
        "fit": Options(("grow", "stretch"), "grow"),
    },
    optional=("circle",),
    margin=0.1,
)

# The crop with a joint to drag, the heatmap that is its target, and the way back.
HEATMAP = Toy(
    "heatmap",
    parts=("crop", "joint", "grid", "map", "peak", "radius", "decoded", "loss", "sum", "maps", "weight"),
    controls={
        "point": Numbers(2, (96.0, 128.0)),  # of the joint, in crop pixels
        "joint": Slider(0, 16, 1, 9),
        "sigma": Slider(0.5, 6.0, 0.1, 2.0),
        "kind": Options(tuple(TARGETS), "rounded"),
        "decoder": Options(tuple(DECODERS), "argmax"),
        "scale": Options(("shared", "own"), "shared"),
    },
    optional=("radius", "maps", "decoded", "loss", "sum", "weight"),
    margin=0.2,
)

# A crop beside its mirror image, labels carried over well or badly, and what the network answers to both.
MIRROR = Toy(
    "mirror",
    parts=("crop", "joint", "mirrored", "image", "pairs", "loupe", "beside", "own", "back", "mean"),
    controls={
        "joint": Slider(0, 16, 1, 9),
        "formula": Options(("last", "width", "same"), "last"),  # where labels go: x' = w - 1 - x, w - x, or x
        "names": Options(("swapped", "kept"), "swapped"),  # whether the labels of left and right trade places
    },
    optional=("pairs", "loupe", "beside", "own", "back", "mean"),
)


def carried(labels: np.ndarray, state: Mapping[str, Any]) -> np.ndarray:
    """What MIRROR makes of labels (17, 2 or more columns) of a crop of PUBLISHED size, in pixels of its mirror image.

    Right with the formula "last" and the names "swapped"; the other settings are what people get wrong.
    """
    width = PUBLISHED[1]
    order = COCO_17.mirror if state["names"] == "swapped" else np.arange(len(COCO_17))
    moved = np.array(labels, float)[order]
    moved[:, 0] = {"last": width - 1 - moved[:, 0], "width": width - moved[:, 0], "same": moved[:, 0]}[state["formula"]]
    return moved


LAST = "stage4.last"  # the last unit of any network, however many its stage 4 has

# One exchange unit of the network, with its arrows to mute, a sum taken apart, and the heatmap that comes of it.
BRANCHES = Toy(
    "branches",
    parts=(
        *(f"branch{i}" for i in range(4)),
        *(f"out{i}" for i in range(4)),
        *("up", "down", "same", "terms", "sum", "heatmap", "joints", "moved"),
    ),  # fmt: skip
    controls={
        "unit": Options(("stage4.unit0", LAST), "stage4.unit0"),
        "target": Slider(0, 3, 1, 0),
        "channel": Slider(0, 15, 1, 0),
        "joint": Slider(0, 16, 1, 9),
        "cut": Names(40),
    },
    optional=("terms", "sum"),
)

# A pose beside its labels, one of its joints moved, with the curve from distance to similarity and the figures.
MEASURE = Toy(
    "measure",
    parts=(
        *("crop", "label", "predicted", "distance", "ring", "bell", "bells"),
        *("similarity", "oks", "thresholds", "pck"),
    ),
    controls={
        "joint": Slider(0, 16, 1, 9),
        "offsets": Numbers(34, (0.0,) * 34),  # x and y of all joints from their labels, in pixels
        "person_size": Slider(20.0, 300.0, 5.0, 100.0),  # root of the person's area in pixels, whatever the photo's
        "labels": Options(("all", "upper", "chosen"), "all"),  # who was labeled: all joints, those above the hips, one
    },
    optional=("ring", "bells", "thresholds", "pck"),
    margin=0.1,
)

# A target and an answer that is off, too low or too high; their squared difference; and the curve of what that costs.
LOSS = Toy(
    "loss",
    parts=("crop", "label", "blob", "target", "answer", "difference", "curve", "loss", "empty", "share", "weight"),
    controls={
        "joint": Slider(0, 16, 1, 9),
        "shift": Numbers(2, (0.0, 0.0)),  # of the answer from the target, in heatmap pixels
        "height": Slider(0.0, 1.5, 0.05, 1.0),  # of the answer's peak
        "visibility": Options(("visible", "hidden", "absent"), "visible"),  # 2, 1 and 0 in COCO's files
    },
    optional=("empty", "share", "weight"),
)

SIGMA = 2.0  # heatmap pixels, the published one
INSIDE = 10  # heatmap pixels that LOSS keeps a target away from the border, so that no blob is cut off


def asked_and_answered(place: np.ndarray, state: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """What LOSS compares: the target at a joint's place in the crop, and the answer, both (64, 48).

    The target stands on a whole heatmap pixel not near the border; the answer is the same blob, not cut off.
    """
    (height, width), (x, y) = (side // STRIDE for side in PUBLISHED), np.floor(np.asarray(place) / STRIDE + 0.5)
    center = np.clip([x, y], INSIDE, [width - 1 - INSIDE, height - 1 - INSIDE])
    joints = [[*(STRIDE * center), 1.0], [*(STRIDE * (center + state["shift"])), 1.0]]
    target, _ = encode(np.array(joints[:1]), PUBLISHED, SIGMA)
    answer, _ = encode(np.array(joints[1:]), PUBLISHED, SIGMA, "unbiased")
    return target[0], state["height"] * answer[0]


UPPER = 11  # of COCO's joints, those of head and arms, come first


def labels_and_pose(state: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """What MEASURE compares: labels (17, 3) with the visibility 1 or 0, and the pose (17, 2), in pixels.

    All labels lie at 0: only what is between the two counts.
    """
    kept = {"all": range(17), "upper": range(UPPER), "chosen": (state["joint"],)}[state["labels"]]
    labels = np.zeros((17, 3))
    labels[list(kept), 2] = 1
    return labels, np.reshape(state["offsets"], (17, 2))


TOYS = {toy.name: toy for toy in (CROP, MIRROR, HEATMAP, BRANCHES, LOSS, MEASURE)}
