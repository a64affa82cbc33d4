"""Pictures in files, decoded by OpenCV straight into their place: a third of the memory that other ways take.

`cv2.imdecode` and plain `cv2.imread` decode into memory of OpenCV's and hand over a copy; Pillow holds four bytes for
each pixel beside the photo. At 64 megapixels either makes 370 to 450 MB, this 190.
"""

from __future__ import annotations

import os
from typing import IO

import cv2
import numpy as np

from hrnet.image.limits import DAMAGED, ImageError
from hrnet.image.pixels import STRIP_PIXELS, assembled

LARGE = 16_000_000  # pixels from which it is worth to open the file a second time

MARK = 32  # bytes


def is_large(path: str | None, height: int, width: int) -> bool:
    """Whether a picture is decoded here: it lies in a file, and is large."""
    return path is not None and height * width > LARGE


def decode_rgb(path: str, height: int, width: int, scale: int = 0) -> np.ndarray:
    """A photo, not turned, from a file whose header promises this size.

    Args:
        scale: one of OpenCV's flags for a JPEG at a fraction of its size; `height` and `width` are what it gives then.
    Raises:
        ImageError: damaged.
    """
    return _decode(path, (height, width, 3), scale | cv2.IMREAD_COLOR_RGB)


def decode_rgba(path: str, height: int, width: int) -> np.ndarray:
    """A photo, not turned, from a file of four channels of 8 bits; transparency lies on white.

    Raises:
        ImageError: damaged.
    """
    pixels = _decode(path, (height, width, 4), cv2.IMREAD_UNCHANGED)
    photo = assembled(
        height, width, lambda top, bottom: cv2.cvtColor(pixels[top:bottom], cv2.COLOR_BGRA2RGBA), pixels.reshape(-1)
    )
    del photo  # it begins where the pixels do, which lie in their place by now; what is behind it is given back
    pixels.resize((height, width, 3), refcheck=False)
    return pixels


def _decode(path: str, shape: tuple[int, ...], flags: int) -> np.ndarray:
    pixels = np.empty(shape, np.uint8)
    mark = np.frombuffer(os.urandom(MARK), np.uint8)
    end = pixels.reshape(-1)[-MARK:]
    end[:] = mark[: end.size]
    read = cv2.imread(path, dst=pixels, flags=flags | cv2.IMREAD_IGNORE_ORIENTATION)
    # What OpenCV cannot open it gives back untouched, without a word
    if read is None or np.array_equal(end, mark[: end.size]):
        raise ImageError(DAMAGED)
    return pixels


def path_of(stream: IO[bytes]) -> str | None:
    """Where the file lies that a stream reads; None for what lies in memory, and for names that OpenCV may not open."""
    name = getattr(stream, "name", None)
    return name if isinstance(name, str) and (os.name == "posix" or name.isascii()) else None


def write(path: str, photo: np.ndarray, options: list[int]) -> bool:
    """Write a photo without a copy of it; its channels trade places meanwhile and stay so. Gives whether it went."""
    rows = max(1, STRIP_PIXELS // photo.shape[1])
    for top in range(0, len(photo), rows):  # at once it would be done on a copy
        photo[top : top + rows] = cv2.cvtColor(photo[top : top + rows], cv2.COLOR_RGB2BGR)
    return cv2.imwrite(path, photo, options)
