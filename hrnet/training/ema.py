"""The moving average of the weights: what is validated and shipped instead of the last step's noisy ones."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn


class Average:
    """An exponential moving average of a network, batch-norm statistics included.

    The memory grows from nothing to `decay`, so the first steps do not weigh in for ever. A decay of 0 is no average.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self._of: nn.Module | None = None
        self._floats: tuple[list[Tensor], list[Tensor]] = [], []
        self._counters: tuple[list[Tensor], list[Tensor]] = [], []

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        if network is not self._of:
            self._pair(network)
        keep = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(*self._floats, 1 - keep)
        if self._counters[0]:
            torch._foreach_copy_(*self._counters)

    def _pair(self, network: nn.Module) -> None:
        """Looked up once: a state of 1754 tensors takes longer to list than to average."""
        mine, theirs = self.network.state_dict(), network.state_dict()
        floats = [name for name, value in mine.items() if value.is_floating_point()]
        counters = [name for name, value in mine.items() if not value.is_floating_point()]
        self._floats = [mine[name] for name in floats], [theirs[name] for name in floats]
        self._counters = [mine[name] for name in counters], [theirs[name] for name in counters]
        self._of = network
