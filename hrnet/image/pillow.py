"""Every kind of picture but JPEG, by Pillow; only the pixels of WebP and of large PNGs by OpenCV."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Callable
from typing import IO

import cv2
import numpy as np
from PIL import ExifTags, Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from hrnet.image import opencv
from hrnet.image.limits import DAMAGED, ImageError, check_size
from hrnet.image.pixels import assembled, exif_orientation, upright

# Pillow's classes are called directly: Image.open would try more kinds than these, and warn by a limit of its own.
CLASSES: dict[str, type[ImageFile]] = {
    "PNG": PngImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "TIFF": TiffImageFile,
    "AVIF": AvifImageFile,
}

OPAQUE = {"1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV"}
TRANSPARENT = {"LA", "PA", "RGBA", "RGBa"}
SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}
OTHER_MODES = {"I": "integers of 32 bits", "F": "floats of 32 bits", "LAB": "Lab colors"}

NEW_SUBFILE_TYPE = 254  # TIFF 6.0, section 8: bit 0 is set where the page is a reduced version of another


def decode(kind: str, stream: IO[bytes]) -> np.ndarray:
    """A photo from a stream at its beginning; `kind` is a key of `CLASSES`. An animation gives its first frame.

    Raises:
        ImageError: too large, or a kind of pixels that does not fit into 8 bits. Pillow's own errors, which are of
            nearly every class there is, pass through.
    """
    if kind == "GIF":
        check_size(*gif_size(stream))
        stream.seek(0)
    image = CLASSES[kind](stream)  # reads the header only
    check_size(*image.size)
    path = opencv.path_of(stream)
    if kind == "PNG" and opencv.is_large(path, *image.size) and (channels := png_channels(image)):
        by = opencv.decode_rgba if channels == 4 else opencv.decode_rgb
        return upright(by(path, image.height, image.width), png_orientation(image, stream))
    if kind != "GIF":
        check_size(*image.size, kind)
    if kind == "TIFF" and image.tag_v2.get(NEW_SUBFILE_TYPE, 0) & 1:
        raise ImageError("only a preview comes first in it, as in a camera's raw file; develop it and save it as JPEG")
    return from_pillow(image)


def decode_webp(data: bytes, path: str | None = None) -> np.ndarray:
    """A photo from the bytes of a WebP. OpenCV needs less than half of Pillow's memory, and a sixth of its time.

    Args:
        path: the file with these bytes, where they lie in one: large photos then take less memory.
    """
    image = WebPImageFile(io.BytesIO(data))  # reads the header only, EXIF included
    check_size(*image.size)
    if opencv.is_large(path, *image.size) and not image.is_animated:
        (width, height), turned, by = image.size, orientation(image.getexif), opencv.decode_rgb
        if image.mode == "RGBA":
            by = opencv.decode_rgba
        del data, image
        return upright(by(path, height, width), turned)
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)  # not turned either
    if pixels is None:
        raise ImageError(DAMAGED)
    code = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    photo = assembled(*pixels.shape[:2], lambda top, bottom: cv2.cvtColor(pixels[top:bottom], code))
    return upright(photo, orientation(image.getexif))


def png_channels(image: PngImageFile) -> int | None:
    """With how many channels OpenCV reads a PNG as Pillow does; None where it does not."""
    if getattr(image, "is_animated", False):
        return None
    if image.mode == "RGBA":
        return 4 if image.tile[0].args == "RGBA" else None  # not of 16 bits
    return 3 if image.mode in ("1", "L", "P", "RGB", *SIXTEEN_BITS) and "transparency" not in image.info else None


def from_pillow(image: Image.Image) -> np.ndarray:
    """A photo from an image of Pillow's, which is loaded where it was not, and not changed."""
    check_size(*image.size)
    if 0 in image.size:
        raise ImageError("it has no pixels; give one with height and width")
    image.load()
    return upright(to_rgb(image), orientation(image.getexif))


def to_rgb(image: Image.Image) -> np.ndarray:
    """The pixels of a loaded image as uint8 [H, W, 3], not turned."""
    if image.mode not in OPAQUE | TRANSPARENT | SIXTEEN_BITS:
        what = OTHER_MODES.get(image.mode, f"of Pillow's mode {image.mode}")
        raise ImageError(f"its pixels are {what}, which are not read here; save it with 8 bits per channel")
    transparent = image.mode in TRANSPARENT or "transparency" in image.info

    def rows(top: int, bottom: int) -> np.ndarray:
        strip = image.crop((0, top, image.width, bottom))
        if image.mode in SIXTEEN_BITS:
            return np.asarray(strip)
        return np.asarray(strip.convert("RGBA" if transparent else "RGB"))

    return assembled(image.height, image.width, rows)


def orientation(exif: Callable[[], Image.Exif]) -> int:
    """The EXIF orientation, to be asked after loading: in a PNG it may follow the pixels, and of a TIFF Pillow takes
    it away when it turns the pixels while loading them."""
    try:
        return exif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # whatever Pillow raises: a damaged block of EXIF does not make the picture unreadable
        return 1


def png_orientation(image: PngImageFile, stream: IO[bytes]) -> int:
    """The EXIF orientation of a PNG that Pillow does not load, wherever its block lies.

    Source: PNG specification (third edition), section 5.3 for chunks and 11.3.4.4 for eXIf.
    """
    stream.seek(8)
    while len(head := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", head)
        if name == b"eXIf":
            return exif_orientation(stream.read(length))
        stream.seek(length + 4, os.SEEK_CUR)  # a checksum follows
    return orientation(lambda: Image.Image.getexif(image))  # from a text; PNG's own method would load the pixels


def gif_size(stream: IO[bytes]) -> tuple[int, int]:
    """Width and height of the screen of a GIF, grown to its first frame as Pillow does, which would warn meanwhile.

    Source: GIF89a specification, sections 18 to 20.
    """
    stream.seek(6)
    width, height, flags = struct.unpack("<HHBxx", stream.read(7))
    if flags & 0x80:
        stream.seek(3 << (flags & 7) + 1, os.SEEK_CUR)  # the palette
    while (block := stream.read(1)) == b"!":
        stream.seek(1, os.SEEK_CUR)  # which extension it is
        while length := stream.read(1)[0]:
            stream.seek(length, os.SEEK_CUR)
    if block != b",":
        raise ImageError(DAMAGED)
    left, top, frame_width, frame_height = struct.unpack("<4H", stream.read(8))
    return max(width, left + frame_width), max(height, top + frame_height)
