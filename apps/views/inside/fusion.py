"""A fusion taken apart into what each branch contributes, and what a cut changes."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

from apps.views.inside.atlas import Show, tiled
from apps.views.inside.runs import Run, Runs
from apps.views.inside.wiring import edge_kind


def terms_of(run: Run, unit: str, target: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """The names of the edges into a target, their contributions (edges, C, h, w), and the sum (C, h, w) before ReLU.

    Added in float32 from the first edge to the last, as the network does: not one bit differs from its own sum.
    """
    edges = [name for name in run.seen if name.startswith(f"{unit}.edge.") and name.endswith(f"-{target}")]
    terms = np.stack([run.seen[name] for name in edges])
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return edges, terms, total


def fusion(run: Run, unit: str, target: int, channel: int | None) -> dict[str, Any]:
    """Contributions, sum and result of one channel, or, where channel is None, of the mean of all channels.

    `values`: float32 (maps, height, width), the bytes of it in base64, little-endian: one map per edge, in the order of
    `edges`; then their sum; then what leaves the unit. All digits are there, so that what is read out adds up.
    `bypassed`: the unit is cut, so what leaves is what came in, and the sum gets nowhere.
    """
    edges, terms, total = terms_of(run, unit, target)
    maps = np.concatenate([terms, total[None], run.seen[f"{unit}.out.{target}"][None]])
    maps = maps.mean(axis=1) if channel is None else maps[:, channel]
    return {
        "unit": unit,
        "target": target,
        "channel": channel,
        "channels": len(total),
        "targets": sum(name.startswith(f"{unit}.out.") for name in run.seen),
        "bypassed": unit in run.cut,
        "edges": [_edge(run, name) for name in edges],
        "shape": list(maps.shape),
        "values": b64encode(maps.astype("<f4").tobytes()).decode(),
    }


def change(runs: Runs, run: Run, whole: Run, show: Show) -> dict[str, Any]:
    """The heatmaps and the skeleton under the cuts, and how far every joint moved from where the whole network has it.

    `before` and `after`: [x, y, height of the peak] of every joint, in photo pixels; `moved`: photo pixels. The maps
    have common limits, those of both runs.
    """
    maps = np.stack([whole.heatmaps, run.heatmaps])
    before, after = runs.topdown.decode(maps, [whole.affine, run.affine])
    limits = (min(0.0, float(maps.min())), max(1.0, float(maps.max())))
    return {
        "cut": list(run.key[2]),
        "joints": list(runs.metadata.skeleton.joints),
        "sides": list(runs.metadata.skeleton.sides),
        "limbs": [list(limb) for limb in runs.metadata.skeleton.limbs],
        "before": before.tolist(),
        "after": after.tolist(),
        "moved": np.hypot(*(after - before)[:, :2].T).tolist(),
        "heatmaps": tiled(run.heatmaps, limits, show),
        "whole": tiled(whole.heatmaps, limits, show),
    }


def _edge(run: Run, name: str) -> dict[str, Any]:
    unit, _, ends = name.partition(".edge.")
    source, target = map(int, ends.split("-"))
    cut = name in run.cut or f"{unit}.branch{source}" in run.cut
    return {"edge": name, "source": source, "kind": edge_kind(source, target), "cut": cut}
