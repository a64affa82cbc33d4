"""One run as it lies on the disk, and what the folder says of it. Nothing about a run is kept anywhere else.

request.json   what was asked for, by whom, and when: written once, whole, before the folder gets its name
data/          the labeled set as it was then, in COCO's form
run/           what `python -m train` writes: see hrnet.training.run
log.txt        what the process said; log.before.txt, what the one before it said
alive          held by the process (apps.runs.lease), so it is free once that is gone, however it went
attempt.json   the newest start: when, on which device, and how long the list of events was
pid            written by the process itself as it starts; without it the run waits
queued         its time is that of joining the queue
stop           there is a wish to stop it
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from apps.runs.lease import held

State = Literal["waiting", "running", "finished", "stopped", "failed", "lost"]

TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
TAIL = 64_000  # bytes of the log in which the reason of an end is looked for
# Of `python -m train`: what it refuses, what argparse refuses, and an end that a full disk kept from the events.
LAST_WORDS = re.compile(r"(?:(?:python -m )?train: (?:error: )?|stopped at step \d+: )(.+)")
LONGEST = 300  # characters of a reason
BY_SIGNAL = "asked to by the signal TERM"  # what the trainer says where it was told to end (hrnet/training/trainer.py)
LITTLE_ROOM = 50_000_000  # bytes; a disk with less has probably ended the run that could not say why


@dataclass(frozen=True)
class Request:
    """What a person asked for.

    Attributes:
        set, name: the set's token and what it was called then.
        options: words for the command line of `python -m train finetune_small`, without data, run and device.
        device: "" for a GPU where there is one, else as `--device` has it.
        created: seconds since 1970.
    """

    set: str
    name: str
    title: str
    options: tuple[str, ...]
    device: str
    created: float

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Request:
        return cls(**{**values, "options": tuple(values["options"])})


@dataclass(frozen=True)
class Ending:
    """state: what the folder says. reason: in words, where it ended early; "" where nobody said why."""

    state: State
    reason: str = ""


class Run:
    """The folder of a run; reading it needs no lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def token(self) -> str:
        return self.folder.name

    @property
    def data(self) -> Path:
        """The set as it was when the run was asked for: `hrnet.data.read` reads it."""
        return self.folder / "data"

    @property
    def run(self) -> Path:
        """The run folder of `python -m train`; `hrnet.load` takes it once there are weights."""
        return self.folder / "run"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def alive(self) -> Path:
        return self.folder / "alive"

    @property
    def pid_file(self) -> Path:
        return self.folder / "pid"

    @property
    def attempt_file(self) -> Path:
        return self.folder / "attempt.json"

    @property
    def stop_wish(self) -> Path:
        return self.folder / "stop"

    @property
    def queue_mark(self) -> Path:
        return self.folder / "queued"

    @cached_property
    def request(self) -> Request:
        """Raises OSError or ValueError where there is none."""
        return Request.from_dict(json.loads((self.folder / "request.json").read_text(encoding="utf-8")))

    @property
    def attempt(self) -> dict[str, Any]:
        """{"time", "device", "events": bytes of events.jsonl} of the newest start; empty where there was none."""
        with suppress(OSError, ValueError):
            return json.loads(self.attempt_file.read_text())
        return {}

    @property
    def pid(self) -> int | None:
        """Of the process; None where it is gone, or has not yet written it down."""
        with suppress(OSError, ValueError):
            number = int(self.pid_file.read_text())
            return number if self.runs else None
        return None

    @property
    def queued(self) -> int:
        """When it joined the queue, in nanoseconds; 0 where it was discarded meanwhile."""
        with suppress(FileNotFoundError):
            return self.queue_mark.stat().st_mtime_ns
        return 0

    def events(self, since: int = 0) -> list[dict[str, Any]]:
        """All events so far, from that byte on; lines that a crash cut off are left out."""
        events = []
        with suppress(FileNotFoundError), (self.run / "events.jsonl").open("rb") as file:
            file.seek(since)
            for line in file.read().split(b"\n")[:-1]:
                with suppress(ValueError):
                    events.append(json.loads(line))
        return events

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return held(self.alive)

    @property
    def waits(self) -> bool:
        """Whether it is in the queue."""
        return not (self.runs or self.pid_file.exists() or self.stop_wish.exists())

    def ending(self) -> Ending:
        """What became of it until now."""
        if self.runs:
            return Ending("running")
        if not self.pid_file.exists():
            return Ending("stopped" if self.stop_wish.exists() else "waiting")
        ending = self._ended()
        return Ending("running") if self.runs else ending  # it may have been started while its end was read

    def _ended(self) -> Ending:
        for event in reversed(self.events(self.attempt.get("events", 0))):
            if event.get("event") == "finished":
                return Ending("finished")
            if event.get("event") == "stopped":
                reason = self.plain(event.get("reason", ""))
                asked = self.stop_wish.exists() or BY_SIGNAL in reason
                return Ending("stopped" if asked else "failed", reason)
        if reason := last_words(self.log):
            return Ending("stopped" if BY_SIGNAL in reason else "failed", self.plain(reason))
        if self.stop_wish.exists():  # it was told so before its first step, when it had nothing to save
            return Ending("stopped")
        with suppress(FileNotFoundError):  # discarded meanwhile
            free = shutil.disk_usage(self.folder).free
            if free < LITTLE_ROOM:
                return Ending("lost", f"the disk is full ({free / 1e6:.0f} MB are left)")
        return Ending("lost")

    def plain(self, text: str) -> str:
        """One line without this machine's folders: visitors are told no paths."""
        text = text.replace(f"{self.folder}{os.sep}", "").replace(str(self.folder), "the run")
        return " ".join(text.split())[:LONGEST]


def last_lines(log: Path) -> list[str]:
    """The end of what a process wrote; of a progress bar, which goes back by \\r, the newest state."""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    lines = (line.rstrip().rpartition("\r")[2].strip() for line in text.split("\n"))
    return [line for line in lines if line]


def last_words(log: Path) -> str:
    """Why a process ended, where it said so itself: the line of `python -m train`, or of the error that ended it."""
    lines = last_lines(log)
    for line in reversed(lines):
        if found := LAST_WORDS.match(line):
            return found[1]
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        return lines[-1]
    return ""
