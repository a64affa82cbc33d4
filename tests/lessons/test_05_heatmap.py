"""What lesson 5 calls right is what the library does."""

from types import SimpleNamespace

import numpy as np
import pytest

from hrnet import heatmap
from lessons.catalogue import entry

LESSON = entry(5).lesson


def scene(**state):
    return SimpleNamespace(state=LESSON.toy.checked(state))


def test_the_blob_is_where_encode_puts_it():
    question = LESSON.step("map").question
    for point in ((126.0, 80.0), (30.5, 201.2)):
        target, _ = heatmap.encode(np.array([[*point, 1]]), (256, 192))
        y, x = np.unravel_index(target[0].argmax(), target[0].shape)
        assert question.judge([int(x), int(y)], scene(point=point)).right


@pytest.mark.parametrize(
    ("answer", "key"),
    [([31.5, 20], "right"), ([20, 31.5], "wrong.swapped"), ([47, 63], "wrong.same"), ([5, 55], "wrong.other")],
)
def test_a_point_on_the_map_is_judged(answer, key):
    assert LESSON.step("map").question.judge(answer, scene(point=(126.0, 80.0))).key == key


def test_the_crops_own_coordinates_are_recognized():
    question, place = LESSON.step("map").question, scene(point=(40.0, 30.0))
    assert question.judge([40, 30], place).key == "wrong.same"


def test_the_radius_at_half_height_is_where_the_target_is_one_half():
    question = LESSON.step("width").question
    sigma = 3.0
    radius = question.truth(scene(sigma=sigma))
    assert np.exp(-(radius**2) / (2 * sigma**2)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("answer", "key"),
    [(2.4, "right"), (2.0, "wrong.sigma"), (6, "wrong.patch"), (4.7, "wrong.diameter"), (8, "wrong.other")],
)
def test_each_wrong_width_is_recognized_as_its_belief(answer, key):
    assert LESSON.step("width").question.judge(answer, scene(sigma=2.0)).key == key


def test_the_sum_that_is_called_right_is_that_of_the_target():
    target, _ = heatmap.encode(np.array([[96.0, 128.0, 1.0]]), (256, 192), 2.0)
    assert target.sum() == pytest.approx(25, abs=0.2)


def test_an_absent_joint_has_an_empty_map_and_no_weight():
    target, weight = heatmap.encode(np.array([[*LESSON.step("absent").start["point"], 1.0]]), (256, 192), 2.0)
    assert not target.any() and weight == 0


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ({"point": (98.0, 130.0)}, "done"),
        ({"point": (98.0, 128.5)}, "one_axis"),
        ({"point": (96.5, 128.5)}, "little"),
        ({"point": (98.0, 130.0), "kind": "unbiased"}, "exact"),
        ({"point": (-20.0, 130.0)}, "outside"),
    ],
)
def test_the_worst_place_is_between_four_pixels(state, outcome):
    verdict = LESSON.step("task").task.grade(scene(**state))
    assert verdict.key == f"outcome.{outcome}" and verdict.right == (outcome == "done")


def test_what_is_lost_is_what_encode_and_decode_lose():
    verdict = LESSON.step("task").task.grade(scene(point=(98.0, 130.0)))
    assert verdict.values["lost"] == pytest.approx(np.hypot(2, 2)) and verdict.values["x"] == pytest.approx(2)
    exact = LESSON.step("task").task.grade(scene(point=(98.0, 130.0), kind="unbiased", decoder="dark"))
    assert exact.values["lost"] < 0.05


@pytest.mark.parametrize("answer", [None, "1", [1], [1, "2"], [1, float("nan")], [True, 1]])
def test_an_answer_that_is_no_point_is_refused(answer):
    with pytest.raises(ValueError, match=r"the answer is a point \[x, y\]"):
        LESSON.step("map").question.judge(answer, scene())


@pytest.mark.parametrize("answer", [None, "1", -1, 9, True, float("inf")])
def test_an_answer_that_is_no_number_of_the_slider_is_refused(answer):
    with pytest.raises(ValueError, match="the answer is a number from 0 to 8"):
        LESSON.step("width").question.judge(answer, scene())
