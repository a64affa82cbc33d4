"""Readers of what labeling tools write: `find` tells whose files these are, and `read` makes them a PoseSet.

Each tool is one module with NAME, `recognized(files)` (which of these files are its own) and `read(files, folder)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from hrnet.data.importers import (
    cvat,
    deeplabcut,
    frames,
    label_studio,
    labelme,
    lightning_pose,
    pictures,
    sleap,
    via,
    yolo,
)
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import LABEL_SUFFIXES, Folder
from hrnet.data.pose_set import PoseSet
from hrnet.skeleton import Skeleton

# In this order they are asked: Lightning Pose takes every table that is not surely of DeepLabCut.
TOOLS: tuple[ModuleType, ...] = (
    yolo,
    cvat,
    label_studio,
    sleap,
    deeplabcut,
    lightning_pose,
    labelme,
    via,
)


# What lies beside pictures without being labels: notes, lists of classes, settings of somebody.
NEVER_ALONE = (".txt", ".yaml", ".yml")


@dataclass(frozen=True, eq=False)
class Found:
    tool: ModuleType
    files: tuple[LabelFile, ...]

    def read(self, folder: Folder) -> PoseSet:
        """Raises ValueError, one line, where nothing of it can be used."""
        try:
            return self.tool.read(self.files, folder)
        except (AttributeError, IndexError, KeyError, OverflowError, TypeError) as error:
            # Each reader tells apart what people get wrong. Somebody may still put anything anywhere in JSON and XML.
            raise ValueError(f"something in it has a form that this tool does not write ({error})") from error


def candidates(path: Path, folder: Folder) -> list[LabelFile]:
    """The files that may hold labels: the one that is named, or all of a folder by their suffixes."""
    if path.is_file():
        return [LabelFile(path)]
    return [LabelFile(file) for file in folder.files if file.suffix.lower() in LABEL_SUFFIXES]


def find(files: Sequence[LabelFile]) -> list[Found]:
    """The tools that wrote these files, the surest first."""
    return [Found(tool, tuple(own)) for tool in TOOLS if (own := tool.recognized(files))]


def read(path: Path, folder: Folder) -> PoseSet | None:
    """The labels in a file or folder as the first tool whose they are reads them; None where they are nobody's.

    Raises:
        ValueError: they are of a known tool, and none of them can be used; one line.
    """
    found = find(candidates(path, folder))
    failure: ValueError | None = None
    for place, one in enumerate(found):
        try:
            poses = one.read(folder)
        except ValueError as error:
            failure = failure or ValueError(f"{path} looks like labels of {one.tool.NAME}: {error}")
            continue
        read_too = {file.path for file in one.files}
        left = [other.tool.NAME for other in found[place + 1 :] if not read_too >= {file.path for file in other.files}]
        if left:
            remark = f"read as labels of {one.tool.NAME}; labels of {' and '.join(left)} that are there, too, were not"
            poses = replace(poses, remarks=(*poses.remarks, remark))
        return poses
    if failure:
        raise failure
    return None


def without_labels(path: Path, folder: Folder, skeleton: Skeleton | None = None) -> PoseSet | None:
    """A video, or a folder of pictures or of videos; None where it is neither, or has files that could be labels.

    Raises:
        ValueError: a video that cannot be read.
    """
    if path.is_file():
        return frames.read([path], folder, skeleton) if frames.is_video(path) else None
    if any(file.path.suffix.lower() not in NEVER_ALONE for file in candidates(path, folder)):
        return None
    if folder.pictures:
        return pictures.read(folder.pictures, folder, skeleton)
    return frames.read(folder.videos, folder, skeleton) if folder.videos else None
