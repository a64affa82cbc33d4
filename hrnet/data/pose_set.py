"""A labeled set, whatever it was stored as: photos, and persons with keypoints in them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from hrnet import image
from hrnet.geometry import Box
from hrnet.skeleton import Skeleton


@lru_cache(maxsize=32)
def _archive(path: Path, changed: int) -> zipfile.ZipFile:
    # Kept open: reading the index of a large archive again costs more than a photo. An archive that was written again
    # (`changed`, its time in nanoseconds) is opened again.
    return zipfile.ZipFile(path)


@dataclass(frozen=True)
class PhotoFile:
    """Where one photo lies: a file, or a member of a zip archive."""

    id: int
    path: Path
    member: str | None = None  # the name inside the archive `path`
    size: tuple[int, int] | None = None  # (height, width) as the labels state it
    source: str = ""  # where it is from: a set, a video, a subject
    split: str = ""
    complete: bool = True  # every person in it is listed; where not, what is unlisted is not background
    crowding: float | None = None  # CrowdPose's crowdIndex, 0 nobody near another to 1
    called: str = ""  # what it was called before it was kept under another name

    @property
    def name(self) -> str:
        return self.called or self.member or self.path.name

    def read(self) -> np.ndarray:
        """The photo, uint8 (H, W, 3).

        Raises:
            hrnet.image.ImageError: the file is missing or is no picture.
        """
        return image.read(self.path if self.member is None else self.content())

    def content(self, count: int = -1) -> bytes:
        """The first `count` bytes of the file, or all.

        Raises:
            hrnet.image.ImageError: the file cannot be read.
        """
        try:
            if self.member is None:
                with self.path.open("rb") as file:
                    return file.read(count)
            archive = _archive(self.path, self.path.stat().st_mtime_ns)
            if count < 0:
                return archive.read(self.member)
            with archive.open(self.member) as file:
                return file.read(count)
        except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            # RuntimeError: the member is encrypted, or packed in a way that Python cannot unpack
            reason = getattr(error, "strerror", None) or (error.args[0] if error.args else type(error).__name__)
            what = f"{self.path.name} does not give {self.member}" if self.member else f"cannot read {self.path.name}"
            raise image.ImageError(f"{what}: {reason}") from error


@dataclass(frozen=True, eq=False)
class LabeledPerson:
    """One person (or animal, or thing with joints) of a set.

    keypoints: float32 (K, 3): x, y in photo pixels and visibility 0 unlabeled, 1 occluded, 2 visible.
    confidence: float32 (K,) from 0 to 1: how far each label can be trusted; 0 where there is none.
    ignore: neither a target nor background (crowds, doubtful detections).
    head: MPII's head box, the unit of PCKh.
    uncut: the box was not drawn around the person but made from a center and a size (MPII): it may reach out of the
        photo and is taken as it is.
    """

    id: int
    photo: int  # place in PoseSet.photos
    box: Box
    keypoints: np.ndarray
    confidence: np.ndarray
    ignore: bool = False
    crowd: bool = False
    area: float | None = None
    head: Box | None = None
    uncut: bool = False

    @property
    def labeled(self) -> int:
        """How many joints carry a label."""
        return int((self.keypoints[:, 2] > 0).sum())


@dataclass(frozen=True, eq=False)
class PoseSet:
    """Photos and the persons in them. `problems` are one line each: what was found wrong while reading; `remarks` are
    worth to be known, and nothing wrong (boxes that were made from joints, names that were made up)."""

    skeleton: Skeleton
    photos: tuple[PhotoFile, ...]
    samples: tuple[LabeledPerson, ...]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def joints(self) -> tuple[str, ...]:
        return self.skeleton.joints

    @cached_property
    def by_photo(self) -> tuple[tuple[int, ...], ...]:
        """The places in `samples` of the persons in each photo."""
        lists: list[list[int]] = [[] for _ in self.photos]
        for place, person in enumerate(self.samples):
            lists[person.photo].append(place)
        return tuple(tuple(places) for places in lists)

    def only(self, keep: Callable[[PhotoFile], bool]) -> PoseSet:
        """The part of the set whose photos `keep` approves of."""
        places = [i for i, photo in enumerate(self.photos) if keep(photo)]
        renumber = {old: new for new, old in enumerate(places)}
        samples = tuple(replace(s, photo=renumber[s.photo]) for s in self.samples if s.photo in renumber)
        return replace(self, photos=tuple(self.photos[i] for i in places), samples=samples)

    def split(self, name: str) -> PoseSet:
        """The part that the labels assign to one split.

        Raises:
            ValueError: there is no such split; the message names those that exist.
        """
        known = sorted({photo.split for photo in self.photos} - {""})
        if name not in known:
            raise ValueError(f"there is no split {name!r} in this set; it has {', '.join(known) or 'none'}")
        return self.only(lambda photo: photo.split == name)
