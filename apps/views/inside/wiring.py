"""The map of the network: its places with a thumbnail each, and the wires between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from apps.views.inside.atlas import Show, gray
from apps.views.inside.runs import Run
from hrnet.show import Sheet
from hrnet.spec import ModelSpec

STRIDES = (4, 8, 16, 32)  # of the branches


def network_map(run: Run, spec: ModelSpec, show: Show) -> dict[str, Any]:
    """All places in their columns and rows, their thumbnails in one picture, and the wires.

    A thumbnail is the mean of a place's channels, in gray steps between the `limits` of its own.
    """
    boxes = list(places_drawn(spec))
    width = max(sum(run.seen[name].shape[2] for name, _, row in boxes if row == branch) for branch in range(4))
    tops = np.cumsum([0, *(run.seen["head"].shape[1] >> branch for branch in range(4))]).tolist()
    canvas, ends, drawn = np.zeros((tops[4], width), np.uint8), [0, 0, 0, 0], []
    for name, column, branch in boxes:
        maps = run.seen[name]
        mean = maps.mean(axis=0)
        sheet = Sheet.of(mean[None])
        (h, w), x, y = mean.shape, ends[branch], tops[branch]
        canvas[y : y + h, x : x + w] = sheet.steps[0]
        ends[branch] += w
        drawn.append(
            {
                "place": name,
                "column": column,
                "branch": branch,
                "shape": list(maps.shape),  # channels, height, width
                "stride": STRIDES[branch],
                "thumbnail": [x, y, w, h],
                "limits": list(sheet.limits[0]),
                "min": float(maps.min()),
                "max": float(maps.max()),
                "cut": name in run.cut or name.rpartition(".")[0] in run.cut,
            }
        )
    all_wires = [{**wire, "cut": wire["edge"] in run.cut} for wire in wires(spec)]
    return {"picture": show(gray(canvas), "png"), "places": drawn, "wires": all_wires}


def unit_names(spec: ModelSpec) -> list[tuple[str, int]]:
    """Every exchange unit with its count of branches, in order."""
    return [
        (f"stage{branches}.unit{i}", branches)
        for branches, units in zip((2, 3, 4), spec.modules, strict=True)
        for i in range(units)
    ]


def places_drawn(spec: ModelSpec) -> Iterator[tuple[str, int, int]]:
    """(place, column, branch): stem, stage 1, every branch of every unit, head."""
    yield "stem", 0, 0
    yield "stage1", 1, 0
    units = unit_names(spec)
    for column, (unit, branches) in enumerate(units, start=2):
        for branch in range(branches):
            yield f"{unit}.branch{branch}", column, branch
    yield "head", len(units) + 2, 0


def wires(spec: ModelSpec) -> Iterator[dict[str, Any]]:
    """Who is wired to whom. `edge` names what can be cut; None where nothing can.

    `kind`: "identity"; "up", a 1x1 convolution and nearest enlargement; "down", strided 3x3 convolutions; "new", the
    strided convolution that begins a branch, fed by the fused result of the branch above it; "plain", anything else.
    """

    def wire(start: str, end: str, kind: str, edge: str | None = None) -> dict[str, Any]:
        return {"from": start, "to": end, "kind": kind, "edge": edge}

    units = unit_names(spec)
    yield wire("stem", "stage1", "plain")
    yield wire("stage1", f"{units[0][0]}.branch0", "plain")
    yield wire("stage1", f"{units[0][0]}.branch1", "new")
    for (unit, branches), (following, more) in zip(units, [*units[1:], ("head", 0)], strict=True):
        last = following == "head"
        for target in range(1 if last else branches):
            end = "head" if last else f"{following}.branch{target}"
            for source in range(branches):
                yield wire(f"{unit}.branch{source}", end, edge_kind(source, target), f"{unit}.edge.{source}-{target}")
        if more > branches:
            yield wire(f"{unit}.branch{branches - 1}", f"{following}.branch{branches}", "new")


def edge_kind(source: int, target: int) -> str:
    return "identity" if source == target else "up" if source > target else "down"
