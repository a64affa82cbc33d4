"""What a file of labels holds, looked at once and kept: its first bytes, its text, its JSON."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

from hrnet.data.coco import any_json
from hrnet.data.text import decoded
from hrnet.image.limits import one_line

HEAD = 4096  # bytes that tell what a file is
MAX_TEXT = 512 * 2**20  # bytes: the labels of COCO train2017 are a half of it
HDF5 = b"\x89HDF\r\n\x1a\n"  # HDF5 File Format Specification, section II.A


class LabelFile:
    """A file that may hold labels. What it is is told by what is in it, not by its name.

    Every property raises ValueError, one line, where the file cannot be read or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        return one_line(self.path.name)

    @cached_property
    def head(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(HEAD)
        except OSError as error:
            raise ValueError(f"cannot read {self.name}: {error.strerror or error}") from error

    @cached_property
    def start(self) -> str:
        """The beginning of the text, for a first look ("" if it is none); letters but those of ASCII may be wrong."""
        try:
            return decoded(self.head).lstrip("\ufeff \t\r\n")
        except ValueError:
            return ""

    @property
    def is_hdf5(self) -> bool:
        return self.head.startswith(HDF5)

    @property
    def is_json(self) -> bool:
        return self.head.startswith(b"\x1f\x8b") or self.start[:1] in ("{", "[")

    @property
    def is_xml(self) -> bool:
        return self.start[:1] == "<"

    @cached_property
    def text(self) -> str:
        return self._text()

    def forget(self) -> None:
        """Keep nothing but the beginning: some tools write the picture into every file of labels."""
        for name in ("text", "json"):
            self.__dict__.pop(name, None)

    def _text(self) -> str:
        try:
            size = self.path.stat().st_size
            if size > MAX_TEXT:
                raise ValueError(f"{self.name} has {size / 2**20:.0f} MB; labels of up to {MAX_TEXT >> 20} MB are read")
            return decoded(self.path.read_bytes())
        except OSError as error:
            raise ValueError(f"cannot read {self.name}: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{self.name} is no text: {error.reason} at byte {error.start}; save it as UTF-8"
            ) from error

    @cached_property
    def json(self) -> object:
        if self.head.startswith(b"\x1f\x8b"):
            return any_json(self.path)
        try:
            return json.loads(self._text())
        except (ValueError, RecursionError) as error:
            if "is no text" in str(error) or "MB" in str(error):
                raise
            raise ValueError(f"{self.name} is not valid JSON: {error}") from error
