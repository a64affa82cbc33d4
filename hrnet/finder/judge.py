"""How good a person finder is: recall on persons tall enough to matter, precision where every person is listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hrnet.finder.center import iou
from hrnet.geometry import Box

if TYPE_CHECKING:
    from hrnet.data import PoseSet

Found = Sequence[Sequence[Box]]  # of every photo

SAME_PERSON = 0.5  # IoU from which a found box is the labeled one
TALL = 96.0  # photo pixels; smaller persons are not asked for
EXCUSED = 0.5  # a box that lies this far inside an ignored region is neither right nor wrong


@dataclass(frozen=True)
class Labeled:
    """One photo's labels: persons, and regions (crowds, doubtful persons) that are neither."""

    persons: Sequence[Box]
    ignored: Sequence[Box] = ()

    @classmethod
    def of(cls, poses: PoseSet, place: int) -> Labeled:
        """What a set says of the photo in that place."""
        persons = [poses.samples[number] for number in poses.by_photo[place]]
        return cls([p.box for p in persons if not p.ignore], [p.box for p in persons if p.ignore])


def recall(found: Found, labels: Sequence[Labeled], tall: float = TALL) -> float:
    """The share of the labeled persons taller than `tall` that were found; each found box counts for one person."""
    hit = asked = 0
    for boxes, label in zip(found, labels, strict=True):
        matched = match(boxes, label.persons)
        for place, person in enumerate(label.persons):
            if person.h > tall:
                asked += 1
                hit += place in matched.values()
    return hit / max(asked, 1)


def precision(found: Found, labels: Sequence[Labeled]) -> float:
    """The share of the found boxes that are labeled persons; excused boxes are not counted."""
    right = wrong = 0
    for boxes, label in zip(found, labels, strict=True):
        matched = match(boxes, label.persons)
        right += len(matched)
        wrong += sum(i not in matched and not _excused(box, label.ignored) for i, box in enumerate(boxes))
    return right / max(right + wrong, 1)


@dataclass(frozen=True, eq=False)
class Findings:
    """The boxes found on some photos, beside what the labels of these photos say."""

    found: Found
    labels: Sequence[Labeled]

    @classmethod
    def of(cls, found: Found, poses: PoseSet) -> Findings:
        """found: for each photo of the set, in its order."""
        return cls(found, [Labeled.of(poses, place) for place in range(len(poses.photos))])

    def above(self, threshold: float) -> Findings:
        """Only the boxes with at least this score."""
        return replace(self, found=[[box for box in boxes if box.score >= threshold] for boxes in self.found])

    @property
    def recall(self) -> float:
        return recall(self.found, self.labels)

    @property
    def precision(self) -> float:
        return precision(self.found, self.labels)

    @property
    def boxes(self) -> int:
        """How many were found, excused ones included."""
        return sum(map(len, self.found))

    @property
    def tall(self) -> int:
        """How many persons `recall` asks for."""
        return sum(person.h > TALL for label in self.labels for person in label.persons)


def best_threshold(asked: Findings, listed: Findings) -> float:
    """The score from which boxes should count: where recall on `asked` and precision on `listed` have the highest
    harmonic mean. Both hold boxes of all scores."""

    def together(threshold: float) -> float:
        found, right = asked.above(threshold).recall, listed.above(threshold).precision
        return 2 * found * right / max(found + right, 1e-9)

    return float(max(np.round(np.arange(0.1, 0.6, 0.01), 2), key=together))


def match(boxes: Sequence[Box], persons: Sequence[Box]) -> dict[int, int]:
    """Which found box is which person: by score, each taking the free person that it overlaps most."""
    matched: dict[int, int] = {}
    if not persons:
        return matched
    corners = _corners(persons)
    for i in sorted(range(len(boxes)), key=lambda i: -boxes[i].score):
        overlap = iou(_corners([boxes[i]])[0], corners)
        overlap[list(matched.values())] = 0
        best = int(overlap.argmax())
        if overlap[best] >= SAME_PERSON:
            matched[i] = best
    return matched


def _excused(box: Box, ignored: Sequence[Box]) -> bool:
    if not ignored:
        return False
    corner, others = _corners([box])[0], _corners(ignored)
    low, high = np.maximum(corner[:2], others[:, :2]), np.minimum(corner[2:], others[:, 2:])
    return bool((np.clip(high - low, 0, None).prod(axis=1) >= EXCUSED * box.area).any())


def _corners(boxes: Sequence[Box]) -> np.ndarray:
    return np.array([[box.x, box.y, box.x + box.w, box.y + box.h] for box in boxes])
