"""The one estimator that all pages and visitors share, and the line in which they wait for it.

It loads in the background, so that a page is there before it. Whoever asks is put in line; one worker takes everybody
who waits and lets their photos share batches. Only the worker reads photos, so memory does not grow with the visitors.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic, TypeVar

import numpy as np

import hrnet
from hrnet import weights
from hrnet.estimator import PIXELS_AT_ONCE, Ask, Estimator
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.weights.checkpoint import Metadata, is_ours
from hrnet.weights.lookup import BEST

AT_ONCE = 8  # who shares a turn: as many photos as the finder takes in one batch

# Below these the page says "preliminary weights". They are this project's goals for the embedded weights, in percent:
# keypoint AP of the pose network, and the share of persons taller than 96 pixels that the finder finds.
GOALS = {"AP": 62.0, "recall": 92.0}

OVER = "the server ends"

T = TypeVar("T")


@dataclass(frozen=True)
class Card:
    """What is known of one weights file before it is loaded."""

    name: str
    metadata: Metadata

    @property
    def preliminary(self) -> bool:
        """Whether a figure that has a goal is below it, or nothing was measured at all."""
        figures = self.metadata.figures
        return not figures or any(figure.value < GOALS.get(figure.metric, 0) for figure in figures)


@dataclass(frozen=True, eq=False)
class Job(Generic[T]):
    """One visitor's wish: what to read, and what to make of the people that are found."""

    read: Callable[[], Ask]
    show: Callable[[Estimator, np.ndarray, list[Person]], T]
    done: Future[T] = field(default_factory=Future)


@dataclass(frozen=True, eq=False)
class Use(Generic[T]):
    """The wish to have the estimator to oneself for a moment."""

    make: Callable[[Estimator], T]
    done: Future[T] = field(default_factory=Future)


class Model:
    """Loads once, answers in turns.

    Args:
        weights, finder: as in `hrnet.load`.
        others: pose networks that pages may offer beside it, named likewise; they are loaded when they are asked for.
    Raises:
        hrnet.WeightsError: weights of that name are not there or not right, as far as their header says.
    """

    loan = None  # it is the server's own network; see apps.networks

    def __init__(self, weights: str = "default", finder: str = "default", others: Sequence[str] = ()) -> None:
        self.weights, self.finder, self.others = weights, finder, tuple(others)
        self.version = 0  # of the weights: those that a server begins with stay; see apps.networks
        self.cards = tuple(card for card in (_card(weights, "pose"), _card(finder, "finder")) if card)
        self.other_cards = tuple(_card(name, "pose") for name in self.others)
        self._jobs: queue.SimpleQueue[Job | Use | None] = queue.SimpleQueue()
        self._loading = threading.Lock()
        self._over = False
        self._worker = threading.Thread(target=self._work, name="model", daemon=True)

    def __enter__(self) -> Model:
        """Begin to load, and to answer."""
        self._worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the worker finish what it does: it must not be inside the engine when the program ends."""
        self._over = True
        self._jobs.put(None)
        self._worker.join()
        with suppress(queue.Empty):
            while True:  # whoever still waits in a thread would keep the program from ending
                if job := self._jobs.get_nowait():
                    job.done.set_exception(ValueError(OVER))

    @property
    def estimator(self) -> Estimator:
        """The estimator; the first who asks loads it, everybody else waits.

        Raises:
            hrnet.WeightsError: what the header did not tell.
        """
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> Estimator:
        estimator = hrnet.load(self.weights, finder=self.finder)
        warm_up(estimator)
        return estimator

    @property
    def threshold(self) -> float:
        """The finder's own: from the header of its weights, or else from the loaded finder."""
        stated = [card.metadata.threshold for card in self.cards if card.metadata.role == "finder"]
        return stated[0] if stated and stated[0] is not None else self.estimator.finder.threshold

    def ask(self, read: Callable[[], Ask], show: Callable[[Estimator, np.ndarray, list[Person]], T]) -> T:
        """Wait for a turn, find the people, and give what `show(estimator, photo, people)` makes of them.

        `read` and `show` run in the worker's thread. Whatever they raise is raised here.
        """
        return self._wait(Job(read, show))

    def use(self, make: Callable[[Estimator], T]) -> T:
        """Wait for a turn, and give what `make(estimator)` gives: one frame of a clip, say, for others wait meanwhile.

        `make` runs in the worker's thread, as nothing else that uses the estimator does then; what it raises is raised
        here.
        """
        return self._wait(Use(make))

    def _wait(self, job: Job[T] | Use[T]) -> T:
        self._jobs.put(job)
        if self._over:  # nobody may look at the line any more
            raise ValueError(OVER)
        return job.done.result()

    def _work(self) -> None:
        with suppress(Exception):  # whoever asks is told why it could not be loaded
            self.estimator  # noqa: B018
        while job := self._jobs.get():  # None says that it is over
            jobs = [job]
            with suppress(queue.Empty):
                while len(jobs) < AT_ONCE and (job := self._jobs.get_nowait()):
                    jobs.append(job)
            self.turn(jobs)
            if job is None:
                return

    def turn(self, jobs: Iterable[Job | Use]) -> None:
        """Do all these jobs, photos of up to PIXELS_AT_ONCE pixels together; an error stays with its own job."""
        together: list[tuple[Job, Ask]] = []
        for job in jobs:
            try:
                if isinstance(job, Use):
                    job.done.set_result(job.make(self.estimator))
                    continue
                together.append((job, job.read()))
            except Exception as error:  # whatever went wrong is for the one who asked to hear
                job.done.set_exception(error)
            if sum(ask.pixels for _, ask in together) >= PIXELS_AT_ONCE:
                self._answer(together)
                together = []
        self._answer(together)

    def _answer(self, together: list[tuple[Job, Ask]]) -> None:
        if not together:
            return
        try:
            estimator = self.estimator
            answers = estimator.batch([ask for _, ask in together])
        except Exception as error:
            for job, _ in together:
                job.done.set_exception(error)
            return
        for (job, ask), people in zip(together, answers, strict=True):
            try:
                job.done.set_result(job.show(estimator, ask.photo, people))
            except Exception as error:
                job.done.set_exception(error)


def warm_up(estimator: Estimator) -> None:
    """Let the engine compile what a photo with a few people needs, before the first visitor has to wait for it."""
    gray = np.full((256, 256, 3), 128, np.uint8)
    estimator.finder([gray])
    estimator(gray, boxes=[Box(64, 64, 128, 128)])


def _card(name: str, role: str) -> Card | None:
    """None where only loading can tell: a file that another program wrote."""
    found = weights.resolve(name, role=role)
    if isinstance(found, weights.Entry):
        return Card(found.name, found.metadata)
    if not is_ours(found):
        return None
    return Card(found.parent.name if found.name == BEST else found.stem, weights.read_metadata(found))
