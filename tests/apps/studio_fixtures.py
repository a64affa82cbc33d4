"""A tiny network with drawn numbers instead of trained ones, and a person finder that finds two boxes in one photo."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

import hrnet
from hrnet.finder.center import CHANNELS
from hrnet.geometry import OFFICIAL
from hrnet.skeleton import COCO_17
from hrnet.spec import W8, ModelSpec
from hrnet.weights import Figure, Metadata, published_shapes, save

FIGURE = Figure("AP", 4.5, "nothing", "given", False, True, "tests/apps/conftest.py")
# Spread of the last layer's answers, so that boxes are neither points nor the whole photo, and scores from 0 to 1.
FINDER_HEAD, POSE_HEAD = 0.15, 0.018
FOUND = 2  # people that the finder finds in the photo


def drawn(spec: ModelSpec, channels: int, head: float = 1) -> dict[str, np.ndarray]:
    """Numbers that follow from the names of the tensors; convolutions keep the spread of what passes them."""
    tensors = {}
    for name, shape in published_shapes(spec, channels).items():
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        if name.endswith("num_batches_tracked"):
            tensors[name] = np.ones(shape, np.int64)
        elif len(shape) > 1:
            gain = head if name.startswith("final_layer") else 1
            tensors[name] = rng.normal(0, gain * np.sqrt(1 / np.prod(shape[1:])), shape).astype(np.float32)
        else:
            plain = np.zeros if name.endswith(("bias", "running_mean")) else np.ones
            tensors[name] = plain(shape, np.float32)
    return tensors


@pytest.fixture(scope="session")
def photo() -> np.ndarray:
    """Blobs of color, uint8 (240, 320, 3)."""
    import cv2

    coarse = np.random.default_rng(5).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (320, 240), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="session")
def weights(tmp_path_factory, photo) -> dict[str, Path]:
    """The files "pose" and "finder"; the threshold of the finder is set between its second and third box."""
    folder = tmp_path_factory.mktemp("weights")
    paths = {role: folder / f"{role}.safetensors" for role in ("pose", "finder")}
    pose = Metadata("pose", W8, COCO_17, (64, 64), OFFICIAL, figures=(FIGURE,))
    save(paths["pose"], drawn(W8, 17, POSE_HEAD), pose)
    tensors = drawn(W8, CHANNELS, FINDER_HEAD)
    finder = {"role": "finder", "spec": W8, "input_size": (64, 64), "decoder": "center"}
    save(paths["finder"], tensors, Metadata(**finder, threshold=0.0))
    scores = [box.score for box in hrnet.finder.open(str(paths["finder"]))([photo])[0]]
    assert len(scores) > FOUND and scores[FOUND - 1] > scores[FOUND]
    threshold = float(np.mean(scores[FOUND - 1 : FOUND + 1]))
    save(paths["finder"], tensors, Metadata(**finder, threshold=threshold))
    return paths


@pytest.fixture(scope="session")
def estimator(weights) -> hrnet.Estimator:
    return hrnet.load(weights["pose"], finder=str(weights["finder"]))
