"""What a lesson is made of: ordered steps, each with a little text, something to move, and what to notice.

A lesson is data. It holds no text, which lies beside it, one file per language (words.py), and no widgets, which are
the browser's. What it computes, it computes with the functions of `hrnet` that predict and train.
"""

from __future__ import annotations

import inspect
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import hrnet
from hrnet.geometry import OFFICIAL, Box, Size, crop_affine
from lessons.toys import PUBLISHED, Toy

Point = tuple[float, float]
Values = Mapping[str, Any]  # what fills the placeholders of a text


class Scene(Protocol):
    """What an answer may depend on: the learner's photo, the chosen person, and how the controls stand."""

    state: Mapping[str, Any]  # the controls, checked, by name

    @property
    def size(self) -> Size:
        """(height, width) of the photo."""

    @property
    def person(self) -> Box:
        """The chosen person, as the finder found them, in photo pixels."""

    @property
    def box(self) -> Box:
        """The box as the learner moved it, in photo pixels."""

    @property
    def input_size(self) -> Size:
        """(height, width) of what the network reads."""

    @property
    def joints(self) -> tuple[str, ...]:
        """Their names."""

    def keypoints(self, box: Box) -> np.ndarray:
        """float32 (K, 3): what the network answers for a box, in photo pixels."""

    def moved(self, cut: Sequence[str]) -> np.ndarray:
        """float (K,): how far every joint moves, in photo pixels, once these places of the network are cut."""


def in_crop(scene: Scene) -> np.ndarray:
    """(K, 2): the person's joints, in pixels of the published crop."""
    return crop_affine(scene.person, PUBLISHED, OFFICIAL).apply(scene.keypoints(scene.person))[:, :2]


@dataclass(frozen=True)
class Verdict:
    """How an answer was judged.

    Attributes:
        key: of the text that explains: "right", the name of a wrong belief, "other", or a task's outcome.
        values: what fills that text.
        truth: where that can be shown, the right option, point or number.
    """

    right: bool
    key: str
    values: Values = field(default_factory=dict)
    truth: Any = None


@dataclass(frozen=True)
class Choice:
    """One of a few options. Texts: `question`, `option.NAME` for each, `right`, and `wrong.NAME` for each wrong one.

    Attributes:
        right: the name of an option, or a function that measures which one it is on the learner's photo, and gives its
            name and what fills the texts. Where it is measured, every option needs a `wrong.NAME`.
    """

    options: tuple[str, ...]
    right: str | Callable[[Scene], tuple[str, Values]]

    kind = "choice"

    @property
    def wrong(self) -> tuple[str, ...]:
        """The options that can turn out to be wrong."""
        return tuple(option for option in self.options if option != self.right)

    @property
    def keys(self) -> tuple[str, ...]:
        """Of the texts that the question needs."""
        return (*(f"option.{o}" for o in self.options), "right", *(f"wrong.{option}" for option in self.wrong))

    def judge(self, answer: object, scene: Scene) -> Verdict:
        """Raises ValueError where the answer is no option."""
        if answer not in self.options:
            raise ValueError(f"the answer is one of {', '.join(self.options)}, got {answer!r:.60}")
        right, values = (self.right, {}) if isinstance(self.right, str) else self.right(scene)
        return Verdict(answer == right, "right" if answer == right else f"wrong.{answer}", values, right)


@dataclass(frozen=True)
class Place:
    """A point, put on a picture. Texts: `question`, `right`, `wrong.NAME` for each belief, and `wrong.other`.

    The answer is right within `tolerance` of the truth; else it is the nearest belief's within the same distance.
    {off} in the texts is the distance from the truth.

    Attributes:
        on: the part of the toy that is pointed at; points are in its pixels.
        beliefs: what those who are wrong believe, as functions that give the point which follows from it.
        axes: what counts, "x", "y" or "xy".
    """

    on: str
    truth: Callable[[Scene], Point]
    beliefs: Mapping[str, Callable[[Scene], Point]]
    tolerance: Callable[[Scene], float]
    axes: str = "xy"

    kind = "place"

    @property
    def wrong(self) -> tuple[str, ...]:
        return (*self.beliefs, "other")

    @property
    def keys(self) -> tuple[str, ...]:
        return ("right", *(f"wrong.{name}" for name in self.wrong))

    def judge(self, answer: object, scene: Scene) -> Verdict:
        """Raises ValueError where the answer is no [x, y]."""
        if not (isinstance(answer, list | tuple) and len(answer) == 2 and all(map(is_number, answer))):
            raise ValueError(f"the answer is a point [x, y], got {answer!r:.60}")
        used = ["xy".index(axis) for axis in self.axes]

        def off(point: Point) -> float:
            return math.hypot(*(float(answer[i]) - point[i] for i in used))

        truth, near = self.truth(scene), self.tolerance(scene)
        return _nearest(off, truth, self.beliefs, scene, near, [float(v) for v in truth])


@dataclass(frozen=True)
class Number:
    """A number, set with a slider. Texts and judging as for `Place`."""

    low: float
    high: float
    step: float
    truth: Callable[[Scene], float]
    beliefs: Mapping[str, Callable[[Scene], float]]
    tolerance: float
    shows: str = ""  # the part of the toy that draws the number while it is set

    kind = "number"

    @property
    def wrong(self) -> tuple[str, ...]:
        return (*self.beliefs, "other")

    @property
    def keys(self) -> tuple[str, ...]:
        return ("right", *(f"wrong.{name}" for name in self.wrong))

    def judge(self, answer: object, scene: Scene) -> Verdict:
        """Raises ValueError where the answer is no number of the slider."""
        if not is_number(answer) or not self.low <= answer <= self.high:
            raise ValueError(f"the answer is a number from {self.low} to {self.high}, got {answer!r:.60}")
        truth = self.truth(scene)
        return _nearest(lambda value: abs(answer - value), truth, self.beliefs, scene, self.tolerance, truth)


Question = Choice | Place | Number


@dataclass(frozen=True)
class Task:
    """Something to bring about in the toy. Texts: `task`, and `outcome.NAME` for each outcome.

    Attributes:
        outcomes: the names of what can come of it; the first means that it is solved.
        judge: gives the name of the outcome and what fills its text.
    """

    outcomes: tuple[str, ...]
    judge: Callable[[Scene], tuple[str, Values]]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(f"outcome.{name}" for name in self.outcomes)

    def grade(self, scene: Scene) -> Verdict:
        outcome, values = self.judge(scene)
        if outcome not in self.outcomes:
            raise KeyError(f"the task has no outcome {outcome!r}; it has {', '.join(self.outcomes)}")
        return Verdict(outcome == self.outcomes[0], f"outcome.{outcome}", values)


@dataclass(frozen=True)
class Source:
    """A real function that the step is about; its source is read from the package when it is shown.

    Attributes:
        lights: for a part of the toy, a piece of the source: the lines with it light up together with the part.
    """

    of: Callable | type
    lights: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.of.__module__}.{self.of.__qualname__}"

    def read(self) -> dict[str, Any]:
        """{"name", "file", "line", "code"}: the file as it is called inside the repository."""
        lines, first = inspect.getsourcelines(self.of)
        root = Path(hrnet.__file__).parents[1]
        file = Path(inspect.getsourcefile(self.of)).relative_to(root).as_posix()
        return {"name": self.name, "file": file, "line": first, "code": textwrap.dedent("".join(lines)).rstrip()}


@dataclass(frozen=True)
class Step:
    """One screen. Texts: `text`, `look` (what to notice), `try` (what to move), and those of its question and task.

    Attributes:
        start: how controls stand when the step is entered; the others as the step before left them.
        controls: those of the toy that the learner may move here.
        shows: optional parts of the toy that are there in this step.
        covered: parts of the toy that are hidden until the question was answered or skipped.
        presets: states to jump to, one button each. Texts: `preset.NAME`.
    """

    name: str
    start: Mapping[str, Any] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    question: Question | None = None
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    task: Task | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Of all the texts that the step needs, without its own name before them."""
        asked = ("question", *self.question.keys) if self.question else ()
        wanted = ("task", *self.task.keys) if self.task else ()
        return ("text", "look", "try", *asked, *wanted, *(f"preset.{name}" for name in self.presets))


@dataclass(frozen=True)
class Lesson:
    """A lesson: one toy, and steps that put it into one state after another."""

    toy: Toy
    steps: tuple[Step, ...]

    def step(self, name: object) -> Step:
        """Raises ValueError where there is none of that name."""
        for step in self.steps:
            if step.name == name:
                return step
        raise ValueError(f"this lesson has the steps {', '.join(s.name for s in self.steps)}, got {name!r:.60}")


def is_number(value: object) -> bool:
    """Whether it is a finite number, and no truth value."""
    return type(value) in (int, float) and math.isfinite(value)


def _nearest(
    off: Callable[[Any], float], truth: Any, beliefs: Mapping[str, Callable], scene: Scene, near: float, shown: Any
) -> Verdict:
    """The truth if it is near, else the belief that the answer is nearest to, else "other"."""
    values = {"off": off(truth)}
    if off(truth) <= near:
        return Verdict(True, "right", values, shown)
    far = {name: off(belief(scene)) for name, belief in beliefs.items()}
    name = min(far, key=far.__getitem__, default="other")
    return Verdict(False, f"wrong.{name if name in far and far[name] <= near else 'other'}", values, shown)
