"""Loose points to people: in many tools a joint is a shape of its own, and who it belongs to must be found out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from hrnet.data.importers.collected import Collected, Point
from hrnet.geometry import Box


@dataclass(frozen=True)
class LoosePoint:
    joint: str
    point: Point
    group: Hashable | None = None  # what the tool says of which shapes belong together


@dataclass(frozen=True)
class LooseBox:
    box: Box
    group: Hashable | None = None


def add_people(photo: int, points: Sequence[LoosePoint], boxes: Sequence[LooseBox], collected: Collected) -> None:
    """The people of one photo.

    Points and boxes of one group are one person. A point without a group belongs to the box without a group around it;
    if there are several such boxes, to the smallest. What then is left is one person, unless a joint repeats: of a set
    of one joint each point is somebody, else the later ones are left out and told. A box without any point is nobody.
    """
    people: dict[Hashable, tuple[list[LoosePoint], Box | None]] = defaultdict(lambda: ([], None))
    for one in boxes:
        if one.group is not None:
            people[one.group] = ([], one.box)
    free = [one.box for one in boxes if one.group is None]
    for one in points:
        if math.isnan(one.point.x) and math.isnan(one.point.y):
            continue  # not labeled
        group = one.group
        around = [box for box in free if group is None and _holds(box, one.point)]
        if around:
            box = min(around, key=lambda box: box.area)
            group = ("box", free.index(box))
            people[group] = (people[group][0], box)
        people[group][0].append(one)
    name = collected.name(photo)
    for shapes, box in people.values():
        if not shapes:
            collected.remarks.add("box without a joint in it", name)
            continue
        joints: dict[str, Point] = {}
        again = [one for one in shapes if joints.setdefault(one.joint, one.point) is not one.point]
        if again and len(joints) == 1 and box is None:
            for one in shapes:
                collected.person(photo, {one.joint: one.point})
            continue
        for one in again:
            collected.problems.add("joint that one person has twice: the first was taken", f"{one.joint} in {name}")
        collected.person(photo, joints, box)
    unused = [box for place, box in enumerate(free) if ("box", place) not in people]
    if unused and points:
        what = "box of which nothing tells whose it is: it was not used"
        collected.remarks.add(what, f"{len(unused)} in {name}")


def _holds(box: Box, point: Point) -> bool:
    return box.x <= point.x <= box.x + box.w and box.y <= point.y <= box.y + box.h
