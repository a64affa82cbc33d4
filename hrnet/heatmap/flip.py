"""The flip test: the network also looks into the mirror, and both answers are averaged as heatmaps."""

from __future__ import annotations

import numpy as np

from hrnet.skeleton import Skeleton


def flip_back(heatmaps: np.ndarray, skeleton: Skeleton, shift: bool) -> np.ndarray:
    """Turn the heatmaps of mirrored crops into those of the crops themselves, ready to be averaged with them.

    Args:
        heatmaps: (N, K, h, w), what the network answered to the mirrored crops.
        skeleton: K joints; left and right trade places.
        shift: move the result one heatmap pixel to the right; column 0 is kept, so it then stands there twice. A
            heatmap pixel k of the official crop means the crop pixel 4k, the mirror of which, W - 1 - 4k, is not a
            multiple of 4: mirrored back it lies 3/4 of a heatmap pixel too far left, after the shift 1/4 too far
            right. `CropRule.flip_shift` says whether a rule needs it; under UDP the mirror is exact.

    Returns:
        (N, K, h, w), a new array.

    Raises:
        ValueError: heatmaps does not have four axes, or not one map per joint.

    Source: flip_back in lib/utils/transforms.py and validate in lib/core/function.py (SHIFT_HEATMAP) of
        leoxiaobin/deep-high-resolution-net.pytorch.
    """
    heatmaps = np.asarray(heatmaps)
    if heatmaps.ndim != 4 or heatmaps.shape[1] != len(skeleton):
        raise ValueError(
            f"heatmaps must have shape (N, {len(skeleton)}, h, w) for the skeleton {skeleton.name!r}, "
            f"got {heatmaps.shape}"
        )
    mirrored = heatmaps[..., ::-1]
    kept, moved = int(shift), heatmaps.shape[3] - int(shift)  # columns
    result = np.empty(heatmaps.shape, heatmaps.dtype)
    for joint, other in enumerate(skeleton.mirror):  # written once, where it belongs: a copy of all maps costs more
        result[:, joint, :, :kept] = mirrored[:, other, :, :kept]
        result[:, joint, :, kept:] = mirrored[:, other, :, :moved]
    return result
