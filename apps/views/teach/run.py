"""The step "Run": what the runs of a set are doing, read from their folders each time, and what may be wished."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from apps.marks import LOOK
from apps.runs import Run, Runs
from apps.runs.folder import last_lines
from apps.runs.told import finite, story
from apps.views.teach import opened
from hrnet import data, image
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Box

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.teach import Say
    from hrnet.sets import LabelSet

ENDED_EARLY = ("stopped", "failed", "lost")
LONGEST = 640  # pixels of a validation picture's longer side
AROUND = 0.25  # of the boxes' extent, on each side, is seen of a picture
LINES = 200  # of the log


# ---- questions -------------------------------------------------------------------------------------------------------


def look(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Where the runs of a set are, and all of one of them.

    Args:
        values: "run", a token, else the one that goes on, or the newest; "known", the revision of the newest answer.
    Returns:
        {"revision", "now", seconds since 1970}, and where that revision is not known yet, "runs", a `row` of each, the
        first asked for first, and "run", `whole` of the one asked about, or None where there is none.
    Raises:
        ValueError: there is no such set; a run of another set counts as none.
    """
    runs = of(desk)
    some = runs.list(opened(desk, values).token)
    before = runs.before()
    rows = [row(run, before) for run in some]
    asked = values.get("run")
    places = [place for place, one in enumerate(rows) if one["token"] == asked]
    going = [place for place, one in enumerate(rows) if one["state"] == "running"]
    chosen = next(iter([*places, *going, *range(len(rows) - 1, -1, -1)]), None)
    told = {"runs": rows, "run": None if chosen is None else whole(some[chosen], rows[chosen])}
    revision = hashlib.sha1(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    now = {"revision": revision, "now": time.time()}
    return now if values.get("known") == revision else now | told


def seen(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """What a run's network answered on the same few pictures at each validation.

    Args:
        values: "run"; "pictures", whether the pictures themselves are wanted, too.
    Returns:
        "run"; "steps", a list of {"step", "people": of each picture a list of {"keypoints", [[x, y, score], ...];
        "labeled", [[x, y, visibility], ...]; "box", [x, y, w, h]}} in photo pixels; "joints", "sides", "limbs"; "look",
        of apps.marks; and "pictures", a list of {"url", "name", "view": the part of the photo that it shows, [x, y,
        width, height]; "scale": its pixels for one of the photo's}.
    """
    run = _named(desk, values)
    looks = {one["step"] for one in told(run)["looks"]}
    steps: dict[int, list[dict[str, Any]]] = {}
    for path in sorted((run.run / "seen").glob("*-*.json"), key=_place):
        step, _ = _place(path)
        if step in looks:
            with suppress(OSError, ValueError):
                steps.setdefault(step, []).append(json.loads(path.read_text()))
    answer: dict[str, Any] = {
        "run": run.token,
        "steps": [{"step": step, "people": [_people(one) for one in some]} for step, some in sorted(steps.items())],
        "look": LOOK,
    }
    if steps:
        poses = snapshot(run.data)
        skeleton = poses.skeleton
        answer |= {"joints": skeleton.joints, "sides": skeleton.sides, "limbs": skeleton.limbs}
        if values.get("pictures"):
            answer["pictures"] = [_picture(desk, poses, one) for one in steps[max(steps)]]
    return answer


def log(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The last lines that a run's process wrote, "lines"."""
    run = _named(desk, values)
    return {"run": run.token, "lines": [run.plain(line) for line in last_lines(run.log)][-LINES:]}


def stop(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Let a run save and end; its best weights are kept."""
    of(desk).stop(_named(desk, values).token)
    return look(desk, values, say)


def resume(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Let a run that ended early go on from its last checkpoint, when a device is free."""
    of(desk).resume(_named(desk, values).token)
    return look(desk, values, say)


def discard(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Away with a run; `undo` brings it back as long as it is kept."""
    run = _named(desk, values)
    title = run.request.title
    of(desk).discard(run.token)
    return look(desk, values, say) | {"discarded": {"token": run.token, "title": title}}


def undo(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Bring back what was discarded."""
    token = values.get("run")
    of(desk).undo(token)
    return look(desk, values, say)


def state(desk: Desk, kept: LabelSet) -> dict[str, Any] | None:
    """What the ribbon says."""
    endings = [run.ending().state for run in of(desk).list(kept.token)]
    done = "finished" in endings
    for name in ("running", "waiting", "lost", "failed"):
        if name in endings:
            return {"text": f"teach.run.state.{name}", "values": {}, "done": done and name != "running"}
    return {"text": "", "values": {}, "done": True} if endings else None


# ---- what they are answered with -------------------------------------------------------------------------------------


def of(desk: Desk) -> Runs:
    """The runs of this machine, of the sets that the desk has."""
    return Runs(find=desk.sets.open)


def row(run: Run, before: Mapping[str, int]) -> dict[str, Any]:
    """One line of the list: "state" and "reason" in words; "place", how many are before it, where it waits; "stopping",
    whether it was asked to end and has not yet; "figure", the PCK of its best weights, or None."""
    ending, so_far = run.ending(), told(run)
    best = next((one for one in so_far["looks"] if one["step"] == so_far["best"]), None)
    return {
        "token": run.token,
        "title": run.request.title,
        "created": run.request.created,
        "state": ending.state,
        "reason": ending.reason,
        "place": before.get(run.token),
        "stopping": ending.state == "running" and run.stop_wish.exists(),
        "resumable": ending.state in ENDED_EARLY,
        "weights": (run.run / "best.safetensors").is_file(),
        "step": so_far["step"],
        "steps": so_far["steps"],
        "ends": so_far["ends"] if ending.state == "running" else None,
        "figure": finite(best["figures"].get("PCK")) if best else None,
    }


def whole(run: Run, its_row: Mapping[str, Any]) -> dict[str, Any]:
    """All that is told of a run: its row, its `story`, the "options" it was asked for with, and its newest "device"."""
    attempt = run.attempt
    begun = its_row["state"] != "running" or any(
        event.get("event") == "started" for event in run.events(attempt.get("events", 0))
    )
    return {
        **told(run),
        **its_row,
        "options": list(run.request.options),
        "device": attempt.get("device"),
        "preparing": not begun,
        "seen": len(list((run.run / "seen").glob("*.json"))),
    }


def told(run: Run) -> dict[str, Any]:
    """The `story` of a run's events so far."""
    try:
        known = (run.run / "events.jsonl").stat()
    except FileNotFoundError:
        return story(())
    return _story(run.folder, known.st_size, known.st_mtime_ns)


@lru_cache(maxsize=64)
def _story(folder: Path, size: int, changed: int) -> dict[str, Any]:
    return story(Run(folder).events())


@lru_cache(maxsize=8)
def snapshot(folder: Path) -> PoseSet:
    """The set that a run learns from; it never changes."""
    return data.read(folder)


def _named(desk: Desk, values: Mapping[str, Any]) -> Run:
    """Raises ValueError where the question's set has no such run."""
    run = of(desk).open(values.get("run"))
    if run.request.set != opened(desk, values).token:
        raise ValueError("this run is no longer here")
    return run


def _place(path: Path) -> tuple[int, int]:
    step, _, number = path.stem.partition("-")
    return (int(step), int(number)) if step.isdecimal() and number.isdecimal() else (-1, 0)


def _people(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = ("keypoints", "labeled", "box")
    return [{name: _finite(person[name]) for name in names} for person in one.get("people", ())]


def _finite(values: Any) -> Any:
    """Lists of numbers without those that JSON has not."""
    return [_finite(value) for value in values] if isinstance(values, list) else finite(values)


def _picture(desk: Desk, poses: PoseSet, one: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a photo where its people are, small enough for the page."""
    name = Path(str(one.get("name", ""))).name
    file = next((photo for photo in poses.photos if photo.id == one.get("id")), None)
    try:
        photo = file.read() if file else None
    except image.ImageError:
        photo = None
    if photo is None:  # the answers are drawn all the same
        return {"url": None, "name": name, "view": [0, 0, one.get("width") or 1, one.get("height") or 1], "scale": 1.0}
    x, y, w, h = view(photo.shape[:2], [person["box"] for person in one.get("people", ())])
    part = photo[y : y + h, x : x + w]
    scale = min(1.0, LONGEST / max(w, h))
    if scale < 1:
        part = cv2.resize(part, (max(1, round(w * scale)), max(1, round(h * scale))), interpolation=cv2.INTER_AREA)
    url = desk.hand_out(image.encode(np.ascontiguousarray(part), "jpeg"), "jpeg")
    return {"url": url, "name": name, "view": [x, y, w, h], "scale": scale}


def view(size: tuple[int, int], boxes: list[list[float]]) -> tuple[int, int, int, int]:
    """x, y, width, height of the part of a photo of that (height, width) where all boxes are, with room around them."""
    height, width = size
    if not boxes:
        return 0, 0, width, height
    several = [Box(*box) for box in boxes]
    left, top = min(box.x for box in several), min(box.y for box in several)
    right, bottom = max(box.x + box.w for box in several), max(box.y + box.h for box in several)
    room = AROUND * max(right - left, bottom - top)
    x, y = (max(0, int(value - room)) for value in (left, top))
    x_end, y_end = min(width, int(right + room) + 1), min(height, int(bottom + room) + 1)
    if x_end - x < 2 or y_end - y < 2:  # boxes outside of the photo
        return 0, 0, width, height
    return x, y, x_end - x, y_end - y
