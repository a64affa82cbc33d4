"""VGG Image Annotator 1, 2 and 3: its projects, its JSON and its CSV, in which every joint is a point with a name.

Source: the formats as via-2.x.y/CodeDoc.md and via-3.x.y/CodeDoc.md of ox-vgg/via (BSD-2-Clause) describe them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hrnet.data.boxes import from_corners
from hrnet.data.importers.collected import Collected, Point
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder
from hrnet.data.importers.grouping import LooseBox, LoosePoint, add_people
from hrnet.data.pose_set import PoseSet
from hrnet.data.splits import split_of_folders

NAME = "VGG Image Annotator"
NAMES = ("name", "joint", "keypoint", "label", "part", "class", "type")  # attributes that name a joint, surest first
GROUPS = ("group_id", "group", "person", "person_id", "individual", "instance", "animal", "id")  # those of its owner
POINT_3, RECT_3 = 1, 2  # shapes of version 3: _via_util.js, _VIA_RSHAPE
COLUMNS = {"region_shape_attributes", "region_attributes"}  # of the CSV of 1 and 2
COLUMNS_3 = {"metadata_id", "file_list", "spatial_coordinates", "metadata"}


@dataclass
class _Picture:
    """name: of its file. regions: each a shape with its numbers, and what is said of it."""

    name: str
    regions: list[tuple[Mapping, Mapping]] = field(default_factory=list)


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    return [file for file in files if _is_via(file)]


def _is_via(file: LabelFile) -> bool:
    if file.is_json:
        if not any(f'"{key}"' in file.start for key in ("regions", "_via_settings", "project", "file_attributes")):
            return False
        try:
            return _metadata(file.json) is not None or _is_project_3(file.json)
        except ValueError:
            return '"_via_' in file.start
    return "region_shape_attributes" in file.start or ("# CSV_HEADER" in file.start and "metadata_id" in file.start)


def _metadata(values: object) -> Mapping | None:
    """The pictures of version 1 or 2: in a project they have a key of their own."""
    if isinstance(values, Mapping):
        values = values.get("_via_img_metadata", values)
    if isinstance(values, Mapping) and values:
        first = next(iter(values.values()))
        if isinstance(first, Mapping) and {"filename", "regions"} <= first.keys():
            return values
    return None


def _is_project_3(values: object) -> bool:
    keys = ("file", "view", "metadata", "attribute")
    return isinstance(values, Mapping) and all(isinstance(values.get(key), Mapping) for key in keys)


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set. A file that repeats pictures of one before it (JSON and CSV of one project) adds nothing for them.

    Raises:
        ValueError: there is not one point with a name.
    """
    collected = Collected(folder)
    taken: set[str] = set()
    joints: list[str] = []
    for file in sorted(files, key=lambda file: (not file.is_json, file.path)):
        try:
            pictures, order = _pictures(file, collected)
        except (ValueError, csv.Error) as error:
            collected.problems.add("file that was left out", error)
            continue
        joints += order
        for picture in pictures:
            if picture.name not in taken:
                _add(picture, file.path, collected)
        taken |= {picture.name for picture in pictures}
    collected.unlisted()
    seen = collected.seen_joints()
    return collected.poses([joint for joint in joints if joint in seen] if seen else joints)


def _add(picture: _Picture, path: Path, collected: Collected) -> None:
    split = split_of_folders(path, collected.folder.root)
    photo = collected.photo(picture.name, near=path, split=split)
    points, boxes = [], []
    for shape, said in picture.regions:
        kind, group = shape.get("name"), _value(said, GROUPS) or None
        try:
            if kind == "point":
                if name := _value(said, NAMES) or _only_value(said):
                    points.append(LoosePoint(name, Point(float(shape["cx"]), float(shape["cy"])), group))
                else:
                    collected.problems.add("point without a name: left out", picture.name)
            elif kind == "rect":
                x, y, w, h = (float(shape[key]) for key in ("x", "y", "width", "height"))
                if box := from_corners(x, y, x + w, y + h):
                    boxes.append(LooseBox(box, group))
                else:
                    collected.problems.add("box without extent", picture.name)
            else:
                collected.remarks.add(f"shape that is neither point nor rectangle ({kind})", picture.name)
        except (KeyError, TypeError, ValueError):
            collected.problems.add(f"{kind} without its numbers", picture.name)
    add_people(photo, points, boxes, collected)


def _value(said: Mapping, keys: Sequence[str]) -> str:
    """What is said under the first of these keys; of a list of boxes to tick the one that is ticked."""
    for key, value in sorted(said.items(), key=lambda item: _rank(item[0], keys)):
        if _rank(key, keys) == len(keys):
            break
        if isinstance(value, Mapping):
            value = next((name for name, ticked in value.items() if ticked), "")
        if text := str(value).strip():
            return text
    return ""


def _rank(key: str, keys: Sequence[str]) -> int:
    return keys.index(key.lower()) if key.lower() in keys else len(keys)


def _only_value(said: Mapping) -> str:
    """The one thing that is said, under whatever key, if it is not whose joint this is."""
    rest = {key: value for key, value in said.items() if key.lower() not in GROUPS}
    return _value(rest, [key.lower() for key in rest]) if len(rest) == 1 else ""


# ---- files -----------------------------------------------------------------------------------------------------------


def _pictures(file: LabelFile, collected: Collected) -> tuple[list[_Picture], list[str]]:
    """The pictures of a file, and the joints in the order of its menu, where it has one.

    Raises:
        ValueError: it is damaged.
    """
    if not file.is_json:
        return list((_csv_3 if "# CSV_HEADER" in file.start else _csv)(file, collected).values()), []
    if _is_project_3(file.json):
        return _project_3(file.json, collected)
    pictures = []
    for record in (_metadata(file.json) or {}).values():
        regions = record.get("regions") if isinstance(record, Mapping) else None
        if isinstance(regions, Mapping):  # version 1 numbers them
            regions = list(regions.values())
        if not isinstance(regions, list) or not isinstance(record.get("filename"), str):
            collected.problems.add("picture without a name and regions", str(record)[:60])
            continue
        shapes = [one for one in regions if isinstance(one, Mapping)]
        pictures.append(_Picture(record["filename"], [(_dict(one, "shape"), _dict(one, "region")) for one in shapes]))
    return pictures, _menu(file.json)


def _dict(region: Mapping, kind: str) -> Mapping:
    found = region.get(f"{kind}_attributes")
    return found if isinstance(found, Mapping) else {}


def _menu(values: Mapping) -> list[str]:
    """The names that version 2 offers for points, in their order."""
    regions = values.get("_via_attributes", {})
    regions = regions.get("region", {}) if isinstance(regions, Mapping) else {}
    for key in NAMES:
        options = regions.get(key, {}).get("options") if isinstance(regions.get(key), Mapping) else None
        if isinstance(options, Mapping) and options:
            return list(options)
    return []


def _csv(file: LabelFile, collected: Collected) -> dict[str, _Picture]:
    rows = csv.DictReader(io.StringIO(file.text.lstrip("\ufeff#"), newline=""))
    if not {"filename", *COLUMNS} <= set(rows.fieldnames or ()):
        raise ValueError(f"{file.name} has no columns filename, region_shape_attributes and region_attributes")
    pictures: dict[str, _Picture] = {}
    for row in rows:
        picture = pictures.setdefault(row["filename"], _Picture(row["filename"]))
        try:
            shape, said = json.loads(row["region_shape_attributes"]), json.loads(row["region_attributes"])
        except (TypeError, ValueError):
            collected.problems.add("line that is not valid", f"{rows.line_num} of {file.name}")
            continue
        if isinstance(shape, Mapping) and isinstance(said, Mapping) and shape:  # an empty one: a picture without any
            picture.regions.append((shape, said))
    return pictures


# ---- version 3 -------------------------------------------------------------------------------------------------------


def _project_3(values: Mapping, collected: Collected) -> tuple[list[_Picture], list[str]]:
    attributes = values["attribute"]
    names: dict[str, _Picture] = {}
    for key, view in values["view"].items():
        try:
            names[key] = _Picture(str(values["file"][str(view["fid_list"][0])]["fname"]))
        except (KeyError, IndexError, TypeError):
            collected.problems.add("view without a picture", key)
    for key, record in values["metadata"].items():
        try:
            picture, numbers, said = names[record["vid"]], record["xy"], record["av"]
            picture.regions += _region_3(
                numbers, {_name_3(k, attributes): _say_3(k, v, attributes) for k, v in said.items()}
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            collected.problems.add("shape without a picture and numbers", key)
    options = [one.get("options") for one in attributes.values() if isinstance(one, Mapping)]
    options = [one for one in options if isinstance(one, Mapping) and one]
    return list(names.values()), [str(name) for name in options[0].values()] if options else []


def _name_3(key: str, attributes: Mapping) -> str:
    return str(attributes.get(key, {}).get("aname", key))


def _say_3(key: str, value: object, attributes: Mapping) -> str:
    """What a value says: of a menu it is the number of the choice."""
    options = attributes.get(key, {}).get("options") or {}
    return str(options.get(str(value), value))


def _region_3(numbers: Sequence[float], said: Mapping) -> Iterator[tuple[Mapping, Mapping]]:
    if not numbers:  # said of the whole picture
        return
    kind, *rest = numbers
    if kind == POINT_3:
        yield {"name": "point", "cx": rest[0], "cy": rest[1]}, said
    elif kind == RECT_3:
        yield {"name": "rect", "x": rest[0], "y": rest[1], "width": rest[2], "height": rest[3]}, said
    else:
        yield {"name": f"shape {kind}"}, said


def _csv_3(file: LabelFile, collected: Collected) -> dict[str, _Picture]:
    lines = file.text.splitlines()
    header = next(line for line in lines if line.startswith("# CSV_HEADER")).partition("=")[2].strip().split(",")
    if not COLUMNS_3 <= set(header):
        raise ValueError(f"{file.name} has no columns {', '.join(sorted(COLUMNS_3))}")
    attributes: Mapping = {}
    for line in lines:
        if line.startswith("# ATTRIBUTE"):
            attributes = json.loads(line.partition("=")[2])
    pictures: dict[str, _Picture] = {}
    for row in csv.DictReader((line for line in lines if not line.startswith("#")), fieldnames=header):
        try:
            name = str(json.loads(row["file_list"])[0])
            numbers, said = json.loads(row["spatial_coordinates"]), json.loads(row["metadata"])
            said = {_name_3(key, attributes): _say_3(key, value, attributes) for key, value in said.items()}
            pictures.setdefault(name, _Picture(name)).regions += _region_3(numbers, said)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            collected.problems.add("line that is not valid", str(list(row.values()))[:60])
    return pictures
