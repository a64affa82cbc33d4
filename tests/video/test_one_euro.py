"""The One-Euro filter against figures worked out by hand, and what it is for: calm at rest, prompt in motion."""

import math
from dataclasses import replace

import numpy as np
import pytest
from made_clips import person, standing

from hrnet.video import OneEuro, Smoother


def test_one_step_by_hand():
    # T = .1 s, cutoff 1 Hz: tau = 1 / (2 pi) = .159155, alpha = 1 / (1 + 1.59155) = .385869
    # speed: (10 - 0) / .1 = 100, low-passed from 0: 38.5869
    # cutoff 1 + .05 * 38.5869 = 2.929345 Hz: tau = .0543313, alpha = 1 / 1.543313 = .647957
    # place: .647957 * 10 = 6.47957
    place, speed = OneEuro(min_cutoff=1, beta=0.05)(np.array([10.0, 0.0]), np.zeros(2), np.zeros(2), 0.1)
    np.testing.assert_allclose(speed, [38.5869, 0], atol=1e-4)
    np.testing.assert_allclose(place, [6.47957, 0], atol=1e-4)


def one_euro_by_the_paper(values, times, min_cutoff, beta):
    """Algorithm 1 of the paper, one number at a time."""

    def alpha(cutoff, seconds):
        tau = 1 / (2 * math.pi * cutoff)
        return 1 / (1 + tau / seconds)

    given, last, speed = [values[0]], values[0], 0.0
    for value, time, before in zip(values[1:], times[1:], times, strict=False):
        seconds = time - before
        a = alpha(1.0, seconds)
        speed = a * (value - last) / seconds + (1 - a) * speed
        a = alpha(min_cutoff + beta * abs(speed), seconds)
        last = a * value + (1 - a) * last
        given.append(last)
    return given


def test_uneven_times_give_what_the_papers_algorithm_gives():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.01, 0.2, 50))
    values = np.cumsum(rng.normal(0, 3, 50))
    keypoints = standing(0)
    box = person(keypoints).box
    size = math.sqrt(box.area)
    smoother = Smoother(OneEuro(min_cutoff=0.7, beta=2.0))
    given = []
    for value, time in zip(values, times, strict=True):
        moved = keypoints.copy()
        moved[:, 0] = value
        someone = replace(person(keypoints), keypoints=moved, id=1, box=box)
        given.append(smoother([someone], time)[0].keypoints[3, 0])
    np.testing.assert_allclose(given, one_euro_by_the_paper(values, times, 0.7, 2.0 / size), atol=1e-3)


def followed(noise=0.0, speed=0.0, frames=240):
    """Root mean square distance from the truth, before and after smoothing, in person's sizes."""
    rng, smoother = np.random.default_rng(1), Smoother()
    before, after = [], []
    size = math.sqrt(person(standing(0)).box.area)
    for i in range(frames):
        truth = standing(100 + speed * size * i / 30)
        seen = truth.copy()
        seen[:, :2] += rng.normal(0, noise * size, (17, 2))
        smooth = smoother([replace(person(truth), keypoints=seen, id=1)], i / 30)[0].keypoints
        if i > 60:
            before.append((seen - truth)[:, :2])
            after.append((smooth - truth)[:, :2])
    return (np.sqrt(np.mean(np.square(error))) / size for error in (before, after))


def test_rest_trembles_about_half_as_much():
    before, after = followed(noise=0.01)
    assert before == pytest.approx(0.01, rel=0.05) and after < 0.6 * before


def test_a_walker_is_no_farther_off_than_unfiltered():
    before, after = followed(noise=0.01, speed=0.5)
    assert after < 1.02 * before


def test_who_stands_still_in_every_frame_stays_exactly_there():
    before, after = followed()
    assert before == 0 and after < 1e-6


def test_a_joint_that_vanished_begins_anew_where_it_is_seen_and_the_others_go_on():
    smoother = Smoother()
    first, second, third = (standing(x) for x in (100, 110, 120))
    second[9, 2] = 0.1
    for i, keypoints in enumerate((first, second, third)):
        given = smoother([replace(person(keypoints), id=1)], i / 30)[0].keypoints
    np.testing.assert_array_equal(given[9], third[9])
    assert all(110 < x - y < 120 for x, y in zip(given[:9, 0], third[:9, 0] - 120, strict=True))


def test_a_person_who_was_away_begins_anew_and_two_people_do_not_mix():
    smoother = Smoother()
    one, other = (replace(person(standing(x)), id=n) for n, x in ((1, 100), (2, 300)))
    smoother([one, other], 0.0)
    far = [replace(person(standing(x)), id=n) for n, x in ((2, 310), (1, 120))]
    given = smoother(far, 0.04)
    assert 300 < given[0].keypoints[0, 0] < 310 and 100 < given[1].keypoints[0, 0] < 120
    assert [someone.id for someone in given] == [2, 1]
    smoother([other], 0.08)
    back = replace(person(standing(200)), id=1)
    np.testing.assert_array_equal(smoother([back], 0.12)[0].keypoints, back.keypoints)


def test_scores_stay_as_they_are():
    smoother = Smoother()
    for i in range(3):
        keypoints = standing(100 + i)
        keypoints[:, 2] = np.linspace(-0.1, 1.2, 17) + i / 100
        given = smoother([replace(person(keypoints), id=1)], i / 30)[0].keypoints
        np.testing.assert_array_equal(given[:, 2], keypoints[:, 2])
        np.testing.assert_array_equal(given[keypoints[:, 2] <= 0.2], keypoints[keypoints[:, 2] <= 0.2])
