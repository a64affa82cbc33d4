"""Picture files: which there are in a folder, and how a photo becomes one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np

from hrnet.files import replacing
from hrnet.image import opencv
from hrnet.image.limits import MAX_PILLOW_PIXELS, ImageError, describe, one_line

IMAGE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    *(".png", ".apng", ".webp", ".avif", ".gif", ".tif", ".tiff", ".bmp"),
)

JPEG_QUALITY = 92  # of 100, in libjpeg's scale
WEBP_QUALITY = 90  # of 100, in libwebp's scale

ENCODERS: dict[str, list[int]] = {
    "png": [],
    "jpeg": [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY],
    "webp": [cv2.IMWRITE_WEBP_QUALITY, WEBP_QUALITY],
}
KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}  # by suffix


def encode(photo: np.ndarray, kind: str = "png") -> bytes:
    """The bytes of a picture file that shows the photo.

    Args:
        photo: uint8 [H, W, 3], RGB.
        kind: "png" (exact), "jpeg" or "webp" (smaller, not exact).
    Raises:
        ImageError: not a photo, an unknown kind, or larger than the kind can hold (WebP ends at 16,383 pixels a side).
    """
    if kind not in ENCODERS:
        raise ImageError(f"pictures are not written as {kind!r}; choose one of {', '.join(ENCODERS)}")
    if not isinstance(photo, np.ndarray) or photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        raise ImageError(f"a photo is a uint8 array [H, W, 3], got {describe(photo)}; make one with hrnet.image.read")
    if not photo.size:
        raise ImageError(f"a photo has at least one pixel, got {describe(photo)}")
    try:
        done, data = cv2.imencode(f".{kind}", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), ENCODERS[kind])
    except cv2.error as error:
        raise ImageError(f"{kind} cannot hold {describe(photo)}; make it smaller or choose png") from error
    if not done:
        raise ImageError(f"{kind} cannot hold {describe(photo)}; make it smaller or choose png")
    return data.tobytes()


def write(path: str | os.PathLike[str], photo: np.ndarray, *, last_use: bool = False) -> None:
    """Write a photo as PNG, JPEG or WebP, by the suffix. The file appears whole or not at all.

    Args:
        photo: uint8 [H, W, 3], RGB.
        last_use: nobody needs the photo afterward. A large one is then written without a copy of it, and destroyed.
    Raises:
        ImageError: an unknown suffix, a folder that is missing or not to be written to, or as in `encode`.
    """
    target = Path(path)
    name = one_line(str(target))
    if target.suffix.lower() not in KINDS:
        raise ImageError(f"{name}: pictures are not written with this suffix; choose one of {', '.join(KINDS)}")
    kind = KINDS[target.suffix.lower()]
    try:
        with replacing(target) as part:
            if last_use and opencv.is_large(str(part), *photo.shape[:2]) and photo.flags.writeable:
                _write_large(part, photo, kind)
            else:
                part.write_bytes(encode(photo, kind))
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error.__cause__
    except FileNotFoundError as error:
        raise ImageError(f"{name}: the folder does not exist; make it first") from error
    except OSError as error:
        raise ImageError(f"{name}: the file cannot be written ({error.strerror}); choose another place") from error


def _write_large(part: Path, photo: np.ndarray, kind: str) -> None:
    """Straight into the file, whose end then says whether all of it is there.

    libwebp takes 6 bytes more for each pixel, which is too much at the size of the largest photos.
    """
    if kind == "webp" and photo.shape[0] * photo.shape[1] > MAX_PILLOW_PIXELS:
        raise ImageError(
            f"{describe(photo)} takes too much memory to be written as WebP; save the photo as PNG or JPEG"
        )
    with part.open("wb"):  # says why it cannot be written, as OpenCV does not
        pass
    if not (opencv.write(str(part), photo, ENCODERS[kind]) and _is_whole(part, kind)):
        raise ImageError("the file cannot be written whole; make room on the disk")


def _is_whole(path: Path, kind: str) -> bool:
    """Whether a file ends as its kind does: a PNG and a JPEG by their last marker, a WebP where its header says."""
    with path.open("rb") as file:
        head, size = file.read(8), file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        tail = file.read()
    if kind == "webp":
        return size == int.from_bytes(head[4:], "little") + 8
    return tail.endswith(b"IEND\xaeB`\x82" if kind == "png" else b"\xff\xd9")


def find(paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The picture files that paths of files and folders stand for.

    A folder stands for all files below it with one of `IMAGE_SUFFIXES`, sorted; hidden files and folders, and links
    to folders, are passed over. Every other path is kept as it is: `read` says what may be wrong with it.

    Raises:
        ImageError: a folder cannot be listed, or there is no picture below it.
    """
    found: list[Path] = []
    for path in map(Path, [paths] if isinstance(paths, str | os.PathLike) else paths):
        below = sorted(_pictures_below(path)) if os.path.isdir(path) else [path]
        if not below:
            suffixes = ", ".join(IMAGE_SUFFIXES)
            raise ImageError(f"{one_line(str(path))}: there is no picture in this folder; looked for {suffixes}")
        found += below
    return found


def _pictures_below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        name = one_line(str(error.filename))
        raise ImageError(f"{name}: the folder cannot be listed ({error.strerror}); change its permissions") from error

    for parent, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            # macOS leaves "._photo.jpg" beside a photo on a foreign disk: hidden, and no picture
            if not name.startswith(".") and Path(name).suffix.lower() in IMAGE_SUFFIXES:
                yield Path(parent, name)
