"""A look at every picture that was brought: whether it is whole, how large it is, and what its bytes are like."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hrnet import image
from hrnet.data.pose_set import PhotoFile
from hrnet.geometry import Size
from hrnet.image.limits import one_line

THREADS = 2  # at work at once: a photo of 64 megapixels takes 400 MB while it is decoded
AT_ONCE = 32  # pictures that are looked at before the next are begun
MISSING = "it is missing"


@dataclass(frozen=True)
class Look:
    """file: where it lies below the workplace, to be moved from there. wrong: why it cannot be used."""

    file: Path | None = None
    size: Size = (0, 0)
    digest: str = ""
    wrong: str = ""


def looks(photos: Sequence[PhotoFile], work: Path) -> Iterator[Look]:
    """One look for each photo, in order. Pictures that lie elsewhere are copied to the workplace.

    Raises:
        OSError: the disk does not take them.
    """
    place = work / "taken"
    place.mkdir()
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(photos), AT_ONCE):  # a person who stops waits for these alone
            some = photos[start : start + AT_ONCE]
            yield from pool.map(lambda n, photo: _look(photo, work, place / str(n)), range(start, len(photos)), some)


def _look(photo: PhotoFile, work: Path, target: Path) -> Look:
    path = photo.path
    try:
        if not path.is_file():
            return Look(wrong=MISSING)
        if photo.member is None and path.stat().st_size > image.MAX_BYTES:
            return Look(wrong=f"the file is above the limit of {image.MAX_BYTES / 1e6:.0f} MB")
        data = photo.content()
        height, width = image.read(data).shape[:2]
    except image.ImageError as error:
        return Look(wrong=one_line(str(error)))
    except OSError as error:
        return Look(wrong=f"it cannot be read: {error.strerror or error}")
    own = photo.member is None and path.is_relative_to(work) and not path.is_symlink()
    if not own:
        target.write_bytes(data)
    return Look(path if own else target, (height, width), hashlib.sha256(data).hexdigest())
