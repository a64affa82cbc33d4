from pathlib import Path

import numpy as np
import pytest

from hrnet.geometry import UDP
from hrnet.heatmap import offsets
from hrnet.skeleton import COCO_17

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "offsets.npz")
SIZE = (256, 192)


@pytest.mark.parametrize("case", range(3))
@pytest.mark.parametrize(("radius", "tag"), [(4.0, "kpd40"), (3.5, "kpd35")])
def test_offset_maps_and_weights_are_the_published_ones(case, radius, tag):
    height, width = GOLDEN[f"{case}_input_size"]
    maps, weights = offsets.encode(GOLDEN[f"{case}_keypoints"], (int(height), int(width)), radius)
    assert maps.dtype == weights.dtype == np.float32
    np.testing.assert_allclose(maps, GOLDEN[f"{case}_{tag}_target"], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(weights, GOLDEN[f"{case}_{tag}_weight"])


def test_offset_maps_are_decoded_as_published():
    found = offsets.decode(GOLDEN["decode_net"], float(GOLDEN["decode_kpd"]))
    h, w = GOLDEN["decode_net"].shape[2:]
    crop = UDP.heatmap_to_crop((4 * h, 4 * w), (h, w)).apply(found[0, :, :2])
    np.testing.assert_allclose(crop, GOLDEN["decode_input_xy"][0], rtol=0, atol=1e-4)
    np.testing.assert_allclose(found[0, :, 2], GOLDEN["decode_max_val"][0, :, 0], rtol=1e-6)


def test_offset_maps_of_mirrored_crops_come_back_as_published():
    given = GOLDEN["flip_in"].copy()
    np.testing.assert_array_equal(offsets.flip_back(given, COCO_17), GOLDEN["flip_out"])
    np.testing.assert_array_equal(given, GOLDEN["flip_in"])


def test_encoding_and_decoding_gives_the_keypoints_back_to_a_fifth_of_a_crop_pixel():
    rng = np.random.default_rng(3)
    keypoints = np.column_stack([rng.uniform(30, 160, 17), rng.uniform(30, 220, 17), np.ones(17)])
    maps, _ = offsets.encode(keypoints, SIZE)
    found = UDP.heatmap_to_crop(SIZE, (64, 48)).apply(offsets.decode(maps[None])[0, :, :2])
    # the discs are pixels, so their blurred peak may be a pixel away, and the offsets there are blurred too
    assert np.abs(found - keypoints[:, :2]).max() < 0.2


def test_mirrored_people_give_mirrored_maps_that_come_back_as_those_of_the_people():
    rng = np.random.default_rng(4)
    keypoints = np.column_stack([rng.uniform(20, 170, 17), rng.uniform(20, 230, 17), np.ones(17)])
    mirrored = keypoints[COCO_17.mirror] * [-1, 1, 1] + [SIZE[1] - 1, 0, 0]
    back = offsets.flip_back(offsets.encode(mirrored, SIZE)[0][None], COCO_17)[0]
    np.testing.assert_allclose(back, offsets.encode(keypoints, SIZE)[0], atol=1e-6)


def test_every_pixel_of_a_disc_points_at_the_joint_and_the_rest_is_empty():
    maps, _ = offsets.encode([[100.0, 90, 2], [50, 60, 0]], SIZE)
    center = np.array([100 / 191 * 47, 90 / 255 * 63])
    ys, xs = np.nonzero(maps[0])
    pointed = np.column_stack([xs + 4 * maps[1, ys, xs], ys + 4 * maps[2, ys, xs]])
    np.testing.assert_allclose(pointed, np.tile(center, (len(xs), 1)), atol=1e-5)
    assert len(xs) > 40 and np.hypot(*(np.column_stack([xs, ys]) - center).T).max() <= 4
    assert not maps[:3, maps[0] == 0].any() and not maps[3:].any()


def test_a_joint_outside_of_the_crop_keeps_its_weight_over_empty_maps_as_published():
    maps, weights = offsets.encode([[-300.0, 90, 2], [np.nan, 60, 0]], SIZE)
    np.testing.assert_array_equal(weights, [1, 0])
    assert not maps.any()


def test_a_disc_without_a_positive_value_is_at_the_origin_plus_the_offset_there_as_published():
    maps = np.stack([np.full((8, 6), -0.2), np.full((8, 6), 0.5), np.full((8, 6), 0.25)])[None]
    np.testing.assert_allclose(offsets.decode(maps, radius=4.0), [[[2, 1, -0.2]]], rtol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keypoints": [[1, 2]]}, r"\(K, 3\).*got \(1, 2\)"),
        ({"keypoints": [[np.nan, 2, 1]]}, "joint 0 is labeled but stands at"),
        ({"input_size": (255, 192)}, r"multiples of 4.*\(255, 192\)"),
        ({"radius": 0}, "radius must be above 0"),
    ],
)
def test_bad_arguments_are_told_in_one_line(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        offsets.encode(**({"keypoints": [[1, 2, 1]], "input_size": SIZE} | arguments))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("shape", [(3, 8, 6), (1, 16, 8, 6), (1, 51, 0, 6)])
def test_what_are_no_offset_maps_is_refused(shape):
    with pytest.raises(ValueError, match=r"must have shape \(N, 3 K, h, w\)"):
        offsets.decode(np.zeros(shape))


def test_flipping_wants_the_maps_of_that_skeleton():
    with pytest.raises(ValueError, match="coco-17"):
        offsets.flip_back(np.zeros((1, 48, 8, 6)), COCO_17)
