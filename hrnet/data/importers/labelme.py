"""labelme: one JSON for each picture, in which every joint is a point with a label.

Source: the keys as the files of wkentaro/labelme (GPL) show them. Nothing of its code is used.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from hrnet.data.boxes import from_corners
from hrnet.data.importers.collected import HIDDEN, SEEN, Collected, Point
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.embedded import keep
from hrnet.data.importers.folder import Folder
from hrnet.data.importers.grouping import LooseBox, LoosePoint, add_people
from hrnet.data.pose_set import PoseSet
from hrnet.data.splits import split_of_folders
from hrnet.geometry import Size

NAME = "labelme"
OCCLUDED = ("occluded", "hidden", "invisible")  # flags by which people say that a joint is hidden; none is official


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    """By the two keys that every such file has; the pixels of the picture may stand in front of them."""
    return [file for file in files if file.is_json and _is_labelme(file)]


def _is_labelme(file: LabelFile) -> bool:
    if not file.start.startswith("{"):
        return False
    if not any(f'"{key}"' in file.start for key in ("shapes", "imageData", "imagePath", "flags")):
        return False  # a large file of another tool need not be read to the end
    try:
        values = file.json
    except ValueError:
        return '"shapes"' in file.start  # damaged, and its own
    file.forget()
    return isinstance(values, dict) and isinstance(values.get("shapes"), list) and "imagePath" in values


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set: points with one `group_id` are one person, with the rectangle of that number as box.

    Raises:
        ValueError: there is not one point.
    """
    collected = Collected(folder)
    for file in files:
        try:
            values = file.json
        except ValueError as error:
            collected.problems.add("file that was left out", error)
            continue
        file.forget()
        _add(values, file, collected)
    collected.unlisted()
    return collected.poses()


def _add(values: Mapping[str, object], file: LabelFile, collected: Collected) -> None:
    name = str(values.get("imagePath") or file.path.with_suffix(".jpg").name)
    there = collected.folder.find(name, file.path) is not None
    picture = name if there else _embedded(values, file, collected) or name
    split = split_of_folders(file.path, collected.folder.root)
    photo = collected.photo(picture, near=file.path, size=_size(values), split=split)
    points, boxes = [], []
    for shape in values["shapes"]:
        try:
            kind, label, group = (
                shape.get("shape_type") or "polygon",
                str(shape["label"]).strip(),
                shape.get("group_id"),
            )
            group = group if isinstance(group, int | str) else None
            corners = [(float(x), float(y)) for x, y in shape["points"]]
        except (AttributeError, KeyError, TypeError, ValueError):
            collected.problems.add("shape without a label and points", file.name)
            continue
        if kind == "point" and len(corners) == 1:
            points.append(LoosePoint(label, Point(*corners[0], visibility=_visibility(shape)), group))
        elif kind == "rectangle" and len(corners) in (2, 4) and _are_finite(corners):
            xs, ys = zip(*corners, strict=True)
            if box := from_corners(min(xs), min(ys), max(xs), max(ys)):
                boxes.append(LooseBox(box, group))
            else:
                collected.problems.add("box without extent", file.name)
        else:
            collected.remarks.add(f"shape that is neither point nor rectangle ({kind})", file.name)
    add_people(photo, points, boxes, collected)


def _are_finite(corners: Sequence[tuple[float, float]]) -> bool:
    return all(math.isfinite(value) for corner in corners for value in corner)


def _visibility(shape: Mapping[str, object]) -> int:
    flags = shape.get("flags")
    hidden = isinstance(flags, Mapping) and any(flags.get(flag) is True for flag in OCCLUDED)
    return HIDDEN if hidden else SEEN


def _size(values: Mapping[str, object]) -> Size | None:
    height, width = values.get("imageHeight"), values.get("imageWidth")
    return (height, width) if isinstance(height, int) and isinstance(width, int) and height > 0 < width else None


def _embedded(values: Mapping[str, object], file: LabelFile, collected: Collected) -> Path | None:
    """The picture that the file itself holds, for where that beside it is missing."""
    data = values.get("imageData")
    if not isinstance(data, str) or not data:
        return None
    try:
        return keep(base64.b64decode(data), file.path, file.path.stem, collected.folder)
    except (binascii.Error, ValueError) as error:
        collected.problems.add("picture inside of a file that cannot be read", f"{file.name} ({error})")
        return None
