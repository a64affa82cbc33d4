"""Which joint of one skeleton is which of another, by their names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hrnet.sets.errors import SetError
from hrnet.skeleton import Skeleton

NAMED = 6  # joints that a message lists


def matched(own: Skeleton, other: Skeleton) -> list[int | None]:
    """For each joint of a set the place of the same joint in what was brought, or None where that has none.

    Names are the same where they differ in capitals, blanks, dots or dashes only: "Left Ear" is "left_ear".

    Raises:
        SetError: not one joint is the same.
    """
    exact = {joint: place for place, joint in enumerate(other.joints)}
    near: dict[str, int | None] = {}
    for place, joint in enumerate(other.joints):
        near[_near(joint)] = None if _near(joint) in near else place  # two that are alike are not told apart
    order = [exact.get(joint, near.get(_near(joint))) for joint in own.joints]
    if all(place is None for place in order):
        raise SetError(
            f"these labels are of another skeleton: they have {some(other.joints)}, this set has {some(own.joints)}; "
            "nothing was brought. Make a set of their own of them, or name the joints alike"
        )
    return order


def some(joints: Sequence[str]) -> str:
    more = len(joints) - NAMED
    return ", ".join(joints[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _near(joint: str) -> str:
    return re.sub(r"[\s._-]+", "_", joint.strip().casefold())
