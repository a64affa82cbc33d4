"""The step "Plan": what a training of this set would do here, why, how long it takes; changed, and begun.

`hrnet.sets.plan` decides. Here its decisions get words: "why" names a text of the page, teach.plan.why.*, with values.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.desk import Kept
from apps.runs import devices
from apps.views.teach import opened
from apps.views.teach.run import of
from hrnet.engine import nvidia_driver
from hrnet.sets import plan as planning
from hrnet.sets.choices import Choice, Plan
from hrnet.sets.divide import FEWEST, Division, divide
from hrnet.weights import published

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say
    from hrnet.sets import LabelSet

SEED = 1  # of the division: what the recipe begins with, `train.recipes.recipe.Recipe.seed`
LONGEST = 80  # characters of what somebody typed
TITLE = 80

# The first are what a person would want to change; the others unfold, in this order, with what may come to be decided.
FIRST = ("start", "input_size", "mirror", "turn", "steps")
OTHERS = ("hide", "batch_size", "learning_rate", "trunk_factor", "freeze", "freeze_statistics", "average")
APART = ("device", "minutes")  # not among the choices of the page: it has a slider, and says where it runs

_minutes: Kept[float] = Kept(200, 200)  # of the plans that were looked at last, by the token of their set


@dataclass(frozen=True)
class Planned:
    """A set divided, and what was decided: as suggested, and as a person changed it."""

    division: Division
    suggested: Plan
    made: Plan
    device: str
    cores: int


def look(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The plan for a set.

    Args:
        values: {"set", "changes": {the name of a choice: what somebody wants instead}}.
    Returns:
        {"too_few": {"labeled", "fewest"}} where there is not enough to learn from. Else
        "choices": of each {"name", "text", its value; "suggested"; "choices", what may be taken, or null for any;
            "changed"; "why" and "refused", or null: {"text", a key, "values", "line", the plan's own words}; "first":
            whether it is one of FIRST};
        "minutes", expected here; "limit", what somebody allows, or 0; "gpu": minutes on a GPU, null where this is one;
        "device", "cores"; "learned" and "judged", counts of pictures; "how" they are divided, `Division.told`;
        "rows": [{"joint", "side", "kept": a joint of the start weights or ""}];
        "command": what is typed to the same end.
    Raises:
        ValueError: there is no such set, or a change of what is no choice; one line.
    """
    kept = opened(desk, values)
    poses = kept.poses()
    labeled = len({thing.photo for thing in poses.samples if not thing.ignore and thing.labeled})
    if labeled < FEWEST:
        return {"too_few": {"labeled": labeled, "fewest": FEWEST}}
    changes = _changes(values)
    planned = _planned(kept, changes)
    made, sides = planned.made, kept.skeleton.sides
    by_name = {choice.name: choice for choice in made.choices}
    suggested = {choice.name: choice for choice in planned.suggested.choices}
    gpu = None
    if planned.device == devices.CPU:
        elsewhere = {name: value for name, value in changes.items() if name != "minutes"}
        gpu = planning.plan(planned.division.learned, device="cuda", cores=planned.cores, changes=elsewhere).minutes
    _minutes.put(kept.token, made.minutes, 1)
    return {
        "choices": [_told(by_name[name], suggested[name], planned, changes) for name in _ordered(by_name)],
        "minutes": made.minutes,
        "suggested_minutes": planned.suggested.minutes,
        "limit": made["minutes"],
        "limit_refused": _refused(by_name["minutes"], planned, changes),
        "gpu": gpu,
        "device": planned.device,
        "cores": planned.cores,
        "learned": len(planned.division.learned.photos),
        "judged": len(planned.division.judged.photos),
        "how": planned.division.told,
        "rows": [
            {"joint": row.joint, "side": side, "kept": row.kept} for row, side in zip(made.rows, sides, strict=True)
        ],
        "command": shlex.join(["python", "-m", "train", "finetune_small", "--data", "SET.zip", *made.options()]),
    }


def start(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Ask for a run as planned.

    Args:
        values: {"set", "changes" as for `look`, "title", may be ""}.
    Returns:
        {"run", its token}
    Raises:
        ValueError: something that was asked for is refused, or the run cannot be asked for; one line.
    """
    kept = opened(desk, values)
    made = _planned(kept, _changes(values)).made
    if made.refused:
        raise ValueError(f"the run was not started: {'; '.join(made.refused)}")
    title = str(values.get("title") or "").strip()[:TITLE]
    return {"run": of(desk).ask(kept.token, made.options(), title)}


def state(desk: Desk, kept: LabelSet) -> dict[str, Any] | None:
    """For the ribbon: how long the plan that was looked at last takes; done once a run was asked for."""
    done, minutes = bool(of(desk).list(kept.token)), _minutes.get(kept.token)
    if minutes is None:
        return {"text": "", "values": {}, "done": done}
    text = "teach.plan.min" if minutes >= 1 else "teach.plan.under_a_minute"
    return {"text": text, "values": {"count": round(minutes)}, "done": done}


# ---- what is decided -------------------------------------------------------------------------------------------------


def _changes(values: Mapping[str, Any]) -> dict[str, Any]:
    changes = values.get("changes", {})
    if not isinstance(changes, Mapping) or not all(
        isinstance(name, str) and isinstance(value, str | int | float) and len(str(value)) <= LONGEST
        for name, value in changes.items()
    ):
        raise ValueError(f"changes are names of choices with what is wanted instead, got {changes!r:.80}")
    return dict(changes)


def _planned(kept: LabelSet, changes: Mapping[str, Any]) -> Planned:
    division = divide(kept.poses(), SEED)
    device = "cuda" if nvidia_driver() and devices.gpus() else devices.CPU  # counting GPUs takes torch, and seconds
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    suggested = planning.plan(division.learned, device=device, cores=cores)
    start = changes.get("start", "default")
    if start not in ("default", "none", *published()):  # a terminal may name a file; a page may not
        raise ValueError(f"there are no weights of the name {start!r:.60} to begin with")
    made = planning.plan(division.learned, device=device, cores=cores, changes=changes) if changes else suggested
    return Planned(division, suggested, made, device, cores)


def _ordered(names: Iterable[str]) -> list[str]:
    known = (*FIRST, *OTHERS)
    return [name for name in known if name in names] + [name for name in names if name not in (*known, *APART)]


# ---- in words --------------------------------------------------------------------------------------------------------


def _told(choice: Choice, suggested: Choice, planned: Planned, changes: Mapping[str, Any]) -> dict[str, Any]:
    # What is suggested may follow from other changes: a size from how far things are turned.
    text, values = _why(choice, planned)
    return {
        "name": choice.name,
        "text": choice.text,
        "suggested": suggested.text,
        "choices": list(choice.choices) if choice.choices else None,
        "changed": choice.asked and not choice.unsafe,
        "why": {"text": f"teach.plan.why.{text}", "values": values, "line": choice.reason},
        "refused": _refused(choice, planned, changes),
        "first": choice.name in FIRST,
    }


def _why(choice: Choice, planned: Planned) -> tuple[str, dict[str, Any]]:
    """Which words say why a choice was made, and with what values."""
    made, name = planned.made, choice.name
    habits, poses = made.habits, planned.division.learned
    started = bool(made["start"])
    kept = sum(row.place is not None for row in made.rows)
    things = sum(1 for thing in poses.samples if not thing.ignore and thing.labeled)
    if name == "start":
        if not started:
            return "start_none", {}
        if made["start"] == "default":
            return ("start_small" if planned.device == devices.CPU else "start_only"), {
                "kept": kept,
                "joints": len(made.rows),
            }
        return "start_large", {"kept": kept, "joints": len(made.rows)}
    if name == "input_size":
        if made["turn"] > 90:
            return "size_square", {}
        shapes = [np.log(thing.box.h / thing.box.w) for thing in poses.samples if not thing.ignore and thing.labeled]
        return "size_shape", {"ratio": f"{np.exp(np.median(shapes)):.1f}"}
    if name == "mirror":
        pairs = len(poses.skeleton.flip_pairs)
        if habits.mirrored is None:
            return "mirror_few", {"pairs": pairs}
        return ("mirror_yes" if habits.mirrors else "mirror_no"), {"pairs": pairs, "far": f"{habits.mirrored:.1f}"}
    if name == "turn":
        if habits.spread is None:
            return "turn_few", {}
        return ("turn_all" if habits.turns else "turn_some"), {"degrees": f"{habits.spread:.0f}"}
    if name == "steps":
        seen = made["steps"] * made["batch_size"]
        values = {"examples": seen, "things": things, "times": f"{seen / max(things, 1):.0f}"}
        return ("steps_limited" if made["minutes"] and not choice.asked else "steps"), values
    if name == "learning_rate":
        return ("rate" if started else "rate_none"), {"kept": kept, "joints": len(made.rows)}
    if name in ("trunk_factor", "freeze", "freeze_statistics") and not started:
        return f"{name}_none", {}
    return name, {}


def _refused(choice: Choice, planned: Planned, changes: Mapping[str, Any]) -> dict[str, Any] | None:
    """Why what somebody asked for is not done, in words and in the plan's own line."""
    if not choice.unsafe:
        return None
    limits = {
        "learning_rate": planning.RATES,
        "batch_size": planning.BATCHES,
        "steps": planning.STEPS,
        "input_size": planning.SIDES,
    }.get(choice.name, (0, 0))
    values = {"asked": str(changes.get(choice.name, "")), "low": f"{limits[0]:g}", "high": f"{limits[1]:g}"}
    far = planned.made.habits.mirrored
    values["far"] = "" if far is None else f"{far:.1f}"
    return {"text": f"teach.plan.refused.{choice.name}", "values": values, "line": choice.unsafe}
