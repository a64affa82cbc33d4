"""Pictures that do not lie on the disk: those inside of a file of labels, and frames of a video. They are written to
the cache of the set, each once, and nowhere else."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hrnet import image
from hrnet.data.checking import size_of
from hrnet.data.importers.folder import Folder
from hrnet.files import replacing
from hrnet.image.reading import MAGIC
from hrnet.weights.store import home

SUFFIXES = {"JPEG": ".jpg", "PNG": ".png"}


def place_of(owner: Path, folder: Folder) -> Path:
    """Where the pictures of a file are kept; a file that changed gets another place."""
    state = owner.stat()
    mark = f"{owner.absolute()} {state.st_size} {state.st_mtime_ns}"
    digest = hashlib.sha256(mark.encode()).hexdigest()[:16]
    return (folder.cache or home() / "sets") / "pictures" / f"{owner.stem[:40]}-{digest}"


def keep(data: bytes, owner: Path, name: str, folder: Folder) -> Path:
    """Write the bytes of a picture that the file `owner` holds; the path.

    Raises:
        ValueError: they are no picture, or cannot be written.
    """
    size_of(data, whole=True)  # ImageError, a ValueError, where it is none
    kind = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), "")
    suffix = ".jpg" if data.startswith(b"\xff\xd8") else SUFFIXES.get(kind, f".{kind.lower() or 'png'}")
    path = place_of(owner, folder) / f"{name}{suffix}"
    if not path.is_file():
        _write(path, data)
    return path


def keep_pixels(photo: np.ndarray, owner: Path, name: str, folder: Folder) -> Path:
    """As `keep`, of uint8 (H, W, 3) RGB or (H, W) gray."""
    path = place_of(owner, folder) / f"{name}.png"
    if not path.is_file():
        photo = np.ascontiguousarray(np.repeat(photo[..., None], 3, axis=2) if photo.ndim == 2 else photo)
        _write(path, image.encode(photo, "png"))
    return path


def frames(video: Path, numbers: Sequence[int], folder: Folder) -> dict[int, Path]:
    """Frames of a video by their numbers from 0, as pictures; those beyond its end are not in the result.

    Raises:
        ValueError: the video cannot be read.
    """
    wanted = {number: place_of(video, folder) / f"frame_{number:06d}.png" for number in numbers}
    missing = {number for number, path in wanted.items() if not path.is_file()}
    if missing:
        from hrnet.video.files import Limits  # here: what works on videos stands above the data, and is rarely needed
        from hrnet.video.reader import Clip

        last = max(missing)
        with Clip(video, limits=Limits(seconds=math.inf, frames=last + 1)) as clip:
            for frame in clip:
                if frame.index in missing:
                    _write(wanted[frame.index], image.encode(frame.photo, "png"))
                if frame.index >= last:
                    break
    return {number: path for number, path in wanted.items() if path.is_file()}


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            part.write_bytes(data)
    except OSError as error:
        raise ValueError(f"{path.name} cannot be kept in {path.parent}: {error.strerror or error}") from error
