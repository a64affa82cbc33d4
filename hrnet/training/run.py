"""The run folder: the only truth about a run. Whoever shows a run reads this folder and nothing else.

recipe.json         what was asked for
events.jsonl        what happened, one line an event
last.ckpt           to go on from
best.safetensors    the best weights so far, ready for `hrnet.load(folder)`
seen/STEP-n.json    what was answered at that step on picture n of the same few, see `hrnet.training.look`
lock                held by the process that trains here
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from hrnet.files import LEFT, replacing
from hrnet.lock import locked
from hrnet.training.checkpoint import Checkpoint
from hrnet.training.events import Event


class RunFolder:
    """Raises ValueError if the folder cannot be made or holds a run of another recipe.

    Under torchrun only the first process makes it and writes to it; on other machines it need not even be there.
    """

    def __init__(self, path: Path, recipe: Mapping[str, Any]) -> None:
        self.path = path
        if os.environ.get("RANK", "0") != "0":
            return
        try:
            path.mkdir(parents=True, exist_ok=True)
            if self.recipe_file.is_file():
                earlier = read_object(self.recipe_file)
                asked = json.loads(json.dumps(recipe))
                changed = sorted(k for k in earlier.keys() | asked.keys() if earlier.get(k) != asked.get(k))
                if changed:
                    told = ", ".join(f"{k}: {earlier.get(k)!r} there, {asked.get(k)!r} asked for" for k in changed)
                    raise ValueError(f"{path} holds a run with other settings ({told}); choose another folder")
            else:
                with replacing(self.recipe_file, lasting=True) as part:
                    part.write_text(json.dumps(recipe, indent=1))
        except OSError as error:
            raise ValueError(f"cannot use {path} as a run folder: {error.strerror or error}") from error

    @property
    def recipe_file(self) -> Path:
        return self.path / "recipe.json"

    @property
    def best(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def seen(self) -> Path:
        return self.path / "seen"

    @property
    def last(self) -> Path:
        return self.path / "last.ckpt"

    @contextmanager
    def held(self) -> Iterator[None]:
        """One training at a time in one folder, and nothing left over from one that was killed while writing.

        Raises:
            ValueError: another process is training here.
        """
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(self.path / "lock", wait=False))
            except BlockingIOError:
                raise ValueError(f"another process is training in {self.path}; wait for it, or stop it") from None
            for part in self.path.glob(LEFT):
                part.unlink(missing_ok=True)
            yield

    def checkpoint(self) -> Checkpoint | None:
        """Where an interrupted run stands, or None for a new one."""
        return Checkpoint.read(self.last) if self.last.is_file() else None

    @property
    def events_file(self) -> Path:
        return self.path / "events.jsonl"

    def record(self, event: Event) -> None:
        """Raises OSError if it cannot be written."""
        with self.events_file.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a crash cut the last line off; what follows must not be lost with it
                    file.write(b"\n")
            file.write((json.dumps(event.to_dict()) + "\n").encode())

    def saw(self, step: int, pictures: Sequence[Mapping[str, Any]]) -> None:
        """Keep what was answered on a few pictures. Raises OSError if it cannot be written."""
        for n, picture in enumerate(pictures):
            self.seen.mkdir(exist_ok=True)
            with replacing(self.seen / f"{step}-{n}.json") as part:
                part.write_text(json.dumps({"step": step, **picture}))

    def events(self) -> list[dict[str, Any]]:
        """All events so far, without lines that a crash cut off. A resumed run tells the steps after its checkpoint
        again."""
        lines = self.events_file.read_text().split("\n")[:-1] if self.events_file.is_file() else []
        events = []
        for line in lines:
            with suppress(json.JSONDecodeError):
                events.append(json.loads(line))
        return events


def begun(folder: Path) -> dict[str, Any] | None:
    """The settings of the run in a folder, or None where there is none. Raises ValueError if they cannot be read."""
    path = folder / "recipe.json"
    return read_object(path) if path.is_file() else None


def read_object(path: Path) -> dict[str, Any]:
    """Raises ValueError, one line, if the file is not JSON with an object in it."""
    try:
        values = json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON ({error}); choose another folder") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} does not hold settings; choose another folder")
    return values
