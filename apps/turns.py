"""The line in which questions wait: by turns among the visitors, so that many questions of one do not hold up others.

All of it runs in the server's event loop; no locks.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(eq=False)
class Place:
    """One question in the line."""

    visitor: str
    tell: Callable[[int], None]
    called: asyncio.Future[None]
    told: int = -1


class Full(Exception):
    """So many wait already that another one would only wait in vain."""


class Turns:
    """Up to `at_once` questions are worked on together, up to `of_one` of one visitor.

    Whoever waits is told a place: how many questions are before theirs, those under way included.

    Args:
        most: how many may wait; `most_of_one` of one visitor.
    """

    def __init__(self, at_once: int, of_one: int, most: int = 300, most_of_one: int = 20) -> None:
        self.at_once, self.of_one, self.most, self.most_of_one = at_once, of_one, most, most_of_one
        self._running: Counter[str] = Counter()
        self._waiting: OrderedDict[str, deque[Place]] = OrderedDict()  # visitors in the order of their turns

    async def take(self, visitor: str, tell: Callable[[int], None]) -> None:
        """Wait for a turn; whoever has one gives it back with `end`. One whose waiting is cancelled has none.

        Args:
            tell: hears the place whenever it changes, and 0 once it is its turn.
        Raises:
            Full: too many wait.
        """
        mine = self._waiting.get(visitor, ())
        if len(mine) >= self.most_of_one or sum(map(len, self._waiting.values())) >= self.most:
            raise Full
        place = Place(visitor, tell, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(visitor, deque()).append(place)
        self._call()
        try:
            await place.called
        except asyncio.CancelledError:
            if place.called.done() and not place.called.cancelled():
                self.end(visitor)  # called, and gone in the same moment
            else:
                self._leave(place)
                self._call()
            raise

    def end(self, visitor: str) -> None:
        """Give a turn back."""
        self._running[visitor] -= 1
        if not self._running[visitor]:
            del self._running[visitor]
        self._call()

    def _call(self) -> None:
        """Begin all that can begin, then tell the others where they stand."""
        while self._running.total() < self.at_once:
            free = (visitor for visitor in self._waiting if self._running[visitor] < self.of_one)
            visitor = next(free, None)
            if visitor is None:
                break
            place = self._waiting[visitor][0]
            self._leave(place)
            if visitor in self._waiting:
                self._waiting.move_to_end(visitor)
            self._running[visitor] += 1
            place.tell(0)
            place.called.set_result(None)
        for before, place in enumerate(self._order(), start=self._running.total()):
            if place.told != before:
                place.told = before
                place.tell(before)

    def _order(self) -> Iterator[Place]:
        """Who is called when, as far as that can be known: one of each visitor, then the next one of each."""
        rounds = [list(places) for places in self._waiting.values()]
        for turn in range(max(map(len, rounds), default=0)):
            yield from (places[turn] for places in rounds if turn < len(places))

    def _leave(self, place: Place) -> None:
        places = self._waiting[place.visitor]
        places.remove(place)
        if not places:
            del self._waiting[place.visitor]
