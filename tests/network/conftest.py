import json
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from hrnet.network import HRNet
from hrnet.spec import W32, W48, ModelSpec

GOLDEN = Path(__file__).parents[1] / "golden"
SEED = 20190227  # of every draw of the golden arrays, see golden/README.md

torch.set_num_threads(1)  # these networks are small; on busy cores a second thread mostly waits for the first


def draw(name: str, *more: int) -> np.random.Generator:
    return np.random.default_rng([SEED, zlib.crc32(name.encode()), *more])


def fill(network: HRNet) -> HRNet:
    """Weights that are a pure function of the published key names."""
    for key, tensor in network.state_dict().items():
        shape, generator = tuple(tensor.shape), draw(key)
        if key.endswith("num_batches_tracked"):
            values = np.ones(shape)
        elif key.endswith("running_var"):
            values = generator.uniform(0.8, 1.2, shape)
        elif tensor.ndim == 4:
            values = generator.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape)
        elif key.endswith(".weight"):
            values = generator.uniform(0.3, 0.6, shape)
        else:  # running_mean and every bias
            values = generator.normal(0, 0.1, shape)
        tensor.copy_(torch.from_numpy(np.asarray(values)))
    return network.eval()


@pytest.fixture(scope="session")
def golden_numbers() -> dict:
    return json.loads((GOLDEN / "network.json").read_text())


@pytest.fixture(scope="session")
def golden_arrays() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "network.npz") as arrays:
        return dict(arrays)


@pytest.fixture(scope="session")
def golden_draw() -> Callable[..., torch.Tensor]:
    """Normally distributed input, float32, that a name and numbers decide."""
    return lambda name, shape, *more: torch.from_numpy(draw(name, *more).normal(0, 1, shape).astype(np.float32))


@pytest.fixture(scope="session")
def golden_target() -> torch.Tensor:
    return torch.from_numpy(draw("train-target").uniform(0, 1, (2, 17, 16, 16)).astype(np.float32))


@pytest.fixture(scope="session")
def filled_w32() -> HRNet:
    """Shared by the session; a test that trains copies it first."""
    return fill(HRNet(W32, joints=17))


@pytest.fixture(scope="session")
def filled_w48() -> HRNet:
    return fill(HRNet(W48, joints=17))


@pytest.fixture(scope="session")
def little() -> ModelSpec:
    """All stages, branches and kinds of edges in little."""
    return ModelSpec("little", width=8, stem=16, bottleneck=8, stage1_blocks=2, modules=(1, 3, 2), blocks=1)


@pytest.fixture(scope="session")
def small(little) -> HRNet:
    """A little network with weights that let every place matter; shared by the session."""
    return fill(HRNet(little, joints=5))
