"""What a run's events come to: the newest of each figure, and the curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

MOST_POINTS = 1500  # of a curve; more than a screen shows
STARTED = ("device", "precision", "batch_size", "processes", "parameters", "learning", "frozen")
NEWEST = ("learning_rate", "samples_per_second", "memory_mb")


def story(events: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The run as a page shows it, plain JSON; numbers that are none are None.

    A run that went on from its checkpoint tells the steps after it once more: the later telling counts.

    Returns:
        "step" of "steps"; "losses" [[step, loss], ...]; "looks", each validation as {"step", "figures", "joints",
        "best"}; "best", the step of the best one or None; "begun" {"device", ...}; "now" {"learning_rate",
        "samples_per_second", "memory_mb"}; "ends", when it will, in seconds since 1970, or None; "skipped", a line.
    """
    step, steps, ends, skipped = 0, 0, None, ""
    losses: list[list[Any]] = []
    looks: list[dict[str, Any]] = []
    begun: dict[str, Any] = {}
    now: dict[str, Any] = {}
    for event in events:
        kind, at = event.get("event"), event.get("step")
        if not isinstance(at, int):
            continue
        step = at
        match kind:
            case "started":
                losses = [point for point in losses if point[0] <= at]
                looks = [look for look in looks if look["step"] <= at]
                steps, ends = event.get("steps", 0), None
                begun = {name: event.get(name) for name in STARTED}
            case "stepped":
                losses.append([at, finite(event.get("loss"))])
                now = {name: finite(event.get(name)) for name in NEWEST}
                ends = event["time"] + left if (left := finite(event.get("seconds_left"))) is not None else None
            case "validated":
                looks.append(look(event))
            case "skipped":
                skipped = f"{event.get('count')}: {event.get('first')}"
    best = max((one["step"] for one in looks if one["best"]), default=None)
    return {
        **{"step": step, "steps": steps, "losses": thinned(losses), "looks": looks, "best": best},
        **{"begun": begun, "now": now, "ends": ends, "skipped": skipped},
    }


def look(event: Mapping[str, Any]) -> dict[str, Any]:
    """One validation: its figures, and those of each joint by its name."""
    figures = {name: finite(value) for name, value in event.get("figures", {}).items()}
    joints = {
        str(joint): {name: finite(value) for name, value in values.items()}
        for joint, values in (event.get("joints") or {}).items()
    }
    return {"step": event["step"], "figures": figures, "joints": joints, "best": bool(event.get("best"))}


def thinned(points: list[list[Any]]) -> list[list[Any]]:
    """Evenly fewer of them, the newest among these."""
    every = -(-len(points) // MOST_POINTS)
    return points[(len(points) - 1) % every :: every] if every > 1 else points


def finite(value: object) -> float | None:
    """The number, where it is one that JSON has."""
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None
