"""Two ends of a pipeline: a thread that works ahead, and a thread that works behind, with a bounded queue each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, Full, Queue
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")

ROOM = 4  # items in a queue: frames of 1080p are 6 MB each
TICK = 0.05  # seconds after which a thread that waits looks whether it is to stop
_END = object()


class _Worker:
    """A thread that ends when told to; what it raises is kept for whoever asks."""

    def __init__(self, name: str, room: int) -> None:
        self._queue: Queue[Any] = Queue(room)
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._guarded, name=name, daemon=True)

    def _guarded(self) -> None:
        try:
            self._work()
        except BaseException as error:  # raised again in the thread that asks, see `_raise`
            self._error = error

    def _work(self) -> None:
        raise NotImplementedError

    def _put(self, item: Any) -> bool:
        """Whether it was taken before the end."""
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=TICK)
                return True
            except Full:
                if not self._thread.is_alive():
                    return False
        return False

    def _get(self) -> Any:
        while not self._stopped.is_set():
            try:
                return self._queue.get(timeout=TICK)
            except Empty:
                if not self._thread.is_alive() and self._queue.empty():
                    return _END
        return _END

    def _raise(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def stop(self) -> None:
        """End the thread, soon, and wait for that; what was not done is not done."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()


class Ahead(_Worker, Generic[Item]):
    """Goes through an iterable in a thread: `with Ahead(items) as ready: for item in ready: ...`.

    What the iterable raises is raised here, after the items before it.
    """

    def __init__(self, items: Iterable[Item], room: int = ROOM) -> None:
        super().__init__("ahead", room)
        self._items = items

    def __enter__(self) -> Ahead[Item]:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def __iter__(self) -> Iterator[Item]:
        while (item := self._get()) is not _END:
            yield item
        self._raise()

    def _work(self) -> None:
        for item in self._items:
            if not self._put(item):
                return


class Behind(_Worker, Generic[Item]):
    """Hands items to a function in a thread: `with Behind(write) as line: line.put(item)`.

    Leaving the block waits until all are done; leaving it by an exception drops those that wait. What the function
    raises is raised at the next `put`, or at the end.
    """

    def __init__(self, take: Callable[[Item], None], room: int = ROOM) -> None:
        super().__init__("behind", room)
        self._take = take

    def __enter__(self) -> Behind[Item]:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        try:
            if kind is None and self._put(_END):
                self._thread.join()
        finally:  # a Ctrl-C while waiting must not leave the thread to work on what is closed next
            self.stop()
        if kind is None:
            self._raise()

    def put(self, item: Item) -> None:
        if not self._thread.is_alive() or not self._put(item):
            self._raise()

    def _work(self) -> None:
        while (item := self._get()) is not _END:
            self._take(item)
