"""Pictures of any sizes in one flat file that the operating system keeps in memory, with an index beside it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from hrnet.data.loader import ahead
from hrnet.data.pose_set import PhotoFile
from hrnet.files import replacing
from hrnet.image import ImageError

THREADS = min(os.cpu_count() or 1, 16)  # that decode; two photos for each are in memory, however large these are
TOLD = 64  # photos after which the progress is told

Cut = TypeVar("Cut")


class Flat:
    """The pictures of a folder that `write` has filled, read through a memory map.

    pixels: uint8 (P,), all of them one after the other; offsets: int64 (S + 1,), where each begins, and the end.

    Raises:
        ValueError: the folder does not hold all of them.
    """

    def __init__(self, folder: Path) -> None:
        self.index: dict[str, Any] = json.loads((folder / "index.json").read_text())
        self.shapes: list[tuple[int, int] | None] = [tuple(shape) if shape else None for shape in self.index["shapes"]]
        self.broken: dict[str, str] = self.index["broken"]
        sizes = [shape[0] * shape[1] * 3 if shape else 0 for shape in self.shapes]
        self.offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
        if (folder / "pixels.u8").stat().st_size != self.offsets[-1]:
            raise ValueError(f"{folder} is not a whole cache; delete it")
        self.pixels = np.memmap(folder / "pixels.u8", np.uint8, "r") if self.offsets[-1] else np.empty(0, np.uint8)

    def __len__(self) -> int:
        return len(self.shapes)

    def picture(self, place: int) -> np.ndarray | None:
        """uint8 (H, W, 3), a view that cannot be written to; None where there is none."""
        shape = self.shapes[place]
        if shape is None:
            return None
        return self.pixels[self.offsets[place] : self.offsets[place + 1]].reshape(*shape, 3)


def write(home: Path, pictures: Iterable[np.ndarray | None], rest: Callable[[], dict[str, Any]]) -> None:
    """Fill a folder with pictures (None: there is none in this place), one after the other.

    Args:
        rest: asked at the end for "broken" (file -> reason) and whatever else belongs into the index.
    """
    home.mkdir(parents=True, exist_ok=True)
    shapes: list[tuple[int, int] | None] = []
    with replacing(home / "pixels.u8") as part, part.open("wb") as out:
        for picture in pictures:
            if picture is not None:
                out.write(np.ascontiguousarray(picture).data)
            shapes.append(None if picture is None else picture.shape[:2])
    with replacing(home / "index.json") as part:  # written last: a folder with an index is a whole one
        part.write_text(json.dumps({"shapes": shapes, **rest()}))


def decoded(
    photos: Sequence[PhotoFile],
    broken: dict[str, str],
    cut: Callable[[int, np.ndarray], Cut],
    progress: Callable[[int, int], None],
) -> Iterator[Cut | None]:
    """`cut(place, pixels)` of every photo in their order, decoded and cut by threads; None for a photo that cannot be
    read, which is noted in `broken`."""

    def read(place: int) -> Cut | ImageError:
        try:
            return cut(place, photos[place].read())
        except ImageError as error:
            return error

    with closing(ahead(read, 0, len(photos), THREADS)) as contents:
        for place, content in enumerate(contents):
            if isinstance(content, ImageError):
                broken[file_of(photos[place])] = str(content)
                yield None
            else:
                yield content
            done = place + 1
            if done % TOLD == 0 or done == len(photos):
                progress(done, len(photos))


def file_of(photo: PhotoFile) -> str:
    """The file, or the archive and the member, for messages."""
    return str(photo.path / (photo.member or ""))


def fingerprint(photos: Sequence[PhotoFile], *more: bytes) -> str:
    """Changes with the list of photos, with their files, and with whatever else decides what is kept."""
    digest = hashlib.sha256()
    files: dict[Path, str] = {}
    for photo in photos:
        if photo.path not in files:
            facts = photo.path.stat() if photo.path.exists() else None
            files[photo.path] = f"{facts.st_size} {facts.st_mtime_ns}" if facts else "missing"
        digest.update(f"{photo.path} {photo.member} {files[photo.path]}\n".encode())
    for values in more:
        digest.update(values)
    return digest.hexdigest()[:16]
