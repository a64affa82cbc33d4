"""Who has what: locks that a child process inherits, so that they last exactly as long as it lives.

An flock belongs to the open file, not to the process that asked for it. The server takes it, starts a process with the
open file, and closes its own copy: from then on the lock is the child's, whatever becomes of the server, and however
the child ends the system gives it back. A process's number, written to a file, would promise less: numbers are used
again. Folders on NFS do not pass locks on in this way; keep `HRNET_HOME` on a disk of the machine.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no locks that a child inherits
    fcntl = None

TRIES = 5  # whoever only looks (`held`) holds the lock for a moment
PAUSE = 0.01  # seconds

UNSUPPORTED = "runs are started from the page on Linux and macOS; here, type python -m train finetune_small"


def require_locks() -> None:
    """Raises ValueError, one line, where the system has no locks that a child inherits."""
    if fcntl is None:
        raise ValueError(UNSUPPORTED)


class Lease:
    """A lock that is held. `descriptor` is what a child process is to inherit."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @classmethod
    def take(cls, path: Path) -> Lease | None:
        """The lock `path`, an empty file that is made where it is missing and stays; None where another one holds it.

        Raises:
            OSError: the file cannot be made.
            ValueError: this system has no such locks.
        """
        require_locks()
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        for _ in range(TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return cls(descriptor)
            except BlockingIOError:
                time.sleep(PAUSE)
        os.close(descriptor)
        return None

    def close(self) -> None:
        """Let go of this process's copy. Whoever inherited the lock keeps it."""
        os.close(self.descriptor)

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def held(path: Path) -> bool:
    """Whether somebody holds the lock `path` now."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: those who look do not see one another
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)
