"""COCO keypoint files: reading (with archives, splits and confidences beyond COCO) and writing."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.geometry import Box, Size
from hrnet.skeleton import COCO_17, Skeleton

EXAMPLES = 3  # how many of each kind of problem are named


def read_json(path: Path) -> dict:
    """A JSON file, or one packed by gzip, that holds an object.

    Raises:
        ValueError: it cannot be read or parsed; one line.
    """
    try:
        raw = path.read_bytes()
        values = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(
            f"{path} holds a {type(values).__name__}; a COCO file is an object with images and annotations"
        )
    return values


def read_coco(path: Path, photos: Path | None = None, skeleton: Skeleton | None = None) -> PoseSet:
    """Read a COCO keypoint file.

    Args:
        path: the JSON file, plain or .gz.
        photos: the folder with the photos or their archives; next to the file where not given.
        skeleton: which joints; read from the file's category where not given.

    Broken records are left out and reported together in `PoseSet.problems`: unknown or repeated ids, keypoint lists of
    the wrong length, boxes without extent.

    Raises:
        ValueError: the file as a whole cannot be used.
    """
    values = read_json(path)
    missing = [key for key in ("images", "annotations") if not isinstance(values.get(key), list)]
    if missing:
        raise ValueError(f"{path} has no list {' and no list '.join(missing)}; is it a COCO keypoint file?")
    skeleton = skeleton or _skeleton(values, path)
    problems = Problems()
    folder = photos or path.parent
    files, places = _photos(values["images"], folder, problems)
    samples = _persons(values["annotations"], places, skeleton, problems)
    return PoseSet(skeleton, tuple(files), tuple(samples), problems.lines())


class Problems:
    """Counts what is wrong, kind by kind, and keeps the first examples of each."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}

    def add(self, kind: str, example: object) -> None:
        self._count[kind] += 1
        examples = self._examples.setdefault(kind, [])
        if len(examples) < EXAMPLES:
            examples.append(str(example))

    def lines(self) -> tuple[str, ...]:
        return tuple(
            f"{count} x {kind}, for example {', '.join(self._examples[kind])}" for kind, count in self._count.items()
        )


def _skeleton(values: Mapping, path: Path) -> Skeleton:
    for category in values.get("categories") or []:
        joints = category.get("keypoints") if isinstance(category, dict) else None
        if joints:
            if tuple(joints) == COCO_17.joints:
                return COCO_17
            limbs = [(a - 1, b - 1) for a, b in category.get("skeleton") or []]  # COCO counts from 1
            return Skeleton.of(joints, name=str(category.get("name", "custom")), limbs=limbs)
    raise ValueError(f"{path} has no category with keypoint names; hand over the skeleton")


def _photos(records: Iterable[Mapping], folder: Path, problems: Problems) -> tuple[list[PhotoFile], dict[int, int]]:
    files: list[PhotoFile] = []
    places: dict[int, int] = {}
    for record in records:
        try:
            key, name = record["id"], str(record["file_name"])
            size = (int(record["height"]), int(record["width"])) if "height" in record and "width" in record else None
        except (KeyError, TypeError, ValueError) as error:
            problems.add("image record without id, file_name or whole sizes", error)
            continue
        if key in places:
            problems.add("image id that appears twice", key)
            continue
        shard = record.get("shard")
        places[key] = len(files)
        files.append(
            PhotoFile(
                id=key,
                path=folder / (shard or name),
                member=name if shard else None,
                size=size,
                source=str(record.get("source", "")),
                split=str(record.get("split", "")),
                complete=not (record.get("only_one_labelled") or record.get("maybe_unlabelled_people")),
            )
        )
    return files, places


def _persons(
    records: Iterable[Mapping], places: Mapping[int, int], skeleton: Skeleton, problems: Problems
) -> list[LabeledPerson]:
    persons: list[LabeledPerson] = []
    seen: set[int] = set()
    for record in records:
        key = record.get("id")
        if key in seen:
            problems.add("annotation id that appears twice", key)
            continue
        seen.add(key)
        if record.get("image_id") not in places:
            problems.add("annotation of an unknown image", f"annotation {key}")
            continue
        flat = record.get("keypoints") or [0] * (3 * len(skeleton))
        if len(flat) != 3 * len(skeleton):
            problems.add(f"keypoint list whose length is not {3 * len(skeleton)}", f"annotation {key}")
            continue
        keypoints = np.array(flat, np.float32).reshape(-1, 3)
        try:
            box = Box(*(float(v) for v in record["bbox"]))
        except (KeyError, TypeError, ValueError):
            problems.add("box without extent", f"annotation {key}")
            continue
        confidence = record.get("confidence")
        if confidence is None:
            confidence = keypoints[:, 2] > 0
        crowd = bool(record.get("iscrowd"))
        persons.append(
            LabeledPerson(
                id=key,
                photo=places[record["image_id"]],
                box=box,
                keypoints=keypoints,
                confidence=np.asarray(confidence, np.float32),
                ignore=crowd or bool(record.get("ignore")),
                crowd=crowd,
                area=record.get("area"),
            )
        )
    return persons


def clean_box(box: Box, size: Size) -> Box | None:
    """The published loader's box: cut to the photo, one pixel smaller than annotated; None if nothing is left.

    A box that starts left of the photo keeps its width (a quirk: its right end is built from the clamped left one).
    Source: _load_coco_keypoint_annotation_kernal in lib/dataset/coco.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    height, width = size
    x1, y1 = max(0.0, box.x), max(0.0, box.y)
    x2 = min(width - 1.0, x1 + max(0.0, box.w - 1))
    y2 = min(height - 1.0, y1 + max(0.0, box.h - 1))
    return Box(x1, y1, x2 - x1, y2 - y1, box.score) if x2 > x1 and y2 > y1 else None


def to_coco(poses: PoseSet) -> dict[str, object]:
    """The set as COCO keypoint JSON; unlabeled joints are 0, 0, 0."""
    images = [
        {
            "id": photo.id,
            "file_name": photo.name,
            **({"height": photo.size[0], "width": photo.size[1]} if photo.size else {}),
        }
        for photo in poses.photos
    ]
    annotations = []
    for person in poses.samples:
        keypoints = np.where(person.keypoints[:, 2:] > 0, person.keypoints, 0)
        annotations.append(
            {
                "id": person.id,
                "image_id": poses.photos[person.photo].id,
                "category_id": 1,
                "bbox": person.box.xywh.tolist(),
                "keypoints": [round(float(v), 2) for v in keypoints.ravel()],
                "num_keypoints": person.labeled,
                "area": person.box.area if person.area is None else person.area,
                "iscrowd": int(person.crowd),
            }
        )
    category = {
        "id": 1,
        "name": "person",
        "keypoints": list(poses.joints),
        "skeleton": [[a + 1, b + 1] for a, b in poses.skeleton.limbs],
    }
    return {"images": images, "annotations": annotations, "categories": [category]}
