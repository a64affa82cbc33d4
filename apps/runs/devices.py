"""Which devices of this machine runs are lent: every GPU, or the processor where there is none."""

from __future__ import annotations

import os
from functools import cache

from hrnet.engine import nvidia_driver

CPU = "cpu"


@cache
def gpus() -> tuple[str, ...]:
    """("cuda:0", "cuda:1", ...) as `--device` names them; counting them takes torch, and seconds the first time."""
    if not nvidia_driver():
        return ()
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


def lock_name(device: str) -> str:
    """What a device is called on this machine: servers may see different ones of its GPUs as cuda:0."""
    if device == CPU:
        return CPU
    number = int(device.partition(":")[2] or 0)  # "cuda" alone is the first one
    seen = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return f"cuda-{seen[number] if number < len(seen) else number}"
