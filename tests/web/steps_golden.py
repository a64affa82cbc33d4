"""What Python walks, for apps/web/augment/steps.js to be held to.

`python tests/web/steps_golden.py` writes steps.json.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np

from apps.views.augment.asked import OFFERED, SIZE, Asked
from apps.views.augment.tiles import tiles
from hrnet.augment import PRESETS, Sample
from hrnet.geometry import Box
from hrnet.skeleton import COCO_17

FILE = Path(__file__).with_name("steps.json")
BOX = (40.0, 30.0, 90.0, 160.0)
HANDS = (
    {},
    {"half": "upper", "rotation": -37.5, "flip": True},
    {"half": "lower", "scale": 0.7, "shift": (0.11, -0.2), "flip": False},
)
OFF = ((), ("scale", "flip"))


def person() -> np.ndarray:
    """A pose inside the box, with an occluded joint, an unlabeled one, and one far outside."""
    rng = np.random.default_rng(2)
    keypoints = np.column_stack([rng.uniform(45, 125, 17), rng.uniform(35, 185, 17), np.full(17, 2)]).round(2)
    keypoints[4] = 0
    keypoints[9, 2] = 1
    keypoints[15, :2] = 60, 420
    return keypoints.astype(np.float32)


def made() -> dict[str, object]:
    keypoints = person()
    photo = np.zeros((240, 200, 3), np.uint8)
    sample = Sample(photo, COCO_17, SIZE, Box(*BOX), keypoints, (keypoints[:, 2] > 0).astype(np.float32))
    sides = {"mirror": COCO_17.mirror.tolist(), "lower_body": list(COCO_17.lower_body)}
    walks = []
    for name, hand, off in product(OFFERED, HANDS, OFF):
        asked = Asked(sample, PRESETS[name], 5, frozenset(off), hand)
        walked = asked.walk()
        said = tiles(asked, walked, lambda pixels, kind: "")
        sums = walked[-1].sample.target.sum(axis=(1, 2), dtype=np.float64).tolist()
        walks.append({**{name: said[name] for name in ("preset", "choices", "tiles", "joints")}, "sums": sums})
    return {
        "person": {
            "box": list(BOX),
            "keypoints": np.round(keypoints.astype(float), 2).tolist(),
            "skeleton": {**COCO_17.to_dict(), **sides},
        },
        "size": list(SIZE),
        "around": list(Box.around(keypoints[:4], margin=0.1).xywh),
        "walks": walks,
    }


if __name__ == "__main__":
    short = json.loads(json.dumps(made()), parse_float=lambda digits: float(f"{float(digits):.8g}"))
    FILE.write_text(json.dumps(short, separators=(",", ":")) + "\n")
