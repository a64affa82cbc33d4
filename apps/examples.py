"""The photos that a visitor can begin with: drawn people, and one photo that comes with matplotlib.

The drawn ones are files in the folder `examples`; `python -m apps.examples` draws them anew.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2

from apps.uploads import read_named
from hrnet import image

FOLDER = Path(__file__).parent / "examples"

DRAWN = ("beach", "friends", "street", "match", "room", "gym")  # of `hrnet.scenes.EXAMPLES`, which takes time to import

HOPPER = "hopper"  # Grace Hopper, a photo of the United States Navy in the public domain
THUMBNAIL = 192  # pixels of the longer side


@cache
def names() -> tuple[str, ...]:
    """Those that are on this machine, in the order of the page."""
    return tuple(name for name in (*DRAWN, HOPPER) if (path := _file(name)) is not None and path.is_file())


def path(name: object) -> Path:
    """The file of an example.

    Raises:
        ImageError: there is none of that name.
    """
    if name not in names():
        raise image.ImageError(f"there is no example {str(name)[:40]!r}; the examples are {', '.join(names())}")
    return _file(name)


@cache
def thumbnail(name: str) -> bytes:
    """A small JPEG. Raises ImageError as `path`."""
    photo = read_named(path(name))
    scale = THUMBNAIL / max(photo.shape[:2])
    size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
    return image.encode(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), "jpeg")


def _file(name: str) -> Path | None:
    if name != HOPPER:
        return FOLDER / f"{name}.jpg"
    found = find_spec("matplotlib")  # where it is, without the time of importing it
    return Path(found.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg" if found else None


def main() -> None:
    from hrnet.scenes import example

    FOLDER.mkdir(exist_ok=True)
    for name in DRAWN:
        image.write(FOLDER / f"{name}.jpg", example(name).photo)


if __name__ == "__main__":
    main()
