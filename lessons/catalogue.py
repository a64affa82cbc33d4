"""Finds the lessons: every folder NN_name beside this file is one."""

from __future__ import annotations

from functools import cache, cached_property
from importlib import import_module
from pathlib import Path

from lessons import words
from lessons.frame import Lesson
from lessons.grading import Exercise

FOLDER = Path(__file__).parent


class Entry:
    """One lesson's folder. What is in it is imported when it is asked for.

    Attributes:
        number: as in the name of the folder, 01_crop.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = int(folder.name[:2])

    @cached_property
    def lesson(self) -> Lesson:
        return self._module("lesson").LESSON

    @cached_property
    def exercise(self) -> Exercise:
        return self._module("grade").EXERCISE

    @property
    def exercise_file(self) -> Path:
        """What the learner fills in."""
        return self.folder / "exercise.py"

    def texts(self, language: str) -> dict[str, str]:
        """As `words.texts`."""
        return words.texts(self.folder, language)

    def _module(self, name: str):
        return import_module(f"lessons.{self.folder.name}.{name}")


@cache
def entries() -> dict[int, Entry]:
    """Every lesson by its number, in order."""
    folders = sorted(path.parent for path in FOLDER.glob("[0-9][0-9]_*/lesson.py"))
    return {entry.number: entry for entry in map(Entry, folders)}


def entry(number: object) -> Entry:
    """Raises ValueError where there is no lesson of that number."""
    if type(number) is not int or number not in entries():
        raise ValueError(f"there are the lessons {', '.join(map(str, entries()))}, got {number!r:.60}")
    return entries()[number]
