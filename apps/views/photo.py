"""The photo bench: who is in a photo, what the network answered for each joint, and the forms that are taken away."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from apps.marks import LOOK
from apps.shown import to_json
from hrnet import colors, draw, image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, to_coco
from hrnet.estimator import Ask, Estimator
from hrnet.geometry import Affine, Box
from hrnet.person import Person
from hrnet.sets.takeaway import is_person
from hrnet.show import Picture, Rows, Sheet, Shown
from hrnet.skeleton import Skeleton
from hrnet.topdown import TopDown

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.model import Card

EVERY_JOINT = -math.inf  # as a threshold: pages are given all joints and hide the faint ones themselves
MAX_BOXES = 200  # of one photo; the network takes some seconds for so many
DOWNLOADS = ("picture", "json", "coco")
SHOWN_FIGURES = ("AP", "recall", "precision", "PCKh@0.5", "PCK")  # of the many that a weights file may have measured

Say = Callable[[float], None]


# ---- what the page asks ---------------------------------------------------------------------------------------------


def props(desk: Desk) -> dict[str, Any]:
    """What the page begins with; `opaque` says how a heatmap hides the photo, as `hrnet.draw` does it."""
    return {
        "look": LOOK,
        "magma": colors.MAGMA.tolist(),
        "opaque": draw.OPAQUE,
        "start": {"threshold": desk.model.threshold, "visible": draw.VISIBLE},
        "cards": [facts(card) for card in desk.model.cards],
        "downloads": DOWNLOADS,
    }


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The answer to one question of the page.

    Args:
        values: {"ask", one of ASKS; "photo", a token} and what `named` takes; "heatmaps" has one box, "download" also
            "kind", one of DOWNLOADS, and "visible".
    Returns:
        "people": {"boxes", [[x, y, width, height, score], ...]; "shown", all of `shown` but its pixels}
        "heatmaps": as `heatmaps` says, and the "box" as it was asked for
        "download": {"url", from where the file is saved}
    Raises:
        ValueError: the question is not one of these, or names what is not there; one line for the visitor.
    """
    ask = values.get("ask")
    if not isinstance(ask, str) or ask not in ASKS:
        raise ValueError(f"ask is one of {', '.join(ASKS)}, got {ask!r:.60}")
    return {"ask": ask, **ASKS[ask](desk, values)}


def _people(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> dict[str, Any]:
        boxes = [[*someone.box.xywh.tolist(), someone.box.score] for someone in people]
        return {"boxes": boxes, "shown": to_json(shown(photo, people, estimator.skeleton))}

    return desk.model.ask(lambda: Ask(desk.photo(values.get("photo")), *named(values)), show)


def _heatmaps(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    (box,), _, _ = named({"boxes": [values.get("box")]})
    topdown = desk.model.estimator.topdown  # not in the model's line: who points at a joint does not wait for others
    return {"box": values["box"], **heatmaps(topdown, desk.photo(values.get("photo")), box, desk.picture)}


def _download(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    kind, visible = values.get("kind"), values.get("visible", draw.VISIBLE)
    if kind not in DOWNLOADS:
        raise ValueError(f"there is no download {kind!r:.60}; choose {', '.join(DOWNLOADS)}")
    if not _number(visible):
        raise ValueError(f"visible is a number, got {visible!r:.60}")
    file = desk.file(values.get("photo"))

    def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> tuple[str, bytes]:
        return download(kind, file.name, photo, people, estimator.skeleton, visible)

    name, content = desk.model.ask(lambda: Ask(desk.photo(values.get("photo")), *named(values)), show)
    token, path = desk.place(name)
    path.write_bytes(content)
    return {"url": desk.address(token)}


ASKS = {"people": _people, "heatmaps": _heatmaps, "download": _download}


def named(values: Mapping[str, Any]) -> tuple[tuple[Box, ...] | None, float | None, bool]:
    """How the persons of a photo are named, as `hrnet.estimator.Ask` takes it: boxes, threshold, more.

    Args:
        values: "boxes", [[x, y, width, height] or [x, y, width, height, score], ...] or null, "threshold" or null, and
            "more", whether persons are searched beside the boxes. Anybody can send anything, so all is checked.
    Raises:
        ValueError: it is something else.
    """
    boxes, threshold, more = (values.get(key) for key in ("boxes", "threshold", "more"))
    if threshold is not None and not _number(threshold):
        raise ValueError(f"threshold is a number from 0 to 1, got {threshold!r:.60}")
    if more not in (None, True, False):
        raise ValueError(f"more is true or false, got {more!r:.60}")
    return _boxes(boxes), threshold, bool(more)


def _boxes(values: object) -> tuple[Box, ...] | None:
    if values is None:
        return None
    if not isinstance(values, list) or len(values) > MAX_BOXES:
        raise ValueError(f"boxes are a list of up to {MAX_BOXES} boxes [x, y, width, height], got {values!r:.60}")
    for row in values:
        if not isinstance(row, list) or len(row) not in (4, 5) or not all(map(_number, row)):
            raise ValueError(f"a box is [x, y, width, height] in photo pixels, and maybe a score, got {row!r:.60}")
    return tuple(Box(*map(float, row[:4]), score=float(np.clip(row[4], 0, 1)) if row[4:] else 1.0) for row in values)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def facts(card: Card) -> dict[str, object]:
    """What the page says about one weights file."""
    said = card.metadata
    return {
        "role": said.role,
        "name": card.name,
        "network": said.spec.name if said.spec else card.name,
        "size": said.input_size,
        "figures": [asdict(figure) for figure in said.figures if figure.metric in SHOWN_FIGURES],
        "preliminary": card.preliminary,
    }


# ---- what there is to see -------------------------------------------------------------------------------------------


def heatmaps(
    topdown: TopDown, photo: np.ndarray, box: Box, picture: Callable[[np.ndarray, str], str]
) -> dict[str, Any]:
    """The network's answer for one box: a map for every joint, and where in the photo its pixels lie.

    Returns:
        sheet: {picture, columns, cell: [w, h], limits, max}: the maps one below the other, in one gray picture. Where
            it has the gray level g of 0 to 255, map k has low + g / 255 * (high - low), with [low, high] = limits[k].
        to_photo: [[a, b, x], [c, d, y]], heatmap pixels -> photo pixels; the center of the first of each is (0, 0)
    """
    crops, affines = topdown.crop([photo], [box])
    maps = topdown.heatmaps(crops)[0]  # (K, h, w)
    height, width = maps.shape[1:]
    sheet = Sheet.of(maps)
    gray = np.repeat(sheet.steps.reshape(-1, width, 1), 3, axis=2)
    tiles = {
        "picture": picture(gray, "png"),
        "columns": 1,
        "cell": [width, height],
        "limits": [list(limits) for limits in sheet.limits],
        "max": maps.max(axis=(1, 2)).tolist(),
    }
    return {"sheet": tiles, "to_photo": to_photo(topdown, affines[0], (height, width)).tolist()}


def to_photo(topdown: TopDown, affine: Affine, size: tuple[int, int]) -> np.ndarray:
    """float64 (2, 3), from the pixels of a heatmap of that size to those of the photo: back through the crop."""
    metadata = topdown.metadata
    return (affine.inverse() @ metadata.rule.heatmap_to_crop(metadata.input_size, size)).matrix


def shown(photo: np.ndarray, people: Sequence[Person], skeleton: Skeleton) -> Shown:
    """The photo with everybody's joints, limbs and box as marks; a table of the persons, then one of each's joints."""
    height, width = photo.shape[:2]
    persons = tuple((number, someone.score, someone.box.score) for number, someone in enumerate(people, start=1))
    tables = [Rows(("column.person", "column.score", "column.box_score"), persons, title="table.people")]
    for someone in people:
        cells = tuple(
            (name, score, x, y) for name, (x, y, score) in zip(skeleton.joints, someone.keypoints.tolist(), strict=True)
        )
        columns = ("column.joint", "column.score", "column.x", "column.y")
        tables.append(Rows(columns, cells, tuple(range(len(skeleton))), title="table.joints"))
    picture = Picture(photo, title="photo.picture", marks=draw.marks(people, skeleton, threshold=EVERY_JOINT))
    of_persons = ("photo.nobody", "photo.one", "photo.many")
    counts = of_persons if is_person(skeleton) else ("photo.nothing", "photo.thing", "photo.things")
    count = counts[min(len(people), 2)]
    values = {"count": len(people), "width": width, "height": height}
    return Shown((picture,), rows=tuple(tables), caption=count, values=values, skeleton=skeleton)


def record(name: str, photo: np.ndarray, people: Sequence[Person]) -> dict[str, object]:
    """One photo in the form of `python -m hrnet predict --json`."""
    height, width = photo.shape[:2]
    return {"file": name, "width": width, "height": height, "people": [someone.to_dict() for someone in people]}


def download(
    kind: str, name: str, photo: np.ndarray, people: Sequence[Person], skeleton: Skeleton, visible: float = draw.VISIBLE
) -> tuple[str, bytes]:
    """A file to take away, as its name and its bytes.

    Args:
        kind: "picture", the drawn photo at full size; "json", the form of `predict --json`; or "coco".
        name: of the photo's file; the new name and the kind of picture follow from it.
        visible: joints with a higher score are drawn, and labeled in COCO's form; predict's has all.
    Raises:
        ValueError: another kind.
    """
    stem, suffix = Path(name).stem, Path(name).suffix.lower()
    if kind == "picture":
        suffix = suffix if suffix in image.files.KINDS else ".png"
        drawn = draw.people(photo, people, skeleton, threshold=visible)
        return f"{stem}-people{suffix}", image.encode(drawn, image.files.KINDS[suffix])
    if kind not in ("json", "coco"):
        raise ValueError(f"there is no download {kind!r}; choose picture, json or coco")
    values = [record(name, photo, people)] if kind == "json" else coco(name, photo, people, skeleton, visible)
    return f"{stem}-{'people' if kind == 'json' else 'coco'}.json", (json.dumps(values, indent=1) + "\n").encode()


def coco(
    name: str, photo: np.ndarray, people: Sequence[Person], skeleton: Skeleton, threshold: float = draw.VISIBLE
) -> dict[str, object]:
    """One photo as a COCO keypoints file that a labeling tool can open.

    A joint with a score above the threshold is labeled visible (2); every other one is absent (0, 0, 0), because a
    network does not say which joints are occluded. Each annotation also has its `score`, as COCO's result files do.
    """
    samples = []
    for number, someone in enumerate(people, start=1):
        sure = (someone.keypoints[:, 2] > threshold).astype(np.float32)
        keypoints = np.column_stack([someone.keypoints[:, :2] * sure[:, None], 2 * sure])
        samples.append(LabeledPerson(number, 0, someone.box, keypoints, sure))
    values = to_coco(PoseSet(skeleton, (PhotoFile(1, Path(name), size=photo.shape[:2]),), tuple(samples)))
    for annotation, someone in zip(values["annotations"], people, strict=True):
        annotation["score"] = round(someone.score, 4)
    return values
