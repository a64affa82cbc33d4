"""Who in this frame is who in the frames before. A person keeps an id; an id is never given twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hrnet.finder.center import iou
from hrnet.geometry import Box
from hrnet.metrics import oks
from hrnet.metrics.similarity import COUNTED_SCORE
from hrnet.person import Person
from hrnet.video.assignment import best_pairs

MEMORY = 1.0  # seconds a lost person is remembered
LATE = (
    5.0  # seconds from one frame to the next over which whoever was there is remembered: a slow camera, a busy machine
)
LIKE = 0.2  # the least mean of OKS and IoU that makes two the same person; neighbors come to about .05
VELOCITY_SECONDS = 0.2  # over which the velocity of a person is averaged: a few frames, less than a stride


@dataclass(frozen=True, eq=False)
class Track:
    """A person as last seen. velocity: (2,) pixels per second, of the whole body."""

    person: Person  # with its id
    time: float
    velocity: np.ndarray

    def at(self, time: float) -> Person:
        """Where the person is expected: moved on with the last velocity, in the same pose."""
        shift = self.velocity * (time - self.time)
        keypoints = self.person.keypoints.copy()
        keypoints[:, :2] += shift
        box = self.person.box
        return replace(self.person, keypoints=keypoints, box=replace(box, x=box.x + shift[0], y=box.y + shift[1]))


class Tracker:
    """Gives people ids: `tracker(people, time)`, once per frame in the order of time.

    Everybody is moved on to where they are expected, compared with everybody found, by OKS of the poses and IoU of the
    boxes, and the pairs that fit best together keep their ids. So two who cross do not trade them: they are expected
    on the far side of each other.

    Attributes:
        tracks: everybody who is remembered, by id; `track.time` says when they were last seen.
    """

    def __init__(self, sigmas: Sequence[float], memory: float = MEMORY) -> None:
        self.sigmas, self.memory = sigmas, memory
        self.tracks: dict[int, Track] = {}
        self._given, self._last = 0, -np.inf

    def __call__(self, people: Sequence[Person], time: float) -> list[Person]:
        """The same people in the same order, each with an id counted from 1."""
        self.tracks = {key: track for key, track in self.tracks.items() if self._remembers(track, time)}
        known = list(self.tracks.values())
        # Who was there a moment ago comes first; who was lost may have been nobody, and is asked for what is left.
        matched = self._matched(
            [track for track in known if track.time == self._last], people, range(len(people)), time
        )
        left = [place for place in range(len(people)) if place not in matched]
        matched |= self._matched([track for track in known if track.time != self._last], people, left, time)
        self._last = time
        named = []
        for place, person in enumerate(people):
            track = matched.get(place)
            if track is None:
                self._given += 1
                track = Track(replace(person, id=self._given), time, np.zeros(2))
            else:
                person = replace(person, id=track.person.id)
                track = Track(person, time, _velocity(track, person, time))
            self.tracks[track.person.id] = track
            named.append(track.person)
        return named

    def _remembers(self, track: Track, time: float) -> bool:
        """Who was in the frame before was not lost, however late this one comes."""
        return time - track.time <= (max(self.memory, LATE) if track.time == self._last else self.memory)

    def _matched(
        self, tracks: list[Track], people: Sequence[Person], places: Sequence[int], time: float
    ) -> dict[int, Track]:
        """Of the people at these places, whose track each one goes on."""
        if not tracks or not places:
            return {}
        expected = [track.at(time) for track in tracks]
        likeness = np.array([[self.likeness(one, people[place]) for place in places] for one in expected])
        # What is too unlike counts nothing, so that it cannot buy a worse partner for somebody else.
        likeness[likeness < LIKE] = 0
        return {places[column]: tracks[row] for row, column in best_pairs(likeness) if likeness[row, column] > 0}

    def likeness(self, a: Person, b: Person) -> float:
        """The mean of OKS and IoU, from 0 to 1. Joints count that were seen in both."""
        seen = (a.keypoints[:, 2] > COUNTED_SCORE) & (b.keypoints[:, 2] > COUNTED_SCORE)
        shared = overlap(a.box, b.box)
        if not seen.any():
            return shared / 2
        reference = np.where(seen[:, None], a.keypoints, 0)
        area = (a.box.area + b.box.area) / 2
        return float(oks(reference, b.keypoints[None], area, self.sigmas)[0] + shared) / 2


def _velocity(track: Track, person: Person, time: float) -> np.ndarray:
    """The last velocity, and the newest displacement of the joints seen both times, averaged over time."""
    before = track.person.keypoints
    seen = (before[:, 2] > COUNTED_SCORE) & (person.keypoints[:, 2] > COUNTED_SCORE)
    seconds = time - track.time
    if seen.any():
        moved = np.median(person.keypoints[seen, :2] - before[seen, :2], axis=0)
    else:
        moved = np.subtract(person.box.center, track.person.box.center)
    share = 1 - np.exp(-seconds / VELOCITY_SECONDS)
    return (1 - share) * track.velocity + share * moved / seconds


def overlap(a: Box, b: Box) -> float:
    """The intersection of two boxes over their union."""
    return float(iou(_corners(a), _corners(b)[None])[0])


def _corners(box: Box) -> np.ndarray:
    return np.array([box.x, box.y, box.x + box.w, box.y + box.h])
