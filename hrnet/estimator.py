"""The whole road at once: photos -> persons found -> cropped -> network -> decoded -> people."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hrnet import engine as engines
from hrnet import finder as finders
from hrnet import image, metrics
from hrnet.finder import PersonFinder
from hrnet.finder.center import SAME, iou
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.skeleton import Skeleton
from hrnet.topdown import TopDown
from hrnet.weights import Metadata
from hrnet.weights import load as load_weights

PIXELS_AT_ONCE = 16_000_000  # photos that share batches are held in memory together: 48 MB
SAME_POSE = 0.9  # OKS from which two found people are one; TEST.OKS_THRE of the published evaluation


@dataclass(frozen=True, eq=False)
class Ask:
    """One photo, and how its persons are named.

    boxes: one person each, in this order and with these scores; None: the finder looks for persons.
    threshold: the lowest score of a found person; None: the finder's own.
    more: whether the finder looks for further persons, beside those of the boxes.

    Raises:
        ValueError: a box is impossible or wholly outside of the photo.
    """

    photo: np.ndarray  # uint8 (H, W, 3)
    boxes: np.ndarray | Sequence[Box] | None = None
    threshold: float | None = None
    more: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "more", self.more or self.boxes is None)
        object.__setattr__(self, "boxes", [] if self.boxes is None else checked(self.boxes, self.photo))

    @property
    def pixels(self) -> int:
        return self.photo.shape[0] * self.photo.shape[1]


class Estimator:
    """Finds people in photos and the joints of each; `hrnet.load` makes one.

    Attributes:
        topdown: the pose network with its preprocessing.
        finder: who is where; None where every call names its boxes.
    """

    def __init__(self, topdown: TopDown, finder: PersonFinder | None) -> None:
        self.topdown, self.finder = topdown, finder

    @property
    def skeleton(self) -> Skeleton:
        return self.topdown.metadata.skeleton

    def __call__(self, photo: image.Source, boxes: np.ndarray | Sequence[Box] | None = None) -> list[Person]:
        """The people in one photo.

        Args:
            photo: array uint8 (H, W, 3) RGB, path, bytes, file or PIL image.
            boxes: (N, 4) x, y, width, height in photo pixels; the result has one person per box, in this order, each
                box with the score 1. None: the finder looks for persons; the best comes first.
        Raises:
            hrnet.image.ImageError: the photo cannot be read.
            ValueError: a box is impossible or wholly outside of the photo; or no finder and no boxes.
        """
        return self.batch([Ask(image.read(photo), boxes)])[0]

    def many(self, photos: Iterable[image.Source], progress: bool = False) -> Iterator[list[Person]]:
        """The people of each photo, in order. Persons of neighboring photos share batches.

        Args:
            progress: whether to show a progress bar on stderr.
        Raises:
            hrnet.image.ImageError: at the first photo that cannot be read.
        """
        if progress:
            from tqdm import tqdm

            photos = tqdm(photos, unit=" photos")
        yield from self.stream(Ask(image.read(photo)) for photo in photos)

    def stream(self, asks: Iterable[Ask]) -> Iterator[list[Person]]:
        """The people of each photo, in order, in batches of neighboring photos of PIXELS_AT_ONCE together.

        Raises:
            ValueError: as in `batch`; what the iterable raises passes through.
        """
        waiting: list[Ask] = []
        for ask in asks:
            if waiting and sum(one.pixels for one in waiting) + ask.pixels > PIXELS_AT_ONCE:
                yield from self.batch(waiting)
                waiting = []
            waiting.append(ask)
            del ask  # a large photo is not to be held while the next one is read
            if sum(one.pixels for one in waiting) >= PIXELS_AT_ONCE:
                yield from self.batch(waiting)
                waiting = []
        yield from self.batch(waiting)

    def batch(self, asks: Sequence[Ask]) -> list[list[Person]]:
        """The people of each photo, all of them in shared batches of the networks.

        Returns:
            for each photo one person per given box, in this order; then those found, the best first.
        Raises:
            ValueError: persons are to be found, and there is no finder.
        """
        boxes = [[*ask.boxes, *found] for ask, found in zip(asks, self._found(asks), strict=True)]
        keypoints = self.topdown([ask.photo for ask in asks], boxes)
        people = []
        for ask, some, poses in zip(asks, boxes, keypoints, strict=True):
            everybody = [person(box, points) for box, points in zip(some, poses, strict=True)]
            given, found = everybody[: len(ask.boxes)], everybody[len(ask.boxes) :]
            kept = metrics.oks_nms(found, SAME_POSE, sigmas=self.skeleton.sigmas) if found else []
            people.append(given + [found[i] for i in kept])
        return people

    def _found(self, asks: Sequence[Ask]) -> list[list[Box]]:
        """What the finder finds for each ask that wants more than its boxes, but for the persons of these boxes."""
        searched = [ask for ask in asks if ask.more]
        if not searched:
            return [[] for _ in asks]
        if self.finder is None:
            raise ValueError("there is no person finder here; name a box around each person, or load it with a finder")
        thresholds = [self.finder.threshold if ask.threshold is None else ask.threshold for ask in searched]
        # A higher threshold only ends the list of found boxes earlier, so one search with the lowest serves all.
        found = iter(self.finder([ask.photo for ask in searched], min(thresholds)))
        least = iter(thresholds)
        return [_beside(ask.boxes, next(found), next(least)) if ask.more else [] for ask in asks]


def _beside(given: Sequence[Box], found: Sequence[Box], threshold: float) -> list[Box]:
    """The found boxes from a score on that are nobody's among the given ones."""
    taken = np.array([_corners(box) for box in given])
    return [
        box for box in found if box.score >= threshold and not (len(given) and iou(_corners(box), taken).max() > SAME)
    ]


def _corners(box: Box) -> np.ndarray:
    return np.array([box.x, box.y, box.x + box.w, box.y + box.h])


def person(box: Box, keypoints: np.ndarray) -> Person:
    return Person(box, keypoints, float(metrics.rescore(box.score, keypoints[:, 2])))


def checked(boxes: np.ndarray | Sequence[Box], photo: np.ndarray) -> list[Box]:
    """Boxes that a caller named, as they are.

    Raises:
        ValueError: not (N, 4), no extent, or wholly outside of the photo.
    """
    if len(boxes) and not isinstance(boxes[0], Box):
        values = np.asarray(boxes, float)
        if values.ndim != 2 or values.shape[1] != 4:
            raise ValueError(f"boxes are (N, 4): x, y, width, height in photo pixels; got {values.shape}")
        boxes = [Box(*row) for row in values.tolist()]
    for number, box in enumerate(boxes, start=1):
        if not box.touches(photo.shape[:2]):
            height, width = photo.shape[:2]
            raise ValueError(f"box {number}, {box.xywh.tolist()}, lies wholly outside of the photo of {width}x{height}")
    return list(boxes)


def load(
    weights: str | os.PathLike[str] = "default",
    *,
    finder: str | None = "default",
    engine: str | None = None,
    device: str | None = None,
    precision: str | None = None,
    flip: bool = False,
) -> Estimator:
    """Make an estimator.

    Args:
        weights: "default" (embedded), a name of the catalogue (`python -m hrnet models`; fetched if the machine
            does not have it), a file, or the run folder of a training.
        finder: "default", a name of the catalogue, a file, or None: then every call must name its boxes.
        engine: "openvino" or "torch"; device: "cpu", "cuda", "cuda:1"; precision: "exact" or "fast". None chooses, see
            `hrnet.engine.open`.
        flip: whether to average with the mirrored crop: twice the work, a little better.
    Raises:
        hrnet.WeightsError: weights that are not there or not right.
    """
    topdown = TopDown(*_network(weights, engine, device, precision), flip)
    return Estimator(topdown, finders.open(finder, engine=engine, device=device) if finder else None)


def _network(
    weights: str | os.PathLike[str], engine: str | None, device: str | None, precision: str | None
) -> tuple[engines.Engine, Metadata]:
    """The network ready to run; the arrays it was made from are let go before anything else is loaded."""
    tensors, metadata = load_weights(weights)
    network = engines.open(
        metadata.spec,
        tensors,
        metadata.joints,
        metadata.input_size,
        metadata.mean,
        metadata.std,
        name=engine,
        device=device,
        precision=precision,
    )
    return network, metadata
