import json
import math

import pytest

from apps import asks
from apps.asks import PhotoAsk
from apps.model import Model
from apps.uploads import Uploads
from hrnet.geometry import Box


@pytest.fixture(scope="module")
def model(weights) -> Model:
    with Model(str(weights["pose"]), str(weights["finder"])) as model:
        yield model


@pytest.fixture
def uploads(tmp_path, upload) -> Uploads:
    return Uploads(tmp_path / "uploads")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"photo": None}, "no longer here"),
        ({"photo": {"path": "/etc/passwd"}}, "no longer here"),
        ({"photo": "x"}, "no longer here"),
        ({"boxes": "whole"}, "boxes are a list"),
        ({"boxes": [[0, 0, 9, 9]] * 201}, "boxes are a list of up to 200"),
        ({"boxes": [[0, 0, 9]]}, "a box is"),
        ({"boxes": [[0, 0, 9, "9"]]}, "a box is"),
        ({"boxes": [[0, 0, math.nan, 9]]}, "a box is"),
        ({"boxes": [[0, 0, -9, 9]]}, "width and height above 0"),
        ({"boxes": [[900, 0, 9, 9]]}, "outside of the photo"),
        ({"threshold": "low"}, "threshold is a number"),
        ({"threshold": True}, "threshold is a number"),
        ({"boxes": [], "more": "yes"}, "more is true or false"),
    ],
)
def test_whatever_is_sent_the_answer_is_a_line(model, uploads, upload, change, line):
    with pytest.raises(ValueError) as told:
        asks.download(model, PhotoAsk.parse({"photo": {"path": upload()}} | change, uploads), "json", 0.2)
    assert line in str(told.value) and "\n" not in str(told.value)


@pytest.mark.parametrize("values", [None, [], "x", 5])
def test_a_question_that_is_no_object_is_told_so(uploads, values):
    with pytest.raises(ValueError, match="there is no photo yet; choose one"):
        PhotoAsk.parse(values, uploads)


def test_scores_of_boxes_lie_between_0_and_1(uploads):
    ask = PhotoAsk.parse({"boxes": [[1, 2, 3, 4, 9], [1, 2, 3, 4, -1]]}, uploads)
    assert ask.boxes == (Box(1, 2, 3, 4, 1.0), Box(1, 2, 3, 4, 0.0))


def test_a_download_is_named_after_the_photo(model, uploads, upload):
    ask = PhotoAsk.parse({"photo": {"path": upload("me.png")}, "boxes": [[0, 0, 320, 240]]}, uploads)
    assert asks.download(model, ask, "picture", 0.2)[0] == "me-people.png"
    assert json.loads(asks.download(model, ask, "json", 0.2)[1])[0]["people"][0]["box"] == [0, 0, 320, 240]
