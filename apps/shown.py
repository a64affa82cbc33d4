"""The renderer of `Shown`, Python's half: plain JSON, which the modules in web/ draw (stage.js, table.js)."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np

from hrnet import image
from hrnet.show import Picture, Rows, Shown

LONGEST = 1600  # pixels of a picture's longer side on the page; downloads have all


def to_json(shown: Shown, *, pixels: bool = True) -> dict[str, Any]:
    """Everything of a Shown.

    Args:
        pixels: whether the pictures themselves go along, as data URLs; not where the page has them already.
    """
    skeleton = shown.skeleton
    return {
        "pictures": [_picture(picture, pixels) for picture in shown.pictures],
        "rows": [_rows(rows) for rows in shown.rows],
        "caption": shown.caption,
        "values": dict(shown.values),
        "skeleton": skeleton and {"joints": skeleton.joints, "sides": skeleton.sides, "limbs": skeleton.limbs},
    }


def data_url(photo: np.ndarray) -> str:
    """The photo as a JPEG, at most LONGEST pixels wide and high. It lies in the answer itself: nobody else gets it."""
    scale = LONGEST / max(photo.shape[:2])
    if scale < 1:
        size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
        photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    return f"data:image/jpeg;base64,{base64.b64encode(image.encode(photo, 'jpeg')).decode()}"


def _picture(picture: Picture, pixels: bool) -> dict[str, Any]:
    height, width = picture.pixels.shape[:2]
    drawn = {"url": data_url(picture.pixels)} if pixels else {}
    return {"title": picture.title, "width": width, "height": height, "marks": asdict(picture.marks), **drawn}


def _rows(rows: Rows) -> dict[str, Any]:
    return {
        "title": rows.title,
        "columns": rows.columns,
        "cells": rows.cells,
        "joints": rows.joints,
        "digits": rows.digits,
    }
