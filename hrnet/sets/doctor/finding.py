"""What the doctor can find: the kinds, how bad each is, how it is said, and what repairs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["wrong", "doubt", "note"]

# The worst first. wrong: a training learns or measures something false. doubt: look at it, it may be right. note: good
# to know before a training, and nothing is wrong with it.
SEVERITIES: tuple[Severity, ...] = ("wrong", "doubt", "note")


@dataclass(frozen=True)
class Kind:
    """A kind of finding. title: what its group is called; line: one finding, with the places of `Finding.values`;
    repair: the name of a function in `hrnet.sets.repair`, or None where only a person can tell."""

    severity: Severity
    title: str
    line: str
    repair: str | None = None


# In the order in which they are told among the same severity.
KINDS: dict[str, Kind] = {
    "missing": Kind("wrong", "missing pictures", "{picture} is missing", "remove_picture"),
    "broken": Kind("wrong", "broken pictures", "{picture} cannot be read: {reason}", "remove_picture"),
    "resized": Kind(
        "wrong", "pictures of another size", "{picture} is {size} pixels, its labels were made for {stated}"
    ),
    "not_finite": Kind("wrong", "joints without a place", "{joints} in {picture}: not a number", "unlabel"),
    "far_outside": Kind("wrong", "joints far outside", "{joints} in {picture}: far outside of it", "unlabel"),
    "outside": Kind("doubt", "joints outside", "{joints} in {picture}: outside by up to {pixels} pixels", "clip"),
    "same_joints": Kind(
        "wrong", "things labeled twice", "two things in {picture} have the same joints", "remove_thing"
    ),
    "copy_across": Kind(
        "wrong",
        "the same picture to learn and to test",
        "{picture} ({split}) is the same as {other} ({others})",
        "remove_picture",
    ),
    "similar_across": Kind(
        "wrong",
        "nearly the same picture to learn and to test",
        "{picture} ({split}) is nearly the same as {other} ({others})",
        "move",
    ),
    "source_across": Kind(
        "doubt",
        "one video to learn and to test",
        "pictures of {source} {split}: {count}, {others}: {rest}",
        "move",
    ),
    "one_source": Kind(
        "note", "one video only", "all pictures are of {source}: figures say little about any other video or subject"
    ),
    "unseen": Kind("doubt", "joints never labeled", "{joints}: never labeled, so never learned"),
    "rare": Kind("doubt", "joints labeled too rarely", "{joints}: labels {count}, at least {least} are needed"),
    "swapped": Kind(
        "doubt",
        "left and right swapped",
        "{joints} in {picture}: left and right do not go with its other joints",
        "swap",
    ),
    "mirrored": Kind(
        "doubt", "left and right swapped, or seen from the other side", "a thing in {picture} is mirrored", "swap"
    ),
    "two_sides": Kind(
        "note",
        "seen from two sides",
        "things are seen from two sides: if one has left and right swapped throughout, its joints do not show it",
    ),
    "long_limb": Kind(
        "doubt", "limbs far too long", "{joints} in {picture}: {times} times as long as usual for its size"
    ),
    "copy": Kind("doubt", "the same picture twice", "{picture} is the same as {other}", "remove_picture"),
    "few": Kind("doubt", "few pictures", "labeled pictures: {count}, at least {least} are needed for something useful"),
    "similar": Kind("note", "nearly the same pictures", "{picture} is nearly the same as {other}"),
    "not_compared": Kind("note", "pictures not compared", "{count} pictures are too many to look for similar ones"),
    "empty": Kind("note", "pictures without labels", "{picture} has no label"),
    "no_box": Kind(
        "note",
        "boxes made from joints",
        "things in {picture}: {count}, boxes made from joints with a margin of {margin}%",
        "box",
    ),
}


@dataclass(frozen=True)
class Spot:
    """Where to look: the place of a photo in `PoseSet.photos`, maybe of a thing in `PoseSet.samples`, and joints."""

    photo: int
    thing: int | None = None
    joints: tuple[int, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    spots: where it shows, the one to be repaired first. values: what its line tells, by names.
    weight: within its kind, the higher the worse.
    """

    kind: str
    spots: tuple[Spot, ...] = ()
    joints: tuple[int, ...] = ()  # where it is about joints of the whole set
    values: Mapping[str, object] = field(default_factory=dict)
    weight: float = 0.0

    @property
    def severity(self) -> Severity:
        return KINDS[self.kind].severity

    @property
    def repair(self) -> str | None:
        return KINDS[self.kind].repair

    @property
    def line(self) -> str:
        """What was found, in one line."""
        return KINDS[self.kind].line.format(**self.values)


def grouped(findings: Iterable[Finding], examples: int = 3) -> list[tuple[Severity, str]]:
    """One line for each kind: how many there are, and the first examples; for a terminal."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.kind, []).append(finding)
    return [
        (KINDS[kind].severity, f"{len(some)} x {KINDS[kind].title}: {'; '.join(one.line for one in some[:examples])}")
        for kind, some in groups.items()
    ]


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Worst first: by severity, then by kind, then by weight."""
    kinds = list(KINDS)
    return tuple(sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), kinds.index(f.kind), -f.weight)))
