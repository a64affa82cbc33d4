"""What a file of labels holds, looked at once and kept: its first bytes, its text, its JSON."""

from __future__ import annotations

import codecs
import json
from functools import cached_property
from pathlib import Path

from hrnet.data.coco import any_json
from hrnet.image.limits import one_line

HEAD = 4096  # bytes that tell what a file is
MAX_TEXT = 512 * 2**20  # bytes: the labels of COCO train2017 are a half of it
HDF5 = b"\x89HDF\r\n\x1a\n"  # HDF5 File Format Specification, section II.A

MARKS = {  # byte order marks, the longer ones first: that of UTF-32 begins like that of UTF-16
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decoded(raw: bytes) -> str:
    """Text in any encoding that tools write: UTF-8, UTF-16 or UTF-32 with and without a mark, else Windows' Latin.

    Raises:
        ValueError: it begins with a mark and is not what that says.
    """
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            return raw.decode(encoding)
    if b"\0" in raw[:HEAD]:  # UTF-16 without a mark: every second byte of ASCII is zero
        return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")  # Latin-1 with quotes and dashes, as Windows writes it


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
        """The beginning of the text, for a first look; "" where it is no text."""
        try:
            return decoded(self.head[: len(self.head) // 4 * 4]).lstrip("\ufeff \t\r\n")
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
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            if "is no text" in str(error) or "MB" in str(error):
                raise
            raise ValueError(f"{self.name} is not valid JSON: {error}") from error
