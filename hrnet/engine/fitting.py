"""Do these weights belong to this network? Both engines refuse in the same words."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

NAMES_SHOWN = 3  # so many names tell where a wrong file comes from


class Fitting:
    """Hands out weights by name and remembers which were asked for."""

    def __init__(self, weights: Mapping[str, np.ndarray], network: str) -> None:
        """network: what the weights should be of, for the message."""
        self._weights, self._network = weights, network
        self._taken: set[str] = set()

    def take(self, name: str, shape: Collection[int]) -> np.ndarray:
        """
        Raises:
            ValueError: there is no such array, or it has another shape.
        """
        if name not in self._weights:
            raise self._misfit(f"there is no {name}")
        array = self._weights[name]
        if array.shape != tuple(shape):
            raise self._misfit(f"{name} has shape {array.shape} instead of {tuple(shape)}")
        self._taken.add(name)
        return array

    def close(self) -> None:
        """
        Raises:
            ValueError: some arrays were never asked for, so they were trained in another network.
        """
        left = [name for name in self._weights if name not in self._taken and not is_counter(name)]
        if left:
            more = " ..." if len(left) > NAMES_SHOWN else ""
            raise self._misfit(f"it has no {', '.join(left[:NAMES_SHOWN])}{more}")

    def _misfit(self, what: str) -> ValueError:
        return ValueError(f"these weights are not those of {self._network}: {what}")


def is_counter(name: str) -> bool:
    """A batch norm's count of training steps, which plays no part in a result and may be missing."""
    return name.endswith(".num_batches_tracked")
