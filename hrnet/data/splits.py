"""The names of splits: what counts as one, and which is meant where several are alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

# train, train2017, trainval, val-split1 ... at the end of a name; AP-10K is published as three random splits.
SPLIT = re.compile(
    r"(?:^|[_\-. ])(?P<name>(?P<plain>trainval|train(?:ing)?|minival|val(?:id(?:ation)?)?|test(?:-dev)?)"
    r"(?P<year>\d{4})?(?:[_\-]split(?P<draw>\d+))?)$",
    re.IGNORECASE,
)
_SAME = {"training": "train", "valid": "val", "validation": "val"}


def choose(asked: str, splits: Iterable[str], path: Path) -> str:
    """The split that is meant: the one of that name, or the only one that is the same without its year or number.

    Raises:
        ValueError: there is none, or several could be meant; the message names those that exist.
    """
    names = sorted(splits)
    if asked in names:
        return asked
    wanted = SPLIT.search(asked)
    fitting = [name for name in names if wanted and _means(wanted, name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise ValueError(f"{asked!r} could be {' or '.join(fitting)} of {path}; name one of them")
    raise ValueError(f"there is no split {asked!r} in {path}; it has {', '.join(names) or 'none'}")


def _means(wanted: re.Match, name: str) -> bool:
    found = SPLIT.fullmatch(name)
    return (
        found is not None
        and plain(found) == plain(wanted)
        and wanted["year"] in (None, found["year"])
        and found["draw"] in ([wanted["draw"]] if wanted["draw"] else [None, "1"])
    )


def plain(found: re.Match) -> str:
    """A match of `SPLIT` without its year and number, each split under one name."""
    name = found["plain"].lower()
    return _SAME.get(name, name)


def split_of_folders(path: Path, root: Path) -> str:
    """The split that one of the folders between root and a file is named after; "" if none."""
    folders = path.parent.relative_to(root).parts if path.is_relative_to(root) else path.parent.parts[-2:]
    return next((name for name in reversed(folders) if SPLIT.fullmatch(name)), "")
