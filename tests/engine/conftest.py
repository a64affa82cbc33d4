"""Networks whose every place matters, and what they answer when torch runs them as they are written."""

from __future__ import annotations

import zlib
from functools import cache

import numpy as np
import pytest
import torch

import hrnet.engine
from hrnet.network import HRNet
from hrnet.spec import ModelSpec

SEED = 20190227  # weights are a pure function of the published key names, as in tests/golden/README.md
# Every kind of layer once or twice, and none of the sizes of the family: compiling a larger network takes a second.
TINY = ModelSpec("tiny", width=4, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 1, 2), blocks=1)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, which the published code uses


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Small passes gain nothing from more, and on a busy machine torch's threads wait for each other for seconds."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Case:
    """One network three ways: as torch module, as arrays, and as any engine over those arrays."""

    def __init__(self, spec: ModelSpec, joints: int) -> None:
        self.spec, self.joints = spec, joints
        self.network = HRNet(spec, joints).eval()
        self.weights = {key: draw(key, tuple(t.shape)) for key, t in self.network.state_dict().items()}
        self.network.load_state_dict({key: torch.tensor(array) for key, array in self.weights.items()})

    def open(self, name: str | None, input_size: tuple[int, int] = (64, 64), **wishes: object) -> hrnet.engine.Engine:
        """A new engine, with the wishes of one test."""
        given = {"weights": self.weights, "joints": self.joints, "device": "cpu", **wishes}
        return hrnet.engine.open(self.spec, input_size=input_size, mean=MEAN, std=STD, name=name, **given)

    @cache  # noqa: B019 (a handful of cases live as long as the session)
    def engine(self, name: str, input_size: tuple[int, int] = (64, 64)) -> hrnet.engine.Engine:
        """One engine for all tests that only run it."""
        return self.open(name, input_size)

    @torch.inference_mode()
    def expected(self, crops: np.ndarray) -> np.ndarray:
        pixels = torch.tensor(crops).permute(0, 3, 1, 2).contiguous() / 255
        mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
        return self.network((pixels - mean) / std).numpy()


def draw(key: str, shape: tuple[int, ...]) -> np.ndarray:
    generator = np.random.default_rng([SEED, zlib.crc32(key.encode())])
    if key.endswith("num_batches_tracked"):
        return np.ones(shape, np.int64)
    if key.endswith("running_var"):
        values = generator.uniform(0.8, 1.2, shape)
    elif len(shape) == 4:
        values = generator.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
    elif key.endswith(".weight"):
        values = generator.uniform(0.3, 0.6, shape)
    else:  # running_mean and every bias
        values = generator.normal(0, 0.1, shape)
    return values.astype(np.float32)


@pytest.fixture(scope="session")
def case():
    """case(spec=TINY, joints=17) -> Case; tests must not change it."""
    return cache(lambda spec=TINY, joints=17: Case(spec, joints))


@pytest.fixture
def crops():
    """crops(count, (H, W)) -> uint8 noise, another picture for every place in the batch."""
    return lambda count, size=(64, 64): np.random.default_rng(7).integers(0, 256, (count, *size, 3), dtype=np.uint8)


@pytest.fixture
def assert_same():
    """Equal within a part of the range of the expected heatmaps."""

    def check(heatmaps: np.ndarray, expected: np.ndarray, part: float = 1e-5) -> None:
        assert heatmaps.dtype == np.float32
        np.testing.assert_allclose(heatmaps, expected, rtol=0, atol=part * np.ptp(expected))

    return check
