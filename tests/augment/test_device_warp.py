"""The device's warp, light and floats are those of OpenCV and numpy."""

import numpy as np
import pytest
import torch
from made_views import SIZE, maps, photo

from hrnet.augment import Light, Sample
from hrnet.augment.batch import light, normalize, warp
from hrnet.augment.target import Normalize, ToTensor
from hrnet.geometry import UDP, Box, crop_affine
from hrnet.skeleton import COCO_17


@pytest.mark.parametrize("fill", [0, 128])
def test_the_warp_is_that_of_opencv_up_to_rounding(fill):
    source, affines = photo(), list(maps())
    matrices = torch.from_numpy(np.stack([affine.matrix for affine in affines])).float()
    pixels = torch.from_numpy(np.repeat(source[None], len(affines), axis=0))
    crops = warp(pixels, matrices, SIZE, fill).numpy()
    assert crops.shape == (len(affines), *SIZE, 3) and crops.dtype == np.float32
    expected = np.stack([affine.warp(source, SIZE, fill=fill) for affine in affines])
    assert np.abs(crops - expected).max() <= 0.51  # OpenCV's are rounded
    assert expected.std() > 10


def test_pictures_of_other_sizes_are_padded_without_a_trace():
    sources = [photo((90, 120)), photo((50, 70), seed=1)]
    padded = np.full((2, 90, 120, 3), 77, np.uint8)
    for place, source in zip(padded, sources, strict=True):
        place[: source.shape[0], : source.shape[1]] = source
    affine = crop_affine(Box(10, 10, 60, 70), SIZE, UDP, 30)
    crops = warp(torch.from_numpy(padded), torch.from_numpy(np.stack([affine.matrix] * 2)), SIZE, 77).numpy()
    for crop, source in zip(crops, sources, strict=True):
        assert np.abs(crop - affine.warp(source, SIZE, fill=77)).max() <= 0.51


@pytest.mark.parametrize("seed", range(6))
def test_light_on_the_device_is_that_on_the_host(seed):
    crop, step = photo(SIZE, seed), Light(p=1.0, gray=0.5)
    sample = Sample(
        crop, COCO_17, SIZE, Box(0, 0, 48, 64), np.zeros((17, 3), np.float32), np.ones(17, np.float32), crop=crop
    )
    choice = step.draw(np.random.default_rng(seed), sample)
    contrast, brightness, channels, gray = choice
    numbers = torch.tensor([[contrast, brightness, *channels, float(gray)]])
    lit = light(torch.from_numpy(crop[None]), numbers).numpy()[0]
    assert np.abs(lit - step.apply(sample, choice).crop).max() <= 1.5
    assert np.abs(lit - crop).mean() > 1


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_normalized_floats_are_those_of_the_steps(dtype):
    crops = np.stack([photo(SIZE, seed) for seed in range(3)])
    mean, std = Normalize.mean, Normalize.std
    made = normalize(torch.from_numpy(crops).to(dtype), mean, std)
    assert made.shape == (3, 3, *SIZE) and made.is_contiguous(memory_format=torch.channels_last)
    for crop, values in zip(crops, made, strict=True):
        sample = Sample(crop, COCO_17, SIZE, Box(0, 0, 9, 9), np.zeros((17, 3)), np.ones(17), crop=crop)
        expected = Normalize().apply(ToTensor().apply(sample, None), None).tensor
        np.testing.assert_allclose(values, expected, atol=1e-5)
