"""Draws for many persons have the distributions of the steps' own, and move the view as these do."""

import numpy as np
import pytest

from hrnet.augment import Compose, HalfBody, HorizontalFlip, Light, Rotation, Scale, Shift, Under, Warp, presets
from hrnet.augment.many import CHANGES, Covers, Lights, People, Shrunk, Views, drawn, must_know
from hrnet.augment.pixels import CoarseDropout, LowResolution
from hrnet.geometry import RULES, UDP, Affine, Box, crop_affine

SIZE, MANY, FEW = (128, 96), 20_000, 4_000


def many(sample, count=MANY):
    """The same person again and again."""
    one = People(sample.skeleton, sample.box.xywh[None], sample.keypoints[None], sample.confidence[None])
    return one.take(np.zeros(count, int))


def alike(ours, theirs):
    """Two samples of one distribution: no quantile is elsewhere (Kolmogorov and Smirnov, one time in a million)."""
    values = np.sort(np.concatenate([ours, theirs]))
    apart = np.searchsorted(np.sort(ours), values, "right") / len(ours)
    apart = np.abs(apart - np.searchsorted(np.sort(theirs), values, "right") / len(theirs)).max()
    return apart < 2.7 * np.sqrt(1 / len(ours) + 1 / len(theirs))


def drawn_one_by_one(step, sample):
    rng = np.random.default_rng(1)
    return [step.apply(sample, step.draw(rng, sample)) for _ in range(FEW)]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_maps_are_those_of_one_person_at_a_time(rule):
    rng = np.random.default_rng(0)
    boxes = np.column_stack([rng.uniform(-50, 200, (40, 2)), rng.uniform(5, 300, (40, 2))])
    scale, rotation, shift = rng.uniform(0.6, 1.4, 40), rng.uniform(-90, 90, 40), rng.uniform(-0.2, 0.2, (40, 2))
    views = Views(boxes, scale, rotation, shift, rng.random(40) < 0.5)
    for n, matrix in enumerate(views.matrices(SIZE, rule)):
        box = Box(*boxes[n])
        one = crop_affine(box, SIZE, rule, views.rotation[n], views.scale[n], tuple(views.shift[n]))
        expected = Affine.mirror(SIZE[1]) @ one if views.mirrored[n] else one
        np.testing.assert_allclose(matrix, expected.matrix, atol=1e-9)


@pytest.mark.parametrize(
    ("step", "seen"),
    [
        (Scale(), lambda views: views.scale),
        (Rotation(35), lambda views: views.rotation),
        (Shift(), lambda views: np.asarray(views.shift).reshape(-1)),
        (HorizontalFlip(0.3), lambda views: np.asarray(views.mirrored, float).reshape(-1)),
    ],
    ids=["scale", "rotation", "shift", "flip"],
)
def test_views_are_drawn_as_for_one_person(step, seen, sample):
    views, _ = drawn(Compose((step, Warp())), many(sample), SIZE, np.random.default_rng(0))
    theirs = np.concatenate([np.atleast_1d(seen(one)) for one in drawn_one_by_one(step, sample)])
    assert seen(views).std() > 0 and alike(seen(views), theirs)


@pytest.mark.parametrize("hidden", [(), range(11, 17), range(3, 17)], ids=["all joints", "no legs", "few joints"])
def test_halves_of_bodies_are_those_of_one_person_as_often(hidden, sample):
    sample.keypoints[list(hidden), 2] = 0
    step = HalfBody(p=0.7)
    views, _ = drawn(Compose((step, Warp())), many(sample), SIZE, np.random.default_rng(0))
    ours, times = np.unique(views.boxes.round(3), axis=0, return_counts=True)
    boxes = [one.box.xywh.round(3) for one in drawn_one_by_one(step, sample)]
    theirs, expected = np.unique(boxes, axis=0, return_counts=True)
    np.testing.assert_allclose(ours, theirs, atol=0.002)
    np.testing.assert_allclose(times / MANY, expected / FEW, atol=0.04)
    assert len(ours) == {0: 3, 6: 2, 14: 1}[len(hidden)]


def test_light_is_drawn_as_for_one_person(sample):
    step = Light(p=0.6)
    _, (lights,) = drawn(Compose((Warp(), step)), many(sample), SIZE, np.random.default_rng(0))
    assert isinstance(lights, Lights)
    rng = np.random.default_rng(1)
    choices = [step.draw(rng, sample) for _ in range(FEW)]
    theirs = np.array([(contrast, brightness, *channels, gray) for contrast, brightness, channels, gray in choices])
    for place in range(6):
        assert alike(lights.choices[:, place].astype(np.float64).round(6), theirs[:, place].round(6))


def test_low_resolution_is_drawn_as_for_one_person(sample):
    step = LowResolution(p=0.3)
    _, (small,) = drawn(Compose((Warp(), step)), many(sample), SIZE, np.random.default_rng(0))
    assert isinstance(small, Shrunk)
    assert len(small.rows) / MANY == pytest.approx(0.3, abs=0.02)
    rng = np.random.default_rng(1)
    factors = np.array([factor for _ in range(FEW) if (factor := step.draw(rng, sample)) != 1])
    for axis in (0, 1):
        assert alike(small.sizes[:, axis], np.rint(factors * SIZE[axis]))


def test_rectangles_are_drawn_as_for_one_person(sample):
    step = CoarseDropout(p=0.5)
    _, (covers,) = drawn(Compose((Warp(), step)), many(sample), SIZE, np.random.default_rng(0))
    assert isinstance(covers, Covers)
    there = covers.rectangles[..., 2] > 0
    np.testing.assert_array_equal(there, covers.rectangles[..., 3] > 0)
    rng = np.random.default_rng(1)
    choices = [step.draw(rng, sample) for _ in range(FEW)]
    counts = np.array([len(choice) for choice in choices])
    assert alike(there.sum(axis=1).astype(float), counts.astype(float))
    theirs = np.array([hole[:4] for choice in choices for hole in choice])
    for place in range(4):
        assert alike(covers.rectangles[there][:, place], theirs[:, place])
    assert covers.noisy.mean() == pytest.approx(0.5, abs=0.02)


def test_the_strong_pipeline_is_drawn_in_its_order(sample):
    views, changes = drawn(presets.strong.augment, many(sample, 8), SIZE, np.random.default_rng(0))
    assert [type(change) for change in changes] == [Lights, Shrunk, Covers]
    assert views.matrices(SIZE, UDP).shape == (8, 2, 3)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((Scale(),), "no crops"),
        ((Under(UDP), Warp()), "Under cannot be drawn"),
        ((Warp(), Scale()), "Scale after the Warp"),
        ((Light(), Warp()), "Light before the Warp"),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps, said):
    with pytest.raises(ValueError, match=said):
        must_know(Compose(steps))


def test_every_change_has_its_step_among_the_presets():
    used = {type(step) for preset in presets.PRESETS.values() for step in preset.augment.steps}
    assert set(CHANGES) <= used
