"""What lesson 4 calls right is how the library mirrors."""

from types import SimpleNamespace

import numpy as np
import pytest

from hrnet.augment.step import Sample
from hrnet.geometry import OFFICIAL, Box, crop_affine
from hrnet.skeleton import COCO_17
from lessons.catalogue import entry
from lessons.toys import carried

LESSON = entry(4).lesson
SIZE = (256, 192)
PERSON = Box(300, 100, 120, 360)
TO_CROP = crop_affine(PERSON, SIZE, OFFICIAL)
PLACES = np.random.default_rng(4).uniform((20, 20), (170, 235), (17, 2))  # crop pixels


def scene(places=PLACES, **state):
    keypoints = np.column_stack([TO_CROP.inverse().apply(places), np.ones(17)])
    return SimpleNamespace(state=LESSON.toy.checked(state), person=PERSON, keypoints=lambda box: keypoints)


def entered(step, places=PLACES, **more):
    """As the learner finds the step, coming from the one before."""
    state = {}
    for each in LESSON.steps:
        state |= each.start
        if each.name == step:
            return scene(places, **{**state, **more})
    raise KeyError(step)


def placed(**joints):
    places = PLACES.copy()
    for joint, place in joints.items():
        places[COCO_17.index(joint)] = place
    return places


def test_the_right_settings_make_the_labels_that_training_sees():
    keypoints = np.column_stack([TO_CROP.inverse().apply(PLACES), np.ones(17)]).astype(np.float32)
    photo = np.zeros((600, 800, 3), np.uint8)
    sample = Sample(
        photo=photo,
        skeleton=COCO_17,
        input_size=SIZE,
        box=PERSON,
        keypoints=keypoints,
        confidence=np.ones(17, np.float32),
        mirrored=True,
    )
    made = carried(PLACES, {"formula": "last", "names": "swapped"})
    np.testing.assert_allclose(made, sample.crop_keypoints[:, :2], atol=1e-2)
    for state in ({"formula": "width", "names": "swapped"}, {"formula": "last", "names": "kept"}):
        assert np.abs(carried(PLACES, state) - made).max() > 0.9


def test_where_a_pixel_goes_and_what_else_is_believed():
    places = placed(left_wrist=(40, 90), right_wrist=(100, 60))
    question, there = LESSON.step("place").question, entered("place", places)
    assert question.truth(there) == pytest.approx((151, 90), abs=1e-3)
    judged = [question.judge(list(mark), there).key for mark in ((151, 91), (40, 90), (91, 60), (10, 250))]
    assert judged == ["right", "wrong.same", "wrong.partner", "wrong.other"]


@pytest.mark.parametrize(
    ("answer", "key"), [(16, "right"), (8, "wrong.pairs"), (17, "wrong.all"), (0, "wrong.none"), (5, "wrong.other")]
)
def test_how_many_rows_change(answer, key):
    assert LESSON.step("pairs").question.judge(answer, entered("pairs")).key == key


@pytest.mark.parametrize(
    ("answer", "key"), [(1, "right"), (0, "wrong.none"), (0.5, "wrong.half"), (2, "wrong.two"), (4, "wrong.other")]
)
def test_one_pixel_is_lost_by_counting_from_one(answer, key):
    assert LESSON.step("pixel").question.judge(answer, entered("pixel")).key == key


@pytest.mark.parametrize(("right_wrist", "expected"), [((140, 90), "two"), ((46, 90), "one")])
def test_there_are_as_many_blobs_as_the_joints_are_apart(right_wrist, expected):
    question = LESSON.step("blobs").question
    there = entered("blobs", placed(left_wrist=(40, 90), right_wrist=right_wrist))
    verdict = question.judge("two", there)
    assert verdict.truth == expected and verdict.right == (expected == "two")
    assert verdict.values["apart"] == pytest.approx((right_wrist[0] - 40) / 4, abs=1e-3)


def test_a_joint_without_partner_has_one_blob():
    assert LESSON.step("blobs").question.judge("one", entered("blobs", joint=0)).right


@pytest.mark.parametrize(
    ("formula", "names", "outcome"),
    [
        ("same", "kept", "same"),
        ("same", "swapped", "same"),
        ("width", "kept", "names"),
        ("last", "kept", "names"),
        ("width", "swapped", "width"),
        ("last", "swapped", "done"),
    ],
)
def test_the_task_is_solved_by_one_setting_alone(formula, names, outcome):
    verdict = LESSON.step("task").task.grade(entered("task", formula=formula, names=names))
    assert verdict.key == f"outcome.{outcome}" and verdict.right == (outcome == "done")
