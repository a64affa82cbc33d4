"""What every reader of labels fills: photos by their files and people with named joints, until it is a PoseSet."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hrnet.data.boxes import MARGIN, made_box
from hrnet.data.importers.folder import Folder, is_absolute, parts_of, subject_of
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.problems import LARGEST, MAX_JOINTS, Problems
from hrnet.geometry import Box, Size
from hrnet.skeleton import SKELETONS, Skeleton

SURE = 1_000  # folders that agree, where the path itself is known
HIDDEN, SEEN = 1, 2  # visibility of a labeled joint, as in COCO


@dataclass(frozen=True)
class Point:
    """A labeled joint in photo pixels; not labeled where x or y is NaN.

    confidence: from 0 to 1.
    """

    x: float
    y: float
    visibility: int = SEEN
    confidence: float = 1.0


@dataclass(frozen=True)
class _Person:
    photo: int
    joints: Mapping[str, Point]
    box: Box | None


class Collected:
    """Photos and people of a set while it is read.

    problems: what was wrong and left out or repaired. remarks: what is worth to be known, and nothing wrong.
    """

    def __init__(self, folder: Folder) -> None:
        self.folder, self.problems, self.remarks = folder, Problems(), Problems()
        self._photos: list[PhotoFile] = []
        self._places: dict[Path | tuple[str, ...], int] = {}  # by the path, or the name in the labels
        self._shared: list[int] = []  # of each photo: how many folders of its name agree with its path
        self._people: list[_Person] = []

    def photo(
        self,
        name: str | Path,
        *,
        near: Path | None = None,
        size: Size | None = None,
        split: str = "",
        source: str = "",
        complete: bool = True,
    ) -> int:
        """The place of a photo, which may have been named before.

        Args:
            name: as the labels tell it, or the path where it is known.
            near: the file with the labels.
            source: the video or the subject that it shows: what must not be in two splits at once.
            complete: every person in it is labeled.
        """
        key = name if isinstance(name, Path) else parts_of(name)
        if key not in self._places:
            path, shared = (name, SURE) if isinstance(name, Path) else self._found(name, near)
            self._places[key] = len(self._photos)
            size = size or self.folder.size(path)
            self._photos.append(PhotoFile(len(self._photos) + 1, path, None, size, source, split, complete))
            self._shared.append(shared)
        return self._places[key]

    def _found(self, name: str, near: Path | None) -> tuple[Path, int]:
        """The path of a photo, and of how many folders the names agree."""
        found = self.folder.match(name, near)
        if found is None:
            return self.folder.missing(name), SURE
        if found.rivals:
            self.problems.add("name that several pictures have: one was taken, look at it", name)
        elif found.shared == 1 < len(parts_of(name)) and not is_absolute(name):
            self.remarks.add("picture found by its name alone, in another folder than the labels say", name)
        return found.path, found.shared

    def _one_name_each(self) -> None:
        """Two names in the labels that lead to one file are two pictures, of which one is missing here."""
        best: dict[Path, int] = {}
        for place, photo in enumerate(self._photos):
            first = best.setdefault(photo.path, place)
            if first == place:
                continue
            loser = place if self._shared[place] <= self._shared[first] else first
            best[photo.path] = first + place - loser
            name = next(key for key, at in self._places.items() if at == loser)
            path = self.folder.photos.joinpath(*(name if isinstance(name, tuple) else name.parts[-2:]))
            self.problems.add("picture that is missing, and of whose name another is there", path.name)
            if path == photo.path:
                path = path.with_name(f"{path.name}.missing")
            self._photos[loser] = replace(self._photos[loser], path=path)

    def size(self, photo: int) -> Size | None:
        return self._photos[photo].size

    def name(self, photo: int) -> str:
        return self._photos[photo].name

    def person(self, photo: int, joints: Mapping[str, Point], box: Box | None = None) -> None:
        """One person, with the joints that are labeled; who has neither joints nor a box is nobody."""
        labeled = {}
        for joint, point in joints.items():
            if point.visibility == 0 or (math.isnan(point.x) and math.isnan(point.y)):
                continue
            if abs(point.x) <= LARGEST and abs(point.y) <= LARGEST:  # neither is NaN
                labeled[joint] = point
            else:
                self.problems.add("joint with a coordinate that is no number", f"{joint} in {self.name(photo)}")
        if labeled or box:
            self._people.append(_Person(photo, labeled, box))

    def unlisted(self) -> None:
        """Pictures that lie beside listed ones and that no label names: still to be labeled."""
        listed = {photo.path for photo in self._photos}
        folders = {path.parent for path in listed}
        for path in self.folder.pictures:
            if path.parent in folders and path not in listed:
                self.remarks.add("picture without labels", path.name)
                self.photo(path, complete=False)

    def seen_joints(self) -> list[str]:
        """The joints that occur, in the order of their first appearance."""
        return list(dict.fromkeys(joint for person in self._people for joint in person.joints))

    def poses(
        self,
        joints: Iterable[str] = (),
        *,
        name: str = "",
        limbs: Iterable[Sequence[str]] = (),
        flip_pairs: Iterable[tuple[str, str]] | None = None,
    ) -> PoseSet:
        """The set.

        Args:
            joints: in their order; those that only occur in labels come behind.
            limbs, flip_pairs: by the names of joints, in any order. Where there are no pairs the names tell them.
        Raises:
            ValueError: there is no joint at all, or no photo.
        """
        joints = list(dict.fromkeys([*joints, *self.seen_joints()]))
        if not joints:
            seen = "".join(f"; {line}" for line in self.problems.lines()[:1])
            raise ValueError(f"there is not one joint in these labels; label some, or give the pictures alone{seen}")
        if len(joints) > MAX_JOINTS:
            some = ", ".join(joints[:3])
            raise ValueError(
                f"{len(joints):,} names of joints ({some} ...): that is something else; {MAX_JOINTS} are taken"
            )
        skeleton = self._skeleton(joints, name, limbs, flip_pairs)
        crowds = Counter(person.photo for person in self._people)
        samples = [
            self._sample(key, person, skeleton, alone=crowds[person.photo] == 1)
            for key, person in enumerate(self._people, start=1)
        ]
        self._one_name_each()
        self._tell_missing()
        photos = with_sources(self._photos, self.folder)
        return PoseSet(skeleton, photos, tuple(samples), self.problems.lines(), self.remarks.lines())

    def _skeleton(
        self,
        joints: list[str],
        name: str,
        limbs: Iterable[Sequence[str]],
        flip_pairs: Iterable[tuple[str, str]] | None,
    ) -> Skeleton:
        if known := next((one for one in SKELETONS.values() if list(one.joints) == joints), None):
            return known
        places = {joint: place for place, joint in enumerate(joints)}
        lines: dict[tuple[int, int], None] = {}
        for limb in limbs:
            if len(limb) == 2 and limb[0] in places and limb[1] in places and limb[0] != limb[1]:
                lines[places[limb[0]], places[limb[1]]] = None
            else:
                self.problems.add("line of the skeleton to a joint that does not exist", list(limb))
        skeleton = Skeleton.of(joints, name=name or "custom", limbs=list(lines))
        if flip_pairs is None:
            return skeleton
        pairs = {frozenset((places[one], places[other])) for one, other in flip_pairs}
        sides = {frozenset(pair): pair for pair in skeleton.flip_pairs}  # by the names: which of them is the left one
        return replace(
            skeleton, flip_pairs=tuple(sides.get(pair, tuple(sorted(pair))) for pair in sorted(pairs, key=min))
        )

    def _sample(self, key: int, person: _Person, skeleton: Skeleton, alone: bool) -> LabeledPerson:
        keypoints = np.zeros((len(skeleton), 3), np.float32)
        confidence = np.zeros(len(skeleton), np.float32)
        for joint, point in person.joints.items():
            place = skeleton.index(joint)
            keypoints[place] = point.x, point.y, point.visibility
            confidence[place] = min(max(point.confidence, 0.0), 1.0) if point.visibility else 0
        box = person.box
        if box is None:
            size = self._photos[person.photo].size
            if len(skeleton) == 1 and alone and size:  # one joint tells nothing of how large its owner is
                box = Box(0, 0, size[1], size[0])
                what = "person of one joint without a box: the whole picture was taken"
            else:
                box = made_box(keypoints[keypoints[:, 2] > 0], size)
                what = f"person without a box: made from the joints with a margin of {MARGIN:.0%} of the longer side"
            self.remarks.add(what, self.name(person.photo))
        return LabeledPerson(key, person.photo, box, keypoints, confidence)

    def _tell_missing(self) -> None:
        """One line if there is not a single photo; where some are missing, `hrnet.data.check` lists them."""
        if self._photos and not any(photo.path.is_file() for photo in self._photos):
            what = f"photo not found below {self.folder.photos}: put it there or say where it is (photos=, --photos)"
            for photo in self._photos:
                self.problems.add(what, photo.name)


def with_sources(photos: Sequence[PhotoFile], folder: Folder) -> tuple[PhotoFile, ...]:
    """Photos without a source get that of their folder, where there are several: so people sort videos and subjects."""
    sources = [photo.source or subject_of(photo.path, folder.photos) for photo in photos]
    if len(set(sources)) < 2:
        return tuple(photos)
    return tuple(replace(photo, source=source) for photo, source in zip(photos, sources, strict=True))


def different(names: Iterable[str], problems: Problems) -> list[str]:
    """Names of joints, each of them once: what repeats gets a number."""
    kept: list[str] = []
    for name in names:
        new, number = name, 2
        while new in kept:
            new, number = f"{name}_{number}", number + 1
        if new != name:
            problems.add("name of a joint that appears twice", f"{name}, now {new}")
        kept.append(new)
    return kept
