"""A set as everything else in this library takes it: photos, and labeled persons of whatever kind."""

from __future__ import annotations

from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.sets.state import State
from hrnet.sets.things import Picture, Thing


def as_poses(state: State, proposed: bool) -> PoseSet:
    """
    Args:
        proposed: with what a network proposed and nobody has confirmed; without it, a picture with such is not
            complete.
    """
    photos: list[PhotoFile] = []
    samples: list[LabeledPerson] = []
    for id, picture in state.pictures.items():
        things = state.seen(id)
        kept = [thing for thing in things if proposed or thing.by != "network"]
        places = [thing for thing in kept if thing.box is not None]  # with a box, or a joint to make one from
        samples += [_person(thing, len(samples) + n, len(photos)) for n, thing in enumerate(places, 1)]
        photos.append(_photo(picture, whole=len(kept) == len(things)))
    return PoseSet(state.skeleton, tuple(photos), tuple(samples))


def _person(thing: Thing, id: int, photo: int) -> LabeledPerson:
    return LabeledPerson(
        id=id,
        photo=photo,
        box=thing.box,
        keypoints=thing.keypoints,
        confidence=thing.confidence,
        ignore=thing.ignore,
        crowd=thing.crowd,
        area=thing.area,
        head=thing.head,
        uncut=thing.uncut,
    )


def _photo(picture: Picture, whole: bool) -> PhotoFile:
    return PhotoFile(
        id=picture.id,
        path=picture.path,
        size=picture.size,
        source=picture.source,
        split=picture.split,
        complete=picture.complete and whole,
        crowding=picture.crowding,
        called=picture.name,
    )
