"""Who is where in a photo. Every finder is called alike: `finder(photos) -> list of list of Box`, best first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from hrnet import weights
from hrnet.geometry import Box
from hrnet.weights import WeightsError

__all__ = ["PersonFinder", "open"]


class PersonFinder(Protocol):
    """Boxes of persons, by score, in photo pixels."""

    threshold: float  # the lowest score that makes a person

    def __call__(self, photos: Sequence[np.ndarray], threshold: float | None = None) -> list[list[Box]]: ...


def open(name: str = "default", *, engine: str | None = None, device: str | None = None) -> PersonFinder:
    """Make a person finder ready to run.

    Args:
        name: "default" (embedded), a torchvision detector of the catalogue (fetched if the machine does not have it),
            a file, or the run folder of a training.
        engine, device: as in `hrnet.engine.open`; torchvision's detectors need torch.
    Raises:
        WeightsError: nothing of that name, or it cannot be fetched or read.
    """
    found = weights.resolve(name, role="finder")
    if isinstance(found, weights.Entry) and found.metadata.role == "detector":
        from hrnet.finder.rcnn import TorchvisionFinder

        return TorchvisionFinder(found, device=device)
    return _center(name, engine, device)


def _center(name: str, engine: str | None, device: str | None) -> PersonFinder:
    from hrnet import engine as engines
    from hrnet.finder.center import CHANNELS, CenterFinder

    tensors, metadata = weights.load(name, role="finder")
    if metadata.threshold is None or metadata.input_size is None:
        raise WeightsError(f"the person finder {name} does not say its input size and threshold; train it again")
    network = engines.open(
        metadata.spec, tensors, CHANNELS, metadata.input_size, metadata.mean, metadata.std, name=engine, device=device
    )
    return CenterFinder(network, metadata.input_size, metadata.threshold)
