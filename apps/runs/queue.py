"""All runs of this machine: who is next, which device is free, and what a person may wish."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from apps.runs import devices, process
from apps.runs.folder import TOKEN, Request, Run
from apps.runs.lease import Lease, require_locks
from hrnet.lock import locked
from hrnet.weights.store import home

LOOK_AGAIN = 1.0  # seconds between two looks for a free device
TROUBLED = 30.0  # seconds until the next look where the folder cannot be worked in
DISCARDED_SECONDS = 24 * 3600  # after which a discarded run is removed for good
PATIENCE = 5.0  # seconds that a process is given to be gone after it was killed
MOST_WAITING = 20  # runs of one set
LEFT_FREE = 500_000_000  # bytes of the disk that have to be left for checkpoints when a run is asked for

log = logging.getLogger(__name__)


class Exporting(Protocol):
    """What a run needs of a set: `hrnet.sets.LabelSet`."""

    token: str
    name: str

    def export(self, path: Path) -> object: ...


class Runs:
    """The runs below a folder. It keeps nothing in memory, so any number of servers may look after the same folder.

    Args:
        folder: `runs` below HRNET_HOME where not given.
        find: gives the set of a token; raises ValueError where there is none. `hrnet.sets.Sets().open` if not given.
    """

    def __init__(self, folder: Path | None = None, find: Callable[[str], Exporting] | None = None) -> None:
        self.folder = folder or home() / "runs"
        self._find = find or _find

    # ---- what there is ---------------------------------------------------------------------------------------------

    def open(self, token: object) -> Run:
        """Raises ValueError, one line, where there is no such run."""
        if isinstance(token, str) and TOKEN.fullmatch(token) and (self.folder / token / "request.json").is_file():
            return Run(self.folder / token)
        raise ValueError("this run is no longer here")

    def all(self) -> list[Run]:
        """Every run, the first asked for first."""
        found = []
        with contextlib.suppress(FileNotFoundError):
            for path in self.folder.iterdir():
                run = Run(path)
                with contextlib.suppress(OSError, ValueError, TypeError, KeyError):  # what is damaged holds up no other
                    if TOKEN.fullmatch(path.name) and run.request:
                        found.append(run)
        return sorted(found, key=lambda run: (run.request.created, run.token))

    def list(self, set_token: str) -> list[Run]:
        """The runs of a set, the first asked for first."""
        return [run for run in self.all() if run.request.set == set_token]

    def queue(self) -> list[Run]:
        """Who waits, in the order of their turns."""
        return sorted((run for run in self.all() if run.waits), key=lambda run: run.queued)

    def before(self) -> dict[str, int]:
        """How many runs are before each that waits: those under way, and those that joined earlier."""
        running = sum(run.runs for run in self.all())
        return {run.token: max(1, running) + place for place, run in enumerate(self.queue())}

    # ---- what a person may wish ------------------------------------------------------------------------------------

    def ask(self, set_token: str, options: Mapping[str, object] | Sequence[str], title: str) -> str:
        """Keep the set as it is now, join the queue, and begin at once where a device is free; the run's token.

        Args:
            options: for `python -m train finetune_small`, as words or as names with values; see `process.words`.
        Raises:
            ValueError: there is no such set, an option is not for a run to choose, or the disk has no room.
        """
        require_locks()
        chosen, device = process.words(options)
        labels = self._find(set_token)
        if sum(run.waits for run in self.list(labels.token)) >= MOST_WAITING:
            raise ValueError(f"{MOST_WAITING} runs of this set are waiting already; discard one of them")
        token = secrets.token_urlsafe(16)
        part = self.folder / f".{token}"  # what is not ready has no token's name
        try:
            part.mkdir(parents=True)
            if shutil.disk_usage(part).free < LEFT_FREE:
                raise ValueError(f"a run needs {LEFT_FREE / 1e6:.0f} MB of free disk; discard a run or free some space")
            zipped = part / "data.zip"
            labels.export(zipped)
            with zipfile.ZipFile(zipped) as archive:
                archive.extractall(part / "data")
            zipped.unlink()
            request = Request(labels.token, labels.name, str(title)[:200], chosen, device, time.time())
            (part / "queued").touch()
            (part / "request.json").write_text(json.dumps(asdict(request), ensure_ascii=False), encoding="utf-8")
            os.rename(part, self.folder / token)
        except OSError as error:
            raise ValueError(f"the run cannot be prepared: {error.strerror or error}") from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self.advance()
        return token

    def stop(self, token: str) -> None:
        """Let it save, keep its best weights, and end. A run that waits leaves the queue."""
        run = self.open(token)
        with self._alone():
            if run.runs or run.waits:
                self._stop(run)
        self.advance()

    def resume(self, token: str) -> None:
        """Join the queue again, to go on from the last checkpoint.

        Raises:
            ValueError: it goes on already, or has reached its end.
        """
        run = self.open(token)
        with self._alone():
            state = run.ending().state
            if state in ("running", "waiting", "finished"):
                raise ValueError(f"this run is {state}; only one that ended early can go on")
            (run.folder / "queued").touch()
            run.stop_wish.unlink(missing_ok=True)
            run.pid_file.unlink(missing_ok=True)
        self.advance()

    def discard(self, token: str) -> None:
        """Away with it and all it learned; what runs is ended at once. `undo` brings it back for a day.

        Raises:
            ValueError: its process does not end.
        """
        run = self.open(token)
        with self._alone():
            if run.runs or run.waits:
                run.stop_wish.touch()
            patience = time.monotonic() + PATIENCE
            while run.runs:
                process.kill(run)
                if time.monotonic() > patience:
                    raise ValueError("the run's process does not end; try again in a moment")
                time.sleep(0.02)
            self._discarded.mkdir(exist_ok=True)
            os.utime(run.folder)
            os.rename(run.folder, self._discarded / run.token)
        self.advance()

    def undo(self, token: str) -> None:
        """Bring a discarded run back as it was; one that ran or waited is stopped.

        Raises:
            ValueError: it is gone for good.
        """
        if not (isinstance(token, str) and TOKEN.fullmatch(token)):
            raise ValueError("this run is no longer here")
        with self._alone():
            try:
                os.rename(self._discarded / token, self.folder / token)
            except FileNotFoundError:
                raise ValueError("this run was removed for good meanwhile") from None

    def forget(self, set_token: str) -> None:
        """Remove all runs of a set for good, with what they learned and the pictures that they keep.

        Raises:
            ValueError: a run's process does not end.
        """
        for run in self.list(set_token):
            self.discard(run.token)
        for path in self._discarded.glob("*"):
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):  # damaged, or removed meanwhile
                if Run(path).request.set == set_token:
                    shutil.rmtree(path, ignore_errors=True)

    # ---- what the server does meanwhile ----------------------------------------------------------------------------

    def advance(self) -> None:
        """Start who is next on every device that is free."""
        if not self.folder.is_dir():
            return
        with self._alone():
            for run in self.all():
                if run.runs and run.stop_wish.exists() and not run.stop_wish.stat().st_size:
                    self._stop(run)  # when the wish came, its process had not yet said which one it is
            taken: set[str] = set()  # devices that are somebody's, or that somebody before in the line waits for
            for run in self.queue():
                fitting = devices.choices(run.request.device)
                if not any(self._begin(run, device) for device in fitting if device not in taken):
                    taken.update(fitting)

    def _begin(self, run: Run, device: str) -> bool:
        """Whether the device was free; then the run's turn is over, even where its process cannot be started."""
        if (lease := Lease.take(self.lease(device))) is None:
            return False
        with lease:
            if (alive := Lease.take(run.alive)) is None:
                return False
            with alive:
                try:
                    process.start(run, device, lease, alive)
                except OSError:
                    log.exception("the run %s cannot be started", run.token)
                    run.pid_file.touch()  # it counts as begun and gone; resuming it tries again
        return True

    def lease(self, device: str) -> Path:
        """The lock of a device."""
        return self.folder / "leases" / devices.lock_name(device)

    def tidy(self) -> None:
        """Remove what was discarded long ago, and what was never ready."""
        oldest = time.time() - DISCARDED_SECONDS
        for path in (*self._discarded.glob("*"), *self.folder.glob(".*")):
            with contextlib.suppress(FileNotFoundError):
                if path != self._discarded and path.stat().st_mtime < oldest:
                    shutil.rmtree(path, ignore_errors=True)

    @property
    def _discarded(self) -> Path:
        return self.folder / ".discarded"

    def _stop(self, run: Run) -> None:
        run.stop_wish.touch()
        if process.terminate(run):
            run.stop_wish.write_text("told")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One change at a time, whoever makes it: threads, and other servers."""
        with locked(self.folder / "lock"):
            yield


@contextlib.contextmanager
def tended(runs: Callable[[], Runs] = Runs) -> Iterator[None]:
    """Inside, runs that wait are started as devices become free, in a thread of its own."""
    end = threading.Event()

    def tend() -> None:
        tidied = 0.0
        while not end.wait(LOOK_AGAIN):
            try:
                runs().advance()
                if time.monotonic() - tidied > 3600:
                    runs().tidy()
                    tidied = time.monotonic()
            except (OSError, ValueError):
                log.exception("the runs that wait could not be looked after")
                end.wait(TROUBLED)

    thread = threading.Thread(target=tend, name="tends the runs", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()


def _find(token: str) -> Exporting:
    from hrnet.sets import Sets

    return Sets().open(token)
