"""Which network can propose joints of a set, what it proposes, and how sure it is of them.

The network of the newest run of a set comes first. Before there is one, the server's own network proposes the joints
that it knows by name: "left_ear", "ear.left" and "LeftEar" are the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from apps.networks import network
from hrnet import heatmap
from hrnet.data.boxes import made_box
from hrnet.draw import VISIBLE
from hrnet.estimator import Ask
from hrnet.geometry import Box, whole
from hrnet.topdown import TopDown

if TYPE_CHECKING:
    from apps.desk import Desk
    from hrnet.sets import LabelSet

BEST = "best.safetensors"
MOST_PEOPLE = 20  # that are proposed in one picture
DOUBTED = 0.1  # of the longer side of the box: where picture and mirror are that far apart, the joint is not known

T = TypeVar("T")


@dataclass(frozen=True)
class Proposal:
    """What a network says of one thing.

    points: for each joint of the set (x, y, height of the peak) in picture pixels, or None where the network does not
        know the joint or does not see it. box: of a person who was found, to be accepted with the joints; or None.
    """

    points: tuple[tuple[float, float, float] | None, ...]
    box: Box | None = None

    def to_json(self) -> dict[str, Any]:
        points = [point and [round(point[0], 2), round(point[1], 2), round(point[2], 3)] for point in self.points]
        return {"points": points, "box": None if self.box is None else self.box.xywh.round(2).tolist()}


@dataclass(frozen=True)
class Doubt:
    """How unsure a network is of one picture, 0 to 1, and what it is unsure of: JSON for the page."""

    share: float
    reason: dict[str, Any]


@dataclass(frozen=True)
class Teacher:
    """A network that knows joints of a set.

    name: of its weights. run: the token of the run that made it, None for the server's own.
    version: changes with its weights.
    places: for each joint of the set the network's own, or None.
    turn: gives what a function makes of the network, when nobody else uses it.
    found: gives the people that are found in a photo, [] where this network has no finder.
    """

    name: str
    run: str | None
    version: str
    places: tuple[int | None, ...]
    turn: Callable[[Callable[[TopDown], Any]], Any]
    found: Callable[[np.ndarray], list[Box]]

    @property
    def known(self) -> int:
        return sum(place is not None for place in self.places)

    def propose(self, photo: np.ndarray, boxes: Sequence[Box | None]) -> list[Proposal]:
        """One proposal for each box, in their order; None is a thing without one. Without boxes one for each person
        that is found, or for the whole picture where there is no finder."""
        if boxes:
            return [self._one(photo, box) for box in boxes]
        found = self.found(photo)
        if found or self.run is None:
            return [replace(self._one(photo, box), box=box) for box in found]
        return [self._one(photo, None)]

    def doubt(self, photo: np.ndarray, boxes: Sequence[Box | None]) -> Doubt:
        """How unsure it is of the things in these boxes, or of whom it finds: what it is most unsure of counts."""
        looked = list(boxes) or self.found(photo)
        if not looked and self.run is None:
            return Doubt(1.0, {"kind": "nobody"})
        looked = looked or [None]
        return max((self._doubt(photo, box) for box in looked), key=lambda one: one.share)

    def _one(self, photo: np.ndarray, box: Box | None) -> Proposal:
        keypoints = self.turn(lambda topdown: topdown([photo], [[box or self._box(topdown, photo)]])[0][0])
        taken = [None if place is None else keypoints[place].tolist() for place in self.places]
        height, width = photo.shape[:2]
        return Proposal(
            tuple(
                (min(max(x, 0), width - 1), min(max(y, 0), height - 1), peak) if peak > VISIBLE else None
                for x, y, peak in (point or (0, 0, 0) for point in taken)
            )
        )

    def _box(self, topdown: TopDown, photo: np.ndarray) -> Box:
        """Where a thing without a box is: around what is seen of it when the network looks at the whole picture."""
        first = topdown([photo], [[whole(photo)]])[0][0]
        seen = first[first[:, 2] > VISIBLE]
        return made_box(seen, photo.shape[:2]) if len(seen) > 1 else whole(photo)

    def _doubt(self, photo: np.ndarray, box: Box | None) -> Doubt:
        side, plain, mirrored = self.turn(lambda topdown: self._twice(topdown, photo, box))
        joints = [joint for joint, place in enumerate(self.places) if place is not None]
        places = [self.places[joint] for joint in joints]
        heights = plain[places, 2]
        apart = np.hypot(*(plain[places, :2] - mirrored[places, :2]).T)
        unseen = heights <= VISIBLE
        shares = np.where(unseen, 1, np.minimum(apart / (DOUBTED * side), 1))
        share = float(shares.mean())
        if unseen.mean() >= np.where(unseen, 0, shares).mean() and unseen.any():
            lowest = np.argsort(heights)[: min(2, int(unseen.sum()))]
            return Doubt(share, _reason("low", joints, lowest, height=round(float(heights[lowest].max()), 2)))
        farthest = np.argsort(-np.where(unseen, 0, apart))[:2]
        return Doubt(share, _reason("mirror", joints, farthest, pixels=round(float(apart[farthest[0]]))))

    def _twice(self, topdown: TopDown, photo: np.ndarray, box: Box | None) -> tuple[float, np.ndarray, np.ndarray]:
        """The longer side of the box, and (K, 3) of the picture and of its mirror."""
        once = TopDown(topdown.network, topdown.metadata, flip=False)
        box = box or self._box(once, photo)
        crops, affines = once.crop([photo], [box])
        skeleton, shift = once.metadata.skeleton, once.metadata.rule.flip_shift
        mirrored = heatmap.flip_back(once.heatmaps(np.ascontiguousarray(crops[:, :, ::-1])), skeleton, shift)
        plain, back = once.decode(np.concatenate([once.heatmaps(crops), mirrored]), affines * 2)
        return max(box.w, box.h), plain, back


def _reason(kind: str, joints: list[int], some: np.ndarray, **more: float) -> dict[str, Any]:
    return {"kind": kind, "joints": [joints[place] for place in some.tolist()], **more}


def teacher(desk: Desk, kept: LabelSet) -> Teacher | None:
    """Who can propose joints of this set; None where nobody knows any of them."""
    from_run = _of_run(kept)
    if from_run is not None and from_run.known:
        return from_run
    own = _own(desk, kept)
    return own if own.known else None


def same_joints(wanted: Sequence[str], known: Sequence[str]) -> tuple[int | None, ...]:
    """For each wanted joint the place of the known one that is called the same, however it is written, or None."""
    places = {_words(name): place for place, name in reversed(list(enumerate(known)))}
    return tuple(places.get(_words(name)) for name in wanted)


SHORT = {"l": "left", "r": "right"}


def _words(name: str) -> tuple[str, ...]:
    """ "LeftEar", "ear_left" and "l.ear" are ("ear", "left")."""
    parts = re.findall(r"[^\W\d_]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    return tuple(sorted(SHORT.get(part.lower(), part.lower()) for part in parts)) or (name,)


def _own(desk: Desk, kept: LabelSet) -> Teacher:
    def found(photo: np.ndarray) -> list[Box]:
        return desk.model.ask(lambda: Ask(photo), lambda _, __, people: [one.box for one in people][:MOST_PEOPLE])

    weights = desk.model.weights
    card = next((card for card in desk.model.cards if card.metadata.role == "pose"), None)
    skeleton = card.metadata.skeleton if card else desk.model.use(lambda estimator: estimator.skeleton)
    return Teacher(
        card.name if card else weights,
        None,
        weights,
        same_joints(kept.skeleton.joints, skeleton.joints),
        lambda make: desk.model.use(lambda estimator: make(estimator.topdown)),
        found,
    )


def _of_run(kept: LabelSet) -> Teacher | None:
    newest = newest_weights(kept.token)
    if newest is None:
        return None
    run, path = newest
    changed = path.stat().st_mtime_ns
    topdown, alone = network(path, changed)

    def turn(make: Callable[[TopDown], T]) -> T:
        with alone:
            return make(topdown)

    places = same_joints(kept.skeleton.joints, topdown.metadata.skeleton.joints)
    return Teacher(run, run, f"{run}/{changed}", places, turn, lambda photo: [])


def newest_weights(set_token: str) -> tuple[str, Path] | None:
    """The newest network that a run of a set has made: the token of the run, and the file. The best of a run that was
    stopped, or is under way, counts too: it is written whole or not at all."""
    from apps.runs import Runs  # with the first question: it needs what no other page does

    made = []
    for run in Runs().list(set_token):
        path = run.run / BEST
        with suppress(FileNotFoundError):
            made.append((path.stat().st_mtime_ns, run.token, path))
    return max(made)[1:] if made else None
