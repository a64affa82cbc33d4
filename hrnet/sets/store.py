"""All labeled sets of a machine: made, found by those who may see them, and removed."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hrnet.lock import locked
from hrnet.sets import about, label_set
from hrnet.sets.about import checked_name
from hrnet.sets.errors import SetError, not_kept
from hrnet.sets.label_set import LabelSet
from hrnet.skeleton import Skeleton
from hrnet.weights.store import home

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # secrets.token_urlsafe(16): 128 bits
KEPT_OPEN = 64  # sets that stay in memory: one of 2,000 pictures takes some megabytes
MAKING, GONE = ".making", ".gone"  # suffixes of what is not, or no longer, a set


class Sets:
    """All sets of this machine.

    Args:
        folder: where they are; `sets` below `HRNET_HOME` where not given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder else home() / "sets"
        self._open: OrderedDict[str, LabelSet] = OrderedDict()
        self._lock = threading.Lock()

    def create(self, name: str, skeleton: Skeleton, *, shared: bool = False) -> LabelSet:
        """A new set without pictures.

        Raises:
            SetError: the name is empty, or the disk does not take it.
        """
        with self.making(name, skeleton, shared=shared) as made:
            token = made.token
        return self.open(token)

    @contextmanager
    def making(self, name: str, skeleton: Skeleton, *, shared: bool = False) -> Iterator[LabelSet]:
        """A set that is being filled: nobody finds it before this ends, and where that fails or the process is killed
        there is none. Afterwards open it by its token.

        Raises:
            SetError: the name is empty, or the disk does not take it.
        """
        told = {"name": checked_name(name), "shared": bool(shared), "created": round(time.time(), 3), "format": ""}
        token = secrets.token_urlsafe(16)
        part = self.folder / f".{token}"
        lock = self.folder / f".{token}{MAKING}"
        self._sweep()
        try:
            with locked(lock):
                part.mkdir()
                label_set.begin(part, told, skeleton)
                yield LabelSet(part)
                os.rename(part, self.folder / token)  # it appears whole
        except OSError as error:
            raise not_kept("the set cannot be made", error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
            lock.unlink(missing_ok=True)

    def open(self, token: str) -> LabelSet:
        """The set of that token.

        Raises:
            SetError: there is none, it is damaged from its beginning, or a newer version of this program made it.
        """
        one = self._of(token)
        _ = one.skeleton  # what cannot be read is told here, not at the first change
        return one

    def _of(self, token: str) -> LabelSet:
        folder = self.folder / token if isinstance(token, str) and TOKEN.fullmatch(token) else None
        if folder is None or not (folder / about.FILE).is_file():
            raise SetError("there is no such set here: it was removed, or its address is not complete")
        with self._lock:
            one = self._open.setdefault(token, LabelSet(folder))
            self._open.move_to_end(token)
            while len(self._open) > KEPT_OPEN:
                self._open.popitem(last=False)
        return one

    def listed(self, tokens: Sequence[str] = (), everything: bool = False) -> list[LabelSet]:
        """The sets of these tokens that are here, then those that are shared; newest first.

        Args:
            everything: all sets that are not asked for by a token follow, be they shared or not.
        """
        here = [path.parent.name for path in self.folder.glob(f"*/{about.FILE}")]
        own, others = [], []
        for token in filter(TOKEN.fullmatch, here):
            try:
                one = self._of(token)
                if token in tokens:
                    own.append((one.created, one))
                elif everything or one.shared:
                    others.append((one.created, one))
            except SetError:
                continue  # removed meanwhile, or damaged: the others are there all the same
        return [one for some in (own, others) for _, one in sorted(some, key=lambda pair: pair[0], reverse=True)]

    def remove(self, token: str) -> None:
        """Delete a set with all its pictures and labels.

        Raises:
            SetError: there is none, or it cannot be deleted.
        """
        folder = self._of(token).folder
        with self._lock:
            self._open.pop(token, None)
        try:
            os.rename(folder, self.folder / f".{secrets.token_hex(8)}{GONE}")  # at once for everybody
        except OSError as error:
            raise SetError(f"the set cannot be removed: {error.strerror or error}") from error
        self._sweep()

    def _sweep(self) -> None:
        """Delete what was removed, and what killed processes left of sets that they were making."""
        for gone in self.folder.glob(f".*{GONE}"):
            shutil.rmtree(gone, ignore_errors=True)
        for lock in self.folder.glob(f".*{MAKING}"):
            try:
                with locked(lock, wait=False):
                    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                    lock.unlink(missing_ok=True)
            except OSError:
                continue  # somebody is making it
