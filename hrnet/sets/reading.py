"""What was brought, as one PoseSet: what tools and files tell, and every picture beside that nobody has labeled yet."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hrnet import data
from hrnet.data import coco, importers, mpii
from hrnet.data.importers import frames as video
from hrnet.data.importers import pictures
from hrnet.data.importers.folder import Folder, subject_of
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.splits import split_of_folders
from hrnet.data.unpacked import MAX_FILES
from hrnet.sets.errors import SetError
from hrnet.sets.staging import Staged

# DeepLabCut's check_labels draws the labels into copies of the pictures, in a folder of this name beside them.
DRAWN = "_labeled"
NEAR = ("*.json", "*/*.json", "*.json.gz", "*/*.json.gz", "*.mat", "*/*.mat")  # where COCO's and MPII's files lie


@dataclass(frozen=True)
class Read:
    """poses: photos that are there and that are missing, with their people. format: what it was."""

    poses: PoseSet
    format: str
    remarks: tuple[str, ...]


def read(stage: Staged, work: Path, frames: int) -> Read:
    """Read what was laid out.

    Args:
        work: where pictures out of labels and videos are written.
        frames: how many are taken of each video.
    Raises:
        SetError: it is nothing that is known, or too much.
    """
    folder = Folder(stage.root, None, work)
    try:
        files = importers.candidates(stage.root, folder)
        found = importers.find(files)
        if len(folder.pictures) > MAX_FILES:
            raise SetError(f"{stage.name} has {len(folder.pictures):,} pictures; sets of up to {MAX_FILES:,} are taken")
        if not found and all(file.path.suffix.lower() in importers.NEVER_ALONE for file in files):
            return _without_labels(stage, folder, frames)
        poses = data.read(stage.root, cache=work)
    except ValueError as error:
        raise SetError(str(error).replace(f"{stage.root}/", "").replace(str(stage.root), stage.name)) from error
    poses, remarks = _inside(poses, (stage.root, work))
    poses = _where_they_lie(poses, folder, stage.roots)
    unlisted = _unlisted(poses, folder)
    if unlisted:
        remarks.append(f"{len(unlisted)} pictures without labels came along")
    poses = replace(poses, photos=(*poses.photos, *unlisted))
    return Read(poses, _format(stage.root, found), (*poses.problems, *poses.remarks, *remarks))


def _without_labels(stage: Staged, folder: Folder, frames: int) -> Read:
    """Pictures, and frames of videos."""
    photos = list(pictures.read(folder.pictures, folder).photos) if folder.pictures else []
    problems: tuple[str, ...] = ()
    if folder.videos:
        try:
            taken = video.read(folder.videos, folder, count=frames)
        except ValueError as error:  # not one of them can be read
            if not photos:
                raise
            taken = replace(_empty(folder), problems=(f"video that was left out: {error}",))
        photos += [replace(photo, id=len(photos) + n) for n, photo in enumerate(taken.photos, 1)]
        problems = taken.problems
    if not photos:
        raise SetError(f"{stage.name} holds no picture, no video and no labels that are known here")
    kinds = [kind for kind, there in (("pictures", folder.pictures), ("video", folder.videos)) if there]
    return Read(replace(_empty(folder), photos=tuple(photos)), " and ".join(kinds), problems)


def _empty(folder: Folder) -> PoseSet:
    return pictures.read((), folder)


def _inside(poses: PoseSet, homes: Sequence[Path]) -> tuple[PoseSet, list[str]]:
    """Only what came along: labels may name any file of this machine."""
    homes = [os.path.abspath(home) for home in homes]
    kept = poses.only(lambda photo: any(Path(os.path.abspath(photo.path)).is_relative_to(home) for home in homes))
    left = len(poses.photos) - len(kept.photos)
    return kept, [f"{left} x picture outside of what was brought: left out"] if left else []


def _where_they_lie(poses: PoseSet, folder: Folder, roots: Sequence[Path]) -> PoseSet:
    """With pictures that are not where the labels say, but came along in another folder or zip under that name; a
    folder of another video or subject is none of these."""
    missing = [place for place, photo in enumerate(poses.photos) if photo.member is None and not photo.path.is_file()]
    if not missing:
        return poses
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in folder.pictures:
        by_name[path.name].append(path)
    photos = list(poses.photos)
    for place in missing:
        path = photos[place].path
        wanted = _subject(path, roots)
        found = [p for p in by_name.get(path.name, ()) if not wanted or _subject(p, roots) in (wanted, "")]
        if len(found) == 1:
            photos[place] = replace(photos[place], path=found[0])
    return replace(poses, photos=tuple(photos))


def _subject(path: Path, roots: Sequence[Path]) -> str:
    """What the folder of a picture is named after; "" where that says nothing."""
    return "" if path.parent in roots else subject_of(path, roots[-1])


def _unlisted(poses: PoseSet, folder: Folder) -> list[PhotoFile]:
    """Pictures that no label names."""
    listed = {os.path.abspath(photo.path) for photo in poses.photos}
    last = max((photo.id for photo in poses.photos if isinstance(photo.id, int)), default=0)
    found = []
    for path in folder.pictures:
        drawn = (
            path.parent.name.endswith(DRAWN) and path.parent.with_name(path.parent.name.removesuffix(DRAWN)).is_dir()
        )
        if os.path.abspath(path) not in listed and not drawn:
            split = split_of_folders(path, folder.photos)
            found.append(PhotoFile(last + len(found) + 1, path, split=split, complete=False))
    return found


def _format(root: Path, found: Sequence[importers.Found]) -> str:
    """The name of what `hrnet.data.read` has taken: COCO's and MPII's files come first where they are near."""
    for pattern in NEAR if found else ():
        for path in sorted(root.glob(pattern)):
            if kind := _published(path):
                return kind
    if found:
        return found[0].tool.NAME
    return next((kind for path in sorted(root.rglob("*")) if path.is_file() and (kind := _published(path))), "COCO")


def _published(path: Path) -> str:
    if path.suffix == ".mat":
        return "MPII"
    if not path.name.endswith((".json", ".json.gz")):
        return ""
    try:
        values = coco.any_json(path)
    except ValueError:
        return ""
    if mpii.is_records(values):
        return "MPII"
    known = isinstance(values, dict) and all(isinstance(values.get(key), list) for key in ("images", "annotations"))
    return "COCO" if known else ""
