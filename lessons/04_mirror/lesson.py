"""A mirrored photo is another photo of somebody else: pixels move, and left and right trade names. The steps."""

from __future__ import annotations

import numpy as np

from hrnet import heatmap
from hrnet.augment.step import Sample
from hrnet.geometry import Affine
from hrnet.heatmap.targets import STRIDE
from hrnet.skeleton import COCO_17, Skeleton
from lessons.frame import Choice, Lesson, Number, Place, Point, Scene, Source, Step, Task, Values, in_crop
from lessons.toys import MIRROR, PUBLISHED, carried

WRIST = COCO_17.index("left_wrist")
NEAR = 8.0  # crop pixels: the mark is a joint of a person about 150 wide
APART = 3.0  # heatmap pixels between two joints whose blobs can be told apart, one and a half sigma of 2
RIGHT = {"formula": "last", "names": "swapped"}


def unmoved(scene: Scene) -> Point:
    """Where the marked joint is in the crop itself."""
    x, y = in_crop(scene)[scene.state["joint"]]
    return float(x), float(y)


def image(scene: Scene) -> Point:
    """Where the pixel of the marked joint goes."""
    x, y = unmoved(scene)
    return PUBLISHED[1] - 1 - x, y


def partner(scene: Scene) -> Point:
    """Where the marked joint's own name is found in the mirror: at the image of its partner."""
    x, y = carried(in_crop(scene), RIGHT)[scene.state["joint"]]
    return float(x), float(y)


def beside(scene: Scene) -> float:
    """How far a label by the chosen formula is from its pixel, in crop pixels."""
    labels, kept = in_crop(scene), scene.state["names"]
    put, right = carried(labels, scene.state), carried(labels, {"formula": "last", "names": kept})
    return float(np.abs(put - right)[scene.state["joint"], 0])


def blobs(scene: Scene) -> tuple[str, Values]:
    """How many the mean of both answers has where names are kept; one where the two joints are too near each other."""
    joint = scene.state["joint"]
    other = int(COCO_17.mirror[joint])
    labels = in_crop(scene)
    apart = float(np.hypot(*(labels[joint] - labels[other]))) / STRIDE
    return "two" if apart >= APART else "one", {"apart": apart}


def mended(scene: Scene) -> tuple[str, Values]:
    """Judge settings that are to carry labels into the mirror as they belong there."""
    state = scene.state
    if state["formula"] == "same":
        return "same", {}
    if state["names"] == "kept":
        return "names", {}
    return ("done" if state["formula"] == "last" else "width"), {}


LESSON = Lesson(
    MIRROR,
    (
        Step(
            "place",
            start={"joint": WRIST, **RIGHT},
            controls=("joint", "formula"),
            covered=("image",),
            question=Place("mirrored", image, {"same": unmoved, "partner": partner}, lambda scene: NEAR),
            presets={"moved": {"formula": "last"}, "same": {"formula": "same"}},
            sources=(Source(Affine.mirror, {"image": "width - 1"}),),
        ),
        Step(
            "names",
            start={"joint": WRIST, **RIGHT, "names": "kept"},
            controls=("joint", "names"),
            covered=("image",),
            question=Choice(("left", "right", "either"), right="right"),
            presets={"kept": {"names": "kept"}, "swapped": {"names": "swapped"}},
            sources=(Source(Sample.order.fget, {"image": "self.skeleton.mirror"}),),
        ),
        Step(
            "pairs",
            start={"joint": WRIST, **RIGHT},
            controls=("joint", "names"),
            shows=("pairs",),
            covered=("pairs",),
            question=Number(
                0,
                len(COCO_17),
                1,
                lambda scene: 2.0 * len(COCO_17.flip_pairs),
                {
                    "pairs": lambda scene: float(len(COCO_17.flip_pairs)),
                    "all": lambda scene: float(len(COCO_17)),
                    "none": lambda scene: 0.0,
                },
                tolerance=0.4,
            ),
            sources=(Source(Skeleton.mirror.func, {"pairs": "self.flip_pairs"}),),
        ),
        Step(
            "pixel",
            start={"joint": WRIST, **RIGHT, "formula": "width"},
            controls=("formula", "joint"),
            shows=("loupe", "beside"),
            covered=("loupe", "beside"),
            question=Number(
                0,
                4,
                0.5,
                beside,
                {"none": lambda scene: 0.0, "half": lambda scene: 0.5, "two": lambda scene: 2.0},
                tolerance=0.2,
            ),
            presets={"last": {"formula": "last"}, "width": {"formula": "width"}},
            sources=(Source(Affine.mirror, {"beside": "width - 1"}),),
        ),
        Step(
            "blobs",
            start={"joint": WRIST, **RIGHT, "names": "kept"},
            controls=("names", "joint"),
            shows=("own", "back", "mean"),
            covered=("mean",),
            question=Choice(("two", "one", "none"), right=blobs),
            presets={"kept": {"names": "kept"}, "swapped": {"names": "swapped"}},
            sources=(Source(heatmap.flip_back, {"back": "enumerate(skeleton.mirror)"}),),
        ),
        Step(
            "task",
            start={"joint": WRIST, "formula": "same", "names": "kept"},
            controls=("formula", "names", "joint"),
            shows=("loupe",),
            task=Task(("done", "same", "names", "width"), mended),
        ),
    ),
)
