"""CVAT for images and for video, XML 1.1: skeletons, tracks, and sets in which each joint is a label of its own.

Source: the format as site/content/en/docs/dataset_management/formats/format-cvat.md of cvat-ai/cvat (MIT) describes it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree.ElementTree import Element, ParseError
from xml.etree.ElementTree import fromstring as parsed

from hrnet.data.boxes import from_corners
from hrnet.data.importers.collected import HIDDEN, SEEN, Collected, Point
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder, parts_of
from hrnet.data.importers.grouping import LooseBox, LoosePoint, add_people
from hrnet.data.importers.markup import xml_root
from hrnet.data.importers.tracks import Budget, Key, frames_of, interpolated
from hrnet.data.pose_set import PoseSet
from hrnet.data.splits import split_of_folders

NAME = "CVAT"
ALONE = "0"  # the group_id of shapes that belong to nothing


@dataclass(frozen=True)
class _Skeleton:
    joints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...]


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    return [file for file in files if file.is_xml and re.search(r"<annotations[\s>]", file.start)]


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set. Where there are skeletons, other points are not mixed in; of several kinds of skeletons the most
    frequent is read. A joint that is `outside` is not labeled, one that is `occluded` is hidden. The split is the
    subset of an image.

    Raises:
        ValueError: there is neither a skeleton nor a point.
    """
    collected = Collected(folder)
    roots: list[tuple[LabelFile, Element]] = []
    for file in files:
        try:
            roots.append((file, xml_root(file)))
        except ValueError as error:
            if len(files) == 1:
                raise
            collected.problems.add("file that was left out", error)
    known: dict[str, _Skeleton] = {}
    for _, root in roots:
        known |= _skeletons(root)
    used = Counter(label for _, root in roots for label in _skeleton_labels(root))
    loose = any(root.find("image/points") is not None or root.find("track/points") is not None for _, root in roots)
    kind = used.most_common(1)[0][0] if used else None if loose else next(iter(known), None)
    for label in set(used) - {kind}:
        collected.problems.add(f"label with another skeleton than {kind}, which occurs more often", label)
    for file, root in roots:
        _add_images(root, file, kind, collected)
        _add_tracks(root, file, kind, collected, only=len(roots) == 1)
    collected.unlisted()
    skeleton = known.get(kind or "", _Skeleton((), ()))
    if kind is None:
        return collected.poses(_point_labels(roots, collected))
    return collected.poses(skeleton.joints, name=kind, limbs=skeleton.limbs)


# ---- labels ----------------------------------------------------------------------------------------------------------


def _skeletons(root: Element) -> dict[str, _Skeleton]:
    """The skeletons that the labels of a task describe, by their names."""
    labels = [label for group in root.iter("labels") for label in group.iter("label")]
    found = {}
    for label in labels:
        name = (label.findtext("name") or "").strip()
        if (label.findtext("type") or "").strip() == "skeleton" and name:
            inner = [one for one in labels if (one.findtext("parent") or "").strip() == name]
            joints = tuple(dict.fromkeys((one.findtext("name") or "").strip() for one in inner))
            found[name] = _Skeleton(joints, tuple(_limbs(label.findtext("svg") or "", set(joints))))
    return found


def _limbs(svg: str, joints: set[str]) -> Iterator[tuple[str, str]]:
    """The lines of the drawing by which CVAT shows a skeleton: from node to node, and nodes have names."""
    if "<!" in svg:
        return
    try:
        drawing = parsed(f"<svg>{svg}</svg>")
    except ParseError:
        return
    names = {node.get("data-node-id"): node.get("data-label-name") for node in drawing.iter("circle")}
    for line in drawing.iter("line"):
        a, b = names.get(line.get("data-node-from")), names.get(line.get("data-node-to"))
        if a in joints and b in joints:
            yield a, b


def _skeleton_labels(root: Element) -> Iterator[str]:
    """The label of every skeleton that is drawn; in a track the track has it."""
    for image in root.iter("image"):
        yield from (shape.get("label") or "" for shape in image.iter("skeleton"))
    for track in root.iter("track"):
        yield from (track.get("label") or "" for _ in track.iter("skeleton"))


def _point_labels(roots: Sequence[tuple[LabelFile, Element]], collected: Collected) -> list[str]:
    """The labels that occur as points, in the order of the task."""
    seen = set(collected.seen_joints())
    names = [(label.findtext("name") or "").strip() for _, root in roots for label in root.iter("label")]
    return [name for name in dict.fromkeys(names) if name in seen]


# ---- images ----------------------------------------------------------------------------------------------------------


def _add_images(root: Element, file: LabelFile, kind: str | None, collected: Collected) -> None:
    for image in root.iter("image"):
        name = image.get("name")
        if not name:
            collected.problems.add("image without a name", f"id {image.get('id')} in {file.name}")
            continue
        subset = image.get("subset") or split_of_folders(file.path, collected.folder.root)
        photo = collected.photo(
            f"{subset}/{name}" if subset and collected.folder.find(f"{subset}/{name}", file.path) else name,
            near=file.path,
            size=_size(image),
            split="" if subset == "default" else subset,
        )
        _add_shapes(list(image), photo, kind, collected)


def _size(image: Element) -> tuple[int, int] | None:
    height, width = image.get("height") or "", image.get("width") or ""
    return (
        (int(height), int(width)) if height.isdecimal() and width.isdecimal() and int(height) and int(width) else None
    )


def _add_shapes(shapes: Sequence[Element], photo: int, kind: str | None, collected: Collected) -> None:
    name = collected.name(photo)
    boxes = [one for shape in shapes if shape.tag == "box" and (one := _box(shape, name, collected))]
    if kind is None:
        points = [one for shape in shapes if shape.tag == "points" for one in _points(shape, name, collected)]
        add_people(photo, points, boxes, collected)
        return
    for shape in shapes:
        if shape.tag == "skeleton" and shape.get("label") == kind:
            joints = {
                (one.get("label") or ""): point
                for one in shape.iter("points")
                if (point := _point(one, name, collected)) is not None
            }
            group = _group(shape)
            box = next((one.box for one in boxes if group and one.group == group), None)
            collected.person(photo, joints, box)
        elif shape.tag not in ("skeleton", "tag", "box"):
            collected.remarks.add(f"shape that is no skeleton ({shape.tag})", name)


def _group(shape: Element) -> str | None:
    group = shape.get("group_id") or ALONE
    return None if group == ALONE else group


def _point(shape: Element, name: str, collected: Collected) -> Point | None:
    """A joint; None where it is not in the picture or has no place."""
    if shape.get("outside") == "1":
        return None
    try:
        x, y = (float(value) for value in (shape.get("points") or "").split(","))
    except ValueError:
        collected.problems.add("joint without x and y", f"{shape.get('label')} in {name}")
        return None
    return Point(x, y, HIDDEN if shape.get("occluded") == "1" else SEEN)


def _points(shape: Element, name: str, collected: Collected) -> Iterator[LoosePoint]:
    """The points of a shape without a skeleton: one with the name of the label, or several that count from 1."""
    label, spots = shape.get("label") or "", (shape.get("points") or "").split(";")
    if not label:
        collected.problems.add("point without a label: left out", name)
        return
    for number, spot in enumerate(spots, start=1):
        one = Element("points", {**shape.attrib, "points": spot})
        if (point := _point(one, name, collected)) is not None:
            owner = _group(shape) or (None if len(spots) == 1 else shape)
            yield LoosePoint(label if len(spots) == 1 else f"{label}_{number}", point, owner)


def _box(shape: Element, name: str, collected: Collected) -> LooseBox | None:
    if shape.get("outside") == "1":
        return None
    try:
        corners = [float(shape.get(key) or math.nan) for key in ("xtl", "ytl", "xbr", "ybr")]
    except ValueError:
        corners = [math.nan]
    if len(corners) == 4 and (box := from_corners(*corners)):
        return LooseBox(box, _group(shape))
    collected.problems.add("box without extent", name)
    return None


# ---- tracks ----------------------------------------------------------------------------------------------------------


def _add_tracks(root: Element, file: LabelFile, kind: str | None, collected: Collected, *, only: bool) -> None:
    """The frames of a video: every joint stands in the frames between two keys where CVAT would show it."""
    tracks = list(root.iter("track"))
    if not tracks:
        return
    last = _last_frame(root, tracks)
    shapes: dict[int, list[Element]] = {}
    budget = Budget()
    for track in tracks:
        for frame, shape in _frames(track, last, budget):
            shapes.setdefault(frame, []).append(shape)
    source = next((text for tag in root.iter("source") if (text := (tag.text or "").strip())), file.path.stem)
    for frame, picture in frames_of(source, sorted(shapes), file.path, collected, only=only).items():
        photo = collected.photo(
            picture,
            source=PurePosixPath(*parts_of(source)).stem,
            near=file.path,
            split=split_of_folders(file.path, collected.folder.root),
        )
        _add_shapes(shapes[frame], photo, kind, collected)


def _last_frame(root: Element, tracks: Sequence[Element]) -> int:
    """Of the task where it says so, else of its tracks."""
    stops = [int(text) for tag in root.iter("stop_frame") if (text := (tag.text or "").strip()).isdecimal()]
    frames = [int(frame) for track in tracks for shape in track if (frame := shape.get("frame") or "").isdecimal()]
    return max(stops or frames, default=0)


def _frames(track: Element, last: int, budget: Budget) -> Iterator[tuple[int, Element]]:
    """The shapes of a track, one for each frame in which it is seen."""
    label = track.get("label") or ""
    if track.find("skeleton") is not None:
        keys: dict[str, list[Key]] = {}
        for shape in track.iter("skeleton"):
            hidden = shape.get("outside") == "1"
            for one in shape.iter("points"):
                if key := _key(one, shape.get("frame"), hidden):
                    keys.setdefault(one.get("label") or "", []).append(key)
        yield from _skeleton_frames(label, {joint: interpolated(one, last, budget) for joint, one in keys.items()})
        return
    for tag, names in (("points", ("points",)), ("box", ("xtl", "ytl", "xbr", "ybr"))):
        found = [key for shape in track.iter(tag) if (key := _key(shape, shape.get("frame"), False, names))]
        for frame, key in interpolated(found, last, budget).items():
            group = track.get("group_id") or ALONE
            said = {"label": label, "occluded": str(int(key.hidden)), "group_id": group}
            if tag == "points":
                spots = zip(key.values[::2], key.values[1::2], strict=False)
                said["points"] = ";".join(f"{x},{y}" for x, y in spots)
            else:
                said |= {name: str(value) for name, value in zip(names, key.values, strict=True)}
            yield frame, Element(tag, said)


def _skeleton_frames(label: str, joints: Mapping[str, Mapping[int, Key]]) -> Iterator[tuple[int, Element]]:
    for frame in sorted({frame for frames in joints.values() for frame in frames}):
        shape = Element("skeleton", {"label": label})
        for joint, frames in joints.items():
            if key := frames.get(frame):
                x, y = key.values
                said = {"label": joint, "points": f"{x},{y}", "occluded": str(int(key.hidden))}
                shape.append(Element("points", said))
        yield frame, shape


def _key(shape: Element, frame: str | None, outside: bool, names: Sequence[str] = ("points",)) -> Key | None:
    frame = frame or shape.get("frame") or ""
    try:
        values = [float(v) for name in names for spot in (shape.get(name) or "").split(";") for v in spot.split(",")]
    except ValueError:
        return None
    if not frame.isdecimal() or not all(map(math.isfinite, values)) or len(values) % 2:
        return None
    return Key(int(frame), tuple(values), outside or shape.get("outside") == "1", shape.get("occluded") == "1")
