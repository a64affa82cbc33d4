"""Crops made on the device from photos that live there are those of the host, up to rounding."""

import numpy as np
import pytest
import torch
from made_views import SIZE, maps, photo

from hrnet.augment import Sample
from hrnet.augment.many import Covers, Lights, Shrunk
from hrnet.augment.pixels import LowResolution
from hrnet.augment.resident import Pictures, changed
from hrnet.data.flat import Flat, write
from hrnet.geometry import Box, crop_affine
from hrnet.skeleton import COCO_17

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def photos():
    """Of three sizes; the third one is broken."""
    return [photo((90, 120)), photo((50, 70), 1), None, photo((33, 200), 2)]


@pytest.fixture(scope="module")
def pictures(photos, tmp_path_factory):
    home = tmp_path_factory.mktemp("flat")
    write(home, photos, lambda: {"broken": {"third": "cut off"}})
    return Pictures.of(Flat(home), CPU)


@pytest.mark.parametrize("fill", [0, 128])
def test_crops_are_sampled_from_pictures_of_any_size_as_opencv_does(photos, pictures, fill):
    places, affines = np.random.default_rng(0).choice([0, 1, 3], 40), list(maps())
    matrices = torch.from_numpy(np.stack([affine.matrix for affine in affines]))
    crops = pictures.sample(torch.from_numpy(places), matrices, SIZE, fill).numpy()
    assert crops.shape == (40, *SIZE, 3) and crops.dtype == np.float32
    expected = np.stack([a.warp(photos[place], SIZE, fill=fill) for a, place in zip(affines, places, strict=True)])
    assert np.abs(crops - expected).max() <= 0.52  # OpenCV's are rounded
    assert expected.std() > 10


def test_a_picture_that_could_not_be_read_is_empty(pictures):
    matrix = torch.tensor(crop_affine(Box(0, 0, 50, 60), SIZE).matrix)[None]
    crops = pictures.sample(torch.tensor([2]), matrix, SIZE, fill=9)
    assert (crops == 9).all()


def test_low_resolution_is_that_of_the_host():
    crops = np.stack([photo(SIZE, seed) for seed in range(4)])
    change = Shrunk(np.array([1, 3]), np.array([[23, 17], [60, 45]]))
    made = changed(torch.from_numpy(crops).float(), (change,)).numpy()
    np.testing.assert_array_equal(made[[0, 2]], crops[[0, 2]])
    for row, factor in ((1, 17 / 48), (3, 45 / 48)):
        sample = Sample(crops[row], COCO_17, SIZE, Box(0, 0, 9, 9), np.zeros((17, 3)), np.ones(17), crop=crops[row])
        expected = LowResolution().apply(sample, factor).crop
        assert np.abs(made[row] - expected).max() <= 1.5  # rounded twice there
        assert np.abs(made[row] - crops[row]).max() > 3


def test_rectangles_cover_what_they_say():
    crops = torch.full((2, *SIZE, 3), 77.0)
    rectangles = np.array([[[4, 6, 10, 20], [0, 0, 0, 0]], [[30, 40, 18, 24], [2, 3, 8, 8]]])
    colors = np.array([[[1, 2, 3], [9, 9, 9]], [[5, 5, 5], [200, 100, 50]]], np.uint8)
    change = Covers(rectangles, colors, np.array([[False, False], [True, False]]), seed=4)
    made = changed(crops, (change,)).numpy()
    expected = np.full((*SIZE, 3), 77.0)
    expected[6:26, 4:14] = [1, 2, 3]
    np.testing.assert_array_equal(made[0], expected)
    np.testing.assert_array_equal(made[1, 3:11, 2:10], np.broadcast_to([200.0, 100, 50], (8, 8, 3)))
    noise = made[1, 40:64, 30:48]
    assert noise.std() > 60 and noise.min() >= 0 and noise.max() <= 255 and (noise == np.rint(noise)).all()
    expected = np.full((*SIZE, 3), 77.0)
    expected[3:11, 2:10], expected[40:64, 30:48] = [200, 100, 50], noise
    np.testing.assert_array_equal(made[1], expected)
    np.testing.assert_array_equal(changed(crops, (change,)).numpy(), made)  # the same seed, the same noise


def test_changes_happen_in_their_order():
    crops = torch.full((1, *SIZE, 3), 100.0)
    brighter = Lights(np.array([[1, 50, 1, 1, 1, 0]], np.float32))
    cover = Covers(np.array([[[0, 0, 48, 64]]]), np.zeros((1, 1, 3), np.uint8), np.array([[False]]), seed=0)
    assert (changed(crops, (cover, brighter)) == 50).all()
    assert (changed(crops, (brighter, cover)) == 0).all()
