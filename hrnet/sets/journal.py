"""A file that only grows: one line of JSON for each change, on the disk before anybody is told that it is done.

A process may be killed at any moment. Then the last line may be torn: it has no end, so nobody reads it, nobody was
told that it was written, and the next one who writes cuts it off.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from hrnet.sets.errors import SetError, not_kept

STROKE = b'{"do":"stroke","picture":'  # how the line of a stroke begins, see `LabelSet.stroke`


class Journal:
    """One reader of a journal, and a writer while it holds the lock of the set.

    Attributes:
        damaged: numbers of whole lines, counted from 1, that cannot be read: they were passed over.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: list[int] = []
        self._end = 0  # bytes up to the end of the last line that was read
        self._lines = 0

    @classmethod
    def begin(cls, path: Path, record: Mapping) -> None:
        """Write a new journal with its first line."""
        path.touch(exist_ok=False)
        cls(path).append(record)

    def news(self) -> list[dict]:
        """The changes since the last call, by whomever; all of them from the first on where lines were taken back.
        Strokes that later ones of the same picture have overridden are left out.

        Raises:
            SetError: the journal is gone or cannot be read.
        """
        try:
            size = os.stat(self.path).st_size
            if size == self._end:
                return []
            if size < self._end:  # a line was taken back because the disk failed to keep it: read all again
                self._end = self._lines = 0
                self.damaged.clear()
            with self.path.open("rb") as file:
                file.seek(self._end)
                whole = file.read().rpartition(b"\n")[0]
        except FileNotFoundError as error:
            raise SetError("this set is gone: it was removed") from error
        except OSError as error:
            raise SetError(f"this set cannot be read: {error.strerror or error}") from error
        lines = whole.split(b"\n") if whole else []
        records = [_parsed(line) for line in _latest(lines)]
        if None in records:  # then what seemed to be overridden may be the last that is whole
            records = [_parsed(line) for line in lines]
            self.damaged += [number for number, record in enumerate(records, self._lines + 1) if record is None]
        self._lines += len(lines)
        self._end += len(whole) + 1 if lines else 0
        return [record for record in records if record is not None]

    def append(self, record: Mapping) -> None:
        """Write one change, whole or not at all. The caller holds the lock of the set and has read all `news`.

        Raises:
            SetError: it cannot be kept; the journal is as before.
        """
        data = json.dumps(record, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        try:
            descriptor = os.open(self.path, os.O_WRONLY | getattr(os, "O_BINARY", 0))  # it is never made here
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            raise SetError("this set is gone: it was removed") if gone else not_kept("not saved", error) from error
        try:
            try:
                _write(descriptor, data, self._end)
                os.fsync(descriptor)
            except OSError:
                os.ftruncate(descriptor, self._end)
                raise
        except OSError as error:
            raise not_kept("not saved", error) from error
        finally:
            os.close(descriptor)


def _latest(lines: list[bytes]) -> Iterator[bytes]:
    """Without strokes that are followed by another of the same picture, with nothing but strokes in between: a set
    that is worked on has twenty strokes for each picture, and parsing is what opening takes its time for."""
    later: set[bytes] = set()
    kept = []
    for line in reversed(lines):
        if not line.startswith(STROKE):
            later.clear()
        else:
            picture = line[len(STROKE) : line.find(b",", len(STROKE))]
            if picture in later:
                continue
            later.add(picture)
        kept.append(line)
    return reversed(kept)


def _parsed(line: bytes) -> dict | None:
    """None for what is no record: somebody or something else wrote there; every other line is whole by itself."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _write(descriptor: int, data: bytes, place: int) -> None:
    os.ftruncate(descriptor, place)  # what a killed process has left of a line
    os.lseek(descriptor, place, os.SEEK_SET)
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
