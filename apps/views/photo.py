"""The photo bench: who is in a photo, and the forms in which that is taken away."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from hrnet import draw, image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, to_coco
from hrnet.person import Person
from hrnet.show import Picture, Rows, Shown
from hrnet.skeleton import Skeleton

EVERY_JOINT = -math.inf  # as a threshold: pages are given all joints and hide the faint ones themselves


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
    count = {0: "photo.nobody", 1: "photo.one"}.get(len(people), "photo.many")
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
