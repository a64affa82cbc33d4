"""What lesson 12 calls right is what the library measures."""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest

from hrnet import metrics
from hrnet.metrics.coco import THRESHOLDS
from hrnet.skeleton import COCO_17
from lessons.catalogue import entry

LESSON = entry(12).lesson
moved = importlib.import_module("lessons.12_measure.lesson").moved


def scene(**state):
    return SimpleNamespace(state=LESSON.toy.checked(state))


def entered(step, **more):
    """As the learner finds the step, coming from the one before."""
    state = {}
    for each in LESSON.steps:
        state |= each.start
        if each.name == step:
            return scene(**{**state, **more})
    raise KeyError(step)


def measured(joint, pixels, size=100.0):
    """OKS of a pose of which only this joint was labeled, and is off."""
    labels = np.zeros((17, 3))
    labels[joint, 2] = 2
    found = np.zeros((1, 17, 2))
    found[0, joint] = pixels * 0.6, pixels * 0.8
    return float(metrics.oks(labels, found, size**2, COCO_17.sigmas)[0])


@pytest.mark.parametrize(
    ("answer", "key"),
    [(0.61, "right"), (0.5, "wrong.half"), (0.37, "wrong.third"), (0.0, "wrong.none"), (0.9, "wrong.other")],
)
def test_the_similarity_on_the_circle_and_what_else_is_believed(answer, key):
    assert LESSON.step("bell").question.judge(answer, entered("bell")).key == key


def test_the_similarity_of_the_chosen_joint_is_that_of_the_library():
    question = LESSON.step("bell").question
    for joint, pixels, size in ((9, 10.0, 100.0), (1, 4.0, 60.0), (11, 55.0, 250.0)):
        offsets = np.zeros((17, 2))
        offsets[joint] = pixels * 0.6, pixels * 0.8
        there = scene(joint=joint, offsets=offsets.ravel().tolist(), person_size=size)
        assert question.truth(there) == pytest.approx(measured(joint, pixels, size))


def test_figures_that_the_texts_name_are_measured():
    eye, wrist, hip = (COCO_17.index(name) for name in ("left_eye", "left_wrist", "left_hip"))
    kept = [measured(joint, 10) for joint in range(17)]
    # without the nose, whose sigma is nearly the eye's, eyes lose the most and hips the least
    assert min(kept) == kept[eye] and max(kept) == kept[hip]
    assert (round(kept[eye], 2), round(kept[wrist], 2), round(kept[hip], 2)) == (0.14, 0.72, 0.90)
    assert round(measured(wrist, 10, 50), 2) == 0.27 == round(kept[wrist] ** 4, 2)
    assert round(measured(wrist, 2 * 12.4), 2) == 0.14
    assert measured(wrist, 60) < 1e-4
    texts = entry(12).texts("en")
    assert all(number in texts["joints.wrong.wrist"] for number in ("0.72", "0.14", "0.062", "0.025"))


@pytest.mark.parametrize(("labels", "expected"), [("all", 16 / 17), ("upper", 10 / 11), ("chosen", 0)])
def test_one_lost_joint_is_one_share_of_those_that_are_labeled(labels, expected):
    verdict = LESSON.step("task").task.grade(entered("mean", labels=labels))
    assert verdict.values["oks"] == pytest.approx(expected, abs=1e-4)


def test_ten_pixels_everywhere_pass_some_thresholds_and_no_belief_is_the_truth():
    question, there = LESSON.step("thresholds").question, entered("thresholds")
    offsets = np.reshape(there.state["offsets"], (-1, 2))
    labels = np.column_stack([np.zeros((17, 2)), np.ones(17)])
    oks = float(metrics.oks(labels, offsets[None], 100.0**2, COCO_17.sigmas)[0])
    assert question.truth(there) == (oks >= THRESHOLDS).sum() == 3
    assert question.judge(3, there).right
    for answer, key in ((6, "share"), (10, "all"), (1, "one"), (0, "none"), (8, "other")):
        assert question.judge(answer, there).key == f"wrong.{key}"


@pytest.mark.parametrize(
    ("offsets", "outcome"),
    [
        (moved(), "passes"),
        (moved(left_eye=10), "done"),
        (moved(nose=10.5), "done"),
        (moved(left_eye=9), "passes"),
        (moved(left_ear=14), "far"),
        (moved(right_hip=60), "far"),
        (moved(left_eye=10, right_eye=10), "many"),
    ],
)
def test_the_smallest_error_is_at_an_eye_or_the_nose(offsets, outcome):
    verdict = LESSON.step("task").task.grade(entered("task", offsets=offsets))
    assert verdict.key == f"outcome.{outcome}" and verdict.right == (outcome == "done")


def test_no_joint_but_eyes_and_nose_solves_the_task():
    solved = {
        joint
        for joint in COCO_17.joints
        if LESSON.step("task").task.grade(entered("task", offsets=moved(**{joint: 11.0}))).right
    }
    assert solved == {"nose", "left_eye", "right_eye"}
