"""From heatmaps to positions: every decoder's answer, the pixels it looked at, and what the mirror adds."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.views.inside.atlas import Show, signed_span, tiled
from apps.views.inside.runs import Run, Runs
from hrnet import heatmap
from hrnet.weights import Metadata

DECODERS = ("argmax", "quarter", "dark", "udp")
REACH = 2  # pixels around the peak on each side: a patch of 5x5


def decoding(runs: Runs, run: Run, show: Show) -> dict[str, Any]:
    """All joints at once, so that choosing another needs no new question.

    `highest`: [x, y] of each map's highest pixel; `peaks`: its height; `patches`: the 5x5 values around it, rows from
    the top, None beyond the border. `positions`: by decoder, [x, y] of every joint in `heatmap` and in `photo` pixels.
    `heatmap_to_crop` and `crop_to_photo`: 2x3, between centers of pixels, for laying the maps over the photo.
    """
    metadata, maps = runs.metadata, run.heatmaps
    # Of the maps themselves: where no pixel is positive, every decoder says (0, 0), which is not the highest.
    rows, columns = np.divmod(maps.reshape(len(maps), -1).argmax(axis=1), maps.shape[2])
    by_decoder = {kind: heatmap.decode(maps[None], kind, metadata.kernel)[0] for kind in DECODERS}
    return {
        "joints": list(metadata.skeleton.joints),
        "own": metadata.decoder,  # the one that this network's weights ask for
        "peaks": by_decoder["argmax"][:, 2].tolist(),
        "highest": np.stack([columns, rows], axis=1).tolist(),
        "positions": {
            kind: {"heatmap": points[:, :2].tolist(), "photo": to_photo(run, metadata, points[:, :2]).tolist()}
            for kind, points in by_decoder.items()
        },
        "patches": [patch(one, int(x), int(y)) for one, x, y in zip(maps, columns, rows, strict=True)],
        "heatmaps": tiled(maps, (min(0.0, float(maps.min())), max(1.0, float(maps.max()))), show),
        "crop": [run.crop.shape[1], run.crop.shape[0]],
        "crop_to_photo": run.affine.inverse().matrix.tolist(),
        "heatmap_to_crop": metadata.rule.heatmap_to_crop(run.crop.shape[:2], maps.shape[1:]).matrix.tolist(),
    }


def flipping(runs: Runs, run: Run, show: Show) -> dict[str, Any]:
    """The answer averaged with the mirror's, with and without moving that by one pixel, beside the answer alone.

    `positions`: [x, y] of every joint in photo pixels by this network's own decoder, for "alone", "shifted" and
    "unshifted"; `apart`: photo pixels between the last two; `difference`: shifted minus unshifted, 0 in the middle.
    """
    metadata, maps = runs.metadata, run.heatmaps
    averages = {
        name: (maps + heatmap.flip_back(run.mirrored[None], metadata.skeleton, shift)[0]) / 2
        for name, shift in (("shifted", True), ("unshifted", False))
    }
    ways = {"alone": maps, **averages}
    points = {name: runs.topdown.decode(one[None], [run.affine])[0] for name, one in ways.items()}
    difference = averages["shifted"] - averages["unshifted"]
    everything = np.stack([*ways.values()])
    limits = (min(0.0, float(everything.min())), max(1.0, float(everything.max())))
    return {
        "joints": list(metadata.skeleton.joints),
        "own": metadata.rule.flip_shift,
        "positions": {name: values[:, :2].tolist() for name, values in points.items()},
        "apart": np.hypot(*(points["shifted"] - points["unshifted"])[:, :2].T).tolist(),
        "maps": {name: tiled(one, limits, show) for name, one in ways.items()},
        "difference": tiled(difference, signed_span([difference]), show),
    }


def to_photo(run: Run, metadata: Metadata, points: np.ndarray) -> np.ndarray:
    """(K, 2) heatmap pixels -> photo pixels."""
    to_crop = metadata.rule.heatmap_to_crop(run.crop.shape[:2], run.heatmaps.shape[1:])
    return run.affine.inverse().apply(to_crop.apply(points.astype(float)))


def patch(one: np.ndarray, x: int, y: int) -> list[list[float | None]]:
    """The pixels around (x, y), None beyond the border."""
    h, w = one.shape
    around = range(-REACH, REACH + 1)
    return [
        [float(one[y + dy, x + dx]) if 0 <= y + dy < h and 0 <= x + dx < w else None for dx in around] for dy in around
    ]
