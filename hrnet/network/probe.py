"""Look inside a run of the network, and cut a part of it to see what it was for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor, nn

from hrnet.network.exchange import ExchangeUnit
from hrnet.network.hrnet import HRNet
from hrnet.places import cuts, places

__all__ = ["cuts", "places", "probe"]

# torch numbers its hooks with an unguarded counter; two probes opened at once could get the same number
_registering = threading.Lock()


@contextmanager
def probe(
    network: HRNet, *, keep: str | Sequence[str] = (), cut: str | Sequence[str] = ()
) -> Iterator[dict[str, Tensor]]:
    """Runs of the network inside the block fill `seen`, and go without what is cut.

        with probe(network, keep=["stage4.*", "head"], cut=["stage3.unit2.edge.0-2"]) as seen:
            network(crops)
        seen["stage4.unit0.out.3"]  # (N, channels, H / 32, W / 32)

    What a cut does:
        an edge, a branch or an out gives zeros instead of its tensor (an edge thereby adds nothing to its target);
        a unit hands on the very tensors it received; the last one, which has one out, hands on the first of them. Its
        inside is still computed and can be seen, but does not get out. An out cut at the same time is still zero.

    Seen is what went on from a place: zeros, where that place is cut. Every tensor is a copy without gradient, on the
    device of the network; a second run in the same block replaces it. The runs themselves have gradients as always,
    which end at the zeros of a cut.

    The probe acts on runs in the thread that opened it. Runs in other threads pass untouched, probed or not, so a page
    may cut an edge for one visitor while the same network answers another. The hooks go when the block ends, however
    it ends.

    Args:
        keep: names or patterns from `places`.
        cut: names or patterns from `cuts`.
    Raises:
        ValueError: a name or pattern fits nothing; the message gives the names nearest to it.
    """
    kept, severed = set(places(network, keep)), set(cuts(network, cut))
    seen: dict[str, Tensor] = {}
    owner = threading.get_ident()

    def pass_on(name: str, x: Tensor) -> Tensor:
        if name in severed:
            x = torch.zeros_like(x)
        if name in kept:
            seen[name] = x.detach().clone()
        return x

    def one(name: str) -> Callable[..., Tensor]:
        return lambda module, inputs, output: pass_on(name, output)

    def unit(name: str) -> Callable[..., list[Tensor]]:
        def hook(module: nn.Module, inputs: tuple[list[Tensor]], outputs: list[Tensor]) -> list[Tensor]:
            if name in severed:
                outputs = inputs[0][: len(outputs)]
            return [pass_on(f"{name}.out.{target}", x) for target, x in enumerate(outputs)]

        return hook

    def here(hook: Callable) -> Callable:
        return lambda *call: hook(*call) if threading.get_ident() == owner else None  # None changes nothing

    with ExitStack() as hooks:
        with _registering:
            stem = here(lambda module, inputs: pass_on("stem", inputs[0]))
            hooks.enter_context(network.layer1.register_forward_pre_hook(stem))
            for name, module in _modules(network):
                hook = unit(name) if isinstance(module, ExchangeUnit) else one(name)
                hooks.enter_context(module.register_forward_hook(here(hook)))
        yield seen


def _modules(network: HRNet) -> Iterator[tuple[str, nn.Module]]:
    """Which module stands behind which name; the stem is what enters stage 1."""
    yield "stage1", network.layer1
    for stage in (2, 3, 4):
        for i, unit in enumerate(network.get_submodule(f"stage{stage}")):
            name = f"stage{stage}.unit{i}"
            yield name, unit
            yield from ((f"{name}.branch{b}", branch) for b, branch in enumerate(unit.branches))
            for target, row in enumerate(unit.fuse_layers):
                yield from ((f"{name}.edge.{source}-{target}", layer) for source, layer in enumerate(row))
    yield "head", network.final_layer
