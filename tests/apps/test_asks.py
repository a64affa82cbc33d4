import json
import math

import numpy as np
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


def test_an_answer_is_json_with_the_boxes_the_marks_and_the_picture(model, uploads, upload, estimator, photo):
    values = {"rev": 7, "photo": {"path": upload()}, "boxes": None, "threshold": None}
    answer = json.loads(json.dumps(asks.answer(model, uploads, values)))
    expected = estimator(photo)
    assert answer["rev"] == 7 and len(answer["boxes"]) == len(expected) == 2
    assert answer["boxes"][0] == pytest.approx([*expected[0].box.xywh, expected[0].box.score])
    (picture,) = answer["shown"]["pictures"]
    assert picture["url"].startswith("data:image/jpeg;base64,") and (picture["width"], picture["height"]) == (320, 240)
    assert len(picture["marks"]["points"]) == 34


def test_corrected_boxes_are_answered_without_sending_the_picture_again(model, uploads, upload):
    values = {"rev": 8, "photo": {"path": upload()}, "boxes": [[10, 20, 100, 90, 0.3], [0, 0, 320, 240]]}
    answer = asks.answer(model, uploads, values)
    assert answer["boxes"] == [[10, 20, 100, 90, 0.3], [0, 0, 320, 240, 1.0]]
    assert "url" not in answer["shown"]["pictures"][0]


def test_persons_are_searched_beside_boxes_that_a_hand_made(model, uploads, upload, estimator, photo):
    far = [0, 0, 30, 30]
    values = {"photo": {"path": upload()}, "boxes": [far], "more": True, "threshold": estimator.finder.threshold}
    boxes = asks.answer(model, uploads, values)["boxes"]
    assert boxes[0] == [*far, 1.0]
    found = [[*person.box.xywh, person.box.score] for person in estimator(photo)]
    np.testing.assert_allclose(boxes[1:], found, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"photo": None}, "no longer here"),
        ({"photo": {"path": "/etc/passwd"}}, "no longer here"),
        ({"photo": "x"}, "no longer here"),
        ({"example": "../secret"}, "there is no example"),
        ({"example": ["beach"]}, "there is no example"),
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
    answer = asks.answer(model, uploads, {"rev": 3, "photo": {"path": upload()}} | change)
    assert answer["rev"] == 3 and line in answer["error"] and "\n" not in answer["error"]


@pytest.mark.parametrize("values", [None, [], "x", 5])
def test_a_question_that_is_no_object_is_told_so(model, uploads, values):
    assert asks.answer(model, uploads, values) == {"rev": None, "error": "there is no photo yet; choose one"}


def test_a_fault_of_ours_is_logged_and_the_visitor_is_told_where(model, uploads, monkeypatch, caplog):
    monkeypatch.setattr(asks.PhotoAsk, "parse", lambda *_: 1 / 0)
    assert asks.answer(model, uploads, {"rev": 1}) == {"rev": 1, "error": asks.FAILED}
    assert "ZeroDivisionError" in caplog.text


def test_scores_of_boxes_lie_between_0_and_1(uploads):
    ask = PhotoAsk.parse({"boxes": [[1, 2, 3, 4, 9], [1, 2, 3, 4, -1]]}, uploads)
    assert ask.boxes == (Box(1, 2, 3, 4, 1.0), Box(1, 2, 3, 4, 0.0))


def test_an_example_is_read_from_our_own_files(model, uploads):
    answer = asks.answer(model, uploads, {"rev": 1, "example": "beach"})
    assert answer["shown"]["values"]["width"] == 800


def test_a_download_is_named_after_the_photo(model, uploads, upload):
    ask = PhotoAsk.parse({"photo": {"path": upload("me.png")}, "boxes": [[0, 0, 320, 240]]}, uploads)
    assert asks.download(model, ask, "picture", 0.2)[0] == "me-people.png"
    assert json.loads(asks.download(model, ask, "json", 0.2)[1])[0]["people"][0]["box"] == [0, 0, 320, 240]
