"""A desk without a front end: it holds one photo and keeps what it was given to show."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from apps.views import inside
from apps.views.inside.runs import runs_of
from hrnet.geometry import OFFICIAL, Box
from hrnet.image import ImageError
from hrnet.places import cuts
from hrnet.skeleton import COCO_17
from hrnet.spec import ModelSpec
from hrnet.weights import Metadata, published_shapes, save

torch.set_num_threads(1)

LITTLE = ModelSpec("little", width=8, stem=16, bottleneck=8, stage1_blocks=1, modules=(1, 2, 2), blocks=1)
SIZE = (128, 96)


class Desk:
    """What `apps.views.inside.Desk` asks for."""

    def __init__(self, weights: str, photos: dict[str, np.ndarray]) -> None:
        self.model = SimpleNamespace(weights=weights, version=0)
        self.photos, self.pictures, self.files, self.reads = photos, [], {}, 0

    def photo(self, token: str) -> np.ndarray:
        self.reads += 1
        if token not in self.photos:
            raise ImageError("this photo is no longer here; choose it again")
        return self.photos[token]

    def picture(self, pixels: np.ndarray, kind: str) -> str:
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3 and kind in ("png", "jpeg")
        self.pictures.append(pixels)
        return f"/pictures/{len(self.pictures) - 1}"

    def hand_out(self, content: bytes, kind: str) -> str:
        url = f"/pictures/file-{len(self.files)}"
        self.files[url] = content
        return url


@pytest.fixture(scope="session")
def pose_file(tmp_path_factory):
    """A network whose weights let every place matter."""
    rng = np.random.default_rng(3)
    tensors = {}
    for name, shape in published_shapes(LITTLE, 17).items():
        if name.endswith("num_batches_tracked"):
            tensors[name] = np.ones(shape, np.int64)
        elif len(shape) > 1:
            tensors[name] = rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)
        elif name.endswith(("running_var", ".weight")):
            tensors[name] = rng.uniform(0.5, 1.2, shape).astype(np.float32)
        else:
            tensors[name] = rng.normal(0, 0.1, shape).astype(np.float32)
    path = tmp_path_factory.mktemp("inside") / "little.safetensors"
    save(path, tensors, Metadata("pose", LITTLE, COCO_17, SIZE, OFFICIAL))
    return str(path)


@pytest.fixture
def desk(pose_file):
    return Desk(pose_file, {"one": np.random.default_rng(1).integers(0, 256, (150, 200, 3), np.uint8)})


@pytest.fixture
def runs(pose_file):
    return runs_of(pose_file)


@pytest.fixture
def ask(desk):
    """Asks about the one person of the one photo."""

    def question(kind: str, **values: object) -> dict:
        return inside.answer(desk, {"ask": kind, **question.common, **values}, lambda share: None)

    question.desk, question.common = desk, {"photo": "one", "box": [40, 20, 80, 110]}
    return question


@pytest.fixture
def run_of(desk, runs):
    """The run behind such a question."""

    def run(*cut: str):
        names = tuple(cuts(LITTLE, cut))
        return runs.get("one", lambda: desk.photo("one"), Box(40, 20, 80, 110), names, lambda share: None)

    return run
