"""One training in many processes, on one machine or several: the same command under torchrun.

    torchrun --nproc-per-node 8 -m train coco_w32_256 --data ... --folder ...

Process `rank` of `ranks` takes the rows rank::ranks of every batch; gradients are averaged (DistributedDataParallel),
so the numbers are those of one process with the whole batch, up to rounding, if the loss is a mean over examples and
every process has as many of them. On GPUs batch norms see the whole batch (SyncBatchNorm); on CPUs, where torch has
none, each process normalizes by its own rows, and the running statistics are those of the first process.

Only the first process writes, records and validates. What the processes tell each other besides gradients goes over
the CPU with a patient group, so the others can wait for a long validation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

PATIENCE = timedelta(days=1)  # for a validation, or for one process that decodes photos first
SYNCED = (nn.BatchNorm1d, nn.BatchNorm2d)  # exactly these: batch norms that keep their statistics are of other classes

T = TypeVar("T")


class Lost(ConnectionError):
    """Another process ended, and this one cannot go on without it."""


class Ranks:
    """The processes of a training, seen from one of them. This one is alone; see `Several`."""

    rank, ranks = 0, 1

    @property
    def first(self) -> bool:
        return self.rank == 0

    def spread(self, network: nn.Module) -> nn.Module:
        """What is called in place of the network, so that the processes learn together."""
        return network

    def quiet(self, module: nn.Module) -> AbstractContextManager[None]:
        """Inside, gradients are added up here and not sent: before the last part of an accumulated batch."""
        return nullcontext()

    def share(self, value: T) -> list[T]:
        """The values of all processes, in each of them."""
        return [value]

    def from_first(self, make: Callable[[], T]) -> T:
        """What the first process makes, given to all; the others wait. What it raises there is Lost elsewhere."""
        return make()

    def lost(self, error: BaseException) -> Lost | None:
        """Whether this error means that another process ended, and what that one said."""
        return error if isinstance(error, Lost) else None

    def leave(self, reason: str) -> None:
        """Tell the others why this process is about to end; they find out when they next need it."""


class Several(Ranks):
    """Made by `joined`."""

    def __init__(self, store: dist.Store, rank: int, ranks: int, device: torch.device) -> None:
        self.rank, self.ranks, self.device = rank, ranks, device
        self.store = dist.PrefixStore("training", store)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=ranks, timeout=PATIENCE)
        self.gradients = dist.new_group(backend="nccl" if device.type == "cuda" else "gloo")

    def spread(self, network: nn.Module) -> nn.Module:
        on_gpu = self.device.type == "cuda"
        if on_gpu:
            self._synchronize(network)
        return DistributedDataParallel(
            network,
            device_ids=[self.device] if on_gpu else None,
            process_group=self.gradients,
            broadcast_buffers=not on_gpu,  # on GPUs the statistics are the same everywhere
            gradient_as_bucket_view=True,
        )

    def _synchronize(self, module: nn.Module) -> None:
        for name, child in module.named_children():
            if type(child) in SYNCED:
                setattr(module, name, nn.SyncBatchNorm.convert_sync_batchnorm(child, self.gradients))
            else:
                self._synchronize(child)

    def quiet(self, module: nn.Module) -> AbstractContextManager[None]:
        return module.no_sync()

    def share(self, value: T) -> list[T]:
        values: list[Any] = [None] * self.ranks
        dist.all_gather_object(values, value)
        return values

    def from_first(self, make: Callable[[], T]) -> T:
        value, failure = None, None
        if self.first:
            try:
                value = make()
            except Exception as error:
                failure = error
        told = [value, None if failure is None else one_line(failure)]
        dist.broadcast_object_list(told, src=0)
        if failure is not None:
            raise failure
        if told[1] is not None:
            raise Lost(told[1])
        return told[0]

    def lost(self, error: BaseException) -> Lost | None:
        if isinstance(error, Lost):
            return error
        if not isinstance(error, RuntimeError) or not any(word in str(error) for word in ("gloo", "NCCL", "Socket")):
            return None
        with suppress(RuntimeError):  # the store ends with the process that holds it
            if self.store.check(["reason"]):
                return Lost(self.store.get("reason").decode())
        return Lost("another process of the training ended")

    def leave(self, reason: str) -> None:
        with suppress(RuntimeError):
            if not self.store.check(["reason"]):  # the first reason is the cause of all others
                self.store.set("reason", f"process {self.rank}: {reason}")


@contextmanager
def joined(device: torch.device) -> Iterator[Ranks]:
    """The processes that torchrun started, as its variables in the environment say; without them this one is alone.

    Raises:
        ValueError: the other processes do not come.
    """
    ranks = int(os.environ.get("WORLD_SIZE", "1"))
    if ranks == 1:
        yield Ranks()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        several = Several(*_rendezvous(), device)
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"the {ranks} processes of the training do not find each other: {one_line(error)}") from error
    try:
        yield several
    except BaseException as error:
        several.leave(one_line(error))
        raise
    finally:
        dist.destroy_process_group()


def _rendezvous() -> tuple[dist.Store, int, int]:
    return next(dist.rendezvous("env://"))


def one_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
