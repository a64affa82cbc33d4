"""The table of layers: what each convolution weighs, how much it multiplies, and how long it takes here."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from apps.views.inside.runs import Runs
from hrnet.network import HRNet
from hrnet.spec import ModelSpec

ROUNDS = 3  # of the clock; the quickest counts, as the others were disturbed


@dataclass(frozen=True)
class Layer:
    """One convolution with the batch norm behind it."""

    name: str  # its key in the published checkpoints
    kernel: int
    stride: int
    inputs: list[int]  # channels, height, width
    outputs: list[int]
    parameters: int  # the batch norm's too
    macs: int  # multiply-adds of the convolution


def layers(spec: ModelSpec, joints: int, input_size: tuple[int, int]) -> list[Layer]:
    """Every convolution in the order of the forward pass, from shapes alone: nothing is computed, no weights needed."""
    with torch.device("meta"):
        network = HRNet(spec, joints).eval()
        inputs = torch.empty(1, 3, *input_size)
    modules = list(network.named_modules())
    found: list[Layer] = []

    def watch(name: str, conv: nn.Conv2d, behind: nn.Module | None) -> None:
        norm = behind if isinstance(behind, nn.BatchNorm2d) else None
        own = [*conv.parameters(), *(norm.parameters() if norm else ())]
        parameters = sum(parameter.numel() for parameter in own)

        def note(module: nn.Module, given: tuple[Tensor], made: Tensor) -> None:
            shapes = list(given[0].shape[1:]), list(made.shape[1:])
            macs = made.numel() * conv.weight[0].numel()  # a whole filter for every number that comes out
            found.append(Layer(name, conv.kernel_size[0], conv.stride[0], *shapes, parameters, macs))

        conv.register_forward_hook(note)

    behind = [module for _, module in modules[1:]] + [None]  # norms are registered behind their convolutions
    for (name, module), following in zip(modules, behind, strict=True):
        if isinstance(module, nn.Conv2d):
            watch(name, module, following)
    with torch.no_grad():
        network(inputs)
    return found


@lru_cache(maxsize=2)  # clocked once: nobody else runs the network meanwhile, and a class may ask all at once
def table(runs: Runs) -> dict[str, Any]:
    """All layers with their milliseconds on this machine for one crop, and the sums."""
    metadata = runs.metadata
    rows = layers(metadata.spec, metadata.joints, metadata.input_size)
    clock = milliseconds(runs)
    return {
        "network": metadata.spec.name,
        "input": list(metadata.input_size),
        "layers": [{**asdict(row), "milliseconds": clock[row.name]} for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "macs": sum(row.macs for row in rows),
        "milliseconds": sum(clock.values()),
    }


def milliseconds(runs: Runs) -> dict[str, float]:
    """How long each convolution takes for one gray crop, batch norm folded in: the quickest of ROUNDS."""
    crop = np.full((1, *runs.metadata.input_size, 3), 128, np.uint8)
    took: dict[str, list[float]] = {}
    began = 0.0

    def begin(module: nn.Module, given: tuple[Tensor]) -> None:
        nonlocal began
        began = time.perf_counter()

    with runs.alone, ExitStack() as hooks, torch.inference_mode():
        for name, module in runs.network.named_modules():
            if isinstance(module, nn.Conv2d):
                hooks.enter_context(module.register_forward_pre_hook(begin))
                end = lambda *_, name=name: took.setdefault(name, []).append(time.perf_counter() - began)  # noqa: E731
                hooks.enter_context(module.register_forward_hook(end))
        for _ in range(ROUNDS):
            runs.network(runs.input_of(crop))
    return {name: 1000 * min(times) for name, times in took.items()}
