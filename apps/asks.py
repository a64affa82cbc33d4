"""What a program asks about a photo over the named endpoints. No front end is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from apps.model import Model
from apps.uploads import Uploads
from apps.views import photo as bench
from hrnet.estimator import Ask, Estimator
from hrnet.geometry import Box
from hrnet.person import Person


@dataclass(frozen=True)
class PhotoAsk:
    """One photo, by the path of its upload, and how its persons are named, as in `Ask`."""

    uploads: Uploads
    path: object = None
    boxes: tuple[Box, ...] | None = None
    threshold: float | None = None
    more: bool = False

    @classmethod
    def parse(cls, values: object, uploads: Uploads) -> PhotoAsk:
        """From JSON: {"photo": {"path"}} and what `bench.named` takes. Anybody can send anything, so all is checked.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(values, dict):
            raise ValueError("there is no photo yet; choose one")
        photo = values.get("photo")
        path = photo.get("path") if isinstance(photo, dict) else None
        return cls(uploads, path, *bench.named(values))

    @property
    def file(self) -> Path:
        """Raises ImageError where there is no such upload."""
        return self.uploads.locate(self.path)

    def read(self) -> Ask:
        """The photo and its boxes, checked against each other.

        Raises:
            ImageError: the photo cannot be read.
            ValueError: a box lies outside of it.
        """
        return Ask(self.uploads.read(self.path), self.boxes, self.threshold, self.more)


def download(model: Model, ask: PhotoAsk, kind: str, visible: float) -> tuple[str, bytes]:
    """A file to take away, as its name and its bytes; see `bench.download`. Raises ValueError, one line."""

    def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> tuple[str, bytes]:
        return bench.download(kind, ask.file.name, photo, people, estimator.skeleton, visible)

    return model.ask(ask.read, show)
