"""One person, one box, one crop: the steps."""

from __future__ import annotations

import numpy as np

from hrnet.draw import VISIBLE
from hrnet.geometry import CropRule, padded_sides
from hrnet.topdown import TopDown
from lessons.frame import Choice, Lesson, Place, Point, Scene, Source, Step, Task, Values
from lessons.toys import CROP

NEAR = 0.03  # of the photo's height: how exactly the learner can point at an edge
FILLS = 0.7  # of the crop's height or width that the joints must reach over for the task

WIDE = (-0.1, 0.3, 1.2, 0.16)  # a box much wider than high, in units of the person's own
KNEE = (0.0, 0.0, 1.0, 0.7)


def top(scene: Scene, height: float) -> Point:
    """The middle of the upper edge of what is that high around the box's center, as far as the page can show it."""
    x, y = scene.box.center
    return x, max(y - height / 2, -CROP.margin * scene.size[0])


def padded_top(scene: Scene) -> Point:
    """Where the upper edge of what the network sees is."""
    return top(scene, padded_sides(scene.box, scene.input_size)[1])


def stretched_top(scene: Scene) -> Point:
    """Where it would be if the box kept its own proportions, and the padding alone were added."""
    return top(scene, padded_sides(scene.box, scene.input_size, stretch=True)[1])


def box_top(scene: Scene) -> Point:
    return top(scene, scene.box.h)


def near(scene: Scene) -> float:
    return NEAR * scene.size[0]


def framed(scene: Scene) -> tuple[str, Values]:
    """Judge the learner's box: every joint in the crop, and the person not small in it.

    The joints are those that the network finds in the finder's box; those below VISIBLE do not count.
    """
    keypoints = scene.keypoints(scene.person)
    sure = np.flatnonzero(keypoints[:, 2] > VISIBLE)
    if not len(sure):
        return "nobody", {}
    side_w, side_h = padded_sides(scene.box, scene.input_size)
    center = np.array(scene.box.center)
    offsets = (keypoints[sure, :2] - center) / [side_w / 2, side_h / 2]  # -1 to 1 inside of the crop
    outside = [int(sure[i]) for i in np.flatnonzero(np.abs(offsets).max(axis=1) > 1)]
    if outside:
        return "outside", {"count": len(outside), "joint": scene.joints[outside[0]]}
    fills = float((np.ptp(offsets, axis=0) / 2).max())
    values = {"percent": round(100 * fills), "wanted": round(100 * FILLS)}
    return ("done" if fills >= FILLS else "small"), values


LESSON = Lesson(
    CROP,
    (
        Step(
            "whole",
            start={"box": (0, 0, 1, 1), "padding": 1.25, "size": "own", "fit": "grow"},
            covered=("crop", "outside", "padded"),
            question=Choice(("photo", "box", "crop"), right="crop"),
            sources=(Source(TopDown.__call__, {"crop": "self.crop", "joints": "self.decode"}),),
        ),
        Step(
            "grow",
            start={"box": WIDE, "size": "own"},
            controls=("box", "size"),
            covered=("padded", "crop", "outside"),
            question=Place("photo", padded_top, {"box": box_top, "stretched": stretched_top}, near, axes="y"),
            presets={"wide": {"box": WIDE}, "high": {"box": (0.4, 0, 0.2, 1)}, "person": {"box": (0, 0, 1, 1)}},
            sources=(Source(padded_sides, {"padded": "PADDING", "box": "max(w"}),),
        ),
        Step(
            "stretch",
            start={"box": WIDE, "size": "own", "fit": "grow"},
            controls=("fit", "box"),
            shows=("circle",),
            covered=("circle",),
            question=Choice(("circle", "flat", "tall"), right="circle"),
            presets={"grow": {"fit": "grow"}, "stretch": {"fit": "stretch"}},
            sources=(Source(CropRule.affine, {"circle": "scale_x, scale_y"}),),
        ),
        Step(
            "padding",
            start={"box": (0, 0, 1, 1), "fit": "grow", "padding": 1.0},
            controls=("padding", "box"),
            covered=("joints",),
            question=Choice(("nothing", "border", "stretched"), right="border"),
            presets={"tight": {"padding": 1.0}, "published": {"padding": 1.25}, "loose": {"padding": 1.6}},
            sources=(Source(padded_sides, {"padded": "PADDING"}),),
        ),
        Step(
            "knee",
            start={"box": KNEE, "padding": 1.0},
            controls=("box", "padding"),
            covered=("joints",),
            question=Choice(("true", "none", "inside"), right="inside"),
            presets={"knee": {"box": KNEE, "padding": 1.0}, "whole": {"box": (0, 0, 1, 1), "padding": 1.25}},
            sources=(Source(TopDown.decode, {"joints": "heatmap.decode"}),),
        ),
        Step(
            "task",
            start={"box": (0.2, 0.15, 0.6, 0.4), "padding": 1.25},
            controls=("box",),
            task=Task(("done", "outside", "small", "nobody"), framed),
        ),
    ),
)
