"""The step "Compare & take away": what a run has learned, beside where it began or beside another run; and its files.

Two eyes look at the same boxes of the same pictures. An eye is "start", the weights that the run began with, as far as
they know joints of the same names; "first", what the run answered when it looked at its figures for the first time; or
the token of a run. The pictures are those that the second eye's run has not learned from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

import hrnet
from apps import networks
from apps.desk import LONGEST, Kept
from apps.marks import LOOK
from apps.runs import Run
from apps.views import photo as photos
from apps.views.teach import opened
from apps.views.teach.run import of, row
from hrnet import draw, evaluation, image
from hrnet.data.pose_set import PoseSet
from hrnet.estimator import checked
from hrnet.geometry import Box
from hrnet.sets import judged, takeaway
from hrnet.sets.judged import NEAR, Errors, RunFiles
from hrnet.sets.rows import rows
from hrnet.skeleton import Skeleton
from hrnet.topdown import TopDown

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say
    from hrnet.sets import LabelSet

START, FIRST = "start", "first"
MOST = 200  # pictures that are looked at, evenly taken where more are held out
SHOWN = 24  # pictures, the worst ones, that have a small one on the sheet
CELL = (84, 112)  # (height, width) of a small one
AROUND = 0.2  # of the things' extent, on each side, is seen of a picture
KINDS = ("weights", "zip", "figures")

_small: Kept[np.ndarray] = Kept(2000, 60_000_000)  # pictures as they are on a sheet
_answers: Kept[np.ndarray] = Kept(20, 64_000_000)  # of an eye to the pictures that a run holds out


# ---- questions -------------------------------------------------------------------------------------------------------


def runs(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The runs of a set that have weights, the newest first.

    Returns:
        {"runs": what the step "Run" says of each, and "eyes", what can be looked at with beside its own: START where
        the weights that it began with know some of its joints, FIRST where its first look is there; "start", {"name",
        "known"} of these weights or None; "person", whether its joints are those of a person}, and "look".
    """
    everybody = of(desk)
    before = everybody.before()
    some = [run for run in everybody.list(opened(desk, values).token) if RunFiles.of(run.folder).weights.is_file()]
    return {"runs": [row(run, before) | _eyes(run) for run in reversed(some)], "look": LOOK, "visible": draw.VISIBLE}


def held(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """How near both eyes are, on the pictures that the second one has not learned from.

    Args:
        values: "a", an eye or None; "b", a run.
    Returns:
        "joints", "sides", "limbs"; "near", the limits of `Nearness.near`; "all", of both eyes, and "table", the same
        for every joint: {"count", "near", "pixels", "share"}, None for an eye that is not there; "pictures": {"id",
        "name", "things", "bad", a pair of mean distances in sizes}, the worst of the second eye first; "sheet", {"url",
        "cell": [height, width], "count"}, the first of the pictures one below the other; "how", they were chosen;
        "mirrored", whether their mirrors are averaged in; "count" of "held"; "learned", how many of them the first eye
        has learned from, or None where that is not known any more.
    """
    run, eye = _named(desk, values, "b"), values.get("a")
    told = _held(desk, run)
    found = [None if eye is None else _seen(desk, eye, run, told, say), _seen(desk, run.token, run, told, say)]
    errors = [None if one is None else Errors.of(one, told.labels, told.sizes) for one in found]
    skeleton = told.poses.skeleton
    pictures = [
        {
            "id": photo.id,
            "name": photo.name.rpartition("/")[2],
            "things": len(told.of_photo(place)),
            "bad": [None if one is None else one.of_things(told.of_photo(place)) for one in errors],
        }
        for place, photo in enumerate(told.poses.photos)
        if told.of_photo(place)
    ]
    pictures.sort(key=lambda one: -1.0 if one["bad"][1] is None else one["bad"][1], reverse=True)
    return {
        "a": eye,
        "b": run.token,
        "joints": skeleton.joints,
        "sides": skeleton.sides,
        "limbs": skeleton.limbs,
        "near": NEAR,
        "all": [one and _plain(one.whole) for one in errors],
        "table": [[one and _plain(one.joint(k)) for one in errors] for k in range(len(skeleton))],
        "pictures": pictures,
        "how": told.how,
        "mirrored": RunFiles.of(run.folder).flips,
        "count": len(pictures),
        "held": told.held,
        "learned": _learned(desk, eye, told),
        "sheet": _sheet(desk, run, told, [one["id"] for one in pictures[:SHOWN]]),
    }


def open(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """One held-out picture, "picture", as both eyes see it.

    Returns:
        {"id", "name", "url", "width", "height"; "boxes", [[x, y, w, h], ...]; "labels", for each of them [[x, y,
        visibility], ...]; "eyes", for both [for each box [[x, y, height] or None, ...]], None for one that is not
        there}, in picture pixels.
    """
    run, eye = _named(desk, values, "b"), values.get("a")
    told = _held(desk, run)
    places = [place for place, photo in enumerate(told.poses.photos) if photo.id == values.get("picture")]
    if not places:
        raise ValueError("this picture is not among those that the run was judged by")
    numbers, photo = told.of_photo(places[0]), told.poses.photos[places[0]]
    pixels = photo.read()
    eyes = [None if eye is None else _seen(desk, eye, run, told, say), _seen(desk, run.token, run, told, say)]
    return {
        "id": photo.id,
        "name": photo.name.rpartition("/")[2],
        "url": desk.picture(_looked_at(pixels), "jpeg"),
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "boxes": [told.boxes[number].xywh.round(2).tolist() for number in numbers],
        "labels": [told.labels[number].astype(float).round(2).tolist() for number in numbers],
        "eyes": [None if one is None else [_points(one[number]) for number in numbers] for one in eyes],
    }


def photo(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """A photo that the visitor brought, as both eyes see it: as `open`, without labels.

    Args:
        values: "photo", a token; "boxes", drawn ones, or None: then "way", one of `apps.networks.WAYS`, finds them.
    """
    run, eye = _named(desk, values, "b"), values.get("a")
    pixels = desk.photo(values.get("photo"))
    drawn, _, _ = photos.named({"boxes": values.get("boxes")})
    lent = networks.seen_with(desk, {"token": run.token, "way": values.get("way")}).model
    boxes = checked(drawn, pixels) if drawn else lent.use(lambda estimator: estimator.finder([pixels])[0])
    skeleton = lent.loan.metadata.skeleton
    eyes = []
    for one in (eye, run.token):
        say(len(eyes) / 2)
        network = None if one in (None, FIRST) else _eye(desk, one, run, skeleton)
        eyes.append(network and [_points(points) for points in network.see(pixels, boxes)])
    return {
        "photo": values["photo"],
        "way": None if drawn else lent.loan.way,
        "boxes": [box.xywh.round(2).tolist() for box in boxes],
        "labels": None,
        "eyes": eyes,
    }


def take(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """A file to take away, "kind" one of KINDS, of "run": {"url", "name"}."""
    run, kind = _named(desk, values, "run"), values.get("kind")
    if kind not in KINDS:
        raise ValueError(f"kind is one of {', '.join(KINDS)}, got {kind!r:.60}")
    files, title = RunFiles.of(run.folder), called(run)
    stem = takeaway.plain(title)
    name = {"weights": f"{stem}.safetensors", "zip": f"{stem}.zip", "figures": f"{stem}-figures.json"}[kind]
    errors = None if kind == "weights" else _measured(desk, run, say)
    token, path = desk.place(name)
    try:
        if kind == "weights":
            path.write_bytes(files.weights.read_bytes())
        elif kind == "figures":
            path.write_text(takeaway.figures_text(files, errors), encoding="utf-8")
        else:
            takeaway.package(path, files, title=title, options=run.request.options, errors=errors)
    except OSError as error:
        desk.forget(token)
        raise ValueError(f"the file cannot be made: {error.strerror or error}") from error
    except ValueError:
        desk.forget(token)
        raise
    return {"url": desk.address(token), "name": name}


def state(desk: Desk, kept: LabelSet) -> dict[str, Any] | None:
    """For the ribbon: done once there is something to take away."""
    ready = any(RunFiles.of(run.folder).weights.is_file() for run in of(desk).list(kept.token))
    return {"text": "", "values": {}, "done": True} if ready else None


# ---- the pictures that a run was judged by ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Held:
    """The things in the pictures that a run has not learned from.

    places: of each thing in `poses.samples`. boxes, labels (N, K, 3), sizes (N,): of each, in picture pixels. held:
    how many pictures are held out; of very many only some are in `poses`. learned: names of those that were learned.
    """

    poses: PoseSet
    places: tuple[int, ...]
    boxes: tuple[Box, ...]
    labels: np.ndarray
    sizes: np.ndarray
    how: str
    held: int
    learned: frozenset[int]

    def of_photo(self, place: int) -> list[int]:
        return [number for number, sample in enumerate(self.places) if self.poses.samples[sample].photo == place]


def _held(desk: Desk, run: Run) -> Held:
    files = RunFiles.of(run.folder)
    files.recipe  # noqa: B018  says why, where there is none
    return _divided(run.folder, (files.run / "recipe.json").stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _divided(folder: Path, changed: int) -> Held:
    division = RunFiles.of(folder).division()
    poses = division.judged
    keep = {
        poses.photos[place].id for place in np.unique(np.linspace(0, len(poses.photos) - 1, MOST).round().astype(int))
    }
    some = poses.only(lambda photo: photo.id in keep)
    people = [pair for pairs in evaluation.given_people(some) for pair in pairs]
    places = tuple(place for place, _ in people)
    labels = np.array([some.samples[place].keypoints for place in places]).reshape(-1, len(some.joints), 3)
    learned = frozenset(photo.id for photo in division.learned.photos)
    return Held(
        some,
        places,
        tuple(box for _, box in people),
        labels,
        judged.sizes(some, places),
        division.how,
        len(poses.photos),
        learned,
    )


def _learned(desk: Desk, eye: object, told: Held) -> int | None:
    """How many of the pictures another run has learned from: it looks better there than it is. None: nobody knows."""
    if eye in (None, START, FIRST):
        return 0
    try:
        learned = _held(desk, _run(desk, eye)).learned
    except ValueError:
        return None
    return sum(photo.id in learned for photo in told.poses.photos)


# ---- who sees --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Eye:
    """A network, and for each joint of the run its own place, or None.

    flips: whether the mirrored picture is averaged in, as when the run was judged.
    turn: gives what a function makes of the network, when nobody else uses it.
    """

    places: tuple[int | None, ...]
    flips: bool
    turn: Callable[[Callable[[TopDown], Any]], Any]

    def see(self, pixels: np.ndarray, boxes: list[Box]) -> np.ndarray:
        """(N, K, 3) in picture pixels; NaN for joints that it does not know."""

        def found(topdown: TopDown) -> np.ndarray:
            return TopDown(topdown.network, topdown.metadata, self.flips)([pixels], [boxes])[0]

        points = self.turn(found)
        taken = np.full((len(points), len(self.places), 3), np.nan, np.float32)
        for place, theirs in enumerate(self.places):
            if theirs is not None:
                taken[:, place] = points[:, theirs]
        return taken


def _eye(desk: Desk, eye: object, run: Run, skeleton: Skeleton) -> Eye | None:
    """Raises ValueError where there is no such eye; None for START where it knows nothing of these joints."""
    files = RunFiles.of((run if eye == START else _run(desk, eye)).folder)
    if eye == START:
        began = judged.start_metadata(files.recipe)
        places = _known(skeleton, began and began[1].skeleton)
        known = any(place is not None for place in places)
        return Eye(places, files.flips, lambda make: make(_named_network(began[0]))) if known else None
    lent = networks.seen_with(desk, {"token": files.run.parent.name}).model
    places = _known(skeleton, lent.loan.metadata.skeleton)
    return Eye(places, files.flips, lambda make: lent.use(lambda estimator: make(estimator.topdown)))


@lru_cache(maxsize=1)
def _named_network(name: str) -> TopDown:
    return hrnet.load(name, finder=None).topdown


def _known(own: Skeleton, other: Skeleton | None) -> tuple[int | None, ...]:
    """For each joint the place of the one that is called the same; a part near it, with whose row a run begins, is
    another joint."""
    found = rows(own.joints, other.joints if other else ())
    return tuple(row.place if _plain_name(row.kept) == _plain_name(row.joint) else None for row in found)


def _plain_name(joint: str) -> str:
    return re.sub(r"[\W_]+", "", joint.casefold())


def _seen(desk: Desk, eye: object, run: Run, told: Held, say: Say) -> np.ndarray | None:
    """(N, K, 3) of all things that a run holds out, NaN where the eye says nothing; from memory where it was asked
    before."""
    if eye == FIRST:
        return _first(run, told)
    weights = RunFiles.of((run if eye == START else _run(desk, eye)).folder).weights
    key = f"{eye} {run.token} {weights.stat().st_mtime_ns} {len(told.places)}"
    if (found := _answers.get(key)) is not None:
        return found
    network = _eye(desk, eye, run, told.poses.skeleton)
    if network is None:
        return None
    found = np.full((len(told.places), len(told.poses.skeleton), 3), np.nan, np.float32)
    for place, photo in enumerate(told.poses.photos):
        say(place / len(told.poses.photos))
        if numbers := told.of_photo(place):
            found[numbers] = network.see(photo.read(), [told.boxes[number] for number in numbers])
    _answers.put(key, found, found.nbytes)
    return found


def _first(run: Run, told: Held) -> np.ndarray:
    """What the run answered on a few pictures when it looked for the first time."""
    found = np.full((len(told.places), len(told.poses.skeleton), 3), np.nan, np.float32)
    looks = RunFiles.of(run.folder).looks()
    by_id = {photo.id: place for place, photo in enumerate(told.poses.photos)}
    for seen in looks[min(looks)] if looks else ():
        numbers = told.of_photo(by_id[seen["id"]]) if seen.get("id") in by_id else []
        points = np.array([person["keypoints"] for person in seen["people"]], np.float32)
        if numbers and points.shape == (len(numbers), *found.shape[1:]):
            found[numbers] = points
    return found


def _measured(desk: Desk, run: Run, say: Say) -> Errors | None:
    """Its errors on what it holds out; None where that cannot be read any more: its weights are there all the same."""
    try:
        told = _held(desk, run)
        return Errors.of(_seen(desk, run.token, run, told, say), told.labels, told.sizes)
    except ValueError:
        return None


# ---- what they have in common ----------------------------------------------------------------------------------------


def called(run: Run) -> str:
    return run.request.title or run.request.name


def _named(desk: Desk, values: Mapping[str, Any], name: str) -> Run:
    """The run that a question names. Raises ValueError where it is of another set, gone, or without weights."""
    run = _run(desk, values.get(name))
    if run.request.set != opened(desk, values).token:
        raise ValueError("this run is of another set")
    return run


def _run(desk: Desk, token: object) -> Run:
    run = of(desk).open(token)
    if not RunFiles.of(run.folder).weights.is_file():
        raise ValueError("this run has no weights yet: it saves the first ones when it first looks at the figures")
    return run


def _eyes(run: Run) -> dict[str, Any]:
    files = RunFiles.of(run.folder)
    skeleton = hrnet.weights.read_metadata(files.weights).skeleton
    try:
        began = judged.start_metadata(files.recipe)
    except ValueError:
        began = None
    known = sum(place is not None for place in _known(skeleton, began and began[1].skeleton))
    eyes = [name for name, there in ((START, known), (FIRST, files.looks())) if there]
    return {
        "eyes": eyes,
        "start": began and {"name": began[0], "known": known},
        "joints": skeleton.joints,
        "person": takeaway.is_person(skeleton),
    }


def _plain(one: judged.Nearness) -> dict[str, Any]:
    return {"count": one.count, "near": one.near, "pixels": one.pixels, "share": one.share}


def _points(points: np.ndarray) -> list[list[float] | None]:
    """JSON has no NaN."""
    return [None if np.isnan(point).any() else [round(float(value), 3) for value in point] for point in points]


def _sheet(desk: Desk, run: Run, told: Held, ids: list[int]) -> dict[str, Any] | None:
    """Pictures cut out around their things, in one column; gray where one cannot be read."""
    by_id = {photo.id: place for place, photo in enumerate(told.poses.photos)}
    cells = [_cell(run, told, by_id[id]) for id in ids]
    if not cells:
        return None
    return {"url": desk.picture(np.concatenate(cells), "jpeg"), "cell": CELL, "count": len(cells)}


def _cell(run: Run, told: Held, place: int) -> np.ndarray:
    key = f"{run.token} {told.poses.photos[place].id}"
    if (cell := _small.get(key)) is not None:
        return cell
    try:
        pixels = told.poses.photos[place].read()
    except image.ImageError:
        return np.full((*CELL, 3), 128, np.uint8)
    corners = np.array([told.boxes[number].xywh for number in told.of_photo(place)])
    low, high = corners[:, :2].min(axis=0), (corners[:, :2] + corners[:, 2:]).max(axis=0)
    height, width = CELL
    wanted = (1 + 2 * AROUND) * (high - low)
    half = np.array([width, height]) * (wanted / (width, height)).max() / 2  # in the shape of the cell
    left, top = np.maximum((low + high) / 2 - half, 0).astype(int)
    right, bottom = np.ceil((low + high) / 2 + half).astype(int)
    part = pixels[top:bottom, left:right]
    scale = min(width / part.shape[1], height / part.shape[0])
    size = tuple(max(1, round(scale * side)) for side in part.shape[1::-1])
    part = cv2.resize(part, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    cell = np.full((*CELL, 3), 128, np.uint8)
    y, x = (height - part.shape[0]) // 2, (width - part.shape[1]) // 2
    cell[y : y + part.shape[0], x : x + part.shape[1]] = part
    _small.put(key, cell, cell.nbytes)
    return cell


def _looked_at(pixels: np.ndarray) -> np.ndarray:
    """Smaller where it is larger than any screen."""
    scale = LONGEST / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
