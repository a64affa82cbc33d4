"""JPEG: by OpenCV, the quickest decoder at hand, which can also decode at a fraction of the size."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import ImageChops
from PIL.JpegImagePlugin import JpegImageFile

from hrnet.image import opencv
from hrnet.image.limits import DAMAGED, MAX_PILLOW_PIXELS, MAX_PIXELS, ImageError, too_large
from hrnet.image.pillow import to_rgb
from hrnet.image.pixels import exif_orientation, upright

# Markers that nothing among the pixels can be taken for, as there a zero follows every 0xFF; thumbnails lie before.
START_OF_SCAN, END = b"\xff\xda", b"\xff\xd9"
MAX_SCANS = 500  # a progressive JPEG has about ten, and each costs a pass over the whole picture

# OpenCV 5 refuses its REDUCED_COLOR flags beside COLOR_RGB, as they ask for BGR; of these only the scale is used.
REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


@dataclass(frozen=True)
class Header:
    """What the marker segments before the first scan say (ITU-T T.81, annex B)."""

    width: int
    height: int
    precision: int  # bits per sample
    components: int
    samples: int  # of all components, after their subsampling
    in_passes: bool  # progressive, or each component in a scan of its own: the decoder holds all samples, as 16 bits
    adobe: bool
    orientation: int  # EXIF
    pixels_at: int  # the byte after this header


def decode(data: bytes, path: str | None = None) -> np.ndarray:
    """A photo from the bytes of a JPEG, at 1/2, 1/4 or 1/8 of its size where it is too large.

    Args:
        path: the file with these bytes, where they lie in one: large photos then take less memory.
    Raises:
        ImageError: damaged, cut off, of 12 bits, or too large even so.
    """
    header = read_header(data)
    if header.precision != 8:
        raise ImageError(f"this is a JPEG of {header.precision} bits, which is not read here; save it with 8 bits")
    if data.rfind(END, header.pixels_at) < 0:  # OpenCV would take the zeros at the end of half a download for pixels
        raise ImageError(DAMAGED)
    if header.in_passes and _scans(data, header) > MAX_SCANS:  # of a picture in one pass the decoder reads no further
        raise ImageError(f"this JPEG has more than {MAX_SCANS} scans; save it again")
    reduction = choose_reduction(header)
    height, width = (-(-side // reduction) for side in (header.height, header.width))
    if header.components == 4:
        photo = _decode_cmyk(data, header, reduction)
    elif opencv.is_large(path, height, width):
        del data
        photo = opencv.decode_rgb(path, height, width, REDUCED[reduction])
    else:
        # The orientation is ours to apply, in one way for all kinds of files; by itself OpenCV would turn as well.
        flags = REDUCED[reduction] | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        photo = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
        if photo is None:
            raise ImageError(DAMAGED)
    return upright(photo, header.orientation)


def _scans(data: bytes, header: Header) -> int:
    return 1 + data.count(START_OF_SCAN, header.pixels_at, data.find(END, header.pixels_at))


def choose_reduction(header: Header) -> int:
    """1, 2, 4 or 8: the least with which the decoded photo has at most `MAX_PIXELS`.

    Fewer for the four inks, which Pillow decodes, and half as many for a JPEG that comes in passes, which leaves room
    for the samples that the decoder holds meanwhile.
    """
    limit = min(MAX_PILLOW_PIXELS, MAX_PIXELS) if header.components == 4 else MAX_PIXELS
    if header.in_passes:
        limit = MAX_PIXELS // 2
    if header.in_passes and header.samples > 3 * MAX_PIXELS:
        raise ImageError(
            f"{header.width} x {header.height} pixels are too many for a progressive JPEG, which cannot be decoded "
            "in part; make it smaller or save it as a baseline JPEG"
        )
    for reduction in REDUCED:
        if -(-header.width // reduction) * -(-header.height // reduction) <= limit:
            return reduction
    raise too_large(header.width, header.height)


def _decode_cmyk(data: bytes, header: Header, reduction: int) -> np.ndarray:
    """Adobe writes the four inks inverted, and its marker says so. Pillow and OpenCV invert without looking."""
    image = JpegImageFile(io.BytesIO(data))
    image.draft("CMYK", (header.width // reduction, header.height // reduction))
    image.load()
    return to_rgb(image if header.adobe else ImageChops.invert(image))


# ---- the header ------------------------------------------------------------------------------------------------------

_MARKER = re.compile(rb"\xff+([^\x00\xff])", re.DOTALL)  # more than one 0xFF is allowed, and stray bytes are common
_ALONE = {0x01, *range(0xD0, 0xD9)}  # TEM, RST and SOI: no segment follows
_SOF = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOF_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_SOS, _EOI, _APP1, _APP14 = 0xDA, 0xD9, 0xE1, 0xEE


def read_header(data: bytes) -> Header:
    """Read here, not by Pillow, which prints warnings on damaged EXIF and does not tell scans apart.

    Raises:
        ImageError: the data end before the first scan.
    """
    frame, progressive, adobe, orientation = b"", False, False, None
    position = 0
    while (found := _MARKER.search(data, position)) and (marker := found[1][0]) != _EOI:
        position = start = found.end()
        if marker in _ALONE:
            continue
        position += int.from_bytes(data[start : start + 2])
        body = data[start + 2 : position]
        if marker in _SOF:
            frame, progressive = body, marker in _SOF_PROGRESSIVE
        elif marker == _APP14 and body.startswith(b"Adobe"):
            adobe = True
        elif marker == _APP1 and body.startswith(b"Exif\0\0") and orientation is None:
            orientation = exif_orientation(body[6:])
        elif marker == _SOS and frame:
            precision, height, width, components = struct.unpack_from(">BHHB", frame)
            factors = [divmod(frame[7 + 3 * i], 16) for i in range(components)]  # horizontal, vertical
            most = max(h for h, _ in factors) * max(v for _, v in factors)
            samples = sum(width * height * h * v // most for h, v in factors)
            in_passes = progressive or body[0] < components
            return Header(width, height, precision, components, samples, in_passes, adobe, orientation or 1, position)
    raise ImageError(DAMAGED)
