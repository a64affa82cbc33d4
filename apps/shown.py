"""The renderer of `Shown`, Python's half: plain JSON, which the modules in web/ draw (stage.js, table.js)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hrnet.show import Picture, Rows, Shown


def to_json(shown: Shown) -> dict[str, Any]:
    """Everything of a Shown but the pixels of its pictures: those have an address of their own."""
    skeleton = shown.skeleton
    return {
        "pictures": [_picture(picture) for picture in shown.pictures],
        "rows": [_rows(rows) for rows in shown.rows],
        "caption": shown.caption,
        "values": dict(shown.values),
        "skeleton": skeleton and {"joints": skeleton.joints, "sides": skeleton.sides, "limbs": skeleton.limbs},
    }


def _picture(picture: Picture) -> dict[str, Any]:
    height, width = picture.pixels.shape[:2]
    return {"title": picture.title, "width": width, "height": height, "marks": asdict(picture.marks)}


def _rows(rows: Rows) -> dict[str, Any]:
    return {
        "title": rows.title,
        "columns": rows.columns,
        "cells": rows.cells,
        "joints": rows.joints,
        "digits": rows.digits,
    }
