from __future__ import annotations

import numpy as np
import pytest

from hrnet.metrics import oks, rescore
from hrnet.skeleton import COCO_17

SIGMAS = [0.05, 0.1, 0.2, 0.05]


@pytest.fixture
def pose():
    return np.array([[10, 10, 2], [20, 10, 1], [10, 30, 2], [0, 0, 0]], float)


def test_a_joint_one_sigma_unit_away_contributes_the_root_of_one_over_e(pose):
    moved = pose.copy()
    area = 400.0
    moved[0, 0] += 2 * SIGMAS[0] * np.sqrt(area)  # k * sqrt(area): the published unit, k = 2 sigma
    np.testing.assert_allclose(oks(pose, moved[None], area, SIGMAS), [(np.exp(-0.5) + 2) / 3], rtol=1e-12)


def test_unlabelled_joints_do_not_count(pose):
    moved = pose.copy()
    moved[3] = [1e6, 1e6, 1]
    assert oks(pose, moved[None], 400, SIGMAS).tolist() == [1.0]


def test_a_pose_nobody_labelled_is_like_no_other(pose):
    pose[:, 2] = 0
    assert oks(pose, pose[None], 400, SIGMAS).tolist() == [0.0]


def test_every_pose_may_have_its_own_area(pose):
    moved = np.array([pose + [5, 0, 0], pose + [10, 0, 0]])
    values = oks(pose, moved, np.array([100, 400]), SIGMAS)
    assert values[0] == pytest.approx(values[1])  # twice the distance on four times the area
    assert oks(pose, moved[:0], 400, SIGMAS).shape == (0,)


@pytest.mark.parametrize(
    ("b", "area", "sigmas", "message"),
    [
        (np.zeros((2, 3, 3)), 1, SIGMAS, r"got \(4, 3\) and \(2, 3, 3\)"),
        (np.zeros((4, 3)), 1, SIGMAS, r"got \(4, 3\) and \(4, 3\)"),
        (np.zeros((2, 4, 1)), 1, SIGMAS, r"got \(4, 3\) and \(2, 4, 1\)"),
        (np.zeros((2, 4, 3)), [1, 2, 3], SIGMAS, "one for each of the 2 poses"),
        (np.zeros((2, 4, 3)), 1, COCO_17.sigmas, "poses of 4 joints need 4 sigmas"),
        (np.zeros((2, 4, 3)), 1, [0.1, 0.1, 0, 0.1], "4 sigmas above 0"),
    ],
)
def test_what_does_not_fit_is_answered_with_its_shape(pose, b, area, sigmas, message):
    with pytest.raises(ValueError, match=message):
        oks(pose, b, area, sigmas)


def test_a_score_is_the_box_score_times_the_mean_of_the_scores_above_the_threshold():
    assert rescore(0.5, np.array([0.2, 0.4, 0.8, -0.1])) == pytest.approx(0.5 * 0.6)  # 0.2 itself is not above
    assert isinstance(rescore(0.5, np.array([0.4])), float)
    assert rescore(0.9, np.array([0.1, 0.2])) == 0.0


def test_many_people_are_rescored_at_once():
    scores = np.array([[0.3, 0.9], [0.1, 0.5], [0.0, 0.0]])
    np.testing.assert_allclose(rescore(np.array([1, 0.5, 1]), scores), [0.6, 0.25, 0])
    np.testing.assert_allclose(rescore(np.array([1, 0.5, 1]), scores, threshold=0.4), [0.9, 0.25, 0])
