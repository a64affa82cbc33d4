"""The road to a training example against the published one, and its last steps on the device against those in numpy."""

from pathlib import Path

import numpy as np
import pytest
import torch

from hrnet import heatmap
from hrnet.augment import Compose, Sample, Target, Warp
from hrnet.augment.batch import gaussian_targets, normalize
from hrnet.geometry import Box
from hrnet.skeleton import COCO_17
from hrnet.weights.checkpoint import IMAGENET_MEAN, IMAGENET_STD

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def published():
    with np.load(GOLDEN / "pipeline_val.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def walked(published):
    """The same photo, box and joints through our validation pipeline."""
    width, height = published["input_wh"].tolist()
    x, y, w, h = published["box_xywh"].tolist()
    start = Sample(
        photo=np.ascontiguousarray(published["image_bgr"][..., ::-1]),
        skeleton=COCO_17,
        input_size=(height, width),
        box=Box(x, y, w, h),
        keypoints=np.column_stack([published["joints"][:, :2], published["vis"][:, 0]]).astype(np.float32),
        confidence=np.ones(17, np.float32),
    )
    return Compose((Warp(), Target(sigma=2)))(start, np.random.default_rng(0))


def test_the_network_gets_the_published_pixels(published, walked):
    (pixels,) = normalize(torch.from_numpy(walked.crop)[None], IMAGENET_MEAN, IMAGENET_STD).numpy()
    gray_level = 1 / (255 * min(IMAGENET_STD))
    np.testing.assert_allclose(pixels[:, ::3, ::3], published["input_sub"], atol=1.01 * gray_level)
    assert np.mean(np.abs(pixels[:, ::3, ::3] - published["input_sub"]) < 1e-5) > 0.99
    np.testing.assert_allclose(pixels.mean(axis=(1, 2)), published["input_channel_mean"], atol=1e-4)
    np.testing.assert_allclose(pixels.std(axis=(1, 2)), published["input_channel_std"], atol=1e-4)


def test_joints_targets_and_weights_are_the_published_ones(published, walked):
    seen = published["vis"][:, 0] > 0
    np.testing.assert_allclose(walked.crop_keypoints[seen, :2], published["joints_in_input"][seen, :2], atol=1e-3)
    np.testing.assert_allclose(walked.target, published["target"], atol=1e-6)
    np.testing.assert_array_equal(walked.weights, published["target_weight"][:, 0])


def test_the_target_decodes_to_the_published_coordinates(published, walked):
    seen = published["vis"][:, 0] > 0
    points = heatmap.decode(walked.target[None], "quarter")[0]
    to_crop = walked.rule.heatmap_to_crop((128, 96), (32, 24))
    back = (walked.affine.inverse() @ to_crop).apply(points)
    np.testing.assert_allclose(back[seen, :2], published["decoded_image_xy"][seen], atol=1e-3)


@pytest.mark.parametrize("kind", ["rounded", "unbiased", "udp"])
@pytest.mark.parametrize(("input_size", "sigma"), [((128, 96), 1.5), ((256, 192), 2.0), ((64, 128), 3.0)])
def test_targets_on_the_device_are_those_of_encode(kind, input_size, sigma):
    rng = np.random.default_rng(0)
    height, width = input_size
    keypoints = rng.uniform(-50, max(input_size) + 50, (6, 17, 3)).astype(np.float32)
    keypoints[..., 2] = rng.integers(0, 3, (6, 17))
    borders = [-4 * (3 * sigma + 1), -2, 0, 1.9, 2.1, width - 2.1, width - 1, width + 12 * sigma - 3]
    keypoints[0, : len(borders), 0] = borders
    keypoints[0, : len(borders), 1:] = height / 2, 2
    pixels, drawn = gaussian_targets(
        torch.from_numpy(keypoints[..., :2]), torch.from_numpy(keypoints[..., 2]), input_size, sigma, kind
    )
    for person, joints in enumerate(keypoints):
        expected, weights = heatmap.encode(joints, input_size, sigma, kind)
        np.testing.assert_allclose(pixels[person].numpy(), expected, atol=2e-6)
        np.testing.assert_array_equal(drawn[person].numpy(), weights)
    assert 10 < drawn.sum() < 6 * 17


def test_coordinates_of_unlabeled_joints_are_not_read_on_the_device_either():
    keypoints = torch.full((1, 2, 2), torch.nan)
    keypoints[0, 1] = 20
    pixels, drawn = gaussian_targets(keypoints, torch.tensor([[0.0, 1.0]]), (64, 64), 2.0, "udp")
    assert drawn.tolist() == [[0, 1]] and pixels.isfinite().all() and pixels[0, 0].sum() == 0


def test_normalizing_is_the_published_arithmetic_in_channels_last_order():
    crops = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (2, 5, 7, 3), np.uint8))
    normalized = normalize(crops, IMAGENET_MEAN, IMAGENET_STD)
    expected = (crops.numpy() / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(normalized.numpy(), expected.transpose(0, 3, 1, 2), atol=1e-6)
    assert normalized.dtype == torch.float32 and normalized.is_contiguous(memory_format=torch.channels_last)
