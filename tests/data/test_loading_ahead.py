import threading
import time

import pytest

from hrnet.data.loader import ahead


def loading():
    return [thread for thread in threading.enumerate() if thread.name.startswith("batch")]


def test_batches_come_in_order_though_later_ones_are_ready_sooner():
    def make(step):
        time.sleep(0.002 * (7 - step % 7))
        return step

    assert list(ahead(make, 3, 40, threads=3)) == list(range(3, 40))


def test_nothing_is_made_where_there_is_nothing_to_make():
    assert list(ahead(lambda step: step, 5, 5)) == []


def test_no_more_than_two_batches_per_thread_are_made_ahead():
    made = []
    batches = ahead(lambda step: made.append(step) or step, 0, 100, threads=2)
    assert next(batches) == 0
    time.sleep(0.05)
    assert len(made) == 5  # the one handed out and four that wait
    batches.close()


def test_what_goes_wrong_while_a_batch_is_made_is_raised_in_its_turn():
    def make(step):
        if step == 4:
            raise LookupError("photo 4")
        return step

    batches = ahead(make, 0, 100, threads=2)
    assert [next(batches) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(LookupError, match="photo 4"):
        next(batches)
    assert loading() == []


def test_closing_stops_the_threads_and_makes_no_more_batches():
    made = []
    batches = ahead(lambda step: made.append(step) or step, 0, 10_000, threads=2)
    next(batches)
    assert loading()
    batches.close()
    assert loading() == [] and len(made) < 20


def test_one_thread_at_least():
    with pytest.raises(ValueError, match="max_workers"):
        next(ahead(lambda step: step, 0, 1, threads=0))
