"""How long a training takes, and how much memory: roughly, before it begins."""

from __future__ import annotations

import os

from hrnet.geometry import Size
from hrnet.spec import ModelSpec

# Examples a second of the small layout at SIZE, first parts frozen: one core of an AMD EPYC (AVX2), measured with
# `python -m train finetune_small`; a GPU's is a guess. More cores help less and less: OpenMP waits for the slowest.
SIZE: Size = (160, 160)
SPEEDS = {"cpu": 15.0, "cuda": 900.0}
GROWTH = {"cpu": 1.0, "cuda": 0.5}  # the power of the work that the time grows with: a small network leaves a GPU idle
SECOND_CORE = 0.75
UNFROZEN = 0.6  # of the speed is left where everything learns
OVERHEAD = 1.1  # looks at the figures, saving, reading the pictures

# Multiply-adds at 256x192, 17 joints, in billions (torch.utils.flop_counter); a training is slower in proportion.
WORK = {"W48": 15.69, "W32": 7.65, "W24-small": 2.20, "W18-small-v2": 1.54, "W16-small": 1.35, "W8": 0.81}
SMALL = WORK["W16-small"]
BYTES = 3000  # of memory for each input pixel of an example in training, W16-small: 580 MB for 8 of 192x128 on a CPU
SHARE = 0.5  # of the machine's memory that a training may take


def speed(spec: ModelSpec, size: Size, device: str, cores: int, frozen: bool) -> float:
    """Examples a second.

    Args:
        size: of the input. device: "cpu" or "cuda". frozen: whether the first parts keep their weights.
    """
    work = WORK.get(spec.name, SMALL) / SMALL * size[0] * size[1] / (SIZE[0] * SIZE[1])
    many = 1 + SECOND_CORE * (min(cores, 8) - 1) if device == "cpu" else 1
    kind = device if device in SPEEDS else "cpu"
    return SPEEDS[kind] * many * (1.0 if frozen else UNFROZEN) / work ** GROWTH[kind]


def memory(spec: ModelSpec, size: Size) -> float:
    """Bytes for each example of a batch."""
    return BYTES * size[0] * size[1] * max(1.0, WORK.get(spec.name, SMALL) / SMALL)


def machine_memory() -> float | None:
    """Bytes of memory of this machine, in all; None where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows
        return None
