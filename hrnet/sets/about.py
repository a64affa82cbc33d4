"""What a set is called, who may see it, where it came from: a small file that is written anew with each change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hrnet.files import replacing
from hrnet.sets.errors import SetError

FILE = "set.json"
MAX_NAME = 80  # letters in the name of a set


class About:
    """A reader of set.json, which others may write at any time."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._version: tuple[int, int] | None = None
        self._values: dict = {}

    def values(self) -> dict:
        """Raises SetError where the set is gone, or the file is damaged."""
        try:
            state = self._path.stat()
            version = state.st_ino, state.st_mtime_ns  # each change is a new file; clocks of disks tick slowly
            if version != self._version:
                self._values, self._version = dict(json.loads(self._path.read_bytes())), version
        except FileNotFoundError as error:
            raise SetError("this set is gone: it was removed") from error
        except (OSError, ValueError, TypeError) as error:
            raise SetError(
                f"{FILE} of this set cannot be read; restore it from a copy: all labels are there"
            ) from error
        return self._values

    def write(self, values: Mapping) -> None:
        """Whole or not at all; the caller holds the lock of the set. Raises OSError."""
        with replacing(self._path, lasting=True) as part:
            part.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")


def checked_name(name: object) -> str:
    """A name as it is kept: one line.

    Raises:
        SetError: there is nothing of it, or too much.
    """
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in str(name)).split())
    if not plain:
        raise SetError("a set needs a name; type one")
    if len(plain) > MAX_NAME:
        raise SetError(f"a name has up to {MAX_NAME} letters, got {len(plain)}; shorten it")
    return plain
