"""The receptive field of a cell: the smallest box of the crop outside of which nothing can change it."""

from __future__ import annotations

import re
from functools import lru_cache

from torch import nn

from apps.views.inside.runs import Run
from apps.views.inside.wiring import STRIDES, unit_names
from hrnet.network import HRNet
from hrnet.network.blocks import BasicBlock, Bottleneck

Span = tuple[int, int]  # the first and the last pixel along one axis

# Layers that read the one pixel that they write. Batch norms that were folded away are identities.
POINTWISE = (nn.Identity, nn.BatchNorm2d, nn.ReLU)


def fields(run: Run, network: HRNet, place: str) -> dict[str, list[Span] | None]:
    """What every cell of a place sees of the crop: `x`, for each of its columns the first and the last pixel, and `y`,
    for each of its rows. They may lie beyond the crop. Both are None where the cuts leave nothing to see.
    """
    _, h, w = run.seen[place].shape
    # One cell of the coarsest branch further on, everything is the same, 32 pixels further.
    period = STRIDES[-1] * h // run.crop.shape[0]
    spans = _first(network, place, period, run.cut)
    if None in spans:  # which cuts leave a way to the crop is the same for every cell
        return {"x": None, "y": None}
    moved = [
        (low + STRIDES[-1] * k, high + STRIDES[-1] * k) for k in range(-(-max(h, w) // period)) for low, high in spans
    ]
    return {"x": moved[:w], "y": moved[:h]}


@lru_cache(maxsize=512)
def _first(network: HRNet, place: str, count: int, cut: frozenset[str]) -> list[Span | None]:
    """What the first cells see; the same for every photo."""
    return [reach(network, place, at, cut) for at in range(count)]


def reach(network: HRNet, place: str, at: int, cut: frozenset[str] = frozenset()) -> Span | None:
    """The pixels of the crop, along one axis, that cell `at` of a place depends on; those beyond the border too.

    Paddings need no care on the way: a padded pixel leads back to pixels beyond the border of the crop, and to none
    inside that its neighbors within do not reach. None: the cut leaves no way to the crop.
    """
    needed: Span | None = (at, at)
    if place == "head":
        needed = back(network.final_layer, needed)
        last, _ = unit_names(network.spec)[-1]
        place = f"{last}.out.0"
    if place in cut:
        return None
    if place in ("stem", "stage1"):
        return _to_crop(network, needed, stem=place == "stem")
    stage, unit, kind, source, target = _parts(place)
    units = unit_names(network.spec)
    position = [name for name, _ in units].index(f"stage{stage}.unit{unit}")
    if kind == "out":
        inputs = _through_unit(network, units[position][0], {target: needed}, cut)
    else:
        name, module = units[position][0], _unit(network, units[position][0])
        if kind == "edge":
            if f"{name}.branch{source}" in cut:
                return None
            needed = back(module.fuse_layers[target][source], needed)
        inputs = {source: back(module.branches[source], needed)}
    for i in range(position, 0, -1):
        (name, branches), (before, fewer) = units[i], units[i - 1]
        outputs = dict(inputs)
        if branches > fewer and fewer in outputs:  # the newest branch was made from the coarsest one before it
            new = back(getattr(network, f"transition{branches - 1}")[-1], outputs.pop(fewer))
            outputs[fewer - 1] = _hull(outputs.get(fewer - 1), new)
        inputs = _through_unit(network, before, outputs, cut)
    ends = [back(network.transition1[branch], span) for branch, span in inputs.items()]
    return _to_crop(network, _hull(*ends), stem=False) if ends else None


def back(module: nn.Module, span: Span) -> Span:
    """Which pixels in front of a module the pixels behind it depend on.

    Raises:
        TypeError: a kind of module that HRNet does not have.
    """
    low, high = span
    if isinstance(module, POINTWISE):
        return span
    if isinstance(module, nn.Conv2d):
        (kernel, _), (stride, _), (padding, _) = module.kernel_size, module.stride, module.padding
        return low * stride - padding, high * stride - padding + kernel - 1
    if isinstance(module, nn.Upsample):  # nearest
        return low // int(module.scale_factor), high // int(module.scale_factor)
    if isinstance(module, nn.Sequential):
        for layer in reversed(module):
            span = back(layer, span)
        return span
    if isinstance(module, BasicBlock):  # the identity beside the convolutions sees less than they do
        return back(module.conv1, back(module.conv2, span))
    if isinstance(module, Bottleneck):
        return back(module.conv1, back(module.conv2, back(module.conv3, span)))
    raise TypeError(f"no way back through {type(module).__name__}")


def _through_unit(network: HRNet, name: str, outputs: dict[int, Span], cut: frozenset[str]) -> dict[int, Span]:
    """From what is needed of the unit's outs to what that needs of its inputs, by branch."""
    outputs = {target: span for target, span in outputs.items() if f"{name}.out.{target}" not in cut}
    if name in cut:
        return outputs
    module, inputs = _unit(network, name), {}
    for target, span in outputs.items():
        for source, edge in enumerate(module.fuse_layers[target]):
            if not {f"{name}.edge.{source}-{target}", f"{name}.branch{source}"} & cut:
                inputs[source] = _hull(inputs.get(source), back(module.branches[source], back(edge, span)))
    return inputs


def _to_crop(network: HRNet, span: Span, *, stem: bool) -> Span:
    if not stem:
        span = back(network.layer1, span)
    return back(network.conv1, back(network.conv2, span))


def _hull(*spans: Span | None) -> Span:
    known = [span for span in spans if span is not None]
    return min(low for low, _ in known), max(high for _, high in known)


def _unit(network: HRNet, name: str) -> nn.Module:
    return network.get_submodule(name.replace("unit", ""))


def _parts(place: str) -> tuple[int, int, str, int, int]:
    """stage, unit, kind, source and target of a place inside a unit; of an out the target, of a branch the source."""
    stage, unit, kind, first, second = re.fullmatch(
        r"stage(\d)\.unit(\d+)\.(branch|edge|out)\.?(\d)(?:-(\d))?", place
    ).groups()
    return int(stage), int(unit), kind, int(first), int(second if second is not None else first)
