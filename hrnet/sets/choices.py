"""What was decided before a training, each choice with its reason: see `hrnet.sets.plan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hrnet.sets.habits import Habits
from hrnet.sets.rows import Row
from hrnet.sets.wishes import text
from hrnet.spec import ModelSpec


@dataclass(frozen=True)
class Choice:
    """One thing that was decided.

    value: as the recipe takes it; `text` as the command line does. choices: what else a person may take, as text; None
    for any. unsafe: why what was asked for was refused; then `value` is what is done instead.
    """

    name: str
    value: Any
    reason: str
    choices: tuple[str, ...] | None = None
    unsafe: str = ""
    asked: bool = False  # whether a person said so

    @property
    def text(self) -> str:
        return text(self.value)


@dataclass(frozen=True)
class Plan:
    """Everything that was decided. minutes: that it will take, roughly. rows: of the head, joint by joint. refused: one
    line for everything that was asked for and is not done. spec: the layout of the network."""

    choices: tuple[Choice, ...]
    minutes: float
    rows: tuple[Row, ...]
    refused: tuple[str, ...]
    habits: Habits
    spec: ModelSpec

    def __getitem__(self, name: str) -> Any:
        """The value of a choice. Raises KeyError where there is none of that name."""
        for choice in self.choices:
            if choice.name == name:
                return choice.value
        raise KeyError(name)

    @property
    def values(self) -> dict[str, Any]:
        """What the recipe is given, by the names of its settings; the device is no part of it."""
        return {choice.name: choice.value for choice in self.choices if choice.name != "device"}

    def options(self) -> list[str]:
        """For the command line of `python -m train finetune_small`: what a person has said, and the device. What was
        not said is decided there again, by the same rules."""
        words = ["--device", self["device"]]
        for choice in self.choices:
            if choice.asked and not choice.unsafe and choice.name != "device":
                words += ["--set", f"{choice.name}={choice.text}"]
        return words
