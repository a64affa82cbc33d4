"""Pictures for these tests, made on the fly: whole ones, and the kinds of broken ones that people really hand over."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

RED, GREEN, BLUE, YELLOW = (230, 30, 40), (20, 180, 60), (30, 60, 200), (240, 220, 30)


def corners(height: int = 32, width: int = 64) -> np.ndarray:
    """A photo with another color in each quarter: red and green above, blue and yellow below."""
    photo = np.empty((height, width, 3), np.uint8)
    photo[: height // 2, : width // 2], photo[: height // 2, width // 2 :] = RED, GREEN
    photo[height // 2 :, : width // 2], photo[height // 2 :, width // 2 :] = BLUE, YELLOW
    return photo


def noise(height: int = 120, width: int = 160) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)


def file_bytes(picture: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    """What Pillow saves, for instance `file_bytes(photo, "JPEG", quality=90)`."""
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def oriented(orientation: int) -> bytes:
    """A block of EXIF that holds nothing but tag 274."""
    exif = Image.Exif()
    exif[274] = orientation
    return exif.tobytes()


def stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """The pixels as a camera stores them under this orientation, from EXIF 2.32: which side row 0 and column 0 are."""
    return {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]


def png(
    width: int, height: int, bits: int, color: int, rows: bytes, before: bytes = b"", zipped: bool = False
) -> bytes:
    """A PNG by the chunk, for what Pillow does not write.

    Args:
        color: 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGBA.
        rows: each begins with a byte for its filter, which is 0; or the same deflated where `zipped`.
        before: chunks between the header and the pixels.
    """
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    pixels = png_chunk(b"IDAT", rows if zipped else zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before + pixels + png_chunk(b"IEND", b"")


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png_bomb(side: int, bits: int) -> bytes:
    """A gray square of zeros, deflated row by row: `side` * `side` pixels in a few kilobytes."""
    deflate = zlib.compressobj(9)
    row = bytes(1 + side * bits // 8)
    return png(side, side, bits, 0, b"".join(deflate.compress(row) for _ in range(side)) + deflate.flush(), zipped=True)


def jpeg_segment(data: bytes, marker: int) -> slice:
    """Where the first segment with this marker lies in a JPEG, marker and all."""
    start = data.index(bytes([0xFF, marker]))
    return slice(start, start + 2 + int.from_bytes(data[start + 2 : start + 4]))


def without_segment(data: bytes, marker: int) -> bytes:
    where = jpeg_segment(data, marker)
    return data[: where.start] + data[where.stop :]


def with_jpeg_size(data: bytes, height: int, width: int, marker: int = 0xC0) -> bytes:
    """The same JPEG with another size in its frame header, which its pixels do not fill."""
    start = jpeg_segment(data, marker).start + 5
    return data[:start] + struct.pack(">HH", height, width) + data[start + 4 :]


def ftyp(*brands: bytes) -> bytes:
    """The first box of a HEIC, AVIF or MP4 file."""
    content = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", 4 + len(content)) + content + b"\0\0\0\x08free"
