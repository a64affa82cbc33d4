"""Which place of the drawn body a joint of any skeleton means."""

from __future__ import annotations

import re

from hrnet.scenes.body import SIDES
from hrnet.skeleton import Skeleton

PAIRED = ("eye", "ear", "shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "heel", "big_toe", "small_toe")
MIDDLE = ("nose", "head_top", "upper_neck", "neck", "thorax", "pelvis")
JOINTS = (*MIDDLE, *(f"{side}_{part}" for part in PAIRED for side in SIDES))

# Other names of the same places, as data sets and labeling tools write them.
_ALIASES = {
    "top_head": "head_top",
    "head": "head_top",
    "crown": "head_top",
    "headtop": "head_top",
    "chest": "thorax",
    "root": "pelvis",
    "mid_hip": "pelvis",
    "midhip": "pelvis",
    "toe": "big_toe",
    "bigtoe": "big_toe",
    "smalltoe": "small_toe",
    "palm": "hand",
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def place(joint: str) -> str | None:
    """The name in `JOINTS` that a joint's name means, e.g. "LeftKnee", "l_knee" and "knee.left" are "left_knee"."""
    words = [word.lower() for word in _WORD.findall(joint)]
    side = {"left": "left_", "l": "left_", "right": "right_", "r": "right_"}
    prefix = "".join(side[word] for word in words if word in side)
    part = "_".join(word for word in words if word not in side)
    name = prefix + _ALIASES.get(part, part)
    return name if name in JOINTS else None


def places(skeleton: Skeleton) -> tuple[str, ...]:
    """The place of the drawn body for each joint of a skeleton.

    Raises:
        ValueError: the body has no such joint (an animal's tail, say), or two joints mean the same place.
    """
    found = [place(joint) for joint in skeleton.joints]
    unknown = [joint for joint, name in zip(skeleton.joints, found, strict=True) if name is None]
    if unknown:
        raise ValueError(
            f"drawn people have no joint {unknown[0]!r} (skeleton {skeleton.name!r}); "
            f"they have {', '.join(MIDDLE)}, and left and right {', '.join(PAIRED)}"
        )
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        names = [joint for joint, name in zip(skeleton.joints, found, strict=True) if name == twice]
        raise ValueError(f"joints {' and '.join(map(repr, names))} of skeleton {skeleton.name!r} both mean {twice!r}")
    return tuple(found)
