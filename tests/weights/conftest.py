import gzip
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hrnet.geometry import OFFICIAL
from hrnet.skeleton import COCO_17
from hrnet.spec import W8
from hrnet.weights import Figure, Metadata, published_shapes

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> Path:
    """Nothing is read from, or written to, the folders of whoever runs the tests; loopback needs no proxy."""
    home = tmp_path / "home"
    monkeypatch.setenv("HRNET_HOME", str(home))
    monkeypatch.setenv("no_proxy", "*")
    for name in ("HRNET_MIRROR", "HRNET_OFFLINE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(scope="session")
def golden_shapes() -> Callable[[str], dict[str, tuple[int, ...]]]:
    """Name -> shape of the state dict of the published code, for "w32" or "w48"."""

    def read(net: str) -> dict[str, tuple[int, ...]]:
        with gzip.open(GOLDEN / f"hrnet_{net}_keys.json.gz", "rt") as file:
            return {name: tuple(shape) for name, shape in json.load(file)}

    return read


@pytest.fixture(scope="session")
def w8_tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(8)
    return {
        name: rng.normal(0, 1 / math.sqrt(max(math.prod(shape[1:]), 1)), shape).astype(np.float32)
        if shape
        else np.array(7, np.int64)
        for name, shape in published_shapes(W8, joints=17).items()
    }


@pytest.fixture
def w8_metadata() -> Metadata:
    figure = Figure("AP", 12.5, "drawn people", "annotated", flip=False, measured=True, source="a test")
    return Metadata(
        role="pose",
        spec=W8,
        skeleton=COCO_17,
        input_size=(256, 192),
        rule=OFFICIAL,
        decoder="dark",
        kernel=17,
        color="BGR",
        mean=(0.1, 0.2, 0.3),
        license="Apache-2.0",
        data="drawn people",
        figures=(figure,),
        provenance="made by a test",
    )
