"""A run's process: what is typed to start it, and how it is told to end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from apps.runs.folder import Run
from apps.runs.lease import Lease

ROOT = Path(__file__).parents[2]  # where `python -m train` is found, installed or not
RECIPE = "finetune_small"

# What a request may say to `python -m train`; everything else is a setting, --set NAME=VALUE. Where things lie is not
# for it to say, and the device is chosen when its turn comes.
FLAGS = (
    *("start", "input-size", "batch-size", "steps", "learning-rate"),
    *("precision", "accumulate", "threads", "save-every", "set"),
)
SWITCHES = ("recompute", "compile")
DEVICE = "device"

# The process writes down its number itself, before it becomes Python: whoever starts it may be killed at any moment.
SHELL = ("/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"')


def words(options: Mapping[str, object] | Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The words of a command line, and the device they name, "" where they name none.

    Args:
        options: the words themselves, ["--steps", "300"], or names with values, {"steps": 300, "average": 0.9}.
    Raises:
        ValueError: they say what is not for them to say; one line.
    """
    pairs = _named(options) if isinstance(options, Mapping) else _read(options)
    made, device = [], ""
    for name, value in pairs:
        if name == DEVICE:
            device = str(value)
        elif name in SWITCHES:
            made.append(f"--{name}")
        elif name in FLAGS:
            made += [f"--{name}", str(value)]
        else:
            raise ValueError(f"a run cannot be told {name!r:.60}; it can be told {', '.join((*FLAGS, *SWITCHES))}")
    if device and not re.fullmatch(r"cpu|cuda(:\d+)?", device):
        raise ValueError(f"a device is cpu, cuda or such as cuda:1, got {device!r:.60}")
    return tuple(made), device


def _named(options: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in options.items():
        flag = str(name).replace("_", "-")
        if flag in SWITCHES:
            if value:
                yield flag, True
        elif flag in (*FLAGS, DEVICE):
            yield flag, value
        elif re.fullmatch(r"[a-z_]+", str(name)):
            yield "set", f"{name}={','.join(map(str, value)) if isinstance(value, (list, tuple)) else value}"
        else:
            raise ValueError(f"{name!r:.60} is no name of a setting")


def _read(options: Sequence[str]) -> Iterator[tuple[str, object]]:
    rest = iter(options)
    for word in rest:
        name = word.removeprefix("--")
        if name == word:
            raise ValueError(f"{word!r:.60} is no option; options begin with --")
        name, equals, value = name.partition("=")
        if name in SWITCHES:
            yield name, True
            continue
        value = value if equals else next(rest, None)
        if value is None:
            raise ValueError(f"the option --{name:.60} needs a value")
        yield name, value


def command(run: Run, device: str) -> list[str]:
    """What anybody could type in a terminal to the same end."""
    where = ["--data", str(run.data), "--run", str(run.run), "--device", device, "--set", f"called={run.request.name}"]
    return [sys.executable, "-m", "train", RECIPE, *where, *run.request.options]


def start(run: Run, device: str, lease: Lease, alive: Lease) -> None:
    """Begin, or go on. The process holds the device's lease and the run's lock, and outlives the server.

    Raises:
        OSError: it cannot be started.
    """
    run.pid_file.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        os.replace(run.log, run.folder / "log.before.txt")
    events = run.run / "events.jsonl"
    told = events.stat().st_size if events.is_file() else 0
    run.attempt_file.write_text(json.dumps({"time": time.time(), "device": device, "events": told}))
    with run.log.open("wb") as log:
        process = subprocess.Popen(
            [*SHELL, str(run.pid_file), *command(run, device)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            pass_fds=(lease.descriptor, alive.descriptor),
            start_new_session=True,  # Ctrl-C in the server's terminal is not meant for it
        )
    threading.Thread(target=process.wait, name="reaps a run", daemon=True).start()  # or it would stay as a zombie


def terminate(run: Run) -> bool:
    """Ask it to save and end, which it does after the step that it is at. Whether there was somebody to ask."""
    if (pid := run.pid) is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    return True


def kill(run: Run) -> None:
    """End it at once, and what it started; what is on the disk is whole (hrnet/training/checkpoint.py)."""
    if (pid := run.pid) is not None:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)  # it leads the group that it was started in
