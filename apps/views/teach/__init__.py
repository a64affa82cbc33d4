"""The bench "Teach it yours": from pictures to a network of one's own, in steps. Each step is a module here.

A question says which step is to do what, {"do": "label.stroke", "set": token, ...}. What a step can do is every public
function of its module that takes (desk, values, say) and gives plain JSON; ValueError is the visitor's one line. A step
may also have `state(desk, kept) -> {"text": key, "values": {...}, "done": bool} | None`: what the ribbon of the page
says of it, for a set that is open ("" where only `done` counts). It must be quick: it is asked after every change.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any

from apps.marks import LOOK

if TYPE_CHECKING:
    from apps.desk import Desk
    from hrnet.sets import LabelSet

STEPS = ("bring", "label", "check", "plan", "run", "compare")

Say = Callable[[float], None]
Verb = Callable[["Desk", Mapping[str, Any], Say], dict[str, Any]]


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """What the step that the question names has to say.

    Raises:
        ValueError: there is no such step, or it cannot do that; one line. So does what the step refuses.
    """
    return verb(values.get("do"))(desk, values, say)


def verb(name: object) -> Verb:
    """The function that "label.stroke" names. Only what is made to be asked can be named: no helper, no import.

    Raises:
        ValueError: there is none.
    """
    step, _, action = name.partition(".") if isinstance(name, str) else ("", "", "")
    found = None if action.startswith("_") or not action.isidentifier() else getattr(module(step), action, None)
    if found is None or not _is_verb(found):
        raise ValueError(f"a question says what to do as step.action, such as bring.sets; got {name!r:.60}")
    return found


def module(step: str) -> ModuleType | None:
    """The module of a step; None where there is none."""
    name = f"{__name__}.{step}"
    return import_module(name) if step in STEPS and find_spec(name) else None


def _is_verb(found: object) -> bool:
    if not inspect.isfunction(found) or not found.__module__.startswith(f"{__name__}."):
        return False
    return tuple(inspect.signature(found).parameters) == ("desk", "values", "say")


def props(desk: Desk) -> dict[str, Any]:
    """What the page begins with: skeletons that are ready, how skeletons look, and limits."""
    from apps.uploads import MAX_CLIP
    from apps.views.teach.importing import MAX_FRAMES
    from apps.views.teach.skeletons import ready
    from hrnet.data.importers.frames import FRAMES

    return {
        "alone": desk.alone,
        "ready": ready(),
        "look": LOOK,
        "most_bytes": MAX_CLIP,
        "frames": {"usual": FRAMES, "most": MAX_FRAMES},
    }


def opened(desk: Desk, values: Mapping[str, Any]) -> LabelSet:
    """The set that a question names with its token, "set".

    Raises:
        hrnet.sets.SetError: there is none, or no longer; one line.
    """
    token = values.get("set")
    return desk.sets.open(token if isinstance(token, str) else "")


def states(desk: Desk, kept: LabelSet) -> dict[str, dict[str, Any]]:
    """What each step says of a set, by its name."""
    tellers = {step: getattr(module(step), "state", None) for step in STEPS}
    told = {step: teller(desk, kept) for step, teller in tellers.items() if teller}
    return {step: said for step, said in told.items() if said}
