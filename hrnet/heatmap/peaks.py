"""Decoding: from heatmaps to keypoints, a highest pixel and a step from there to where the joint must be."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np


def decode(heatmaps: np.ndarray, kind: str = "quarter", kernel: int = 11) -> np.ndarray:
    """Find the joint in every heatmap.

    Args:
        heatmaps: (N, K, h, w), one map per joint, near 1 where the joint is.
        kind: "argmax" stays on the highest pixel; "quarter" goes a quarter of a pixel toward the larger neighbor on
            each axis (official); "dark" and "udp" fit a parabola to the logarithm of the blurred map.
        kernel: side of the blur in heatmap pixels, odd; only "dark" and "udp" blur. Published: 11, but 17 in mmpose
            0.x at 384x288.

    Returns:
        float32 (N, K, 3): x and y in heatmap pixels, and the raw height of the peak, which is no probability.

    Raises:
        ValueError: heatmaps does not have four axes with at least one pixel, kind is unknown, or kernel is even.

    Sources: get_max_preds and get_final_preds in lib/core/inference.py of leoxiaobin/deep-high-resolution-net.pytorch;
        the same file of ilovepose/DarkPose (arXiv 1910.06278); refine_keypoints_dark_udp in
        mmpose/codecs/utils/refinement.py of open-mmlab/mmpose 1.x (arXiv 1911.07524), whose border and scale differ
        from the UDP-Pose repository's own `post`.

    Quirks kept from there: a map without a positive value gives (0, 0); equal peaks give the first in reading order;
    no step next to the border, for "quarter" from columns and rows 0, 1 and last, for "dark" from the two outermost on
    every side; nothing limits the length of a "dark" or "udp" step, which on a map of noise can leave the map.
    """
    heatmaps = np.asarray(heatmaps, np.float32)
    if heatmaps.ndim != 4 or 0 in heatmaps.shape[2:]:
        raise ValueError(f"heatmaps must have shape (N, K, h, w), got {heatmaps.shape}; one crop's are heatmaps[None]")
    if kind not in KINDS:
        raise ValueError(f"there is no decoder {kind!r}; choose one of {', '.join(KINDS)}")
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"kernel must be an odd number of pixels from 1, got {kernel}")
    n, k, h, w = heatmaps.shape
    maps = np.ascontiguousarray(heatmaps).reshape(n * k, h, w)
    highest = maps.reshape(n * k, h * w).argmax(axis=1)
    y, x = np.divmod(highest, w)

    keypoints = np.empty((n * k, 3), np.float32)
    keypoints[:, 0], keypoints[:, 1] = x, y
    keypoints[:, 2] = maps[np.arange(n * k), y, x]
    keypoints[:, :2] += KINDS[kind](maps, x, y, kernel)
    keypoints[keypoints[:, 2] <= 0, :2] = 0
    return keypoints.reshape(n, k, 3)


# Each step below takes maps (M, h, w), the highest pixels x (M,), y (M,) and the kernel, and gives (M, 2) or zero.


def _stay(maps: np.ndarray, x: np.ndarray, y: np.ndarray, kernel: int) -> float:
    return 0.0


def _quarter_step(maps: np.ndarray, x: np.ndarray, y: np.ndarray, kernel: int) -> np.ndarray:
    h, w = maps.shape[1:]
    i = np.flatnonzero((x > 1) & (x < w - 1) & (y > 1) & (y < h - 1))
    x, y = x[i], y[i]
    step = np.zeros((len(maps), 2))
    step[i, 0] = np.sign(maps[i, y, x + 1] - maps[i, y, x - 1])
    step[i, 1] = np.sign(maps[i, y + 1, x] - maps[i, y - 1, x])
    return 0.25 * step


def _dark_step(maps: np.ndarray, x: np.ndarray, y: np.ndarray, kernel: int) -> np.ndarray:
    h, w = maps.shape[1:]
    step = _newton_step(*(DARK @ _log_blurred(maps, x, y, kernel, reach=2, low=1e-10, high=np.inf)))
    inside = (x > 1) & (x < w - 2) & (y > 1) & (y < h - 2)
    return step * inside[:, None]


def _udp_step(maps: np.ndarray, x: np.ndarray, y: np.ndarray, kernel: int) -> np.ndarray:
    dx, dy, dxx, dyy, dxy = UDP @ _log_blurred(maps, x, y, kernel, reach=1, low=1e-3, high=50.0)
    return _newton_step(dx, dy, dxx + EPSILON, dyy + EPSILON, dxy)


EPSILON = np.finfo(np.float32).eps  # mmpose's, so that every matrix of second differences has an inverse

KINDS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray | float]] = {
    "argmax": _stay,
    "quarter": _quarter_step,
    "dark": _dark_step,
    "udp": _udp_step,
}


def _stencils(dx: object, dxx: object, dxy: object) -> np.ndarray:
    """(5, pixels): dx, dy, dxx, dyy and dxy of a square of pixels in reading order; dy is dx seen across."""
    dx, dxx, dxy = (np.array(stencil, float) for stencil in (dx, dxx, dxy))
    return np.stack([dx, dx.T, dxx, dxx.T, dxy]).reshape(5, -1)


DARK = _stencils(
    dx=np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, -1, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]) / 2,
    dxx=np.array([[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 0, -2, 0, 1], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]) / 4,
    dxy=np.array([[0, 0, 0, 0, 0], [0, 1, 0, -1, 0], [0, 0, 0, 0, 0], [0, -1, 0, 1, 0], [0, 0, 0, 0, 0]]) / 4,
)
UDP = _stencils(
    dx=np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]]) / 2,
    dxx=[[0, 0, 0], [1, -2, 1], [0, 0, 0]],
    dxy=np.array([[1, -1, 0], [-1, 2, -1], [0, -1, 1]]) / 2,  # one diagonal, corrected by the axes: as published
)


def _newton_step(dx: np.ndarray, dy: np.ndarray, dxx: np.ndarray, dyy: np.ndarray, dxy: np.ndarray) -> np.ndarray:
    """(M, 2): from the peak to the extremum of the parabola with these derivatives; zero where it has none."""
    determinant = dxx * dyy - dxy * dxy
    determinant[determinant == 0] = np.inf
    step = np.empty((len(dx), 2))
    step[:, 0] = (dxy * dy - dyy * dx) / determinant
    step[:, 1] = (dxy * dx - dxx * dy) / determinant
    return step


def _log_blurred(
    maps: np.ndarray, x: np.ndarray, y: np.ndarray, kernel: int, *, reach: int, low: float, high: float
) -> np.ndarray:
    """The logarithm of the blurred maps around their peaks: (pixels, M), a square of 2 reach + 1 in reading order.

    As published: zeros around the map, the blur scaled back to the old maximum, then limited to `low`..`high`; pixels
    beyond the border repeat the nearest one inside. Only the window that the result depends on is blurred, which gives
    what blurring everything gives, but for a factor that no difference of logarithms sees.
    """
    count, h, w = maps.shape
    outside, offsets, nearest, at_border = _windows(h, w, reach, kernel // 2)
    at = y * w + x
    places = np.arange(0, maps.size, h * w)[:, None] + at[:, None] + offsets
    windows = maps.take(places, mode="clip")
    np.copyto(windows, 0, where=outside[at])
    blurred = _blur_matrix(kernel, reach) @ windows.T

    # A blur never raises the maximum, so scaling back means enlarging: only a value under `low` or a peak over `high`
    # can meet a limit. The factor, which takes the blur of the whole map, is computed for those maps alone.
    peak = windows[:, offsets.size // 2]
    if blurred.min(initial=np.inf) < low or peak.max(initial=-np.inf) > high:
        for i in np.flatnonzero((blurred.min(axis=0) < low) | (peak > high)):
            highest = cv2.GaussianBlur(maps[i], (kernel, kernel), 0, borderType=cv2.BORDER_CONSTANT).max()
            if highest > 0:
                blurred[:, i] *= peak[i] / highest
        blurred = blurred.clip(low, high)
    logarithms = np.log(blurred, dtype=np.float64)
    if at_border[at].any():
        logarithms = logarithms[nearest[at].T, np.arange(count)]
    return logarithms


@lru_cache(maxsize=4)
def _windows(h: int, w: int, reach: int, margin: int) -> tuple[np.ndarray, ...]:
    """Of the square windows of `reach + margin` around each of the h * w pixels of a map, what does not depend on the
    map's values, each as pixels in reading order:

    Returns:
        outside (h * w, window), which pixels of the window lie outside of the map; offsets (window,), how far they lie
        from the middle in memory; nearest (h * w, square), for the square of `reach` in the middle which of its pixels
        inside the map is nearest to each, and at_border (h * w,), whether that is not always the pixel itself.
    """
    window, steps = np.arange(-reach - margin, reach + margin + 1), np.arange(-reach, reach + 1)
    y, x = (axis.reshape(-1, 1) for axis in np.mgrid[:h, :w])
    rows, columns = y + window, x + window
    inside = ((rows >= 0) & (rows < h))[:, :, None] & ((columns >= 0) & (columns < w))[:, None, :]
    row, column = (y + steps).clip(0, h - 1) - y + reach, (x + steps).clip(0, w - 1) - x + reach
    nearest = (row[:, :, None] * steps.size + column[:, None, :]).reshape(h * w, -1)
    tables = (
        ~inside.reshape(h * w, -1),
        (window[:, None] * w + window).ravel(),
        nearest,
        (nearest != np.arange(steps.size**2)).any(axis=1),
    )
    for table in tables:
        table.flags.writeable = False
    return tables


@lru_cache(maxsize=16)
def _blur_matrix(kernel: int, reach: int) -> np.ndarray:
    """float32 (blurred pixels, window pixels): both passes of the Gaussian blur around a peak, as one product.

    The weights are those that cv2.GaussianBlur takes for a sigma of 0, which is how the published decoders call it: a
    Gaussian of sigma .3 ((kernel - 1) / 2 - 1) + .8, but up to 9 pixels OpenCV's fixed table, which is not quite one:
    with the Gaussian at kernel 7, keypoints differ from the published ones by up to .02 px.
    """
    weights = cv2.getGaussianKernel(kernel, 0).ravel()
    side = 2 * reach + 1
    band = np.zeros((side, side + kernel - 1))
    for i in range(side):
        band[i, i : i + kernel] = weights
    matrix = np.kron(band, band).astype(np.float32)
    matrix.flags.writeable = False
    return matrix
