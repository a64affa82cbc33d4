"""What the browser draws the bench with: the colors and sizes of this house's pictures. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.marks import LOOK
from hrnet import colors

if TYPE_CHECKING:
    from apps.desk import Desk


def props(desk: Desk) -> dict[str, Any]:
    """The tables of colors, [[red, green, blue], 256 times], and how skeletons look (apps/web/marks.js)."""
    return {"magma": colors.MAGMA.tolist(), "signed": colors.SIGNED.tolist(), "look": LOOK}
