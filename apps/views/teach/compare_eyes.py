"""Who looks in the step "Compare & take away": a run, the weights that it began with, or its first look."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

import hrnet
from apps import networks
from apps.desk import Kept
from apps.runs import Run
from apps.views.teach.compare_held import Held
from apps.views.teach.run import of
from hrnet.geometry import Box
from hrnet.sets import judged
from hrnet.sets.judged import RunFiles
from hrnet.sets.rows import rows
from hrnet.skeleton import Skeleton
from hrnet.topdown import TopDown

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say

START, FIRST = "start", "first"

_answers: Kept[np.ndarray] = Kept(20, 64_000_000)  # of an eye to the pictures that a run holds out


@dataclass(frozen=True)
class Eye:
    """A network, and for each joint of the run its own place, or None.

    flips: whether the mirrored picture is averaged in, as when the run was judged.
    turn: gives what a function makes of the network, when nobody else uses it.
    """

    places: tuple[int | None, ...]
    flips: bool
    turn: Callable[[Callable[[TopDown], Any]], Any]

    def see(self, pixels: np.ndarray, boxes: list[Box]) -> np.ndarray:
        """(N, K, 3) in picture pixels; NaN for joints that it does not know."""

        def found(topdown: TopDown) -> np.ndarray:
            return TopDown(topdown.network, topdown.metadata, self.flips)([pixels], [boxes])[0]

        points = self.turn(found)
        taken = np.full((len(points), len(self.places), 3), np.nan, np.float32)
        for place, theirs in enumerate(self.places):
            if theirs is not None:
                taken[:, place] = points[:, theirs]
        return taken


def eye_of(desk: Desk, eye: object, run: Run, skeleton: Skeleton) -> Eye | None:
    """Raises ValueError where there is no such eye; None for START where it knows nothing of these joints."""
    files = RunFiles.of((run if eye == START else run_with_weights(desk, eye)).folder)
    if eye == START:
        began = judged.start_metadata(files.recipe)
        places = known_places(skeleton, began and began[1].skeleton)
        known = any(place is not None for place in places)
        return Eye(places, files.flips, lambda make: make(_named_network(began[0]))) if known else None
    lent = networks.seen_with(desk, {"token": files.run.parent.name}).model
    places = known_places(skeleton, lent.loan.metadata.skeleton)
    return Eye(places, files.flips, lambda make: lent.use(lambda estimator: make(estimator.topdown)))


@lru_cache(maxsize=1)
def _named_network(name: str) -> TopDown:
    return hrnet.load(name, finder=None).topdown


def known_places(own: Skeleton, other: Skeleton | None) -> tuple[int | None, ...]:
    """For each joint the place of the one that is called the same; a part near it, with whose row a run begins, is
    another joint."""
    found = rows(own.joints, other.joints if other else ())
    return tuple(row.place if _plain_name(row.kept) == _plain_name(row.joint) else None for row in found)


def _plain_name(joint: str) -> str:
    return re.sub(r"[\W_]+", "", joint.casefold())


def seen(desk: Desk, eye: object, run: Run, told: Held, say: Say) -> np.ndarray | None:
    """(N, K, 3) of all things that a run holds out, NaN where the eye says nothing; from memory where it was asked
    before."""
    if eye == FIRST:
        return _first(run, told)
    weights = RunFiles.of((run if eye == START else run_with_weights(desk, eye)).folder).weights
    key = f"{eye} {run.token} {weights.stat().st_mtime_ns} {len(told.places)}"
    if (found := _answers.get(key)) is not None:
        return found
    network = eye_of(desk, eye, run, told.poses.skeleton)
    if network is None:
        return None
    found = np.full((len(told.places), len(told.poses.skeleton), 3), np.nan, np.float32)
    for place, photo in enumerate(told.poses.photos):
        say(place / len(told.poses.photos))
        if numbers := told.of_photo(place):
            found[numbers] = network.see(photo.read(), [told.boxes[number] for number in numbers])
    _answers.put(key, found, found.nbytes)
    return found


def _first(run: Run, told: Held) -> np.ndarray:
    """What the run answered on a few pictures when it looked for the first time."""
    found = np.full((len(told.places), len(told.poses.skeleton), 3), np.nan, np.float32)
    looks = RunFiles.of(run.folder).looks()
    by_id = {photo.id: place for place, photo in enumerate(told.poses.photos)}
    for seen in looks[min(looks)] if looks else ():
        numbers = told.of_photo(by_id[seen["id"]]) if seen.get("id") in by_id else []
        points = np.array([person["keypoints"] for person in seen["people"]], np.float32)
        if numbers and points.shape == (len(numbers), *found.shape[1:]):
            found[numbers] = points
    return found


def run_with_weights(desk: Desk, token: object) -> Run:
    run = of(desk).open(token)
    if not RunFiles.of(run.folder).weights.is_file():
        raise ValueError("this run has no weights yet: it saves the first ones when it first looks at the figures")
    return run
