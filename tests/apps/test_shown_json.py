import json

from apps import shown
from hrnet.geometry import Box
from hrnet.show import Frame, Marks, Picture, Point, Rows, Shown
from hrnet.skeleton import COCO_17


def test_marks_are_told_in_photo_pixels(photo):
    marks = Marks((Point(300.5, 200, 0, score=0.5),), boxes=(Frame(Box(1, 2, 3, 4, 0.5)),))
    rows = Rows(("column.joint", "column.score"), (("nose", 0.5),), (0,))
    whole = shown.to_json(Shown((Picture(photo, marks=marks),), rows=(rows,), caption="photo.one", skeleton=COCO_17))
    (picture,) = json.loads(json.dumps(whole))["pictures"]
    assert (picture["width"], picture["height"]) == (320, 240)
    assert picture["marks"]["points"][0]["x"] == 300.5 and picture["marks"]["boxes"][0]["box"]["w"] == 3
    assert "pixels" not in picture
