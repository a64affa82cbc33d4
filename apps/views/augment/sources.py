"""Labeled persons to walk through the steps: in one's own photo, in an example, in a drawn scene, in a loaded set."""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from hrnet import draw, image
from hrnet.estimator import Ask
from hrnet.geometry import Box
from hrnet.image import ImageError
from hrnet.skeleton import COCO_17, Skeleton

if TYPE_CHECKING:
    from apps.desk import Desk
    from hrnet.data import PhotoFile, PoseSet

SCENES = 1000  # that can be asked for by number: those of `hrnet.scenes.draw_set` with seed 0
LABELS = ("drawn", "network", "set")  # where labels are from


def people(desk: Desk, token: object) -> dict[str, Any]:
    """Who is in a photo, surest first: `labels` says how that is known, "drawn" or by the "network". One that somebody
    has taught is asked about examples, too: what is drawn there are people.

    A network does not say which joints are occluded: what it is sure of counts as visible, the rest as unlabeled.
    """
    from apps import examples
    from apps.desk import EXAMPLE

    name = str(token).removeprefix(EXAMPLE)
    if str(token).startswith(EXAMPLE) and name in examples.DRAWN and desk.model.loan is None:
        return {"labels": "drawn", **_drawn_example(name)}

    def show(estimator, photo: np.ndarray, found: list) -> dict[str, Any]:
        persons = []
        for one in found:
            sure = one.keypoints[:, 2] > draw.VISIBLE
            if sure.any():
                persons.append(_person(one.box, np.column_stack([one.keypoints[:, :2], 2 * sure])))
        return _whole(photo.shape[:2], estimator.skeleton, persons)

    return {"labels": "network", **desk.model.ask(lambda: Ask(desk.photo(token)), show)}


def scene(desk: Desk, number: int) -> dict[str, Any]:
    """A drawn scene: scene `number` of `hrnet.scenes.draw_set`, before a JPEG was made of it."""
    content, said = _scene(number)
    held = _held(desk, "scene", number, f"scene-{number:03d}.png", content)
    return {"labels": "drawn", **held, **said, "number": number}


def of_set(desk: Desk, number: int) -> dict[str, Any]:
    """A photo of the set that the server was started with, by its place among those with labeled people."""
    poses = _set(desk)
    at = labeled_photos(desk)[number]
    photo = poses.photos[at]
    height, width = _size(photo)
    persons = [_person(one.box, one.keypoints) for one in poses.samples if one.photo == at and one.labeled]
    held = _held(desk, "set", number, photo.name, photo.content())
    return {"labels": "set", **held, **_whole((height, width), poses.skeleton, persons), "number": number}


def skeleton_of(desk: Desk, labels: object) -> Skeleton:
    """The joints of labels from there. Raises ValueError where there are none such."""
    if labels == "drawn":
        return COCO_17
    if labels == "set":
        return _set(desk).skeleton
    if labels == "network":
        known = [card.metadata.skeleton for card in desk.model.cards if card.metadata.role == "pose"]
        return known[0] if known and known[0] else desk.model.estimator.skeleton
    raise ValueError(f"labels is one of {', '.join(LABELS)}, got {labels!r:.60}")


def labeled_photos(desk: Desk) -> tuple[int, ...]:
    """The places, in the set's photos, of those with a person who has a labeled joint."""
    return _labeled(_set(desk))


@lru_cache(maxsize=1)
def _labeled(poses: PoseSet) -> tuple[int, ...]:
    return tuple(sorted({one.photo for one in poses.samples if one.labeled and not one.crowd}))


def _set(desk: Desk) -> PoseSet:
    if desk.labeled is None:
        raise ValueError("no labeled set is loaded; start the server with --set FOLDER")
    return desk.labeled


def _size(photo: PhotoFile) -> tuple[int, int]:
    return photo.size or photo.read().shape[:2]


@lru_cache(maxsize=8)
def _drawn_example(name: str) -> dict[str, Any]:
    from hrnet import scenes  # importing it takes a second

    return _of_scene(scenes.example(name))


@lru_cache(maxsize=8)
def _scene(number: int) -> tuple[bytes, dict[str, Any]]:
    from hrnet import scenes

    drawn = scenes.draw_scene(np.random.default_rng([0, number]))
    return image.encode(drawn.photo, "png"), _of_scene(drawn)


def _of_scene(drawn) -> dict[str, Any]:
    persons = [_person(box, keypoints) for box, keypoints in zip(drawn.boxes, drawn.keypoints, strict=True)]
    return _whole(drawn.photo.shape[:2], drawn.skeleton, sorted(persons, key=_area, reverse=True))


def _person(box: Box, keypoints: np.ndarray) -> dict[str, Any]:
    joints = np.where(keypoints[:, 2:] > 0, keypoints, 0)
    return {
        "box": [round(float(v), 2) for v in box.xywh],
        "keypoints": [[round(float(x), 2), round(float(y), 2), int(v)] for x, y, v in joints],
    }


def _area(person: dict[str, Any]) -> float:
    return person["box"][2] * person["box"][3]


def _whole(size: tuple[int, int], skeleton: Skeleton, persons: list[dict[str, Any]]) -> dict[str, Any]:
    sides = {"sides": skeleton.sides, "mirror": skeleton.mirror.tolist(), "lower_body": skeleton.lower_body}
    labeled = [one for one in persons if any(row[2] for row in one["keypoints"])]
    return {"height": size[0], "width": size[1], "skeleton": {**skeleton.to_dict(), **sides}, "people": labeled}


_tokens: dict[tuple[object, ...], str] = {}
_lock = threading.Lock()


def _held(desk: Desk, source: str, number: int, name: str, content: bytes) -> dict[str, str]:
    """A file of the server's own, where a visitor's photos lie: its token and its address, one for all who look."""
    key = (desk, source, number)
    with _lock:
        token = _tokens.get(key)
        try:
            desk.file(token)
        except ImageError:  # never there, or expired
            token, path = desk.place(name)
            path.write_bytes(content)
            _tokens[key] = token
    return {"photo": token, "url": f"/photos/{token}", "name": name}
