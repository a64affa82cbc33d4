"""The step "Check": what the doctor finds in a set, pictures of it, repairs that can be undone, and what is derived."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from apps.desk import Kept
from apps.views.teach import opened
from hrnet import image
from hrnet.geometry import Box
from hrnet.sets import LabelSet, SetError, Thing
from hrnet.sets.derive import Derivation, derive, repeated_labels
from hrnet.sets.doctor import KINDS, Finding, examine
from hrnet.sets.doctor.pictures import copied, looks
from hrnet.sets.repair import REPAIRS, Change, Target, undo

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say
    from hrnet.data import PoseSet

MOST_TOLD = 300  # findings of one kind that are sent; how many there are is sent, too
MOST_TARGETS = 5000  # things of one repair
MOST_CROPS = 24  # pictures on one sheet
CELL = (210, 280)  # (height, width) of one of them
COLUMNS = 4
AROUND = 0.25  # of what is shown, left free around it
LEAST = 48  # pixels of a picture that are shown at least
EMPTY = 128  # gray of what is outside of the picture
TRIES = 3  # of seeing a set in which nobody draws meanwhile

_seen: Kept[tuple[str, dict[str, Any]]] = Kept(200, 200_000_000)  # the last answer about a set, and of what state
_undo: Kept[tuple[str, list[Change]]] = Kept(500, 500_000_000, seconds=24 * 3600)  # what a repair did, by a token


def examination(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """All that is to be said of the set, as it is now.

    Returns:
        {"findings": [{"kind", "severity", "repair", "values", "joints", "spots": [{"picture", "name", "revision",
            "thing", "joints"}]}], the worst first, up to MOST_TOLD of a kind; "counts": {kind: how many there are};
            "pictures", "things", "labels": how many were looked at; "derived": see `_derived`;
            "removed": [{"picture", "name"}] of those that were taken out of the set}
    """
    kept = opened(desk, values)
    known = _seen.get(kept.token)
    if known and known[0] == _stamp(kept):
        return known[1]
    for _ in range(TRIES):
        stamp = _stamp(kept)
        answer = _examined(kept, say)
        if stamp == _stamp(kept):  # else somebody drew meanwhile, and places may mean other things
            _seen.put(kept.token, (stamp, answer), 2000 * len(answer["findings"]))
            return answer
    raise SetError("somebody is changing this set; check it again in a moment")


def crops(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Little pictures of "spots", [{"picture", "thing", "joints"}], up to MOST_CROPS.

    Returns:
        {"url", one JPEG with all in reading order, "columns", "cell": [height, width], "crops": for each
            {"people": [{"points": [[x, y, v], ...], in pixels of its cell, "it": whether it is the thing that is
            meant}], or null where the picture cannot be read}}
    """
    kept = opened(desk, values)
    spots = values.get("spots")
    if not isinstance(spots, list) or not 0 < len(spots) <= MOST_CROPS:
        raise ValueError(f"spots are a list of 1 to {MOST_CROPS}, got {spots!r:.60}")
    targets = [_target(one) for one in spots]
    height, width = CELL
    sheet = np.full((-(-len(targets) // COLUMNS) * height, COLUMNS * width, 3), EMPTY, np.uint8)
    told = []
    for number, target in enumerate(targets):
        say(number / len(targets))
        row, column = divmod(number, COLUMNS)
        told.append(_crop(kept, target, sheet[row * height :, column * width :][:height, :width]))
    return {"url": desk.picture(sheet, "jpeg"), "columns": COLUMNS, "cell": [*CELL], "crops": told}


def repair(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Do "repair", a name in `hrnet.sets.repair.REPAIRS`, to "spots" as `examination` gave them.

    Returns:
        {"repair", "changed": how many pictures, "undo": a token for `undone`}
    """
    kept = opened(desk, values)
    name, spots = values.get("repair"), values.get("spots")
    if name not in REPAIRS:
        raise ValueError(f"a repair is one of {', '.join(REPAIRS)}, got {name!r:.60}")
    if not isinstance(spots, list) or not 0 < len(spots) <= MOST_TARGETS:
        raise ValueError(f"spots are a list of 1 to {MOST_TARGETS}, got {spots!r:.60}")
    changes = REPAIRS[name](kept, [_target(one) for one in spots])
    token = secrets.token_urlsafe(16)
    size = sum(thing.keypoints.nbytes for change in changes for thing in change.things or ())
    _undo.put(token, (kept.token, changes), size + 1000)
    return {"repair": name, "changed": len(changes), "undo": token}


def undone(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Take back a repair, "undo": {"undone": of how many pictures, "kept": how many somebody has changed since}."""
    kept = opened(desk, values)
    found = _undo.get(str(values.get("undo")))
    if found is None or found[0] != kept.token:
        raise ValueError("this repair can no longer be taken back here; change the picture in the editor")
    done, left = undo(kept, found[1])
    return {"undone": done, "kept": left}


def restore(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Bring back "pictures", ids of some that were taken out of the set.

    Returns:
        {"restored": how many}
    """
    kept = opened(desk, values)
    pictures = values.get("pictures")
    if not isinstance(pictures, list) or not all(type(id) is int for id in pictures):
        raise ValueError(f"pictures are a list of their numbers, got {pictures!r:.60}")
    for id in pictures:
        kept.restore_picture(id)
    return {"restored": len(pictures)}


def adopt(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Give the set what is derived: "what", some of "pairs", "proposal", "limbs", "upper_body", "sigmas".

    Returns:
        {"adopted": these names}
    """
    kept = opened(desk, values)
    what = values.get("what")
    if not isinstance(what, list) or not what or not set(map(str, what)) <= set(ADOPTED):
        raise ValueError(f"what is taken over is some of {', '.join(ADOPTED)}, got {what!r:.60}")
    derivation = _derivation(kept.poses())
    kept.set_skeleton(derivation.skeleton(kept.skeleton, [str(one) for one in what]), None)
    return {"adopted": what}


def state(desk: Desk, kept: LabelSet) -> dict[str, Any] | None:
    """For the ribbon: how many findings there were when the set was last examined as it is now."""
    known = _seen.get(kept.token)
    if known is None or known[0] != _stamp(kept):
        return {"text": "", "values": {}, "done": False}
    worst = Counter({severity: 0 for severity in ("wrong", "doubt")})
    for kind, count in known[1]["counts"].items():
        worst[KINDS[kind].severity] += count
    count = worst["wrong"] + worst["doubt"]
    text = "teach.check.none" if not count else "teach.check.one" if count == 1 else "teach.check.count"
    return {"text": text, "values": {"count": count}, "done": not worst["wrong"]}


# ---- the examination -------------------------------------------------------------------------------------------------


def _examined(kept: LabelSet, say: Say) -> dict[str, Any]:
    poses = kept.poses()
    places = _places(kept, poses)
    things = {place: kept.things(poses.photos[person.photo].id) for place, person in enumerate(poses.samples)}
    made = {place for place, some in things.items() if some[places[place]].made}
    findings = examine(poses, made, lambda share: say(0.95 * share))
    counts = Counter(finding.kind for finding in findings)
    sent: Counter[str] = Counter()
    told = []
    for finding in findings:
        sent[finding.kind] += 1
        if sent[finding.kind] <= MOST_TOLD:
            told.append(_told(kept, poses, places, finding))
    return {
        "findings": told,
        "counts": dict(counts),
        "pictures": len(poses.photos),
        "things": len(poses.samples),
        "labels": sum(person.labeled for person in poses.samples),
        "derived": _derived(poses, _derivation(poses)),
        "removed": [{"picture": id, "name": _short(picture.name)} for id, picture in kept.removed.items()],
    }


def _places(kept: LabelSet, poses: PoseSet) -> list[int]:
    """For each of the set's samples its place among the things of its picture: what nobody has confirmed, and what is
    nowhere, is no sample."""
    places = []
    for photo, samples in zip(poses.photos, poses.by_photo, strict=True):
        things = kept.things(photo.id)
        counted = [place for place, thing in enumerate(things) if thing.by != "network" and thing.box is not None]
        if len(counted) != len(samples):
            raise SetError("somebody is changing this set; check it again in a moment")
        places += counted
    return places


def _told(kept: LabelSet, poses: PoseSet, places: Sequence[int], finding: Finding) -> dict[str, Any]:
    pictures = kept.pictures
    spots = []
    for spot in finding.spots[:MOST_TARGETS]:
        picture = pictures[poses.photos[spot.photo].id]
        thing = None if spot.thing is None else places[spot.thing]
        spots.append(
            {
                "picture": picture.id,
                "name": _short(picture.name),
                "revision": picture.revision,
                "thing": thing,
                "joints": list(spot.joints),
            }
        )
    names = {key: spots[n]["name"] for n, key in enumerate(("picture", "other")) if key in finding.values}
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "repair": finding.repair,
        "values": {**finding.values, **names},
        "joints": list(finding.joints),
        "spots": spots,
    }


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _stamp(kept: LabelSet) -> str:
    """What the set is like, short: another one after every change."""
    told = [kept.skeleton, *((one.id, one.revision, one.split, one.source) for one in kept.pictures.values())]
    return hashlib.blake2b(repr(told).encode(), digest_size=16).hexdigest()


# ---- what is derived -------------------------------------------------------------------------------------------------

ADOPTED = ("pairs", "proposal", "limbs", "upper_body", "sigmas")


def _derivation(poses: PoseSet) -> Derivation:
    copies = copied(looks(poses.photos))
    return derive(poses, repeated_labels(poses, copies))


def _derived(poses: PoseSet, derivation: Derivation) -> list[dict[str, Any]]:
    """What follows from names and labels: {"name", of ADOPTED or "flip"; "why", a key, and "values" for its text;
    "value": pairs as [[place, place]], places, one number for each joint, or whether to flip; "new": whether the set
    lacks it}."""
    own = poses.skeleton
    here = {"pairs": own.flip_pairs, "limbs": own.limbs, "upper_body": own.upper_body, "sigmas": own.sigmas}
    told = []
    for name in ("pairs", "proposal", "flip", "limbs", "upper_body", "sigmas"):
        one = getattr(derivation, name)
        if name == "proposal" and not one.value:
            continue
        new = name == "proposal" or (name in here and bool(one.value) and one.value != here[name])
        value = (
            one.value if isinstance(one.value, bool) else [list(v) if isinstance(v, tuple) else v for v in one.value]
        )
        told.append({"name": name, "why": one.why, "values": dict(one.values), "value": value, "new": new})
    return told


# ---- pictures of findings --------------------------------------------------------------------------------------------


def _target(value: object) -> Target:
    """Raises ValueError where a page sends something else."""
    if isinstance(value, Mapping):
        picture, revision, thing = value.get("picture"), value.get("revision", 0), value.get("thing")
        joints = value.get("joints") or []
        whole = [
            picture,
            revision,
            *([] if thing is None else [thing]),
            *(joints if isinstance(joints, list) else [""]),
        ]
        if all(type(one) is int and one >= 0 for one in whole):
            return Target(picture, revision, thing, tuple(joints))
    raise ValueError(f'a spot is {{"picture", "revision", "thing", "joints"}} with whole numbers, got {value!r:.80}')


def _crop(kept: LabelSet, target: Target, cell: np.ndarray) -> dict[str, Any] | None:
    """Draw what the target names into a cell of the sheet."""
    try:
        picture, things = kept.seen(target.picture)
        pixels = image.read(picture.path)
    except (SetError, image.ImageError):
        return None  # the finding says so
    box = _shown(target, things, pixels.shape[:2])
    height, width = cell.shape[:2]
    scale = min(width / box.w, height / box.h)
    # Edges of pixels: the middle of what is shown comes to the middle of the cell. Of a large picture only the part
    # that is shown is shrunk, by whole areas, so that thin things stay.
    left, top = box.x + box.w / 2 - width / 2 / scale, box.y + box.h / 2 - height / 2 / scale
    start = np.maximum(np.floor([left, top]), 0).astype(int)
    end = np.minimum(np.ceil([left + width / scale, top + height / scale]), pixels.shape[1::-1]).astype(int)
    if (end > start).all():
        part = pixels[start[1] : end[1], start[0] : end[0]]
        low = np.round((start - [left, top]) * scale).astype(int)
        high = np.minimum(np.round((end - [left, top]) * scale).astype(int), [width, height])
        low = np.maximum(low, 0)
        if (high > low).all():
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            cell[low[1] : high[1], low[0] : high[0]] = cv2.resize(part, tuple((high - low).tolist()), interpolation=how)
    to_cell = np.array([scale, scale, 1]), np.array([(0.5 - left) * scale - 0.5, (0.5 - top) * scale - 0.5, 0])
    people = []
    for place, thing in enumerate(things):
        if thing.labeled and thing.by != "network":
            points = thing.keypoints * to_cell[0] + to_cell[1]
            people.append({"points": points.round(1).tolist(), "it": target.thing in (None, place)})
    return {"people": people}


def _shown(target: Target, things: Sequence[Thing], size: tuple[int, int]) -> Box:
    """The part of a picture that shows it: the thing with room around it; the whole picture where no thing is meant."""
    whole = Box(0, 0, size[1], size[0])
    if target.thing is None or target.thing >= len(things) or not things[target.thing].labeled:
        return whole
    points = things[target.thing].keypoints
    points = points[points[:, 2] > 0, :2].astype(float)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, side = (low + high) / 2, (high - low) * (1 + AROUND) + LEAST / 2
    side = np.maximum(side, LEAST)
    return Box(*(middle - side / 2).tolist(), *side.tolist())
