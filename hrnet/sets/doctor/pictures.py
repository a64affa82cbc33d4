"""What the doctor sees in the pictures themselves: missing and broken ones, the same and nearly the same ones."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.geometry import Size
from hrnet.image import ImageError
from hrnet.sets.doctor.finding import Finding, Spot

THUMB = 32  # pixels of each side of the gray picture that is compared
# Gray levels, root mean square. The same picture, encoded again at quality 50, differs by .7, at half its size by 2.2;
# two frames of a video with a still camera by 2.4 and more (measured on four small sets).
SAME_LOOK = 2.3
ALIKE = 15.0  # nearer than this the joints decide: frames of a still camera are all alike, be its subject where it may
ALIKE_JOINTS = 0.04  # of the subject's longer side, on average: two pixels of a heatmap that is 64 high
MOST_COMPARED = 8000  # pictures; each is compared with each
BLOCK = 512  # pictures, or pairs of them, that are compared at a time
THREADS = 4
AT_ONCE = 16  # pictures between two calls of `progress`
REMEMBERED = 20_000  # looks: some 30 MB


@dataclass(frozen=True, eq=False)
class Look:
    """One look at a picture. complaint: "missing" or "broken", with the reason; else its size, gray uint8
    (THUMB, THUMB) and the SHA-256 of its pixels."""

    complaint: str = ""
    reason: str = ""
    size: Size | None = None
    gray: np.ndarray | None = None
    digest: bytes = b""


def looks(photos: Sequence[PhotoFile], progress: Callable[[float], None] = lambda share: None) -> list[Look]:
    """A look at each picture, decoded whole; a file that did not change since is not read again.

    Args:
        progress: hears the share that is done; what it raises ends the work.
    """
    seen: list[Look] = []
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(photos), AT_ONCE):
            seen += pool.map(look, photos[start : start + AT_ONCE])
            progress(len(seen) / len(photos))
    return seen


def look(photo: PhotoFile) -> Look:
    try:
        state = photo.path.stat()
    except OSError:
        return Look("missing")
    return _look(photo.path, photo.member, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=REMEMBERED)
def _look(path: Path, member: str | None, changed: int, length: int) -> Look:
    photo = PhotoFile(0, path, member)
    try:
        pixels = photo.read()
    except ImageError as error:
        return Look("broken", str(error))
    # Of the pixels: a copy in another file format, or with another comment in it, is a copy.
    digest = hashlib.sha256(f"{pixels.shape}".encode() + pixels.tobytes()).digest()
    gray = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    return Look(size=pixels.shape[:2], gray=gray, digest=digest)


def unusable(poses: PoseSet, seen: Sequence[Look]) -> list[Finding]:
    """Pictures that are missing, broken, or not of the size that their labels were made for."""
    found = []
    for place, (photo, one) in enumerate(zip(poses.photos, seen, strict=True)):
        spots, values = (Spot(place),), {"picture": photo.name}
        if one.complaint:
            found.append(Finding(one.complaint, spots, (), values | {"reason": one.reason}))
        elif photo.size and photo.size != one.size:
            sizes = {"size": _size(one.size), "stated": _size(photo.size)}
            found.append(Finding("resized", spots, (), values | sizes))
    return found


def repeated(poses: PoseSet, seen: Sequence[Look]) -> list[Finding]:
    """Pictures that are there twice, or nearly; those in two splits are told as such, and no picture more than once."""
    found = []
    told: set[int] = set()
    labels = [sum(poses.samples[thing].labeled for thing in things) for things in poses.by_photo]
    for one, other, same in pairs(poses, seen):
        splits = poses.photos[one].split, poses.photos[other].split
        apart = splits[0] != splits[1] and "" not in splits

        def worth(place: int, apart: bool = apart) -> tuple[bool, int, int]:
            return apart and poses.photos[place].split != "train", labels[place], -place

        # What the set can spare comes first: what is learned from rather than what is tested with, the one with fewer
        # labels, the later one.
        first, second = sorted((one, other), key=worth)
        if first in told or (second in told and same and not apart):
            continue
        told.add(first)
        kind = ("copy" if same else "similar") + ("_across" if apart else "")
        a, b = poses.photos[first], poses.photos[second]
        values = {"picture": a.name, "other": b.name, "split": a.split, "others": b.split}
        found.append(Finding(kind, (Spot(first), Spot(second)), (), values))
    return found


def pairs(poses: PoseSet, seen: Sequence[Look]) -> list[tuple[int, int, bool]]:
    """(place, place, whether their pixels are the same) of pictures that are the same or nearly so; copies first."""
    copies = [(*pair, True) for pair in copied(seen)]
    later = {place for _, place, _ in copies}
    kept = [place for place, one in enumerate(seen) if one.digest and place not in later]
    if not 2 <= len(kept) <= MOST_COMPARED:
        return copies
    gray = np.stack([seen[place].gray.ravel() for place in kept]).astype(np.float32)
    squares = np.einsum("ij,ij->i", gray, gray)
    joints = _Joints(poses)
    near = []
    for row in range(0, len(kept) - 1, BLOCK):
        block = slice(row, row + BLOCK)
        apart = (squares[block, None] + squares - 2 * gray[block] @ gray.T) / THUMB**2
        apart[np.tri(len(apart), len(kept), row, dtype=bool)] = np.inf  # each pair once
        one, other = np.nonzero(apart < ALIKE**2)
        some, others = np.array(kept)[row + one], np.array(kept)[other]
        same = (apart[one, other] < SAME_LOOK**2) | joints.same(some, others)
        near += [(a, b, False) for a, b in zip(some[same].tolist(), others[same].tolist(), strict=True)]
    return copies + near


def copied(seen: Sequence[Look]) -> list[tuple[int, int]]:
    """(first place, later place) of pictures with the same pixels."""
    first: dict[bytes, int] = {}
    known = [(first.setdefault(one.digest, place), place) for place, one in enumerate(seen) if one.digest]
    return [pair for pair in known if pair[0] != pair[1]]


class _Joints:
    """Where the things of each picture are, for comparing many pairs of pictures."""

    def __init__(self, poses: PoseSet) -> None:
        self.things = [[poses.samples[place].keypoints for place in places] for places in poses.by_photo]
        self.counts = np.array([len(some) for some in self.things])
        empty = np.zeros((len(poses.joints), 3), np.float32)
        self.first = np.stack([some[0] if some else empty for some in self.things])  # (pictures, K, 3)

    def same(self, some: np.ndarray, others: np.ndarray) -> np.ndarray:
        """(M,) whether two pictures show things of the same number in the same places."""
        result = np.zeros(len(some), bool)
        equal = self.counts[some] == self.counts[others]
        alone = np.flatnonzero(equal & (self.counts[some] == 1))
        for start in range(0, len(alone), BLOCK):
            part = alone[start : start + BLOCK]
            result[part] = _apart(self.first[some[part]], self.first[others[part]]) <= ALIKE_JOINTS
        for pair in np.flatnonzero(equal & (self.counts[some] > 1)):
            result[pair] = self._matched(self.things[some[pair]], np.stack(self.things[others[pair]]))
        return result

    @staticmethod
    def _matched(some: list[np.ndarray], others: np.ndarray) -> bool:
        """Whether each thing of one picture has one of its own in the other."""
        left = np.ones(len(others), bool)
        for keypoints in some:
            apart = np.where(left, _apart(np.broadcast_to(keypoints, others.shape), others), np.inf)
            if apart.min() > ALIKE_JOINTS:
                return False
            left[apart.argmin()] = False
        return True


def _apart(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(M,) how far the joints of two things are apart on average, in longer sides of the thing; inf with fewer than two
    in common.

    Args:
        some, others: (M, K, 3).
    """
    both = (some[..., 2] > 0) & (others[..., 2] > 0)
    points = np.where(both[..., None], some[..., :2], np.nan)
    usable = both.sum(axis=1) > 1
    points[~usable] = 0
    size = (np.nanmax(points, axis=1) - np.nanmin(points, axis=1)).max(axis=1)
    distances = np.where(both, np.linalg.norm(some[..., :2] - others[..., :2], axis=2), 0).sum(axis=1)
    usable &= size > 0
    return np.where(usable, distances / np.where(usable, both.sum(axis=1) * size, 1), np.inf)


def _size(size: Size) -> str:
    return f"{size[1]} x {size[0]}"
