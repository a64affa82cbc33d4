"""Many maps as one picture of gray steps, which the browser colors and reads numbers from."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from apps.views.inside.runs import Run
from hrnet.show import Limits, Sheet

Show = Callable[[np.ndarray, str], str]  # pixels and their kind -> the address of the picture


def atlas(run: Run, place: str, show: Show) -> dict[str, Any]:
    """All channels of one place in one picture, each between its own extremes: the browser sorts and scales them.

    `activation`: the mean of every channel's absolute values; `everywhere`: the extremes of all branches and of this
    place, [low, high].
    """
    maps = run.seen[place]
    return {
        "place": place,
        "cut": place in run.cut,
        "activation": np.abs(maps).mean(axis=(1, 2)).tolist(),
        "everywhere": list(span(maps, *(values for name, values in run.seen.items() if ".branch" in name))),
        **tiled(maps, None, show),
    }


def tiled(maps: np.ndarray, common: Limits | None, show: Show, columns: int | None = None) -> dict[str, Any]:
    """Maps (N, h, w) side by side, in reading order, as {picture, columns, cell: [w, h], limits, min, max}.

    The value of a pixel with the gray level g of 0 to 255 is low + g / 255 * (high - low), at most half a step wrong;
    [low, high] are the `limits` of its map. `min` and `max` are the true extremes of every map.
    """
    sheet = Sheet.of(maps, common)
    n, h, w = maps.shape
    columns = columns or math.ceil(math.sqrt(n * h / w))
    rows = math.ceil(n / columns)
    canvas = np.zeros((rows * columns, h, w), np.uint8)
    canvas[:n] = sheet.steps
    canvas = canvas.reshape(rows, columns, h, w).swapaxes(1, 2).reshape(rows * h, columns * w)
    return {
        "picture": show(gray(canvas), "png"),
        "columns": columns,
        "cell": [w, h],
        "limits": [list(limits) for limits in sheet.limits],
        "min": maps.min(axis=(1, 2)).tolist(),
        "max": maps.max(axis=(1, 2)).tolist(),
    }


def gray(steps: np.ndarray) -> np.ndarray:
    """uint8 (H, W) as (H, W, 3), which any picture is."""
    return np.repeat(steps[:, :, None], 3, axis=2)


def span(*arrays: np.ndarray) -> Limits:
    """The extremes of all of them, never equal."""
    low, high = min(float(a.min()) for a in arrays), max(float(a.max()) for a in arrays)
    return low, high if high > low else low + max(abs(low), 1.0)


def signed_span(arrays: Sequence[np.ndarray]) -> Limits:
    """Limits with 0 in the middle, so that the sign of a number can be told from its color."""
    reach = max(float(np.abs(a).max()) for a in arrays) or 1.0
    return -reach, reach
