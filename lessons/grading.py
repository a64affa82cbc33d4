"""Judges a coding exercise: hidden cases, and a message for every usual misconception.

The learner's code runs in a process of its own (child.py) with limits of time and memory, never in this one and never
in the server. What it should have answered is computed here, so it cannot be read from the cases.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SECONDS = 10  # of computing, for all cases of an exercise together; a right solution needs a tenth of one
PATIENCE = 6  # times as long it may take by the clock, for a busy machine, and for code that only waits
NOT_YET = "NotImplementedError"  # what an exercise raises that nobody has filled in


@dataclass(frozen=True)
class Case:
    """One hidden call. Its name says what is special about it; its text is `code.case.NAME`."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Exercise:
    """A function to write.

    Attributes:
        function: its name in exercise.py.
        solution: what it should do; where this raises ValueError, so must the learner's.
        misconceptions: by name, what those write who believe something wrong; each has the text `code.wrong.NAME`.
        tolerance: the largest absolute difference of a number that still counts as equal.
    """

    function: str
    solution: Callable[..., Any]
    cases: tuple[Case, ...]
    misconceptions: Mapping[str, Callable[..., Any]]
    tolerance: float = 1e-4


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a call came to: a value, or an error; `where` says which line of the learner's raised it."""

    value: Any = None
    raised: str = ""
    where: str = ""

    def equals(self, other: Outcome, tolerance: float) -> bool:
        if self.raised or other.raised:
            return self.raised == other.raised
        return difference(self.value, other.value) <= tolerance

    def __str__(self) -> str:
        return f"{self.raised} ({self.where})" if self.raised else brief(self.value)


@dataclass(frozen=True, eq=False)
class Report:
    """How an exercise stands.

    Attributes:
        passed, failed: names of cases.
        misconception: the name of the belief that answers as the learner's code does, or None.
        first: of the first failed case: the case, what was expected, what came.
        problem: why the cases could not be run to their end: "missing", "not_yet", "broken", "time", "died"; or "".
    """

    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    misconception: str | None = None
    first: tuple[Case, Outcome, Outcome] | None = None
    problem: str = ""
    detail: str = ""

    @property
    def right(self) -> bool:
        return not self.failed and not self.problem


def check(exercise: Exercise, file: Path, seconds: float = SECONDS) -> Report:
    """Run the learner's file on every case, and find out what they believe.

    Args:
        seconds: of computing; by the clock, PATIENCE times as many.
    """
    if not file.is_file():
        return Report(problem="missing", detail=str(file))
    answers, problem, detail = run(file, exercise.function, [case.arguments for case in exercise.cases], seconds)
    if any(answer.raised == NOT_YET for answer in answers):
        return Report(problem="not_yet", detail=exercise.function)
    expected = [call(exercise.solution, case.arguments) for case in exercise.cases]
    same = [a.equals(e, exercise.tolerance) for a, e in zip(answers, expected, strict=False)]
    wrong = [i for i, fits in enumerate(same) if not fits]
    first = (exercise.cases[wrong[0]], expected[wrong[0]], answers[wrong[0]]) if wrong else None
    return Report(
        passed=tuple(exercise.cases[i].name for i, fits in enumerate(same) if fits),
        failed=tuple(exercise.cases[i].name for i in wrong),
        misconception=recognize(exercise, answers, wrong),
        first=first,
        problem=problem,
        detail=detail or (exercise.cases[len(answers)].name if problem == "time" else ""),
    )


def recognize(exercise: Exercise, answers: Sequence[Outcome], wrong: Sequence[int]) -> str | None:
    """The misconception that gives the same wrong answers, in the most cases; none where no wrong answer is its own."""
    best, most = None, 0
    for name, believed in exercise.misconceptions.items():
        theirs = {i: call(believed, exercise.cases[i].arguments) for i in wrong}
        # an error alone tells nothing: any slip raises a TypeError
        shared = sum(answers[i].equals(theirs[i], exercise.tolerance) and not answers[i].raised for i in wrong)
        if shared > most:
            best, most = name, shared
    return best


def call(function: Callable[..., Any], arguments: Sequence[Any]) -> Outcome:
    """What our own code answers."""
    try:
        return Outcome(plain(function(*arguments)))
    except Exception as error:  # a misconception may raise whatever it likes
        return Outcome(raised=type(error).__name__)


def run(file: Path, function: str, calls: Sequence[Sequence[Any]], seconds: float) -> tuple[list[Outcome], str, str]:
    """What the learner's function answers to every call, as far as it got; the problem and its detail, or "" and "".

    The function prints where this process would. It sees neither the cases to come nor what is expected.
    """
    question = {"file": str(file.resolve()), "function": function, "calls": encode(list(map(list, calls)))}
    asked = json.dumps({**question, "seconds": math.ceil(seconds)})
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+b") as answered:
        process = subprocess.Popen(
            [sys.executable, "-m", "lessons.child"],
            stdin=subprocess.PIPE,
            stdout=answered,  # a file, not a pipe: what was written stays there, however the process ends
            cwd=folder,
            env={**environment, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *sys.path])},
            start_new_session=os.name == "posix",
        )
        late = False
        try:
            process.communicate(asked.encode(), timeout=PATIENCE * seconds)
        except subprocess.TimeoutExpired:
            late = True
            end(process)
        late = late or process.returncode == -getattr(signal, "SIGXCPU", math.inf)  # it had computed for so long
        answered.seek(0)
        whole, _, _ = answered.read().decode().rpartition("\n")  # behind the last line's end is what was cut off
        lines = [json.loads(line) for line in whole.splitlines()]
    outcomes = [
        Outcome(decode(line.get("value")), line.get("raised", ""), line.get("where", ""))
        for line in lines
        if "broken" not in line
    ]
    for line in lines:
        if "broken" in line:
            return outcomes, "broken", line["broken"]
    if len(outcomes) < len(calls):
        return outcomes, "time" if late else "died", "" if late else f"exit status {process.returncode}"
    return outcomes, "", ""


def end(process: subprocess.Popen) -> None:
    """The process, and whatever it started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


# ---- values: numbers, words, lists and arrays, and nothing that could run -------------------------------------------


def plain(value: Any) -> Any:
    """Tuples as lists, numpy's numbers as Python's; arrays stay arrays."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def encode(value: Any) -> Any:
    """As JSON. Raises TypeError for anything else than numbers, words, None, lists, tuples and arrays of numbers."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError(f"an array of {value.dtype} is no answer")
        return {"shape": list(value.shape), "array": value.astype(np.float64).ravel().tolist()}
    if isinstance(value, list):
        return [encode(one) for one in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} is no answer")


def decode(value: Any) -> Any:
    if isinstance(value, dict):
        return np.array(value["array"], np.float64).reshape(value["shape"])
    if isinstance(value, list):
        return [decode(one) for one in value]
    return value


def difference(a: Any, b: Any) -> float:
    """The largest difference of their numbers; infinite where they are not of the same form."""
    if isinstance(a, list) and isinstance(b, list):
        return max(map(difference, a, b), default=0.0) if len(a) == len(b) else np.inf
    if isinstance(a, list) or isinstance(b, list) or a is None or b is None or isinstance(a, str) or isinstance(b, str):
        return 0.0 if type(a) is type(b) and a == b else np.inf
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape:
        return np.inf
    return float(np.nan_to_num(np.abs(a - b), nan=np.inf).max(initial=0.0))


def brief(value: Any) -> str:
    """A value in one line."""
    if isinstance(value, np.ndarray):
        if value.size == 0:
            return f"an empty array {value.shape}"
        y = np.unravel_index(int(np.argmax(value)), value.shape)
        return f"array {value.shape}, sum {value.sum():.4g}, highest {value.max():.4g} at {tuple(map(int, y))}"
    if isinstance(value, list):
        return f"({', '.join(map(brief, value))})"
    return f"{value:.6g}" if isinstance(value, float) else repr(value)[:200]
