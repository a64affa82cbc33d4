"""The COCO keypoint evaluation: the figures of pycocotools to the last digit, for any number of joints.

Every detection meets every annotated person of its image at once, as arrays. Most pairs are less alike than the lowest
threshold and can never match; the rest is matched greedily by score for all images, thresholds and sizes in 20 steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np

from hrnet.metrics.records import Annotated, Cells, Detected, annotated_people, cells_of, detected_people, load
from hrnet.metrics.similarity import joint_variances, sigmas_of, similarity
from hrnet.skeleton import COCO_17, CROWDPOSE_14

# cocoeval.py of pycocotools, Params.setKpParams
THRESHOLDS = np.linspace(0.5, 0.95, 10)  # T: an OKS from here on is a match
RECALLS = np.linspace(0, 1, 101)  # R: where the precision is read
SIZES = {"all": (0, 1e5**2), "medium": (32**2, 96**2), "large": (96**2, 1e5**2)}  # A: area in square pixels

# figure -> (curve, threshold or all of them, size), in pycocotools' order
COCO_FIGURES = {
    "AP": ("precision", None, "all"),
    "AP50": ("precision", 0.5, "all"),
    "AP75": ("precision", 0.75, "all"),
    "AP-M": ("precision", None, "medium"),
    "AP-L": ("precision", None, "large"),
    "AR": ("recall", None, "all"),
    "AR50": ("recall", 0.5, "all"),
    "AR75": ("recall", 0.75, "all"),
    "AR-M": ("recall", None, "medium"),
    "AR-L": ("recall", None, "large"),
}

# CrowdPose, crowdposetools/cocoeval.py of Jeff-sjtu/CrowdPose. Its paper (arXiv 1812.00324) draws the lower border at
# a crowd index of 0.1; the published figures are measured with these.
CROWD_INDEX = {"easy": (-np.inf, 0.2), "medium": (0.2, 0.8), "hard": (0.8, np.inf)}
CROWDPOSE_AREA = 0.53  # of the box: CrowdPose annotates no masks

BLOCK = 8192  # pairs compared at a time: their numbers stay in the processor's cache

Source = str | PathLike[str]


def evaluate(
    ground_truth: Mapping[str, object] | Source,
    detections: Sequence[Mapping[str, object]] | Source,
    sigmas: Sequence[float] | None = None,
) -> dict[str, float]:
    """Judge detected people as COCO does.

    Args:
        ground_truth: a COCO keypoints dict (images, annotations, categories), or its .json or .json.gz file. Every
            annotation has image_id, category_id, keypoints, bbox and area.
        detections: a list of COCO results (image_id, category_id, keypoints, score), or its file. The score ranks
            people; the best 20 of an image and category count. An empty list is allowed: nobody was found.
        sigmas: (K,), the spread of annotators at each joint relative to the person's size; COCO's 17 by default.
    Returns:
        AP, AP50, AP75, AP-M, AP-L, AR, AR50, AR75, AR-M, AR-L from 0 to 1, or -1 where the ground truth has nobody of
        that size. Several categories are judged apart and averaged.
    Raises:
        ValueError: a file is not JSON, the ground truth is empty, a detection is on an unknown image, a field is
            missing or has the wrong form, or the poses do not have one joint for every sigma.
        OSError: a file cannot be read.
    Source: cocoeval.py of pycocotools 2.0.11. One of its bugs is not kept: it takes a match with an annotation of id 0
        for a miss.
    """
    result = _judge(load(ground_truth), load(detections), sigmas)
    return _figures(*result.curves())


def evaluate_crowdpose(
    ground_truth: Mapping[str, object] | Source,
    detections: Sequence[Mapping[str, object]] | Source,
    sigmas: Sequence[float] = CROWDPOSE_14.sigmas,
) -> dict[str, float]:
    """Judge detected people as CrowdPose does: COCO's figures without sizes, and AP by how crowded an image is.

    Args, raises: as in `evaluate`; every image has a crowdIndex, and areas are taken from the boxes.
    Returns:
        AP, AP50, AP75, AR, AR50, AR75, AP-easy, AP-medium, AP-hard from 0 to 1, or -1 where there is nobody. The
        published evaluation rounds the last three to 4 digits.
    Source: crowdposetools/cocoeval.py of Jeff-sjtu/CrowdPose, commit 86fe5e11.
    """
    ground_truth = load(ground_truth)
    result = _judge(ground_truth, load(detections), sigmas, box_share=CROWDPOSE_AREA)
    figures = {name: value for name, value in _figures(*result.curves()).items() if name[-2:] not in ("-M", "-L")}
    crowd_index = np.empty(len(result.cells.images))
    for image in ground_truth["images"]:
        if "crowdIndex" not in image:
            raise ValueError(f"image {image['id']!r} has no crowdIndex, so this is not CrowdPose; use evaluate")
        crowd_index[result.cells.images[image["id"]]] = image["crowdIndex"]
    for name, (low, high) in CROWD_INDEX.items():
        curves = result.curves((crowd_index >= low) & (crowd_index < high))
        figures[f"AP-{name}"] = _figures(*curves)["AP"]
    return figures


def _judge(
    ground_truth: object, detections: object, sigmas: Sequence[float] | None, box_share: float | None = None
) -> _Result:
    sigmas = sigmas_of(len(COCO_17) if sigmas is None else np.size(sigmas), sigmas)
    cells = cells_of(ground_truth)
    people = annotated_people(ground_truth["annotations"], cells, len(sigmas), box_share)
    found = detected_people(detections, cells, len(sigmas))
    pairs = _alike(found, people, joint_variances(sigmas))
    return _Result(cells, people, found, *_match(found, people, *pairs))


def _alike(found: Detected, people: Annotated, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of a detection and an annotated person of one cell that reach the lowest threshold.

    Returns:
        (P,) detections, (P,) people and (P,) their OKS.
    """
    first = np.searchsorted(people.cell, found.cell, "left")
    count = np.searchsorted(people.cell, found.cell, "right") - first  # people that each detection meets
    detection = np.repeat(np.arange(len(found.cell)), count)
    person = np.arange(len(detection)) + np.repeat(first - np.cumsum(count) + count, count)

    labelled = people.keypoints[:, :, 2] > 0
    joints = np.argsort(~labelled, axis=1, kind="stable")  # the labelled ones first, in their order
    number = labelled.sum(axis=1)
    value = np.empty(len(detection))
    # Pairs with equally many labelled joints form a dense block, whose rows numpy adds as pycocotools adds its vectors.
    for n in np.unique(number):
        same = np.flatnonzero(number[person] == n)
        for start in range(0, len(same), BLOCK):
            block = same[start : start + BLOCK]
            d, p = detection[block], person[block]
            if n == 0:
                squared, spread = _distance_to_region(found.keypoints[d], people.box[p]), variances
            else:
                j = joints[p, :n]  # (block, n)
                offset = found.keypoints[d[:, None], j] - people.keypoints[p[:, None], j]
                squared, spread = offset[..., 0] ** 2 + offset[..., 1] ** 2, variances[j]
            value[block] = similarity(squared, spread, people.area[p])
    alike = value >= THRESHOLDS[0]
    return detection[alike], person[alike], value[alike]


def _distance_to_region(keypoints: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Squared distances (M, K) of all joints to the box grown by its own size on each side.

    This is how somebody of whom no joint is labelled is compared: any pose near there may be theirs.
    """
    low = (box[:, :2] - box[:, 2:])[:, None]
    high = (box[:, :2] + box[:, 2:] * 2)[:, None]
    xy = keypoints[:, :, :2]
    outside = np.maximum(0, low - xy) + np.maximum(0, xy - high)
    return outside[..., 0] ** 2 + outside[..., 1] ** 2


def _match(
    found: Detected, people: Annotated, detection: np.ndarray, person: np.ndarray, value: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give every detection, the best first, the most similar person still free; ignored people only if no other is.

    All detections of one rank are matched in one step: no two of them are in the same cell.

    Returns:
        matched (A, T, D), ignored (A, T, D): neither right nor wrong, and people_ignored (A, G).
    """
    low, high = np.array(list(SIZES.values()), float).T[:, :, None]  # (A, 1) each
    people_ignored = people.ignored | (people.area < low) | (people.area > high)
    free = np.ones((len(SIZES), len(THRESHOLDS), len(people.cell)), bool)
    matched = np.zeros((len(SIZES), len(THRESHOLDS), len(found.cell)), bool)
    ignored = np.zeros_like(matched)

    # Within a detection, the better person comes later, and of equals the one later in the file: so the best is the
    # last possible one, found by comparing whole numbers.
    order = np.lexsort((person, value, detection, found.rank[detection]))
    detection, person, value = detection[order], person[order], value[order]
    rank = found.rank[detection]
    for start in np.flatnonzero(np.diff(rank, prepend=-1)):
        step = slice(start, np.searchsorted(rank, rank[start], "right"))
        d, p = detection[step], person[step]
        possible = (value[step] >= THRESHOLDS[:, None]) & (free[:, :, p] | people.crowd[p])  # (A, T, step)
        place = np.arange(len(d))
        preference = place + len(d) * ~people_ignored[:, None, p]  # (A, 1, step)
        firsts = np.flatnonzero(np.diff(d, prepend=-1))
        best = np.maximum.reduceat(np.where(possible, preference, -1), firsts, axis=2)  # (A, T, detections)
        a, t, i = np.nonzero(best >= 0)
        chosen = best[a, t, i] % len(d)
        free[a, t, p[chosen]] = False
        matched[a, t, d[chosen]] = True
        ignored[a, t, d[chosen]] = people_ignored[a, p[chosen]]
    ignored |= ~matched & ((found.area < low) | (found.area > high))[:, None]
    return matched, ignored, people_ignored


@dataclass(frozen=True)
class _Result:
    """Who was matched with anybody, for every size and threshold, and the curves that follow."""

    cells: Cells
    people: Annotated
    found: Detected
    matched: np.ndarray  # (A, T, D)
    ignored: np.ndarray  # (A, T, D)
    people_ignored: np.ndarray  # (A, G)

    def curves(self, images: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Precision (A, T, R, C) and recall (A, T, C) of every category, -1 where there is nobody to find.

        Args:
            images: (I,) which of the images count; all by default.
        """
        chosen = np.ones(len(self.cells.images), bool) if images is None else images
        people_chosen = chosen[self.cells.image(self.people.cell)]
        found_chosen = chosen[self.cells.image(self.found.cell)]
        people_category = self.cells.category(self.people.cell)
        found_category = self.cells.category(self.found.cell)
        shape = (len(SIZES), len(THRESHOLDS), len(RECALLS), len(self.cells.categories))
        precision, recall = np.full(shape, -1.0), np.full((*shape[:2], shape[3]), -1.0)
        for c in range(shape[3]):
            mine = np.flatnonzero(found_chosen & (found_category == c))
            mine = mine[np.argsort(-self.found.score[mine], kind="stable")]
            wanted = ~self.people_ignored[:, people_chosen & (people_category == c)]
            for a, total in enumerate(wanted.sum(axis=1)):
                if total:
                    counted = ~self.ignored[a][:, mine]
                    right = self.matched[a][:, mine]
                    precision[a, :, :, c], recall[a, :, c] = _curve(right & counted, ~right & counted, total)
        return precision, recall


def _curve(right: np.ndarray, wrong: np.ndarray, total: int) -> tuple[np.ndarray, np.ndarray]:
    """Precision (T, R) at the given recalls, and the last recall (T,), of detections (T, D) by falling score."""
    right, wrong = np.cumsum(right, axis=1, dtype=float), np.cumsum(wrong, axis=1, dtype=float)
    recall = right / total
    precision = right / (wrong + right + np.spacing(1))
    precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]  # no later point is higher
    precision = np.pad(precision, ((0, 0), (0, 1)))  # 0 where a recall is never reached
    read = [row[np.searchsorted(reached, RECALLS)] for row, reached in zip(precision, recall, strict=True)]
    return np.array(read), recall[:, -1] if recall.shape[1] else np.zeros(len(recall))


def _figures(precision: np.ndarray, recall: np.ndarray) -> dict[str, float]:
    curves = {"precision": precision, "recall": recall}
    sizes = list(SIZES)
    figures = {}
    for name, (curve, threshold, size) in COCO_FIGURES.items():
        values = curves[curve][sizes.index(size)]
        values = values if threshold is None else values[threshold == THRESHOLDS]
        values = values[values > -1]  # flat, in the order in which pycocotools adds them
        figures[name] = float(values.mean()) if values.size else -1.0
    return figures
