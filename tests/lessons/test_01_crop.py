"""What lesson 1 calls right is what the library does."""

from types import SimpleNamespace

import numpy as np
import pytest

from hrnet.geometry import OFFICIAL, Box, crop_affine
from hrnet.skeleton import COCO_17
from lessons.catalogue import entry

LESSON = entry(1).lesson
SIZE = (256, 192)
PERSON = Box(300, 100, 120, 360)


def scene(box=PERSON, keypoints=None, size=(600, 800)):
    found = np.zeros((17, 3)) if keypoints is None else keypoints
    return SimpleNamespace(
        size=size, person=PERSON, box=box, input_size=SIZE, joints=COCO_17.joints, keypoints=lambda box: found
    )


@pytest.mark.parametrize("box", [Box(280, 220, 160, 60), Box(340, 150, 20, 300), Box(300, 250, 150, 200)])
def test_the_frame_begins_where_the_crop_does(box):
    question = LESSON.step("grow").question
    truth = question.truth(scene(box))
    assert crop_affine(box, SIZE, OFFICIAL).apply(np.array(truth))[1] == pytest.approx(0, abs=1e-4)
    assert question.judge(list(truth), scene(box)).right


def test_a_frame_beyond_the_page_is_pointed_at_where_the_page_ends():
    x, y = LESSON.step("grow").question.truth(scene(Box(0, 200, 700, 100)))
    assert (x, y) == (350, -LESSON.toy.margin * 600)


def test_each_wrong_edge_is_recognized_as_its_belief():
    wide = Box(260, 250, 200, 70)
    question, place = LESSON.step("grow").question, scene(wide)
    assert question.judge([0, wide.y], place).key == "wrong.box"
    assert question.judge([0, wide.y - 0.125 * wide.h], place).key == "wrong.stretched"
    high = Box(300, 100, 20, 400)
    assert question.judge([5, 100 - 0.125 * 400], scene(high)).right  # only the width grows there
    far = question.judge([0, 590], place)
    assert far.key == "wrong.other" and far.values["off"] == pytest.approx(590 - question.truth(place)[1])


def poses(low, high):
    """All joints between two corners, surely."""
    keypoints = np.ones((17, 3))
    keypoints[:, :2] = np.linspace(low, high, 17)
    return keypoints


@pytest.mark.parametrize(
    ("box", "outcome"),
    [(Box(300, 100, 120, 300), "done"), (Box(300, 100, 120, 150), "outside"), (Box(100, 0, 500, 800), "small")],
)
def test_a_box_is_judged_by_the_joints_that_it_frames(box, outcome):
    verdict = LESSON.step("task").task.grade(scene(box, poses((320, 110), (400, 390))))
    assert verdict.key == f"outcome.{outcome}" and verdict.right == (outcome == "done")


def test_the_joint_that_is_outside_is_named():
    keypoints = poses((320, 110), (400, 390))
    keypoints[9, :2] = 790, 590
    verdict = LESSON.step("task").task.grade(scene(Box(300, 100, 120, 300), keypoints))
    assert verdict.key == "outcome.outside" and verdict.values == {"count": 1, "joint": "left_wrist"}


def test_joints_of_low_scores_do_not_count():
    keypoints = poses((320, 110), (400, 390))
    keypoints[9] = 790, 590, 0.1
    assert LESSON.step("task").task.grade(scene(Box(300, 100, 120, 300), keypoints)).right
    keypoints[:, 2] = 0
    assert LESSON.step("task").task.grade(scene(PERSON, keypoints)).key == "outcome.nobody"
