import base64
import json

import numpy as np
import pytest

from apps import shown
from hrnet import image
from hrnet.geometry import Box
from hrnet.show import Frame, Marks, Picture, Point, Rows, Shown
from hrnet.skeleton import COCO_17


def test_marks_stay_in_photo_pixels_however_small_the_picture_is_sent(photo, monkeypatch):
    monkeypatch.setattr(shown, "LONGEST", 160)
    marks = Marks((Point(300.5, 200, 0, score=0.5),), boxes=(Frame(Box(1, 2, 3, 4, 0.5)),))
    rows = Rows(("column.joint", "column.score"), (("nose", 0.5),), (0,))
    whole = shown.to_json(Shown((Picture(photo, marks=marks),), rows=(rows,), caption="photo.one", skeleton=COCO_17))
    (picture,) = json.loads(json.dumps(whole))["pictures"]
    assert (picture["width"], picture["height"]) == (320, 240)
    assert picture["marks"]["points"][0]["x"] == 300.5 and picture["marks"]["boxes"][0]["box"]["w"] == 3
    sent = image.read(base64.b64decode(picture["url"].partition(",")[2]))
    assert sent.shape == (120, 160, 3)
    assert np.abs(sent.astype(int) - photo[::2, ::2]).mean() < 10


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1)])
def test_a_thread_of_a_photo_still_has_a_pixel_across(size):
    sent = image.read(base64.b64decode(shown.data_url(np.zeros((*size, 3), np.uint8)).partition(",")[2]))
    assert sorted(sent.shape[:2]) == [1, 1600]


def test_pixels_can_be_left_out(photo):
    assert "url" not in shown.to_json(Shown((Picture(photo),)), pixels=False)["pictures"][0]
