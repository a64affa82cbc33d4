import hashlib

import numpy as np
import pytest
import torch
import torchvision

from hrnet.finder.rcnn import CLASSES, TorchvisionFinder, build, persons
from hrnet.weights import Entry, Metadata, WeightsError

NAME = "ssdlite320_mobilenet_v3_large"  # the smallest of the three


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return torchvision.models.detection.ssdlite320_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=CLASSES
    ).state_dict()


def test_persons_are_sorted_and_other_classes_and_low_scores_left_out():
    found = {
        "boxes": np.array([[0, 0, 10, 20], [5, 5, 9, 9], [1, 2, 31, 62], [0, 0, 5, 5], [3, 3, 3, 9]], np.float32),
        "labels": np.array([1, 18, 1, 1, 1]),
        "scores": np.array([0.6, 0.99, 0.9, 0.2, 0.8], np.float32),
    }
    boxes = persons(found, threshold=0.5)
    assert [tuple(box.xywh) for box in boxes] == [(1, 2, 30, 60), (0, 0, 10, 20)]
    assert [round(box.score, 2) for box in boxes] == [0.9, 0.6]


def test_a_detector_from_the_offline_folder_looks_at_photos_of_any_size(state, tmp_path, monkeypatch):
    file = tmp_path / "ssdlite.pth"
    torch.save(state, file)
    entry = Entry(NAME, file.name, Metadata(role="detector"), sha256=hashlib.sha256(file.read_bytes()).hexdigest()[:8])
    monkeypatch.setenv("HRNET_OFFLINE_DIR", str(tmp_path))
    finder = TorchvisionFinder(entry, device="cpu", threshold=0.0)
    rng = np.random.default_rng(0)
    photos = [rng.integers(0, 256, size, np.uint8) for size in ((120, 160, 3), (64, 48, 3))]
    found = finder(photos)
    assert len(found) == 2
    for photo, boxes in zip(photos, found, strict=True):
        height, width = photo.shape[:2]
        assert all(box.x >= 0 and box.y >= 0 and box.x + box.w <= width and box.y + box.h <= height for box in boxes)
        assert [box.score for box in boxes] == sorted((box.score for box in boxes), reverse=True)
    assert finder(photos, threshold=1.1) == [[], []]


def test_weights_of_another_detector_are_refused_in_one_line(state):
    with pytest.raises(WeightsError, match=f"does not hold {NAME}") as caught:
        build(NAME, {f"other.{key}": value for key, value in state.items()})
    assert "\n" not in str(caught.value)
