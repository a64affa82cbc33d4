"""Many draws of one person on one picture: what a network is shown of it in so many rounds of training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from apps.views.augment.asked import SEEDS, Asked
from apps.views.augment.tiles import Look, choices, points

DRAWS = 64
COLUMNS = 8
CELL = (128, 96)  # (height, width) of one draw on the sheet: half of the crop


def sheet(asked: Asked, look: Look, say: Callable[[float], None]) -> dict[str, Any]:
    """Draws of DRAWS seeds from the asked one on, without a hand; what is off stays off.

    Returns:
        url: all crops in reading order, COLUMNS in a row; cell: [height, width] of one in it; size: of a crop.
        draws: for each the "seed" that draws it in the stepper, its "choices", "points" in crop pixels, "weights".
    """
    height, width = CELL
    pixels = np.zeros((DRAWS // COLUMNS * height, COLUMNS * width, 3), np.uint8)
    draws = []
    for number in range(DRAWS):
        say(number / DRAWS)
        draw = replace(asked, seed=(asked.seed + number) % SEEDS, hand={})
        walked = draw.walk()
        last = walked[-1].sample
        row, column = divmod(number, COLUMNS)
        pixels[row * height :, column * width :][:height, :width] = cv2.resize(
            last.crop, (width, height), interpolation=cv2.INTER_AREA
        )
        draws.append(
            {
                "seed": draw.seed,
                "choices": choices(draw, walked),
                "points": points(last.crop_keypoints),
                "weights": last.weights.tolist(),
            }
        )
    size = list(asked.sample.input_size)
    return {"url": look(pixels, "jpeg"), "columns": COLUMNS, "cell": list(CELL), "size": size, "draws": draws}
