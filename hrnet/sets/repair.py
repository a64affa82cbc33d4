"""What repairs a finding of the doctor in a set, and what undoes it.

Every repair gives a list of changes, each of which knows how the picture was before; `undo` brings that back, unless
somebody has changed the picture meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hrnet.data.boxes import made_box
from hrnet.geometry import Size
from hrnet.sets.derive import pairs as derived_pairs
from hrnet.sets.errors import Conflict, SetError
from hrnet.sets.store import LabelSet
from hrnet.sets.things import Thing
from hrnet.skeleton import Pairs

BY = "doctor"  # who made the stroke, in the journal


@dataclass(frozen=True, eq=False)
class Change:
    """What was done to one picture. things: as they were before, with the revision that the change made; split: the
    one it had before; both None where the picture was taken out of the set."""

    picture: int
    revision: int = 0
    things: tuple[Thing, ...] | None = None
    split: str | None = None


@dataclass(frozen=True)
class Target:
    """What a repair is done to: a picture, maybe a thing of it by its place, and joints of that."""

    picture: int
    revision: int
    thing: int | None = None
    joints: tuple[int, ...] = ()


def swap(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """Left and right of the joints trade places; of all pairs where no joints are named."""
    pairs = derived_pairs(kept.skeleton).value  # those that the doctor went by

    def swapped(thing: Thing, joints: tuple[int, ...], size: Size) -> Thing:
        those: Pairs = tuple(pair for pair in pairs if not joints or set(pair) & set(joints))
        order = np.arange(len(thing.keypoints))
        for left, right in those:
            order[[left, right]] = right, left
        return _with(thing, thing.keypoints[order], thing.confidence[order])

    return _each(kept, targets, swapped)


def unlabel(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """The joints lose their labels."""

    def without(thing: Thing, joints: tuple[int, ...], size: Size) -> Thing:
        keypoints = thing.keypoints.copy()
        keypoints[list(joints)] = 0
        return _with(thing, keypoints, thing.confidence)

    return _each(kept, targets, without)


def clip(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """The joints move to the nearest pixel of their picture."""

    def clipped(thing: Thing, joints: tuple[int, ...], size: Size) -> Thing:
        keypoints = thing.keypoints.copy()
        keypoints[list(joints), :2] = np.clip(keypoints[list(joints), :2], 0, np.array(size[::-1]) - 1)
        return _with(thing, keypoints, thing.confidence)

    return _each(kept, targets, clipped)


def box(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """The boxes that are made from joints, with their margin, stay as they are now: they can be drawn on from here."""

    def boxed(thing: Thing, joints: tuple[int, ...], size: Size) -> Thing:
        known = thing.keypoints[thing.keypoints[:, 2] > 0]
        return replace(thing, box=made_box(known, size), made=False) if len(known) else thing

    return _each(kept, targets, boxed)


def remove_thing(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """The thing goes; its picture stays."""
    return _each(kept, targets, lambda thing, joints, size: None)


def move(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """The pictures go to the other of the two parts, "train" or "val"."""
    pictures = kept.pictures
    here = {target.picture for target in targets if target.picture in pictures}
    splits = {picture: "val" if pictures[picture].split == "train" else "train" for picture in here}
    if splits:
        kept.set_split(splits)
    return [Change(picture, split=pictures[picture].split) for picture in splits]


def remove_picture(kept: LabelSet, targets: Sequence[Target]) -> list[Change]:
    """The pictures go out of the set, with their labels."""
    pictures = kept.pictures
    gone = [picture for picture in dict.fromkeys(target.picture for target in targets) if picture in pictures]
    for picture in gone:
        kept.remove_picture(picture)
    return [Change(picture) for picture in gone]


REPAIRS: Mapping[str, Callable[[LabelSet, Sequence[Target]], list[Change]]] = {
    repair.__name__: repair for repair in (swap, unlabel, clip, box, remove_thing, move, remove_picture)
}


def undo(kept: LabelSet, changes: Sequence[Change]) -> tuple[int, int]:
    """Bring back what was before.

    Returns:
        how many changes are undone, and how many are not: the picture was changed again, or was taken out.
    Raises:
        SetError: the disk does not take a picture that comes back.
    """
    done = 0
    splits = {change.picture: change.split for change in changes if change.split is not None}
    here = kept.pictures
    splits = {picture: split for picture, split in splits.items() if picture in here}
    if splits:
        kept.set_split(splits)
        done += len(splits)
    for change in reversed(changes):
        if change.things is None and change.split is None:
            kept.restore_picture(change.picture)
            done += 1
        elif change.things is not None:
            try:
                kept.stroke(change.picture, change.revision, change.things, BY)
                done += 1
            except SetError:
                continue  # somebody's newer work is worth more than an old state
    return done, len(changes) - done


def _each(
    kept: LabelSet, targets: Sequence[Target], change: Callable[[Thing, tuple[int, ...], Size], Thing | None]
) -> list[Change]:
    """Change the things that the targets name: one stroke for each picture, so that each is undone alone.

    A picture that somebody has changed since the doctor saw it stays as it is now; one that was taken out stays out.

    Raises:
        Conflict: all of them were changed meanwhile.
        SetError: they are not there, or a thing or a joint is not.
    """
    pictures: dict[int, list[Target]] = {}
    for target in targets:
        pictures.setdefault(target.picture, []).append(target)
    done: list[Change] = []
    missed: SetError | None = None
    for picture, some in pictures.items():
        try:
            seen, before = kept.seen(picture)
        except SetError as gone:
            missed = gone
            continue
        if seen.revision != some[0].revision:
            line = f"{seen.name} was changed by somebody else meanwhile; nothing was overwritten: check the set again"
            missed = Conflict(line, picture, seen.revision)
            continue
        after: list[Thing | None] = list(before)
        for target in some:
            if target.thing is None or not 0 <= target.thing < len(after):
                raise SetError(f"there is no thing {target.thing} in this picture any more; check the set again")
            if wrong := [joint for joint in target.joints if joint >= len(before[target.thing].keypoints)]:
                raise SetError(f"there is no joint {wrong[0]} in this set any more; check the set again")
            if after[target.thing] is not None:
                after[target.thing] = change(after[target.thing], target.joints, seen.size)
        things = [thing for thing in after if thing is not None]
        try:
            done.append(Change(picture, kept.stroke(picture, some[0].revision, things, BY), before))
        except Conflict as conflict:
            missed = conflict
    if missed and not done:
        raise missed
    return done


def _with(thing: Thing, keypoints: np.ndarray, confidence: np.ndarray) -> Thing:
    """The thing with other joints; a box that was made from the old ones is made again, and what a file said of its
    size still holds."""
    return replace(thing, keypoints=keypoints, confidence=np.where(keypoints[:, 2] > 0, confidence, 0))
