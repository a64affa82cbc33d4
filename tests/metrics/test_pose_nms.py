from __future__ import annotations

import gzip
import json
from types import SimpleNamespace

import numpy as np
import pytest

from hrnet.geometry import Box, padded_sides
from hrnet.metrics import oks, oks_nms, soft_oks_nms
from hrnet.skeleton import COCO_17


@pytest.fixture(scope="module")
def cases(golden):
    return json.loads(gzip.decompress((golden / "oks_nms.json.gz").read_bytes()))["cases"]


def people_of(case):
    people = [SimpleNamespace(keypoints=np.array(p["keypoints"]), score=p["score"]) for p in case["persons"]]
    return people, [p["area"] for p in case["persons"]]


def pose(score, shift=0.0, box=None):
    points = np.arange(34).reshape(17, 2) * 3.0 + [shift, 0]
    return SimpleNamespace(keypoints=np.column_stack([points, np.ones(17)]), score=score, box=box)


@pytest.mark.parametrize("threshold", ["0.9", "0.5", "0.3"])
def test_the_kept_lists_are_the_published_ones(cases, threshold):
    for case in cases:
        people, area = people_of(case)
        assert oks_nms(people, float(threshold), area).tolist() == case["oks_nms"][threshold]
        assert soft_oks_nms(people, float(threshold), area).tolist() == case["soft_oks_nms"][threshold]


def test_similarities_between_people_are_the_published_ones(cases):
    for case in cases:
        people, area = people_of(case)
        poses, area = np.array([person.keypoints for person in people]), np.array(area)
        poses[:, :, 2] = 1  # between people found, all joints count
        for i, row in enumerate(case["oks_matrix"]):
            np.testing.assert_allclose(oks(poses[i], poses, (area[i] + area) / 2, COCO_17.sigmas), row, rtol=1e-12)


def test_of_equal_scores_the_earlier_person_is_better():
    people = [pose(0.5, 1000), pose(0.5, 1000.1), pose(0.9), pose(0.5, -1000)]
    assert oks_nms(people, 0.9, area=[1e4] * 4).tolist() == [2, 0, 3]
    assert soft_oks_nms(people, 0.9, area=[1e4] * 4).tolist() == [2, 0, 3, 1]


def test_joints_count_whatever_their_scores():
    low = pose(0.9)
    low.keypoints[:, 2] = -0.1
    assert oks_nms([low, pose(0.5)], 0.9, area=[1e4] * 2).tolist() == [0]


def test_only_a_similarity_above_the_threshold_drops_a_person():
    assert oks_nms([pose(0.9), pose(0.5)], 1.0, area=[1e4] * 2).tolist() == [0, 1]


def test_soft_nms_stops_at_its_limit():
    people = [pose(1 - i / 100, 500 * i) for i in range(30)]
    area = [1e4] * 30
    assert soft_oks_nms(people, 0.9, area).tolist() == list(range(20))
    assert soft_oks_nms(people, 0.9, area, limit=3).tolist() == [0, 1, 2]


@pytest.mark.parametrize("size", [(40, 200), (300, 100), (75, 100)])
def test_the_default_area_is_what_a_network_with_a_3_to_4_input_sees(size):
    box = Box(3, 4, *size)
    width, height = padded_sides(box, (256, 192))
    shift = 12.0
    similarity = oks(pose(1).keypoints, pose(1, shift).keypoints[None], width * height, COCO_17.sigmas)[0]
    people = [pose(0.9, box=box), pose(0.8, shift, box=box)]
    assert oks_nms(people, similarity + 1e-9).tolist() == [0, 1]
    assert oks_nms(people, similarity - 1e-9).tolist() == [0]


def test_two_people_are_compared_on_the_mean_of_their_areas():
    similarity = oks(pose(1).keypoints, pose(1, 10).keypoints[None], 3000, COCO_17.sigmas)[0]
    people = [pose(0.9), pose(0.8, 10)]
    assert oks_nms(people, similarity + 1e-9, area=[1000, 5000]).tolist() == [0, 1]
    assert oks_nms(people, similarity - 1e-9, area=[1000, 5000]).tolist() == [0]


def test_nobody_stays_nobody():
    for nms in (oks_nms, soft_oks_nms):
        kept = nms([], 0.9)
        assert kept.shape == (0,)
        assert np.arange(3)[kept].size == 0  # they are indices


def test_four_joints_need_their_own_sigmas():
    people = [SimpleNamespace(keypoints=np.ones((4, 3)), score=score) for score in (0.3, 0.6)]
    assert oks_nms(people, 0.9, area=[100, 100], sigmas=[0.1] * 4).tolist() == [1]
    with pytest.raises(ValueError, match="poses of 4 joints need `sigmas`"):
        oks_nms(people, 0.9, area=[100, 100])


def test_people_that_do_not_fit_together_are_named():
    other = SimpleNamespace(keypoints=np.ones((4, 3)), score=0.5)
    with pytest.raises(ValueError, match=r"keypoints of one shape \(K, 2 or more\), got \[\(4, 3\), \(17, 3\)\]"):
        oks_nms([pose(0.9), other], 0.9, area=[1, 1])
    with pytest.raises(ValueError, match="one value for each of the 2 people"):
        oks_nms([pose(0.9), pose(0.8)], 0.9, area=[1])
