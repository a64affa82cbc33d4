"""The step "Compare & take away": what a run has learned, beside where it began or beside another run; and its files.

Two eyes look at the same boxes of the same pictures. An eye is "start", the weights that the run began with, as far as
they know joints of the same names; "first", what the run answered when it looked at its figures for the first time; or
the token of a run. The pictures are those that the second eye's run has not learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import hrnet
from apps import networks
from apps.desk import LONGEST, shrunk
from apps.marks import LOOK
from apps.runs import Run
from apps.views import photo as photos
from apps.views.teach import opened
from apps.views.teach.compare_eyes import FIRST, START, eye_of, known_places, run_with_weights, seen
from apps.views.teach.compare_held import Held, held_out, sheet
from apps.views.teach.run import of, row
from hrnet import draw
from hrnet.estimator import checked
from hrnet.sets import judged, takeaway
from hrnet.sets.judged import NEAR, Errors, RunFiles

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say
    from hrnet.sets import LabelSet

SHOWN = 24  # pictures, the worst ones, that have a small one on the sheet
KINDS = ("weights", "zip", "figures")


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
    told = held_out(run)
    found = [None if eye is None else seen(desk, eye, run, told, say), seen(desk, run.token, run, told, say)]
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
        "sheet": sheet(desk, run, told, [one["id"] for one in pictures[:SHOWN]]),
    }


def open(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """One held-out picture, "picture", as both eyes see it.

    Returns:
        {"id", "name", "url", "width", "height"; "boxes", [[x, y, w, h], ...]; "labels", for each of them [[x, y,
        visibility], ...]; "eyes", for both [for each box [[x, y, height] or None, ...]], None for one that is not
        there}, in picture pixels.
    """
    run, eye = _named(desk, values, "b"), values.get("a")
    told = held_out(run)
    places = [place for place, photo in enumerate(told.poses.photos) if photo.id == values.get("picture")]
    if not places:
        raise ValueError("this picture is not among those that the run was judged by")
    numbers, photo = told.of_photo(places[0]), told.poses.photos[places[0]]
    pixels = photo.read()
    eyes = [None if eye is None else seen(desk, eye, run, told, say), seen(desk, run.token, run, told, say)]
    return {
        "id": photo.id,
        "name": photo.name.rpartition("/")[2],
        "url": desk.picture(shrunk(pixels, LONGEST), "jpeg"),
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
        network = None if one in (None, FIRST) else eye_of(desk, one, run, skeleton)
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


# ---- what they have in common ----------------------------------------------------------------------------------------


def _learned(desk: Desk, eye: object, told: Held) -> int | None:
    """How many of the pictures another run has learned from: it looks better there than it is. None: nobody knows."""
    if eye in (None, START, FIRST):
        return 0
    try:
        learned = held_out(run_with_weights(desk, eye)).learned
    except ValueError:
        return None
    return sum(photo.id in learned for photo in told.poses.photos)


def _measured(desk: Desk, run: Run, say: Say) -> Errors | None:
    """Its errors on what it holds out; None where that cannot be read any more: its weights are there all the same."""
    try:
        told = held_out(run)
        return Errors.of(seen(desk, run.token, run, told, say), told.labels, told.sizes)
    except ValueError:
        return None


def called(run: Run) -> str:
    return run.request.title or run.request.name


def _named(desk: Desk, values: Mapping[str, Any], name: str) -> Run:
    """The run that a question names. Raises ValueError where it is of another set, gone, or without weights."""
    run = run_with_weights(desk, values.get(name))
    if run.request.set != opened(desk, values).token:
        raise ValueError("this run is of another set")
    return run


def _eyes(run: Run) -> dict[str, Any]:
    files = RunFiles.of(run.folder)
    skeleton = hrnet.weights.read_metadata(files.weights).skeleton
    try:
        began = judged.start_metadata(files.recipe)
    except ValueError:
        began = None
    known = sum(place is not None for place in known_places(skeleton, began and began[1].skeleton))
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
