"""What every recipe says of a training, as data: `--set NAME=VALUE` changes any of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from hrnet.spec import SPECS
from hrnet.training.schedule import LearningRates, Schedule, StepSchedule, WarmUp, epochs
from hrnet.training.settings import Settings
from hrnet.training.trainer import Task
from hrnet.weights.checkpoint import Metadata

Progress = Callable[[int, int], None]  # photos done, photos in all
PLACES = (
    "name",
    "data",
    "called",
    "cache",
    "start",
    "splits",
)  # fields that say where files lie, or what they are called

# Of the epochs: where the published schedule lowers the rate, 170 and 200 of 210.
DROPS = (170 / 210, 200 / 210)


@dataclass(frozen=True)
class Job:
    """A recipe with its data read: what the trainer is given.

    samples: how many examples an epoch has. judged: what the figures are measured on. problems: one line each, what
    was wrong with the data and left out.
    """

    task: Task
    samples: int
    judged: PoseSet
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """A training by name; subclasses say which network learns what."""

    name: str  # what it is called, `python -m train NAME`
    data: Path  # the labeled set
    called: str = ""  # what weights say of where they learned, where that is not the name of the set's file
    cache: Path  # where prepared pixels are kept
    start: str = ""  # weights to begin with: a catalogue name, a file, a run folder; "" for random ones
    batch_size: int = 24  # examples a step, on all devices together
    steps: int = 10_000  # of the optimizer; 0 for as many as the epochs have
    epochs: int = 0
    optimizer: str = "adamw"
    learning_rate: float = 2e-3  # the highest
    drops: bool = False  # whether the rate falls to a tenth at DROPS, as published; else it sinks along a cosine
    warmup: int = Schedule.warmup  # steps in which the rate rises
    decay_from: float = 0.0  # of a cosine: the fraction of the steps before it begins
    weight_decay: float = 0.01
    average: float = 0.998  # memory of the moving average of the weights; 0 for none
    clip: float = 5.0  # largest gradient norm; 0 for any
    freeze: tuple[str, ...] = ()  # parts that keep their weights, see hrnet.training.parts
    freeze_statistics: bool = False  # of all batch norms
    trunk_factor: float = 1.0  # the learning rate of everything but the head, as a part of the head's
    validate_every: int = 0  # steps; 0 for every epoch, or twenty times in all where there are fewer epochs
    seed: int = 1

    def settled(self, device: str = "cpu", cores: int = 1) -> Recipe:
        """With everything filled in that the data, the weights to begin with and the machine decide."""
        return self

    def going_on(self, earlier: Mapping[str, Any]) -> Recipe:
        """For a run that began earlier, as its recipe.json says: what was decided then stays as it is."""
        return self

    @property
    def told(self) -> tuple[str, ...]:
        """What was decided, in lines for people."""
        return ()

    @abstractmethod
    def job(self, progress: Progress = lambda done, total: None) -> Job:
        """Read and prepare the data, and set the task.

        Raises:
            ValueError: the data cannot be trained on; one line.
        """

    @abstractmethod
    def network(self, job: Job) -> nn.Module:
        """Before the first step, without weights to begin with."""

    @abstractmethod
    def begin(self, tensors: Mapping[str, np.ndarray], metadata: Metadata, job: Job) -> dict[str, np.ndarray]:
        """What of a weights file the network begins with."""

    @abstractmethod
    def measured(self, figures: Mapping[str, float], job: Job) -> Metadata:
        """The metadata of weights that gave these figures in validation."""

    def rates(self, samples: int) -> LearningRates:
        """The learning rate of every step, for a training set of so many examples."""
        steps = self.steps or epochs(self.epochs, samples, self.batch_size)
        warmup = min(self.warmup, steps // 5)
        if self.drops:
            falling = StepSchedule(self.learning_rate, steps, tuple(max(1, round(steps * part)) for part in DROPS))
            return WarmUp(falling, warmup) if warmup else falling
        return Schedule(self.learning_rate, steps, warmup=warmup, decay_from=self.decay_from)

    def settings(self, samples: int, **machine: Any) -> Settings:
        """How to learn.

        Args:
            machine: what depends on where it runs: precision, accumulate, compile and other fields of `Settings`.
        """
        rates = self.rates(samples)
        epoch = epochs(1, samples, self.batch_size)
        return Settings(
            rates,
            optimizer=self.optimizer,
            weight_decay=self.weight_decay,
            factors={"trunk": self.trunk_factor, "head": 1.0} if self.trunk_factor != 1 else {},
            freeze=self.freeze,
            freeze_statistics=self.freeze_statistics,
            decay=self.average,
            clip=self.clip or None,
            validate_every=self.validate_every or max(1, min(epoch, rates.steps // 20)),
            **machine,
        )

    def described(self) -> dict[str, Any]:
        """What recipe.json says: everything that decides the result, nothing that only says where files lie."""
        values = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in PLACES}
        values = {name: value.to_dict() if hasattr(value, "to_dict") else value for name, value in values.items()}
        return {"recipe": self.name, "start": Path(self.start).name, **values}


@dataclass(frozen=True)
class Named:
    """A recipe in the list: `kind` with other defaults, and what a person wants to know before starting it."""

    kind: type[Recipe]
    about: str
    hardware: str  # what it is meant for
    expected: str  # the result, published or measured, and where that is said
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def make(self, name: str, **chosen: Any) -> Recipe:
        return self.kind(name=name, **{**self.defaults, **chosen})


def settable(recipe: type[Recipe]) -> dict[str, Field]:
    """The fields that a person can set by a word or a number."""
    return {f.name: f for f in fields(recipe) if _kind(f) in PARSERS and f.name != "name"}


def parsed(recipe: type[Recipe], name: str, text: str) -> Any:
    """The value of a field from what a person typed.

    Raises:
        ValueError: there is no such field, or it is not that; one line.
    """
    known = settable(recipe)
    if name not in known:
        raise ValueError(f"there is no setting {name}; there are {', '.join(sorted(known))}")
    kind = _kind(known[name])
    try:
        return PARSERS[kind](text)
    except (ValueError, KeyError):
        raise ValueError(f"{name} is {NAMES[kind]}, got {text!r}") from None


def _kind(setting: Field) -> str:
    """What a person types for it; None is for those who say nothing."""
    return setting.type.removesuffix(" | None")


def size(text: str) -> Size:
    """Height and width from such as 256x192."""
    height, width = (int(part) for part in text.lower().split("x"))
    return height, width


PARSERS: dict[str, Callable[[str], Any]] = {
    "int": int,
    "float": float,
    "str": str,
    "bool": lambda text: {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}[text.lower()],
    "Size": size,
    "ModelSpec": SPECS.__getitem__,
    "tuple[str, ...]": lambda text: tuple(part for part in text.split(",") if part),
}
NAMES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a word",
    "bool": "yes or no",
    "Size": "height x width, such as 256x192",
    "ModelSpec": f"a network, one of {', '.join(SPECS)}",
    "tuple[str, ...]": "names with commas between them",
}
