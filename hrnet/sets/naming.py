"""Left and right in the names of joints: leftEar, eyeL, paw1LH, hip_r, ear (left), LShoulder ... in any of the ways
people write them. Half of the body by names, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hrnet.skeleton import Pairs

# The words of a name: "paw1LH_top" -> paw 1 LH top, "LShoulder" -> L Shoulder, "hipR" -> hip R, "左眼" -> 左 眼
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[左右]|[^\W\d_A-Za-z左右]+")

WHOLE = (("left", "right"), ("l", "r"), ("lt", "rt"), ("lft", "rgt"), ("左", "右"))
INSIDE = ("left", "right")  # also without a boundary, as in leftear

UPPER = (
    "head",
    "face",
    "nose",
    "snout",
    "beak",
    "eye",
    "ear",
    "mouth",
    "chin",
    "jaw",
    "neck",
    "throat",
    "thorax",
    "chest",
)
UPPER += ("shoulder", "arm", "elbow", "wrist", "hand", "finger", "thumb", "antenna")
LOWER = ("hip", "pelvis", "leg", "knee", "ankle", "foot", "feet", "toe", "heel", "tail", "thigh", "shin", "abdomen")


def words(name: str) -> list[str]:
    """The parts that a name is made of, in lower case, capitals of an abbreviation together."""
    return [word.lower() for word in _WORDS.findall(name)]


def pairs_by_name(joints: Sequence[str]) -> Pairs:
    """(left, right) places of joints whose names say that they are a pair, each joint in one pair at most.

    Numbers count at first; where they stand in the way (paw1LH and paw4RH), names are compared without them, provided
    that this leaves no choice.
    """
    named = [words(joint) for joint in joints]
    pairs: list[tuple[int, int]] = []
    for keys in ([" ".join(some) for some in named], [" ".join(w for w in some if not w.isdigit()) for some in named]):
        taken = {place for pair in pairs for place in pair}
        where: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            if place not in taken:
                where.setdefault(key, []).append(place)
        for place, key in enumerate(keys):
            if len(where.get(key, ())) != 1 or place in taken:
                continue
            others = [spot for other in _right_of(key.split()) for spot in where.get(other, ())]
            if len(others) == 1 and others[0] not in taken and len(where[keys[others[0]]]) == 1:
                pairs.append((place, others[0]))
                taken |= {place, others[0]}
    return tuple(sorted(pairs)) or _glued(joints)


def _right_of(some: Sequence[str]) -> Iterator[str]:
    """What the partner of a left joint could be called, as words."""
    for place, word in enumerate(some):
        for other in _right_words(word):
            yield " ".join((*some[:place], other, *some[place + 1 :]))


def _right_words(word: str) -> Iterator[str]:
    for left, right in WHOLE:
        if word == left:
            yield right
    left, right = INSIDE
    if word != left and word.startswith(left):
        yield right + word[len(left) :]
    elif word != left and word.endswith(left):
        yield word[: -len(left)] + right
    if (
        len(word) == 2 and word.isascii() and "l" in word
    ):  # lh, lf: left hind, left front; fl, bl: front left, back left
        yield from (word[:place] + "r" + word[place + 1 :] for place in range(2) if word[place] == "l")


def _glued(joints: Sequence[str]) -> Pairs:
    """Names with l or r glued to them (earl, earr; LEYE, REYE): one such pair may be chance, two are a habit."""
    places = {joint.lower(): place for place, joint in enumerate(joints)}
    behind = {name: f"{name[:-1]}r" for name in places if len(name) > 2 and name.endswith("l")}
    before = {name: f"r{name[1:]}" for name in places if len(name) > 2 and name.startswith("l")}
    for others in (behind, before):
        pairs = tuple((places[name], places[other]) for name, other in others.items() if other in places)
        if len(pairs) > 1:
            return pairs
    return ()


def upper_by_name(joints: Sequence[str]) -> tuple[int, ...]:
    """Joints of the upper (front) half; empty unless names tell it of most joints, and of both halves."""
    upper, lower = [], []
    for place, joint in enumerate(joints):
        text = " ".join(words(joint))
        # the longest part decides: a forearm is no ear, a hind leg no hand
        part = max((part for part in UPPER + LOWER if part in text), key=len, default="")
        front = any(word in text for word in ("front", "fore")) or None
        back = any(word in text for word in ("hind", "back", "rear")) or None
        if front or (part in UPPER and not back):
            upper.append(place)
        elif back or part in LOWER:
            lower.append(place)
    told = len(upper) + len(lower)
    return tuple(upper) if upper and lower and 4 * told >= 3 * len(joints) else ()
