"""How good is a pose: a distance becomes a similarity, joints become OKS, many people become AP. The steps."""

from __future__ import annotations

import math

import numpy as np

from hrnet import metrics
from hrnet.metrics.coco import THRESHOLDS, Judged
from hrnet.metrics.similarity import joint_variances, similarity
from hrnet.skeleton import COCO_17
from lessons.frame import Choice, Lesson, Number, Scene, Source, Step, Task, Values
from lessons.toys import MEASURE, labels_and_pose

EYE, WRIST, HIP = (COCO_17.index(joint) for joint in ("left_eye", "left_wrist", "left_hip"))
# k = 2 sigma: what a distance is divided by, as a share of the person's size
SPREADS = np.sqrt(joint_variances(np.array(COCO_17.sigmas)))
SIZE = 100.0  # pixels: root of the area of the person in most steps
OFF = 10.0  # pixels that a joint is off in most steps
LOST = 60.0  # pixels, from where nothing of a wrist's similarity is left
STRICT = float(THRESHOLDS[-1])
SOONEST = 0.11  # of the person's size; an eye or the nose is enough there, an ear needs .14
MOVED = 0.05  # pixels; less is not moved


def moved(**joints: float) -> tuple[float, ...]:
    """How far joints lie to the right of their labels, in pixels, as the toy holds it: x and y of all 17."""
    offsets = np.zeros((len(COCO_17), 2))
    for joint, pixels in joints.items():
        offsets[COCO_17.index(joint), 0] = pixels
    return tuple(offsets.ravel().tolist())


EVERYBODY = moved(**dict.fromkeys(COCO_17.joints, OFF))


def distances(scene: Scene) -> np.ndarray:
    """(17,): of every joint from its label, in pixels."""
    _, pose = labels_and_pose(scene.state)
    return np.hypot(*pose.T)


def oks(scene: Scene) -> float:
    labels, pose = labels_and_pose(scene.state)
    return float(metrics.oks(labels, pose[None], scene.state["person_size"] ** 2, COCO_17.sigmas)[0])


def alike(scene: Scene) -> float:
    """Of the chosen joint alone."""
    joint = scene.state["joint"]
    squared = distances(scene)[[joint]] ** 2
    return float(similarity(squared, SPREADS[[joint]] ** 2, scene.state["person_size"] ** 2))


def passed(scene: Scene) -> float:
    return float((oks(scene) >= THRESHOLDS).sum())


def soonest(scene: Scene) -> tuple[str, Values]:
    """Judge a pose that is to fail the strictest threshold by moving one joint as little as possible."""
    far = distances(scene)
    joint, size = int(far.argmax()), scene.state["person_size"]
    values = {
        "oks": oks(scene),
        "strict": STRICT,
        "pixels": float(far[joint]),
        "wanted": SOONEST * size,
        "joint": COCO_17.joints[joint],
        "count": int((far > MOVED).sum()),
    }
    if values["oks"] >= STRICT:
        return "passes", values
    if values["count"] > 1:
        return "many", values
    return ("done" if far[joint] <= values["wanted"] else "far"), values


LESSON = Lesson(
    MEASURE,
    (
        Step(
            "bell",
            start={
                "joint": WRIST,
                "person_size": SIZE,
                "labels": "all",
                "offsets": moved(left_wrist=SPREADS[WRIST] * SIZE),
            },
            controls=("offsets", "joint"),
            shows=("ring",),
            covered=("bell", "similarity", "oks"),
            question=Number(
                0,
                1,
                0.01,
                alike,
                {"half": lambda scene: 0.5, "third": lambda scene: math.exp(-1), "none": lambda scene: 0.0},
                tolerance=0.04,
                shows="similarity",
            ),
            sources=(
                Source(similarity, {"bell": "np.exp(-exponent)"}),
                Source(joint_variances, {"ring": "sigmas * 2"}),
            ),
        ),
        Step(
            "joints",
            start={"joint": WRIST, "offsets": moved(left_wrist=OFF)},
            controls=("offsets", "joint"),
            shows=("ring", "bells"),
            covered=("bell", "bells", "similarity", "oks"),
            question=Choice(("eye", "wrist", "hip"), right="eye"),
            presets={
                "eye": {"joint": EYE, "offsets": moved(left_eye=OFF)},
                "wrist": {"joint": WRIST, "offsets": moved(left_wrist=OFF)},
                "hip": {"joint": HIP, "offsets": moved(left_hip=OFF)},
            },
        ),
        Step(
            "size",
            start={"joint": WRIST, "person_size": SIZE, "offsets": moved(left_wrist=OFF)},
            controls=("person_size", "offsets", "joint"),
            shows=("ring",),
            covered=("similarity", "oks"),
            question=Choice(("same", "half", "power"), right="power"),
            presets={
                "small": {"person_size": SIZE / 2},
                "usual": {"person_size": SIZE},
                "large": {"person_size": 2 * SIZE},
            },
            sources=(Source(similarity, {"similarity": "np.asarray(area)"}),),
        ),
        Step(
            "mean",
            start={"joint": WRIST, "person_size": SIZE, "labels": "all", "offsets": moved(left_wrist=LOST)},
            controls=("labels", "offsets", "joint"),
            covered=("oks",),
            question=Choice(("zero", "half", "rest"), right="rest"),
            sources=(Source(metrics.oks, {"oks": "counted = "}),),
        ),
        Step(
            "thresholds",
            start={"person_size": SIZE, "labels": "all", "offsets": EVERYBODY},
            controls=("offsets", "joint", "person_size"),
            shows=("thresholds",),
            covered=("thresholds",),
            question=Number(
                0,
                10,
                1,
                passed,
                {
                    "share": lambda scene: float(round(10 * oks(scene))),
                    "all": lambda scene: 10.0,
                    "one": lambda scene: 1.0,
                    "none": lambda scene: 0.0,
                },
                tolerance=0.4,
            ),
            presets={"right": {"offsets": moved()}, "off": {"offsets": EVERYBODY}},
        ),
        Step(
            "ap",
            start={"person_size": SIZE, "labels": "all", "offsets": EVERYBODY},
            controls=("offsets", "joint", "person_size"),
            shows=("thresholds", "pck"),
            covered=("pck",),
            question=Choice(("joints", "people", "curve"), right="curve"),
            sources=(Source(Judged.curves, {"thresholds": "THRESHOLDS"}),),
        ),
        Step(
            "task",
            start={"joint": WRIST, "person_size": SIZE, "labels": "all", "offsets": moved()},
            controls=("offsets", "joint"),
            shows=("ring", "thresholds"),
            task=Task(("done", "far", "passes", "many"), soonest),
        ),
    ),
)
