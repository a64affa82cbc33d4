"""The map of the network and the atlas of a place as pictures for slides, drawn by matplotlib on white."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

import numpy as np

from apps.views.inside.runs import Run
from apps.views.inside.wiring import STRIDES, places_drawn, wires
from hrnet import colors
from hrnet.spec import ModelSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 13.33, 7.5, 180  # inches of a 16:9 slide, and its pixels: 2400x1350
COLUMN, ROW = 1.0, 1.0  # between the middles of neighbors, in units of the drawing
WIDEST = 0.62  # columns that a thumbnail of branch 0 takes
PALETTE = colors.ON_LIGHT
CUT, INK = "#b42318", "#1b1f24"


def map_figure(run: Run, spec: ModelSpec) -> bytes:
    """The map of the network as a PNG: every place the mean of its channels, between its own extremes."""
    boxes = {name: (column, branch) for name, column, branch in places_drawn(spec)}
    columns = 1 + max(column for column, _ in boxes.values())
    figure = _figure()
    axes = figure.add_axes((0.01, 0.02, 0.98, 0.96))
    aspect = run.crop.shape[0] / run.crop.shape[1]
    row = columns / 4 * ROW * (HEIGHT / WIDTH) * 0.94
    spans = {}  # place -> left, right, middle
    for name, (column, branch) in boxes.items():
        maps = run.seen[name]
        width = min(WIDEST, 0.9 * row / aspect) / math.sqrt(STRIDES[branch] / STRIDES[0])
        left, top = column * COLUMN, -branch * row
        spans[name] = left, left + width, top
        color = PALETTE.branches[branch]
        half = width * aspect / 2
        cut = name in run.cut or name.rpartition(".")[0] in run.cut
        axes.imshow(maps.mean(axis=0), cmap=_magma(), extent=(left, left + width, top - half, top + half), zorder=2)
        _outline(axes, left, top - half, width, 2 * half, CUT if cut else color)
        channels, h, w = maps.shape
        shape = f"{channels} × {h}×{w}"
        axes.text(left + width / 2, top - half - 0.04, shape, ha="center", va="top", fontsize=8, color=INK, zorder=4)
        if branch == 0:
            title = name.rpartition(".branch")[0] or name
            title = title.replace("stage", "stage ").replace(".unit", ", unit ")
            axes.text(left, top + half + 0.06, title, fontsize=9, color=INK, zorder=4)
    for wire in wires(spec):
        _, start, high = spans[wire["from"]]
        end, _, low = spans[wire["to"]]
        color = CUT if wire["edge"] in run.cut else PALETTE.branches[boxes[wire["from"]][1]]
        _curve(axes, (start, high), (end, low), color, dashed=wire["edge"] in run.cut)
    axes.set_xlim(-0.1, columns * COLUMN - 0.2)
    axes.set_ylim(-3.5 * row, 0.62 * row)
    axes.set_aspect("equal")
    axes.axis("off")
    return _png(figure)


def atlas_figure(run: Run, place: str) -> bytes:
    """All channels of a place as a PNG with one scale, and that scale beside them."""
    maps = run.seen[place]
    channels, h, w = maps.shape
    columns = math.ceil(math.sqrt(channels * h / w * WIDTH / HEIGHT))
    rows = math.ceil(channels / columns)
    sheet = np.full((rows * columns, h + 1, w + 1), np.nan, np.float32)  # a line of nothing between neighbors
    sheet[:channels, :h, :w] = maps
    sheet = sheet.reshape(rows, columns, h + 1, w + 1).swapaxes(1, 2).reshape(rows * (h + 1), columns * (w + 1))
    figure = _figure()
    axes = figure.add_axes((0.02, 0.03, 0.88, 0.88))
    image = axes.imshow(sheet, cmap=_magma(), interpolation="nearest")
    axes.axis("off")
    axes.set_title(f"{place}: {channels} × {h}×{w}", fontsize=13, color=INK)
    figure.colorbar(image, ax=axes, fraction=0.03, pad=0.02)
    return _png(figure)


def _figure() -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ValueError("pictures for slides need matplotlib on the server: pip install matplotlib") from error
    return Figure((WIDTH, HEIGHT), dpi=DPI, facecolor="white")


def _magma() -> object:
    from matplotlib.colors import ListedColormap

    return ListedColormap(colors.MAGMA / 255, "magma")


def _outline(axes: Axes, x: float, y: float, width: float, height: float, color: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=color, linewidth=1.6, zorder=3))


def _curve(axes: Axes, start: tuple[float, float], end: tuple[float, float], color: str, *, dashed: bool) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    middle = (start[0] + end[0]) / 2
    path = Path([start, (middle, start[1]), (middle, end[1]), end], [Path.MOVETO, *[Path.CURVE4] * 3])
    style = {"linestyle": "--", "linewidth": 1.6} if dashed else {"linewidth": 1.0, "alpha": 0.6}
    axes.add_patch(PathPatch(path, fill=False, edgecolor=color, zorder=1, **style))


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", facecolor="white")
    return file.getvalue()
