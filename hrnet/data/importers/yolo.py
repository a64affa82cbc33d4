"""YOLO pose: data.yaml with kpt_shape, and beside every picture a text file with a line for each person.

Source: the format as docs/en/datasets/pose/index.md of ultralytics/ultralytics (AGPL) describes it. Nothing of its code
is used.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hrnet.data.importers.collected import HIDDEN, SEEN, Collected, Point, different
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder, parts_of
from hrnet.data.importers.settings import is_settings, read_settings
from hrnet.data.pose_set import PoseSet
from hrnet.data.problems import MAX_JOINTS
from hrnet.data.splits import split_of_folders
from hrnet.geometry import Box, Size
from hrnet.image import IMAGE_SUFFIXES

NAME = "YOLO"
SPLITS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}  # keys of data.yaml
BOX = 5  # numbers before the joints: class, center x, center y, width, height
JOINT_NAMES = (
    "kpt_names",
    "keypoint_names",
    "node_names",
    "kpt_labels",
    "keypoints",
)  # where tools write names; none is official
FARTHEST = 2.0  # widths or heights from the corner: what lies beyond is no fraction of the picture


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    """data.yaml; without one, text files in which each line is a class and a box of fractions with more behind it."""
    settings = [file for file in files if is_settings(file, "kpt_shape")]
    detection = [file for file in files if is_settings(file, "names", "train")]
    return (settings or detection)[:1] or [file for file in files if _is_rows(file)]


def _is_rows(file: LabelFile) -> bool:
    if file.path.suffix.lower() != ".txt":
        return False
    lines = file.start.split("\n")
    try:
        numbers = [float(cell) for cell in lines[0].split()]
    except ValueError:
        return False
    return len(numbers) >= BOX and numbers[0].is_integer() and all(0 <= n <= 1 for n in numbers[1:BOX])


@dataclass(frozen=True)
class _Shape:
    joints: tuple[str, ...]
    values: int  # of each joint: x and y, or x, y and visibility


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set. Splits are those of data.yaml, else the names of folders. A picture with an empty file has nobody in it;
    one without a file is still to be labeled.

    Raises:
        ValueError: there is no kpt_shape to tell what the numbers are, or nothing that can be used.
    """
    if not is_settings(files[0], "names") and not is_settings(files[0], "kpt_shape"):
        raise ValueError("there is no data.yaml; put it beside the labels, with kpt_shape: [joints, 2 or 3]")
    settings = read_settings(files[0])
    collected = Collected(folder)
    shape = _shape(settings, files[0], collected)
    labels = {path for path in folder.files if path.suffix.lower() == ".txt"}
    stems = _only_stems(labels)
    used = set()
    for picture, split in _pictures(settings, files[0], folder, labels, stems):
        path = _label_of(picture, labels, stems)
        photo = collected.photo(picture, split=split, complete=path is not None)
        if path is None:
            collected.remarks.add("picture without labels", picture.name)
            continue
        used.add(path)
        _add(path, photo, shape, collected)
    for path in sorted(labels - used):
        if _is_rows(LabelFile(path)):
            collected.problems.add("file of labels without its picture", path.name)
    pairs = _pairs(settings.get("flip_idx"), shape.joints, collected)
    return collected.poses(shape.joints, name=_class(settings), limbs=_limbs(settings, shape.joints), flip_pairs=pairs)


# ---- data.yaml -------------------------------------------------------------------------------------------------------


def _shape(settings: Mapping[str, object], file: LabelFile, collected: Collected) -> _Shape:
    shape = settings.get("kpt_shape")
    if shape is None:
        raise ValueError(f"{file.name} has no kpt_shape: these are labels of boxes, which have no joints")
    match shape:
        case [int(count), 2 | 3 as values] if 0 < count <= MAX_JOINTS and not isinstance(count, bool):
            pass
        case _:
            raise ValueError(f"{file.name}: kpt_shape is to be [joints, 2 or 3], got {str(shape)[:60]}")
    names = next((found for key in JOINT_NAMES if (found := settings.get(key))), None)
    if isinstance(names, Mapping) and names:  # {class: [names]}, or {place: name}
        lists = [list(map(str, one)) for one in names.values() if isinstance(one, list)]
        if any(one != lists[0] for one in lists):
            collected.problems.add("class with other names of joints than the first", file.name)
        names = lists[0] if lists else list(names.values())
    if isinstance(names, list) and len(names) == count:
        return _Shape(tuple(different(map(str, names), collected.problems)), values)
    if names:
        collected.problems.add(f"list of names of joints that are not {count}", file.name)
    collected.remarks.add("data.yaml without names of joints: they were numbered from 0", file.name)
    return _Shape(tuple(f"joint_{place}" for place in range(count)), values)


def _class(settings: Mapping[str, object]) -> str:
    names = settings.get("names")
    names = list(names.values()) if isinstance(names, Mapping) else names
    return str(names[0]) if isinstance(names, list) and names else ""


def _pairs(order: object, joints: Sequence[str], collected: Collected) -> list[tuple[str, str]] | None:
    """Pairs by flip_idx: which joint stands in each place of a mirrored picture; None where there is no such list."""
    if order is None:
        return None
    count = len(joints)
    whole = isinstance(order, list) and len(order) == count and all(type(i) is int and 0 <= i < count for i in order)
    if not whole or any(order[order[place]] != place for place in range(count)):
        collected.problems.add(
            f"flip_idx that does not swap {count} joints in pairs: the names were asked", str(order)[:60]
        )
        return None
    return [(joints[place], joints[other]) for place, other in enumerate(order) if place < other]


def _limbs(settings: Mapping[str, object], joints: Sequence[str]) -> list[tuple[str, str]]:
    lines = settings.get("skeleton")
    pairs = [pair for pair in (lines if isinstance(lines, list) else []) if isinstance(pair, list) and len(pair) == 2]
    places = [[place for place in pair if type(place) is int] for pair in pairs]
    first = 1 if places and not any(0 in pair for pair in places) and any(len(joints) in pair for pair in places) else 0
    return [
        (joints[a - first], joints[b - first])
        for a, b in (pair for pair in places if len(pair) == 2)
        if 0 <= a - first < len(joints) and 0 <= b - first < len(joints)
    ]


# ---- pictures and their files ----------------------------------------------------------------------------------------


def _pictures(
    settings: Mapping[str, object], file: LabelFile, folder: Folder, labels: set[Path], stems: Mapping[str, Path]
) -> Iterator[tuple[Path, str]]:
    """Every picture with its split, each once."""
    base = str(settings.get("path") or "")
    seen: set[Path] = set()
    for key, split in SPLITS.items():
        places = settings.get(key)
        for place in places if isinstance(places, list) else [places] if places else []:
            for picture in _below(base, str(place), file.path.parent, folder):
                if picture not in seen:
                    seen.add(picture)
                    yield picture, split
    if not seen:  # data.yaml says nothing, or says where they were on another machine
        for picture in folder.pictures:
            if _label_of(picture, labels, stems):
                yield picture, split_of_folders(picture, folder.photos)


def _below(base: str, place: str, beside: Path, folder: Folder) -> list[Path]:
    """The pictures that an entry of data.yaml means: those of a folder, or those that a text file lists.

    The entry may be a path of another machine; then the folder that shares the most of its last names is meant.
    """
    parts = (*parts_of(base), *parts_of(place))
    for drop in range(len(parts)):
        for start in (beside, folder.photos):
            target = start.joinpath(*parts[drop:])
            if target.is_dir():
                return [path for path in folder.pictures if path.is_relative_to(target)]
            if target.is_file() and target.suffix.lower() == ".txt":
                names = [line.strip() for line in LabelFile(target).text.splitlines() if line.strip()]
                return [path for name in names if (path := folder.find(name)) and path.suffix.lower() in IMAGE_SUFFIXES]
    return []


def _only_stems(labels: set[Path]) -> dict[str, Path]:
    """The files whose names appear once, for pictures that were moved elsewhere."""
    counts = Counter(path.stem for path in labels)
    return {path.stem: path for path in labels if counts[path.stem] == 1}


def _label_of(picture: Path, labels: set[Path], stems: Mapping[str, Path]) -> Path | None:
    """The file of a picture: where the last folder called images is one called labels, or beside it; else the only one
    of that name."""
    places = [place for place, part in enumerate(picture.parts[:-1]) if part.lower() == "images"]
    candidates = [picture.with_suffix(".txt"), picture.parent / "labels" / f"{picture.stem}.txt"]
    for place in places:
        candidates.insert(0, Path(*picture.parts[:place], "labels", *picture.parts[place + 1 :]).with_suffix(".txt"))
    return next((path for path in candidates if path in labels), stems.get(picture.stem))


# ---- lines -----------------------------------------------------------------------------------------------------------


def _add(path: Path, photo: int, shape: _Shape, collected: Collected) -> None:
    size = collected.size(photo)
    for number, line in enumerate(LabelFile(path).text.splitlines(), start=1):
        if not (line := line.partition("#")[0].strip()):
            continue
        try:
            if size is None:
                raise ValueError("line of a picture that cannot be read, so that its fractions say nothing")
            joints, box = _person(line, shape, size)
        except ValueError as error:
            collected.problems.add(str(error), f"line {number} of {path.name}")
            continue
        if box is None:
            collected.problems.add("box without extent: made from the joints", f"line {number} of {path.name}")
        collected.person(photo, joints, box)


def _person(line: str, shape: _Shape, size: Size) -> tuple[dict[str, Point], Box | None]:
    """Raises ValueError with the kind of problem."""
    try:
        numbers = [float(cell) for cell in line.replace(",", " ").split()]
    except ValueError:
        raise ValueError("line with something that is no number") from None
    wanted = BOX + len(shape.joints) * shape.values
    if len(numbers) != wanted:
        raise ValueError(f"line whose length is not {wanted} numbers (a class, a box, and the joints of kpt_shape)")
    height, width = size
    _, x, y, w, h = numbers[:BOX]
    if not all(-FARTHEST < value < FARTHEST for value in (x, y, w, h)):
        raise ValueError("line whose box is not in fractions of the picture")
    joints = {}
    for joint, at in zip(shape.joints, range(BOX, wanted, shape.values), strict=True):
        point = numbers[at : at + shape.values]
        joints[joint] = Point(point[0] * width, point[1] * height, _visibility(point))
    try:
        return joints, Box((x - w / 2) * width, (y - h / 2) * height, w * width, h * height)
    except ValueError:
        return joints, None


def _visibility(point: Sequence[float]) -> int:
    if len(point) == 3:
        return 0 if not point[2] > 0 else HIDDEN if math.isclose(point[2], HIDDEN) else SEEN
    # Without visibility a joint that is not there has no number of its own; tools write 0, 0 or something negative.
    return 0 if (point[0] == 0 and point[1] == 0) or point[0] < 0 or point[1] < 0 else SEEN
