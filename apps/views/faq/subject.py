"""Whom the answers are about: one person of the visitor's photo, or of an example whose joints are known exactly."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from apps.desk import EXAMPLE, PICTURE_SECONDS, Kept
from hrnet import draw, metrics
from hrnet.draw import VISIBLE
from hrnet.estimator import Ask
from hrnet.geometry import Affine, Box, whole
from hrnet.skeleton import Skeleton
from hrnet.topdown import TopDown
from hrnet.weights import Metadata

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.model import Model

FEWEST = 6  # joints of a person to speak about: where the network is less sure, its surest ones
LONGEST = 960  # pixels of the photo that the page shows
MOST_SUBJECTS = 200  # photos whose people are remembered, by token

Poses = list[tuple[Box, np.ndarray]]  # of each person the box, and (K, 3): x, y, above 0 where the joint is known


@dataclass(frozen=True, eq=False)
class Subject:
    """One person.

    Attributes:
        keypoints: float (K, 3) in photo pixels; the third is above 0 where the joint is known.
        exact: known as the scene was drawn; else they are the network's own answer.
        found: somebody was found; else the whole photo is the box.
    """

    topdown: TopDown
    photo: np.ndarray
    box: Box
    keypoints: np.ndarray
    exact: bool
    found: bool
    everybody: tuple[Box, ...]

    @property
    def metadata(self) -> Metadata:
        return self.topdown.metadata

    @property
    def skeleton(self) -> Skeleton:
        return self.metadata.skeleton

    @property
    def known(self) -> np.ndarray:
        """(K,) of each joint whether it is known."""
        return self.keypoints[:, 2] > 0

    @cached_property
    def affine(self) -> Affine:
        """Photo pixels -> pixels of the crop that this network sees."""
        return self.topdown.affine(self.box)

    @cached_property
    def crop(self) -> np.ndarray:
        """uint8 (H, W, 3), what this network sees."""
        return self.topdown.crop([self.photo], [self.box])[0][0]

    @cached_property
    def heatmaps(self) -> np.ndarray:
        """float32 (K, h, w), what it answers."""
        return self.topdown.heatmaps(self.crop[None])[0]

    @cached_property
    def predicted(self) -> np.ndarray:
        """float32 (K, 3) in photo pixels."""
        return self.topdown.decode(self.heatmaps[None], [self.affine])[0]

    def predict(self, photo: np.ndarray, boxes: list[Box]) -> np.ndarray:
        """float32 (N, K, 3): the joints of these boxes of a photo."""
        return self.topdown([photo], [boxes])[0]

    def oks(self, keypoints: np.ndarray, reference: np.ndarray | None = None) -> float:
        """How alike they are to the known joints, 0 to 1; the area is the box's."""
        reference = self.keypoints if reference is None else reference
        return float(metrics.oks(reference, keypoints[None], self.box.area, self.skeleton.sigmas)[0])

    def distance(self, keypoints: np.ndarray, reference: np.ndarray | None = None) -> float:
        """Mean photo pixels between these and the reference, the known joints where none is named; of known joints."""
        reference = self.keypoints if reference is None else reference
        return float(np.linalg.norm((keypoints - reference)[self.known, :2], axis=1).mean())

    def surest(self, *names: str) -> int:
        """The joint of these names, of all where none is named, that is known and has the highest peak."""
        wanted = [self.skeleton.index(name) for name in names if name in self.skeleton.joints]
        joints = [joint for joint in wanted or range(len(self.skeleton)) if self.known[joint]]
        peaks = self.predicted[:, 2]
        return max(joints or np.flatnonzero(self.known).tolist(), key=lambda joint: peaks[joint])

    def name(self, joint: int) -> str:
        """Of a joint; the page says it in its language where its catalogue has it."""
        return f"joint.{self.skeleton.joints[joint]}"


def subject(desk: Desk, token: object, person: object = 0) -> Subject:
    """A person of a photo.

    Raises:
        ImageError: there is no such photo, or no longer.
        ValueError: there is no such person.
    """
    photo = desk.photo(token)
    exact, found, poses = _people(desk, token)
    if type(person) is not int or not 0 <= person < len(poses):
        raise ValueError(f"there are {len(poses)} people in this photo, counted from 0; got {person!r:.20}")
    box, keypoints = poses[person]
    everybody = tuple(other for other, _ in poses)
    return Subject(_lent(desk.model), photo, box, keypoints, exact, found, everybody)


def who(desk: Desk, token: object) -> dict[str, Any]:
    """The people to choose from.

    Returns:
        "picture", "width", "height": the photo with their boxes, numbered; "people": of each the box as shares of the
        photo, x, y, width, height; "exact" and "found" as in `Subject`; "network": what it is; "figure": how good it
        was measured to be, or None; "preliminary": whether it is still to become better, as the photo page says.
    """
    photo = desk.photo(token)
    exact, found, poses = _people(desk, token)
    height, width = photo.shape[:2]
    scale = min(1.0, LONGEST / max(height, width))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else photo
    frames = [Box(*(scale * box.xywh).tolist()) for box, _ in poses]
    drawn = draw.boxes(small, frames, labels=[str(number) for number in range(1, len(frames) + 1)])
    metadata = desk.model.estimator.topdown.metadata
    rows, columns = metadata.input_size
    return {
        "picture": desk.picture(drawn, "jpeg"),
        "width": drawn.shape[1],
        "height": drawn.shape[0],
        "people": [(box.xywh / [width, height, width, height]).round(4).tolist() for box, _ in poses],
        "exact": exact,
        "found": found,
        "network": {"name": metadata.spec.name, "rows": rows, "columns": columns, "rule": metadata.rule.name},
        "figure": asdict(metadata.figures[0]) if metadata.figures else None,
        "preliminary": any(card.preliminary for card in desk.model.cards),
    }


def _lent(model: Model) -> TopDown:
    """The model's network with its preprocessing; each of its runs waits for its turn, as everybody's do."""
    own = model.estimator.topdown
    return TopDown(lambda crops: model.use(lambda estimator: estimator.topdown.network(crops)), own.metadata, own.flip)


_drawing = threading.Lock()
_remembered: Kept[tuple[bool, bool, Poses]] = Kept(MOST_SUBJECTS, 50_000_000, PICTURE_SECONDS)


def _people(desk: Desk, token: object) -> tuple[bool, bool, Poses]:
    """Whether they are exact, whether anybody was found, and the people, the largest or surest first."""
    name = f"{desk.model.weights}/{desk.model.finder}/{token}"
    if (known := _remembered.get(name)) is None:
        known = _exact(desk, token) or _found(desk, token)
        _remembered.put(name, known, 1000 * len(known[2]))
    return known


def _exact(desk: Desk, token: object) -> tuple[bool, bool, Poses] | None:
    from apps import examples

    name = str(token).removeprefix(EXAMPLE)
    if not str(token).startswith(EXAMPLE) or name not in examples.DRAWN:
        return None
    with _drawing:  # many may ask at once for what is then remembered
        scene = _scene(name)
    if scene.skeleton.joints != desk.model.estimator.skeleton.joints:
        return None  # these weights speak of other joints
    pairs = zip(scene.boxes, scene.keypoints, strict=True)
    poses = [(box, keypoints) for box, keypoints in pairs if (keypoints[:, 2] > 0).sum() >= FEWEST]
    return True, True, sorted(poses, key=lambda pose: -pose[0].area)


@lru_cache(maxsize=8)
def _scene(name: str):
    from hrnet.scenes import example  # importing it takes a second

    return example(name)


def _found(desk: Desk, token: object) -> tuple[bool, bool, Poses]:
    photo = desk.photo(token)
    people = desk.model.ask(lambda: Ask(photo), lambda estimator, photo, people: people)
    found = bool(people)
    if not found:
        people = desk.model.ask(lambda: Ask(photo, [whole(photo)]), lambda estimator, photo, people: people)
    return False, found, [(one.box, _sure(one.keypoints)) for one in people]


def _sure(keypoints: np.ndarray) -> np.ndarray:
    """Visible (2) where the peak is high enough to be drawn, and the FEWEST highest of whoever has fewer such."""
    peaks = keypoints[:, 2]
    least = min(VISIBLE, np.sort(peaks)[-min(FEWEST, len(peaks)) :].min() - 1e-6)
    return np.column_stack([keypoints[:, :2], 2.0 * (peaks > least)])
