"""Something in front of a person. The joints behind it stay labeled, so the network learns to infer them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet.augment.step import Sample

Patch = tuple[int, int, int, int, int, int]


@dataclass(frozen=True)
class LimbOcclusion:
    """A piece of the photo itself, an ellipse, pasted over a place on a limb: arms behind a bag, legs behind a chair.

    Unlike the flat or noisy rectangles of `CoarseDropout` it has the texture of the scene, or of the person, and it
    lies where it hurts. Source: arXiv 1808.09316 (pasted objects beside plain shapes, for pose) and arXiv 1803.09894
    (patches of the photo over keypoints).
    """

    p: float = 0.3
    smallest: float = 0.1  # of the crop's height, each axis of the ellipse
    largest: float = 0.3

    def draw(self, rng: np.random.Generator, sample: Sample) -> Patch | None:
        """Left, top, width, height of what is hidden, and left, top of what is pasted, in crop pixels; or nothing."""
        happens, along = rng.random() < self.p, rng.random()
        sides = rng.uniform(self.smallest, self.largest, 2) * sample.input_size[0]
        which, source = rng.random(), rng.random(2)
        joints = sample.crop_keypoints
        height, width = sample.input_size
        limbs = [
            (a, b) for a, b in sample.skeleton.limbs if all(_inside(joints[end], sample.input_size) for end in (a, b))
        ]
        if not happens or not limbs:
            return None
        a, b = limbs[int(which * len(limbs))]
        center = joints[a, :2] + along * (joints[b, :2] - joints[a, :2])
        w, h = np.clip(np.rint(sides), 1, [width, height]).astype(int).tolist()
        x, y = np.clip(np.rint(center - np.array([w, h]) / 2), 0, [width - w, height - h]).astype(int).tolist()
        from_x, from_y = (source * [width - w + 1, height - h + 1]).astype(int).tolist()
        return x, y, w, h, from_x, from_y

    def apply(self, sample: Sample, choice: Patch | None) -> Sample:
        if choice is None:
            return sample
        x, y, w, h, from_x, from_y = choice
        crop = sample.crop.copy()
        across, down = ((2 * np.arange(side) + 1) / side - 1 for side in (w, h))  # pixel centers from -1 to 1
        ellipse = np.hypot(across, down[:, None]) <= 1
        crop[y : y + h, x : x + w][ellipse] = sample.crop[from_y : from_y + h, from_x : from_x + w][ellipse]
        return replace(sample, crop=crop)


def _inside(joint: np.ndarray, size: tuple[int, int]) -> bool:
    return bool(joint[2] > 0 and 0 <= joint[0] <= size[1] - 1 and 0 <= joint[1] <= size[0] - 1)
