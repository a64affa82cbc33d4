from dataclasses import replace

import cv2
import numpy as np
import pytest

from hrnet.augment import CoarseDropout, Light, LowResolution, Warp

STEPS = [Light(), LowResolution(), CoarseDropout()]


@pytest.fixture
def warped(sample):
    """The crop has the wrong size for whoever mixes up width and height."""
    return Warp().apply(sample, None)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_shape_type_labels_and_view_stay(warped, step):
    rng, changed = np.random.default_rng(0), 0
    for _ in range(40):
        done = step.apply(warped, step.draw(rng, warped))
        assert done.crop.shape == (128, 96, 3) and done.crop.dtype == np.uint8
        assert done.affine == warped.affine and done.keypoints is warped.keypoints
        changed += (done.crop != warped.crop).any()
    assert changed > 3


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_nothing_happens_where_the_probability_is_zero(warped, step):
    never, rng = replace(step, p=0), np.random.default_rng(0)
    for _ in range(40):
        np.testing.assert_array_equal(never.apply(warped, never.draw(rng, warped)).crop, warped.crop)


@pytest.mark.parametrize(("step", "share"), [(Light(gray=0), 0.8), (LowResolution(), 0.2), (CoarseDropout(), 0.4)])
def test_steps_happen_as_often_as_they_say(warped, step, share):
    rng = np.random.default_rng(0)
    nothing = {Light: (1.0, 0.0, (1.0, 1.0, 1.0), False), LowResolution: 1.0, CoarseDropout: ()}[type(step)]
    happened = [step.draw(rng, warped) != nothing for _ in range(5000)]
    assert np.mean(happened) == pytest.approx(share, abs=0.02)


def test_a_choice_gives_the_same_pixels_every_time(warped):
    for step in STEPS:
        choice = step.draw(np.random.default_rng(2), warped)
        np.testing.assert_array_equal(step.apply(warped, choice).crop, step.apply(warped, choice).crop)


def test_light_scales_around_the_mean_then_adds_and_clips(warped):
    crop = np.zeros((128, 96, 3), np.uint8)
    crop[:64] = 200  # mean 100
    choice = (1.3, 20.0, (1.0, 0.9, 1.1), False)
    done = Light().apply(replace(warped, crop=crop), choice).crop
    # gain = contrast * channel; offset = brightness + (1 - contrast) * mean = 20 - 30
    np.testing.assert_array_equal(done[0, 0], [250, 224, 255])
    np.testing.assert_array_equal(done[-1, -1], [0, 0, 0])
    brighter = Light().apply(replace(warped, crop=crop), (1.0, 51.0, (1.0, 1.0, 1.0), False)).crop
    np.testing.assert_array_equal(brighter[[0, -1], 0], [[251] * 3, [51] * 3])


def test_without_color_all_channels_are_the_luminance(warped):
    done = Light().apply(warped, (1.0, 0.0, (1.0, 1.0, 1.0), True)).crop
    expected = warped.crop @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    np.testing.assert_allclose(done, np.repeat(expected[..., None], 3, axis=2), atol=1)


def test_low_resolution_keeps_what_is_coarse_and_loses_what_is_fine(warped):
    y, x = np.mgrid[:128, :96]
    fine = np.repeat((255 * ((x + y) % 2)).astype(np.uint8)[..., None], 3, axis=2)
    coarse = np.repeat((2 * x).astype(np.uint8)[..., None], 3, axis=2)
    shrink = LowResolution()
    assert shrink.apply(replace(warped, crop=fine), 0.5).crop.std() < 2
    np.testing.assert_allclose(shrink.apply(replace(warped, crop=coarse), 0.5).crop, coarse, atol=3)


def test_low_resolution_never_shrinks_below_its_limit(warped):
    factors = [LowResolution(p=1).draw(np.random.default_rng(i), warped) for i in range(500)]
    assert 0.35 <= min(factors) < 0.36 and 0.98 < max(factors) <= 1


def test_holes_lie_inside_are_at_most_three_and_change_nothing_else(warped):
    rng, counts = np.random.default_rng(0), set()
    for _ in range(200):
        holes = CoarseDropout(p=1).draw(rng, warped)
        counts.add(len(holes))
        outside = np.ones((128, 96), bool)
        for x, y, w, h, _ in holes:
            assert 0 <= x and x + w <= 96 and 0 <= y and y + h <= 128
            assert 0.08 * 96 <= w <= 0.35 * 96 + 1 and 0.08 * 128 <= h <= 0.35 * 128 + 1
            outside[y : y + h, x : x + w] = False
        done = CoarseDropout().apply(warped, holes).crop
        np.testing.assert_array_equal(done[outside], warped.crop[outside])
    assert counts == {1, 2, 3}


def test_half_of_the_holes_are_flat_and_half_are_noise(warped):
    flat = 0
    for seed in range(200):
        done = CoarseDropout().apply(warped, ((10, 20, 30, 40, seed),)).crop[20:60, 10:40]
        assert (spread := done.std(axis=(0, 1)).max()) == 0 or spread > 50
        flat += spread == 0
    assert 70 < flat < 130


def test_holes_as_large_as_the_crop_fit_into_it(warped):
    huge = CoarseDropout(p=1, largest=1.0)
    for seed in range(300):
        for x, y, w, h, _ in huge.draw(np.random.default_rng(seed), warped):
            assert x + w <= 96 and y + h <= 128


def test_the_warp_is_that_of_opencv_with_black_around(sample):
    far = replace(sample, shift=(0.8, 0.0))
    expected = cv2.warpAffine(far.photo, far.affine.matrix, (96, 128), flags=cv2.INTER_LINEAR)
    crop = Warp().apply(far, None).crop
    np.testing.assert_array_equal(crop, expected)
    assert (crop[:, -20:] == 0).all() and (crop[:, :20] > 0).any()
