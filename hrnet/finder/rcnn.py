"""Person finding by torchvision's COCO detectors: slower by far than the embedded finder, and better. Needs torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torchvision

from hrnet import device as devices
from hrnet import weights
from hrnet.geometry import Box
from hrnet.weights import WeightsError

PERSON = 1  # COCO's category among torchvision's classes
CLASSES = 91  # of the published COCO heads, background included
THRESHOLD = 0.5  # box score; the published demo of HRNet asks for .9 and misses many


class TorchvisionFinder:
    """A detector of the catalogue behind the interface of all person finders.

    Raises:
        WeightsError: the file cannot be fetched, or is not that detector's.
        ValueError: there is no such device.
    """

    def __init__(self, entry: weights.Entry, device: str | None = None, threshold: float = THRESHOLD) -> None:
        self.name, self.threshold, self.device = entry.name, threshold, devices.choose(device)
        state = weights.read_checkpoint(weights.fetch(entry))
        self.model = build(entry.name, state).to(self.device)

    @torch.inference_mode()
    def __call__(self, photos: Sequence[np.ndarray], threshold: float | None = None) -> list[list[Box]]:
        limit = self.threshold if threshold is None else threshold
        return [persons(self._look(photo), limit) for photo in photos]

    def _look(self, photo: np.ndarray) -> dict[str, np.ndarray]:
        # one at a time: the detectors pad a batch to its largest photo, which costs more than it saves
        values = torch.from_numpy(np.ascontiguousarray(photo)).to(self.device).permute(2, 0, 1) / 255
        (found,) = self.model([values])
        return {name: value.float().cpu().numpy() for name, value in found.items()}


def build(name: str, state: dict[str, torch.Tensor]) -> torch.nn.Module:
    """The detector with its weights, ready to look; nothing is fetched."""
    model = getattr(torchvision.models.detection, name)(weights=None, weights_backbone=None, num_classes=CLASSES)
    try:
        model.load_state_dict(state)
    except (RuntimeError, AttributeError, TypeError) as error:
        raise WeightsError(f"the file does not hold {name}: {str(error).splitlines()[0]}") from error
    return model.eval()


def persons(found: dict[str, np.ndarray], threshold: float) -> list[Box]:
    """The persons among what a detector found (boxes as x1, y1, x2, y2; labels; scores), best first."""
    keep = (found["labels"] == PERSON) & (found["scores"] >= threshold)
    corners, scores = found["boxes"][keep], found["scores"][keep]
    order = np.argsort(-scores, kind="stable")
    return [
        Box(float(x1), float(y1), float(x2 - x1), float(y2 - y1), float(score))
        for (x1, y1, x2, y2), score in zip(corners[order], scores[order], strict=True)
        if x2 > x1 and y2 > y1
    ]
