"""The bench "Lessons": the texts of a lesson, what its toy shows of the learner's photo, and how answers are judged.

The lessons themselves are in the package `lessons`. Their coding exercises are judged by a command, never here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from apps import text
from apps.model import Model
from apps.views.lesson.scene import Shot
from lessons import words
from lessons.catalogue import Entry, entries, entry
from lessons.frame import Choice, Place, Question, Step, Verdict
from lessons.toys import Toy

Say = Callable[[float], None]


class Desk(Protocol):
    """What the frame gives to a bench."""

    model: Model

    def photo(self, token: str) -> np.ndarray:
        """uint8 (H, W, 3). Raises ValueError where there is none, or no longer."""

    def picture(self, pixels: np.ndarray, kind: str) -> str:
        """The address of a picture, uint8 (H, W, 3), "png" or "jpeg"."""


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The answer to one question of the page.

    Args:
        values: {"ask", one of ASKS; "language"} and what the kind of question needs besides:
            "list" nothing; "lesson": "lesson", its number; "source": "lesson" and "step";
            "people": "photo", a token;
            "toy": "lesson", "photo", "person", a box [x, y, width, height] in photo pixels, and "state", the controls;
            "predict": all of these, "step" and "answer";
            "task": all of these and "step".
    Returns:
        the question's kind as "ask", and what its function here gives.
    Raises:
        ValueError: the question is not one of these, or names what is not there; one line for the visitor.
    """
    ask = values.get("ask")
    if not isinstance(ask, str) or ask not in ASKS:
        raise ValueError(f"ask is one of {', '.join(ASKS)}, got {ask!r:.60}")
    return {"ask": ask, **ASKS[ask](desk, values, say)}


# ---- texts -----------------------------------------------------------------------------------------------------------


def _list(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Every lesson's `number`, `title` and `goal`."""
    language = _language(values)
    listed = []
    for number, one in entries().items():
        texts = one.texts(language)
        listed.append({"number": number, "title": texts["title"], "goal": words.plain(texts["goal"])})
    return {"lessons": listed}


def _lesson(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """A whole lesson but for the answers and their explanations, which come when an answer was given."""
    one = entry(values.get("lesson"))
    texts, toy = one.texts(_language(values)), one.lesson.toy
    return {
        "number": one.number,
        "title": texts["title"],
        "goal": words.paragraphs(texts["goal"]),
        "toy": toy.name,
        "parts": toy.parts,
        "margin": toy.margin,
        "controls": {name: {"kind": control.kind, **vars(control)} for name, control in toy.controls.items()},
        "start": toy.checked({}),
        "steps": [_step(step, texts) for step in one.lesson.steps],
        "code": {
            "title": texts["code.title"],
            "text": words.paragraphs(texts["code.text"]),
            "file": f"lessons/{one.folder.name}/{one.exercise_file.name}",
            "command": f"python -m lessons check {one.number}",
        },
    }


def _step(step: Step, texts: Mapping[str, str]) -> dict[str, Any]:
    def said(key: str) -> list[list[words.Run]]:
        return words.paragraphs(texts[f"{step.name}.{key}"])

    return {
        "name": step.name,
        "title": texts[f"{step.name}.title"],
        "text": said("text"),
        "look": said("look"),
        "try": said("try"),
        "start": dict(step.start),
        "controls": step.controls,
        "shows": step.shows,
        "covered": step.covered,
        "presets": [
            {"name": n, "label": texts[f"{step.name}.preset.{n}"], "state": s} for n, s in step.presets.items()
        ],
        "question": step.question and {"text": said("question"), **_question(step, step.question, texts)},
        "task": step.task and said("task"),
        "sources": len(step.sources),
    }


def _question(step: Step, question: Question, texts: Mapping[str, str]) -> dict[str, Any]:
    if isinstance(question, Choice):
        options = [{"name": name, "label": texts[f"{step.name}.option.{name}"]} for name in question.options]
        return {"kind": question.kind, "options": options}
    if isinstance(question, Place):
        return {"kind": question.kind, "on": question.on, "axes": question.axes}
    return {"kind": question.kind, **{name: getattr(question, name) for name in ("low", "high", "step", "shows")}}


def _source(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The functions of a step as they stand in the package: `name`, `file`, `line`, and `lines` of {text, parts}."""
    one, step = _place(values)
    sources = []
    for source in step.sources:
        read = source.read()
        lines = [
            {"text": line, "parts": [part for part, piece in source.lights.items() if piece in line]}
            for line in read.pop("code").splitlines()
        ]
        sources.append({**read, "lines": lines})
    return {"lesson": one.number, "step": step.name, "sources": sources}


# ---- the learner's photo ---------------------------------------------------------------------------------------------


def _people(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Whom to look at: `boxes` [x, y, width, height, score], the surest first; and what is known of the network."""
    from apps.views.inside import answer as inside

    found = inside(desk, {"ask": "people", "photo": values.get("photo")}, say)
    metadata = desk.model.estimator.topdown.metadata
    skeleton = metadata.skeleton
    return {
        **{name: found[name] for name in ("width", "height", "boxes")},
        "network": {"size": metadata.input_size, "rule": metadata.rule.family, "spec": metadata.spec.name},
        "skeleton": {"joints": skeleton.joints, "sides": skeleton.sides, "limbs": skeleton.limbs},
    }


def _toy(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """What the toy shows for these controls, as its function in toys.py gives it."""
    from apps.views.lesson.toys import SHOWS

    one = entry(values.get("lesson"))
    toy = one.lesson.toy
    return {"toy": toy.name, **SHOWS[toy.name](_shot(desk, values, toy, say), desk.picture)}


def _predict(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """How a prediction was judged; see `_judged`."""
    one, step = _place(values)
    if step.question is None:
        raise ValueError(f"the step {step.name!r} asks nothing")
    verdict = step.question.judge(values.get("answer"), _shot(desk, values, one.lesson.toy, say))
    return _judged(one, step, verdict, _language(values))


def _task(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """How a task stands; see `_judged`."""
    one, step = _place(values)
    if step.task is None:
        raise ValueError(f"the step {step.name!r} has no task")
    return _judged(one, step, step.task.grade(_shot(desk, values, one.lesson.toy, say)), _language(values))


def _judged(one: Entry, step: Step, verdict: Verdict, language: str) -> dict[str, Any]:
    """Whether it is `right`, the `text` that explains, and where it can be shown, the `truth`."""
    values = dict(verdict.values)
    if "joint" in values:
        values["joint"] = text.catalogue(language).get(f"joint.{values['joint']}", values["joint"].replace("_", " "))
    said = words.filled(one.texts(language)[f"{step.name}.{verdict.key}"], values)
    return {
        "lesson": one.number,
        "step": step.name,
        "right": verdict.right,
        "text": words.paragraphs(said),
        "truth": verdict.truth,
    }


ASKS: dict[str, Callable[[Desk, Mapping[str, Any], Say], dict[str, Any]]] = {
    "list": _list,
    "lesson": _lesson,
    "source": _source,
    "people": _people,
    "toy": _toy,
    "predict": _predict,
    "task": _task,
}


def _place(values: Mapping[str, Any]) -> tuple[Entry, Step]:
    one = entry(values.get("lesson"))
    return one, one.lesson.step(values.get("step"))


def _shot(desk: Desk, values: Mapping[str, Any], toy: Toy, say: Say) -> Shot:
    return Shot(desk, values.get("photo"), values.get("person"), toy.checked(values.get("state", {})), say)


def _language(values: Mapping[str, Any]) -> str:
    language = values.get("language")
    if language not in words.LANGUAGES:
        raise ValueError(f"language is one of {', '.join(words.LANGUAGES)}, got {language!r:.60}")
    return language
