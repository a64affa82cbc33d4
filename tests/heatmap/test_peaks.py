import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from hrnet.geometry import OFFICIAL, UDP
from hrnet.heatmap import decode, encode
from hrnet.heatmap.peaks import KINDS

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "heatmap_decode.npz")
# c0: 64x48, sigma 2; c1: 32x24, sigma 1.5; c2: 96x72, sigma 3. All have peaks on the border; c0 and c1 have a map
# below zero, a map of zeros and a tie.
CASES = ("c0", "c1", "c2")
REFINED = [key for key in GOLDEN if "_dark_" in key or "_udp_" in key]


def gaussians(count, seed, *, height=0.9, noise=0.01, size=(64, 48)):
    """(count, h, w): a Gaussian of sigma 2 anywhere in the map, borders included, and noise."""
    rng = np.random.default_rng(seed)
    h, w = size
    x, y = rng.uniform(0, [[[w - 1]], [[h - 1]]], (2, count, 1))  # each (count, 1)
    along_x, along_y = np.exp(-((np.arange(w) - x) ** 2) / 8), np.exp(-((np.arange(h) - y) ** 2) / 8)
    clean = height * along_y[:, :, None] * along_x[:, None, :]
    return (clean + rng.normal(0, noise, clean.shape)).astype(np.float32)


def plain_refinement(heatmap, kind, kernel):
    """DARK and UDP one map at a time, as the papers' code does: blur all of it, rescale, log, one Newton step."""
    h, w = heatmap.shape
    y, x = np.unravel_index(heatmap.argmax(), heatmap.shape)
    blurred = cv2.GaussianBlur(heatmap, (kernel, kernel), 0, borderType=cv2.BORDER_CONSTANT)
    blurred = blurred * (heatmap.max() / blurred.max())
    if kind == "dark":
        if not (1 < x < w - 2 and 1 < y < h - 2):
            return np.array([x, y], float)
        f = np.log(np.maximum(blurred, 1e-10).astype(np.float64))
        dxx = (f[y, x + 2] - 2 * f[y, x] + f[y, x - 2]) / 4
        dyy = (f[y + 2, x] - 2 * f[y, x] + f[y - 2, x]) / 4
        dxy = (f[y + 1, x + 1] - f[y - 1, x + 1] - f[y + 1, x - 1] + f[y - 1, x - 1]) / 4
        hessian = np.array([[dxx, dxy], [dxy, dyy]])
    else:
        f = np.pad(np.log(np.clip(blurred, 1e-3, 50).astype(np.float64)), 1, mode="edge")
        y, x = y + 1, x + 1
        dxx = f[y, x + 1] - 2 * f[y, x] + f[y, x - 1]
        dyy = f[y + 1, x] - 2 * f[y, x] + f[y - 1, x]
        dxy = f[y + 1, x + 1] - f[y, x + 1] - f[y + 1, x] + 2 * f[y, x] - f[y, x - 1] - f[y - 1, x] + f[y - 1, x - 1]
        hessian = np.array([[dxx, dxy / 2], [dxy / 2, dyy]]) + np.finfo(np.float32).eps * np.eye(2)
    slope = np.array([f[y, x + 1] - f[y, x - 1], f[y + 1, x] - f[y - 1, x]]) / 2
    peak = np.array([x, y], float) - (kind == "udp")
    return peak - np.linalg.solve(hessian, slope) if np.linalg.det(hessian) != 0 else peak


@pytest.mark.parametrize("case", CASES)
def test_the_highest_pixel_and_its_height_are_exactly_the_published_ones(case):
    np.testing.assert_array_equal(decode(GOLDEN[f"{case}_heatmaps"][None], "argmax")[0], GOLDEN[f"{case}_argmax"])


@pytest.mark.parametrize("case", CASES)
def test_the_quarter_offset_is_bit_identical_to_the_published_one(case):
    found = decode(GOLDEN[f"{case}_heatmaps"][None])[0]
    np.testing.assert_array_equal(found[:, :2], GOLDEN[f"{case}_quarter_xy"])
    np.testing.assert_array_equal(found[:, 2], GOLDEN[f"{case}_argmax"][:, 2])


@pytest.mark.parametrize("key", REFINED)
def test_dark_and_udp_are_the_published_ones_on_the_border_too(key):
    case, kind, kernel = key.split("_")[:3]
    found = decode(GOLDEN[f"{case}_heatmaps"][None], kind, int(kernel[1:]))[0]
    np.testing.assert_allclose(found[:, :2], GOLDEN[key], rtol=0, atol=2e-5)
    np.testing.assert_array_equal(found[:, 2], GOLDEN[f"{case}_argmax"][:, 2])


@pytest.mark.parametrize("kernel", [1, 3, 9, 11, 17])
@pytest.mark.parametrize("kind", ["dark", "udp"])
def test_blurring_a_window_gives_what_blurring_the_whole_map_gives(kind, kernel):
    heatmaps = gaussians(60, seed=kernel)
    expected = [plain_refinement(heatmap, kind, kernel) for heatmap in heatmaps]
    np.testing.assert_allclose(decode(heatmaps[None], kind, kernel)[0, :, :2], expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (3, 2), (8, 6)])
@pytest.mark.parametrize("kind", ["dark", "udp"])
def test_maps_smaller_than_the_window_are_no_exception(kind, size):
    heatmaps = gaussians(20, seed=1, size=size, noise=0.05) + 0.1
    expected = [plain_refinement(heatmap, kind, 11) for heatmap in heatmaps]
    np.testing.assert_allclose(decode(heatmaps[None], kind)[0, :, :2], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(("height", "noise"), [(0.002, 0.0003), (0.01, 0.002), (1e-9, 1e-10), (55, 0.5)])
@pytest.mark.parametrize("kind", ["dark", "udp"])
def test_the_limits_of_the_logarithm_act_on_the_rescaled_map(kind, height, noise):
    heatmaps = gaussians(60, seed=4, height=height, noise=noise)
    expected = np.array([plain_refinement(heatmap, kind, 11) for heatmap in heatmaps])
    error = np.abs(decode(heatmaps[None], kind)[0, :, :2] - expected).max(axis=1)
    # Where the blurred map is nearly flat, rounding in the 7th digit is all that the second differences see.
    assert np.median(error) < 1e-5 and np.quantile(error, 0.9) < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_a_map_without_a_positive_value_gives_0_0_and_its_highest_value(kind):
    heatmaps = np.stack([gaussians(1, 2)[0] - 5, np.zeros((64, 48), np.float32)])
    found = decode(heatmaps[None], kind)[0]
    np.testing.assert_array_equal(found[:, :2], 0)
    np.testing.assert_array_equal(found[:, 2], heatmaps.max(axis=(1, 2)))


@pytest.mark.parametrize("kind", KINDS)
def test_moving_a_heatmap_by_whole_pixels_moves_the_keypoint_by_whole_pixels(kind):
    rng = np.random.default_rng(6)
    patches = gaussians(20, seed=7, size=(20, 20)).clip(0)
    here = np.zeros((1, 20, 64, 48), np.float32)
    here[0, :, 14:34, 12:32] = patches
    for x, y in rng.integers(-2, 6, (4, 2)):
        there = np.roll(here, (y, x), axis=(2, 3))
        np.testing.assert_allclose(decode(there, kind), decode(here, kind) + [x, y, 0], rtol=0, atol=2e-5)


@pytest.mark.parametrize("kind", ["argmax", "quarter", "dark"])
def test_a_map_a_thousand_times_higher_has_its_joint_in_the_same_place(kind):
    heatmaps = gaussians(40, seed=9)[None]
    np.testing.assert_allclose(decode(heatmaps * 1000, kind)[..., :2], decode(heatmaps, kind)[..., :2], atol=1e-4)


@pytest.mark.parametrize(
    ("target", "kind", "rule", "bound"),
    [  # heatmap pixels; the joint is anywhere between pixels
        ("rounded", "argmax", OFFICIAL, 0.5),
        ("rounded", "quarter", OFFICIAL, 0.5),  # a symmetric peak has no larger neighbor
        ("unbiased", "argmax", OFFICIAL, 0.5),
        ("unbiased", "quarter", OFFICIAL, 0.25),
        ("unbiased", "dark", OFFICIAL, 0.001),
        ("udp", "dark", UDP, 0.001),
        ("udp", "udp", UDP, 0.001),
    ],
)
@pytest.mark.parametrize(("sigma", "input_size"), [(2, (256, 192)), (3, (384, 288))])
def test_decoding_a_target_finds_the_joint_within(target, kind, rule, bound, sigma, input_size):
    rng = np.random.default_rng(10)
    height, width = input_size
    joints = np.column_stack([rng.uniform(0.3, 0.7, (300, 2)) * [width, height], np.ones(300)])
    heatmaps, _ = encode(joints, input_size, sigma, target)
    found = rule.heatmap_to_crop(input_size, heatmaps.shape[1:]).apply(decode(heatmaps[None], kind)[0])
    error = np.abs(found - joints)[:, :2].max() / 4
    assert error <= bound * 1.02
    assert error > bound * 0.9 or bound < 0.01  # the bound is reached


def test_dark_is_ten_times_nearer_than_argmax_and_five_times_nearer_than_quarter_under_noise():
    rng = np.random.default_rng(11)
    joints = np.column_stack([rng.uniform(60, 130, (400, 2)), np.ones(400)])
    heatmaps = encode(joints, (256, 192), kind="unbiased")[0]
    heatmaps = heatmaps + rng.normal(0, 0.01, heatmaps.shape).astype(np.float32)

    def error(kind):
        return np.linalg.norm(decode(heatmaps[None], kind)[0, :, :2] - joints[:, :2] / 4, axis=1).mean()

    assert error("dark") < error("argmax") / 10
    assert error("dark") < error("quarter") / 5
    assert error("quarter") < error("argmax")


@pytest.mark.parametrize("kind", KINDS)
def test_no_crops_give_no_keypoints(kind):
    found = decode(np.empty((0, 17, 64, 48), np.float32), kind)
    assert found.shape == (0, 17, 3) and found.dtype == np.float32


@pytest.mark.parametrize("kind", KINDS)
def test_crops_do_not_influence_each_other_and_are_not_changed(kind):
    heatmaps = gaussians(6, seed=12).reshape(2, 3, 64, 48)
    before = heatmaps.copy()
    both = decode(heatmaps, kind)
    np.testing.assert_allclose(both, [decode(heatmaps[i : i + 1], kind)[0] for i in range(2)], atol=1e-5)
    np.testing.assert_array_equal(heatmaps, before)


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((17, 64, 48), {}, r"\(N, K, h, w\), got \(17, 64, 48\)"),
        ((1, 17, 0, 48), {}, r"got \(1, 17, 0, 48\)"),
        ((1, 1, 8, 8), {"kind": "softmax"}, "no decoder 'softmax'; choose one of argmax, quarter, dark, udp"),
        ((1, 1, 8, 8), {"kind": "dark", "kernel": 10}, "odd number of pixels from 1, got 10"),
    ],
)
def test_bad_arguments_are_told_in_one_line(shape, arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        decode(np.zeros(shape), **arguments)
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_dark_for_16_persons_is_5_times_as_fast_as_map_by_map():
    heatmaps = gaussians(16 * 17, seed=13).reshape(16, 17, 64, 48)

    def map_by_map():
        return np.array([[plain_refinement(heatmap, "dark", 11) for heatmap in person] for person in heatmaps])

    def fastest(call):
        seconds = []
        for _ in range(7):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        return min(seconds)

    np.testing.assert_allclose(decode(heatmaps, "dark")[..., :2], map_by_map(), rtol=0, atol=1e-5)
    assert fastest(map_by_map) > 5 * fastest(lambda: decode(heatmaps, "dark"))
