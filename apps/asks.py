"""What a page or a program asks about a photo, and the answer, both plain JSON. No front end is imported here.

Anybody can send anything, so every part of a question is checked.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from apps import examples
from apps.model import Model
from apps.shown import to_json
from apps.uploads import Uploads, read_named
from apps.views import photo as bench
from hrnet.estimator import Ask, Estimator
from hrnet.geometry import Box
from hrnet.person import Person

MAX_BOXES = 200  # of one photo; the network takes some seconds for so many
FAILED = "this photo could not be worked on; the terminal says why"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotoAsk:
    """One photo, by the path of its upload or the name of an example, and how its persons are named, as in `Ask`."""

    uploads: Uploads
    path: str | None = None
    example: str | None = None
    boxes: tuple[Box, ...] | None = None
    threshold: float | None = None
    more: bool = False

    @classmethod
    def parse(cls, values: object, uploads: Uploads) -> PhotoAsk:
        """From JSON: {"photo": {"path"}} or {"example"}, "boxes": [[x, y, w, h] or [x, y, w, h, score], ...] or null,
        "threshold" or null, and "more", whether persons are searched beside the boxes.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(values, dict):
            raise ValueError("there is no photo yet; choose one")
        photo, example, threshold, more = (values.get(key) for key in ("photo", "example", "threshold", "more"))
        if threshold is not None and not _number(threshold):
            raise ValueError(f"threshold is a number from 0 to 1, got {threshold!r:.60}")
        if more not in (None, True, False):
            raise ValueError(f"more is true or false, got {more!r:.60}")
        path = photo.get("path") if isinstance(photo, dict) else None
        return cls(uploads, path, example, _boxes(values.get("boxes")), threshold, bool(more))

    @property
    def file(self) -> Path:
        """Raises ImageError where there is no such upload or example."""
        return examples.path(self.example) if self.example is not None else self.uploads.locate(self.path)

    def read(self) -> Ask:
        """The photo and its boxes, checked against each other.

        Raises:
            ImageError: the photo cannot be read.
            ValueError: a box lies outside of it.
        """
        photo = read_named(self.file) if self.example is not None else self.uploads.read(self.path)
        return Ask(photo, self.boxes, self.threshold, self.more)


def answer(model: Model, uploads: Uploads, values: object) -> dict[str, Any]:
    """What the stage shows next: {rev, boxes, shown}, or {rev, error}, a line. `rev` says which question it answers.

    Args:
        values: {"rev"} and what `PhotoAsk.parse` takes.
    """
    rev = values.get("rev") if isinstance(values, dict) else None

    def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> dict[str, Any]:
        boxes = [[*someone.box.xywh.tolist(), someone.box.score] for someone in people]
        shown = bench.shown(photo, people, estimator.skeleton)
        # Where boxes were corrected, the page has the photo's pixels already.
        return {"rev": rev, "boxes": boxes, "shown": to_json(shown, pixels=ask.boxes is None)}

    try:
        ask = PhotoAsk.parse(values, uploads)
        return model.ask(ask.read, show)
    except ValueError as error:  # ImageError and WeightsError too: one line for the visitor
        return {"rev": rev, "error": str(error)}
    except Exception:
        log.exception("a photo failed")
        return {"rev": rev, "error": FAILED}


def download(model: Model, ask: PhotoAsk, kind: str, visible: float) -> tuple[str, bytes]:
    """A file to take away, as its name and its bytes; see `bench.download`. Raises ValueError, one line."""

    def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> tuple[str, bytes]:
        return bench.download(kind, ask.file.name, photo, people, estimator.skeleton, visible)

    return model.ask(ask.read, show)


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
