import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet.augment import HalfBody, HorizontalFlip, Rotation, Scale, Shift, WalkthroughHalfBody, presets
from hrnet.geometry import OFFICIAL, UDP, WALKTHROUGH, Affine, Box, crop_affine, padded_sides
from hrnet.skeleton import COCO_17

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "half_body.json").read_text())
DRAWS = 20_000


def drawn(step, sample, draws=DRAWS):
    rng = np.random.default_rng(11)
    return [step.draw(rng, sample) for _ in range(draws)]


def labeled(sample, joints, visible):
    keypoints = np.column_stack([np.array(joints, np.float32), np.array(visible, np.float32)])
    return replace(sample, keypoints=keypoints.astype(np.float32))


@pytest.mark.parametrize("case", range(len(GOLDEN["cases"])))
@pytest.mark.parametrize(("half", "upper"), [("prefer_upper", 1.0), ("prefer_lower", 0.0)])
def test_half_body_looks_at_the_published_place(sample, case, half, upper):
    record = GOLDEN["cases"][case]
    width, height = GOLDEN["input_wh"]
    body = replace(labeled(sample, record["joints_xy"], record["vis"]), input_size=(height, width))
    step = HalfBody(p=1.0, more_than=0, upper=upper)
    done = step.apply(body, step.draw(np.random.default_rng(0), body))
    if record[half] is None:
        assert done.box == body.box
        return
    np.testing.assert_allclose(done.box.center, record[half]["center"], rtol=1e-5)
    seen = padded_sides(done.box, (height, width))
    np.testing.assert_allclose(seen, 200 * np.array(record[half]["scale"]), rtol=1e-5)


@pytest.mark.parametrize("case", range(len(GOLDEN["cases"])))
@pytest.mark.parametrize(("half", "upper"), [("dark_prefer_upper", 1.0), ("dark_prefer_lower", 0.0)])
def test_the_half_body_of_dark_is_a_pixel_larger(sample, case, half, upper):
    record = GOLDEN["cases"][case]
    width, height = GOLDEN["input_wh"]
    body = replace(labeled(sample, record["joints_xy"], record["vis"]), input_size=(height, width))
    (extra,) = (step.extra for step in presets.dark.augment.steps if isinstance(step, HalfBody))
    step = HalfBody(p=1.0, more_than=0, upper=upper, extra=extra)
    done = step.apply(body, step.draw(np.random.default_rng(0), body))
    if record[half] is None:
        assert done.box == body.box
        return
    np.testing.assert_allclose(done.box.center, record[half]["center"], rtol=1e-5)
    seen = padded_sides(done.box, (height, width))
    np.testing.assert_allclose(seen, 200 * np.array(record[half]["scale"]), rtol=1e-5)


@pytest.mark.parametrize("case", range(len(GOLDEN["cases"])))
def test_the_half_body_of_the_walkthrough_takes_the_middle_of_the_box_and_never_the_other_half(sample, case):
    record = GOLDEN["cases"][case]
    body, step = labeled(sample, record["joints_xy"], record["vis"]), WalkthroughHalfBody(p=1.0)
    halves = {"upper": COCO_17.upper_body, "lower": COCO_17.lower_body}
    expected = {half: record[f"wzm_prefer_{half}_box"] for half in halves}
    drawn = {step.draw(np.random.default_rng(seed), body) for seed in range(40)}
    published = [joints for half, joints in halves.items() if expected[half]]
    seen = {tuple(i for i in joints if record["vis"][i]) for joints in published}
    assert drawn == (seen if len(seen) == 2 else {*seen, ()})
    for half, joints in halves.items():
        if expected[half]:
            done = step.apply(body, tuple(i for i in joints if record["vis"][i]))
            np.testing.assert_allclose(done.box.xywh, expected[half], rtol=1e-5, atol=1e-4)


def test_upper_halves_are_preferred_in_69_of_100_draws_as_published(sample):
    chosen = drawn(HalfBody(p=1.0), sample)
    upper = np.mean([set(joints) <= set(COCO_17.upper_body) for joints in chosen])
    assert upper == pytest.approx(0.6915, abs=0.01)  # a normal draw lies under .5 that often
    assert {len(joints) for joints in chosen} == {11, 6}


def test_half_body_happens_in_30_of_100_draws_and_never_with_eight_labeled_joints(sample):
    assert np.mean([bool(joints) for joints in drawn(HalfBody(), sample)]) == pytest.approx(0.3, abs=0.01)
    few = labeled(sample, sample.keypoints[:, :2], np.arange(17) < 8)
    assert not any(drawn(HalfBody(p=1.0), few, 200))
    assert HalfBody(p=1.0).draw(np.random.default_rng(0), labeled(few, few.keypoints[:, :2], np.arange(17) < 9))


def test_a_half_without_three_joints_gives_way_to_the_other(sample):
    feet = labeled(sample, sample.keypoints[:, :2], np.arange(17) >= 9)  # two of the upper body, six of the lower
    assert all(set(joints) <= set(COCO_17.lower_body) for joints in drawn(HalfBody(p=1.0, more_than=0), feet, 200))


def test_joints_in_one_place_have_a_box_all_the_same(sample):
    flat = labeled(sample, np.full((17, 2), 50.0), np.ones(17))
    box = HalfBody().apply(flat, (0, 1, 2)).box
    assert box.w > 0 and box.h > 0 and box.center == pytest.approx((50, 50))


def test_scales_are_normal_and_clipped_with_16_of_100_on_each_bound(sample):
    factors = np.array(drawn(Scale(), sample))
    assert factors.min() == 0.65 and factors.max() == 1.35
    for bound in (0.65, 1.35):
        assert np.mean(factors == bound) == pytest.approx(0.1587, abs=0.01)  # a normal draw beyond one deviation
    assert factors.mean() == pytest.approx(1, abs=0.01)
    assert np.mean(np.abs(factors - 1) < 0.175) == pytest.approx(0.3829, abs=0.012)  # within half a deviation


def test_rotations_happen_in_60_of_100_draws_and_reach_twice_the_spread(sample):
    angles = np.array(drawn(Rotation(spread=30), sample))
    assert np.mean(angles != 0) == pytest.approx(0.6, abs=0.012)
    assert angles.min() == -60 and angles.max() == 60
    turned = angles[angles != 0]
    assert np.mean(np.abs(turned) == 60) == pytest.approx(0.0455, abs=0.006)
    assert np.mean(np.abs(turned) < 30) == pytest.approx(0.6827, abs=0.015)


def test_shifts_happen_in_30_of_100_draws_within_two_deviations(sample):
    shifts = np.array(drawn(Shift(), sample))
    happened = (shifts != 0).any(axis=1)
    assert happened.mean() == pytest.approx(0.3, abs=0.012)
    assert np.abs(shifts).max() == 0.16
    assert np.std(shifts[happened]) == pytest.approx(0.08 * 0.959, abs=0.003)  # a normal draw clipped at 2 deviations


def test_half_of_the_draws_flip(sample):
    assert np.mean(drawn(HorizontalFlip(), sample)) == pytest.approx(0.5, abs=0.012)


@pytest.mark.parametrize("step", [HalfBody(p=0), Rotation(p=0), Shift(p=0), HorizontalFlip(p=0), Scale(spread=0)])
def test_a_step_that_never_happens_leaves_the_view_alone(sample, step):
    for choice in drawn(step, sample, 50):
        assert step.apply(sample, choice).affine == sample.affine


def test_steps_add_up_to_the_published_affine(sample):
    state = Scale().apply(Scale().apply(sample, 1.2), 0.9)
    state = Shift().apply(Rotation().apply(Rotation().apply(state, 20.0), -50.0), (0.05, -0.1))
    expected = crop_affine(sample.box, (128, 96), OFFICIAL, rotation=-30.0, scale=1.2 * 0.9, shift=(0.05, -0.1))
    np.testing.assert_allclose(state.affine.matrix, expected.matrix, atol=1e-12)


def test_flipping_twice_gives_the_keypoints_back(sample):
    flip = HorizontalFlip()
    once = flip.apply(sample, True)
    twice = flip.apply(once, True)
    np.testing.assert_array_equal(twice.crop_keypoints, sample.crop_keypoints)
    np.testing.assert_array_equal(twice.crop_confidence, sample.crop_confidence)
    assert twice.affine == sample.affine and once.affine != sample.affine


def test_the_flip_of_joints_and_of_their_order_is_the_published_one(sample):
    """fliplr_joints mirrors the photo; so does ours where the crop is the photo."""
    with np.load(Path(__file__).parents[1] / "golden" / "label_weights.npz") as arrays:
        joints, visible, width = arrays["joints"], arrays["vis"][:, 0], int(arrays["image_width"])
        expected, still_visible = arrays["fliplr_joints"], arrays["fliplr_vis"][:, 0]
    w, h = width - 1, 479
    box = Box(w / 2 - w / 2.5, h / 2 - h / 2.5, w / 1.25, h / 1.25)  # padded, it is the photo
    view = {"box": box, "input_size": (480, width), "rule": replace(UDP, stretch=True)}
    flipped = HorizontalFlip().apply(replace(labeled(sample, joints[:, :2], visible), **view), True).crop_keypoints
    np.testing.assert_array_equal(flipped[:, 2], still_visible)
    seen = still_visible > 0
    np.testing.assert_allclose(flipped[seen, :2], expected[seen, :2], atol=1e-3)


def test_a_flip_mirrors_the_crop_and_lets_left_and_right_trade_places(sample):
    plain, flipped = sample.crop_keypoints, HorizontalFlip().apply(sample, True).crop_keypoints
    np.testing.assert_allclose(flipped[COCO_17.mirror, 0], 95 - plain[:, 0], atol=1e-4)
    np.testing.assert_allclose(flipped[COCO_17.mirror, 1:], plain[:, 1:], atol=1e-4)
    left, right = COCO_17.index("left_wrist"), COCO_17.index("right_wrist")
    assert flipped[right, 1] == pytest.approx(plain[left, 1], abs=1e-4)


@pytest.mark.parametrize(("rule", "off"), [(UDP, 0.0), (WALKTHROUGH, 0.0), (OFFICIAL, 1.0)])
def test_a_flipped_crop_is_that_of_the_flipped_photo_apart_from_one_pixel_under_the_official_rule(sample, rule, off):
    """The published code flips the photo first. Its official crop centers on W / 2, and the mirror on (W - 1) / 2, so
    there the view, keypoints and pixels together, stands one pixel beside it."""
    mine = replace(sample, rule=rule, rotation=25.0, scale=0.8, mirrored=True)
    width = sample.photo.shape[1]
    theirs = crop_affine(sample.box.mirrored(width), (128, 96), rule, rotation=-25.0, scale=0.8)
    theirs = theirs @ Affine.mirror(width)
    points = np.array([[10.0, 20], [150, 7], [80, 110]])
    np.testing.assert_allclose(theirs.apply(points) - mine.affine.apply(points), [[off, 0]] * 3, atol=0.01)


def test_a_mirrored_sample_can_still_be_looked_at_by_halves(sample):
    """Half body chooses joints of the photo, so it does not matter whether the flip came before."""
    half = HalfBody()
    one = half.apply(replace(sample, mirrored=True), (5, 7, 9))
    other = replace(half.apply(sample, (5, 7, 9)), mirrored=True)
    assert one.affine == other.affine
    joints = sample.keypoints[[5, 7, 9], :2]
    np.testing.assert_allclose(one.box.center, joints.mean(axis=0), rtol=1e-5)


def test_a_box_keeps_its_score_through_half_body(sample):
    scored = replace(sample, box=Box(1, 2, 3, 4, 0.5))
    assert HalfBody().apply(scored, (1, 2)).box.score == 0.5
