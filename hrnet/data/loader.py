"""Batches made ahead of time by threads, in order. OpenCV lets go of the interpreter, so threads are enough."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Batch = TypeVar("Batch")


def ahead(make: Callable[[int], Batch], start: int, stop: int, threads: int = 2) -> Iterator[Batch]:
    """make(start), make(start + 1) ... make(stop - 1), in this order, with up to two batches per thread made ahead.

    What `make` raises is raised here, in its turn. Closing the iterator stops the threads.
    """
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="batch") as pool:
        try:
            for step in range(start, stop):
                waiting.append(pool.submit(make, step))
                if len(waiting) > 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
