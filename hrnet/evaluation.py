"""The published protocol: given or found boxes of a labeled set -> keypoints -> rescored, thinned -> COCO figures.

Source: coco.py (evaluate) in lib/dataset of leoxiaobin/deep-high-resolution-net.pytorch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from hrnet import metrics
from hrnet.data.coco import clean_box
from hrnet.data.coco_written import to_coco
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Box, padded_sides
from hrnet.metrics.similarity import COUNTED_SCORE
from hrnet.person import Person
from hrnet.topdown import TopDown

OKS_THRESHOLD = 0.9  # TEST.OKS_THRE: of two people more alike than this, the better one is judged
PHOTOS_AT_ONCE = 16

NMS = {"hard": metrics.oks_nms, "soft": metrics.soft_oks_nms, "off": None}

Photos = Callable[[int], np.ndarray | None]  # place in PoseSet.photos -> uint8 (H, W, 3); None: it cannot be read


@dataclass(frozen=True)
class Protocol:
    """What becomes of the poses between the network and the figures. As published, unless something else is asked for.

    Raises:
        ValueError: there is no such suppression, or a threshold cannot be one.
    """

    nms: str = "hard"  # one of NMS
    oks_threshold: float = OKS_THRESHOLD
    counted_score: float = COUNTED_SCORE  # a joint counts toward its person's score above this: TEST.IN_VIS_THRE

    def __post_init__(self) -> None:
        if self.nms not in NMS:
            raise ValueError(f"there is no OKS-NMS {self.nms!r}; choose one of {', '.join(NMS)}")
        if not 0 < self.oks_threshold <= 1 or not math.isfinite(self.counted_score):
            raise ValueError(
                f"an OKS threshold lies above 0 and not above 1, and a score is a number; got {self.oks_threshold} and "
                f"{self.counted_score}"
            )

    def __str__(self) -> str:
        nms = "no OKS-NMS" if self.nms == "off" else f"{self.nms} OKS-NMS {self.oks_threshold:g}"
        return f"score = box x mean of joints above {self.counted_score:g}, {nms}"


PUBLISHED = Protocol()


def given_people(poses: PoseSet) -> list[list[tuple[int, Box]]]:
    """Who is judged with labeled boxes, photo by photo: the place in `poses.samples`, and the box.

    The published rule: boxes are cut to the photo; no crowds and others to ignore, nobody without joints or area.

    Raises:
        ValueError: the labels do not say how large a photo is.
    """
    people: list[list[tuple[int, Box]]] = [[] for _ in poses.photos]
    for place, person in enumerate(poses.samples):
        photo = poses.photos[person.photo]
        if photo.size is None and not person.uncut:
            raise ValueError(f"{photo.name} has no width and height in its labels; the box rule needs them")
        box = person.box if person.uncut else clean_box(person.box, photo.size)
        if box and not person.ignore and person.labeled and (person.area is None or person.area > 0):
            people[person.photo].append((place, box))
    return people


def given_boxes(poses: PoseSet) -> list[list[Box]]:
    """The labeled boxes of each photo by the published rule. Raises ValueError as `given_people`."""
    return [[box for _, box in some] for some in given_people(poses)]


def detect(
    topdown: TopDown,
    poses: PoseSet,
    boxes: Sequence[Sequence[Box]],
    photos: Photos,
    progress: Callable[[int, int], None] = lambda done, total: None,
    protocol: Protocol = PUBLISHED,
) -> list[dict[str, object]]:
    """COCO detections of every box: scores are box score times mean joint score, repeated people are dropped (hard
    suppression) or come later, and past the twentieth not at all (soft).

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
                Person(box, points, metrics.rescore(box.score, points[:, 2], protocol.counted_score))
                for box, points in zip(boxes[place], keypoints, strict=True)
            ]
            for kept in _kept(people, protocol, input_size, poses.skeleton.sigmas):
                person = people[kept]
                detections.append(
                    {
                        "image_id": poses.photos[place].id,
                        "category_id": 1,
                        "keypoints": person.keypoints.astype(float).ravel().tolist(),
                        "score": float(person.score),
                        "box": int(kept),  # beyond COCO: its place among the photo's boxes
                    }
                )
        progress(min(start + PHOTOS_AT_ONCE, len(poses.photos)), len(poses.photos))
    return detections


def figures(poses: PoseSet, detections: list[dict[str, object]]) -> dict[str, float]:
    """The ten COCO figures of the detections on this set; CrowdPose's nine where the photos have a crowd index."""
    judge = metrics.evaluate_crowdpose if crowded(poses) else metrics.evaluate
    return judge(to_coco(poses), detections, sigmas=poses.skeleton.sigmas)


def crowded(poses: PoseSet) -> bool:
    """Whether this is CrowdPose, which takes areas from boxes and judges by how crowded a photo is."""
    return any(photo.crowding is not None for photo in poses.photos)


def owners(poses: PoseSet, detections: list[dict[str, object]]) -> list[int]:
    """The place in `poses.samples` of the person whose labeled box each detection was made with: `given_boxes`."""
    people = {photo.id: some for photo, some in zip(poses.photos, given_people(poses), strict=True)}
    return [people[detection["image_id"]][detection["box"]][0] for detection in detections]


def head_figures(poses: PoseSet, detections: list[dict[str, object]]) -> dict[str, dict[str, float]]:
    """MPII's own figures in percent: the published table, every joint, and both figures called "@0.1".

    Args:
        poses: with head boxes; whoever has none is left out.
        detections: of `given_boxes`, one for each, without OKS-NMS: PCKh knows no scores.
    Raises:
        ValueError: there are no head boxes, or the detections are not one for each box.
    """
    boxes = sum(map(len, given_people(poses)))
    if boxes != len(detections):
        raise ValueError(
            f"PCKh wants one pose for each of the {boxes} labeled boxes, got {len(detections)}; "
            "take given boxes and no OKS-NMS"
        )
    people = owners(poses, detections)
    judged = [(poses.samples[p], d) for p, d in zip(people, detections, strict=True) if poses.samples[p].head]
    if not judged:
        raise ValueError("nobody in this set has a head box, which PCKh measures with; MPII's are in gt_valid.mat")
    predicted = np.array([detection["keypoints"] for _, detection in judged]).reshape(len(judged), -1, 3)
    annotated = np.array([person.keypoints for person, _ in judged])
    heads = np.array([person.head.xywh for person, _ in judged])
    return {
        "PCKh@0.5": metrics.pckh(predicted, annotated, heads),
        "PCKh@0.5 of each joint": metrics.pckh_per_joint(predicted, annotated, heads),
        "both conventions of @0.1": metrics.pckh_at_a_tenth(predicted, annotated, heads),
    }


def _kept(
    people: Sequence[Person], protocol: Protocol, input_size: tuple[int, int], sigmas: Sequence[float]
) -> Sequence[int]:
    suppress = NMS[protocol.nms]
    if suppress is None:
        return range(len(people))
    seen = [math.prod(padded_sides(person.box, input_size)) for person in people]  # the area the network saw
    return suppress(people, protocol.oks_threshold, seen, sigmas)
