"""The learner's photo as lessons see it: `lessons.frame.Scene` over the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from hrnet.estimator import Ask, Estimator
from hrnet.geometry import Box, Size
from hrnet.person import Person
from hrnet.places import cuts
from hrnet.weights import Metadata
from lessons.frame import is_number
from lessons.toys import LAST

if TYPE_CHECKING:
    from apps.views.inside.runs import Run, Runs
    from apps.views.lesson import Desk


class Shot:
    """One photo, one person in it, and how the controls stand.

    Args:
        token: of the photo, as a visitor sent it.
        person: [x, y, width, height] in photo pixels, likewise.
        state: the controls, checked.
        say: is told how far a run of the network is; see `apps.benches.Bench`.
    Raises:
        ValueError: there is no token or no box.
    """

    def __init__(
        self, desk: Desk, token: object, person: object, state: Mapping[str, Any], say: Callable[[float], None]
    ) -> None:
        if not isinstance(token, str) or not token:
            raise ValueError(f"this question needs a photo, got {token!r:.60}; choose one")
        if not isinstance(person, list) or len(person) != 4 or not all(is_number(v) and abs(v) < 1e9 for v in person):
            raise ValueError(f"person is [x, y, width, height] in photo pixels, got {person!r:.60}")
        self.desk, self.token, self.state, self.say = desk, token, state, say
        self.person = Box(*map(float, person))

    @cached_property
    def photo(self) -> np.ndarray:
        return self.desk.photo(self.token)

    @property
    def size(self) -> Size:
        return self.photo.shape[:2]

    @property
    def box(self) -> Box:
        """The control "box" counts in units of the person's own."""
        x, y, w, h = self.state["box"]
        own = self.person
        return Box(own.x + x * own.w, own.y + y * own.h, w * own.w, h * own.h)

    @property
    def metadata(self) -> Metadata:
        return self.desk.model.estimator.topdown.metadata

    @property
    def input_size(self) -> Size:
        """The control "size" can name another one than the network's own."""
        named = self.state.get("size", "own")
        if named == "own":
            return self.metadata.input_size
        height, width = map(int, named.split("x"))
        return height, width

    @property
    def joints(self) -> tuple[str, ...]:
        return self.metadata.skeleton.joints

    def keypoints(self, box: Box) -> np.ndarray:
        return self.answers([box])[0]

    def answers(self, boxes: Sequence[Box]) -> list[np.ndarray]:
        """float32 (K, 3) for every box, in photo pixels; in the line with everybody's questions.

        Raises:
            ValueError: a box lies outside of the photo.
        """
        people = self.desk.model.ask(lambda: Ask(self.photo, boxes), lambda estimator, photo, people: people)
        return [person.keypoints for person in people]

    def heatmaps(self) -> np.ndarray:
        """float32 (K, h, w): the network's maps of the person, without the flip test."""
        return self._heatmaps(lambda crop: crop)[0]

    def both_heatmaps(self) -> np.ndarray:
        """float32 (2, K, h, w): the maps of the person's crop, and what the network says of that crop in a mirror."""
        return self._heatmaps(lambda crop: np.concatenate([crop, crop[:, :, ::-1]]))

    def _heatmaps(self, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> np.ndarray:
            crop, _ = estimator.topdown.crop([photo], [self.person])
            return estimator.topdown.heatmaps(of(crop))

        return self.desk.model.ask(lambda: Ask(self.photo, [self.person]), show)

    def moved(self, cut: Sequence[str]) -> np.ndarray:
        whole, run = self.run(()), self.run(cut)
        before, after = self.runs.topdown.decode(np.stack([whole.heatmaps, run.heatmaps]), [whole.affine, run.affine])
        return np.hypot(*(after - before)[:, :2].T)

    @cached_property
    def runs(self) -> Runs:
        from apps.views.inside.runs import runs_of  # with torch

        return runs_of(self.desk.model.weights)

    def run(self, cut: Sequence[str]) -> Run:
        """A run of the network on the person, seen everywhere, without what is cut; LAST stands for the last unit.

        Raises:
            ValueError: a name is no place that can be cut.
        """
        names = [self.named(name) for name in cut]
        wanted = tuple(cuts(self.runs.metadata.spec, names)) if names else ()
        return self.runs.get(self.token, lambda: self.photo, self.person, wanted, self.say)

    def named(self, place: str) -> str:
        """The place under the name that it has in this network."""
        return place.replace(LAST, f"stage4.unit{self.runs.metadata.spec.modules[2] - 1}", 1)
