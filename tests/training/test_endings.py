"""However a run ends, it says why in one line, and the last good checkpoint is there."""

import errno
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from hrnet import weights
from hrnet.training import memory, trainer
from hrnet.training.checkpoint import Checkpoint
from hrnet.training.run import RunFolder

CUDA = "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB"
CPU = (
    "[enforce fail at alloc_cpu.cpp:119] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"
)


def named(events, kind):
    return [event for event in events if type(event).__name__ == kind]


def ended(events):
    """The one Stopped, at the end, in one line."""
    events = list(events)
    (stopped,) = named(events, "Stopped")
    assert stopped is events[-1] and "\n" not in stopped.reason
    return stopped


@contextmanager
def disk_with(size):
    """No file can grow beyond `size` bytes: for a program the same as a disk that fills up while it writes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_is_full_when_a_checkpoint_is_written_ends_the_run(training):
    one = training()
    events, limit = [], None
    for event in one.events():
        events.append(event)
        if type(event).__name__ == "Saved" and event.step == 8:
            limit = disk_with(one.run.last.stat().st_size // 2)
            limit.__enter__()
        if type(event).__name__ == "Stopped":
            limit.__exit__(None, None, None)
    stopped = ended(events)
    assert stopped.step == 12
    assert stopped.reason == f"{one.run.last} cannot be written: File too large; what was written before is kept"
    assert one.run.checkpoint().step == 8
    assert sorted(os.listdir(one.run.path)) == ["events.jsonl", "last.ckpt", "lock", "recipe.json"]
    assert one.run.events()[-1]["event"] == "stopped"
    assert [e.step for e in named(training().events(), "Finished")] == [20]  # with room again it goes on


def test_a_disk_that_is_full_when_an_event_is_written_ends_the_run(training):
    one = training(save_every=3, validate_every=50)
    events = []
    running = one.events()
    for event in running:
        events.append(event)
        if type(event).__name__ == "Saved" and event.step == 6:
            break
    full = one.run.events_file.stat().st_size + 30  # the next line is torn
    with disk_with(full):
        events += running
    stopped = ended(events)
    assert stopped.step == 8 and "events.jsonl cannot be written: File too large" in stopped.reason
    assert one.run.checkpoint().step == 6 and one.run.events_file.stat().st_size == full
    assert [event["event"] for event in one.run.events()][-1] == "saved"
    again = list(training(save_every=3, validate_every=50).events())
    assert (again[0].step, again[-1].step) == (6, 20)
    assert one.run.events()[-1]["event"] == "finished"


@pytest.mark.parametrize("what", ["safetensors", "other"])
def test_a_disk_that_is_full_when_the_best_weights_are_written_ends_the_run(training, what):
    def keep(network, figures):
        with disk_with(100):
            if what == "other":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            weights.checkpoint.save_file({"w": np.zeros(1000)}, one.run.best)

    one = training(keep=keep)
    stopped = ended(one.events())
    assert stopped.step == 5 and f"{one.run.best} cannot be written: " in stopped.reason
    assert one.run.checkpoint().step == 4


def test_what_a_killed_writer_left_is_cleared_away(training):
    one = training()
    one.until(4, "Saved")
    (one.run.path / ".part-4711.ckpt").write_bytes(b"half")
    list(one.events())
    assert sorted(os.listdir(one.run.path)) == ["events.jsonl", "last.ckpt", "lock", "recipe.json"]


def test_two_trainings_in_one_folder_are_one_too_many(training):
    one, other = training(), training()
    running = one.events()
    next(running)
    with pytest.raises(ValueError, match="another process is training in .*run; wait for it, or stop it"):
        next(other.events())
    running.close()
    assert next(other.events()).step == 0


def test_a_folder_that_cannot_be_read_is_said_before_the_training(training):
    one = training()
    one.run.last.mkdir()  # neither root nor anybody else can read this as a checkpoint
    (one.run.last / "file").write_text("")
    stopped = ended(one.events())
    assert "last.ckpt cannot be written" in stopped.reason and stopped.step == 4
    (one.run.last / "file").unlink()
    one.run.last.rmdir()
    one.run.last.symlink_to("/proc/self/mem")
    with pytest.raises(ValueError, match="is not a checkpoint of a run"):
        next(one.events())


@pytest.mark.skipif(os.geteuid() == 0, reason="needs a user whom permissions keep out: this one is root")
def test_a_folder_without_permission_is_named(training):
    one = training()
    one.run.path.chmod(0)
    try:
        with pytest.raises(OSError, match="Permission denied"):
            next(one.events())
    finally:
        one.run.path.chmod(0o700)


def test_the_signal_term_saves_where_it_stands_and_the_run_goes_on_to_the_same_numbers(training, same_weights):
    whole = training("whole")
    list(whole.events())
    one, events = training("stopped"), []
    for event in one.events():
        events.append(event)
        if type(event).__name__ == "Stepped" and event.step == 10:
            os.kill(os.getpid(), signal.SIGTERM)
    stopped = ended(events)
    assert stopped.step == 11 and "asked to by the signal TERM; the same command goes on from step 11" in stopped.reason
    assert one.run.checkpoint().step == 11
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    again = training("stopped")
    list(again.events())
    same_weights(again.network, whole.network)
    assert again.run.checkpoint().loss == whole.run.checkpoint().loss


class Hungry:
    """A step with more than `room` examples at a time does not fit."""

    def __init__(self, slope, room, error, size=24, at=3) -> None:
        self.slope, self.room, self.error, self.batch_size, self.at, self.tried = slope, room, error, size, at, []
        self.slope.batch_size = size
        self.validate = slope.validate

    def batch(self, step, rank=0, ranks=1):
        return self.slope.batch(step, rank, ranks)

    def loss(self, network, batch, device):
        step, rows = batch
        self.tried.append((step, len(rows)))
        if step >= self.at and len(rows) > self.room:
            raise self.error
        return self.slope.loss(network, batch, device)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError(CUDA), RuntimeError(CPU), MemoryError()])
def test_running_out_of_memory_offers_the_batch_that_fits(training, slope, error):
    task = Hungry(slope(), 7, error)
    one = training(task=task, save_every=2)
    stopped = ended(one.events())
    assert stopped.step == 3 and one.run.checkpoint().step == 2
    assert stopped.reason.startswith(f"out of memory at step 4 ({type(error).__name__}")
    assert stopped.reason.endswith(
        "24 examples at a time do not fit, 6 do: accumulate=4 gives the same batch, a batch of 6 another training"
    )
    assert task.tried[3:] == [(3, 24), (3, 12), (3, 6), (3, 6)]  # the second beside the gradient of the first
    # and what is offered works
    again = training(task=Hungry(slope(), 7, error), accumulate=4, save_every=2)
    events = list(again.events())
    assert (events[0].step, type(events[-1]).__name__) == (2, "Finished")


def test_running_out_of_memory_with_any_batch_says_so(training, slope):
    stopped = ended(training(task=Hungry(slope(), 0, MemoryError())).events())
    assert "24 examples at a time do not fit, and fewer do not either; try a smaller input" in stopped.reason


def test_running_out_of_memory_elsewhere_ends_the_run_too(training, slope):
    task = slope()
    task.validate = lambda network, device: torch.empty(2**60)
    one = training(task=task)
    stopped = ended(one.events())
    assert stopped.step == 5 and stopped.reason.startswith("out of memory (RuntimeError: ")
    assert one.run.checkpoint().step == 4


def test_torch_and_numpy_say_that_memory_ran_out_in_words_that_are_known():
    for allocate in (lambda: torch.empty(2**50), lambda: np.empty(2**60, np.uint8)):
        with pytest.raises((RuntimeError, MemoryError)) as raised:
            allocate()
        assert memory.ran_out(raised.value)
    assert not memory.ran_out(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))


def test_parts_grow_by_two_at_least_and_divide_the_batch():
    assert memory.smaller(24, 1) == [2, 4, 8, 24]
    assert memory.smaller(24, 4) == [8, 24]
    assert memory.smaller(9, 1) == [3, 9]
    assert memory.smaller(1, 1) == []


def test_broken_files_are_told_once(training, slope):
    task = slope()
    task.skipped = {"a.jpg": "cut short", "b.jpg": "empty"}
    (skipped,) = named(training(task=task).events(), "Skipped")
    assert (skipped.count, skipped.first) == (2, "a.jpg (cut short)")


def test_the_start_says_how_much_is_learned(training):
    started = next(iter(training(freeze=("0",), freeze_statistics=True).events()))
    assert (started.parameters, started.learning, started.frozen) == (75, 43, "0, statistics")
    assert (started.batch_size, started.processes) == (4, 1)


def test_the_time_left_is_that_of_the_steps_to_come(training, slope, monkeypatch):
    class Clock:
        now = 0.0

        @classmethod
        def perf_counter(cls):
            return cls.now

    def spoil(step, loss):
        Clock.now += 2
        return loss

    monkeypatch.setattr("hrnet.training.pace.time", Clock)
    one = training(task=slope(spoil), validate_every=100, save_every=100, report_every=5)
    told = [(e.step, e.samples_per_second, e.seconds_left) for e in named(one.events(), "Stepped")]
    assert told == [(5, 2.0, 30.0), (10, 2.0, 20.0), (15, 2.0, 10.0), (20, 2.0, 0.0)]


def test_a_checkpoint_of_the_first_version_still_goes_on(training, tmp_path, same_weights):
    whole = training("whole")
    list(whole.events())
    one = training("broken")
    one.until(8, "Saved")
    new = vars(one.run.checkpoint())
    torch.save({k: new[k] for k in ("step", "network", "average", "optimizer", "rng", "best")}, one.run.last)
    again = training("broken")
    list(again.events())
    same_weights(again.network, whole.network)
    assert isinstance(again.run.checkpoint(), Checkpoint)


def test_only_the_first_process_makes_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    assert RunFolder(tmp_path / "run", {"a": 1}).checkpoint() is None
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_training_imports_no_front_end_and_no_judge():
    code = "import sys, hrnet.training.trainer; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"openvino", "gradio", "streamlit", "pycocotools", "tensorboard", "matplotlib"})
    assert {"torch", "hrnet"} <= loaded and trainer.fit
