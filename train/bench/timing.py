"""Medians of interleaved rounds: what is compared is measured in turn, so a busy neighbor slows all alike."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path


def interleaved(
    ways: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """Median milliseconds of each way over `rounds`; each is called once more beforehand to warm up.

    clock: `time.process_time` counts the time of the processor instead, whoever else wants it.
    """
    for way in ways.values():
        way()
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            start = clock()
            way()
            times[name].append(1000 * (clock() - start))
    return {name: statistics.median(values) for name, values in times.items()}


def machine() -> str:
    """Processor, cores and load, to stand beside every figure."""
    name = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")  # Linux; elsewhere the general name has to do
    if facts.is_file():
        names = [
            line.split(":", 1)[1].strip() for line in facts.read_text().splitlines() if line.startswith("model name")
        ]
        name = names[0] if names else name
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores{load}"
