"""The training loop: a generator of events. To stop it, stop asking."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import islice

import torch
from safetensors import SafetensorError
from torch import nn

from hrnet import device as devices
from hrnet.data.loader import ahead
from hrnet.training import distributed, memory
from hrnet.training.distributed import Ranks
from hrnet.training.events import Event, Finished, Saved, Skipped, Started, Stopped, Validated
from hrnet.training.learner import Learner, Task
from hrnet.training.look import Look
from hrnet.training.pace import Pace
from hrnet.training.run import RunFolder
from hrnet.training.settings import Settings

__all__ = ["Settings", "Task", "fit"]

Keep = Callable[[nn.Module, Mapping[str, float]], None]


class Stop(Exception):
    """The run cannot or should not go on; the text says why."""


class TooLarge(Stop):
    """A step does not fit into the memory."""


def fit(
    network: nn.Module,
    task: Task,
    settings: Settings,
    run: RunFolder,
    keep: Keep,
    device: torch.device | None = None,
) -> Iterator[Event]:
    """Train, and say what happens. Goes on where the run folder's checkpoint stands.

    Args:
        keep: called with the averaged network and its figures whenever they are the best so far; writes run.best.

    A loss or gradient that is not finite, too little memory, a full disk, a process that is lost, or the signal TERM
    (after saving) end the run with `Stopped`; the last good checkpoint is kept. What the task raises comes out.

    Under torchrun every process calls this and is told of the start, the steps and the end; the first one alone
    validates, saves, keeps and records.

    Raises:
        ValueError: the checkpoint cannot be read, another process trains in this folder, or the settings do not fit.
        OSError: the folder cannot be read, or that is what the first process said (Lost).
    """
    device = device or devices.choose()
    with ExitStack() as stack:
        ranks = stack.enter_context(distributed.joined(device))
        ranks.from_first(lambda: stack.enter_context(run.held()))
        learner = stack.enter_context(Learner(network, task, settings, device, ranks))
        checkpoint = ranks.from_first(run.checkpoint)
        if checkpoint is not None:
            learner.resume(checkpoint)
            del checkpoint
        ending = ""
        try:
            for event in _events(learner, run, keep):
                if ranks.first:
                    with writing(run.events_file):
                        run.record(event)
                yield event
        except Exception as error:
            if not (ending := _reason(error, ranks)):
                raise
            too_large = isinstance(error, TooLarge)
        if ending:  # out here the error, and all the memory that it holds on to, is gone
            done = learner.done
            if too_large:
                ending = f"out of memory at step {done + 1} ({ending}). {_offer(learner)}"
            ranks.leave(ending)
            stopped = Stopped(done, ending)
            if ranks.first:
                with suppress(OSError):  # the disk may be what is wrong
                    run.record(stopped)
            yield stopped


def _events(learner: Learner, run: RunFolder, keep: Keep) -> Iterator[Event]:
    settings, task, ranks = learner.settings, learner.task, learner.ranks
    steps, pieces, told, figures = settings.schedule.steps, settings.accumulate, 0, {}
    yield _started(learner)

    def make(number: int) -> object:
        step, piece = divmod(number, pieces)
        return task.batch(step, ranks.rank + piece * ranks.ranks, ranks.ranks * pieces)

    pace, before = Pace(learner), ""
    with (
        terminated() as asked,
        closing(ahead(make, learner.done * pieces, steps * pieces, settings.threads)) as batches,
    ):
        while learner.done < steps:
            try:
                learner.step(islice(batches, pieces))
            except Exception as error:
                if memory.ran_out(error):
                    raise TooLarge(distributed.one_line(error)) from error
                raise
            done = learner.done
            reporting, validating, saving = (
                done % every == 0 or done == steps
                for every in (settings.report_every, settings.validate_every, settings.save_every)
            )
            # several processes have to stop at the same step, so they do at the next of these
            at_once = asked.is_set() and ranks.ranks == 1
            if not (reporting or validating or saving or at_once):
                continue
            said = ranks.share((*learner.health(), asked.is_set()))
            loss = sum(one for one, _, _ in said) / len(said)
            if wrong := next((wrong for _, wrong, _ in said if wrong), ""):
                rate = settings.schedule.at(done - 1)
                advice = "Start again from the last checkpoint with a smaller rate"
                raise Stop(f"at step {done} {wrong}{before}, the rate {rate:.2g}. {advice}")
            before = f" (the loss was {loss:.4g})"
            if reporting:
                yield pace.report(loss)
                skipped = getattr(task, "skipped", {})
                if len(skipped) > told:
                    told = len(skipped)
                    file, why = next(iter(skipped.items()))
                    yield Skipped(done, told, f"{file} ({why})")
            if validating:
                looked, better = ranks.from_first(lambda: _validated(learner, run, keep))
                figures = looked.figures
                yield Validated(done, figures, better, looked.joints)
                pace.pause()
            ending = any(signaled for _, _, signaled in said)
            if saving or ending:
                _save(learner, run)
                yield Saved(done, str(run.last))
            if ending and done < steps:
                raise Stop(f"asked to by the signal TERM; the same command goes on from step {done}")
    yield Finished(learner.done, figures)


def _started(learner: Learner) -> Started:
    parameters = list(learner.network.parameters())
    settings = learner.settings
    return Started(
        learner.done,
        settings.schedule.steps,
        str(learner.device),
        str(learner.precision).removeprefix("torch."),
        learner.task.batch_size,
        learner.ranks.ranks,
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        ", ".join([*settings.freeze, *(["statistics"] if settings.freeze_statistics else [])]),
    )


def _validated(learner: Learner, run: RunFolder, keep: Keep) -> tuple[Look, bool]:
    looked = learner.validate()
    with writing(run.seen):
        run.saw(learner.done, looked.seen)
    figure = next(iter(looked.figures.values()))
    better = figure > learner.best
    if better:
        learner.best = figure
        with writing(run.best):
            keep(learner.average.network, looked.figures)
    return looked, better


def _save(learner: Learner, run: RunFolder) -> None:
    checkpoint = learner.checkpoint()

    def write() -> None:
        with writing(run.last):
            checkpoint.write(run.last)

    learner.ranks.from_first(write)


@contextmanager
def terminated() -> Iterator[threading.Event]:
    """Set by the signal TERM, which ends clusters' jobs some seconds before they are killed. Signals reach the main
    thread only; in any other this is never set."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def writing(path: object) -> Iterator[None]:
    """What a disk refuses ends the run, and is no error of the task's."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Stop(f"{path} cannot be written: {reason}; what was written before is kept") from error


def _reason(error: Exception, ranks: Ranks) -> str:
    """Why the run ends, in one line; nothing if this is an error of the task's."""
    if isinstance(error, Stop):
        return str(error)
    if memory.ran_out(error):
        return f"out of memory ({distributed.one_line(error)})"
    lost = ranks.lost(error)
    return str(lost) if lost else ""


def _offer(learner: Learner) -> str:
    """What would fit. Tried out, which spoils the learner: its run is over. Not with several processes, who would have
    to try it together."""
    task, settings, ranks = learner.task, learner.settings, learner.ranks
    rows = task.batch_size // ranks.ranks
    now = rows // settings.accumulate
    choices = memory.smaller(rows, settings.accumulate)
    if ranks.ranks > 1 or not choices:
        half = f"accumulate={choices[0]}" if choices else "a smaller input or recompute=True"
        return f"{now} examples at a time do not fit; try {half}"

    def attempt(parts: int) -> None:
        # the gradient of the first part and the optimizer's state are there while the second one is computed
        learner.step(task.batch(learner.done, part, parts) for part in (0, 1))

    fits = memory.fitting(attempt, choices)
    if fits is None:
        return f"{now} examples at a time do not fit, and fewer do not either; try a smaller input or recompute=True"
    return (
        f"{now} examples at a time do not fit, {rows // fits} do: accumulate={fits} gives the same batch, "
        f"a batch of {rows // fits} another training"
    )
