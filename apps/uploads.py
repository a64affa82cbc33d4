"""Photos that visitors brought: only files in the folder of uploads are read, by the one loader, one at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from hrnet.image import ImageError, read
from hrnet.image.reading import name_of

MAX_CLIP = 1_000_000_000  # bytes of a file that is no photo: a clip, a set
MAX_UPLOAD = 64_000_000  # bytes. A photo of 64 megapixels is a JPEG of about 25 MB; what is larger was not compressed


class Uploads:
    """Reads uploads, and keeps the last photo for the next correction of a box.

    Args:
        folder: where the server puts uploads. Nothing outside of it is ever opened, whatever a visitor asks for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._last: tuple[Path, np.ndarray] | None = None
        self._one_at_a_time = threading.Lock()

    def locate(self, path: object) -> Path:
        """The file of an upload.

        Raises:
            ImageError: it is not among the uploads, or no longer.
        """
        if isinstance(path, str) and "\0" not in path:
            place = Path(path).resolve()
            if place.is_relative_to(self.folder) and place.is_file():
                return place
        raise ImageError("this photo is no longer here; choose it again")

    def read(self, path: object) -> np.ndarray:
        """The photo of an upload, uint8 (H, W, 3).

        Raises:
            ImageError: as in `locate` and `read_named`.
        """
        place = self.locate(path)
        with self._one_at_a_time:
            if self._last is None or self._last[0] != place:
                self._last = None  # before, not after: two photos of 64 megapixels are not held beside a third
                self._last = (place, read_named(place))
            return self._last[1]


def read_named(path: Path) -> np.ndarray:
    """The photo in a file; an error calls the file by its name alone, for the folder is no visitor's business.

    Raises:
        ImageError: the file is above MAX_UPLOAD, or as in `hrnet.image.read`.
    """
    try:
        if path.stat().st_size > MAX_UPLOAD:
            raise ImageError(f"the file is above the limit of {MAX_UPLOAD / 1e6:.0f} MB; make the picture smaller")
        return read(path)
    except ImageError as error:
        raise ImageError(f"{name_of(path.name)}: {str(error).removeprefix(f'{name_of(path)}: ')}") from error
