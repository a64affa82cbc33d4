"""Four rows of different resolution, and how each becomes the sum of all: the steps."""

from __future__ import annotations

import numpy as np

from hrnet.network.exchange import ExchangeUnit, resample, sum_in_order
from hrnet.network.hrnet import HRNet
from lessons.frame import Choice, Lesson, Scene, Source, Step, Task, Values
from lessons.toys import BRANCHES, LAST

MORE = 1.25  # times as far: below that, two cuts count as equally bad

OUTS = tuple(f"out{i}" for i in range(4))  # parts of the toy
ARROWS = ("up", "down", "same")

UNIT = "stage4.unit0"
COARSEST = tuple(f"{UNIT}.edge.3-{target}" for target in range(4))
FINEST = tuple(f"{UNIT}.edge.0-{target}" for target in range(4))
INTO_FINEST = tuple(f"{LAST}.edge.{source}-0" for source in range(4))


def harm(scene: Scene, cut: str) -> float:
    """How far the joints move on average when one thing is cut, in photo pixels."""
    return float(np.mean(scene.moved([cut])))


def worse(scene: Scene) -> tuple[str, Values]:
    """Whether the finest or the coarsest row is missed more in the last sum, on the learner's photo."""
    finest, coarsest = harm(scene, INTO_FINEST[0]), harm(scene, INTO_FINEST[3])
    values = {"finest": finest, "coarsest": coarsest}
    if max(finest, coarsest) <= MORE * min(finest, coarsest):
        return "equal", values
    return ("finest" if finest > coarsest else "coarsest"), values


def most_missed(scene: Scene) -> tuple[str, Values]:
    """Judge the one arrow that the learner muted: does any other move the joints farther?"""
    muted = list(scene.state["cut"])
    if not muted:
        return "none", {}
    if len(muted) > 1 or muted[0] not in INTO_FINEST:
        return "several", {"count": len(muted)}
    moved = {cut: harm(scene, cut) for cut in INTO_FINEST}
    values = {"moved": moved[muted[0]], "best": max(moved.values())}
    return ("done" if values["moved"] == values["best"] else "other"), values


LESSON = Lesson(
    BRANCHES,
    (
        Step(
            "rows",
            start={"unit": UNIT, "cut": [], "target": 0},
            covered=("down",),
            question=Choice(("one", "pool", "three"), right="three"),
            sources=(Source(resample, {"down": "stride=2", "up": "Upsample", "same": "Identity"}),),
        ),
        Step(
            "up",
            start={"unit": UNIT, "cut": []},
            controls=("target",),
            covered=("up",),
            question=Choice(("nearest", "transposed", "smooth"), right="nearest"),
            sources=(Source(resample, {"up": "Upsample"}),),
        ),
        Step(
            "sum",
            start={"unit": UNIT, "cut": [], "target": 0},
            controls=("target", "channel"),
            shows=("terms", "sum"),
            covered=("terms", "sum", *OUTS),
            question=Choice(("same", "all", "four"), right="same"),
            sources=(
                Source(ExchangeUnit.forward, {"sum": "F.relu", "terms": "layer(x)"}),
                Source(sum_in_order, {"sum": "total + term"}),
            ),
        ),
        Step(
            "mute",
            start={"unit": UNIT, "cut": COARSEST, "target": 0},
            controls=("cut", "target", "channel"),
            shows=("terms", "sum"),
            covered=(*ARROWS, *OUTS, "heatmap", "joints", "moved", "terms", "sum"),
            question=Choice(("own", "neighbor", "all"), right="all"),
            presets={
                "nothing": {"cut": []},
                "coarsest": {"cut": COARSEST},
                "finest": {"cut": FINEST},
            },
            sources=(Source(ExchangeUnit.forward, {"out0": "self.fuse_layers", "branch3": "self.branches"}),),
        ),
        Step(
            "last",
            start={"unit": LAST, "cut": [], "target": 0},
            controls=("unit",),
            covered=(*ARROWS, *OUTS),
            question=Choice(("sixteen", "four", "one"), right="four"),
            sources=(Source(HRNet.forward, {"heatmap": "final_layer"}),),
        ),
        Step(
            "needed",
            start={"unit": LAST, "cut": []},
            controls=("cut", "joint"),
            covered=("moved",),
            question=Choice(("finest", "coarsest", "equal"), right=worse),
            presets={
                "nothing": {"cut": []},
                "finest": {"cut": [INTO_FINEST[0]]},
                "coarsest": {"cut": [INTO_FINEST[3]]},
            },
        ),
        Step(
            "task",
            start={"unit": LAST, "cut": [], "target": 0},
            controls=("cut", "joint"),
            task=Task(("done", "other", "several", "none"), most_missed),
        ),
    ),
)
