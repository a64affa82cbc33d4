"""Runs of the network, seen everywhere: one per photo, person and cuts, kept for the next click."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from hrnet import weights
from hrnet.engine.torch_engine import filled, fold
from hrnet.geometry import Affine, Box
from hrnet.network.probe import probe
from hrnet.topdown import TopDown
from hrnet.weights import Metadata

KEPT_BYTES = 400_000_000  # of all runs together; one of W16-small at 256x192 has 20 MB, one of W48 at 384x288 270 MB
KEPT_SECONDS = 1800  # what was made of a visitor's photo goes after this, as the photo does

Key = tuple[str, tuple[float, ...], tuple[str, ...]]  # photo, box, cuts


@dataclass(frozen=True, eq=False)
class Run:
    """What one crop became at every place of the network."""

    key: Key
    crop: np.ndarray  # uint8 (H, W, 3) RGB
    affine: Affine  # photo pixels -> crop pixels
    seen: dict[str, np.ndarray]  # float32 (C, h, w) of every place
    mirrored: np.ndarray  # float32 (K, h, w), the heatmaps of the mirrored crop, still mirrored

    @property
    def cut(self) -> frozenset[str]:
        return frozenset(self.key[2])

    @property
    def heatmaps(self) -> np.ndarray:
        return self.seen["head"]

    @property
    def bytes(self) -> int:
        return self.mirrored.nbytes + self.crop.nbytes + sum(array.nbytes for array in self.seen.values())


class Runs:
    """The network in torch, in float32 on the processor, and its latest runs.

    Batch norms are folded into their convolutions, as in `TorchEngine`: a third of the time, and the same numbers but
    for their last digits. One run at a time: a second one would only take turns with it on the same cores.
    """

    def __init__(self, tensors: dict[str, np.ndarray], metadata: Metadata) -> None:
        self.metadata = metadata
        self.network = fold(filled(metadata.spec, metadata.joints, tensors))
        self.topdown = TopDown(self._no_engine, metadata)  # for its crops and its decoding
        self.alone = threading.Lock()  # held by whoever runs the network
        self._kept: OrderedDict[Key, tuple[float, Run]] = OrderedDict()
        self._keeping = threading.Lock()

    def get(
        self, photo: str, read: Callable[[], np.ndarray], box: Box, cut: tuple[str, ...], say: Callable[[float], None]
    ) -> Run:
        """The run, from memory where it was made before.

        Args:
            photo: what names the photo; `read` gives its pixels, uint8 (H, W, 3), and is called only for a new run.
            cut: names from `hrnet.places.cuts`, in their order.
        Raises:
            ValueError: the box lies outside of the photo; whatever `read` raises.
        """
        key = (photo, tuple(box.xywh.tolist()), cut)
        if kept := self._recall(key):
            return kept
        say(0.0)
        with self.alone:
            if kept := self._recall(key):  # somebody else's question made it while this one waited
                return kept
            run = self._run(key, read(), box)
        with self._keeping:
            self._kept[key] = (time.monotonic(), run)
            # Two stay whatever their size: the run with the cuts, and the whole one that it is compared with.
            while len(self._kept) > 2 and sum(one.bytes for _, one in self._kept.values()) > KEPT_BYTES:
                self._kept.popitem(last=False)
        say(1.0)
        return run

    def input_of(self, crops: np.ndarray) -> torch.Tensor:
        """uint8 (N, H, W, 3) RGB -> float32 (N, 3, H, W), normalized, in the network's order of colors."""
        if self.metadata.color == "BGR":
            crops = crops[..., ::-1]
        mean, std = (np.array(values, np.float32) * 255 for values in (self.metadata.mean, self.metadata.std))
        return torch.from_numpy(np.ascontiguousarray(((crops - mean) / std).transpose(0, 3, 1, 2)))

    def _run(self, key: Key, photo: np.ndarray, box: Box) -> Run:
        if not box.touches(photo.shape[:2]):
            height, width = photo.shape[:2]
            raise ValueError(f"the box {box.xywh.tolist()} lies outside of the photo of {width}x{height} pixels")
        (crop,), (affine,) = self.topdown.crop([photo], [box])
        inputs = self.input_of(np.stack([crop, crop[:, ::-1]]))
        with torch.inference_mode(), probe(self.network, keep="*", cut=key[2]) as seen:
            self.network(inputs)
        arrays = {name: tensor[0].numpy().copy() for name, tensor in seen.items()}  # copied: views keep both crops'
        return Run(key, crop, affine, arrays, seen["head"][1].numpy().copy())

    def _recall(self, key: Key) -> Run | None:
        with self._keeping:
            for old in [one for one, (made, _) in self._kept.items() if time.monotonic() - made > KEPT_SECONDS]:
                del self._kept[old]
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][1]

    @staticmethod
    def _no_engine(crops: np.ndarray) -> np.ndarray:
        raise AssertionError("the runs of this page go through its own network")


def runs_of(name: str, version: int = 0) -> Runs:
    """The runs of the weights of that name, as they were in that version.

    Raises:
        hrnet.WeightsError: as `hrnet.weights.load`.
    """
    return _runs_of(name, version)


@lru_cache(maxsize=2)  # two networks can be compared; each is as large as its weights
def _runs_of(name: str, version: int) -> Runs:
    return Runs(*weights.load(name, role="pose"))
