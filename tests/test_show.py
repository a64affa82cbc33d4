from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict

import numpy as np
import pytest

from hrnet.geometry import Box
from hrnet.show import Frame, Line, Marks, Picture, Point, Rows, Sheet, Shown
from hrnet.skeleton import COCO_17

PIXELS = np.zeros((4, 6, 3), np.uint8)


def test_marks_and_rows_travel_as_json():
    marks = Marks(
        points=(Point(1.5, 2.5, joint=9, score=0.8),),
        lines=(Line((1.5, 2.5), (3, 4), joints=(7, 9)), Line((0, 0), (1, 1))),
        boxes=(Frame(Box(0, 0, 5, 6), dashed=True),),
    )
    back = json.loads(json.dumps(asdict(marks), allow_nan=False))
    assert back["points"][0] == {"x": 1.5, "y": 2.5, "joint": 9, "person": 0, "score": 0.8, "occluded": False}
    assert back["lines"][0]["joints"] == [7, 9] and back["lines"][1]["joints"] is None
    assert back["boxes"][0]["box"] == {"x": 0, "y": 0, "w": 5, "h": 6, "score": 1.0}
    assert marks.joints == {7, 9}


def test_pixels_are_held_read_only_and_the_array_they_came_from_stays_writable():
    pixels = PIXELS.copy()
    picture = Picture(pixels)
    with pytest.raises(ValueError, match="read-only"):
        picture.pixels[0, 0] = 1
    with pytest.raises(FrozenInstanceError):
        picture.pixels = pixels
    pixels[0, 0] = 1  # raises nothing
    assert np.shares_memory(pixels, picture.pixels)  # no copy of a large photo is made


def test_the_value_under_the_pointer_is_at_most_half_a_step_wrong():
    maps = np.random.default_rng(0).normal(0, 5, (3, 8, 6))
    sheet = Sheet.of(maps)
    for steps, (low, high), values in zip(sheet.steps, sheet.limits, maps, strict=True):
        assert (low, high) == (values.min(), values.max())
        assert np.abs(low + steps / 255 * (high - low) - values).max() <= 0.5001 * (high - low) / 255


def test_common_limits_make_maps_comparable():
    sheet = Sheet.of(np.stack([np.full((2, 2), 0.5), np.full((2, 2), 2.0)]), limits=(0.0, 1.0), joints=(3, 4))
    assert sheet.steps[:, 0, 0].tolist() == [128, 255]
    assert sheet.limits == ((0.0, 1.0), (0.0, 1.0)) and sheet.joints == (3, 4)


@pytest.mark.parametrize("value", [0.0, -3.0, 1e9])
def test_an_even_map_keeps_its_value(value):
    sheet = Sheet.of(np.full((1, 2, 2), value))
    low, high = sheet.limits[0]
    assert low + sheet.steps[0, 0, 0] / 255 * (high - low) == value


def test_a_joint_that_the_skeleton_does_not_have_is_an_error_wherever_it_is_named():
    named = [
        {"pictures": (Picture(PIXELS, marks=Marks(points=(Point(0, 0, joint=17),))),)},
        {"pictures": (Picture(PIXELS, marks=Marks(lines=(Line((0, 0), (1, 1), joints=(0, 17)),))),)},
        {"sheets": (Sheet.of(np.ones((1, 2, 2)), joints=(17,)),)},
        {"rows": (Rows(("name",), (("nose",), ("sum",)), joints=(17, None)),)},
    ]
    for things in named:
        with pytest.raises(ValueError, match="joint 17 is named, but the skeleton has 17 joints"):
            Shown(**things, skeleton=COCO_17)
        with pytest.raises(ValueError, match="the skeleton has 0 joints"):
            Shown(**things)


def test_everything_together_is_accepted():
    rows = Rows(("joint", "score"), (("nose", 0.9), ("sum", None)), joints=(0, None))
    picture = Picture(PIXELS, "photo", Marks(points=(Point(1, 1, joint=0),)), limits=(0, 1))
    shown = Shown(
        (picture,), (Sheet.of(np.ones((17, 2, 2)), joints=tuple(range(17))),), (rows,), "found", {"n": 1}, COCO_17
    )
    assert shown.pictures[0].pixels.shape == (4, 6, 3) and shown.values["n"] == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Picture(PIXELS.astype(np.float32)), r"pixels must be uint8 \(n, n, 3\), got float32 \(4, 6, 3\)"),
        (lambda: Picture(PIXELS[..., 0]), r"got uint8 \(4, 6\)"),
        (lambda: Picture(PIXELS[:0]), r"got uint8 \(0, 6, 3\)"),
        (lambda: Picture(PIXELS, limits=(1, 0)), "low below high"),
        (lambda: Marks(points=(Point(float("nan"), 0, joint=0),)), "leave unseen joints out"),
        (lambda: Marks(lines=(Line((0, 0), (1, 2, 3)),)), "two finite numbers"),
        (lambda: Sheet(np.zeros((2, 3, 3), np.uint8), ((0, 1),)), "2 limits.*got 1 limits"),
        (lambda: Sheet.of(np.ones((2, 3, 3)), joints=(1,)), "2 joints or none, got 2 limits and 1 joints"),
        (lambda: Sheet.of(np.full((1, 2, 2), np.inf)), "finite"),
        (lambda: Rows(("a", "b"), (("only one",),)), "a cell for each"),
        (lambda: Rows(("a",), (("x",), ("y",)), joints=(1,)), "2 joints or none, got 1"),
        (lambda: Shown(pictures=Picture(PIXELS)), "pictures is a tuple of Picture"),
        (lambda: Shown(rows=(Picture(PIXELS),)), "rows is a tuple of Rows"),
    ],
)
def test_wrong_input_is_answered_in_one_line(call, words):
    with pytest.raises(ValueError, match=words):
        call()
