"""The two residual blocks of HRNet (deep residual learning, arXiv 1512.03385, figure 5)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

BN_MOMENTUM = 0.1  # lib/models/pose_hrnet.py of leoxiaobin/deep-high-resolution-net.pytorch, line 19


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    """A convolution that keeps the size (or halves it at stride 2) and leaves the bias to the batch norm behind it."""
    return nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=False)


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, momentum=BN_MOMENTUM)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions beside the identity; what every branch is made of. Shapes stay."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = conv(channels, channels, 3), norm(channels)
        self.conv2, self.bn2 = conv(channels, channels, 3), norm(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(x + self.bn2(self.conv2(y)))


class Bottleneck(nn.Module):
    """1x1 down, 3x3, 1x1 up to four times the inner channels; what stage 1 is made of."""

    expansion = 4

    def __init__(self, inputs: int, inner: int) -> None:
        super().__init__()
        outputs = inner * self.expansion
        self.conv1, self.bn1 = conv(inputs, inner, 1), norm(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3), norm(inner)
        self.conv3, self.bn3 = conv(inner, outputs, 1), norm(outputs)
        self.downsample = nn.Sequential(conv(inputs, outputs, 1), norm(outputs)) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(shortcut + self.bn3(self.conv3(y)))
