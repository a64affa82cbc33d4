"""The moving average of the weights: what is validated and shipped instead of the last step's noisy ones."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Average:
    """An exponential moving average of a network, batch-norm statistics included.

    The memory grows from nothing to `decay`, so the first steps do not weigh in for ever.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        keep = min(self.decay, (1 + step) / (10 + step))
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floats], [theirs[name] for name in floats], 1 - keep)
        for name in mine.keys() - set(floats):
            mine[name].copy_(theirs[name])
