"""Seventeen pictures of 64x48 instead of seventeen pairs of numbers: the steps."""

from __future__ import annotations

import math

import numpy as np

from hrnet import heatmap
from hrnet.heatmap.targets import KINDS, STRIDE
from lessons.frame import Choice, Lesson, Number, Place, Point, Scene, Source, Step, Task, Values
from lessons.toys import HEATMAP
from lessons.toys import PUBLISHED as INPUT

LOST = 2.5  # crop pixels that the task asks for; rounding loses up to 2 along each axis, 2.83 across


def decoded(scene: Scene) -> Point:
    """The joint after a way through its target and back, in crop pixels."""
    state = scene.state
    heatmaps, _ = heatmap.encode(np.array([[*state["point"], 1.0]]), INPUT, state["sigma"], state["kind"])
    found = heatmap.decode(heatmaps[None], state["decoder"])[0]
    x, y = KINDS[state["kind"]].rule.heatmap_to_crop(INPUT, heatmaps.shape[1:]).apply(found[:, :2])[0]
    return float(x), float(y)


def in_heatmap(scene: Scene) -> Point:
    x, y = scene.state["point"]
    return x / STRIDE, y / STRIDE


def same_numbers(scene: Scene) -> Point:
    """The joint's crop coordinates, taken for heatmap pixels, as far as the map goes."""
    x, y = scene.state["point"]
    return min(x, INPUT[1] / STRIDE - 1), min(y, INPUT[0] / STRIDE - 1)


def swapped(scene: Scene) -> Point:
    """Row and column in the wrong order."""
    x, y = in_heatmap(scene)
    return min(y, INPUT[1] / STRIDE - 1), x


def half_height(scene: Scene) -> float:
    """exp(-r^2 / (2 sigma^2)) = 1/2 solved for r."""
    return scene.state["sigma"] * math.sqrt(2 * math.log(2))


def worst(scene: Scene) -> tuple[str, Values]:
    """Judge a joint by what rounding takes from it."""
    state = scene.state
    x, y = state["point"]
    back_x, back_y = decoded(scene)
    values = {"lost": math.hypot(back_x - x, back_y - y), "x": abs(back_x - x), "y": abs(back_y - y), "wanted": LOST}
    if state["kind"] != "rounded":
        return "exact", values
    if not (0 <= x <= INPUT[1] - STRIDE and 0 <= y <= INPUT[0] - STRIDE):
        return "outside", values
    if values["lost"] >= LOST:
        return "done", values
    return ("one_axis" if max(values["x"], values["y"]) >= LOST / 2 else "little"), values


LESSON = Lesson(
    HEATMAP,
    (
        Step(
            "map",
            start={"joint": 9, "sigma": 2.0, "kind": "rounded", "decoder": "argmax"},
            controls=("point", "joint"),
            covered=("peak",),
            question=Place("map", in_heatmap, {"same": same_numbers, "swapped": swapped}, lambda scene: 3.0),
            sources=(Source(heatmap.encode, {"grid": "STRIDE", "peak": "center = "}),),
        ),
        Step(
            "width",
            start={"sigma": 2.0},
            controls=("sigma", "point"),
            shows=("radius",),
            covered=("radius",),
            question=Number(
                0,
                8,
                0.1,
                half_height,
                {
                    "sigma": lambda scene: scene.state["sigma"],
                    "patch": lambda scene: 3 * scene.state["sigma"],
                    "diameter": lambda scene: 2 * half_height(scene),
                },
                tolerance=0.2,
                shows="radius",
            ),
            presets={"two": {"sigma": 2.0}, "three": {"sigma": 3.0}, "half": {"sigma": 0.5}},
            sources=(Source(heatmap.encode, {"radius": "np.exp", "map": "along_y[:, :, None]"}),),
        ),
        Step(
            "sum",
            start={"sigma": 2.0},
            controls=("sigma", "point"),
            shows=("sum",),
            covered=("sum",),
            question=Choice(("one", "area", "pixels"), right="area"),
            sources=(Source(heatmap.encode, {"sum": "np.exp"}),),
        ),
        Step(
            "rounding",
            start={"joint": 9, "kind": "rounded", "decoder": "argmax"},
            controls=("point", "kind", "decoder", "sigma"),
            shows=("decoded", "loss"),
            covered=("decoded", "loss"),
            question=Choice(("zero", "half", "two", "four"), right="two"),
            presets={
                "rounded": {"kind": "rounded", "decoder": "argmax"},
                "quarter": {"kind": "unbiased", "decoder": "quarter"},
                "dark": {"kind": "unbiased", "decoder": "dark"},
                "udp": {"kind": "udp", "decoder": "udp"},
            },
            sources=(
                Source(heatmap.encode, {"peak": "nearest = "}),
                Source(heatmap.decode, {"decoded": "KINDS[kind]"}),
            ),
        ),
        Step(
            "absent",
            start={"point": (-36.0, 120.0), "kind": "rounded", "decoder": "argmax"},
            controls=("point", "sigma"),
            shows=("weight", "sum"),
            covered=("map", "peak", "weight", "sum"),
            question=Choice(("corner", "border", "empty"), right="empty"),
            presets={"outside": {"point": (-36.0, 120.0)}, "border": {"point": (3.0, 120.0)}},
            sources=(Source(heatmap.encode, {"weight": "drawn *"}),),
        ),
        Step(
            "bright",
            start={"joint": 9, "scale": "own"},
            controls=("scale", "joint"),
            shows=("maps",),
            covered=("maps",),
            question=Choice(("sure", "equal", "unknown"), right="unknown"),
            presets={"own": {"scale": "own"}, "shared": {"scale": "shared"}},
        ),
        Step(
            "task",
            start={"point": (96.0, 128.0), "kind": "rounded", "decoder": "argmax", "sigma": 2.0},
            controls=("point", "kind", "decoder"),
            shows=("decoded", "loss"),
            task=Task(("done", "one_axis", "little", "exact", "outside"), worst),
        ),
    ),
)
