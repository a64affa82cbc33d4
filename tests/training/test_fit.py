import math
import threading
from dataclasses import replace

import pytest
import torch

from hrnet.training.checkpoint import Checkpoint
from hrnet.training.schedule import Schedule
from hrnet.training.trainer import Settings


def kinds(events):
    return [(type(event).__name__, event.step) for event in events]


def test_events_come_in_order_and_the_run_folder_tells_the_same(training):
    one = training(steps=10)
    events = list(one.events())
    assert kinds(events) == [
        *(("Started", 0), ("Stepped", 2), ("Stepped", 4), ("Saved", 4), ("Validated", 5), ("Stepped", 6)),
        *(("Stepped", 8), ("Saved", 8), ("Stepped", 10), ("Validated", 10), ("Saved", 10), ("Finished", 10)),
    ]
    assert one.run.events() == [event.to_dict() for event in events]
    started, stepped, finished = events[0], events[1], events[-1]
    assert (started.steps, started.device) == (10, "cpu") and started.precision in ("float32", "bfloat16")
    assert stepped.learning_rate == one.settings.schedule.at(1)
    assert stepped.samples_per_second > 0 and stepped.memory_mb > 10
    assert finished.figures == events[-3].figures


def test_the_loss_falls_and_the_averaged_network_is_judged_and_kept_when_it_is_better(training):
    one = training(steps=300, report_every=10, validate_every=50, save_every=1000)
    events = list(one.events())
    losses = [event.loss for event in events if type(event).__name__ == "Stepped"]
    assert losses[-1] < 0.7 * losses[0]
    validated = [event for event in events if type(event).__name__ == "Validated"]
    best = -math.inf
    for event in validated:
        assert event.best == (event.figures["exactness"] > best)
        best = max(best, event.figures["exactness"])
        assert event.figures["training"] == 0  # judged as in prediction
    assert best > 0.5 * validated[0].figures["exactness"]  # a negative number: the error has halved
    assert one.kept == [dict(event.figures) for event in validated if event.best]
    assert one.network.training
    assert one.run.checkpoint().best == best


def test_every_step_is_asked_for_once_and_in_order(training):
    one = training(steps=15)
    list(one.events())
    assert one.task.asked == list(range(15))


@pytest.mark.parametrize("stop", [("Saved", 8), ("Stepped", 10), ("Validated", 15), ("Saved", 16), ("Started", 0)])
def test_a_run_stopped_anywhere_and_resumed_gives_the_very_weights_of_one_that_was_not(training, same_weights, stop):
    whole = training("whole")
    list(whole.events())
    training("broken").until(stop[1], stop[0])
    resumed = training("broken")
    events = list(resumed.events())
    saved = stop[1] // 4 * 4
    assert (events[0].step, resumed.task.asked) == (saved, list(range(saved, 20)))
    same_weights(resumed.network, whole.network)
    one, other = whole.run.checkpoint(), resumed.run.checkpoint()
    for part in ("network", "average"):
        for name, value in getattr(one, part).items():
            assert torch.equal(value, getattr(other, part)[name])
    assert torch.equal(one.rng, other.rng) and one.best == other.best


def test_a_resumed_run_remembers_the_best_figure(training):
    one = training()
    one.until(8, "Saved")
    checkpoint = one.run.checkpoint()
    assert checkpoint.best == one.kept[-1]["exactness"]
    replace(checkpoint, best=1.0).write(one.run.last)
    again = training()
    assert not any(event.best for event in again.events() if type(event).__name__ == "Validated")
    assert again.kept == []


def test_a_finished_run_started_once_more_does_nothing(training):
    list(training().events())
    again = training()
    assert kinds(again.events()) == [("Started", 20), ("Finished", 20)] and again.task.asked == []


def nan_loss(step, loss):
    return loss * math.nan if step == 9 else loss


def infinite_gradient(step, loss):
    """The loss itself is a number: the square root of 0 is 0, and its slope infinite."""
    return loss + (loss - loss.detach()).clamp(min=0).sqrt() if step == 11 else loss


@pytest.mark.parametrize("every", [1, 2, 3, 4, 7])
@pytest.mark.parametrize(("spoil", "step"), [(nan_loss, 9), (infinite_gradient, 11)])
def test_a_loss_or_gradient_that_is_no_number_stops_the_run_and_keeps_a_good_checkpoint(
    training, slope, spoil, step, every
):
    one = training(task=slope(spoil), save_every=every, validate_every=5, report_every=20)
    events = list(one.events())
    assert type(events[-1]).__name__ == "Stopped" and step < events[-1].step <= step + every
    assert "nan" in events[-1].reason and "smaller rate" in events[-1].reason
    checkpoint = one.run.checkpoint()
    assert checkpoint.step == step // every * every if spoil is nan_loss else checkpoint.step <= step
    for part in (checkpoint.network, checkpoint.average):
        assert all(value.isfinite().all() for value in part.values())
    assert all(math.isfinite(figures["exactness"]) for figures in one.kept)
    assert one.run.events()[-1]["event"] == "stopped"


def test_a_run_that_diverged_goes_on_from_its_checkpoint(training, slope):
    list(training(task=slope(nan_loss)).events())
    events = list(training().events())
    assert kinds(events)[0] == ("Started", 8) and kinds(events)[-1] == ("Finished", 20)


def test_whoever_stops_asking_stops_the_threads(training):
    one = training(threads=2)
    one.until(4, "Stepped")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batch")]


def test_what_goes_wrong_in_a_task_comes_out_and_the_threads_end(training, slope):
    def spoil(step, loss):
        if step == 3:
            raise LookupError("photo 3")
        return loss

    with pytest.raises(LookupError, match="photo 3"):
        list(training(task=slope(spoil)).events())
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batch")]


def test_gradients_are_clipped_to_the_largest_norm(training, slope):
    """AdamW hides the scale of gradients, but not for its first moments after one huge gradient."""
    huge = slope(lambda step, loss: loss * (1e6 if step == 5 else 1))
    one = training(task=huge, clip=1e-3, steps=6, save_every=6)
    list(one.events())
    moments = [state["exp_avg"] for state in one.run.checkpoint().optimizer["state"].values()]
    assert torch.cat([moment.flatten() for moment in moments]).norm() <= 1e-3


@pytest.mark.parametrize("name", ["validate_every", "save_every", "report_every", "threads", "accumulate"])
def test_settings_refuse_what_can_never_happen(name):
    with pytest.raises(ValueError, match=f"{name} is a number from 1, got 0"):
        Settings(Schedule(1e-3, 10), **{name: 0})


def test_a_checkpoint_that_cannot_be_read_stops_the_run_before_it_begins(training):
    one = training()
    one.run.last.write_bytes(b"garbage")
    with pytest.raises(ValueError, match="is not a checkpoint of a run"):
        next(iter(one.events()))
    assert Checkpoint(0, {}, {}, {}, torch.get_rng_state(), 0.0).step == 0
