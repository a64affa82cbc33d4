"""What a training keeps of its photos between steps: all pixels, at the price of a disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from hrnet.data.cache import PhotoCache
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from train.recipes.recipe import Progress


def _photos(poses: PoseSet, cache: Path, input_size: Size, progress: Progress) -> PhotoCache:
    """Whole photos, decoded: about 1 MB each at COCO's size."""
    return PhotoCache.of(poses.photos, cache, progress)


KINDS: Mapping[str, Callable[[PoseSet, Path, Size, Progress], PhotoCache]] = {"photos": _photos}


def kept(kind: str, poses: PoseSet, cache: Path, input_size: Size, progress: Progress) -> PhotoCache:
    """The photos of a set in one of the KINDS.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no way {kind!r} to keep photos; choose one of {', '.join(KINDS)}")
    return KINDS[kind](poses, cache, input_size, progress)
