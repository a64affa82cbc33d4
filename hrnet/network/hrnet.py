"""HRNet: a picture becomes one heatmap per joint without ever leaving high resolution."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hrnet.network.blocks import BasicBlock, Bottleneck, conv, norm
from hrnet.network.exchange import ExchangeUnit
from hrnet.spec import ModelSpec

STRIDE = 32  # of the coarsest branch: sizes that it does not divide would not line up again in the exchange


class HRNet(nn.Module):
    """The network of "Deep High-Resolution Representation Learning for Human Pose Estimation" (arXiv 1902.09212).

    (N, 3, H, W), normalized RGB, H and W multiples of 32 -> (N, joints, H / 4, W / 4), raw heatmaps.

    Attribute names and the order of parameters are those of the published checkpoints (lib/models/pose_hrnet.py of
    leoxiaobin/deep-high-resolution-net.pytorch), so published weights load with `load_state_dict(weights)`.
    """

    def __init__(self, spec: ModelSpec, joints: int) -> None:
        super().__init__()
        if joints < 1:
            raise ValueError(f"a network needs at least one joint, got {joints}")
        self.spec, self.joints = spec, joints
        c = spec.channels(4)
        wide = spec.bottleneck * Bottleneck.expansion

        self.conv1, self.bn1 = conv(3, spec.stem, 3, stride=2), norm(spec.stem)
        self.conv2, self.bn2 = conv(spec.stem, spec.stem, 3, stride=2), norm(spec.stem)
        inputs = [spec.stem] + [wide] * (spec.stage1_blocks - 1)
        self.layer1 = nn.Sequential(*(Bottleneck(n, spec.bottleneck) for n in inputs))
        self.transition1 = nn.ModuleList([_to_channels(wide, c[0]), _new_branch(wide, c[1])])
        self.stage2 = _stage(c[:2], spec, spec.modules[0])
        self.transition2 = nn.ModuleList([nn.Identity(), nn.Identity(), _new_branch(c[1], c[2])])
        self.stage3 = _stage(c[:3], spec, spec.modules[1])
        self.transition3 = nn.ModuleList([nn.Identity()] * 3 + [_new_branch(c[2], c[3])])
        self.stage4 = _stage(c, spec, spec.modules[2], last_targets=1)
        self.final_layer = nn.Conv2d(c[0], joints, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2] % STRIDE or x.shape[-1] % STRIDE:
            raise ValueError(f"height and width must be multiples of {STRIDE}, got {tuple(x.shape[-2:])}")
        x = F.relu(self.bn1(self.conv1(x)))  # (N, stem, H / 2, W / 2)
        x = F.relu(self.bn2(self.conv2(x)))  # (N, stem, H / 4, W / 4)
        x = self.layer1(x)  # (N, 4 * bottleneck, H / 4, W / 4)
        branches = [layer(x) for layer in self.transition1]  # strides 4, 8
        branches = self.stage2(branches)
        branches = grow(branches, self.transition2)  # strides 4, 8, 16
        branches = self.stage3(branches)
        branches = grow(branches, self.transition3)  # strides 4, 8, 16, 32
        (finest,) = self.stage4(branches)  # (N, width, H / 4, W / 4)
        return self.final_layer(finest)


def grow(branches: Sequence[Tensor], transition: nn.ModuleList) -> list[Tensor]:
    """Every branch passes; one more, of half the size, is made from the coarsest of them."""
    passed = [layer(x) for layer, x in zip(transition[:-1], branches, strict=True)]
    return [*passed, transition[-1](branches[-1])]


def _stage(channels: Sequence[int], spec: ModelSpec, units: int, last_targets: int | None = None) -> nn.Sequential:
    return nn.Sequential(
        *(ExchangeUnit(channels, spec.blocks, last_targets if i == units - 1 else None) for i in range(units))
    )


def _to_channels(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(conv(inputs, outputs, 3), norm(outputs), nn.ReLU())


def _new_branch(inputs: int, outputs: int) -> nn.Sequential:
    # one level deeper than _to_channels: the published key is transition1.1.0.0.weight
    return nn.Sequential(nn.Sequential(conv(inputs, outputs, 3, stride=2), norm(outputs), nn.ReLU()))


def parameter_count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def initialize(network: HRNet, generator: torch.Generator | None = None) -> HRNet:
    """Start values for training from nothing; changes the network and gives it back.

    The published code draws all convolutions from N(0, .001²) and then loads ImageNet weights over most of them. Here
    they start by fan-out (arXiv 1502.01852), the last batch norm of every residual block at 0 (arXiv 1706.02677,
    section 5.1) so that each block begins as the identity, and the head at N(0, .001²).
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, BasicBlock):
            nn.init.zeros_(module.bn2.weight)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
    nn.init.normal_(network.final_layer.weight, std=0.001, generator=generator)
    nn.init.zeros_(network.final_layer.bias)
    return network
