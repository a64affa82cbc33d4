"""What Python computes, for apps/web/maths.js to be held to: `python tests/web/maths_golden.py` writes maths.json."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np

from hrnet.geometry import OFFICIAL, UDP, WALKTHROUGH, Affine, Box, crop_affine
from hrnet.heatmap import decode, encode
from hrnet.metrics import oks
from hrnet.skeleton import COCO_17

FILE = Path(__file__).with_name("maths.json")
RULES = (OFFICIAL, UDP, WALKTHROUGH)
BOXES = ((37.5, 20.25, 80.0, 190.5), (-12.0, 5.0, 240.0, 60.0), (100.0, 100.0, 1.0, 1.0))
VIEWS = ((0.0, 1.0, (0.0, 0.0)), (33.0, 0.72, (0.08, -0.16)), (-120.5, 1.35, (0.0, 0.25)))
SIZES = ((256, 192), (128, 96))
SMALL = (48, 36)  # an input whose heatmaps are short enough for a file: 12x9


def made() -> dict[str, object]:
    return {
        "rules": {rule.name: _rule(rule) for rule in RULES},
        "affines": list(_affines()),
        "targets": list(_targets()),
        "weights": list(_weights()),
        "maps": {name: {"h": 16, "w": 12, "values": values.ravel().tolist()} for name, values in _maps().items()},
        "decoded": list(_decoded()),
        "oks": list(_oks()),
    }


def _rule(rule) -> dict[str, object]:
    return {
        "bySizeMinusOne": rule.by_size_minus_one,
        "clockwise": rule.clockwise,
        "heatmapBySizeMinusOne": rule.heatmap_by_size_minus_one,
        "flipShift": rule.flip_shift,
    }


def _affines():
    point = np.array([61.25, 118.5])
    for rule, box, (rotation, scale, shift), size in product(RULES, BOXES, VIEWS, SIZES):
        affine = crop_affine(Box(*box), size, rule, rotation, scale, shift)
        mirrored = Affine.mirror(size[1]) @ affine
        yield {
            "rule": rule.name, "box": box, "rotation": rotation, "scale": scale, "shift": shift, "size": size,
            "affine": affine.matrix.tolist(), "mirrored": mirrored.matrix.tolist(),
            "point": point.tolist(), "there": affine.apply(point).tolist(),
            "back": affine.inverse().apply(point).tolist(),
        }  # fmt: skip


def _targets():
    """Inside; between two pixels; in the corner; partly and wholly outside, where the published rule is off by one."""
    points = ((17.3, 22.8), (18.0, 22.0), (0.0, 0.0), (35.9, 47.9), (-9.5, 20.0), (-12.0, 20.0), (-13.5, 20.0))
    for kind, (x, y) in product(("rounded", "unbiased", "udp"), points):
        maps, weights = encode(np.array([[x, y, 2.0]]), SMALL, 1.0, kind)
        yield {
            "kind": kind, "point": [x, y], "size": SMALL, "sigma": 1.0,
            "values": [float(f"{value:.7g}") for value in maps[0].ravel().tolist()], "weight": float(weights[0]),
        }  # fmt: skip


def _weights():
    """Where a joint stops to count, along both axes, at the published size: the weight and the sum of the map."""
    for kind, at in product(("rounded", "unbiased", "udp"), range(-30, 302, 7)):
        for point in ((at + 0.3, 100.0), (80.0, at + 0.3)):
            maps, weights = encode(np.array([[*point, 1.0]]), (256, 192), 2.0, kind)
            yield {"kind": kind, "point": point, "weight": float(weights[0]), "sum": float(maps.sum(dtype=np.float64))}


def _maps() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    h, w = 16, 12
    rows, columns = np.mgrid[:h, :w]
    maps = {}
    for x, y in ((5.3, 7.8), (0.2, 8.0), (1.6, 1.4), (10.7, 14.6), (11.0, 15.0), (2.0, 13.4)):
        maps[f"a Gaussian at {x}, {y}"] = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 1.5**2))
    maps["two peaks of one height"] = np.maximum(*(
        np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 3) for x, y in ((8.0, 4.0), (3.0, 10.0))
    ))  # fmt: skip
    maps["nothing"] = np.zeros((h, w))
    maps["only negative values"] = -rng.random((h, w)) - 0.1
    maps["a single pixel"] = np.eye(h, w, 0) * (rows == 6)
    maps["a little noise on a Gaussian"] = maps["a Gaussian at 5.3, 7.8"] + rng.normal(0, 0.02, (h, w))
    maps["a peak above 50"] = 80 * maps["a Gaussian at 5.3, 7.8"]
    return {name: np.round(values, 6) for name, values in maps.items()}


def _decoded():
    for name, values in _maps().items():
        for kind, kernel in (("argmax", 11), ("quarter", 11), ("dark", 11), ("dark", 7), ("udp", 11), ("udp", 17)):
            found = decode(values[None, None], kind, kernel)[0, 0].tolist()
            yield {"map": name, "kind": kind, "kernel": kernel, "found": found}


def _oks():
    rng = np.random.default_rng(9)
    for _ in range(4):
        a = np.column_stack([rng.uniform(0, 200, (17, 2)), rng.integers(0, 3, 17)]).round(3)
        b = (a[:, :2] + rng.normal(0, 6, (17, 2))).round(3)
        value = float(oks(a, b[None], 9000.0, COCO_17.sigmas)[0])
        yield {"a": a.tolist(), "b": b.tolist(), "area": 9000.0, "sigmas": list(COCO_17.sigmas), "oks": value}
    a[:, 2] = 0
    yield {"a": a.tolist(), "b": b.tolist(), "area": 9000.0, "sigmas": list(COCO_17.sigmas), "oks": 0.0}


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), separators=(",", ":")) + "\n")
