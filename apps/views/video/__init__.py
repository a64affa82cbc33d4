"""The bench "Video and webcam": what a clip is, a clip to try, and one frame after the other of a visitor's camera.

Here is what is answered at once; a clip is worked on by `apps.views.video.clip`, in the line of what takes minutes. The
camera is always the visitor's own: the browser sends its frames.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from apps.marks import LOOK
from apps.views.video import glide, live, source
from apps.views.video.values import text
from hrnet import colors, draw
from hrnet.video import ENCODERS

if TYPE_CHECKING:
    from apps.desk import Desk

Say = Callable[[float], None]


def props(desk: Desk) -> dict[str, Any]:
    """What the page is told: the limits, and what people are drawn with."""
    from apps.desk import EXPIRED
    from apps.uploads import MAX_CLIP

    return {
        "most_bytes": MAX_CLIP,
        "most_seconds": source.LIMITS.seconds,
        "kept_seconds": EXPIRED,
        "kinds": [suffix.removeprefix(".") for suffix in ENCODERS],
        "side": live.SIDE,
        "look": LOOK,
        "persons": colors.PERSONS,
        "visible": draw.VISIBLE,
    }


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The answer to one question of the page.

    Args:
        values: {"ask": "look", "file", a token}: what kind of clip it is, see `source.look`;
            {"ask": "glide", "example", a name}: a clip made of an example photo, see `glide.glide`;
            {"ask": "frame", ...}: one frame of a camera, see `live.frame`.
    Returns:
        the question's kind as "ask", and what its function gives.
    Raises:
        ValueError: the question is not one of these, or what it names cannot be used; one line for the visitor.
    """
    kind = text(values, "ask")
    if kind not in ASKS:
        raise ValueError(f"ask is one of {', '.join(ASKS)}, got {kind!r:.60}")
    return {"ask": kind, **ASKS[kind](desk, values)}


ASKS = {"look": source.look, "glide": glide.glide, "frame": live.frame}
