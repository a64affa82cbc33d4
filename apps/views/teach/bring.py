"""The step "Bring", as far as it is quick: which sets there are, what one is, its name, its joints.

What takes minutes, reading what was brought, is the bench of `apps.views.teach.importing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apps.views.teach import Say, opened, states
from apps.views.teach.skeletons import asked, derived, places

if TYPE_CHECKING:
    from apps.desk import Desk
    from hrnet.sets import LabelSet

FIRST = 16  # pictures that the page shows of a set
MAX_TOKENS = 200  # that one question may name


def sets(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The sets that a visitor may see: those whose tokens they have, shared ones, and all where nobody else can ask.

    Args:
        values: {"tokens": [...]}.
    Returns:
        {"sets": [what `told` says of each, newest first], "gone": the tokens of the others}
    """
    tokens = values.get("tokens")
    if not isinstance(tokens, list) or len(tokens) > MAX_TOKENS or not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"tokens are a list of at most {MAX_TOKENS} texts, got {tokens!r:.60}")
    found = desk.sets.listed(tokens, everything=desk.alone)
    there = {kept.token for kept in found}
    return {"sets": [told(kept) for kept in found], "gone": [token for token in tokens if token not in there]}


def summary(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """What the page knows of a set: `told`, its skeleton, its first pictures, and what each step says of it."""
    return summed(desk, opened(desk, values))


def rename(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """values: {"set", "name"}."""
    kept = opened(desk, values)
    kept.rename(str(values.get("name") or ""))
    return told(kept)


def share(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """values: {"set", "shared": whether everybody may see and label it}."""
    kept = opened(desk, values)
    if not isinstance(values.get("shared"), bool):
        raise ValueError(f"shared is true or false, got {values.get('shared')!r:.60}")
    kept.share(values["shared"])
    return told(kept)


def remove(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Remove a set with its pictures, labels, and runs, for good."""
    from apps.views.teach.run import of

    kept = opened(desk, values)
    of(desk).forget(kept.token)
    desk.sets.remove(kept.token)
    return {"removed": kept.token}


def shape(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Where the joints of the set stand in a small drawing: {"places": [[x, y] or null, ...]}, see `places`."""
    kept = opened(desk, values)
    things = (thing.keypoints for picture in kept.pictures for thing in kept.things(picture))
    return {"places": places(kept.skeleton, things)}


def derive(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Pairs and limbs that follow from names of joints, while they are still being typed.

    Args:
        values: {"joints": [name, ...]}.
    """
    return derived(values.get("joints"))


def skeleton(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Give the set these joints; labels of joints that stay are carried along.

    Args:
        values: {"set", "joints", "pairs", "limbs"; "order": for each joint the place that it had, or null; "before":
            the joints that these places are of}.
    Returns:
        as `summary`.
    Raises:
        ValueError: it is no skeleton, or somebody else changed the joints meanwhile; nothing has changed. One line.
    """
    kept = opened(desk, values)
    if values.get("before") != list(kept.skeleton.joints):
        raise ValueError("somebody else changed the joints of this set meanwhile; load it again first")
    skeleton, order = asked(values, kept.skeleton)
    kept.set_skeleton(skeleton, order)
    return summed(desk, kept)


def state(desk: Desk, kept: LabelSet) -> dict[str, Any] | None:
    """For the ribbon: done once there are pictures, and joints with names."""
    return {"text": "", "values": {}, "done": bool(kept.pictures) and named(kept)}


def told(kept: LabelSet) -> dict[str, Any]:
    """A set in a few words; "labeled" counts the pictures in which a joint has a label that a person or a file gave."""
    things = {picture: kept.things(picture) for picture in kept.pictures}
    given = {picture: [thing for thing in some if thing.by != "network"] for picture, some in things.items()}
    return {
        "token": kept.token,
        "name": kept.name,
        "shared": kept.shared,
        "pictures": len(kept.pictures),
        "labeled": sum(any((thing.keypoints[:, 2] > 0).any() for thing in some) for some in given.values()),
        "things": sum(len(some) for some in things.values()),
        "named": named(kept),
    }


def summed(desk: Desk, kept: LabelSet) -> dict[str, Any]:
    skeleton = kept.skeleton
    return {
        **told(kept),
        "joints": list(skeleton.joints),
        "pairs": [list(pair) for pair in skeleton.flip_pairs],
        "limbs": [list(pair) for pair in skeleton.limbs],
        "sides": list(skeleton.sides),
        "first": list(kept.pictures)[:FIRST],
        "problems": list(kept.problems),
        "steps": states(desk, kept),
    }


def named(kept: LabelSet) -> bool:
    """Whether somebody said what the joints are; pictures without labels come with a placeholder."""
    from hrnet.data.importers.pictures import UNNAMED

    return kept.skeleton.joints != UNNAMED.joints
