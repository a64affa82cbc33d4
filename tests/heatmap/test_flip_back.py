from pathlib import Path

import numpy as np
import pytest

from hrnet.geometry import OFFICIAL, UDP, Affine
from hrnet.heatmap import decode, encode, flip_back
from hrnet.skeleton import COCO_17, CROWDPOSE_14, MPII_16

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "heatmap_flip.npz")
SIZE = (256, 192)


@pytest.mark.parametrize(("shift", "expected"), [(False, "flip_back"), (True, "flip_back_shift")])
def test_flipped_heatmaps_are_the_published_ones(shift, expected):
    given = GOLDEN["heatmap_of_flipped_image"]
    before = given.copy()
    np.testing.assert_array_equal(flip_back(given, COCO_17, shift), GOLDEN[expected])
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("skeleton", [COCO_17, MPII_16, CROWDPOSE_14], ids=lambda skeleton: skeleton.name)
def test_flipping_back_twice_gives_the_heatmaps_back(skeleton):
    heatmaps = np.random.default_rng(3).normal(size=(2, len(skeleton), 8, 6)).astype(np.float32)
    twice = flip_back(flip_back(heatmaps, skeleton, False), skeleton, False)
    np.testing.assert_array_equal(twice, heatmaps)


@pytest.mark.parametrize(
    ("rule", "kind", "tolerance"),
    [(UDP, "udp", 0.002), (OFFICIAL, "unbiased", 0.252)],  # a quarter is what the shift leaves over
)
def test_a_mirrored_person_comes_back_where_the_person_is(rule, kind, tolerance):
    rng = np.random.default_rng(8)
    person = np.column_stack([rng.uniform(50, 140, 17), rng.uniform(60, 190, 17), np.ones(17)])
    mirrored = Affine.mirror(SIZE[1]).apply(person)[COCO_17.mirror]
    plain, seen_in_mirror = (encode(points, SIZE, kind=kind)[0][None] for points in (person, mirrored))
    back = flip_back(seen_in_mirror, COCO_17, rule.flip_shift)
    off = decode(back, "dark")[0, :, :2] - decode(plain, "dark")[0, :, :2]
    assert np.abs(off).max() < tolerance
    if rule.flip_shift:
        np.testing.assert_allclose(off, np.tile([0.25, 0], (17, 1)), atol=0.002)


def test_heatmaps_that_do_not_fit_the_skeleton_are_refused():
    with pytest.raises(ValueError, match=r"\(N, 17, h, w\) for the skeleton 'coco-17', got \(1, 16, 8, 6\)"):
        flip_back(np.zeros((1, 16, 8, 6)), COCO_17, True)
    with pytest.raises(ValueError, match=r"got \(17, 8, 6\)"):
        flip_back(np.zeros((17, 8, 6)), COCO_17, True)
