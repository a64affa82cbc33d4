"""Bare pictures: a set without labels, to be labeled."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hrnet.data.importers.folder import Folder
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.splits import SPLIT, split_of_folders
from hrnet.skeleton import Skeleton

UNNAMED = Skeleton(name="unnamed", joints=("joint_0",))  # a skeleton has a joint at least; the person names them


def read(pictures: Iterable[Path], folder: Folder, skeleton: Skeleton | None = None) -> PoseSet:
    """The set, with the joints that are to be labeled, if they are known. Folders named train, val ... are splits; any
    other folder is the `source` of its pictures: a video or a subject, as people sort them.
    """
    photos = []
    for number, path in enumerate(pictures, start=1):
        above = path.parent.name if path.parent != folder.photos and not SPLIT.fullmatch(path.parent.name) else ""
        split = split_of_folders(path, folder.photos)
        photos.append(PhotoFile(number, path, None, folder.size(path), above, split, complete=False))
    remarks = ["there are no labels: name the joints and label some pictures"]
    return PoseSet(skeleton or UNNAMED, tuple(photos), (), remarks=tuple(remarks))
