"""HRNet as an OpenVINO graph, written down from its layout and its weights: no torch, no export, nothing to go stale.

The functions follow `hrnet/network`, line by line; a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import openvino as ov
from openvino import Node
from openvino import opset13 as op

from hrnet.engine.fitting import Fitting
from hrnet.spec import ModelSpec

BN_EPSILON = 1e-5  # the default of torch.nn.BatchNorm2d, which the published code keeps
EXPANSION = 4  # of a bottleneck: lib/models/pose_hrnet.py of leoxiaobin/deep-high-resolution-net.pytorch


def heatmap_graph(
    spec: ModelSpec,
    weights: Mapping[str, np.ndarray],
    *,
    joints: int,
    input_size: tuple[int, int],
    mean: Sequence[float],
    std: Sequence[float],
) -> ov.Model:
    """The graph of one network, crops in and heatmaps out, with the normalization inside.

    Args:
        weights: arrays under the published names, in any floating type.
        input_size: (H, W), multiples of 32.
        mean, std: three numbers each, R, G, B, as fractions of 255.
    Returns:
        uint8 (N, H, W, 3) RGB -> float32 (N, joints, H / 4, W / 4). N is left open; `reshape` settles it.
    Raises:
        ValueError: the weights are not those of this layout; the message names the first that is wrong.
    """
    crops = op.parameter([-1, *input_size, 3], np.uint8, name="crops")
    fitting = Fitting(weights, f"{spec.name} with {joints} joints")
    layers = Layers(fitting)
    c = spec.channels(4)

    x = normalize(crops, mean, std)  # (N, 3, H, W)
    x = layers.conv(x, "conv1", "bn1", spec.stem, 3, stride=2)  # (N, stem, H / 2, W / 2)
    x = layers.conv(x, "conv2", "bn2", spec.stem, 3, stride=2)  # (N, stem, H / 4, W / 4)
    for i in range(spec.stage1_blocks):
        x = bottleneck(layers, x, f"layer1.{i}", spec.bottleneck)  # (N, 4 * bottleneck, H / 4, W / 4)
    finest = layers.conv(x, "transition1.0.0", "transition1.0.1", c[0], 3)
    branches = [finest, new_branch(layers, x, "transition1.1", c[1])]  # strides 4, 8
    branches = stage(layers, branches, "stage2", spec, spec.modules[0])
    branches.append(new_branch(layers, branches[-1], "transition2.2", c[2]))  # strides 4, 8, 16
    branches = stage(layers, branches, "stage3", spec, spec.modules[1])
    branches.append(new_branch(layers, branches[-1], "transition3.3", c[3]))  # strides 4, 8, 16, 32
    (finest,) = stage(layers, branches, "stage4", spec, spec.modules[2], last_targets=1)
    heatmaps = layers.head(finest, "final_layer", joints)  # (N, joints, H / 4, W / 4)
    fitting.close()
    return ov.Model([op.result(heatmaps, name="heatmaps")], [crops], spec.name)


class Layers:
    """Convolutions with the batch norm behind them folded in, by the names of their weights."""

    def __init__(self, weights: Fitting) -> None:
        self._weights = weights

    def conv(
        self, x: Node, name: str, norm: str, outputs: int, kernel: int, *, stride: int = 1, relu: bool = True
    ) -> Node:
        """Keeps the size, or halves it at stride 2; scale * (w * x - running_mean) + beta as one convolution."""
        weight = self._take(f"{name}.weight", (outputs, channels(x), kernel, kernel))
        gamma, beta, running_mean, running_var = (
            self._take(f"{norm}.{part}", (outputs,)) for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gamma / np.sqrt(running_var + BN_EPSILON)
        y = convolve(x, weight * scale[:, None, None, None], beta - running_mean * scale, stride)
        return op.relu(y) if relu else y

    def head(self, x: Node, name: str, outputs: int) -> Node:
        """The last 1x1 convolution, the only one with a bias and without a batch norm."""
        weight = self._take(f"{name}.weight", (outputs, channels(x), 1, 1))
        return convolve(x, weight, self._take(f"{name}.bias", (outputs,)))

    def _take(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        return np.asarray(self._weights.take(name, shape), np.float64)  # folded in double precision, rounded once


def channels(x: Node) -> int:
    return x.get_output_partial_shape(0)[1].get_length()


def normalize(crops: Node, mean: Sequence[float], std: Sequence[float]) -> Node:
    """(N, H, W, 3) uint8 -> (N, 3, H, W), each color (value / 255 - mean) / std.

    Kept apart from the first convolution: that one pads with zeros, which must mean "average gray", as in training.
    """
    mean, std = (np.asarray(values, np.float64) * 255 for values in (mean, std))
    colors = op.divide(op.subtract(op.convert(crops, np.float32), constant(mean)), constant(std))
    return op.transpose(colors, [0, 3, 1, 2])


def convolve(x: Node, weight: np.ndarray, bias: np.ndarray, stride: int = 1) -> Node:
    pad = [weight.shape[-1] // 2] * 2
    y = op.convolution(x, constant(weight), [stride] * 2, pad, pad, [1, 1])
    return op.add(y, constant(bias[:, None, None]))


def constant(values: np.ndarray) -> Node:
    return op.constant(np.ascontiguousarray(values, np.float32), shared_memory=True)


def basic_block(layers: Layers, x: Node, name: str) -> Node:
    y = layers.conv(x, f"{name}.conv1", f"{name}.bn1", channels(x), 3)
    y = layers.conv(y, f"{name}.conv2", f"{name}.bn2", channels(x), 3, relu=False)
    return op.relu(op.add(x, y))


def bottleneck(layers: Layers, x: Node, name: str, inner: int) -> Node:
    outputs = inner * EXPANSION
    y = layers.conv(x, f"{name}.conv1", f"{name}.bn1", inner, 1)
    y = layers.conv(y, f"{name}.conv2", f"{name}.bn2", inner, 3)
    y = layers.conv(y, f"{name}.conv3", f"{name}.bn3", outputs, 1, relu=False)
    if channels(x) != outputs:
        x = layers.conv(x, f"{name}.downsample.0", f"{name}.downsample.1", outputs, 1, relu=False)
    return op.relu(op.add(x, y))


def new_branch(layers: Layers, x: Node, name: str, outputs: int) -> Node:
    return layers.conv(x, f"{name}.0.0", f"{name}.0.1", outputs, 3, stride=2)


def stage(
    layers: Layers, branches: list[Node], name: str, spec: ModelSpec, units: int, last_targets: int | None = None
) -> list[Node]:
    for i in range(units):
        targets = last_targets if i == units - 1 else None
        branches = exchange_unit(layers, branches, f"{name}.{i}", spec.blocks, targets)
    return branches


def exchange_unit(layers: Layers, branches: list[Node], name: str, blocks: int, targets: int | None) -> list[Node]:
    """Basic blocks on every branch, then each of the first `targets` branches (None: each) receives the sum of all."""
    worked = []
    for i, x in enumerate(branches):
        for k in range(blocks):
            x = basic_block(layers, x, f"{name}.branches.{i}.{k}")
        worked.append(x)
    sums = []
    for i in range(len(worked) if targets is None else targets):
        total, *others = (resample(layers, worked, f"{name}.fuse_layers.{i}.{j}", j, i) for j in range(len(worked)))
        for term in others:  # from the first to the last, as the published code adds them
            total = op.add(total, term)
        sums.append(op.relu(total))
    return sums


def resample(layers: Layers, branches: list[Node], name: str, source: int, target: int) -> Node:
    """What carries branch `source` to the size and channels of branch `target`; hrnet/network/exchange.py says why."""
    x, outputs = branches[source], channels(branches[target])
    if source > target:
        x = layers.conv(x, f"{name}.0", f"{name}.1", outputs, 1, relu=False)
        return enlarge(x, 2 ** (source - target))
    steps = target - source
    for k in range(steps):
        last = k == steps - 1
        width = outputs if last else channels(x)
        x = layers.conv(x, f"{name}.{k}.0", f"{name}.{k}.1", width, 3, stride=2, relu=not last)
    return x


def enlarge(x: Node, factor: int) -> Node:
    """Every pixel becomes factor x factor pixels of the same value."""
    return op.interpolate(
        x,
        np.float32([factor, factor]),
        mode="nearest",
        shape_calculation_mode="scales",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
        axes=[2, 3],
    )
