"""What somebody wants of a training, as typed: read, and written again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from hrnet.geometry import Size


def text(value: Any) -> str:
    """A value as a command line and a page have it: yes, 0.9, 192x128, stem,stage1, or none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        numbers = value and all(isinstance(one, int) for one in value)
        return ("x" if numbers else ",").join(map(str, value)) or "none"
    return str(value) or "none"


def _size(value: Any) -> Size:
    height, width = (int(side) for side in (value.lower().split("x") if isinstance(value, str) else value))
    return height, width


def _whole(value: Any) -> int:
    return int(value)


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _yes(value: Any) -> bool:
    return value if isinstance(value, bool) else {"yes": True, "true": True, "no": False, "false": False}[value.lower()]


def names(value: Any) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    return tuple(part.strip() for part in parts if part.strip() not in ("", "none"))


def _weights(value: Any) -> str:
    return "" if value in ("", "none") else str(value)


# By the names of choices. They raise ValueError, TypeError, KeyError or AttributeError where the value is none.
PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "start": _weights,
    "turn": _number,
    "mirror": _yes,
    "hide": _yes,
    "input_size": _size,
    "batch_size": _whole,
    "learning_rate": _number,
    "trunk_factor": _number,
    "freeze": names,
    "freeze_statistics": _yes,
    "average": _number,
    "minutes": _number,
    "steps": _whole,
}
WORDS: Mapping[Callable[[Any], Any], str] = {
    _weights: "the name of weights",
    _number: "a number",
    _yes: "yes or no",
    _size: "height x width, such as 160x160",
    _whole: "a whole number",
    names: "names with commas between them",
}
