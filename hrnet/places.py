"""The name of every place inside a network, for seeing and for cutting. No torch: pages list them too.

Stages count from 1 as in the paper, units and branches from 0 as in the published keys: `stage3.unit2` is `stage3.2`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Protocol

from hrnet.spec import ModelSpec


class HasSpec(Protocol):
    """A network, without importing one."""

    spec: ModelSpec


def places(network: HasSpec | ModelSpec, patterns: str | Sequence[str] = "*") -> list[str]:
    """Everything that one run can show, a tensor each, in the order of the forward pass.

    `stem` and `stage1`; then of every exchange unit `stage3.unit2.branch1` (behind the blocks of branch 1, before the
    exchange), `stage3.unit2.edge.0-2` (what branch 0 gives to branch 2; `edge.1-1` is branch 1 itself) and
    `stage3.unit2.out.2` (branch 2 as it leaves: the sum of its edges, after the ReLU); at the end `head`, the heatmaps.

    Args:
        patterns: one or several names, or patterns as for files: in `stage4.*` the star stands for dots too.
    Raises:
        ValueError: a pattern fits nothing that can be seen; the message gives the names nearest to it.
    """
    names = list(_names(network))
    return _matching(patterns, [name for name in names if not _is_unit(name)], names, "seen")


def cuts(network: HasSpec | ModelSpec, patterns: str | Sequence[str] = "*") -> list[str]:
    """Everything that can be cut: the branches, edges and outs among the `places`, and whole units, `stage3.unit2`.

    Raises:
        ValueError: a pattern fits nothing that can be cut; the message gives the names nearest to it.
    """
    names = list(_names(network))
    return _matching(patterns, [name for name in names if name not in ("stem", "stage1", "head")], names, "cut")


def _names(network: HasSpec | ModelSpec) -> Iterator[str]:
    spec = network if isinstance(network, ModelSpec) else network.spec
    yield from ("stem", "stage1")
    for branches, units in zip((2, 3, 4), spec.modules, strict=True):  # stage 2 has two branches, and so on
        for i in range(units):
            unit = f"stage{branches}.unit{i}"
            targets = 1 if (branches, i) == (4, units - 1) else branches  # the last unit feeds the head alone
            yield unit
            yield from (f"{unit}.branch{b}" for b in range(branches))
            yield from (f"{unit}.edge.{source}-{target}" for target in range(targets) for source in range(branches))
            yield from (f"{unit}.out.{target}" for target in range(targets))
    yield "head"


def _is_unit(name: str) -> bool:
    return name.rpartition(".")[2].startswith("unit")


def _matching(patterns: str | Sequence[str], allowed: list[str], names: list[str], done: str) -> list[str]:
    """Those of the allowed names that fit a pattern, in their own order."""
    found: set[str] = set()
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        fitting = {name for name in allowed if fnmatchcase(name, pattern)}
        if not fitting:
            known = any(fnmatchcase(name, pattern) for name in names)
            wrong = f"{pattern!r} cannot be {done}" if known else f"this network has no place {pattern!r}"
            near = difflib.get_close_matches(pattern.lower(), allowed, cutoff=0.5)
            hint = (
                f"near it: {', '.join(near)}" if near else f"what can be {done} goes from {allowed[0]} to {allowed[-1]}"
            )
            raise ValueError(f"{wrong}; {hint}")
        found |= fitting
    return [name for name in allowed if name in found]
