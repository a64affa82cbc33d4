"""The doctor: what is wrong with a labeled set before anything learns from it, where, and what would repair it.

for finding in examine(poses):
    print(finding.severity, finding.line)
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from hrnet.data.pose_set import PoseSet
from hrnet.sets.derive import limbs_of
from hrnet.sets.doctor.finding import KINDS, SEVERITIES, Finding, Kind, Severity, Spot, ordered
from hrnet.sets.doctor.labels import boxless, counted, doubled, misplaced, stretched
from hrnet.sets.doctor.pictures import MOST_COMPARED, looks, repeated, unusable
from hrnet.sets.doctor.sides import swaps
from hrnet.sets.doctor.splits import shared_sources
from hrnet.sets.shape import Shapes

__all__ = ["KINDS", "SEVERITIES", "Finding", "Kind", "Severity", "Spot", "examine", "examine_labels"]


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
    return ordered(found + misplaced(poses, sizes) + examine_labels(poses, made))


def examine_labels(poses: PoseSet, made: Collection[int] = ()) -> list[Finding]:
    """What the labels alone tell: no picture is opened. Args: as `examine`."""
    shapes = Shapes.of(poses)
    limbs = poses.skeleton.limbs or limbs_of(shapes)
    return [
        *doubled(poses),
        *counted(poses),
        *boxless(poses, made),
        *swaps(poses, shapes),
        *stretched(poses, shapes, limbs),
        *shared_sources(poses),
    ]
