"""What a wrong heatmap costs: squared error, where it is flat, and why networks prefer to say nothing. The steps."""

from __future__ import annotations

import numpy as np
import torch

from hrnet import heatmap
from hrnet.skeleton import COCO_17
from hrnet.training.loss import joint_mse
from lessons.frame import Choice, Lesson, Number, Scene, Source, Step, Task, Values, in_crop
from lessons.toys import LOSS, asked_and_answered

NOSE = COCO_17.index("nose")  # mostly high up in the crop, with room for a blob beneath it
OFF = 3.0  # heatmap pixels that the blob has to be off in the task
CHEAP = 0.7  # of what an empty map costs; at 3 pixels the best height costs .675 of it
RIGHT = {"shift": (0.0, 0.0), "height": 1.0, "visibility": "visible"}


def both(scene: Scene, **changed: float) -> tuple[np.ndarray, np.ndarray]:
    """Target and answer, (64, 48), with some controls changed."""
    return asked_and_answered(in_crop(scene)[scene.state["joint"]], {**scene.state, **changed})


def cost(target: np.ndarray, answer: np.ndarray) -> float:
    """By the loss that networks are trained with, weight 1."""
    maps = [torch.from_numpy(np.float32(one))[None, None] for one in (answer, target)]
    return float(joint_mse(*maps, torch.ones(1, 1)))


def relative(scene: Scene) -> float:
    """What the answer costs, in units of what an empty map would."""
    target, answer = both(scene)
    return cost(target, answer) / cost(target, np.zeros_like(target))


def share(scene: Scene) -> float:
    """Percent of the target's pixels that are not 0."""
    target, _ = both(scene)
    return float(100 * (target > 0).mean())


def cheapest(scene: Scene) -> tuple[str, Values]:
    """Judge an answer that is to be cheap although it is off."""
    off = float(np.hypot(*scene.state["shift"]))
    values = {"off": off, "wanted": OFF, "cost": relative(scene), "cheap": CHEAP, "height": scene.state["height"]}
    if off < OFF - 1e-6:
        return "near", values
    if values["cost"] <= CHEAP:
        return "done", values
    target, blob = both(scene, height=1.0)
    best = float((target * blob).sum() / np.square(blob).sum())  # least squares
    if cost(target, best * blob) > CHEAP * cost(target, np.zeros_like(target)):
        return "far", values
    return ("high" if values["height"] > best else "low"), values


LESSON = Lesson(
    LOSS,
    (
        Step(
            "worse",
            start={"joint": NOSE, **RIGHT},
            controls=("shift", "height", "joint"),
            covered=("difference", "curve", "loss"),
            question=Choice(("half", "off", "equal"), right="off"),
            presets={"half": {"shift": (0.0, 0.0), "height": 0.5}, "off": {"shift": (0.0, OFF), "height": 1.0}},
            sources=(Source(joint_mse, {"loss": "F.mse_loss"}),),
        ),
        Step(
            "far",
            start={**RIGHT, "shift": (0.0, 8.0)},
            controls=("shift", "height", "joint"),
            covered=("difference", "curve", "loss"),
            question=Choice(("double", "half_more", "hardly"), right="hardly"),
            presets={"near": {"shift": (0.0, 8.0)}, "far": {"shift": (0.0, 16.0)}},
        ),
        Step(
            "empty",
            start={**RIGHT, "shift": (0.0, 12.0)},
            controls=("height", "shift", "joint"),
            shows=("empty",),
            covered=("difference", "curve", "loss", "empty"),
            question=Choice(("wrong", "empty", "equal"), right="empty"),
            presets={"wrong": {"height": 1.0}, "empty": {"height": 0.0}},
        ),
        Step(
            "share",
            start=RIGHT,
            controls=("shift", "height", "joint"),
            shows=("share",),
            covered=("share", "target"),
            question=Number(
                0,
                100,
                0.5,
                share,
                {"pixel": lambda scene: 0.0, "half": lambda scene: 50.0, "all": lambda scene: 100.0},
                tolerance=3.0,
            ),
            sources=(Source(heatmap.encode, {"target": "np.exp"}),),
        ),
        Step(
            "weight",
            start={**RIGHT, "shift": (0.0, 6.0), "visibility": "absent"},
            controls=("visibility", "shift", "height"),
            shows=("weight",),
            covered=("weight", "loss", "difference", "curve"),
            question=Choice(("zero", "same", "corner"), right="zero"),
            presets={name: {"visibility": name} for name in ("visible", "hidden", "absent")},
            sources=(Source(joint_mse, {"weight": "output * w, target * w"}),),
        ),
        Step(
            "task",
            start={**RIGHT, "shift": (0.0, OFF)},
            controls=("height", "shift", "joint"),
            shows=("empty",),
            task=Task(("done", "near", "high", "low", "far"), cheapest),
        ),
    ),
)
