"""What the lessons' module draws with, besides what every bench is given."""

from __future__ import annotations

from typing import Any

from apps.desk import Desk
from apps.marks import LOOK
from hrnet import colors, draw


def props(desk: Desk) -> dict[str, Any]:
    """The pen of the house, the lowest score of a joint that is drawn, and tables of 256 colors, "rrggbb" each."""
    return {
        "pen": LOOK,
        "visible": draw.VISIBLE,
        "magma": colors.MAGMA.tobytes().hex(),
        "signed": colors.SIGNED.tobytes().hex(),
    }
