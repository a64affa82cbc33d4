"""What it costs: milliseconds on this very machine, multiply-adds by both ways of counting."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from apps.views.faq import published
from apps.views.faq.parts import Answer, Table
from hrnet.spec import W32, W48, ModelSpec

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.model import Model
    from apps.views.faq import Say
    from apps.views.faq.subject import Subject
    from hrnet.estimator import Estimator

RUNS = 7  # of each step; the median is told, since others may use the machine in between
LONGEST = 1.5  # seconds for one step; a slow machine repeats it less
CROWD = (1, 2, 4, 8)  # people in one photo
GIB = 1024**3  # lib/utils/utils.py of leoxiaobin/deep-high-resolution-net.pytorch divides multiply-adds by it


def gpu(desk: Desk, subject: Subject, say: Say) -> Answer:
    """Every step of one photo with its people, timed."""
    photo, people = subject.photo, list(subject.everybody)
    crops, affines = subject.topdown.crop([photo] * len(people), people)
    maps = subject.topdown.heatmaps(crops)
    crowds = [np.repeat(subject.crop[None], count, axis=0) for count in CROWD]
    steps: dict[str, Callable[[Estimator], object]] = {
        "find": lambda estimator: estimator.finder([photo]),
        "crop": lambda estimator: estimator.topdown.crop([photo] * len(people), people),
        "network": lambda estimator: estimator.topdown.heatmaps(crops),
        "decode": lambda estimator: estimator.topdown.decode(maps, affines),
    }
    if desk.model.estimator.finder is None:
        del steps["find"]
    rows, crowd, parts = [], [], len(steps) + len(crowds)
    for name, step in steps.items():
        say(len(rows) / parts)
        rows.append((f"faq.gpu.{name}", _milliseconds(desk.model, step)))
    for several in crowds:
        say((len(rows) + len(crowd)) / parts)
        spent = _milliseconds(desk.model, lambda estimator, several=several: estimator.topdown.heatmaps(several))
        crowd.append((len(several), spent, spent / len(several)))
    total = sum(row[1] for row in rows)
    rows.append(("faq.gpu.total", total))
    topdown = desk.model.estimator.topdown
    engine = topdown.network
    values = {"total": f"{total:.0f}", "per_second": f"{1000 / total:.1f}", "people": len(people), "runs": RUNS}
    values |= {"engine": engine.name, "device": engine.device, "precision": engine.precision}
    values |= {"cores": os.cpu_count() or 1, "network": topdown.metadata.spec.name}
    height, width = photo.shape[:2]
    values |= {"width": width, "height": height, "input": f"{subject.crop.shape[1]}×{subject.crop.shape[0]}"}
    tables = (
        Table(("faq.gpu.step", "faq.gpu.milliseconds"), tuple(rows), (0, 1), "faq.gpu.one_photo"),
        Table(("faq.gpu.people", "faq.gpu.milliseconds", "faq.gpu.each"), tuple(crowd), (0, 1, 1), "faq.gpu.crowd"),
    )
    return Answer(values, tables=tables)


def gflops(desk: Desk, subject: Subject, say: Say) -> Answer:
    """Parameters and multiply-adds of the known layouts, counted layer by layer, in both units."""
    own = subject.metadata
    wanted = [(own.spec, own.input_size)]
    wanted += [(spec, (256, 192)) for spec in (W32, W48)]
    rows = []
    for number, (spec, size) in enumerate(wanted):
        say(number / len(wanted))
        parameters, macs = _counted(spec, len(subject.skeleton), size)
        rows.append((spec.name, f"{size[1]}×{size[0]}", parameters / 1e6, macs / 1e9, macs / GIB))
    w32 = rows[1]
    values = {"billions": f"{w32[3]:.3f}", "gib": f"{w32[4]:.2f}", "parameters": f"{w32[2]:.2f}", "own": own.spec.name}
    values |= {"own_macs": f"{rows[0][3]:.2f}", "times": f"{w32[3] / rows[0][3]:.0f}"}
    columns = (
        "faq.gflops.network",
        "faq.gflops.input",
        "faq.gflops.parameters",
        "faq.gflops.billions",
        "faq.gflops.gib",
    )
    cited = (published.GFLOPS, published.PARAMETERS)
    return Answer(values, tables=(Table(columns, tuple(rows), (0, 0, 2, 3, 2)),), published=cited)


@lru_cache(maxsize=16)
def _counted(spec: ModelSpec, joints: int, size: tuple[int, int]) -> tuple[int, int]:
    """Parameters and multiply-adds, added up over all layers."""
    from apps.views.inside.layers import layers  # imports torch

    counted = layers(spec, joints, size)
    return sum(layer.parameters for layer in counted), sum(layer.macs for layer in counted)


def _milliseconds(model: Model, step: Callable[[Estimator], object]) -> float:
    """The median of several runs, each in a turn of its own; the first, which may have to prepare, does not count."""

    def run(estimator: Estimator) -> float:
        start = time.perf_counter()
        step(estimator)
        return 1e3 * (time.perf_counter() - start)

    model.use(run)
    runs, began = [], time.perf_counter()
    while len(runs) < RUNS and (not runs or time.perf_counter() - began < LONGEST):
        runs.append(model.use(run))
    return float(np.median(runs))
