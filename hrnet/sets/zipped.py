"""A zip that appears whole or not at all."""

from __future__ import annotations

import os
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hrnet.sets.errors import not_kept


@contextmanager
def zipped(path: Path) -> Iterator[zipfile.ZipFile]:
    """The archive to write into; it takes its name when the block ends well. Members are packed as they are told.

    Raises:
        SetError: it cannot be written.
    """
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "w") as archive:
            yield archive
        os.replace(part, path)
    except OSError as error:
        raise not_kept(f"{path.name} cannot be written", error) from error
    finally:
        part.unlink(missing_ok=True)
