"""Several labeled sets as one."""

from __future__ import annotations

from dataclasses import replace

from hrnet.data.pose_set import PoseSet


def joined(*sets: PoseSet) -> PoseSet:
    """All photos and persons of sets with the same joints, one set after the other.

    Where ids of photos or persons repeat, all of the later set are moved behind those before, so labels of the result
    can be written and judged.

    Raises:
        ValueError: no set, or sets with different joints.
    """
    if not sets:
        raise ValueError("there is no set to join")
    first = sets[0]
    for other in sets[1:]:
        if other.joints != first.joints:
            raise ValueError(
                f"sets of the joints of {first.skeleton.name} ({len(first.joints)}) and of {other.skeleton.name} "
                f"({len(other.joints)}) cannot be joined"
            )
    photos, samples, problems, remarks = [], [], [], []
    for part in sets:
        past_photo = _past([photo.id for photo in photos], [photo.id for photo in part.photos])
        past_person = _past([person.id for person in samples], [person.id for person in part.samples])
        before = len(photos)
        photos += [replace(photo, id=photo.id + past_photo) for photo in part.photos]
        samples += [replace(person, id=person.id + past_person, photo=person.photo + before) for person in part.samples]
        problems += part.problems
        remarks += part.remarks
    return PoseSet(first.skeleton, tuple(photos), tuple(samples), tuple(problems), tuple(remarks))


def _past(taken: list[int], new: list[int]) -> int:
    """What is added to the new ids so that none is taken."""
    return max(taken) + 1 - min(new) if not set(taken).isdisjoint(new) else 0
