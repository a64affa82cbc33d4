"""The exchange unit: parallel branches work alone for a while, then tell each other (figure 3 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from hrnet.network.blocks import BasicBlock, conv, norm


def resample(channels: Sequence[int], *, source: int, target: int) -> nn.Module:
    """What carries branch `source` to the size and channels of branch `target`.

    Up (source is coarser): 1x1 convolution to the target's channels, then nearest-neighbor enlargement.
    Down (source is finer): one strided 3x3 convolution per halving. Only the last one changes the channels and has no
    ReLU behind it, so a 4- or 8-fold reduction stays narrow until its end (a quirk of the published code).
    """
    inputs, outputs = channels[source], channels[target]
    if source == target:
        return nn.Identity()
    if source > target:
        return nn.Sequential(
            conv(inputs, outputs, 1), norm(outputs), nn.Upsample(scale_factor=2 ** (source - target), mode="nearest")
        )
    halvings = target - source
    steps = [nn.Sequential(conv(inputs, inputs, 3, stride=2), norm(inputs), nn.ReLU()) for _ in range(halvings - 1)]
    return nn.Sequential(*steps, nn.Sequential(conv(inputs, outputs, 3, stride=2), norm(outputs)))


class ExchangeUnit(nn.Module):
    """Basic blocks on every branch, then every target receives the sum of all branches.

    Source: arXiv 1902.09212, section 3, "Repeated multi-scale fusion"; HighResolutionModule in
        lib/models/pose_hrnet.py of leoxiaobin/deep-high-resolution-net.pytorch, whose attribute names are kept.
    """

    def __init__(self, channels: Sequence[int], blocks: int, targets: int | None = None) -> None:
        """targets: how many branches come out, finest first; the last unit of the network needs only one."""
        super().__init__()
        count = len(channels)
        self.branches = nn.ModuleList(nn.Sequential(*(BasicBlock(c) for _ in range(blocks))) for c in channels)
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(resample(channels, source=j, target=i) for j in range(count))
            for i in range(count if targets is None else targets)
        )

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        # inputs[i]: (N, channels[i], H / 2**i, W / 2**i); the results have the shapes of the first `targets` of them
        branches = [branch(x) for branch, x in zip(self.branches, inputs, strict=True)]
        return [
            F.relu(sum_in_order([layer(x) for layer, x in zip(row, branches, strict=True)])) for row in self.fuse_layers
        ]


def sum_in_order(terms: Sequence[Tensor]) -> Tensor:
    """From the first to the last, as the published code adds them: another order would round differently."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
