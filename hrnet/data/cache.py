"""Photos decoded once and for all: one flat file of pixels that the operating system keeps in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from hrnet.data.flat import Flat, decoded, fingerprint, write
from hrnet.data.pose_set import LabeledPerson, PhotoFile
from hrnet.data.source import Stored


class PhotoCache(Flat):
    """The pixels of many photos in one file, read through a memory map: no decoding while training.

    Photos that could not be read are in `broken` (file -> reason) and are None when asked for.

    Raises:
        ValueError: the folder does not hold a whole cache.
    """

    def photo(self, place: int) -> np.ndarray | None:
        """uint8 (H, W, 3), a view that must not be written to; None if the photo was broken."""
        return self.picture(place)

    def around(self, number: int, person: LabeledPerson) -> Stored | None:
        """The whole photo of a person, see `hrnet.data.source`."""
        photo = self.photo(person.photo)
        return None if photo is None else Stored(photo)

    def must_be_whole(self) -> None:
        """Figures are measured on all photos of a set or not at all.

        Raises:
            ValueError: a photo is broken; the message names the first.
        """
        for file, reason in self.broken.items():
            raise ValueError(
                f"{len(self.broken)} photos to be judged on cannot be read, first {file} ({reason}); "
                "restore them, or take them out of the set"
            )

    @classmethod
    def of(
        cls,
        photos: Sequence[PhotoFile],
        folder: Path,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> PhotoCache:
        """Open the cache of exactly these photos under `folder`, and make it first if it is not there.

        Args:
            progress: called with (photos done, photos in all) while the cache is made.
        """
        home = folder / fingerprint(photos)
        try:
            return cls(home)
        except (OSError, ValueError, KeyError):  # there is none yet, or a machine that lost power left a part of one
            broken: dict[str, str] = {}
            write(home, decoded(photos, broken, lambda place, photo: photo, progress), lambda: {"broken": broken})
        return cls(home)
