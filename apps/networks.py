"""A network that somebody has taught, in place of the server's own: for whoever knows its run's token, on any page.

A page names it with a token and says where to look, never with a file. Everything that asks the desk's model asks it
instead: `seen_with` gives a desk for this one question whose model is a `Lent`.
"""

from __future__ import annotations

import copy
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

import hrnet
from apps.model import Card, Model
from hrnet import weights
from hrnet.estimator import Ask, Estimator
from hrnet.finder import PersonFinder
from hrnet.finder.looking import LookTwice, WholePicture
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.sets.takeaway import is_person
from hrnet.topdown import TopDown

if TYPE_CHECKING:
    from apps.desk import Desk

KEPT = 3  # networks of runs that stay in memory; small ones have 10 MB, a W48 has 250 MB
WAYS = ("twice", "whole", "persons")  # how things are found where nobody draws boxes

T = TypeVar("T")


@dataclass(frozen=True)
class Loan:
    """A network of a run, and how it finds what it looks at.

    Attributes:
        token: of the run. name: what the run is called. path: of its best weights. changed: when they were written.
        way: "twice", the whole picture and then closely around what was seen there; "whole", the whole picture;
            "persons", what the server's own finder of persons finds.
    """

    token: str
    name: str
    path: Path
    changed: int
    way: str

    @property
    def metadata(self) -> weights.Metadata:
        """Raises hrnet.WeightsError where it cannot be read."""
        with no_folders():
            return weights.read_metadata(self.path)


def loan(values: object) -> Loan:
    """What a page asks for: {"token", of a run; "way", one of WAYS, or nothing for what suits the joints}.

    Raises:
        ValueError: it is something else, the run is gone, or has no weights yet; one line.
    """
    from apps.runs import Runs

    if not isinstance(values, dict):
        raise ValueError(f"network is {{token, way}}, got {values!r:.60}")
    way = values.get("way")
    if way is not None and way not in WAYS:
        raise ValueError(f"way is one of {', '.join(WAYS)}, got {way!r:.60}")
    run = Runs().open(values.get("token"))
    path = run.run / "best.safetensors"
    if not path.is_file():
        raise ValueError("this run has no weights yet: it saves the first ones when it first looks at the figures")
    found = Loan(run.token, run.request.title or run.request.name, path, path.stat().st_mtime_ns, way or "twice")
    if way is None and is_person(found.metadata.skeleton):
        return Loan(found.token, found.name, found.path, found.changed, "persons")
    return found


def seen_with(desk: Desk, asked: object) -> Desk:
    """The desk for one question, with the network that it asks for, see `loan`; as it is for None.

    Raises:
        ValueError: as `loan`.
    """
    if asked is None:
        return desk
    own = copy.copy(desk)  # everything else is shared: photos, pictures, files
    own.model = Lent(desk.model, loan(asked))
    return own


class Taught(Card):
    """Of a run's weights. The server's goals are not theirs, so they are never below them."""

    preliminary = False


class Lent:
    """What pages ask of a `Model`, answered by the network of a run.

    Attributes:
        server: the server's own model; it finds the persons where they are wished for.
        weights, version: what tells this network from others; the second changes with its weights.
    """

    def __init__(self, server: Model, loan: Loan) -> None:
        self.server, self.loan = server, loan
        self.weights, self.version, self.finder = str(loan.path), loan.changed, server.finder
        self.cards = (Taught(loan.name, loan.metadata),)

    @property
    def estimator(self) -> Estimator:
        """Raises hrnet.WeightsError where the weights cannot be opened."""
        return Estimator(self._network[0], self._finder(self._network[0]))

    @property
    def threshold(self) -> float:
        """The lowest score of what is found where nobody says another one."""
        return self.server.threshold if self.loan.way == "persons" else 0.0

    def ask(self, read: Callable[[], Ask], show: Callable[[Estimator, np.ndarray, list[Person]], T]) -> T:
        """As `Model.ask`."""
        ask = read()
        return self.use(lambda estimator: show(estimator, ask.photo, estimator.batch([ask])[0]))

    def use(self, make: Callable[[Estimator], T]) -> T:
        """As `Model.use`: one at a time."""
        estimator = self.estimator
        with self._network[1]:
            return make(estimator)

    @property
    def _network(self) -> tuple[TopDown, threading.Lock]:
        return network(self.loan.path, self.loan.changed)

    def _finder(self, topdown: TopDown) -> PersonFinder:
        if self.loan.way == "persons":
            return Persons(self.server)
        return WholePicture() if self.loan.way == "whole" else LookTwice(topdown)


class Persons:
    """The server's own finder, whose turns others wait for, too."""

    def __init__(self, server: Model) -> None:
        self.server, self.threshold = server, server.threshold

    def __call__(self, photos: list[np.ndarray], threshold: float | None = None) -> list[list[Box]]:
        return self.server.use(lambda estimator: estimator.finder(photos, threshold))


_loading = threading.Lock()


def network(path: Path, changed: int) -> tuple[TopDown, threading.Lock]:
    """The network in a file that was written at that time, and the lock of whoever uses it. The latest KEPT stay.

    Raises:
        hrnet.WeightsError: it cannot be opened.
    """
    with _loading:  # two visitors who wish for the same one wait for one loading
        return _loaded(path, changed)


@lru_cache(maxsize=KEPT)
def _loaded(path: Path, changed: int) -> tuple[TopDown, threading.Lock]:
    with no_folders():
        return hrnet.load(path, finder=None).topdown, threading.Lock()


@contextmanager
def no_folders() -> Iterator[None]:
    """What is wrong with weights, without where they lie: that is no visitor's business."""
    try:
        yield
    except hrnet.WeightsError as error:
        raise hrnet.WeightsError(re.sub(r"\S*[/\\](?=[^/\\\s]+)", "", str(error))) from error
