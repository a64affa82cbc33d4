"""A video as a set to be labeled: frames taken evenly from its beginning to its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hrnet.data.importers import pictures
from hrnet.data.importers.embedded import keep_pixels
from hrnet.data.importers.folder import VIDEO_SUFFIXES, Folder
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.image.reading import AVIF_BRANDS, HEIC_BRANDS
from hrnet.skeleton import Skeleton

STILL = AVIF_BRANDS | HEIC_BRANDS  # pictures in the container of videos
FRAMES = 40  # of a video: what a person labels within half an hour


def is_video(path: Path) -> bool:
    """By the first bytes of the usual containers, or by the name for those that have no such mark."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    known = head[4:8] == b"ftyp" and head[8:12] not in STILL
    known |= head[:4] == b"\x1a\x45\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
    return known or path.suffix.lower() in VIDEO_SUFFIXES


def read(videos: Iterable[Path], folder: Folder, skeleton: Skeleton | None = None, count: int = FRAMES) -> PoseSet:
    """The set; the video is the `source` of its frames.

    Args:
        count: frames of each video.
    Raises:
        ValueError: not one video can be read; one line.
    """
    photos: list[PhotoFile] = []
    problems = []
    for video in videos:
        try:
            for path in evenly_taken(video, count, folder):
                size = folder.size(path)
                photos.append(PhotoFile(len(photos) + 1, path, None, size, video.stem, complete=False))
        except ValueError as error:
            problems.append(f"video that was left out: {error}")
    if not photos:
        raise ValueError(problems[0].partition(": ")[2] if problems else f"there is no video in {folder.root}")
    empty = pictures.read((), folder, skeleton)
    return replace(empty, photos=tuple(photos), problems=tuple(problems))


def evenly_taken(video: Path, count: int, folder: Folder) -> list[Path]:
    """Pictures of at most `count` frames, each from the middle of its part of the video, in order.

    Raises:
        hrnet.video.VideoError: the video cannot be read.
    """
    from hrnet.video.reader import Clip  # here: what works on videos stands above the data, and is rarely needed

    if count < 1:
        raise ValueError(f"the number of frames is at least 1, got {count}")
    kept: list[Path] = []
    with Clip(video) as clip:
        length = clip.duration or sum(1 for _ in clip) / clip.rate  # a few streams do not say how long they are
    with Clip(video) as clip:
        near = 0.5 / clip.rate  # half a frame
        for frame in clip:
            if len(kept) == count:
                break
            if frame.time + near >= (len(kept) + 0.5) * length / count:
                kept.append(keep_pixels(frame.photo, video, f"{video.stem[:60]}_{frame.index:06d}", folder))
    return kept
