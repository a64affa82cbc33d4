"""A zip that appears whole or not at all."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hrnet.files import replacing
from hrnet.sets.errors import not_kept


@contextmanager
def zipped(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive to write into; it takes its name when the block ends well. Members are packed as they are told.

    Raises:
        SetError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
            yield archive
    except OSError as error:
        raise not_kept(f"{path.name} cannot be written", error) from error
