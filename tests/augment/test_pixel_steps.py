from dataclasses import replace

import cv2
import numpy as np
import pytest

from hrnet.augment import CoarseDropout, Color, Jpeg, Light, LimbOcclusion, LowResolution, MotionBlur, Noise, Warp
from hrnet.augment.camera import _line
from hrnet.geometry import GRAY, OFFICIAL, Affine
from hrnet.skeleton import COCO_17

STEPS = [Light(), LowResolution(), CoarseDropout(), Color(), MotionBlur(), Noise(), Jpeg(), LimbOcclusion()]


@pytest.fixture
def warped(sample):
    """The crop has the wrong size for whoever mixes up width and height."""
    return Warp().apply(sample, None)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: type(step).__name__)
def test_shape_type_labels_and_view_stay(warped, step):
    rng, changed = np.random.default_rng(0), 0
    for _ in range(80):
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


@pytest.mark.parametrize(
    ("step", "nothing", "share"),
    [
        (Light(gray=0), (1.0, 0.0, (1.0, 1.0, 1.0), False), 0.8),
        (LowResolution(), 1.0, 0.2),
        (CoarseDropout(), (), 0.4),
        (Color(), (0.0, 1.0, 1.0), 0.5),
        (MotionBlur(), (0.0, 0.0), 0.1),
        (Noise(), (0.0, 0), 0.1),
        (Jpeg(), 0, 0.1),
        (LimbOcclusion(), None, 0.3),
    ],
)
def test_steps_happen_as_often_as_they_say(warped, step, nothing, share):
    rng = np.random.default_rng(0)
    happened = [step.draw(rng, warped) != nothing for _ in range(3000)]
    assert np.mean(happened) == pytest.approx(share, abs=0.025)


def test_a_choice_gives_the_same_pixels_every_time(warped):
    for step in (replace(step, p=1) for step in STEPS):
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


def test_the_warp_fills_with_the_gray_of_the_crop_rule(sample):
    far = replace(sample, shift=(0.8, 0.0), rule=replace(OFFICIAL, fill=GRAY))
    crop = Warp().apply(far, None).crop
    assert (crop[:, -20:] == GRAY).all() and (crop[:, :20] != GRAY).any()


def test_a_stretched_view_shows_the_keypoints_where_the_stretched_pixels_are(sample):
    """A wide box: its sides land on those of the crop, and so does whatever lies there."""
    photo = np.zeros_like(sample.photo)
    photo[55:66, 70:81] = 255
    wide = replace(sample, photo=photo, box=replace(sample.box, x=20, w=120, y=40, h=50))
    wide = replace(wide, keypoints=np.array([[75, 60, 2]] * 17, np.float32), rule=replace(OFFICIAL, stretch=True))
    done = Warp().apply(replace(wide, rotation=30.0, mirrored=True), None)
    light = done.crop[..., 0].astype(float)
    middle = [(light.sum(axis=axis) @ np.arange(n)) / light.sum() for axis, n in ((0, 96), (1, 128))]
    np.testing.assert_allclose(middle, done.crop_keypoints[0, :2], atol=0.1)


# Color


def test_colors_turn_on_their_circle_and_grays_stay(warped):
    crop = np.zeros((128, 96, 3), np.uint8)
    crop[:64] = [200, 0, 0]
    crop[64:] = 77
    turned = Color().apply(replace(warped, crop=crop), (120.0, 1.0, 1.0)).crop
    np.testing.assert_array_equal(turned[[0, -1], 0], [[0, 200, 0], [77, 77, 77]])
    back = Color().apply(replace(warped, crop=turned), (-120.0, 1.0, 1.0)).crop
    np.testing.assert_array_equal(back, crop)


def test_saturation_moves_colors_from_or_to_their_gray_and_keeps_the_brightest_channel(warped):
    crop = np.full((128, 96, 3), [200, 100, 150], np.uint8)
    paler = Color().apply(replace(warped, crop=crop), (0.0, 0.5, 1.0)).crop
    stronger = Color().apply(replace(warped, crop=crop), (0.0, 1.5, 1.0)).crop
    np.testing.assert_array_equal(paler[0, 0], [200, 150, 175])
    np.testing.assert_array_equal(stronger[0, 0], [200, 50, 125])


def test_gamma_bends_the_middle_and_keeps_black_and_white(warped):
    levels = np.repeat(np.array([0, 64, 128, 255], np.uint8), 32)[:, None, None]
    crop = np.broadcast_to(levels, (128, 96, 3)).copy()
    done = Color().apply(replace(warped, crop=crop), (0.0, 1.0, 2.0)).crop
    np.testing.assert_array_equal(done[::32, 0, 0], [0, 16, 64, 255])


def test_colors_are_drawn_within_their_limits(warped):
    drawn = np.array([Color(p=1).draw(np.random.default_rng(i), warped) for i in range(2000)])
    np.testing.assert_allclose(drawn.min(axis=0), [-18, 0.5, 1 / 1.4], atol=0.05)
    np.testing.assert_allclose(drawn.max(axis=0), [18, 1.5, 1.4], atol=0.05)
    assert np.median(drawn[:, 2]) == pytest.approx(1, abs=0.03)  # as often brighter as darker


# MotionBlur, Noise, Jpeg


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 135.0])
def test_a_point_in_motion_becomes_a_line_of_that_length_and_direction(warped, angle):
    crop = np.zeros((128, 96, 3), np.uint8)
    crop[64, 48] = 255
    light = MotionBlur().apply(replace(warped, crop=crop), (10.0, angle)).crop[..., 0].astype(float)
    y, x = np.mgrid[:128, :96]
    mean = np.array([(light * x).sum(), (light * y).sum()]) / light.sum()
    np.testing.assert_allclose(mean, [48, 64], atol=0.1)
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    along, across = (x - 48) * direction[0] + (y - 64) * direction[1], (y - 64) * direction[0] - (x - 48) * direction[1]
    spread = [np.sqrt((light * distance**2).sum() / light.sum()) for distance in (along, across)]
    assert spread[0] == pytest.approx(10 / np.sqrt(12), abs=0.25)  # evenly along 10 pixels
    assert spread[1] < 0.6


@pytest.mark.parametrize("length", [1.01, 3.0, 7.3])
def test_motion_neither_brightens_nor_darkens(length):
    line = _line(length, 25.0)
    assert line.sum() == pytest.approx(1) and line.shape[0] % 2 == 1
    np.testing.assert_allclose(line, line[::-1, ::-1], atol=1e-12)  # nothing moves to one side


def test_lines_are_no_longer_than_allowed(warped):
    lengths = [MotionBlur(p=1).draw(np.random.default_rng(i), warped)[0] for i in range(800)]
    assert 1 <= min(lengths) < 1.1 and 0.98 * (1 + 0.08 * 128) < max(lengths) <= 1 + 0.08 * 128


def test_noise_has_the_spread_that_was_drawn_and_no_tendency(warped):
    gray = replace(warped, crop=np.full((128, 96, 3), 128, np.uint8))
    difference = Noise().apply(gray, (12.0, 5)).crop.astype(float) - 128
    assert difference.std() == pytest.approx(12, rel=0.02) and abs(difference.mean()) < 0.2
    assert np.corrcoef(difference.reshape(-1, 3).T)[0, 1] == pytest.approx(0, abs=0.03)  # channels have their own
    assert (Noise().apply(gray, (12.0, 6)).crop - 128.0 != difference).any()


def test_a_worse_file_differs_more_and_keeps_its_colors(warped):
    y, x = np.mgrid[:128, :96]
    crop = np.stack([2 * x, y, 255 - y - x], axis=2).astype(np.uint8)  # no channel is like another
    crop[30:60, 20:70] = [250, 10, 10]
    wrong = [np.abs(Jpeg().apply(replace(warped, crop=crop), q).crop.astype(int) - crop).mean() for q in (90, 40, 10)]
    assert 0 < wrong[0] < wrong[1] < wrong[2] < 12
    qualities = {Jpeg(p=1).draw(np.random.default_rng(i), warped) for i in range(1500)}
    assert (min(qualities), max(qualities)) == (15, 80)


# LimbOcclusion


def test_a_piece_of_the_crop_hides_a_place_on_a_limb_and_nothing_else(warped):
    ours = replace(warped, box=replace(warped.box, x=25, y=5, w=100, h=110))  # all joints are seen
    for seed in range(60):
        x, y, w, h, from_x, from_y = patch = LimbOcclusion(p=1).draw(np.random.default_rng(seed), ours)
        for left, top in ((x, y), (from_x, from_y)):
            assert 0 <= left and left + w <= 96 and 0 <= top and top + h <= 128
        assert 0.1 * 128 - 1 <= min(w, h) and max(w, h) <= 0.3 * 128 + 1
        done = LimbOcclusion().apply(ours, patch)
        changed = (done.crop != ours.crop).any(axis=2)
        assert not np.delete(np.delete(changed, range(y, y + h), 0), range(x, x + w), 1).any()
        seen = done.crop[y + h // 2, x + w // 2]
        np.testing.assert_array_equal(seen, ours.crop[from_y + h // 2, from_x + w // 2])
        np.testing.assert_array_equal(done.crop[y, x], ours.crop[y, x])  # an ellipse leaves the corners


def test_the_hidden_area_is_that_of_an_ellipse(warped):
    split = np.zeros((128, 96, 3), np.uint8)
    split[64:] = 255
    done = LimbOcclusion().apply(replace(warped, crop=split), (10, 5, 40, 30, 10, 90)).crop
    assert (done[:64, :, 0] > 0).sum() == pytest.approx(np.pi / 4 * 40 * 30, rel=0.01)


def test_occlusion_lies_on_a_limb_whose_ends_are_labeled_and_seen(sample):
    keypoints = np.zeros((17, 3), np.float32)
    shoulder, elbow, wrist = (COCO_17.index(f"left_{joint}") for joint in ("shoulder", "elbow", "wrist"))
    keypoints[[shoulder, elbow]] = [[60, 40, 2], [90, 70, 1]]
    keypoints[wrist] = [900, 70, 2]  # labeled, but far out of the crop
    arm = replace(sample, keypoints=keypoints)
    ends = arm.crop_keypoints[[shoulder, elbow], :2].astype(float)
    along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
    reached = []
    for seed in range(200):
        x, y, w, h, *_ = LimbOcclusion(p=1).draw(np.random.default_rng(seed), arm)
        offset = np.array([x + w / 2, y + h / 2]) - ends[0]
        assert abs(offset @ [-along[1], along[0]]) < 1.5  # rounded to pixels
        reached.append(offset @ along / np.linalg.norm(ends[1] - ends[0]))
    assert min(reached) < 0.1 and max(reached) > 0.9 and -0.1 < min(reached) and max(reached) < 1.1
    keypoints[elbow, 2] = 0
    alone = replace(sample, keypoints=keypoints)
    assert all(LimbOcclusion(p=1).draw(np.random.default_rng(i), alone) is None for i in range(20))


def test_hidden_joints_keep_label_and_weight(warped):
    patch = LimbOcclusion(p=1).draw(np.random.default_rng(0), warped)
    done = LimbOcclusion().apply(warped, patch)
    assert done.keypoints is warped.keypoints and done.confidence is warped.confidence


def test_occlusion_follows_the_mirrored_person(warped):
    """The draw looks at keypoints of the crop, so a flip before it moves the patch along."""
    step, mirrored = LimbOcclusion(p=1), replace(warped, mirrored=True)
    x, y, w, h, *_ = step.draw(np.random.default_rng(4), mirrored)
    center = Affine.mirror(96).apply(np.array([[x + w / 2, y + h / 2]]))
    joints = warped.crop_keypoints[:, :2]
    limbs = [(joints[a], joints[b]) for a, b in COCO_17.limbs]
    gaps = [np.linalg.norm(np.linspace(a, b, 200) - center, axis=1).min() for a, b in limbs]
    assert min(gaps) < 2
