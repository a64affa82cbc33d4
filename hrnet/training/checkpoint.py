"""Everything a run needs to go on as if it had never stopped."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from hrnet.files import replacing


@dataclass(frozen=True)
class Checkpoint:
    """step: steps done, which is also the place in the examples. best: the best validation figure so far.

    rng: the CPU's generator of the first process; generators: of every process, {"cpu": ..., "cuda": ...}.
    scaler: of the loss, with fp16. loss: its running mean. Files written before these three were there lack them.
    """

    step: int
    network: dict[str, Any]
    average: dict[str, Any]
    optimizer: dict[str, Any]
    rng: torch.Tensor
    best: float
    generators: list[dict[str, torch.Tensor]] = field(default_factory=list)
    scaler: dict[str, Any] = field(default_factory=dict)
    loss: float | None = None

    def write(self, path: Path) -> None:
        """Whole or not at all: a run killed while writing keeps its last checkpoint.

        Raises:
            OSError: the disk is full, or the folder cannot be written.
        """
        with replacing(path, lasting=True) as part, part.open("wb") as file:
            try:
                torch.save(vars(self), file)
            except RuntimeError as error:  # torch finishes its archive on the full disk too, and that error comes last
                raise _of_the_disk(error) from error

    @classmethod
    def read(cls, path: Path) -> Checkpoint:
        """Raises ValueError, one line, if the file is no checkpoint of a run."""
        try:
            return cls(**torch.load(path, map_location="cpu", weights_only=True))
        except (OSError, EOFError, KeyError, RuntimeError, TypeError, ValueError, pickle.UnpicklingError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(f"{path} is not a checkpoint of a run: {reason}") from error


def _of_the_disk(error: BaseException) -> BaseException:
    """What the disk said, if it was the disk."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, OSError):
        cause = cause.__context__
    return cause or error
