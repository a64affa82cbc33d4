"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LEFT = ".part-*"  # a pattern of what a process that was killed in the middle leaves behind


@contextmanager
def replacing(target: str | os.PathLike[str], *, lasting: bool = False) -> Iterator[Path]:
    """A path to write to, which becomes `target` at the end; after an exception it is gone and `target` as before.

    Args:
        lasting: the bytes are on the disk before the name is, so that not even a power cut leaves a part of them.
    Raises:
        OSError: nothing can be written there, or the block's own.
    """
    target = Path(target)
    part = target.with_name(f".part-{secrets.token_hex(8)}{target.suffix}")  # os.replace is atomic within a folder only
    try:
        yield part
        if lasting:
            with part.open("rb+") as file:
                os.fsync(file.fileno())
        os.replace(part, target)
    finally:
        with suppress(OSError):  # it is gone already unless something failed
            part.unlink()
