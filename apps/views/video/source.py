"""The clip that a visitor brought: what it is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.desk import shrunk
from apps.views.video.values import text
from hrnet.video import Clip, Limits, VideoError
from hrnet.video.files import shown

if TYPE_CHECKING:
    from apps.desk import Desk

# Two minutes at 60 frames per second: on two cores the others in the line wait some minutes for it.
LIMITS = Limits(seconds=120.0, frames=7200)
WHOLE = Limits(seconds=float("inf"))  # for a look at a clip of which only a part will be done
POSTER = 960  # pixels of the longer side of the picture that stands for a clip


def look(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    """What kind of clip an upload is. One that cannot be read is removed at once.

    Args:
        values: {"file": its token}.
    Returns:
        "name"; "width" and "height" in pixels; "seconds", None where the file does not say; "rate", frames per second;
        "sound", whether there is any; "poster", the address of the first frame.
    Raises:
        ValueError: it is no clip, is gone, or its frames are too large.
    """
    token = text(values, "file")
    path = desk.file(token)
    try:
        with without_folder(path), Clip(path, limits=WHOLE) as clip:
            return {"name": path.name, **_seen(desk, clip)}
    except VideoError:
        desk.forget(token)
        raise


def _seen(desk: Desk, clip: Clip) -> dict[str, Any]:
    height, width = clip.size
    frame = next(iter(clip), None)
    if frame is None:
        raise VideoError(f"{clip.path}: no frame of the video can be read; fetch or save the file again")
    return {
        "width": width,
        "height": height,
        "seconds": clip.duration,
        "rate": clip.rate,
        "sound": clip.sound is not None,
        "poster": desk.picture(shrunk(frame.photo, POSTER), "jpeg"),
    }


@contextmanager
def without_folder(*paths: Path) -> Iterator[None]:
    """What goes wrong with these files is said with their names alone: where they lie is no visitor's business."""
    try:
        yield
    except VideoError as error:
        line = str(error)
        for path in paths:
            line = line.replace(shown(path), path.name).replace(str(path), path.name)
        raise VideoError(line) from error
