"""What the lessons' module draws with, besides what every bench is given."""

from __future__ import annotations

from typing import Any

from apps.desk import Desk
from hrnet import colors, draw, pen


def props(desk: Desk) -> dict[str, Any]:
    """The pen of the house, the lowest score of a joint that is drawn, and tables of 256 colors, "rrggbb" each."""
    return {
        "pen": {
            "photo_strokes": pen.PHOTO_STROKES,
            "person_strokes": pen.PERSON_STROKES,
            "thinnest": pen.THINNEST,
            "casing": pen.CASING,
            "joint": pen.JOINT,
            "core": pen.CORE,
            "smallest_joint": pen.SMALLEST_JOINT,
            "smallest_core": pen.SMALLEST_CORE,
            "room": pen.ROOM,
            "dash": pen.DASH,
            "gap": pen.DASH_GAP,
        },
        "visible": draw.VISIBLE,
        "magma": colors.MAGMA.tobytes().hex(),
        "signed": colors.SIGNED.tobytes().hex(),
    }
