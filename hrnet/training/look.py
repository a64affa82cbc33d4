"""One look at the figures: how near the joints are, one by one, and what was answered on the same four pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hrnet import evaluation
from hrnet.data.pose_set import LabeledPerson, PoseSet
from hrnet.evaluation import Photos
from hrnet.geometry import Box
from hrnet.metrics.similarity import joint_variances
from hrnet.topdown import TopDown

# A joint is found where it lies within this share of the longer side of the tight box around the labeled joints: PCK as
# of Yang and Ramanan (Articulated Human Detection with Flexible Mixtures of Parts, PAMI 2013). It does not depend on
# how anybody draws boxes.
NEAR = 0.1
PICTURES = 4  # that are kept of every look


@dataclass(frozen=True)
class Look:
    """figures: the first one decides which weights are the best so far. joints: the figures of each joint by its name;
    None where nobody has labeled it. seen: what was answered on a few pictures, as JSON can carry it."""

    figures: Mapping[str, float]
    joints: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    seen: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, answer: Look | Mapping[str, float]) -> Look:
        """Of a task that tells its figures and nothing else."""
        return answer if isinstance(answer, Look) else cls(dict(answer))


def look(topdown: TopDown, poses: PoseSet, photos: Photos, first: str = "AP") -> Look:
    """The figures of a network on a set with its labeled boxes.

    Args:
        first: the figure that decides: "AP" and the others of COCO, "PCK", or "OKS".
    Raises:
        ValueError: a photo cannot be read, or the labels do not say how large it is.
    """
    recorder = _Recorder(topdown)
    people = evaluation.given_people(poses)
    boxes = [[box for _, box in some] for some in people]
    detections = evaluation.detect(recorder, poses, boxes, photos)
    figures = evaluation.figures(poses, detections)
    places = [place for some in people for place, _ in some]
    answers = np.concatenate(recorder.answers) if recorder.answers else np.empty((0, len(poses.joints), 3))
    own, joints = nearness(poses, places, answers)
    figures |= own
    return Look({first: figures[first], **figures}, joints, tuple(_seen(topdown, poses, people, recorder.answers)))


def nearness(
    poses: PoseSet, places: Sequence[int], answers: np.ndarray
) -> tuple[dict[str, float], dict[str, dict[str, float | None]]]:
    """PCK and OKS of all labeled joints together, and of each joint, from 0 to 1; -1 (None) where none is labeled.

    Args:
        places: of the people in `poses.samples`, each with at least one labeled joint.
        answers: (N, K, 3) in photo pixels, one for each of them.
    """
    annotated = np.array([poses.samples[place].keypoints for place in places]).reshape(-1, len(poses.joints), 3)
    labeled = annotated[..., 2] > 0
    squared = ((answers[..., :2] - annotated[..., :2]) ** 2).sum(axis=-1)  # (N, K)
    sizes = np.array([size_of(poses.samples[place].keypoints, poses.samples[place].box) for place in places])
    areas = np.array([_area(poses.samples[place]) for place in places])
    found = squared <= (NEAR * sizes[:, None]) ** 2
    variances = joint_variances(np.asarray(poses.skeleton.sigmas, np.float64))
    alike = np.exp(-squared / (2 * variances * areas[:, None]))
    per_person = [row[seen].mean() for row, seen in zip(alike, labeled, strict=True)]
    whole = {"PCK": float(found[labeled].mean()), "OKS": float(np.mean(per_person))} if places else {}
    joints = {
        joint: {
            name: float(values[labeled[:, k], k].mean()) if labeled[:, k].any() else None
            for name, values in (("PCK", found), ("OKS", alike))
        }
        for k, joint in enumerate(poses.joints)
    }
    return whole or {"PCK": -1.0, "OKS": -1.0}, joints


def size_of(keypoints: np.ndarray, box: Box) -> float:
    """The longer side of the tight box around the labeled joints, in pixels; of the box where that has no extent."""
    labeled = keypoints[keypoints[:, 2] > 0, :2]
    side = float(np.ptp(labeled, axis=0).max()) if len(labeled) else 0.0
    return side or max(box.w, box.h)


def _area(person: LabeledPerson) -> float:
    """As in COCO's files: what the labels say, else that of the box."""
    return person.box.area if person.area is None else person.area


class _Recorder:
    """A TopDown that remembers its answers: the figures of COCO drop repeated people, PCK knows no scores."""

    def __init__(self, topdown: TopDown) -> None:
        self.topdown, self.metadata = topdown, topdown.metadata
        self.answers: list[np.ndarray] = []  # of every photo with people

    def __call__(self, photos: Sequence[np.ndarray], boxes: Sequence[Sequence[Box]]) -> list[np.ndarray]:
        found = self.topdown(photos, boxes)
        self.answers += found
        return found


def _seen(
    topdown: TopDown, poses: PoseSet, people: Sequence[Sequence[tuple[int, Box]]], answers: Sequence[np.ndarray]
) -> Iterator[dict[str, Any]]:
    """PICTURES of the set, evenly spaced, so always the same ones."""
    shown = [place for place, some in enumerate(people) if some]
    for n in sorted({round(i) for i in np.linspace(0, len(shown) - 1, PICTURES)}) if shown else ():
        photo = poses.photos[shown[n]]
        height, width = photo.size or (0, 0)
        yield {
            "id": photo.id,
            "name": photo.name,
            "width": width,
            "height": height,
            "input_size": list(topdown.metadata.input_size),
            "people": [
                {
                    "box": [round(value, 2) for value in box.xywh.tolist()],
                    "affine": topdown.affine(box).matrix.round(6).tolist(),  # from the photo to what the network sees
                    "keypoints": keypoints.astype(float).round(3).tolist(),
                    "labeled": poses.samples[place].keypoints.astype(float).round(2).tolist(),
                }
                for (place, box), keypoints in zip(people[shown[n]], answers[n], strict=True)
            ],
        }
