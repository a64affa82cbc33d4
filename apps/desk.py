"""What all pages and visitors share: the model, the photos that were brought, the pictures and files that were made.

Everything a visitor brings or is given has a token that cannot be guessed and says nothing of them; who knows it may
have it. What nobody used for a while is removed.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import cv2
import numpy as np

from apps import examples
from apps.model import Model
from apps.uploads import read_named
from hrnet import image
from hrnet.image import ImageError

if TYPE_CHECKING:
    from hrnet.data import PoseSet
    from hrnet.sets import Sets

EXPIRED = 3600  # seconds after its last use after which a file is removed
MAX_FILES = 4_000_000_000  # bytes of all files together; the one that was longest not used goes first
LEFT_FREE = 1_000_000_000  # bytes of the disk that uploads leave to others
PICTURE_SECONDS = 1800  # after its last use a picture goes
MAX_PICTURES = 4000
MAX_PICTURE_BYTES = 256_000_000  # of all pictures together
MAX_PIXEL_BYTES = 256_000_000  # of decoded photos; one of 64 megapixels has 192 MB
LONGEST = 1600  # pixels of a photo's longer side where it is only looked at

LONGEST_SUFFIX = 11  # letters of "safetensors"
EXAMPLE = "example-"  # what a token of an example begins with; its name follows
TOKEN = re.compile(r"[\w-]{22}", re.ASCII)

T = TypeVar("T")


class Cancelled(Exception):
    """What `say` raises in a bench whose visitor left or pressed cancel: let it pass, and clean up in `finally`."""


class Kept(Generic[T]):
    """The latest things by name, up to some number, bytes and seconds since their last use. Threads may share it."""

    def __init__(self, most: int, most_bytes: int, seconds: float = float("inf")) -> None:
        self.most, self.most_bytes, self.seconds = most, most_bytes, seconds
        self._things: OrderedDict[str, tuple[float, int, T]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def put(self, name: str, thing: T, size: int) -> None:
        """Keep one of that many bytes; it stays even where it alone is above the limit."""
        with self._lock:
            self._drop(name)
            self._things[name] = (time.monotonic(), size, thing)
            self._bytes += size
            self._tidy()

    def get(self, name: str) -> T | None:
        with self._lock:
            self._tidy()
            if name not in self._things:
                return None
            _, size, thing = self._things.pop(name)
            self._things[name] = (time.monotonic(), size, thing)
            return thing

    def make_room(self, size: int) -> None:
        """Let go of what would have to go for one of that many bytes, before it is made."""
        with self._lock:
            while self._things and self._bytes + size > self.most_bytes:
                self._drop(next(iter(self._things)))

    def tidy(self) -> None:
        with self._lock:
            self._tidy()

    def _tidy(self) -> None:
        oldest = time.monotonic() - self.seconds
        while self._things and next(iter(self._things.values()))[0] < oldest:
            self._drop(next(iter(self._things)))
        while len(self._things) > 1 and (len(self._things) > self.most or self._bytes > self.most_bytes):
            self._drop(next(iter(self._things)))

    def _drop(self, name: str) -> None:
        _, size, _ = self._things.pop(name, (0, 0, None))
        self._bytes -= size


@dataclass(frozen=True)
class Picture:
    """A picture file in memory."""

    content: bytes
    kind: str  # "png" or "jpeg"


class Desk:
    """What benches work with.

    Args:
        folder: where files lie; it is the server's own, and removed with it.
        labeled: a set of photos with labels that the server was started with.
        alone: whether nobody but this machine's own user can be asking, so that all sets of theirs may be listed.
    """

    def __init__(self, model: Model, folder: Path, labeled: PoseSet | None = None, *, alone: bool = False) -> None:
        self.model, self.labeled, self.alone = model, labeled, alone
        self._folder = folder.resolve() / "desk"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._pictures: Kept[Picture] = Kept(MAX_PICTURES, MAX_PICTURE_BYTES, PICTURE_SECONDS)
        self._pixels: Kept[np.ndarray] = Kept(MAX_PICTURES, MAX_PIXEL_BYTES, PICTURE_SECONDS)
        self._one_at_a_time = threading.Lock()

    @cached_property
    def sets(self) -> Sets:
        """What visitors label, on disk: it outlives the server."""
        from hrnet.sets import Sets  # here: it brings all readers of labels along, which most pages have no use for

        return Sets()

    # ---- pictures -------------------------------------------------------------------------------------------------

    def picture(self, pixels: np.ndarray, kind: str = "png") -> str:
        """The address of a picture, uint8 (H, W, 3) RGB, as "png" (exact) or "jpeg"; it lives for PICTURE_SECONDS.

        Raises:
            ImageError: as `hrnet.image.encode`.
        """
        return self.hand_out(image.encode(pixels, kind), kind)

    def hand_out(self, content: bytes, kind: str) -> str:
        """The address of a picture that is a file already."""
        token = secrets.token_urlsafe(16)
        self._pictures.put(token, Picture(content, kind), len(content))
        return f"/pictures/{token}"

    def made(self, token: str) -> Picture | None:
        """A picture that was handed out; None where it is gone."""
        return self._pictures.get(token)

    # ---- photos ---------------------------------------------------------------------------------------------------

    def photo(self, token: object) -> np.ndarray:
        """The pixels of a photo, uint8 (H, W, 3) RGB, read-only and shared: the same array until it is forgotten.

        Args:
            token: of an upload, or "example-" and the name of an example.
        Raises:
            ImageError: there is none, or no longer; or it cannot be read. One line for the visitor.
        """
        path = self.file(token)
        with self._one_at_a_time:  # photos of 64 megapixels are not decoded side by side
            if (photo := self._pixels.get(str(token))) is not None:
                return photo
            self._pixels.make_room(path.stat().st_size)
            photo = read_named(path)
            photo.setflags(write=False)
            self._pixels.put(str(token), photo, photo.nbytes)
            return photo

    def look(self, token: object) -> Picture:
        """A photo for the page: upright, a JPEG, its longer side at most LONGEST. Raises ImageError as `photo`."""
        name = f"look/{token}"
        if (ready := self._pictures.get(name)) is None:
            ready = Picture(image.encode(shrunk(self.photo(token), LONGEST), "jpeg"), "jpeg")
            self._pictures.put(name, ready, len(ready.content))
        return ready

    # ---- files ----------------------------------------------------------------------------------------------------

    def place(self, name: str) -> tuple[str, Path]:
        """A token and a path where a file of that name may be written: an upload, or a result such as a clip.

        Its address is `address(token)`; the folder around it is the file's own.
        """
        token = secrets.token_urlsafe(16)
        path = self._folder / token / safe(name)
        path.parent.mkdir()
        return token, path

    def has_room(self, size: int) -> bool:
        """Whether a file of that many bytes may come; to make room, what was longest not used goes."""
        self.tidy(size)
        return shutil.disk_usage(self._folder).free > size + LEFT_FREE

    @staticmethod
    def address(token: str) -> str:
        """Where the browser gets a file: it can play a clip from there, or save it under its name."""
        return f"/files/{token}"

    def file(self, token: object) -> Path:
        """The file of a token, used now.

        Raises:
            ImageError: there is none, or no longer; one line for the visitor.
        """
        if isinstance(token, str) and token.startswith(EXAMPLE):
            return examples.path(token.removeprefix(EXAMPLE))
        if isinstance(token, str) and TOKEN.fullmatch(token):
            for path in (self._folder / token).glob("[!.]*"):
                os.utime(path.parent)
                return path
        raise ImageError("this file is no longer here; choose it again")

    def forget(self, token: str) -> None:
        """Remove a file that turned out to be of no use."""
        if TOKEN.fullmatch(token):
            shutil.rmtree(self._folder / token, ignore_errors=True)

    def tidy(self, coming: int = 0) -> None:
        """Remove what was not used for its time, and files above the limit; the server calls this now and then.

        Args:
            coming: bytes of a file for which there is to be room.
        """
        self._pictures.tidy()
        self._pixels.tidy()
        folders = []
        for folder in self._folder.iterdir():
            with suppress(FileNotFoundError):  # forgotten meanwhile
                states = [folder.stat(), *(path.stat() for path in folder.iterdir())]
                used = max(state.st_mtime for state in states)  # of a clip that is still written, this moment
                folders.append((used, sum(state.st_size for state in states[1:]), folder))
        total = coming
        for used, size, folder in sorted(folders, reverse=True):
            total += size
            if total > MAX_FILES or time.time() - used > EXPIRED:
                shutil.rmtree(folder, ignore_errors=True)


def shrunk(photo: np.ndarray, longest: int) -> np.ndarray:
    """The photo, uint8 (H, W, 3), its longer side at most so many pixels; itself where it has no more."""
    scale = longest / max(photo.shape[:2])
    if scale >= 1:
        return photo
    size = tuple(max(1, round(side * scale)) for side in photo.shape[1::-1])
    return cv2.resize(photo, size, interpolation=cv2.INTER_AREA)


def safe(name: str) -> str:
    """A visitor's name for a file without anything that a folder or a header could stumble over."""
    stem, dot, suffix = re.sub(r"[^\w. -]+", "_", os.path.basename(name.replace("\\", "/"))).strip(". ").rpartition(".")
    return f"{stem[:80]}{dot}{suffix[:LONGEST_SUFFIX]}".strip(". ") or "file"
