"""Arrays of any usual kind to photos, and what turns a photo upright."""

from __future__ import annotations

import struct
from collections.abc import Callable

import cv2
import numpy as np
from PIL import ExifTags

from hrnet.image.limits import ImageError, describe

STRIP_PIXELS = 1_000_000  # that are converted at once


def from_array(array: np.ndarray) -> np.ndarray:
    """A photo from uint8 or uint16, [H, W], [H, W, 3] or [H, W, 4] in RGB order.

    What is a photo already is returned itself, not a copy.

    Raises:
        ImageError: another type or shape, or no pixel.
    """
    if array.dtype.kind == "f":
        raise ImageError(
            f"an array of floats may mean 0 to 1 or 0 to 255, got {describe(array)}; give uint8, "
            "from 0 to 1 by (array * 255).round().astype('uint8')"
        )
    channels_last = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))
    if array.dtype.kind != "u" or array.dtype.itemsize > 2 or not channels_last:
        raise ImageError(
            f"an array must be uint8 or uint16, [H, W], [H, W, 3] or [H, W, 4] in RGB order, got {describe(array)}; "
            "convert it"
        )
    if not array.size:
        raise ImageError(f"an array needs at least one pixel, got {describe(array)}; give one with height and width")
    if array.dtype == np.uint8 and array.shape[2:] == (3,):
        return np.ascontiguousarray(array)
    return assembled(*array.shape[:2], lambda top, bottom: array[top:bottom])


def assembled(
    height: int, width: int, pixels: Callable[[int, int], np.ndarray], place: np.ndarray | None = None
) -> np.ndarray:
    """A photo from `pixels(top, bottom)`, which gives these rows as gray, RGB or RGBA of 8 or 16 bits.

    16 bits become 8 by their high byte, as in libpng and Pillow; transparency lies on white. All this happens in
    strips, so that the photo itself is the only large array.

    Args:
        place: uint8 (height * width * 3 or more,), where the photo is to lie, at the beginning. `pixels` may read from
            there too, if what it gives is a copy and has 3 bytes or more for each pixel.
    """
    flat = np.empty(height * width * 3, np.uint8) if place is None else place[: height * width * 3]
    photo = flat.reshape(height, width, 3)
    rows = max(1, STRIP_PIXELS // width)
    for top in range(0, height, rows):
        strip = pixels(top, min(top + rows, height))
        if strip.dtype.itemsize == 2:
            strip = (strip >> 8).astype(np.uint8)
        if strip.ndim == 2:
            strip = strip[..., np.newaxis]
        elif strip.shape[2] == 4:
            strip = _on_white(np.ascontiguousarray(strip))
        photo[top : top + rows] = strip
    return photo


def _on_white(rgba: np.ndarray) -> np.ndarray:
    """color * alpha + white * (1 - alpha), rounded, of uint8 [H, W, 4]: what is missing from white fades."""
    missing = cv2.bitwise_not(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB))
    alpha = cv2.merge([rgba[..., 3]] * 3)
    return cv2.bitwise_not(cv2.multiply(missing, alpha, scale=1 / 255))


# EXIF 2.32, tag 274: what turns a stored picture upright. 1 is upright already.
TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda photo: cv2.flip(photo, 1),
    3: lambda photo: cv2.rotate(photo, cv2.ROTATE_180),
    4: lambda photo: cv2.flip(photo, 0),
    5: lambda photo: cv2.transpose(photo),
    6: lambda photo: cv2.rotate(photo, cv2.ROTATE_90_CLOCKWISE),
    7: lambda photo: cv2.flip(cv2.transpose(photo), -1),
    8: lambda photo: cv2.rotate(photo, cv2.ROTATE_90_COUNTERCLOCKWISE),
}


def upright(photo: np.ndarray, orientation: int) -> np.ndarray:
    """The photo turned as its EXIF orientation asks; values outside of 1 to 8 ask for nothing."""
    return TURNS[orientation](photo) if orientation in TURNS else photo


def exif_orientation(exif: bytes) -> int:
    """Tag 274 of a block of EXIF in TIFF's form; 1, upright, where it is missing or damaged."""
    order = "<" if exif.startswith(b"II") else ">"
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, value = struct.unpack_from(f"{order}H6xH", exif, entry)
            if tag == ExifTags.Base.Orientation:
                return value
    except struct.error:  # an offset beyond the end
        return 1
    return 1
