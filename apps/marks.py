"""What the browser draws people with (apps/web/marks.js): the colors and sizes of the drawn picture."""

from __future__ import annotations

from hrnet import colors, draw, pen

LOOK = {
    "colors": {
        **{side: colors.ON_DARK.of_side(side) for side in ("left", "right", "middle")},
        "casing": colors.CASING,
        "box": colors.BOX,
        "core": colors.CORE,
    },
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
    "visible": draw.VISIBLE,  # the lowest score of a joint that is drawn
}
