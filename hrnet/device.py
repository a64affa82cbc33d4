"""Which device a training runs on, how precisely, and how full it is."""

from __future__ import annotations

import os
import sys

import torch

PRECISIONS = ("auto", "exact", "bf16", "fp16")


def choose(name: str | None = None) -> torch.device:
    """The named device, or the first GPU, or the CPU. Under torchrun "cuda" is this process's own GPU.

    Raises:
        ValueError: there is no such device.
    """
    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
    except RuntimeError as error:
        raise ValueError(f"{name!r} is no device; try cpu, cuda or cuda:1") from error
    if device.type == "cuda" and device.index is None and "LOCAL_RANK" in os.environ:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"there is no {device}: this machine has {torch.cuda.device_count()} GPUs; try cpu")
    return device


def precision(name: str, device: torch.device) -> torch.dtype:
    """What the network computes in: "exact" is float32, "auto" the fastest that needs no care (`fast_precision`).

    Raises:
        ValueError: there is no such precision.
    """
    known = {"auto": fast_precision(device), "exact": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    if name not in known:
        raise ValueError(f"there is no precision {name!r}; choose one of {', '.join(PRECISIONS)}")
    return known[name]


def fast_precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the device computes in it, float32 where it would only pretend to (and be many times slower)."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if native else torch.float32


def memory_mb(device: torch.device) -> float:
    """The highest use so far: of the device's memory, or of the process on a CPU; 0 where the system does not tell."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kilobytes on Linux, bytes on macOS
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
