"""Who keeps which id: through crossings and gaps, never twice."""

import numpy as np
import pytest
from made_clips import person, standing

from hrnet import COCO_17
from hrnet.video import Tracker
from hrnet.video.tracker import LATE, MEMORY


@pytest.fixture
def tracker():
    return Tracker(COCO_17.sigmas)


def ids(people):
    return [someone.id for someone in people]


def test_ids_count_from_1_and_stay_whatever_the_order(tracker):
    assert ids(tracker([person(standing(100)), person(standing(300))], 0)) == [1, 2]
    assert ids(tracker([person(standing(302)), person(standing(101))], 0.04)) == [2, 1]
    assert ids(tracker([person(standing(102)), person(standing(500)), person(standing(303))], 0.08)) == [1, 3, 2]


@pytest.mark.parametrize("hidden", [0, 40])
def test_two_who_cross_keep_their_ids_even_where_one_hides_the_other(tracker, hidden):
    """They walk toward each other at 150 pixels per second; closer than `hidden`, only the one in front is seen."""
    for i in range(60):
        left, right = 100 + 5 * i, 400 - 5 * i
        people = [person(standing(left)), person(standing(right))]
        if abs(left - right) < hidden:
            people.pop()
        named = {someone.id: someone.keypoints[0, 0] for someone in tracker(people, i / 30)}
        assert named[1] == pytest.approx(left) and named.get(2, right) == pytest.approx(right)
    assert set(named) == {1, 2}


def test_who_was_hidden_for_less_than_the_memory_comes_back_as_the_same(tracker):
    for i in range(10):
        tracker([person(standing(100 + 4 * i)), person(standing(400))], i / 30)
    for i in range(10, 36):
        assert ids(tracker([person(standing(400))], i / 30)) == [2]
    assert (36 - 9) / 30 < MEMORY
    assert ids(tracker([person(standing(400)), person(standing(100 + 4 * 36))], 36 / 30)) == [2, 1]


def test_who_was_away_for_longer_is_somebody_new_and_no_id_is_given_twice(tracker):
    tracker([person(standing(100))], 0)
    tracker([], 0.5)
    assert ids(tracker([person(standing(100))], 1.6)) == [2]
    tracker([], 3.2)
    assert ids(tracker([person(standing(100)), person(standing(300))], 4.9)) == [3, 4]


@pytest.mark.parametrize(("wait", "expected"), [(MEMORY + 1, [1, 2]), (LATE + 1, [3, 4])])
def test_who_was_in_the_frame_before_is_known_though_the_next_one_comes_late(tracker, wait, expected):
    people = [person(standing(100)), person(standing(300))]
    assert ids(tracker(people, 0)) == [1, 2]
    assert ids(tracker(people, wait)) == expected


def test_who_is_there_goes_before_who_was_lost_on_the_same_spot(tracker):
    tracker([person(standing(100)), person(standing(112))], 0)
    tracker([person(standing(100))], 0.04)
    for i in range(2, 20):  # it drifts to where the other was
        assert ids(tracker([person(standing(100 + i))], 0.04 * i)) == [1]


def test_somebody_elsewhere_is_not_taken_for_who_was_lost(tracker):
    tracker([person(standing(100))], 0)
    assert ids(tracker([person(standing(300))], 0.1)) == [2]


def test_the_velocity_is_that_of_the_body(tracker):
    for i in range(30):
        tracker([person(standing(100 + 3 * i, 20 + i))], i / 30)
    track = tracker.tracks[1]
    np.testing.assert_allclose(track.velocity, [90, 30], rtol=0.02)
    expected = track.at(29 / 30 + 0.1)
    np.testing.assert_allclose(expected.keypoints[:, :2], standing(100 + 87 + 9, 20 + 29 + 3)[:, :2], atol=0.3)
    assert expected.box.x - track.person.box.x == pytest.approx(9, abs=0.2)


def test_joints_that_were_not_seen_do_not_count(tracker):
    keypoints = standing(100)
    tracker([person(keypoints)], 0)
    again = standing(102)
    again[5:, :2], again[5:, 2] = 0, 0.05
    assert ids(tracker([type(person(again))(person(keypoints).box, again, 0.5)], 0.04)) == [1]


def test_nobody_is_no_trouble(tracker):
    assert tracker([], 0) == [] and tracker([], 1) == []
