"""What the browser draws the bench with: the colors and sizes of this house's pictures. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hrnet import colors, draw, pen

if TYPE_CHECKING:
    from apps.desk import Desk


def props(desk: Desk) -> dict[str, Any]:
    """The tables of colors, [[red, green, blue], 256 times], and how skeletons look (apps/web/marks.js)."""
    sides = {side: colors.ON_DARK.of_side(side) for side in ("left", "right", "middle")}
    look = {
        "colors": {**sides, "casing": colors.CASING, "box": colors.BOX, "core": colors.CORE},
        "casing": pen.CASING,
        "joint": pen.JOINT,
        "core": pen.CORE,
        "smallest_joint": pen.SMALLEST_JOINT,
        "smallest_core": pen.SMALLEST_CORE,
        "room": pen.ROOM,
        "dash": pen.DASH,
        "gap": pen.DASH_GAP,
        "visible": draw.VISIBLE,
    }
    return {"magma": colors.MAGMA.tolist(), "signed": colors.SIGNED.tolist(), "look": look}
