"""One command run by several processes: each does its share, and the first one merges what all have made.

Any launcher will do that sets RANK and WORLD_SIZE, as torchrun does; nothing is imported and no port is opened. The
processes see one another through a folder beside the result, so on several machines that folder must be a shared one:

    run         the random name of this run, written by rank 0; parts of another run are never merged
    N.signs     how far rank N is, rewritten every second: as long as it changes, rank N is alive
    N.part      what rank N has made, and the name of the run that it was made for

A process may start before rank 0 does and find the name of an earlier run that was broken off. So it stays until rank 0
has cleared the folder away, and hands its part in again whenever the name of the run changes.
"""

from __future__ import annotations

import json
import secrets
import shutil
import signal
import threading
import time
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from hrnet.files import replacing

SIGN = 1.0  # seconds between two signs of life
LOOK = 0.1  # seconds between two looks at what the others have done
PATIENCE = 120.0  # seconds without a sign of life; a busy network folder shows a change after a minute at times
GONE = "gone"  # the last sign of a process that ended by an error
CLEARING = 5.0  # seconds in which the others notice that the folder is going

T = TypeVar("T")


class LostError(RuntimeError):
    """Another process is gone, and the result with it: one line that names its rank."""


@dataclass(frozen=True)
class Place:
    """Which of how many processes this one is."""

    rank: int = 0
    ranks: int = 1

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Place:
        """From RANK and WORLD_SIZE, one process where they are missing.

        Raises:
            ValueError: they are no such numbers.
        """
        given = environment.get("RANK", "0"), environment.get("WORLD_SIZE", "1")
        if not all(value.isdecimal() for value in given) or not int(given[0]) < int(given[1]):
            raise ValueError(f"RANK counts from 0 up to WORLD_SIZE - 1, got RANK={given[0]} and WORLD_SIZE={given[1]}")
        return cls(*map(int, given))

    @property
    def first(self) -> bool:
        return self.rank == 0

    def share(self, everything: Sequence[T]) -> Sequence[T]:
        """Every one that is this process's to do; neighbors go to different ones, as their sizes are often alike."""
        return everything[self.rank :: self.ranks]


@dataclass
class Signs:
    """The last sign of life of another process, by this machine's clock alone."""

    patience: float
    text: str = ""
    since: float = field(default_factory=time.monotonic)

    def alive(self, text: str) -> bool:
        if text != self.text:
            self.text, self.since = text, time.monotonic()
        return time.monotonic() - self.since < self.patience

    @property
    def done(self) -> int:
        """How many photos it has done."""
        return int(self.text.split()[1]) if self.text else 0


class Team:
    """All processes of one run, seen from one of them. Rank 0 opens it, gathers, writes the result and closes it.

    Args:
        folder: where the processes meet, the same for all; rank 0 removes it at the end.
        task: what all must agree on, such as the list of all files.
        patience: seconds without a sign of life after which another process counts as lost.
    """

    def __init__(self, place: Place, folder: Path, task: str, patience: float = PATIENCE) -> None:
        self.place, self.folder, self.task, self.patience = place, folder, task, patience
        self.done = 0  # of its own share; shown to whoever waits
        self._end = threading.Event()
        self._signs = threading.Thread(target=self._give_signs, name="signs", daemon=True)

    def __enter__(self) -> Team:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.place.first:
            for left in self.folder.glob("[0-9]*"):
                left.unlink(missing_ok=True)  # the living write theirs again
            self.run = secrets.token_hex(8)
            write(self.folder / "run", self.run)
            self._before = _on_stop(self._stopped)
        self._signs.start()
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        self._end.set()
        self._signs.join()
        if self.place.first:
            _on_stop(self._before)
            self._clear()
        elif error:
            with suppress(OSError):  # rank 0 has cleared the folder away, and needs no word
                write(self.folder / f"{self.place.rank}.signs", GONE)

    def gather(self, made: object) -> list[object] | None:
        """Hand in what this process has made, as JSON can hold it, and wait for the others.

        Returns:
            for rank 0 what all have made, in the order of their ranks; for the others None, when it is over.
        Raises:
            LostError: a process died, or was given another task.
        """
        return self._collect(made) if self.place.first else self._hand_in(made)

    # ---- rank 0 -----------------------------------------------------------------------------------------------------

    def _collect(self, made: object) -> list[object]:
        parts: dict[int, object] = {0: made}
        others = {rank: Signs(self.patience) for rank in range(1, self.place.ranks)}
        with tqdm(unit=" photos", initial=self.done) as bar:
            while len(parts) < self.place.ranks:
                for rank, signs in others.items():
                    if rank in parts:
                        continue
                    alive = signs.alive(read(self.folder / f"{rank}.signs"))
                    if signs.text == GONE:
                        raise LostError(f"rank {rank} ended early, and its own line says why; nothing was merged")
                    part = read(self.folder / f"{rank}.part")
                    if part.startswith(self.run):  # whole, as it was moved into its place
                        parts[rank] = self._opened(rank, json.loads(part.partition("\n")[2]))
                    elif not alive:
                        raise LostError(
                            f"rank {rank} has given no sign of life for {self.patience:.0f} seconds; nothing was merged"
                        )
                bar.set_description_str(f"waiting for {self._missing(parts)}", refresh=False)
                bar.update(self.done + sum(signs.done for signs in others.values()) - bar.n)
                time.sleep(LOOK)
        return [parts[rank] for rank in range(self.place.ranks)]

    def _stopped(self, *_: object) -> None:
        """A launcher stops all processes when one has died."""
        parts = [rank for rank in range(self.place.ranks) if read(self.folder / f"{rank}.part").startswith(self.run)]
        raise LostError(f"stopped by the launcher before {self._missing(parts)} had finished; nothing was merged")

    def _missing(self, parts: Container[int]) -> str:
        missing = [str(rank) for rank in range(self.place.ranks) if rank not in parts]
        return f"rank {', '.join(missing)}" if missing else "nobody"

    def _opened(self, rank: int, part: Mapping[str, object]) -> object:
        if part["task"] != self.task:
            raise LostError(
                f"rank {rank} was given other photos than rank 0; start all with the same command and folder"
            )
        return part["made"]

    def _clear(self) -> None:
        """The others take a missing name of the run for the end, and then write no more signs."""
        (self.folder / "run").unlink(missing_ok=True)
        until = time.monotonic() + CLEARING
        while self.folder.exists() and time.monotonic() < until:
            with suppress(OSError):  # a sign was written in between
                shutil.rmtree(self.folder)
            time.sleep(LOOK)

    # ---- the others -------------------------------------------------------------------------------------------------

    def _hand_in(self, made: object) -> None:
        content = json.dumps({"task": self.task, "made": made})
        handed, first = "", Signs(self.patience)
        while True:
            run = read(self.folder / "run")
            if handed and not run:
                return
            if run != handed:
                write(self.folder / f"{self.place.rank}.part", f"{run}\n{content}")
                handed = run
            if not first.alive(read(self.folder / "0.signs")):
                raise LostError(f"rank 0 has given no sign of life for {self.patience:.0f} seconds; nothing was merged")
            time.sleep(LOOK)

    # ---- all --------------------------------------------------------------------------------------------------------

    def _give_signs(self) -> None:
        count = 0
        while not self._end.is_set():
            with suppress(OSError):  # the folder is gone at the end, and a full disk is for the part to complain about
                write(self.folder / f"{self.place.rank}.signs", f"{count} {self.done}")
            count += 1
            self._end.wait(min(SIGN, self.patience / 4))


def _on_stop(handler):
    """Take SIGTERM; gives what took it before. Only the main thread may, elsewhere nothing changes."""
    if threading.current_thread() is threading.main_thread():
        return signal.signal(signal.SIGTERM, handler)
    return None


def write(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text)


def read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""
