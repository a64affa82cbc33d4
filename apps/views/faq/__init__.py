"""The bench "FAQ": what people really ask about HRNet, answered by what the functions of `hrnet` give here and now.

The page asks when a question is opened. Texts are keys of the catalogue, `faq.{question}.*`; numbers in them are made
here, on the visitor's photo or an example. What only a publication can tell is in `published.py`, with its source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.faq.parts import Answer
    from apps.views.faq.subject import Subject

Say = Callable[[float], None]
Question = Callable[["Desk", "Subject", Say], "Answer"]

# In the order of the page. Every file below is a group, every function of these names in it answers one question.
GROUPS: dict[str, tuple[str, ...]] = {
    "crop": ("padding", "pixel_std", "aspect", "rules"),
    "people": ("half_person", "sides", "boxes", "given_or_found"),
    "heatmaps": ("quarter_size", "quarter_offset", "sigma", "overlay"),
    "mirror": ("flip_shift", "color"),
    "measures": ("score", "oks", "target_weights"),
    "machine": ("gpu", "gflops"),
}
QUESTIONS = {question: group for group, questions in GROUPS.items() for question in questions}

DEFAULT = "example-friends"  # the photo where the visitor brought none


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The answer to one question.

    Args:
        values: {"ask", one of QUESTIONS, or "who": the people of the photo; "photo", a token, maybe missing; "person",
            which of them from 0, maybe missing}.
    Returns:
        "ask" again, and for a question what `parts.Answer` has; for "who" what `subject.who` says.
    Raises:
        ValueError: the question is not one of these, or names what is not there; one line for the visitor.
    """
    from apps.views.faq.subject import subject, who

    ask = values.get("ask")
    if ask != "who" and (not isinstance(ask, str) or ask not in QUESTIONS):
        raise ValueError(f"ask is who or one of {', '.join(QUESTIONS)}, got {ask!r:.60}")
    token, person = values.get("photo") or DEFAULT, values.get("person", 0)
    if ask == "who":
        return {"ask": ask, **who(desk, token)}
    question: Question = getattr(import_module(f"{__name__}.{QUESTIONS[ask]}"), ask)
    return {"ask": ask, **question(desk, subject(desk, token, person), say).to_dict()}


def props(desk: Desk) -> dict[str, Any]:
    """What the page is given: the questions by group, and the photo where the visitor has none."""
    return {"groups": {group: list(questions) for group, questions in GROUPS.items()}, "default": DEFAULT}
