"""Labels of videos: what stands between two keys of a track, and which pictures the frames are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hrnet.data.importers.collected import Collected
from hrnet.data.importers.embedded import frames
from hrnet.data.importers.folder import VIDEO_SUFFIXES, parts_of

MOST_FRAMES = 500  # of a video that is labeled all along: neighbors look alike, and each costs a picture on the disk
MAX_SHAPES = 2_000_000  # of one file: a mouse of 17 joints for an hour, 30 times a second
_NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True)
class Key:
    """A shape in one frame. outside: it is not in the picture from here on. hidden: something is before it."""

    frame: int
    values: tuple[float, ...]  # x, y, x, y ...
    outside: bool = False
    hidden: bool = False


class Budget:
    """How many shapes may still be made between the keys of a file: three lines can ask for a billion."""

    def __init__(self, shapes: int = MAX_SHAPES) -> None:
        self.left = shapes

    def take(self, shapes: int) -> None:
        """Raises ValueError where too many are asked for."""
        self.left -= shapes
        if self.left < 0:
            raise ValueError(
                f"its tracks mean more than {MAX_SHAPES:,} shapes, counting every frame; export a part of it, or "
                "one frame of several"
            )


def interpolated(keys: Sequence[Key], last: int, budget: Budget) -> dict[int, Key]:
    """A shape in every frame in which it is seen: on the straight line between two keys, then where the last one left
    it until the end.

    Args:
        last: the last frame of the video.
    Raises:
        ValueError: the budget does not suffice.
    Source: TrackManager in cvat/apps/dataset_manager/annotation.py of cvat-ai/cvat.
    """
    found: dict[int, Key] = {}
    keys = sorted({key.frame: key for key in keys}.values(), key=lambda key: key.frame)
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        if key.outside:
            continue
        end = following.frame if following else max(last, key.frame) + 1
        budget.take(end - key.frame)
        found[key.frame] = key
        for frame in range(key.frame + 1, end):
            values = key.values
            if following and not following.outside and len(following.values) == len(values):
                part = (frame - key.frame) / (following.frame - key.frame)
                values = tuple(a + (b - a) * part for a, b in zip(values, following.values, strict=True))
            found[frame] = replace(key, frame=frame, values=values)
    return found


def frames_of(
    video: str,
    numbers: Sequence[int],
    near: Path,
    collected: Collected,
    *,
    only: bool = True,
    most: int | None = MOST_FRAMES,
) -> dict[int, Path]:
    """The picture of each frame: out of the video, else a file whose name ends in the number, else where it is missing.

    Labeled frames without a picture are left out where others have one.

    Args:
        video: its name as the labels tell it.
        numbers: of the labeled frames, from 0.
        near: the file of labels.
        most: frames that are taken of a video, evenly; None for all, where a person has labeled each.
        only: there is no other video in this set: numbered pictures in a folder of whatever name are its frames.
    """
    stem = Path(_base(video)).stem
    chosen = evenly(numbers, len(numbers) if most is None else most)
    missing = {number: collected.folder.missing(f"{stem}/frame_{number:06d}.png") for number in chosen}
    clip = _clip(video, near, collected, only)
    if clip is None:
        pictures = _numbered(stem, near, collected, only)
        if pictures.keys().isdisjoint(numbers):
            collected.problems.add("video that is not there: put it beside the labels", _base(video))
            return missing
        for number in numbers:
            if number not in pictures:
                collected.remarks.add("labeled frame without a picture", f"frame {number} of {_base(video)}")
        return {number: pictures[number] for number in numbers if number in pictures}
    if len(chosen) < len(numbers):
        what = f"video of which {len(chosen)} labeled frames were taken, evenly"
        collected.remarks.add(what, f"{clip.name} ({len(numbers)})")
    try:
        kept = frames(clip, chosen, collected.folder)
    except ValueError as error:
        collected.problems.add("video that cannot be read", error)
        return missing
    for number in chosen:
        if number not in kept:
            collected.problems.add("labeled frame behind the end of its video", f"frame {number} of {clip.name}")
    return kept


def _numbered(stem: str, near: Path, collected: Collected, only: bool) -> dict[int, Path]:
    """Pictures by the number that ends their names: those in a folder named after the video, or of the only video."""
    found: dict[int, Path] = {}
    named = [path for path in collected.folder.pictures if path.parent.name.casefold() == stem.casefold()]
    pictures = named or (collected.folder.pictures if only else ())
    for path in sorted(pictures, key=lambda path: path.parent != near.parent):
        if number := _NUMBER.search(path.stem):
            found.setdefault(int(number[1]), path)
    return found


def _clip(video: str, near: Path, collected: Collected, only: bool) -> Path | None:
    """The file of that name; the only video of the set where the name tells none."""
    found = collected.folder.find(video, near)
    if found and found.suffix.lower() in VIDEO_SUFFIXES:
        return found
    videos = collected.folder.videos
    return videos[0] if only and len(videos) == 1 and not Path(_base(video)).suffix else None


def _base(video: str) -> str:
    return (parts_of(video) or ("video",))[-1]


def evenly(numbers: Sequence[int], count: int) -> list[int]:
    """At most `count` of these numbers, from the first to the last."""
    if len(numbers) <= count:
        return list(numbers)
    if count == 1:
        return [numbers[0]]
    return [numbers[round(place * (len(numbers) - 1) / (count - 1))] for place in range(count)]
