"""Tens of pictures of one's own subject, from a network that knows people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hrnet import data
from hrnet.augment import (
    CoarseDropout,
    Compose,
    HalfBody,
    HorizontalFlip,
    LowResolution,
    Preset,
    Rotation,
    Scale,
    Step,
)
from hrnet.augment.turn import Turn
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from hrnet.sets.choices import Plan
from hrnet.sets.divide import Division, by_file, divide
from hrnet.sets.plan import ANY_WAY, plan
from hrnet.sets.rows import rows
from hrnet.sets.wishes import PARSERS
from hrnet.weights.checkpoint import Metadata
from train.recipes.keypoints import Keypoints
from train.recipes.recipe import Job

LOOKS = 10  # at the figures, in a whole training
SCALE = 0.25  # of the box, the spread of nearer and farther: boxes are drawn by the same hand

Lines = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Finetune(Keypoints):
    """Any joints. What is not said here (None), `hrnet.sets.plan` decides from the data and the machine."""

    splits: Path | None = None  # a file that says what is learned and what is judged, see hrnet.sets.divide.by_file
    start: str | None = None
    input_size: Size | None = None
    turn: float | None = None  # degrees: the standard deviation, from ANY_WAY on the most to either side
    hide: bool | None = None  # whether rectangles lie in the way, and pictures are blurred
    mirror: bool | None = None  # whether mirrored pictures are learned, and averaged in when it is judged
    batch_size: int | None = None
    learning_rate: float | None = None
    trunk_factor: float | None = None
    freeze: tuple[str, ...] | None = None
    freeze_statistics: bool | None = None
    average: float | None = None
    minutes: float | None = None  # that it may take; 0 for as many steps as it needs
    steps: int | None = None
    lines: Lines = ()  # how the set is divided and what was decided, for people

    def settled(self, device: str = "cpu", cores: int = 1) -> Finetune:
        """Raises ValueError where something that was asked for would not be safe; the message says why."""
        division = self.division()
        made = self.plan(division.learned, device, cores)
        if made.refused:
            raise ValueError("; ".join(made.refused))
        lines = (division.how, *self.lines) if self.lines else in_words(division, made)
        chosen = replace(self, **made.values, spec=made.spec, lines=lines)
        return replace(chosen, validate_every=self.validate_every or max(1, math.ceil(chosen.steps / LOOKS)))

    def going_on(self, earlier: Mapping[str, Any]) -> Finetune:
        """Weights or cores that came meanwhile change nothing any more."""
        decided = {}
        for name, parse in PARSERS.items():
            with suppress(ValueError, KeyError, TypeError, AttributeError):  # damaged; the run folder says so
                if getattr(self, name) is None:
                    decided[name] = parse(earlier[name])
        return replace(self, **decided, lines=("the run goes on as it was planned when it began",))

    def plan(self, learned: PoseSet, device: str, cores: int) -> Plan:
        said = {name: value for name in PARSERS if (value := getattr(self, name)) is not None}
        return plan(learned, device=device, cores=cores, changes=said)

    def division(self) -> Division:
        """By a file, by the splits of the labels, or by video, subject, picture and seed."""
        whole = data.read(self.data)
        if self.splits:
            return by_file(whole, self.splits, self.data)
        return divide(whole, self.seed, self.training, self.judging)

    def sets(self) -> tuple[PoseSet, PoseSet]:
        division = self.division()
        return division.learned, division.judged

    def begin(self, tensors: Mapping[str, np.ndarray], metadata: Metadata, job: Job) -> dict[str, np.ndarray]:
        """Everything but the head; of the head the rows that `hrnet.sets.rows` finds, zeros for the other joints."""
        taken = {name: value for name, value in tensors.items() if not name.startswith("final_layer.")}
        kept = rows(job.judged.joints, metadata.skeleton.joints if metadata.skeleton else ())
        if all(row.place is None for row in kept):
            return taken
        for name in ("final_layer.weight", "final_layer.bias"):
            head = np.zeros((len(kept), *tensors[name].shape[1:]), np.float32)
            for place, row in enumerate(kept):
                if row.place is not None:
                    head[place] = tensors[name][row.place]
            taken[name] = head
        return taken

    def seen(self, preset: Preset, learned: PoseSet) -> Preset:
        """The preset with the turns and mirrors of this subject; halves only of bodies that have an upper one."""

        def suited(step: Step) -> list[Step]:
            match step:
                case HalfBody():
                    return [step] if learned.skeleton.upper_body else []
                case Rotation():
                    return [Turn(self.turn) if self.turn >= ANY_WAY else replace(step, spread=self.turn)]
                case HorizontalFlip():
                    return [step] if self.mirror else []
                case Scale():
                    return [replace(step, spread=SCALE)]
                case LowResolution() | CoarseDropout():
                    return [step] if self.hide else []
            return [step]

        return replace(preset, augment=Compose(tuple(new for step in preset.augment.steps for new in suited(step))))

    @property
    def told(self) -> Lines:
        return self.lines

    @property
    def flips(self) -> bool:
        return bool(self.mirror)

    @property
    def decides(self) -> str:
        """OKS: of a few held-out pictures AP and PCK move in jumps."""
        return "OKS"

    def described(self) -> dict[str, Any]:
        described = super().described()
        del described["lines"]
        return described | {"start": Path(self.start).name or "none", "division": self.lines[0] if self.lines else ""}


@dataclass(frozen=True, kw_only=True)
class Plain(Finetune):
    """The same division, input, batch and layout, and everything else as published: what `Finetune` is measured by."""

    def seen(self, preset: Preset, learned: PoseSet) -> Preset:
        """The published steps; mirrored only where that is right for the subject."""
        kept = (step for step in preset.augment.steps if self.mirror or not isinstance(step, HorizontalFlip))
        return replace(preset, augment=Compose(tuple(kept)))


def in_words(division: Division, made: Plan) -> Lines:
    choices = (f"{choice.name} {choice.text}: {choice.reason}" for choice in made.choices)
    return division.how, *choices, f"about {made.minutes:.0f} minutes"
