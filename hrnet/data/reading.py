"""One call for every labeled set: `read` looks at a file or folder, finds out what it is and where its photos lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from hrnet.data import coco, importers, mpii
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder
from hrnet.data.joined import joined
from hrnet.data.pose_set import PoseSet
from hrnet.data.splits import SPLIT, choose, plain
from hrnet.data.unpacked import is_other_archive, is_zip, unpacked
from hrnet.skeleton import Skeleton

LOOKED_FOR = (
    "looked for COCO keypoint JSON (.json or .json.gz with images and annotations; in a folder: beside the photos, or "
    "in a folder below, such as annotations/), MPII's train.json and valid.json, or MPII's .mat; for labels of YOLO "
    "(data.yaml with kpt_shape), CVAT, Label Studio, DeepLabCut, Lightning Pose, SLEAP, labelme and VIA; for pictures "
    "without labels and for videos"
)

LABELS = ("*.json", "*.json.gz", "*.mat")
KEYPOINTS = "person_keypoints_"  # COCO's own name: of what lies beside, only these have keypoints

# Where photos usually lie, seen from the labels and from the folder above. {} is the split, as COCO and CVAT sort.
PLACES = ("", "images", "{}", "images/{}", "data", "photos", "JPEGImages", "img")
NEAR, DEEPER = ("", "*/"), ("*/*/", "*/*/*/", "*/*/*/*/")  # folders in which labels are looked for, one after the other
MADE = ".made"  # in the folder of a zip: pictures out of its labels and videos
ASKED = 5  # photos by which their folder is recognized; one may be missing


class NotLabelsError(ValueError):
    """A file that can be read and holds something else than labels."""


@dataclass(frozen=True)
class _File:
    """A file that may hold labels, and the split that its name tells ("" if none)."""

    path: Path
    split: str


def read(
    path: Path | str,
    split: str | None = None,
    photos: Path | str | None = None,
    skeleton: Skeleton | None = None,
    cache: Path | None = None,
) -> PoseSet:
    """Read a labeled set, whatever it is stored as.

    Known are COCO keypoint files and everything of that form (CrowdPose, AP-10K, PoseTrack18, people.json.gz, any
    number of joints), MPII's JSON and .mat, and what labeling tools write (`hrnet.data.importers`): YOLO, CVAT, Label
    Studio, DeepLabCut, Lightning Pose, SLEAP, labelme, VIA. It may be a file, a folder with one or more of them, or a
    zip of such a folder, which is unpacked into the cache. What it is is told by its content. Pictures alone, or a
    video, are a set without labels.

    Names of files become splits: person_keypoints_train2017.json is "train2017", instances_val.json "val". Of a folder
    without `split`, everything is read but what would repeat photos: trainval beside train or val, and all but the
    first of several random splits (AP-10K's -split1, which the published results are of).

    Args:
        split: only these photos, by the name of a file or by what the labels say. "train" also finds train2017, and
            "val" finds valid; of a folder only that file is read.
        photos: the folder with the photos. Where not given they are looked for beside the labels and in the usual
            folders; if none is there, that is one of `problems`, for labels can be used without.
        skeleton: the joints, where the file does not name them.
        cache: the folder for zips that are unpacked and for pictures out of labels and videos, the only place where
            anything is written; below `HRNET_HOME` where not given.
    Raises:
        ValueError: there is no such file, it is nothing of this, or it has no such split; one line.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"there is no {path}; check the path")
    beside = Path(photos) if photos else None
    if is_other_archive(path):
        raise ValueError(f"{path.name} is an archive of a kind that is not opened here; pack the set as .zip")
    try:
        poses = (_zipped if is_zip(path) else _any)(path, split, beside, skeleton, cache)
    except OSError as error:  # a name in the labels that no disk takes, a folder that may not be entered
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    return poses.split(choose(split, {photo.split for photo in poses.photos} - {""}, path)) if split else poses


def _zipped(
    path: Path, split: str | None, photos: Path | None, skeleton: Skeleton | None, cache: Path | None
) -> PoseSet:
    """Of a zip; labels in it cannot name any picture of the machine but those that came with them."""
    root, passed_over = unpacked(path, cache)
    try:
        poses = _any(root, split, photos, skeleton, root / MADE)
    except ValueError as error:
        raise ValueError("; ".join([str(error).replace(str(root), path.name), *passed_over[:1]])) from error
    homes = [os.path.abspath(home) for home in (root, photos) if home]
    inside = poses.only(lambda photo: any(Path(os.path.abspath(photo.path)).is_relative_to(home) for home in homes))
    problems = list(passed_over)
    if len(inside.photos) < len(poses.photos):
        problems.append(f"{len(poses.photos) - len(inside.photos)} x photo outside of the zip: left out")
    return replace(inside, problems=(*inside.problems, *problems))


def _any(path: Path, split: str | None, photos: Path | None, skeleton: Skeleton | None, cache: Path | None) -> PoseSet:
    """COCO's and MPII's layouts, then what labeling tools write, then COCO and MPII in folders of folders."""
    try:
        return _published(path, split, photos, skeleton)
    except _UnknownError as error:
        unknown = error
    folder = Folder(path if path.is_dir() else path.parent, photos, cache)
    poses = importers.read(path, folder)
    if poses is not None:
        return _named(poses, skeleton, path) if skeleton else poses
    try:
        return _published(path, split, photos, skeleton, DEEPER)
    except _UnknownError:
        poses = importers.without_labels(path, folder, skeleton)
    if poses is None:
        raise ValueError(str(unknown)) from unknown
    return poses


def _named(poses: PoseSet, skeleton: Skeleton, path: Path) -> PoseSet:
    if len(skeleton) != len(poses.skeleton):
        raise ValueError(f"{path} has {len(poses.skeleton)} joints, the skeleton {skeleton.name!r} {len(skeleton)}")
    return replace(poses, skeleton=skeleton)


class _UnknownError(ValueError):
    """Nothing of what this module reads itself."""


def _published(
    path: Path, split: str | None, photos: Path | None, skeleton: Skeleton | None, depths: Sequence[str] = NEAR
) -> PoseSet:
    """COCO's and MPII's own files, all of that split and perhaps more."""
    files = _files(path, depths)
    parts: dict[Path, PoseSet] = {}
    other, broken = [], []
    for file in _by_name(files, split, path) if split else _each_photo_once(files):
        try:
            parts[file.path] = _read(file, path, photos, skeleton)
        except NotLabelsError as error:
            other.append(str(error))
        except ValueError as error:
            if len(files) == 1:
                raise _UnknownError(str(error)) from error  # perhaps it only lies beside somebody else's labels
            broken.append(f"{file.path.relative_to(path)} was left out: {error}")
    if not parts:
        seen = "".join(f"; {reason}" for reason in (broken + other)[:1])
        raise _UnknownError(f"{path} holds no labeled set that is known here: {LOOKED_FOR}{seen}")
    if len(parts) > 1:
        parts = {file: _in_split(poses, _stem(file)) for file, poses in parts.items()}
    try:
        poses = joined(*parts.values()) if len(parts) > 1 else next(iter(parts.values()))
    except ValueError as error:
        raise ValueError(f"{path} holds several sets, which are not one: {error}; name one file") from error
    return replace(poses, problems=(*poses.problems, *broken)) if broken else poses


def _in_split(poses: PoseSet, name: str) -> PoseSet:
    """With that split for all photos that have none."""
    if all(photo.split for photo in poses.photos):
        return poses
    return replace(poses, photos=tuple(photo if photo.split else replace(photo, split=name) for photo in poses.photos))


# ---- which files -----------------------------------------------------------------------------------------------------


def _files(path: Path, depths: Sequence[str]) -> list[_File]:
    """The files that may hold labels."""
    if path.is_file():
        return [_File(path, _split_of(path))]
    found = [file for below in depths for place in LABELS for file in path.glob(below + place)]
    if official := [file for file in found if file.name.startswith(KEYPOINTS)]:
        found = official
    if any(file.name in ("train.json", "valid.json") for file in found):
        found = [file for file in found if file.suffix != ".mat"]  # MPII: the JSON is a part of the .mat
    return [_File(file, _split_of(file)) for file in sorted(found)]


def _stem(file: Path) -> str:
    return file.name.removesuffix(".gz").rpartition(".")[0]


def _split_of(file: Path) -> str:
    """By the name of the file, else by that of its folder (train/labels.json)."""
    found = SPLIT.search(_stem(file)) or SPLIT.fullmatch(file.parent.name)
    return found["name"] if found else ""


def _by_name(files: list[_File], split: str, path: Path) -> list[_File]:
    """Only the files of that split, so that the others need not be read; all where their names do not tell."""
    names = {file: file.split or _stem(file.path) for file in files}
    try:
        name = choose(split, names.values(), path)
    except ValueError:
        if len(files) > 1 and all(file.split for file in files):
            raise
        return files
    return [replace(file, split=name) for file in files if names[file] == name]


def _each_photo_once(files: list[_File]) -> list[_File]:
    kept = []
    kinds = {plain(found) for file in files if (found := SPLIT.fullmatch(file.split))}
    for file in files:
        found = SPLIT.fullmatch(file.split)
        both = found and plain(found) == "trainval" and kinds & {"train", "val"}
        again = found and found["draw"] not in (None, "1")
        if not both and not again:
            kept.append(file)
    return kept or files


# ---- what they hold --------------------------------------------------------------------------------------------------


def _read(file: _File, root: Path, photos: Path | None, skeleton: Skeleton | None) -> PoseSet:
    path = file.path
    if path.name == mpii.JUDGED:
        raise NotLabelsError(f"{path.name} holds joints to be judged by; give valid.json, which lies beside it")
    kind = _kind(path)
    values = mpii.loaded(path) if kind == "mat" else coco.any_json(path)
    if kind == "mat":
        names = mpii.release_names(values)
    elif mpii.is_records(values):
        kind, names = "records", _names(values, "image")
    elif isinstance(values, dict) and all(isinstance(values.get(key), list) for key in ("images", "annotations")):
        names = _names(values["images"], "shard", "file_name")
        if root.is_dir() and skeleton is None and not coco.names_joints(values):
            raise NotLabelsError(f"{path.name} is a COCO file without the names of joints")
    else:
        raise NotLabelsError(f"{path.name} is JSON without images and annotations")
    folder, problems = photo_folder(list(islice(names, ASKED)), path, file.split, photos)
    if kind == "mat":
        poses = mpii.from_release(values, path, folder)
    elif kind == "records":
        poses = mpii.from_records(values, path, folder, file.split)
    else:
        poses = coco.from_values(values, path, folder, skeleton, file.split)
    return replace(poses, problems=(*poses.problems, *problems)) if problems else poses


def _kind(path: Path) -> str:
    """ "json" or "mat", by the first bytes."""
    file = LabelFile(path)
    if file.head.startswith(b"MATLAB"):
        return "mat"
    if file.is_json:
        return "json"
    raise NotLabelsError(f"{path.name} is {'neither JSON nor of MATLAB' if file.head else 'empty'}")


def _names(records: Sequence[object], *keys: str) -> Iterator[str]:
    """The file of each record: what the first of these keys that it has says."""
    for record in records:
        if isinstance(record, Mapping) and (name := next((record[key] for key in keys if record.get(key)), None)):
            yield str(name)


def photo_folder(
    names: Sequence[str], labels: Path, split: str = "", photos: Path | None = None
) -> tuple[Path, tuple[str, ...]]:
    """Where photos of these names lie: the first of the usual places that has one of them.

    Args:
        names: of a few photos, as the labels tell them.
        photos: look here only.
    Returns:
        the folder, and what to tell if none of the photos was found: then it is `photos` or that of the labels.
    """
    found = SPLIT.fullmatch(split)
    splits = dict.fromkeys([split, found["plain"] if found else split])
    bases = [photos] if photos else [labels.parent, labels.absolute().parent.parent]
    places = [place.format(name) for place in PLACES for name in (splits if "{}" in place else [""])]
    folders = list(dict.fromkeys(base / place for base in bases for place in places))
    for folder in folders:
        if any((folder / name).is_file() for name in names):
            return folder, ()
    if not names:
        return bases[0], ()
    looked = ", ".join(dict.fromkeys(place for place in places if place))
    return bases[0], (
        f"photos of {labels.name} were not found, for example {names[0]}: looked in {' and '.join(map(str, bases))} "
        f"and in their {looked}; say where they are (photos=, --photos)",
    )
