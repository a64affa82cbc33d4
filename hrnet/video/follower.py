"""People from frame to frame: found now and then, followed by their own joints in between."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from hrnet.estimator import Estimator, person
from hrnet.geometry import Box
from hrnet.metrics import oks_nms
from hrnet.person import Person
from hrnet.video.assignment import best_pairs
from hrnet.video.smoothing import Smoother
from hrnet.video.tracker import Tracker, overlap

EVERY = 5  # frames from one run of the person finder to the next: saves four fifths of its time
STEADY = 0.4  # mean joint score below which a person is looked for again, and not followed further
CLEAR = 0.3  # a joint above this score bounds its person's box
CLEAR_JOINTS = 6  # with fewer of them the box stays the one that was looked at
SAME_BODY = 0.2  # the least IoU of a found box and a followed one that are the same person's; joints may be far off
# OKS, on the area of the box, from which two poses are of one body: of 5,323 pairs of labeled people in the same photo
# five come to .5 to .9 (and 51, labeled twice, to more), while two boxes the finder gave one body came to .56 to .72.
SAME_POSE = 0.5
MARGIN = 0.125  # of the extent of the joints, on each side: they end before the head and the feet do


class Follower:
    """`follower(photo, time) -> people with ids`, for the frames of one clip or camera in the order of time.

    Every `every` frames, and when somebody was lost or became unsure, the finder looks at the whole frame; whoever it
    misses is followed on while the joints are sure, for a second at most. In between everybody's box is that of their
    joints in the frame before, moved on with their velocity.
    """

    def __init__(self, estimator: Estimator, *, every: int = EVERY, smooth: bool = True) -> None:
        """
        Raises:
            ValueError: the estimator has no finder, or `every` is below 1.
        """
        if estimator.finder is None:
            raise ValueError("people in a clip are found by a person finder; load the estimator with one")
        if every < 1:
            raise ValueError(f"the finder runs every frame (1) or more rarely, got every {every}")
        self.estimator, self.every = estimator, every
        self.tracker = Tracker(estimator.skeleton.sigmas)
        self.smoother = Smoother() if smooth else None
        self._since = every  # frames since the finder last ran
        self._confirmed: dict[int, float] = {}  # when the finder itself last saw each
        self._steady: dict[int, bool] = {}  # those of the frame before

    def __call__(self, photo: np.ndarray, time: float) -> list[Person]:
        """The people in this frame, by id.

        Args:
            photo: uint8 (H, W, 3). time: in seconds, later than before.
        """
        look = self._since >= self.every
        followed = self._expected(photo, time, look)
        found = self.estimator.finder([photo])[0] if look else []
        followed = not_among(found, followed)
        people = self._posed(photo, [*found, *followed], len(found))
        named = self.tracker([someone for someone, _ in people], time)
        for someone, (_, by_finder) in zip(named, people, strict=True):
            if by_finder:
                self._confirmed[someone.id] = time
        self._since = 1 if look else self._since + 1
        self._look_again_if_unsure(named)
        named.sort(key=lambda someone: someone.id)
        shown = self.smoother(named, time) if self.smoother else named
        return [replace(someone, box=around(someone)) for someone in shown]

    def _expected(self, photo: np.ndarray, time: float, look: bool) -> list[Box]:
        """The boxes of those who were in the frame before; where the finder looks, only of those worth following on."""
        boxes = []
        for key, steady in self._steady.items():
            expected = self.tracker.tracks[key].at(time)
            sure = steady and time - self._confirmed.get(key, -math.inf) <= self.tracker.memory
            box = around(expected)
            if (sure or not look) and box.touches(photo.shape[:2]):
                boxes.append(box)
        return boxes

    def _posed(self, photo: np.ndarray, boxes: list[Box], found: int) -> list[tuple[Person, bool]]:
        """Everybody in the boxes, once, and whether the finder gave the box, as it did the first `found` ones."""
        (keypoints,) = self.estimator.topdown([photo], [boxes])
        people = [person(box, points) for box, points in zip(boxes, keypoints, strict=True)]
        area = [someone.box.area for someone in people]
        kept = oks_nms(people, SAME_POSE, area, self.estimator.skeleton.sigmas)
        return [(people[i], i < found) for i in kept]

    def _look_again_if_unsure(self, people: list[Person]) -> None:
        """Let the finder run at the next frame if somebody was lost or fell below `STEADY` in this one."""
        before = self._steady
        self._steady = {someone.id: float(someone.keypoints[:, 2].mean()) >= STEADY for someone in people}
        if any(steady and not self._steady.get(key, False) for key, steady in before.items()):
            self._since = self.every
        self._confirmed = {key: when for key, when in self._confirmed.items() if key in self.tracker.tracks}


def not_among(found: list[Box], followed: list[Box]) -> list[Box]:
    """The followed boxes of those whom the finder missed: one found box is one person's and stands for one at most."""
    likeness = np.zeros((len(followed), len(found)))
    for row, one in enumerate(followed):
        likeness[row] = [share if (share := overlap(one, other)) >= SAME_BODY else 0 for other in found]
    seen = {row for row, column in best_pairs(likeness) if likeness[row, column] > 0}
    return [box for row, box in enumerate(followed) if row not in seen]


def around(someone: Person) -> Box:
    """The box of a person's clear joints, with the score of their box; that box itself where few joints are clear."""
    clear = someone.keypoints[someone.keypoints[:, 2] > CLEAR]
    if len(clear) < CLEAR_JOINTS:
        return someone.box
    return replace(Box.around(clear, MARGIN), score=someone.box.score)
