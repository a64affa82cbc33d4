"""The run folder: the only truth about a run. Whoever shows a run reads this folder and nothing else.

recipe.json         what was asked for
events.jsonl        what happened, one line an event
last.ckpt           to go on from
best.safetensors    the best weights so far, ready for `hrnet.load(folder)`
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hrnet.training.checkpoint import Checkpoint
from hrnet.training.events import Event


class RunFolder:
    """Raises ValueError if the folder cannot be made or holds a run of another recipe."""

    def __init__(self, path: Path, recipe: Mapping[str, Any]) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            if self.recipe_file.is_file():
                earlier = json.loads(self.recipe_file.read_text())
                asked = json.loads(json.dumps(recipe))
                changed = sorted(k for k in earlier.keys() | asked.keys() if earlier.get(k) != asked.get(k))
                if changed:
                    raise ValueError(
                        f"{path} holds a run with other settings ({', '.join(changed)}); choose another folder"
                    )
            else:
                write_atomically(self.recipe_file, json.dumps(recipe, indent=1))
        except OSError as error:
            raise ValueError(f"cannot use {path} as a run folder: {error.strerror}") from error

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.json"

    @property
    def best(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def last(self) -> Path:
        return self.path / "last.ckpt"

    def checkpoint(self) -> Checkpoint | None:
        """Where an interrupted run stands, or None for a new one."""
        return Checkpoint.read(self.last) if self.last.is_file() else None

    def record(self, event: Event) -> None:
        with (self.path / "events.jsonl").open("a") as file:
            file.write(json.dumps(event.to_dict()) + "\n")

    def events(self) -> list[dict[str, Any]]:
        """All events so far. A last line cut off by a crash is left out."""
        path = self.path / "events.jsonl"
        lines = path.read_text().split("\n")[:-1] if path.is_file() else []
        return [json.loads(line) for line in lines]


def write_atomically(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text(text)
    os.replace(partial, path)
