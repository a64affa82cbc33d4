"""The errors of labeled sets: each is one line for the person in front of it."""

from __future__ import annotations

import errno

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, one's part of it, or what a file may become


class SetError(ValueError):
    """A set that cannot be opened or changed so: what is wrong, what was given, what to do."""


class Conflict(SetError):  # noqa: N818, the name that its callers know
    """Somebody else changed this picture meanwhile; nothing was overwritten.

    picture: its id. revision: the one it has now.
    """

    def __init__(self, message: str, picture: int, revision: int) -> None:
        super().__init__(message)
        self.picture, self.revision = picture, revision


def not_kept(what: str, error: OSError) -> SetError:
    """What to say where the disk refused to keep something."""
    if error.errno in FULL:
        return SetError(f"{what}: the disk is full, nothing was changed; free some space and do it again")
    return SetError(f"{what}: {error.strerror or error}; nothing was changed")
