"""A clip for whoever has none at hand: a camera that glides over one of the example photos."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from apps.views.video.source import look
from apps.views.video.values import text
from hrnet.video import ENCODERS, Writer

if TYPE_CHECKING:
    from apps.desk import Desk

SECONDS, RATE = 4.0, 15  # of the clip; frames per second
WIDE = 640  # pixels of its frames, at most
PART = 0.75  # of the photo's width and height that a frame shows
KIND = ".webm"  # which every browser plays, and every PyAV writes


def glide(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    """Make the clip.

    Args:
        values: {"example": name of an example photo}.
    Returns:
        "file", the token of the clip; "bytes"; and what `source.look` tells.
    Raises:
        ValueError: there is no such example.
    """
    from apps.desk import EXAMPLE

    name = text(values, "example")
    photo = small(desk.photo(f"{EXAMPLE}{name}"))
    token, path = desk.place(f"{name}{KIND}")
    try:
        count = round(SECONDS * RATE)
        size = view(photo, 0).shape[:2]
        with Writer(path, ENCODERS[KIND], size, RATE) as writer:
            for number in range(count):
                writer.write(view(photo, number / count), number / RATE)
        return {"file": token, "bytes": path.stat().st_size, **look(desk, {"file": token})}
    except BaseException:
        desk.forget(token)
        raise


def view(photo: np.ndarray, share: float) -> np.ndarray:
    """What the camera sees at that share of its way: from the upper left to the lower right and back, softly."""
    height, width = photo.shape[:2]
    size = tuple(2 * round(side * PART / 2) for side in (width, height))  # even, for the encoder
    way = (1 - math.cos(2 * math.pi * share)) / 2
    shift = np.float64([[1, 0, -way * (width - size[0])], [0, 1, -way * (height - size[1])]])
    return cv2.warpAffine(photo, shift, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def small(photo: np.ndarray) -> np.ndarray:
    """The photo, no wider than so that a frame has WIDE pixels."""
    scale = WIDE / (PART * photo.shape[1])
    size = tuple(max(4, round(side * scale)) for side in photo.shape[1::-1])
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA) if scale < 1 else photo
