"""The two optimizers of the field's HRNets, with a learning rate of its own for every part of the network.

    build(network, "adam")                                          # as published: 1e-3, no weight decay
    build(network, "adamw")                                         # 3e-4, weight decay 1e-4
    build(network, "adamw", 2e-3, 0.01, {"trunk": 0.1, "head": 1.0})

Every group of parameters whose part has a factor carries it as "factor": whoever sets the rate of a step sets
`group["lr"] = rate * group.get("factor", 1.0)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from hrnet.training.parts import factors

FUSED = ("cpu", "cuda", "mps", "xpu")  # devices with one kernel for the whole step (torch.optim.Adam, `fused`)


@dataclass(frozen=True)
class Usual:
    """What an optimizer is usually given."""

    kind: type[torch.optim.Optimizer]
    learning_rate: float
    weight_decay: float


OPTIMIZERS = {
    # experiments/*/hrnet/*.yaml of leoxiaobin/deep-high-resolution-net.pytorch. Their WD of 1e-4 never reaches Adam:
    # get_optimizer in lib/utils/utils.py passes the learning rate alone.
    "adam": Usual(torch.optim.Adam, 1e-3, 0.0),
    "adamw": Usual(torch.optim.AdamW, 3e-4, 1e-4),  # arXiv 1711.05101
}


def build(
    network: nn.Module,
    name: str = "adamw",
    learning_rate: float | None = None,
    weight_decay: float | None = None,
    parts: Mapping[str, float] | None = None,
    *,
    spare: bool = True,
) -> torch.optim.Optimizer:
    """The optimizer of everything in a network that is not frozen.

    Args:
        name: of OPTIMIZERS, which also has the usual rates and decays, taken where None is given.
        weight_decay: of AdamW. Adam takes none, as published; in torch's it would be another thing, a penalty inside
            of the adapted gradient.
        parts: what the learning rate of a part is multiplied by, see `hrnet.training.parts.factors`.
        spare: no weight decay for biases and batch norms, in groups of their own. Published: decay for all, so False.

    Groups: per factor, in the order of the network, what decays and what is spared. Without `parts` AdamW always has
    those two, also when one is empty, and none has a "factor".

    Raises:
        ValueError: there is no such optimizer or part, everything is frozen, or Adam is to decay weights.
    """
    if name not in OPTIMIZERS:
        raise ValueError(f"there is no optimizer {name!r}; choose one of {', '.join(OPTIMIZERS)}")
    usual = OPTIMIZERS[name]
    rate = usual.learning_rate if learning_rate is None else learning_rate
    decay = usual.weight_decay if weight_decay is None else weight_decay
    if name == "adam" and decay:
        raise ValueError(
            f"adam takes no weight decay, got {decay}: the published code has one in its yaml and never passes it on. "
            "Give 0, or take adamw"
        )
    learning = {key: parameter for key, parameter in network.named_parameters() if parameter.requires_grad}
    if not learning:
        raise ValueError("every parameter of the network is frozen, so there is nothing to learn; freeze less")

    groups: list[dict[str, Any]] = []
    by_key = factors(network, parts or {})
    for factor in dict.fromkeys(by_key[key] for key in learning):
        mine = [parameter for key, parameter in learning.items() if by_key[key] == factor]
        own = {"factor": factor, "lr": rate * factor} if parts else {}
        if name == "adam" or not spare:
            groups.append({"params": mine, "weight_decay": decay, **own})
            continue
        matrices, vectors = [p for p in mine if p.ndim > 1], [p for p in mine if p.ndim <= 1]
        groups.append({"params": matrices, "weight_decay": decay, **own})
        groups.append({"params": vectors, "weight_decay": 0.0, **own})
    if parts:
        groups = [group for group in groups if group["params"]]
    fused = all(parameter.device.type in FUSED for parameter in learning.values())
    return usual.kind(groups, lr=rate, weight_decay=decay, fused=fused or None)
