"""The two ends of the pipeline: order, bounds, errors and an end without delay."""

import threading
import time

import pytest

from hrnet.video.threads import ROOM, Ahead, Behind


def test_items_come_in_order_and_never_far_ahead():
    made = []

    def items():
        for i in range(50):
            made.append(i)
            yield i

    with Ahead(items()) as ready:
        for i, item in enumerate(ready):
            assert item == i
            assert len(made) <= i + ROOM + 2
    assert made == list(range(50))


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        raise KeyError("gone")

    got = []
    with Ahead(items()) as ready, pytest.raises(KeyError, match="gone"):
        for item in ready:
            got.append(item)
    assert got == [1]


def test_leaving_early_ends_the_thread():
    before = threading.active_count()
    with Ahead(iter(int, 1)) as ready:
        next(iter(ready))
    assert threading.active_count() == before


def test_all_is_taken_before_the_end():
    taken = []
    with Behind(lambda item: (time.sleep(0.002), taken.append(item))) as line:
        for i in range(20):
            line.put(i)
    assert taken == list(range(20))


def test_an_error_of_the_taker_is_raised_at_a_put_or_at_the_end():
    def take(item):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), Behind(take) as line:
        for i in range(100):
            line.put(i)
    with pytest.raises(OSError, match="disk full"), Behind(take) as line:
        line.put(1)


def test_what_waits_is_dropped_after_an_exception():
    taken, begun = [], threading.Event()

    def take(item):
        begun.set()
        time.sleep(0.05)
        taken.append(item)

    with pytest.raises(RuntimeError), Behind(take) as line:
        for i in range(4):
            line.put(i)
        begun.wait()
        raise RuntimeError
    assert len(taken) < 3
