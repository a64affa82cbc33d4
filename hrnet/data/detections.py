"""Boxes of persons that a detector found, in the form of COCO results: what the published APs are measured with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hrnet.data.pose_set import PoseSet
from hrnet.data.problems import Problems
from hrnet.geometry import Box
from hrnet.metrics.records import load

PERSON = 1  # COCO's category; a detector's file also holds cars and dogs


@dataclass(frozen=True)
class DetectedBoxes:
    """For each photo of a set the boxes of its persons, and what was left out."""

    boxes: tuple[tuple[Box, ...], ...]  # as in the file, uncut and unsorted; scores are the detector's
    below: int  # persons below the threshold
    elsewhere: int  # persons on photos that the set does not have: the rest of a split
    problems: tuple[str, ...]  # one line for each kind of broken record


def read_detections(path: Path | str, poses: PoseSet, threshold: float = 0.0) -> DetectedBoxes:
    """The persons of a detections file, photo by photo.

    Args:
        path: a list of {image_id, category_id, bbox [x, y, w, h], score}, .json or .json.gz.
        poses: the set whose photos are asked for.
        threshold: the lowest score that counts: IMAGE_THRE in the published experiment files, where it is 0.
    Raises:
        ValueError: the file is no list of such records, or has no person on any photo of the set.
        OSError: it cannot be read.
    Source: _load_coco_person_detection_results in lib/dataset/coco.py of leoxiaobin/deep-high-resolution-net.pytorch.
        Boxes are not cut to the photo there, other than labeled ones.
    """
    records = load(Path(path))
    if not isinstance(records, list) or not all(isinstance(record, Mapping) for record in records):
        raise ValueError(
            f"{path} holds {_form(records)}; detections are a list of records with image_id, category_id, bbox, score"
        )
    places = {photo.id: place for place, photo in enumerate(poses.photos)}
    boxes: list[list[Box]] = [[] for _ in poses.photos]
    problems = Problems()
    below = elsewhere = 0
    for number, record in enumerate(records):
        try:
            if record["category_id"] != PERSON:
                continue
            image, score = record["image_id"], float(record["score"])
            if not 0 <= score <= 1:
                raise ValueError
            box = Box(*(float(value) for value in record["bbox"]), score)
        except KeyError as error:
            problems.add(f"detection without {error.args[0]}", number)
        except (TypeError, ValueError):
            problems.add("detection whose box has no extent or whose score is not from 0 to 1", number)
        else:
            if score < threshold:
                below += 1
            elif image not in places:
                elsewhere += 1
            else:
                boxes[places[image]].append(box)
    if not any(boxes):
        raise ValueError(
            f"{path} has no person with a score from {threshold} on any of the {len(boxes)} photos: {len(records)} "
            f"records, {below} persons below, {elsewhere} on other photos; are its image ids those of the labels?"
        )
    return DetectedBoxes(tuple(map(tuple, boxes)), below, elsewhere, problems.lines())


def _form(records: object) -> str:
    return "an object" if isinstance(records, Mapping) else f"a {type(records).__name__} of other things"
