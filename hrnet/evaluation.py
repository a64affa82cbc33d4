"""The published protocol: given or found boxes of a labeled set -> keypoints -> rescored, thinned -> COCO figures.

Source: coco.py (evaluate) in lib/dataset of leoxiaobin/deep-high-resolution-net.pytorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from hrnet import metrics
from hrnet.data.coco import clean_box, to_coco
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Box, padded_sides
from hrnet.person import Person
from hrnet.topdown import TopDown

OKS_THRESHOLD = 0.9  # TEST.OKS_THRE: of two people more alike than this, the better one is judged
PHOTOS_AT_ONCE = 16

Photos = Callable[[int], np.ndarray | None]  # place in PoseSet.photos -> uint8 (H, W, 3); None: it cannot be read


def given_boxes(poses: PoseSet) -> list[list[Box]]:
    """The labeled boxes of each photo by the published rule: cut to the photo; no crowds and others to ignore, nobody
    without joints or area.

    Raises:
        ValueError: the labels do not say how large a photo is.
    """
    boxes: list[list[Box]] = [[] for _ in poses.photos]
    for person in poses.samples:
        photo = poses.photos[person.photo]
        if photo.size is None:
            raise ValueError(f"{photo.name} has no width and height in its labels; the box rule needs them")
        box = clean_box(person.box, photo.size)
        if box and not person.ignore and person.labeled and (person.area is None or person.area > 0):
            boxes[person.photo].append(box)
    return boxes


def detect(
    topdown: TopDown,
    poses: PoseSet,
    boxes: Sequence[Sequence[Box]],
    photos: Photos,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, object]]:
    """COCO detections of every box: scores are box score times mean joint score, repeated people are dropped.

    Raises:
        ValueError: a photo cannot be read. Figures without it would be of another set.
    """
    detections: list[dict[str, object]] = []
    input_size = topdown.metadata.input_size
    for start in range(0, len(poses.photos), PHOTOS_AT_ONCE):
        places = [p for p in range(start, min(start + PHOTOS_AT_ONCE, len(poses.photos))) if boxes[p]]
        pixels = [photos(p) for p in places]
        for place, photo in zip(places, pixels, strict=True):
            if photo is None:
                raise ValueError(f"{poses.photos[place].name} cannot be read; restore it, or take it out of the set")
        found = topdown(pixels, [boxes[p] for p in places])
        for place, keypoints in zip(places, found, strict=True):
            people = [
                Person(box, points, metrics.rescore(box.score, points[:, 2]))
                for box, points in zip(boxes[place], keypoints, strict=True)
            ]
            seen = [math.prod(padded_sides(box, input_size)) for box in boxes[place]]  # the area the network saw
            for kept in metrics.oks_nms(people, OKS_THRESHOLD, seen, poses.skeleton.sigmas):
                person = people[kept]
                detections.append(
                    {
                        "image_id": poses.photos[place].id,
                        "category_id": 1,
                        "keypoints": person.keypoints.astype(float).ravel().tolist(),
                        "score": float(person.score),
                    }
                )
        progress(min(start + PHOTOS_AT_ONCE, len(poses.photos)), len(poses.photos))
    return detections


def figures(poses: PoseSet, detections: list[dict[str, object]]) -> dict[str, float]:
    """The ten COCO figures of the detections on this set."""
    return metrics.evaluate(to_coco(poses), detections, sigmas=poses.skeleton.sigmas)
