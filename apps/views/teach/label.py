"""The step "Label": the pictures of a set, what is labeled in them, and what a network proposes.

Every stroke is on the disk before it is answered. Two people who label one picture do not overwrite each other: the
second is told what the first did, and chooses.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from apps.desk import Kept
from apps.views.teach import opened
from apps.views.teach.label_networks import Doubt, Teacher, teacher
from hrnet import image
from hrnet.estimator import checked
from hrnet.geometry import Box
from hrnet.sets import Conflict, LabelSet, Picture, Thing

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say

CELL = (96, 144)  # (height, width) of one picture on the sheet
COLUMNS = 8
MOST_SHOWN = 40  # pictures on one sheet
MOST_THINGS = 500  # in one picture
SECONDS = 4  # in which the least certain picture is looked for
MOST_LOOKED = 60  # pictures that are looked at for it

_small: Kept[np.ndarray] = Kept(5000, 100_000_000)  # pictures as they are on the sheet, by their digest
_addresses: Kept[str] = Kept(1000, 1000)  # where a picture was handed out
_doubts: Kept[Doubt] = Kept(5000, 5000)
_reading = threading.Lock()  # pictures of 64 megapixels are not decoded side by side


def list(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Every picture: {"pictures": [{"id", "name", "split", "source", "things", "labeled", "joints"}]}; `labeled` of
    `joints` that its things have."""
    kept = opened(desk, values)
    return {"pictures": [_row(kept, picture) for picture in kept.pictures.values()]}


def sheet(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Small pictures of "pictures", ids, up to MOST_SHOWN: {"url", one JPEG with all, "pictures", the ids in reading
    order, "columns", "cell": [height, width]}. What cannot be read is left gray."""
    kept = opened(desk, values)
    asked = values.get("pictures")
    if not isinstance(asked, _list) or not 0 < len(asked) <= MOST_SHOWN:
        raise ValueError(f"a sheet shows 1 to {MOST_SHOWN} pictures, got {asked!r:.60}")
    pictures = [_picture(kept, one) for one in asked]
    height, width = CELL
    pixels = np.full((-(-len(pictures) // COLUMNS) * height, COLUMNS * width, 3), 128, np.uint8)
    for number, picture in enumerate(pictures):
        say(number / len(pictures))
        row, column = divmod(number, COLUMNS)
        pixels[row * height :, column * width :][:height, :width] = _thumbnail(picture)
    return {"url": desk.picture(pixels, "jpeg"), "pictures": asked, "columns": COLUMNS, "cell": [*CELL]}


def open(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """One picture, "picture": {"id", "name", "url", "width", "height", "revision", "things", "number", "count"}."""
    kept = opened(desk, values)
    picture = _picture(kept, values.get("picture"))
    order = [*kept.pictures]
    return {
        "id": picture.id,
        "name": picture.name,
        "url": _address(desk, picture),
        "width": picture.width,
        "height": picture.height,
        "number": order.index(picture.id) + 1,
        "count": len(order),
        **_labels(kept, picture.id),
    }


def stroke(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """What somebody made of "picture" since "revision": "things" are all of it from now on.

    Returns:
        {"picture", "revision", "labeled", "joints", "things"} once it is on the disk. Or where somebody else was
        there meanwhile {"picture", "conflict": {"revision", "things"}}, and nothing was changed.
    """
    kept = opened(desk, values)
    picture = _picture(kept, values.get("picture"))
    revision, given = values.get("revision"), values.get("things")
    if isinstance(revision, bool) or not isinstance(revision, int):
        raise ValueError(f"revision is a whole number, got {revision!r:.40}")
    if not isinstance(given, _list) or len(given) > MOST_THINGS:
        raise ValueError(f"things are a list of up to {MOST_THINGS}, got {given!r:.60}")
    things = [Thing.of(one) for one in given]
    try:
        new = kept.stroke(picture.id, revision, things)
    except Conflict:
        return {"picture": picture.id, "conflict": _labels(kept, picture.id)}
    row = _row(kept, picture)
    return {"picture": picture.id, "revision": new, **{name: row[name] for name in ("things", "labeled", "joints")}}


def take_out(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Take "picture" out of the set; `put_back` brings it back: {"picture", "name", "pictures" as `list` has them}."""
    kept = opened(desk, values)
    picture = _picture(kept, values.get("picture"))
    kept.remove_picture(picture.id)
    return {"picture": picture.id, "name": picture.name, **list(desk, values, say)}


def put_back(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Bring back "picture", which was taken out: {"picture", "pictures" as `list` has them}."""
    kept, one = opened(desk, values), values.get("picture")
    kept.restore_picture(one if type(one) is int else -1)
    return {"picture": one, **list(desk, values, say)}


def propose(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """What a network says of "picture". boxes: of its things as they are on the page, each [x, y, w, h] or null.

    Returns:
        {"picture", "proposals": one for each thing, or where there is none for whoever is seen: {"points": for each
            joint [x, y, height] or null, "box"}; "by": {"name", "run", "known", "joints"} or null where no network
            knows a joint of this set}.
    """
    kept = opened(desk, values)
    picture = _picture(kept, values.get("picture"))
    boxes = values.get("boxes", [])
    if not isinstance(boxes, _list) or len(boxes) > MOST_THINGS:
        raise ValueError(f"boxes are a list of up to {MOST_THINGS}, got {boxes!r:.60}")
    photo = _photo(picture)
    asked = [None if box is None else _box(box, photo) for box in boxes]
    network = teacher(desk, kept)
    if network is None:
        return {"picture": picture.id, "proposals": [], "by": None}
    proposals = network.propose(photo, asked)
    by = {"name": network.name, "run": network.run, "known": network.known, "joints": len(network.places)}
    return {"picture": picture.id, "proposals": [one.to_json() for one in proposals], "by": by}


def next(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The picture to go on with after "picture": the one a network is least certain of among those without a label, or
    where all have some, those with joints left.

    Returns:
        {"picture": its id, or null where nothing is left; "left": how many; "looked": at how many of them; "reason":
            {"kind": "mirror", "joints", "pixels"}, how far the network's answers to the picture and to its mirror lie
            apart; {"kind": "low", "joints", "height"}, of the highest of their peaks; {"kind": "nobody"}, nobody was
            found; {"kind": "order"}, no network knows these joints.}
    """
    kept = opened(desk, values)
    pictures = kept.pictures
    ids = [*pictures]
    here = values.get("picture")
    after = ids.index(here) + 1 if here in ids else 0
    others = [one for one in ids[after:] + ids[:after] if one != here]
    rows = {one: _row(kept, pictures[one]) for one in others}
    empty = [one for one in others if not rows[one]["labeled"]]
    left = empty or [one for one in others if rows[one]["labeled"] < rows[one]["joints"]]
    if not left:
        return {"picture": None, "left": 0, "looked": 0, "reason": None}
    network = teacher(desk, kept)
    if network is None:
        return {"picture": left[0], "left": len(left), "looked": 0, "reason": {"kind": "order"}}
    doubts: dict[int, Doubt] = {}
    candidates = _spread(left, MOST_LOOKED)
    began = None  # once the first is done: before it, a network may have to be loaded
    for number, one in enumerate(candidates):
        say(number / len(candidates))
        try:
            doubts[one] = _doubt(network, kept, pictures[one])
        except image.ImageError:
            continue  # the step "Check" tells of it; there is nothing to be labeled
        began = began or time.monotonic()
        if time.monotonic() - began > SECONDS:
            break
    if not doubts:
        return {"picture": left[0], "left": len(left), "looked": 0, "reason": {"kind": "order"}}
    chosen = max(doubts, key=lambda one: doubts[one].share)
    return {"picture": chosen, "left": len(left), "looked": len(doubts), "reason": doubts[chosen].reason}


def export(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The set as COCO keypoints, pictures and labels in one zip: {"url", "name"}."""
    kept = opened(desk, values)
    stem = re.sub(r"[^\w-]+", "-", kept.name).strip("-") or "set"
    token, path = desk.place(f"{stem}-coco.zip")
    try:
        kept.export(path)
    except BaseException:
        desk.forget(token)
        raise
    return {"url": desk.address(token), "name": path.name}


def state(desk: Desk, kept: LabelSet) -> dict[str, Any] | None:
    """For the ribbon: how many pictures have labels."""
    if not kept.pictures:
        return None
    pictures = kept.pictures
    labeled = sum(any(thing.labeled for thing in kept.things(one)) for one in pictures)
    count = len(pictures)
    return {"text": "teach.label.state", "values": {"labeled": labeled, "count": count}, "done": labeled == count}


# ---- what they have in common ----------------------------------------------------------------------------------------

_list = type([])  # the verb `list` has its name here


def _picture(kept: LabelSet, one: object) -> Picture:
    if isinstance(one, bool) or not isinstance(one, int):
        raise ValueError(f"a picture is named by its number in the set, got {one!r:.40}")
    return kept.picture(one)


def _row(kept: LabelSet, picture: Picture) -> dict[str, Any]:
    things = [thing for thing in kept.things(picture.id) if not thing.ignore]
    return {
        "id": picture.id,
        "name": picture.name,
        "split": picture.split,
        "source": picture.source,
        "things": len(things),
        "labeled": sum(thing.labeled for thing in things),
        "joints": len(things) * len(kept.skeleton),
    }


def _labels(kept: LabelSet, number: int) -> dict[str, Any]:
    picture, things = kept.seen(number)
    return {"revision": picture.revision, "things": [_plain(thing) for thing in things]}


def _plain(thing: Thing) -> dict[str, Any]:
    return {**thing.values(), "confidence": thing.confidence.round(4).tolist()}


def _photo(picture: Picture) -> np.ndarray:
    """Raises ImageError, in which the file is called as it was brought."""
    try:
        with _reading:
            return image.read(picture.path)
    except image.ImageError as error:
        raise image.ImageError(f"{picture.name}: {str(error).rpartition(': ')[2]}") from error


def _address(desk: Desk, picture: Picture) -> str:
    """Its pixels, all of them, upright, and nothing else that the file may hold."""
    key = f"{id(desk)}/{picture.digest}"
    ready = _addresses.get(key)
    if ready is None or desk.made(ready.rpartition("/")[2]) is None:
        ready = desk.picture(_photo(picture), "jpeg")
        _addresses.put(key, ready, 1)
    return ready


def _thumbnail(picture: Picture) -> np.ndarray:
    """uint8 (*CELL, 3): the middle of the picture, as large as it fits."""
    if (ready := _small.get(picture.digest)) is not None:
        return ready
    try:
        photo = _photo(picture)
    except image.ImageError:
        return np.full((*CELL, 3), 128, np.uint8)  # the step "Check" tells of it
    height, width = CELL
    scale = max(height / photo.shape[0], width / photo.shape[1])
    size = tuple(
        max(side, round(length * scale)) for side, length in zip((width, height), photo.shape[1::-1], strict=True)
    )
    large = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    small = large[top : top + height, left : left + width].copy()
    _small.put(picture.digest, small, small.nbytes)
    return small


def _box(values: object, photo: np.ndarray) -> Box:
    try:
        box = Box(*map(float, values))
    except (TypeError, ValueError) as error:
        raise ValueError(f"a box is x, y, width, height, got {values!r:.60}") from error
    return checked([box], photo)[0]


def _doubt(network: Teacher, kept: LabelSet, picture: Picture) -> Doubt:
    boxes = [thing.box for thing in kept.things(picture.id) if not thing.ignore]
    key = f"{network.version}/{network.places}/{picture.digest}/{boxes}"
    if (ready := _doubts.get(key)) is None:
        ready = network.doubt(_photo(picture), boxes)
        _doubts.put(key, ready, 1)
    return ready


def _spread(some: _list[int], most: int) -> _list[int]:
    """At most so many of them, evenly."""
    if len(some) <= most:
        return some
    return [some[round(place)] for place in np.linspace(0, len(some) - 1, most)]
