"""Memory: running out of it, and needing less of it."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from hrnet.network.blocks import Bottleneck
from hrnet.network.exchange import ExchangeUnit

RECOMPUTED = (ExchangeUnit, Bottleneck)

# What torch's allocator and OpenCV say on a CPU; on a GPU and in NumPy there are types for it.
PHRASES = ("can't allocate memory", "not enough memory", "Insufficient memory", "out of memory")


def ran_out(error: BaseException) -> bool:
    """Whether this error says that there is not enough memory."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, Exception) and any(phrase in str(error) for phrase in PHRASES)


def fitting(attempt: Callable[[int], object], parts: Sequence[int]) -> int | None:
    """The first of these numbers of parts in which a batch goes through, found by trying; None if there is none.

    What another error ends counts as not fitting: a batch norm, for one, refuses a single value.
    """
    for number in parts:
        gc.collect()  # what the failed step held
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        try:
            attempt(number)
        except Exception as error:
            if not ran_out(error):
                return None
        else:
            return number
    return None


def smaller(rows: int, parts: int) -> list[int]:
    """Into how many equal parts more `rows` examples can be divided: 24 in 1 -> in 2, 4, 8, 24, each at least twice the
    one before."""
    found = [parts]
    for number in range(2 * parts, rows + 1):
        if rows % number == 0 and number >= 2 * found[-1]:
            found.append(number)
    return found[1:]


@contextmanager
def recomputing(network: nn.Module) -> Iterator[None]:
    """Inside, exchange units and bottlenecks keep only their inputs for the backward pass.

    The rest is computed once more there, with the same random numbers and precision; batch norms do not count the
    second time. Source: arXiv 1604.06174.

    Raises:
        ValueError: the network has neither.
    """
    chosen = [module for module in network.modules() if isinstance(module, RECOMPUTED)]
    if not chosen:
        raise ValueError("only an HRNet can be recomputed: this network has no exchange units and no bottlenecks")
    for module in chosen:
        module.forward = partial(_kept_input, module.forward, _norms(module))
    try:
        yield
    finally:
        for module in chosen:
            del module.forward  # that of the class is there again


def _kept_input(forward: Callable[..., Any], norms: list[nn.Module], *inputs: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*inputs)
    return checkpoint(forward, *inputs, use_reentrant=False, context_fn=lambda: (nullcontext(), _uncounted(norms)))


def _norms(module: nn.Module) -> list[nn.Module]:
    return [inner for inner in module.modules() if isinstance(inner, nn.modules.batchnorm._BatchNorm)]


@contextmanager
def _uncounted(norms: list[nn.Module]) -> Iterator[None]:
    """Batch norms normalize by the batch as before and leave their running statistics alone: times 1, plus 0 times the
    batch's. (Without statistics, which torch allows, they would save fewer tensors than in the forward pass, and
    `checkpoint` checks that.)"""
    before = [(norm.momentum, norm.num_batches_tracked) for norm in norms]
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, (momentum, counter) in zip(norms, before, strict=True):
            norm.momentum, norm.num_batches_tracked = momentum, counter
