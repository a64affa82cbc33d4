"""The doctor: what is wrong with a labeled set before anything learns from it, where, and what would repair it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from hrnet.sets.derive import limbs_of
from hrnet.sets.doctor.finding import KINDS, SEVERITIES, Finding, Kind, Severity, Spot, grouped, ordered
from hrnet.sets.doctor.labels import boxless, counted, doubled, misplaced, stretched
from hrnet.sets.doctor.pictures import MOST_COMPARED, looks, repeated, unusable
from hrnet.sets.doctor.sides import swaps
from hrnet.sets.doctor.splits import shared_sources
from hrnet.sets.shape import Shapes

# Kinds that reading and `hrnet.data.checking` tell already, for sets of any size.
CHECKED = ("missing", "broken", "resized", "far_outside", "empty")
COPIES = ("copy", "copy_across")  # it tells those whose files are the same, too, but not those in another format

__all__ = ["KINDS", "SEVERITIES", "Finding", "Kind", "Severity", "Spot"]
__all__ += ["beside_check", "examine", "examine_labels", "grouped"]


def examine(
    poses: PoseSet, made: Collection[int] = (), progress: Callable[[float], None] = lambda share: None
) -> tuple[Finding, ...]:
    """Everything that is to be said of a set, the worst first. Each picture is decoded once.

    Args:
        made: places in `poses.samples` of things whose boxes were made from their joints.
        progress: hears the share that is done; what it raises ends the work.
    """
    seen = looks(poses.photos, progress)
    found = unusable(poses, seen) + repeated(poses, seen)
    if len(poses.photos) > MOST_COMPARED:
        found.append(Finding("not_compared", (), (), {"count": len(poses.photos)}))
    sizes = [one.size or photo.size for one, photo in zip(seen, poses.photos, strict=True)]
    return ordered(found + examine_labels(poses, made, sizes))


def beside_check(
    poses: PoseSet, deep: bool = False, progress: Callable[[float], None] = lambda share: None
) -> tuple[Finding, ...]:
    """What `hrnet.data.checking.examine` does not tell of a set in files.

    Args:
        deep: look at the pictures, too, for those that are nearly the same, unless there are more than MOST_COMPARED.
    """
    deep = deep and len(poses.photos) <= MOST_COMPARED
    found = examine(poses, progress=progress) if deep else ordered(examine_labels(poses))
    return tuple(
        one for one in found if one.kind not in CHECKED and not (one.kind in COPIES and _same_file(poses, one))
    )


def _same_file(poses: PoseSet, finding: Finding) -> bool:
    one, other = (poses.photos[spot.photo].content() for spot in finding.spots)
    return one == other


def examine_labels(poses: PoseSet, made: Collection[int] = (), sizes: Sequence[Size | None] = ()) -> list[Finding]:
    """What the labels alone tell: no picture is opened.

    Args:
        made: as for `examine`. sizes: (height, width) of each picture; without them, as the labels state it.
    """
    shapes = Shapes.of(poses)
    limbs = poses.skeleton.limbs or limbs_of(shapes)
    return [
        *misplaced(poses, sizes or [photo.size for photo in poses.photos]),
        *doubled(poses),
        *counted(poses),
        *boxless(poses, made),
        *swaps(poses, shapes),
        *stretched(poses, shapes, limbs),
        *shared_sources(poses),
    ]
