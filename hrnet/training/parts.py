"""Parts of a network by the names a person can read: to keep some as they are, and to let some learn more slowly.

The names are those of `hrnet.places`: `stem`, `stage1`, `stage3.unit2`, `stage3.unit2.branch1`,
`stage3.unit2.edge.0-2`, `head`; besides them `stage2`, `stage3` and `stage4` as wholes, each with the transition that
makes its branches, and `trunk`, everything but the head. Of a network that is no HRNet they are the names of its direct
children. A name may be a pattern as for files: `stage[12]`, `stage3.unit*`.

Give the network itself, before it is wrapped by DistributedDataParallel or torch.compile, and freeze before the
optimizer is built.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from torch import nn

from hrnet.network.hrnet import HRNet

Prefixes = dict[str, tuple[str, ...]]  # of each part: how the keys of its parameters begin


def names(network: nn.Module) -> list[str]:
    """Every part that has parameters, large ones first."""
    return list(_parts(network))


def freeze(network: nn.Module, parts: str | Sequence[str]) -> None:
    """Keep these parts as they are: their parameters get no gradients, their batch norms keep their statistics.

    Without the second a frozen part would still answer otherwise after every step.

    Raises:
        ValueError: there is no such part; the message has the names that there are.
    """
    prefixes = _prefixes(network, parts)
    for key, parameter in network.named_parameters():
        if key.startswith(prefixes):
            parameter.requires_grad_(False)
    for key, module in network.named_modules():
        if f"{key}.".startswith(prefixes):
            _keep_statistics(module)


def freeze_statistics(network: nn.Module) -> None:
    """Let every batch norm keep its running statistics and normalize by them, also after `network.train()`.

    For batches so small (under about 8) that their own statistics are mostly noise, and for fine-tuning. Their scales
    and offsets still learn. The keys of the state stay, so checkpoints fit in both directions. Not undone by anything.
    """
    for module in network.modules():
        _keep_statistics(module)


def factors(network: nn.Module, parts: Mapping[str, float]) -> dict[str, float]:
    """What the learning rate of every parameter is multiplied by, by its key, in the order of the network.

        factors(network, {"trunk": 0.1, "head": 1.0})
        factors(network, {"trunk": 0.1, "stage4": 0.5})     # a later name overrides an earlier one

    Args:
        parts: factors above 0 by name; a part without one has 1.
    Raises:
        ValueError: there is no such part, or a factor is not above 0.
    """
    found = {key: 1.0 for key, _ in network.named_parameters()}
    for name, factor in parts.items():
        if not 0 < factor < float("inf"):
            raise ValueError(
                f"the learning rate of {name} is multiplied by a factor above 0, got {factor}; or freeze it"
            )
        prefixes = _prefixes(network, name)
        found |= {key: float(factor) for key in found if key.startswith(prefixes)}
    return found


class _Still:
    """A batch norm that is always in the mode of prediction. A class, so copies of a network have it too."""

    def train(self, mode: bool = True) -> nn.Module:
        return super().train(False)


class StillNorm1d(_Still, nn.BatchNorm1d):
    pass


class StillNorm2d(_Still, nn.BatchNorm2d):
    pass


STILL = {nn.BatchNorm1d: StillNorm1d, nn.BatchNorm2d: StillNorm2d}


def _keep_statistics(module: nn.Module) -> None:
    if type(module) in STILL:
        module.__class__ = STILL[type(module)]  # in place: optimizers and averages hold on to its parameters
        module.train(False)


def _prefixes(network: nn.Module, parts: str | Sequence[str]) -> tuple[str, ...]:
    known = _parts(network)
    found: list[str] = []
    for pattern in [parts] if isinstance(parts, str) else parts:
        fitting = [name for name in known if fnmatchcase(name, pattern)]
        if not fitting:
            near = difflib.get_close_matches(pattern.lower(), known, cutoff=0.6)
            whole = [name for name in known if "." not in name]
            inside = next((name for name in known if "." in name), None)
            raise ValueError(
                f"this network has no part {pattern!r}; "
                + (f"near it: {', '.join(near)}; " if near else "")
                + f"its parts are {', '.join(whole)}"
                + (f", and inside of them such as {inside}" if inside else "")
            )
        found += [prefix for name in fitting for prefix in known[name]]
    return tuple(found)


def _parts(network: nn.Module) -> Prefixes:
    """Only parts with parameters: the edge from a branch to itself, for one, has none."""
    if isinstance(network, HRNet):
        parts = dict(_of_hrnet(network))
    else:
        parts = {name: (f"{name}.",) for name, _ in network.named_children()}
    keys = [key for key, _ in network.named_parameters()]
    return {name: prefixes for name, prefixes in parts.items() if any(key.startswith(prefixes) for key in keys)}


def _of_hrnet(network: HRNet) -> Iterator[tuple[str, tuple[str, ...]]]:
    stem = ("conv1.", "bn1.", "conv2.", "bn2.")
    stages = {f"stage{n}": (f"transition{n - 1}.", f"stage{n}.") for n in (2, 3, 4)}
    yield "trunk", (*stem, "layer1.", *(prefix for prefixes in stages.values() for prefix in prefixes))
    yield "stem", stem
    yield "stage1", ("layer1.",)
    yield from stages.items()
    yield "head", ("final_layer.",)
    for stage in stages:
        for i, unit in enumerate(network.get_submodule(stage)):
            yield f"{stage}.unit{i}", (f"{stage}.{i}.",)
            for b in range(len(unit.branches)):
                yield f"{stage}.unit{i}.branch{b}", (f"{stage}.{i}.branches.{b}.",)
            for target, row in enumerate(unit.fuse_layers):
                for source in range(len(row)):
                    yield f"{stage}.unit{i}.edge.{source}-{target}", (f"{stage}.{i}.fuse_layers.{target}.{source}.",)
