"""Bare pictures: a set without labels, to be labeled."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hrnet.data.importers.collected import with_sources
from hrnet.data.importers.folder import Folder
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.splits import split_of_folders
from hrnet.skeleton import Skeleton

UNNAMED = Skeleton(name="unnamed", joints=("joint_0",))  # a skeleton has a joint at least; the person names them


def read(pictures: Iterable[Path], folder: Folder, skeleton: Skeleton | None = None) -> PoseSet:
    """The set, with the joints that are to be labeled, if they are known. Folders named train, val ... are splits;
    other folders, where there are several, are the `source` of their pictures.
    """
    photos = []
    for number, path in enumerate(pictures, start=1):
        split = split_of_folders(path, folder.photos)
        photos.append(PhotoFile(number, path, None, folder.size(path), "", split, complete=False))
    remarks = ["there are no labels: name the joints and label some pictures"]
    return PoseSet(skeleton or UNNAMED, with_sources(photos, folder), (), remarks=tuple(remarks))
