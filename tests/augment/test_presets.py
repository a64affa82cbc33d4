"""Every preset against what its published code does: its numbers, and its numbers' consequences."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet.augment import PRESETS, Compose, HalfBody, Rotation, Sample, Scale, Warp, presets
from hrnet.augment.target import LabelWeights, Normalize, Target, ToTensor
from hrnet.augment.view import HorizontalFlip, Under
from hrnet.augment.walkthrough import WalkthroughHalfBody
from hrnet.geometry import OFFICIAL, UDP, WALKTHROUGH, Box, crop_affine, padded_sides
from hrnet.heatmap.targets import KINDS
from hrnet.skeleton import COCO_17, MPII_16, Skeleton

GOLDEN = Path(__file__).parents[1] / "golden"
EVERY_PRESET = pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
DRAWS = 4000


def choices(preset, sample, draws=DRAWS):
    """What each step of the view draws, by the step's name, in the order of the steps."""
    rng, view = np.random.default_rng(0), preset.augment.steps[: places(preset).index("Warp")]
    return {type(step).__name__: [step.draw(rng, sample) for _ in range(draws)] for step in view}


def places(preset):
    return [type(step).__name__ for step in preset.augment.steps]


@EVERY_PRESET
def test_a_preset_names_everything_from_the_crop_rule_to_the_normalized_tensor(sample, preset):
    steps = preset.compose((128, 96)).steps
    assert steps[0] == Under(preset.rule) and sum(isinstance(step, Warp) for step in steps) == 1
    assert [type(step) for step in steps[-3:]] == [Target, ToTensor, Normalize]
    other = replace(sample, rule=WALKTHROUGH if preset.rule is OFFICIAL else OFFICIAL)  # does not matter
    done = preset(other, np.random.default_rng(3))
    assert done.rule == preset.rule and done.tensor.shape == (3, 128, 96) and done.target.shape == (17, 32, 24)
    np.testing.assert_array_equal(done.tensor, preset.trace(sample, 3)[-1].sample.tensor)


@EVERY_PRESET
def test_targets_belong_to_the_crop_rule(preset):
    ours, targets = preset.rule, KINDS[preset.kind].rule
    assert ours.heatmap_by_size_minus_one == targets.heatmap_by_size_minus_one


@EVERY_PRESET
def test_published_presets_leave_light_and_color_alone(preset):
    after = preset.augment.steps[places(preset).index("Warp") + 1 :]
    assert (after == ()) == (preset.name not in ("strong", "gentle"))


@pytest.mark.parametrize(
    ("name", "rule", "kind"),
    [
        ("official", OFFICIAL, "rounded"),
        ("official_mpii", OFFICIAL, "rounded"),
        ("udp", UDP, "udp"),
        ("dark", OFFICIAL, "unbiased"),
        ("dark_mpii", OFFICIAL, "unbiased"),
        ("walkthrough", WALKTHROUGH, "rounded"),
        ("crowdpose", OFFICIAL, "rounded"),
        ("ap10k", OFFICIAL, "rounded"),
    ],
)
def test_rules_and_targets_are_the_published_ones(name, rule, kind):
    preset = PRESETS[name]
    assert (preset.rule, preset.kind) == (rule, kind)
    assert [preset.sigma_at(size) for size in [(256, 192), (256, 256), (384, 288)]] == [2, 2, 3]


def test_sigmas_of_small_inputs():
    assert presets.dark.sigma_at((128, 96)) == 1  # ilovepose/DarkPose, the 128x96 settings
    assert presets.strong.sigma_at((128, 96)) == 1.5


@pytest.mark.parametrize("name", ["official", "udp", "dark"])
def test_the_published_view_of_coco(sample, name):
    """Scale .35, rotation 45 in 60 of 100, flip in half, half body in 30, the upper half in 69 of those."""
    drawn = choices(PRESETS[name], sample)
    assert list(drawn) == ["HalfBody", "Scale", "Rotation", "HorizontalFlip"]
    halves = [set(joints) for joints in drawn["HalfBody"] if joints]
    assert len(halves) / DRAWS == pytest.approx(0.3, abs=0.025)
    assert np.mean([half <= set(COCO_17.upper_body) for half in halves]) == pytest.approx(0.6915, abs=0.04)
    assert (min(drawn["Scale"]), max(drawn["Scale"])) == (0.65, 1.35)
    assert np.mean(np.array(drawn["Scale"]) == 0.65) == pytest.approx(0.1587, abs=0.02)
    turned = np.array(drawn["Rotation"])[np.array(drawn["Rotation"]) != 0]
    assert len(turned) / DRAWS == pytest.approx(0.6, abs=0.025)
    assert (turned.min(), turned.max()) == (-90, 90) and np.mean(np.abs(turned) < 45) == pytest.approx(0.683, abs=0.03)
    assert np.mean(drawn["HorizontalFlip"]) == pytest.approx(0.5, abs=0.025)


@pytest.mark.parametrize("name", ["official_mpii", "dark_mpii"])
def test_the_published_view_of_mpii_has_no_half_body_and_turns_less(sample, name):
    body = replace(sample, skeleton=MPII_16, keypoints=sample.keypoints[:16], confidence=sample.confidence[:16])
    drawn = choices(PRESETS[name], body)
    assert list(drawn) == ["Scale", "Rotation", "HorizontalFlip"]
    assert (min(drawn["Scale"]), max(drawn["Scale"])) == (0.75, 1.25)
    assert (min(drawn["Rotation"]), max(drawn["Rotation"])) == (-60, 60)


@pytest.mark.parametrize(("name", "fewest"), [("crowdpose", 7), ("ap10k", 9), ("official", 9)])
def test_the_labeled_joints_that_half_body_needs(sample, name, fewest):
    half = next(step for step in PRESETS[name].augment.steps if isinstance(step, HalfBody))
    for labeled in (fewest - 1, fewest):
        body = sample.keypoints.copy()
        body[labeled:, 2] = 0
        drawn = replace(half, p=1.0).draw(np.random.default_rng(0), replace(sample, keypoints=body))
        assert bool(drawn) == (labeled >= fewest)


def test_mmpose_scales_by_a_half_and_turns_by_forty_degrees():
    for preset in (presets.crowdpose, presets.ap10k):
        assert preset.augment.steps[1:3] == (Scale(0.5), Rotation(40))


def test_only_udp_turns_clockwise_for_a_positive_angle(sample):
    """The same angle of the same preset steps, one matrix against the other."""
    turned = {
        name: Compose((Under(PRESETS[name].rule),))(replace(sample, rotation=30.0), np.random.default_rng(0)).affine
        for name in ("official", "udp", "walkthrough")
    }
    signs = {name: np.sign(affine.matrix[1, 0]) for name, affine in turned.items()}
    assert signs == {"official": -1, "udp": 1, "walkthrough": -1}


def test_only_the_official_crop_counts_its_size_in_pixels(sample):
    """W / 2 against (W - 1) / 2 for the middle of the box."""
    for name, middle in {"official": 48, "dark": 48, "udp": 47.5, "walkthrough": 47.5}.items():
        affine = Compose((Under(PRESETS[name].rule),))(sample, np.random.default_rng(0)).affine
        assert affine.apply(np.array([sample.box.center]))[0, 0] == pytest.approx(middle)


# The walkthrough port


def test_the_walkthrough_view_is_uniform_in_scale_and_in_whole_degrees(sample):
    drawn = choices(presets.walkthrough, sample)
    assert list(drawn) == ["LabelWeights", "WalkthroughHalfBody", "UniformScale", "WholeDegrees", "HorizontalFlip"]
    scales, angles = np.array(drawn["UniformScale"]), np.array(drawn["WholeDegrees"])
    assert 0.65 <= scales.min() < 0.652 and 1.348 < scales.max() < 1.35
    np.testing.assert_allclose(np.histogram(scales, 7, (0.65, 1.35))[0] / DRAWS, 1 / 7, atol=0.02)
    assert set(angles) == set(range(-45, 46)) and all(type(angle) is int for angle in drawn["WholeDegrees"])
    assert np.mean(angles == 0) == pytest.approx(1 / 91, abs=0.005)
    assert np.mean(drawn["HorizontalFlip"]) == pytest.approx(0.5, abs=0.025)
    halves = [set(joints) for joints in drawn["WalkthroughHalfBody"] if joints]
    assert len(halves) / DRAWS == pytest.approx(0.3, abs=0.025)
    assert np.mean([half <= set(COCO_17.upper_body) for half in halves]) == pytest.approx(0.5, abs=0.045)


def test_the_walkthrough_scale_replaces_the_padding_and_the_rotation_is_the_ports():
    """Held by its AffineTransform on 52 boxes."""
    with np.load(GOLDEN / "affine.npz") as arrays:
        boxes, sizes, angles, scales = (arrays[key] for key in ("box_xywh", "input_wh", "wzm_rot_deg", "wzm_scale"))
        expected, points, moved = arrays["wzm_forward"], arrays["points_image"], arrays["wzm_points_input"]
    half, scale, turn = presets.walkthrough.augment.steps[1:4]
    for i, (box, (width, height)) in enumerate(zip(boxes.tolist(), sizes.tolist(), strict=True)):
        body = Sample(None, COCO_17, (height, width), Box(*box), np.zeros((17, 3), np.float32), np.ones(17, np.float32))
        state = Under(presets.walkthrough.rule).apply(half.apply(body, ()), None)
        state = turn.apply(scale.apply(state, float(scales[i])), int(angles[i]))
        linear = expected[i, :, :2]
        np.testing.assert_allclose(state.affine.matrix[:, :2], linear, atol=2e-6 * np.abs(linear).max())
        np.testing.assert_allclose(state.affine.apply(points[i]), moved[i], rtol=2e-6, atol=1e-3)


def test_a_small_half_does_not_give_way_in_the_walkthrough(sample):
    keypoints = sample.keypoints.copy()
    keypoints[:, 2] = 0
    keypoints[[5, 6, 11, 12, 13], 2] = 1  # two of the upper body, three of the lower
    half, body = WalkthroughHalfBody(p=1.0), replace(sample, keypoints=keypoints)
    drawn = [half.draw(np.random.default_rng(seed), body) for seed in range(200)]
    assert set(drawn) == {(), (11, 12, 13)}  # five labeled joints are enough, unlike in the published rule
    assert np.mean([bool(joints) for joints in drawn]) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("across", "chosen"), [(1.0, False), (1.01, True)])
def test_the_walkthrough_looks_at_no_half_of_a_pixel(sample, across, chosen):
    keypoints = sample.keypoints.copy()
    keypoints[11:, 0] = 50 + across * (np.arange(6) % 2)
    keypoints[:11, 2] = 0
    drawn = [
        WalkthroughHalfBody(p=1.0).draw(np.random.default_rng(i), replace(sample, keypoints=keypoints))
        for i in range(9)
    ]
    assert any(drawn) is chosen


def test_visible_joints_weigh_twice_in_the_walkthrough_and_wrists_half_as_much_again(sample):
    keypoints = sample.keypoints.copy()
    keypoints[:, 2] = np.arange(17) % 3
    trusted = replace(sample, keypoints=keypoints, confidence=np.ones(17, np.float32))
    state = presets.walkthrough.augment.steps[0].apply(trusted, None)
    wrist, knee, eye = (COCO_17.index(joint) for joint in ("right_wrist", "left_knee", "left_eye"))
    assert keypoints[[wrist, knee, eye], 2].tolist() == [1, 1, 1]
    np.testing.assert_allclose(state.confidence[[wrist, knee, eye]], [1.5, 1.2, 1])
    np.testing.assert_allclose(state.confidence[8], 2 * 1.2)  # an elbow, visible
    assert state.confidence[0] == 0


@pytest.mark.parametrize("case", range(4))
def test_target_weights_of_the_walkthrough_start_from_the_visibility_and_end_with_the_map(case):
    """Its own factors per joint were 1 in this fixture."""
    body, expected = crop_of(case)
    visibility, target = replace(presets.walkthrough.augment.steps[0], joint=False), Target(empty=False)
    np.testing.assert_array_equal(target.apply(visibility.apply(body, None), None).weights, expected["weights"])


@pytest.mark.parametrize("case", range(4))
def test_different_weights_of_joints_are_the_published_ones(case):
    """USE_DIFFERENT_JOINTS_WEIGHT multiplies the weight of every joint that has one."""
    body, expected = crop_of(case)
    weighed = replace(body, skeleton=replace(body.skeleton, weights=tuple(expected["factors"].tolist())))
    weights = Target().apply(LabelWeights().apply(weighed, None), None).weights
    np.testing.assert_allclose(weights, expected["official_diff"], rtol=1e-6)


def crop_of(case):
    """A sample whose photo pixels are crop pixels, and what the published code makes of it."""
    with np.load(GOLDEN / "label_weights.npz") as arrays:
        size = tuple(arrays[f"input_hw_{case}"].tolist())
        expected = {name: arrays[f"{name}_{case}"] for name in ("keypoints", "weights", "factors", "official_diff")}
    joints = Skeleton.of([f"joint {i}" for i in range(len(expected["keypoints"]))])
    box = Box(size[1] * 0.1, size[0] * 0.1, size[1] * 0.8, size[0] * 0.8)  # padded by 1.25, it is the crop
    trust = np.ones(len(joints), np.float32)
    body = Sample(np.zeros((*size, 3), np.uint8), joints, size, box, expected["keypoints"], trust)
    np.testing.assert_allclose(body.crop_keypoints, expected["keypoints"], atol=1e-4)
    return body, expected


# Validation: the end of every pipeline


def test_the_last_steps_give_the_published_tensor_and_target():
    with np.load(GOLDEN / "pipeline_val.npz") as arrays:
        published = dict(arrays)
    width, height = published["input_wh"].tolist()
    start = Sample(
        photo=np.ascontiguousarray(published["image_bgr"][..., ::-1]),
        skeleton=COCO_17,
        input_size=(height, width),
        box=Box(*published["box_xywh"].tolist()),
        keypoints=np.column_stack([published["joints"][:, :2], published["vis"][:, 0]]).astype(np.float32),
        confidence=np.ones(17, np.float32),
        rule=UDP,  # the preset knows better
    )
    still = (Scale, Rotation, HalfBody, HorizontalFlip)
    validation = replace(presets.official, sigma=2.0 * 256 / height)  # the fixture has sigma 2 at any size
    steps = [step for step in validation.compose((height, width)).steps if not isinstance(step, still)]
    done = Compose(tuple(steps))(start, np.random.default_rng(0))
    close = np.abs(done.tensor[:, ::3, ::3] - published["input_sub"])
    assert close.max() < 1.01 / (255 * 0.224) and np.mean(close < 1e-5) > 0.99
    np.testing.assert_allclose(done.tensor.mean(axis=(1, 2)), published["input_channel_mean"], atol=1e-4)
    np.testing.assert_allclose(done.tensor.std(axis=(1, 2)), published["input_channel_std"], atol=1e-4)
    np.testing.assert_allclose(done.target, published["target"], atol=1e-6)
    np.testing.assert_array_equal(done.weights, published["target_weight"][:, 0])
    # The center and scale that the published loader hands on are those of the box.
    np.testing.assert_allclose(done.box.center, published["center"], rtol=1e-6)
    seen = padded_sides(done.box, (height, width))
    np.testing.assert_allclose(seen, 200 * published["scale"], rtol=1e-6)
    assert done.affine == crop_affine(done.box, (height, width), OFFICIAL)
