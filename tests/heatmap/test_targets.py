from pathlib import Path

import numpy as np
import pytest

from hrnet.heatmap import encode
from hrnet.heatmap.targets import KINDS

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "heatmap_targets.npz")
CASES = sorted({key.rsplit("_", 1)[0] for key in GOLDEN if key.endswith("_sigma")})
SIZE = (256, 192)


def golden(case):
    """Arguments of encode, and what the published code draws for them."""
    keypoints, size, sigma = (GOLDEN[f"{case}_{name}"] for name in ("keypoints", "input_size", "sigma"))
    arguments = (keypoints, (int(size[0]), int(size[1])), float(sigma), case.split("_")[0])
    return arguments, GOLDEN[f"{case}_target"], GOLDEN[f"{case}_weight"]


@pytest.mark.parametrize("case", CASES)
def test_targets_and_weights_are_the_published_ones(case):
    arguments, target, weight = golden(case)
    heatmaps, weights = encode(*arguments)
    assert heatmaps.dtype == weights.dtype == np.float32
    np.testing.assert_allclose(heatmaps, target, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(weights, weight)


def test_every_kind_has_a_published_case():
    assert {case.split("_")[0] for case in CASES} == set(KINDS)


def test_unbiased_differs_from_the_dark_repository_only_less_than_a_pixel_beyond_the_rule():
    (keypoints, _, sigma, _), _, weight = golden("unbiased_1")
    nobody = np.flatnonzero(weight != GOLDEN["unbiased_1_dark_weight"])
    ends = keypoints[nobody, :2].min(axis=1) / 4 + 3 * sigma + 1
    assert len(nobody) == 3 and (weight[nobody] == 0).all()
    assert ((-1 < ends) & (ends < 0)).all()


def test_a_rounded_target_is_exactly_1_at_the_nearest_heatmap_pixel_and_0_beyond_3_sigma():
    heatmaps, weights = encode([[81.0, 122.0, 2.0]], SIZE)  # 20.25, 30.5: a half goes up
    assert heatmaps[0, 31, 20] == 1 and weights[0] == 1
    rows, columns = np.nonzero(heatmaps[0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (25, 37, 14, 26)
    assert heatmaps[0, 31, 22] == pytest.approx(np.exp(-0.5))


def test_udp_places_the_last_crop_pixel_on_the_last_heatmap_pixel():
    heatmaps, _ = encode([[191.0, 255.0, 1.0]], SIZE, kind="udp")
    assert heatmaps[0, 63, 47] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_moving_a_joint_by_one_heatmap_pixel_moves_its_target_by_one(kind):
    step = 191 / 47 if kind == "udp" else 4
    rng = np.random.default_rng(5)
    here = np.column_stack([rng.uniform(60, 130, (20, 2)), np.ones(20)])
    there = here + [3 * step, 0, 0]
    before, after = (encode(points, SIZE, 2.0, kind)[0] for points in (here, there))
    np.testing.assert_allclose(after[:, :, 3:], before[:, :, :-3], atol=1e-6)


@pytest.mark.parametrize("kind", ["rounded", "udp"])
@pytest.mark.parametrize(
    ("x", "weight", "drawn"),
    # A patch of sigma 2 reaches 6 pixels. int(-7 + .5) is -6, which still touches the map; int(-8 + .5) is -7, the
    # off-by-one: weight 1 over an empty map.
    [(-7, 1, True), (-8, 1, False), (-9, 0, False), (53, 1, True), (54, 0, False)],
)
def test_the_border_rule_is_the_official_one_with_its_quirks(kind, x, weight, drawn):
    heatmaps, weights = encode([[x * (191 / 47 if kind == "udp" else 4), 100, 1]], SIZE, 2.0, kind)
    assert weights[0] == weight
    assert heatmaps.any() == drawn


def test_any_positive_third_column_weighs_1_and_the_rest_is_not_drawn():
    points = np.array([[100, 100, v] for v in (0, 1, 2, 0.01, -0.3, np.nan)])
    heatmaps, weights = encode(points, SIZE)
    np.testing.assert_array_equal(weights, [0, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal(heatmaps.any(axis=(1, 2)), weights > 0)


def test_confidence_multiplies_the_weights_and_leaves_the_heatmaps_alone():
    points = np.array([[100.0, 100, 2], [50, 60, 1], [50, 60, 0], [-900, 60, 2]])
    plain, _ = encode(points, SIZE)
    heatmaps, weights = encode(points, SIZE, confidence=[0.25, 0, 1, 1])
    np.testing.assert_array_equal(heatmaps, plain)
    np.testing.assert_array_equal(weights, np.float32([0.25, 0, 0, 0]))


def test_coordinates_of_unlabeled_joints_are_not_read():
    _, weights = encode([[np.nan, np.inf, 0], [1e30, -1e30, 1]], SIZE)
    np.testing.assert_array_equal(weights, [0, 0])


def test_the_keypoints_given_are_not_changed():
    points = np.float32([[10, 10, 1]])
    encode(points, SIZE)
    np.testing.assert_array_equal(points, [[10, 10, 1]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "msra"}, "no target 'msra'; choose one of rounded, unbiased, udp"),
        ({"keypoints": [[1, 2]]}, r"\(K, 3\).*got \(1, 2\)"),
        ({"keypoints": [[1, 2, 0], [np.nan, 2, 1]]}, "joint 1 is labeled but stands at"),
        ({"input_size": (255, 192)}, r"multiples of 4.*\(255, 192\)"),
        ({"sigma": 0}, "sigma must be above 0"),
        ({"confidence": [1, 1]}, "confidence needs 1 values"),
        ({"confidence": [-0.5]}, "confidence needs 1 values from 0"),
    ],
)
def test_bad_arguments_are_told_in_one_line(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        encode(**({"keypoints": [[1, 2, 1]], "input_size": SIZE} | arguments))
    assert "\n" not in str(error.value)
