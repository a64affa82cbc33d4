"""Photos decoded once and for all: one flat file of pixels that the operating system keeps in memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from hrnet.data.pose_set import PhotoFile
from hrnet.image import ImageError

IN_FLIGHT = 64  # photos decoded ahead of the file; bounds the memory


class PhotoCache:
    """The pixels of many photos in one file, read through a memory map: no decoding while training.

    Photos that could not be read are in `broken` (file -> reason) and are None when asked for.

    Raises:
        ValueError: the folder does not hold a whole cache.
    """

    def __init__(self, folder: Path) -> None:
        index = json.loads((folder / "index.json").read_text())
        self.shapes: list[tuple[int, int] | None] = [tuple(shape) if shape else None for shape in index["shapes"]]
        self.broken: dict[str, str] = index["broken"]
        sizes = [shape[0] * shape[1] * 3 if shape else 0 for shape in self.shapes]
        self._offsets = np.concatenate([[0], np.cumsum(sizes)])
        if (folder / "pixels.u8").stat().st_size != self._offsets[-1]:
            raise ValueError(f"{folder} is not a whole cache; delete it")
        self._pixels = np.memmap(folder / "pixels.u8", np.uint8, "r") if self._offsets[-1] else np.empty(0, np.uint8)

    def __len__(self) -> int:
        return len(self.shapes)

    def photo(self, place: int) -> np.ndarray | None:
        """uint8 (H, W, 3), a view that must not be written to; None if the photo was broken."""
        shape = self.shapes[place]
        if shape is None:
            return None
        return self._pixels[self._offsets[place] : self._offsets[place + 1]].reshape(*shape, 3)

    def must_be_whole(self) -> None:
        """Figures are measured on all photos of a set or not at all.

        Raises:
            ValueError: a photo is broken; the message names the first.
        """
        for file, reason in self.broken.items():
            raise ValueError(
                f"{len(self.broken)} photos to be judged on cannot be read, first {file} ({reason}); "
                "restore them, or take them out of the set"
            )

    @classmethod
    def of(
        cls,
        photos: Sequence[PhotoFile],
        folder: Path,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> PhotoCache:
        """Open the cache of exactly these photos under `folder`, and make it first if it is not there.

        Args:
            progress: called with (photos done, photos in all) while the cache is made.
        """
        home = folder / _fingerprint(photos)
        try:
            return cls(home)
        except (OSError, ValueError, KeyError):  # there is none yet, or a machine that lost power left a part of one
            _build(photos, home, progress)
        return cls(home)


def _fingerprint(photos: Sequence[PhotoFile]) -> str:
    """Changes with the list of photos and with their files."""
    digest = hashlib.sha256()
    files: dict[Path, str] = {}
    for photo in photos:
        if photo.path not in files:
            facts = photo.path.stat() if photo.path.exists() else None
            files[photo.path] = f"{facts.st_size} {facts.st_mtime_ns}" if facts else "missing"
        digest.update(f"{photo.path} {photo.member} {files[photo.path]}\n".encode())
    return digest.hexdigest()[:16]


def _build(photos: Sequence[PhotoFile], home: Path, progress: Callable[[int, int], None]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    shapes: list[tuple[int, int] | None] = []
    broken: dict[str, str] = {}
    unfinished = home / f"pixels.{os.getpid()}"
    try:
        with unfinished.open("wb") as out, ThreadPoolExecutor() as pool:
            for start in range(0, len(photos), IN_FLIGHT):
                some = photos[start : start + IN_FLIGHT]
                for photo, content in zip(some, pool.map(_read, some), strict=True):
                    if isinstance(content, ImageError):
                        broken[str(photo.path / (photo.member or ""))] = str(content)
                        shapes.append(None)
                    else:
                        out.write(content.tobytes())
                        shapes.append(content.shape[:2])
                progress(len(shapes), len(photos))
        os.replace(unfinished, home / "pixels.u8")
    finally:
        unfinished.unlink(missing_ok=True)
    partial = home / f"index.{os.getpid()}"  # written last: a cache with an index is a whole one
    partial.write_text(json.dumps({"shapes": shapes, "broken": broken}))
    os.replace(partial, home / "index.json")


def _read(photo: PhotoFile) -> np.ndarray | ImageError:
    try:
        return photo.read()
    except ImageError as error:
        return error
