"""Which rows of a network's head can be kept for other joints: by name, by other spellings, by what they are near."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Words for parts of a body and the joint of COCO, MPII or AP-10K that is there or nearest. A row that starts near the
# right place has less to learn, and one that starts at a wrong place loses nothing against one that starts at zero.
ALIKE = {
    "hand": "wrist",
    "paw": "wrist",
    "foot": "ankle",
    "snout": "nose",
    "head": "nose",
    "trunk": "thorax",
    "tailbase": "root_of_tail",
}


@dataclass(frozen=True)
class Row:
    """A joint to be learned, and the joint of the start weights whose row it begins with; "" for a row of zeros."""

    joint: str
    kept: str
    place: int | None  # of that row


def rows(joints: Sequence[str], known: Sequence[str]) -> tuple[Row, ...]:
    """For each joint the row of the same name, however it is spelled (leftear, Left-Ear), else of a part near it."""
    places = {_plain(name): place for place, name in reversed(list(enumerate(known)))}
    found = []
    for joint in joints:
        plain = _plain(joint)
        words = [plain, *(plain.replace(_plain(word), _plain(other)) for word, other in ALIKE.items() if word in plain)]
        place = next((places[word] for word in words if word in places), None)
        found.append(Row(joint, "" if place is None else known[place], place))
    return tuple(found)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())
