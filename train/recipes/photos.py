"""Where a training gets its pixels from: all photos decoded, on the disk or on the device; every person cut out; or
photos decoded as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from hrnet.data.cache import PhotoCache
from hrnet.data.crops import PersonCrops
from hrnet.data.pose_set import PoseSet
from hrnet.data.source import Source
from hrnet.data.stream import PhotoStream
from hrnet.geometry import Size
from hrnet.training.pose import PoseTask
from hrnet.training.resident import ResidentPose
from train.recipes.recipe import Progress


def _photos(poses: PoseSet, cache: Path, input_size: Size, progress: Progress) -> PhotoCache:
    """About 1 MB for each photo of COCO's size."""
    return PhotoCache.of(poses.photos, cache, progress)


def _crops(poses: PoseSet, cache: Path, input_size: Size, progress: Progress) -> PersonCrops:
    """A third of a megabyte for each person at 256x192: 50 GB for COCO."""
    return PersonCrops.of(poses, cache, input_size, progress)


def _stream(poses: PoseSet, cache: Path, input_size: Size, progress: Progress) -> PhotoStream:
    """Nothing on the disk, and more work at every step."""
    return PhotoStream(poses.photos)


DEVICE = "device"  # the kind whose photos live in the device's memory
KINDS: Mapping[str, Callable[[PoseSet, Path, Size, Progress], Source]] = {
    "photos": _photos,
    DEVICE: _photos,
    "crops": _crops,
    "stream": _stream,
}


def kept(kind: str, poses: PoseSet, cache: Path, input_size: Size, progress: Progress) -> Source:
    """The pixels of a set in one of the KINDS, for a task of `task_for`.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no way {kind!r} to keep photos; choose one of {', '.join(KINDS)}")
    return KINDS[kind](poses, cache, input_size, progress)


WHOLE = ("photos", DEVICE)  # the kinds of whole photos


def task_for(kind: str) -> type[PoseTask]:
    """Who makes crops of them: the host, or the device that has them."""
    return ResidentPose if kind == DEVICE else PoseTask
