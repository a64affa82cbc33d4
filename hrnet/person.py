"""What the estimator says about one person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrnet.geometry import Box


@dataclass(frozen=True, eq=False)
class Person:
    """One found person.

    keypoints: float32 (K, 3): x and y in photo pixels, and the raw height of the heatmap's peak, which is no
        probability: it may pass 1 or be negative.
    score: the box's score times the mean of the keypoint scores above .2.
    id: the same person keeps it across the frames of a video; None in a photo.
    """

    box: Box
    keypoints: np.ndarray
    score: float
    id: int | None = None

    def to_dict(self) -> dict[str, object]:
        """The form in predict's JSON."""
        values: dict[str, object] = {
            "box": [round(v, 2) for v in self.box.xywh.tolist()],
            "score": round(self.score, 4),
            "keypoints": [
                [round(float(v), digits) for v, digits in zip(row, (2, 2, 4), strict=True)] for row in self.keypoints
            ],
        }
        if self.id is not None:
            values["id"] = self.id
        return values
