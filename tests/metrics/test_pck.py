from __future__ import annotations

import json

import numpy as np
import pytest

from hrnet.metrics import pck, pckh, pckh_at_a_tenth, pckh_per_joint
from hrnet.skeleton import MPII_16


@pytest.fixture(scope="module")
def mpii(golden):
    stored = json.loads((golden / "mpii_pckh.json").read_text())
    points = np.array(stored["pos_gt_src_one_based_16x2xN"]).transpose(2, 0, 1) - 1  # MPII counts pixels from 1
    labelled = 1 - np.array(stored["jnt_missing_16xN"]).T
    corners = np.array(stored["headboxes_src_2x2xN"])  # (corner, x or y, N)
    boxes = np.concatenate([corners[0], corners[1] - corners[0]]).T
    return np.array(stored["pred_zero_based_xy"]), np.dstack([points, labelled]), boxes, stored["result"]


def test_the_pckh_table_is_the_published_one(mpii):
    predicted, annotated, boxes, expected = mpii
    table = pckh(predicted, annotated, boxes)
    assert list(table) == list(expected)
    np.testing.assert_allclose(list(table.values()), list(expected.values()), rtol=1e-13)


def test_the_published_mean_at_a_tenth_is_measured_at_eleven_hundredths(mpii):
    predicted, annotated, boxes, expected = mpii
    assert pckh(predicted, annotated, boxes, threshold=0.11)["Mean"] == pytest.approx(expected["Mean@0.1"])
    assert pckh(predicted, annotated, boxes, threshold=0.1)["Mean"] < expected["Mean@0.1"]


def test_both_figures_called_at_a_tenth_are_given_under_their_names(mpii):
    predicted, annotated, boxes, expected = mpii
    official, mmpose = pckh_at_a_tenth(predicted, annotated, boxes).items()
    assert "0.11" in official[0] and official[1] == pytest.approx(expected["Mean@0.1"])
    assert "0.10" in mmpose[0] and mmpose[1] == pckh(predicted, annotated, boxes, threshold=0.1)["Mean"]


def test_the_tables_columns_are_means_of_left_and_right(mpii):
    predicted, annotated, boxes, expected = mpii
    joints = pckh_per_joint(predicted, annotated, boxes)
    assert tuple(joints) == MPII_16.joints
    assert (joints["left_knee"] + joints["right_knee"]) / 2 == pytest.approx(expected["Knee"])
    assert joints["head_top"] == pytest.approx(expected["Head"])


def test_a_head_is_six_tenths_of_the_diagonal_of_its_box():
    annotated = np.ones((1, 16, 3))
    annotated[..., :2] = 100
    predicted = annotated.copy()
    box = [[0, 0, 30, 40]]  # diagonal 50, head size 30, half of it 15
    predicted[0, MPII_16.index("head_top"), 0] += 15
    predicted[0, MPII_16.index("left_knee"), 0] += 15.01
    table = pckh(predicted, annotated, box)
    assert (table["Head"], table["Knee"], table["Ankle"]) == (100, 50, 100)
    assert table["Mean"] == pytest.approx(100 * 13 / 14)


def test_pelvis_and_thorax_are_not_in_the_mean():
    annotated = np.ones((1, 16, 3))
    predicted = annotated.copy()
    predicted[0, [MPII_16.index("pelvis"), MPII_16.index("thorax")]] += 1000
    assert pckh(predicted, annotated, [[0, 0, 30, 40]])["Mean"] == 100


def test_pck_is_a_share_of_the_labelled_points_of_each_joint():
    annotated = np.array([[[0, 0, 2], [0, 0, 1], [0, 0, 0]], [[0, 0, 2], [0, 0, 0], [0, 0, 0]]], float)
    predicted = np.array([[[2, 0], [0, 2.1], [0, 0]], [[0, 4], [9, 9], [0, 0]]])
    np.testing.assert_array_equal(pck(predicted, annotated, [10, 20]), [1, 0, np.nan])  # at most 2 and 4 pixels
    np.testing.assert_array_equal(pck(predicted, annotated, [10, 20], threshold=0.1), [0, 0, np.nan])


@pytest.mark.parametrize(
    ("predicted", "annotated", "size", "message"),
    [
        (np.zeros((2, 4, 2)), np.zeros((2, 4, 2)), [1, 1], r"annotated keypoints are \(N, K, 3\)"),
        (np.zeros((2, 5, 2)), np.zeros((2, 4, 3)), [1, 1], r"predicted \(2, 5, 2\) does not fit"),
        (np.zeros((2, 4, 2)), np.zeros((2, 4, 3)), [1], "2 sizes above 0"),
        (np.zeros((2, 4, 2)), np.zeros((2, 4, 3)), [1, 0], "2 sizes above 0"),
    ],
)
def test_what_does_not_fit_is_answered_with_its_shape(predicted, annotated, size, message):
    with pytest.raises(ValueError, match=message):
        pck(predicted, annotated, size)


def test_pckh_wants_mpii_joints_and_whole_boxes():
    with pytest.raises(ValueError, match=r"MPII's 16 joints, .+ got \(1, 17, 3\)"):
        pckh(np.zeros((1, 17, 2)), np.zeros((1, 17, 3)), [[0, 0, 1, 1]])
    with pytest.raises(ValueError, match=r"x, y, width, height, got shape \(1, 2\)"):
        pckh(np.zeros((1, 16, 2)), np.zeros((1, 16, 3)), [[0, 0]])
