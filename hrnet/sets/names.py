"""Names of files that every disk takes, out of names that somebody brought."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

LONGEST = 60  # letters of a name that are kept; file systems take 255 bytes, and a letter may have four
LONGEST_SUFFIX = 12  # letters of .json.gz, .pkg.slp, .jpeg
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}  # of Windows


def plain_name(name: str) -> str:
    """The last part of a name, with letters, digits, dots, - and _ alone; its suffixes stay, they tell what it is."""
    last = PurePosixPath(unicodedata.normalize("NFC", name).replace("\\", "/")).name
    suffixes = "".join(PurePosixPath(last).suffixes[-2:])
    suffixes = suffixes if len(suffixes) <= LONGEST_SUFFIX else ""
    stem = _plain(last.removesuffix(suffixes)) or "unnamed"
    return stem + "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in suffixes)


def plain_path(name: str) -> PurePosixPath:
    """As `plain_name`, with its folders; none of them leads anywhere else."""
    folders = [_plain(part) for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/")[:-1]]
    return PurePosixPath(*(folder for folder in folders if folder), plain_name(name))


def different(names: Iterable[str]) -> list[str]:
    """The names, with a number where one appears again; for a disk that does not tell A from a, too."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        path, new = PurePosixPath(name), name
        while seen[new.casefold()]:
            seen[name.casefold()] += 1
            new = str(path.with_name(f"{path.stem}_{seen[name.casefold()]}{path.suffix}"))
        seen[new.casefold()] += 1
        result.append(new)
    return result


def _plain(text: str) -> str:
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in text).strip(".")[:LONGEST]
    return f"{kept}_" if kept.casefold() in DEVICES else kept
