"""The COCO keypoint evaluation: the figures of pycocotools to the last digit, for any number of joints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np

from hrnet.metrics import matching
from hrnet.metrics.records import Annotated, Cells, Detected, annotated_people, cells_of, detected_people, load
from hrnet.metrics.similarity import joint_variances, sigmas_of
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
    return judge(load(ground_truth), load(detections), sigmas).figures()


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
    result = judge(ground_truth, load(detections), sigmas, box_share=CROWDPOSE_AREA)
    figures = {name: value for name, value in result.figures().items() if name[-2:] not in ("-M", "-L")}
    crowd_index = np.empty(len(result.cells.images))
    for image in ground_truth["images"]:
        if "crowdIndex" not in image:
            raise ValueError(f"image {image['id']!r} has no crowdIndex, so this is not CrowdPose; use evaluate")
        crowd_index[result.cells.images[image["id"]]] = image["crowdIndex"]
    for name, (low, high) in CROWD_INDEX.items():
        curves = result.curves((crowd_index >= low) & (crowd_index < high))
        figures[f"AP-{name}"] = _figures(*curves)["AP"]
    return figures


def judge(
    ground_truth: object, detections: object, sigmas: Sequence[float] | None = None, box_share: float | None = None
) -> Judged:
    """Match detections with annotated people at every threshold and for every size.

    Args: as in `evaluate`, read already.
        box_share: the area as a share of the box's, for sets that annotate no area.
    Raises:
        ValueError: as in `evaluate`.
    """
    return Read.of(ground_truth, detections, sigmas, box_share).judged()


@dataclass(frozen=True)
class Read:
    """Ground truth and detections as arrays: all that is left of loading."""

    cells: Cells
    people: Annotated
    found: Detected
    sigmas: np.ndarray  # (K,)

    @classmethod
    def of(
        cls,
        ground_truth: object,
        detections: object,
        sigmas: Sequence[float] | None = None,
        box_share: float | None = None,
    ) -> Read:
        """Raises ValueError as `evaluate`."""
        sigmas = sigmas_of(len(COCO_17) if sigmas is None else np.size(sigmas), sigmas)
        cells = cells_of(ground_truth)
        people = annotated_people(ground_truth["annotations"], cells, len(sigmas), box_share)
        return cls(cells, people, detected_people(detections, cells, len(sigmas)), sigmas)

    def judged(self) -> Judged:
        pairs = matching.alike(self.found, self.people, joint_variances(self.sigmas), THRESHOLDS[0])
        low, high = np.array(list(SIZES.values()), float).T
        matched = matching.match(self.found, self.people, pairs, THRESHOLDS, low, high)
        return Judged(self.cells, self.people, self.found, *matched)


@dataclass(frozen=True)
class Judged:
    """Who was matched with whom, for every size (A) and threshold (T), and the curves and figures that follow."""

    cells: Cells
    people: Annotated
    found: Detected
    matched: np.ndarray  # (A, T, D): places in people, -1 where a detection found nobody
    ignored: np.ndarray  # (A, T, D): neither right nor wrong
    people_ignored: np.ndarray  # (A, G)

    def figures(self) -> dict[str, float]:
        """COCO's ten."""
        return _figures(*self.curves())

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
                    right = self.matched[a][:, mine] >= 0
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
