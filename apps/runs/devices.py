"""Which devices of this machine runs are lent: every GPU, or the processor where there is none."""

from __future__ import annotations

from functools import cache

CPU = "cpu"


@cache
def gpus() -> tuple[str, ...]:
    """("cuda:0", "cuda:1", ...) as `--device` names them; counting them takes torch, and seconds the first time."""
    import torch

    return tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))


def choices(wish: str) -> tuple[str, ...]:
    """The devices that would do, the best first.

    Args:
        wish: "cpu", "cuda", "cuda:1", or "" for a GPU where there is one.
    """
    if wish == CPU:
        return (CPU,)
    if wish in ("", "cuda"):
        return gpus() or (wish or CPU,)  # where there is no GPU, a run that wants one ends by saying so
    return (wish,)
