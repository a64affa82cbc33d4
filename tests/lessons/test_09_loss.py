"""What lesson 9 calls right is what the training's loss says."""

import importlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hrnet.geometry import OFFICIAL, Box, crop_affine
from hrnet.training.loss import joint_mse
from lessons.catalogue import entry
from lessons.toys import asked_and_answered

LESSON = entry(9).lesson
relative = importlib.import_module("lessons.09_loss.lesson").relative
PERSON = Box(300, 100, 120, 360)
TO_CROP = crop_affine(PERSON, (256, 192), OFFICIAL)
# crop pixels, some near the border, all with room for a blob beneath them
PLACES = np.random.default_rng(9).uniform((0, 0), (191, 160), (17, 2))


def scene(**state):
    keypoints = np.column_stack([TO_CROP.inverse().apply(PLACES), np.ones(17)])
    return SimpleNamespace(state=LESSON.toy.checked(state), person=PERSON, keypoints=lambda box: keypoints)


@pytest.mark.parametrize("joint", range(17))
@pytest.mark.parametrize(
    ("shift", "height", "expected"),
    [
        ((0.0, 0.0), 1.0, 0.0),
        ((0.0, 0.0), 0.5, 0.25),
        ((3.0, 0.0), 1.0, 0.86),
        ((0.0, -3.0), 0.55, 0.675),
        ((0.0, 8.0), 1.0, 1.96),
        ((0.0, 16.0), 1.0, 2.0),
        ((5.0, 0.0), 0.0, 1.0),
    ],
)
def test_figures_that_the_texts_name_hold_for_every_joint(joint, shift, height, expected):
    assert relative(scene(joint=joint, shift=shift, height=height)) == pytest.approx(expected, abs=0.012)


def test_the_target_is_whole_and_the_loss_is_that_of_training():
    for place in PLACES:
        target, answer = asked_and_answered(place, {"shift": (1.5, -2.0), "height": 0.8})
        assert target.shape == (64, 48) and (target > 0).sum() == 13 * 13 and target.max() == 1
        assert answer.max() == pytest.approx(0.8 * np.exp(-(0.5**2) / 8), abs=1e-6)
    empty = joint_mse(torch.zeros(1, 1, 64, 48), torch.from_numpy(target)[None, None], torch.ones(1, 1))
    assert float(empty) == pytest.approx(0.00205, abs=2e-5)


@pytest.mark.parametrize(
    ("answer", "key"), [(5.5, "right"), (0, "wrong.pixel"), (50, "wrong.half"), (100, "wrong.all"), (20, "wrong.other")]
)
def test_how_much_of_a_target_is_not_zero(answer, key):
    assert LESSON.step("share").question.judge(answer, scene()).key == key


@pytest.mark.parametrize(
    ("shift", "height", "outcome"),
    [
        ((3.0, 0.0), 0.55, "done"),
        ((0.0, 3.0), 0.6, "done"),
        ((2.0, 0.0), 0.8, "near"),
        ((3.0, 0.0), 1.0, "high"),
        ((3.0, 0.0), 0.2, "low"),
        ((3.0, 0.0), 0.0, "low"),
        ((6.0, 0.0), 0.3, "far"),
    ],
)
def test_doubt_is_cheapest_at_the_right_height(shift, height, outcome):
    verdict = LESSON.step("task").task.grade(scene(shift=shift, height=height))
    assert verdict.key == f"outcome.{outcome}" and verdict.right == (outcome == "done")


def test_the_exercise_s_solution_is_the_loss_of_training():
    for case in entry(9).exercise.cases:
        answers, targets, weights = (torch.from_numpy(np.float64(one))[None] for one in case.arguments)
        expected = float(joint_mse(answers, targets, weights))
        assert entry(9).exercise.solution(*case.arguments) == pytest.approx(expected, abs=1e-9)
