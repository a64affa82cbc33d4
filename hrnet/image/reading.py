"""From a path, bytes, an open file, a Pillow image or an array to a photo, or to one clear line."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
from contextlib import suppress
from typing import IO, Any

import numpy as np
from PIL import Image

from hrnet.image import jpeg, opencv, pillow
from hrnet.image.limits import DAMAGED, MAX_BYTES, MAX_WHOLE_BYTES, ImageError, one_line
from hrnet.image.pixels import from_array

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | np.ndarray


def read(source: Source) -> np.ndarray:
    """Read a picture of any usual kind as a photo: JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP.

    The EXIF orientation is applied, transparency lies on white, 16 bits become 8 (the high byte), and an animation
    gives its first frame. Color profiles are not applied. A JPEG above `MAX_PIXELS` (a progressive one: above half of
    it) is decoded at 1/2, 1/4 or 1/8 of its size: coordinates are always those of the photo that is returned.

    Args:
        source: a path, the bytes of a file, a file opened for reading in binary (read from its beginning), a Pillow
            image, or an array in RGB order: uint8 or uint16, [H, W], [H, W, 3] or [H, W, 4]. (OpenCV's arrays are
            BGR: give array[..., ::-1].)
    Returns:
        uint8 [H, W, 3], RGB, upright, contiguous. An array that is a photo already is returned itself, not a copy.
    Raises:
        ImageError: it is no picture, of a kind that is not read, cut off, damaged, too large or cannot be opened.
            Pixels that end early are always refused; damage in the middle of a whole JPEG can go unnoticed.
    """
    try:
        if isinstance(source, np.ndarray):
            return from_array(source)
        if isinstance(source, Image.Image):
            return pillow.from_pillow(source)
        with _open(source) as stream:
            return _decode(stream)
    except ImageError as error:
        raise ImageError(f"{name_of(source)}: {error}") from error.__cause__
    except MemoryError as error:
        raise ImageError(f"{name_of(source)}: there is not enough memory for it; make the picture smaller") from error
    except Exception as error:  # on damaged files Pillow and OpenCV raise nearly every class there is
        what = "its file is closed, cut off or damaged; open it again" if isinstance(source, Image.Image) else DAMAGED
        raise ImageError(f"{name_of(source)}: {what}") from error


# ---- where the bytes come from ---------------------------------------------------------------------------------------


def _open(source: object) -> IO[bytes]:
    """A stream at its beginning, for the caller to close. It is never the caller's own file."""
    if isinstance(source, str | os.PathLike):
        stream = _open_path(os.fsdecode(source))
    elif isinstance(source, bytes | bytearray | memoryview):
        stream = io.BytesIO(source)
    elif hasattr(source, "read"):
        stream = io.BytesIO(_content(source))
    else:
        raise ImageError("this is no picture; give a path, bytes, an open file, a Pillow image or a numpy array")
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if 0 < size <= MAX_BYTES:
        return stream
    stream.close()
    if size:
        raise ImageError(f"the file is above the limit of {MAX_BYTES / 1e6:.0f} MB; make the picture smaller")
    raise ImageError("the file is empty (0 bytes); fetch or save it again")


def _open_path(path: str) -> IO[bytes]:
    if re.match(r"\w[\w+.-]+://|data:image/", path):
        raise ImageError("this is an address, and nothing is fetched; save the picture and give the path of the file")
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):  # opening a pipe would wait, without end if need be
            return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ImageError("there is no such file; check the path") from error
    except PermissionError as error:
        raise ImageError("the file may not be opened (permission denied); change its permissions") from error
    except OSError as error:
        raise ImageError(f"the file cannot be opened ({error.strerror}); check the path") from error
    except ValueError as error:  # a zero byte, or half a character
        raise ImageError("this is not a path; check it") from error
    raise ImageError(f"this is a {'folder' if stat.S_ISDIR(mode) else 'pipe or device'}; give a picture file")


def _content(file: Any) -> bytes:
    """What is in an open file, from its beginning where it can be rewound: a page that runs a second time hands over
    the same upload with its position at the end."""
    if getattr(file, "closed", False):
        raise ImageError("the file is closed; hand it over while it is open")
    with suppress(AttributeError, OSError):  # what comes through a pipe or the network cannot be rewound
        file.seek(0)
    try:
        content = file.read(MAX_BYTES + 1)
    except UnicodeDecodeError:
        content = ""
    if isinstance(content, str):
        raise ImageError("the file is opened as text; open it with mode 'rb'")
    return content


# ---- what they are ---------------------------------------------------------------------------------------------------

MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",  # BigTIFF
    b"MM\0+": "TIFF",
}

UNREADABLE_MAGIC = {
    b"%PDF-": "a PDF document",
    b"8BPS": "a Photoshop document",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 picture",
    b"PK\x03\x04": "a ZIP archive",
}

# Brands of the ftyp box (ISO/IEC 14496-12 and 23008-12). "mif1" and "msf1" stand in AVIF as well as in HEIC.
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}


def _decode(stream: IO[bytes]) -> np.ndarray:
    head = stream.read(1024)
    stream.seek(0)
    if head.startswith(b"\xff\xd8"):
        return jpeg.decode(_whole(stream), opencv.path_of(stream))
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return pillow.decode_webp(_whole(stream), opencv.path_of(stream))
    if head[4:8] == b"ftyp":
        length = min(int.from_bytes(head[:4]), len(head))  # what a damaged file says may be four gigabytes
        brands = {head[i : i + 4] for i in range(8, length, 4)}
        if brands & AVIF_BRANDS:
            return pillow.decode("AVIF", stream)
        if brands & HEIC_BRANDS:
            raise ImageError("this is a HEIC picture, which is not read here; save it as JPEG")
        raise ImageError("this is a video, not a picture; save a frame of it as JPEG or PNG")
    kind = _by_magic(head, MAGIC)
    if kind and not _is_text(head):  # "BM" may begin a word
        return pillow.decode(kind, stream)
    raise ImageError(f"this is {_what_else(head)}, not a picture that is read here; give a JPEG, PNG or WebP")


def _whole(stream: IO[bytes]) -> bytes:
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    if size > MAX_WHOLE_BYTES:
        raise ImageError(f"the file is above the limit of {MAX_WHOLE_BYTES / 1e6:.0f} MB; make the picture smaller")
    return stream.read(size)


def _by_magic(head: bytes, magics: dict[bytes, str]) -> str | None:
    return next((kind for magic, kind in magics.items() if head.startswith(magic)), None)


def _what_else(head: bytes) -> str:
    if what := _by_magic(head, UNREADABLE_MAGIC):
        return what
    if not _is_text(head):
        return "a file of an unknown kind"
    if b"<svg" in head.lower():
        return "an SVG drawing"
    return "a web page" if b"<html" in head.lower() or b"<!doctype html" in head.lower() else "a text file"


def _is_text(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)  # the last letter may be cut in two
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter.isspace() for letter in text)


def name_of(source: object) -> str:
    """What a message calls the source, on one line. The name of an upload is only shown, never opened."""
    if isinstance(source, np.ndarray):
        return "the given array"
    if isinstance(source, bytes | bytearray | memoryview):
        return "the given bytes"
    name = source
    if not isinstance(source, str | os.PathLike):
        name = getattr(source, "filename", None) or getattr(source, "name", None)  # Pillow's word, and everybody's
    if not isinstance(name, str | bytes | os.PathLike) or not os.fspath(name):
        return f"the given {type(source).__name__}"
    return one_line(os.fsdecode(name))
