"""The published names and shapes of every tensor of an HRNet, without building one.

Source: lib/models/pose_hrnet.py of leoxiaobin/deep-high-resolution-net.pytorch. All published layouts (mmpose, timm,
the ImageNet files) are these names behind a prefix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from hrnet.spec import SPECS, ModelSpec
from hrnet.weights.errors import WeightsError

Shape = tuple[int, ...]
Named = Iterator[tuple[str, Shape]]

HEAD = ("final_layer.weight", "final_layer.bias")
COUNTER = ".num_batches_tracked"  # files older than PyTorch 0.4.1 have none


def published_shapes(spec: ModelSpec, joints: int | None) -> dict[str, Shape]:
    """Name -> shape of every tensor, in the order of the published state dict: 1754 of them for W32 and W48.

    Args:
        joints: heatmaps of the head; None leaves the head out.
    """
    return dict(_network(spec, joints))


def infer_spec(shapes: Mapping[str, Shape]) -> ModelSpec:
    """The layout that these tensors have, under its usual name where it has one. The head is not looked at.

    Raises:
        WeightsError: a tensor that tells the layout is missing or has no axes.
    """

    def count(pattern: str) -> int:
        number = 0
        while pattern.format(number) in shapes:
            number += 1
        return number

    try:
        spec = ModelSpec(
            name="custom",
            width=shapes["stage2.0.branches.0.0.conv1.weight"][0],
            stem=shapes["conv1.weight"][0],
            bottleneck=shapes["layer1.0.conv1.weight"][0],
            stage1_blocks=count("layer1.{}.conv1.weight"),
            modules=(
                count("stage2.{}.branches.0.0.conv1.weight"),
                count("stage3.{}.branches.0.0.conv1.weight"),
                count("stage4.{}.branches.0.0.conv1.weight"),
            ),
            blocks=count("stage2.0.branches.0.{}.conv1.weight"),
        )
    except (KeyError, IndexError) as error:
        raise WeightsError(f"this is not an HRNet: {error} is missing or has no channels") from None
    except ValueError as error:  # ModelSpec found a count of zero
        raise WeightsError(f"this is not a whole HRNet: {error}") from None
    known = (usual for usual in SPECS.values() if replace(usual, name="custom") == spec)
    return next(known, replace(spec, name=f"W{spec.width}-custom"))


def first_difference(shapes: Mapping[str, Shape], expected: Mapping[str, Shape]) -> str | None:
    """In words, the first thing by which `shapes` are not `expected`; None where they agree."""
    for name, shape in expected.items():
        if name not in shapes:
            return f"{name} is missing"
        if tuple(shapes[name]) != shape:
            return f"{name} is {tuple(shapes[name])} instead of {shape}"
    unknown = next((name for name in shapes if name not in expected), None)
    return None if unknown is None else f"{unknown} has no place in it"


def _network(spec: ModelSpec, joints: int | None) -> Named:
    yield from _conv_norm("conv1", "bn1", spec.stem, 3, 3)
    yield from _conv_norm("conv2", "bn2", spec.stem, spec.stem, 3)
    wide = 4 * spec.bottleneck
    for block in range(spec.stage1_blocks):
        yield from _bottleneck(f"layer1.{block}", spec.stem if block == 0 else wide, spec.bottleneck)
    before = [wide]
    for stage, modules in enumerate(spec.modules, start=2):
        channels = spec.channels(stage)
        yield from _transition(f"transition{stage - 1}", before, channels)
        for module in range(modules):
            last = stage == 4 and module == modules - 1  # the head reads branch 0 only, so nothing else is fused there
            yield from _unit(f"stage{stage}.{module}", channels, spec.blocks, rows=1 if last else stage)
        before = channels
    if joints is not None:
        yield from zip(HEAD, ((joints, spec.width, 1, 1), (joints,)), strict=True)


def _bottleneck(name: str, channels: int, inner: int) -> Named:
    yield from _conv_norm(f"{name}.conv1", f"{name}.bn1", inner, channels, 1)
    yield from _conv_norm(f"{name}.conv2", f"{name}.bn2", inner, inner, 3)
    yield from _conv_norm(f"{name}.conv3", f"{name}.bn3", 4 * inner, inner, 1)
    if channels != 4 * inner:
        yield from _conv_norm(f"{name}.downsample.0", f"{name}.downsample.1", 4 * inner, channels, 1)


def _transition(name: str, before: list[int], after: list[int]) -> Named:
    for branch, channels in enumerate(after):
        if branch >= len(before):  # a new branch, from the coarsest one so far; its names are nested one level deeper
            yield from _conv_norm(f"{name}.{branch}.0.0", f"{name}.{branch}.0.1", channels, before[-1], 3)
        elif before[branch] != channels:
            yield from _conv_norm(f"{name}.{branch}.0", f"{name}.{branch}.1", channels, before[branch], 3)


def _unit(name: str, channels: list[int], blocks: int, rows: int) -> Named:
    """One exchange unit: basic blocks on every branch, then their fusion into the first `rows` branches."""
    for branch, width in enumerate(channels):
        for block in range(blocks):
            at = f"{name}.branches.{branch}.{block}"
            yield from _conv_norm(f"{at}.conv1", f"{at}.bn1", width, width, 3)
            yield from _conv_norm(f"{at}.conv2", f"{at}.bn2", width, width, 3)
    for target in range(rows):
        for source, width in enumerate(channels):
            at = f"{name}.fuse_layers.{target}.{source}"
            if source > target:
                yield from _conv_norm(f"{at}.0", f"{at}.1", channels[target], width, 1)
            for step in range(target - source):  # only the last strided convolution changes the channels
                out = channels[target] if step == target - source - 1 else width
                yield from _conv_norm(f"{at}.{step}.0", f"{at}.{step}.1", out, width, 3)


def _conv_norm(conv: str, norm: str, out: int, channels: int, kernel: int) -> Named:
    yield f"{conv}.weight", (out, channels, kernel, kernel)
    for vector in ("weight", "bias", "running_mean", "running_var"):
        yield f"{norm}.{vector}", (out,)
    yield f"{norm}{COUNTER}", ()
