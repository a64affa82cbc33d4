"""Every labeled person cut out once, with a margin: what a training reads instead of photos."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from hrnet.data.flat import Flat, decoded, fingerprint, write
from hrnet.data.pose_set import LabeledPerson, PoseSet
from hrnet.data.source import Stored
from hrnet.geometry import Affine, Box, Size, padded_sides

MARGIN = 1.5  # times the unmoved view: room for factors of 1 +- .35 and for turns


class PersonCrops(Flat):
    """Pixels around the labeled persons of a set, in one file.

    A crop is the part of the photo that lies within MARGIN times the view of the network (the padded box, unmoved), and
    it has at most the resolution of that view: at 256x192 never more than 384x288 pixels, 332 kB. A person who is
    smaller in the photo is kept as she is, bit by bit; a larger one is scaled down by areas. So

    - what a view shows beyond the margin (far, turned and shifted all at once) is filled like the world outside of the
      photo, and
    - views nearer than the unmoved one are softer than those out of the photo, where the person is large.

    Smaller than a PhotoCache where photos are large or mostly empty; COCO's photos with three large persons are not.

    Raises:
        ValueError: the folder does not hold a whole cache.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._place = {number: place for place, number in enumerate(self.index["persons"])}
        self._maps: list[tuple[float, float, float, float]] = self.index["maps"]

    def around(self, number: int, person: LabeledPerson) -> Stored | None:
        """The crop of person `number` of the set and the map from the photo to it; None if the photo is broken.

        Raises:
            ValueError: nothing is kept of that person: without labels, or to be ignored.
        """
        if number not in self._place:
            raise ValueError(f"person {number} is not among the crops: without a labeled joint, or to be ignored")
        place = self._place[number]
        pixels = self.picture(place)
        if pixels is None:
            return None
        scale_x, scale_y, shift_x, shift_y = self._maps[place]
        return Stored(pixels, Affine([[scale_x, 0, shift_x], [0, scale_y, shift_y]]))

    @classmethod
    def of(
        cls,
        poses: PoseSet,
        folder: Path,
        input_size: Size,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> PersonCrops:
        """Open the crops of this set for inputs of (height, width) under `folder`, and make them first if they are not
        there; every photo is decoded once.

        Args:
            progress: called with (photos done, photos in all) while they are made.
        """
        wanted = [[n for n in numbers if worth_keeping(poses.samples[n])] for numbers in poses.by_photo]
        boxes = np.array([poses.samples[n].box.xywh for numbers in wanted for n in numbers], np.float64)
        order = [n for numbers in wanted for n in numbers]
        facts = f"crops {input_size} {MARGIN} {order}"
        home = folder / f"crops-{fingerprint(poses.photos, facts.encode(), boxes.tobytes())}"
        try:
            return cls(home)
        except (OSError, ValueError, KeyError):  # there are none yet, or a machine that lost power left a part of them
            broken: dict[str, str] = {}
            maps: list[tuple[float, ...]] = []

            def cut(place: int, photo: np.ndarray) -> list[Stored]:
                return [margin_crop(photo, poses.samples[n].box, input_size) for n in wanted[place]]

            def crops() -> Iterator[np.ndarray | None]:
                for place, found in enumerate(decoded(poses.photos, broken, cut, progress)):
                    for stored in found if found is not None else [None] * len(wanted[place]):
                        maps.append(() if stored is None else tuple(stored.affine.matrix[[0, 1, 0, 1], [0, 1, 2, 2]]))
                        yield None if stored is None else stored.pixels

            write(home, crops(), lambda: {"broken": broken, "persons": order, "maps": maps})
        return cls(home)


def worth_keeping(person: LabeledPerson) -> bool:
    """Whether a training may ask for this person."""
    return person.labeled > 0 and not person.ignore


def margin_crop(photo: np.ndarray, box: Box, input_size: Size) -> Stored:
    """The part of a photo around a person, as `PersonCrops` keeps it, and the map from the photo to it."""
    sides = padded_sides(box, input_size, MARGIN)
    spans = []
    for center, side, limit in zip(box.center, sides, photo.shape[1::-1], strict=True):
        first = math.floor(min(max(center - side / 2, 0), limit - 1))  # at least a pixel of the photo
        spans.append((first, math.ceil(min(max(center + side / 2 + 1, first + 1), limit))))
    (left, right), (top, bottom) = spans
    part = photo[top:bottom, left:right]
    shrink = MARGIN * input_size[0] / sides[1]
    moved = Affine.translation(-left, -top)
    if shrink >= 1:
        return Stored(part, moved)
    height, width = (max(1, round(side * shrink)) for side in part.shape[:2])
    x, y = width / part.shape[1], height / part.shape[0]
    centers = Affine([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2]])  # resize lays edge on edge, not center on center
    return Stored(cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA), centers @ moved)
