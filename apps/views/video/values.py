"""What a question of the page holds, looked at before it is used."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def text(values: Mapping[str, Any], name: str) -> str:
    """
    Raises:
        ValueError: there is no text of that name.
    """
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is a text, got {value!r:.60}")
    return value


def seconds(values: Mapping[str, Any], name: str) -> float | None:
    """A time, 0 or later; None where there is none.

    Raises:
        ValueError: it is something else.
    """
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{name} is a number of seconds, 0 or more, got {value!r:.60}")
    return float(value)


def yes(values: Mapping[str, Any], name: str, default: bool) -> bool:
    """
    Raises:
        ValueError: it is neither true nor false.
    """
    value = values.get(name, default)
    if not isinstance(value, bool):
        raise ValueError(f"{name} is true or false, got {value!r:.60}")
    return value
