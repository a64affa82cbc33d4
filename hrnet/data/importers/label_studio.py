"""Label Studio: its JSON export, its JSON-MIN, and the order of the joints in its labeling configuration.

Source: docs/source/guide/export.md and tags/keypointlabels.md of HumanSignal/label-studio (Apache-2.0).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

from hrnet.data.boxes import from_corners
from hrnet.data.importers.collected import Collected, Point
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder
from hrnet.data.importers.grouping import LooseBox, LoosePoint, add_people
from hrnet.data.importers.markup import xml_root
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from hrnet.image import IMAGE_SUFFIXES

NAME = "Label Studio"
POINTS, BOXES = "keypointlabels", "rectanglelabels"
LISTS = ("annotations", "completions")  # a task's; the second is the name before version 1.0
UPLOADED = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the name of an uploaded picture
PERCENT = 100.0  # coordinates are per cent of the picture


@dataclass(frozen=True)
class _Region:
    key: str  # "" in JSON-MIN, which drops them
    parent: str
    value: Mapping


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    """The exports, and the configurations that lie beside them."""
    exports = [file for file in files if file.is_json and _is_export(file)]
    return [*exports, *(file for file in files if file.is_xml and "KeyPointLabels" in file.start)] if exports else []


def _is_export(file: LabelFile) -> bool:
    if not file.start.startswith("["):
        return False
    try:
        values = file.json
    except ValueError:
        return f'"{POINTS}"' in file.start
    return isinstance(values, list) and any(isinstance(task, Mapping) and _is_task(task) for task in values[:100])


def _is_task(task: Mapping) -> bool:
    if any(isinstance(task.get(key), list) for key in LISTS) and isinstance(task.get("data"), Mapping):
        return True
    return any(True for _ in _short(task)) or {"annotation_id", "annotator"} <= task.keys()


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set: the points of a picture belong to the box that they were put into (`parentID`), else to that which they
    are tied to by a relation, else to that around.

    Of several annotations of one picture the one called ground truth is taken, else the first that was not canceled.

    Raises:
        ValueError: there is not one point, and no configuration that names any.
    """
    collected = Collected(folder)
    configuration = next((file for file in files if file.is_xml), None)
    joints = _order(configuration, collected) if configuration else []
    for file in files:
        if not file.is_json:
            continue
        try:
            tasks = file.json
        except ValueError as error:
            collected.problems.add("file that was left out", error)
            continue
        for task in tasks:
            if isinstance(task, Mapping):
                _add(task, file, collected)
            else:
                collected.problems.add("task that is no object", str(task)[:60])
    if not joints and collected.seen_joints():
        collected.remarks.add(
            "export without its labeling configuration: joints in the order of appearance", "label_config.xml"
        )
    collected.unlisted()
    return collected.poses(joints)


def _order(file: LabelFile, collected: Collected) -> list[str]:
    """The names of the joints: by model_index where there is one, else as they are listed."""
    try:
        labels = [label for tag in xml_root(file).iter("KeyPointLabels") for label in tag.iter("Label")]
    except ValueError as error:
        collected.problems.add("labeling configuration that was left out", error)
        return []
    numbered = sorted(labels, key=lambda label: _whole(label.get("model_index")))
    return [name for label in numbered if (name := (label.get("value") or "").strip())]


def _whole(text: str | None) -> float:
    return int(text) if text and text.isdecimal() else math.inf


# ---- tasks -----------------------------------------------------------------------------------------------------------


def _add(task: Mapping, file: LabelFile, collected: Collected) -> None:
    name = _picture(task, file, collected.folder)
    if not name:
        collected.problems.add("task without a picture", f"task {task.get('id')}")
        return
    regions = list(_regions(task, collected))
    size = next((size for region in regions if (size := _size(region.value))), None)
    photo = collected.photo(name, near=file.path, size=size, complete=bool(regions))
    size = size or collected.size(photo)
    if regions and size is None:
        collected.problems.add("picture of unknown size, so that its per cents say nothing", name)
        return
    points, boxes = [], []
    owners = {region.key for region in regions if BOXES in region.value or _is_box(region.value)} - {""}
    for region in regions:
        value, owner = region.value, region.parent if region.parent in owners else None
        try:
            if labels := value.get(POINTS):
                point = Point(*_pixels(value, size))
                points.append(LoosePoint(str(labels[0]), point, owner))
            elif value.get(BOXES) or _is_box(value):
                x, y = _pixels(value, size)
                right = x + float(value["width"]) / PERCENT * size[1]
                bottom = y + float(value["height"]) / PERCENT * size[0]
                if value.get("rotation"):
                    collected.remarks.add("turned box, which was taken as it was before it was turned", name)
                if box := from_corners(x, y, right, bottom):
                    held = any(other.parent == region.key for other in regions) and bool(region.key)
                    boxes.append(LooseBox(box, region.key if held else None))
        except (KeyError, TypeError, ValueError, IndexError):
            collected.problems.add("shape without its numbers", name)
    add_people(photo, points, boxes, collected)


def _is_box(value: Mapping) -> bool:
    """A rectangle without a label: of a point only the width is told."""
    return "height" in value and POINTS not in value and isinstance(value.get("width"), int | float)


def _pixels(value: Mapping, size: Size) -> tuple[float, float]:
    return float(value["x"]) / PERCENT * size[1], float(value["y"]) / PERCENT * size[0]


def _size(value: Mapping) -> Size | None:
    height, width = value.get("original_height"), value.get("original_width")
    return (height, width) if isinstance(height, int) and isinstance(width, int) and height > 0 < width else None


def _regions(task: Mapping, collected: Collected) -> Iterator[_Region]:
    """The shapes of a task, whichever export it is of."""
    versions = next((task[key] for key in LISTS if isinstance(task.get(key), list)), None)
    if versions is None:
        yield from (_Region("", "", value) for value in _short(task))
        return
    kept = [one for one in versions if isinstance(one, Mapping) and not one.get("was_cancelled")]
    kept.sort(key=lambda one: not one.get("ground_truth"))
    if len(kept) > 1:
        collected.remarks.add("task with several annotations, of which one was taken", f"task {task.get('id')}")
    shapes = kept[0].get("result") if kept else []
    records = [record for record in shapes if isinstance(record, Mapping)] if isinstance(shapes, list) else []
    related = _relations(records)
    for record in records:
        if not isinstance(record.get("value"), Mapping):
            continue  # relations between shapes, and choices
        whole = {key: record[key] for key in ("original_width", "original_height") if key in record}
        key = str(record.get("id") or "")
        yield _Region(key, str(record.get("parentID") or related.get(key, "")), {**record["value"], **whole})


def _relations(records: Sequence[Mapping]) -> dict[str, str]:
    """The box that each point is tied to by a relation, in whichever direction that was drawn."""
    boxes = {str(record.get("id")) for record in records if record.get("type") == BOXES}
    owners: dict[str, str] = {}
    for record in records:
        ends = str(record.get("from_id")), str(record.get("to_id"))
        for point, box in (ends, ends[::-1]):
            if record.get("type") == "relation" and box in boxes and point not in boxes:
                owners.setdefault(point, box)
    return owners


def _short(task: Mapping) -> Iterator[Mapping]:
    """The shapes of a task in JSON-MIN: lists of them under the names that the configuration gives."""
    for shapes in task.values():
        for shape in shapes if isinstance(shapes, list) else []:
            if isinstance(shape, Mapping) and (POINTS in shape or BOXES in shape):
                yield shape


def _picture(task: Mapping, file: LabelFile, folder: Folder) -> str:
    """The name of the picture: a path or address of the server, of which the end is what lies here."""
    data = task.get("data") if isinstance(task.get("data"), Mapping) else task
    texts = [value for value in data.values() if isinstance(value, str)]
    if isinstance(task.get("file_upload"), str):
        texts.append(task["file_upload"])
    names = [name for text in texts if PurePosixPath(name := _plain(text)).suffix.lower() in IMAGE_SUFFIXES]
    for name in names:
        for one in (name, UPLOADED.sub("", PurePosixPath(name).name)):
            if folder.find(one, file.path):
                return one
    return names[0] if names else ""


def _plain(address: str) -> str:
    """The path in an address; local files stand behind ?d=."""
    try:
        parts = urlsplit(address.replace("\\", "/"))
    except ValueError:
        return address
    local = parse_qs(parts.query).get("d")
    return local[0] if local else unquote(parts.path)
