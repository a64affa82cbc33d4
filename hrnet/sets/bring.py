"""Bring files of any kind that is known here into a set: labels with their pictures, bare pictures, frames of videos.

What it is is recognized (`hrnet.data.read`), not asked. Nothing is written outside of the folder of the set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np

from hrnet.data.boxes import made_box
from hrnet.data.importers.frames import FRAMES
from hrnet.data.importers.pictures import UNNAMED
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.splits import SPLIT, plain
from hrnet.geometry import Size
from hrnet.image.limits import one_line
from hrnet.sets.errors import SetError, not_kept
from hrnet.sets.joints import matched, some
from hrnet.sets.label_set import LabelSet
from hrnet.sets.looking import MISSING, Look, looks
from hrnet.sets.reading import read
from hrnet.sets.staging import Staged, staged, without_folders, workplace
from hrnet.sets.store import Sets
from hrnet.sets.things import New, Picture, Thing
from hrnet.skeleton import Skeleton

Progress = Callable[[int, int], None]  # (pictures done, pictures in all); to stop, raise

ALIKE = 0.01  # pixels: a box in a file that was rounded is still the one that its joints make


@dataclass(frozen=True)
class Brought:
    """What came of it.

    added: how many pictures. ids: theirs. things: how many labeled things came with them, or for pictures that were
        here before.
    duplicates: names of pictures that are in the set already, or came twice: the first stays, or the labeled one.
    skipped: pictures that cannot be used, one line each.
    remarks: what else is worth to be known, one line each.
    format: what the files are, such as "COCO", "DeepLabCut", "pictures", "video".
    """

    added: int
    ids: tuple[int, ...]
    things: int
    duplicates: tuple[str, ...]
    skipped: tuple[str, ...]
    remarks: tuple[str, ...]
    format: str


def nothing(done: int, total: int) -> None:
    """The progress that nobody looks at."""


def new(
    sets: Sets,
    paths: Path | Sequence[Path],
    name: str = "",
    *,
    shared: bool = False,
    frames: int = FRAMES,
    progress: Progress = nothing,
) -> tuple[LabelSet, Brought]:
    """Make a set from what was brought.

    Args:
        paths: one or several of: a zip, a folder, files of labels, pictures, videos.
        name: of the set; that of the first file where it is empty.
        frames: how many are taken of each video.
    Raises:
        SetError: nothing of it can be used; then there is no set.
    """
    paths = _listed(paths)
    with sets.making(name or (paths[0].stem[:40] if paths else "set"), UNNAMED, shared=shared) as made:
        brought = bring(made, paths, progress, frames=frames)
        if not brought.added:
            missing = any(line.endswith(MISSING) for line in brought.skipped)
            hint = ("bring the pictures together with their labels",) if missing else ()
            raise SetError("; ".join(("there is no picture that can be used", *brought.skipped[:2], *hint)))
    return sets.open(made.token), brought


def bring(
    one: LabelSet, paths: Path | Sequence[Path], progress: Progress = nothing, *, frames: int = FRAMES
) -> Brought:
    """Add what is in files to a set: all of it, or nothing where that fails.

    Labels are matched by the names of their joints. A set without any labels whose joints nobody has named takes the
    skeleton of the files. Labels of a picture that the set has already are taken where it has none there; labels may
    also come after their pictures, and find them by their names.

    Args: as of `new`.
    Raises:
        SetError: it is nothing that is known here, of another skeleton, refused, or the disk does not take it.
    """
    with workplace(one.folder) as work:
        try:
            stage = staged(_listed(paths), work)
            found = read(stage, work, frames)
            old = one.skeleton
            skeleton, order, remarks = _skeletons(one, old, found.poses)
            chosen = _Chosen(one, stage)
            total = len(found.poses.photos)
            for done, look in enumerate(looks(found.poses.photos, work)):
                chosen.take(found.poses, done, look, order)
                progress(done + 1, total)
            added, known, labeled = one.add(list(chosen.pictures.values()), chosen.labels, old, skeleton)
            if not one.format:
                one.tell(format=found.format)
        except ValueError as error:  # of the readers and the unpacker, too: one line each
            raise SetError(without_folders(str(error), work)) from error
        except OSError as error:
            raise not_kept("nothing was brought", error) from error
    kept = [things for id, things in chosen.labels.items() if id in labeled]
    remarks += chosen.remarks(labeled)
    return Brought(
        added=len(added),
        ids=tuple(added),
        things=sum(len(picture.things) for picture in added.values()) + sum(map(len, kept)),
        duplicates=(*chosen.duplicates, *(one_line(picture.name) for picture in known)),
        skipped=tuple(chosen.skipped),
        remarks=tuple(one_line(without_folders(line, work)) for line in (*stage.told, *found.remarks, *remarks)),
        format=found.format,
    )


def _listed(paths: Path | str | Sequence[Path | str]) -> list[Path]:
    return [Path(paths)] if isinstance(paths, Path | str) else [Path(path) for path in paths]


def _skeletons(one: LabelSet, own: Skeleton, poses: PoseSet) -> tuple[Skeleton, list[int | None], list[str]]:
    """The joints of the set from now on, where each of them is in the files, and what to tell.

    Raises:
        SetError: the labels are of another skeleton.
    """
    other = poses.skeleton
    bare = other == UNNAMED and not poses.samples
    if own == UNNAMED and not one.labeled:
        own = other
    if bare or own.joints == other.joints:
        return own, list(range(len(own))), []
    order = matched(own, other)
    remarks = []
    if unknown := [joint for place, joint in enumerate(other.joints) if place not in order]:
        remarks.append(f"joints that this set does not have were left out: {some(unknown)}")
    if missing := [joint for joint, place in zip(own.joints, order, strict=True) if place is None]:
        remarks.append(f"joints that the files do not have are not labeled: {some(missing)}")
    return own, order, remarks


@dataclass
class _Chosen:
    """Which of the pictures are new, and whose labels are taken.

    pictures: new ones by their digests. labels: things for pictures of the set, by their ids.
    """

    one: LabelSet
    stage: Staged
    pictures: dict[str, New] = field(default_factory=dict)
    labels: dict[int, tuple[Thing, ...]] = field(default_factory=dict)
    duplicates: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    resized: list[str] = field(default_factory=list)
    twice: int = 0  # copies of a labeled picture that have labels, too

    def __post_init__(self) -> None:
        self._known = {picture.digest: picture.id for picture in self.one.pictures.values()}
        self._named: dict[str, list[Picture]] = defaultdict(list)
        for picture in self.one.pictures.values():
            self._named[PurePosixPath(picture.name).name].append(picture)

    def take(self, poses: PoseSet, place: int, look: Look, order: list[int | None]) -> None:
        """Decide about one picture and its labels."""
        photo = poses.photos[place]
        name = self._name(photo)
        people = [poses.samples[sample] for sample in poses.by_photo[place]]
        things = tuple(_thing(person, order, photo.size or look.size) for person in people)
        if look.wrong == MISSING and things and (here := self._here(photo)) is not None:
            self.labels[here] = things
        elif look.wrong:
            self.skipped.append(f"{one_line(name)}: {look.wrong}")
        elif look.digest in self._known:
            self.duplicates.append(one_line(name))
            if things:
                self.labels[self._known[look.digest]] = things
        else:
            if photo.size and photo.size != look.size:
                self.resized.append(one_line(name))
            self._new(
                New(
                    file=look.file,
                    name=name,
                    width=look.size[1],
                    height=look.size[0],
                    digest=look.digest,
                    split=_split(photo.split),
                    source=photo.source,
                    complete=photo.complete,
                    crowding=photo.crowding,
                    things=things,
                )
            )

    def _new(self, picture: New) -> None:
        first = self.pictures.setdefault(picture.digest, picture)
        if first is picture:
            return
        if picture.things and not first.things:
            self.pictures[picture.digest], picture = picture, first
        self.duplicates.append(one_line(picture.name))
        self.twice += bool(picture.things)

    def _name(self, photo: PhotoFile) -> str:
        """As it was brought, with its folders."""
        if photo.member:
            return photo.member
        for root in self.stage.roots:
            if photo.path.is_relative_to(root):
                return photo.path.relative_to(root).as_posix()
        return photo.path.name  # out of a video, or of a file of labels

    def _here(self, photo: PhotoFile) -> int | None:
        """The picture that came earlier, alone, under this name: the only one that may be of this video and size."""
        fitting = [
            picture.id
            for picture in self._named.get(photo.path.name, ())
            if photo.size in (None, picture.size) and (not picture.source or photo.source in ("", picture.source))
        ]
        return fitting[0] if len(fitting) == 1 else None

    def remarks(self, labeled: Sequence[int]) -> list[str]:
        lines = []
        if labeled:
            lines.append(f"{len(labeled)} x labels for a picture that was here already: they were taken")
        if left := len(self.labels) - len(labeled):
            lines.append(f"{left} x labels for a picture that has labels here already: those of the file were left out")
        if self.twice:
            lines.append(f"{self.twice} x copy of a picture, labeled once more: the labels of the first were taken")
        if self.resized:
            lines.append(
                f"{len(self.resized)} x picture whose size is not that of its labels, for example {self.resized[0]}: "
                "look whether they fit"
            )
        return lines


def _split(name: str) -> str:
    """One name for train2017 and training, and for valid and val."""
    found = SPLIT.fullmatch(name)
    return plain(found) if found else name


def _thing(person: LabeledPerson, order: list[int | None], size: Size) -> Thing:
    """Of the size (height, width) that the labels, or else the picture, tell."""
    joints = person.keypoints[person.keypoints[:, 2] > 0]
    made = len(joints) > 0 and np.allclose(made_box(joints, size).xywh, person.box.xywh, atol=ALIKE, rtol=0)
    given = person.area is not None and abs(person.area - person.box.area) > ALIKE * max(person.box.w, person.box.h)
    thing = Thing(
        person.keypoints,
        box=person.box,
        made=made,
        by="file",
        confidence=person.confidence,
        ignore=person.ignore,
        area=person.area if given else None,
        head=person.head,
        crowd=person.crowd,
        uncut=person.uncut,
    )
    return thing.carried(order)
