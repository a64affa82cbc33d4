"""PCK and PCKh: the share of joints that lie near enough to where people marked them."""

from __future__ import annotations

import numpy as np

from hrnet.skeleton import MPII_16

# lib/dataset/mpii.py of leoxiaobin/deep-high-resolution-net.pytorch, evaluate
HEAD_SHARE = 0.6  # SC_BIAS: the head's size is this share of the diagonal of its box
FINE_THRESHOLD = 0.11  # its "Mean@0.1" reads row 11 of a table with the thresholds 0.00, 0.01, ...
ROWS = {
    "Head": ("head_top",),
    **{part.capitalize(): (f"left_{part}", f"right_{part}") for part in ("shoulder", "elbow", "wrist")},
    **{part.capitalize(): (f"left_{part}", f"right_{part}") for part in ("hip", "knee", "ankle")},
}
NOT_IN_MEAN = ("pelvis", "thorax")

# Two published figures go by the name "PCKh@0.1": what was measured at row 11 (official and its descendants: 37.7 for
# W32) and at a tenth (mmpose: 33.4). They must not be compared.
TENTHS = {"Mean@0.1 (official, measured at 0.11)": FINE_THRESHOLD, "Mean@0.1 (mmpose, measured at 0.10)": 0.1}


def pck(predicted: np.ndarray, annotated: np.ndarray, size: np.ndarray, threshold: float = 0.2) -> np.ndarray:
    """The share of each joint's labelled points that were found within `threshold * size`.

    Args:
        predicted: (N, K, 2 or more), x and y in the frame of the annotation.
        annotated: (N, K, 3); joints with visibility 0 are left out.
        size: (N,), what a distance is measured in, in pixels: PCK takes the longer side of the person's box.
    Returns:
        (K,) from 0 to 1; NaN for a joint that nobody labelled, so `np.nanmean` gives the mean over joints.
    Raises:
        ValueError: the shapes do not belong together, or a size is not above 0.
    """
    near, labelled = _near(predicted, annotated, size, (threshold,))
    return _share(near[0].sum(axis=0), labelled.sum(axis=0))


def pckh(
    predicted: np.ndarray, annotated: np.ndarray, head_boxes: np.ndarray, threshold: float = 0.5
) -> dict[str, float]:
    """MPII's table: PCK measured in head sizes, in percent.

    Args:
        predicted: (N, 16, 2 or more) and annotated (N, 16, 3), in the order of MPII_16 and in one frame: MPII's own
            files count pixels from 1, so take 1 from their coordinates or add it to both.
        head_boxes: (N, 4): x, y, width, height of the head.
    Returns:
        "Head", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle": left and right averaged; "Mean" over all points
        except pelvis and thorax; "Mean@0.1": the published figure of that name, which is measured at 0.11 (a quirk,
        kept for comparison; `pckh(..., threshold=0.1)["Mean"]` is what the name says). NaN where nothing is labelled.
    Raises:
        ValueError: the shapes do not belong together, or a head box is empty.
    Source: evaluate in lib/dataset/mpii.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    right, marked = _within_heads(predicted, annotated, head_boxes, (threshold, FINE_THRESHOLD))
    shares = 100 * _share(right[0], marked)
    table = {row: float(np.mean([shares[MPII_16.index(name)] for name in names])) for row, names in ROWS.items()}
    return table | {"Mean": _mean(right[0], marked), "Mean@0.1": _mean(right[1], marked)}


def pckh_per_joint(
    predicted: np.ndarray, annotated: np.ndarray, head_boxes: np.ndarray, threshold: float = 0.5
) -> dict[str, float]:
    """PCKh of each of the 16 joints by name, in percent; NaN where nobody labeled it. Args, raises: as in `pckh`."""
    right, marked = _within_heads(predicted, annotated, head_boxes, (threshold,))
    return dict(zip(MPII_16.joints, (100 * _share(right[0], marked)).tolist(), strict=True))


def pckh_at_a_tenth(predicted: np.ndarray, annotated: np.ndarray, head_boxes: np.ndarray) -> dict[str, float]:
    """The mean by both conventions of "@0.1", each under its name (TENTHS), in percent. Args, raises: as in `pckh`."""
    right, marked = _within_heads(predicted, annotated, head_boxes, tuple(TENTHS.values()))
    return {name: _mean(row, marked) for name, row in zip(TENTHS, right, strict=True)}


def _within_heads(
    predicted: np.ndarray, annotated: np.ndarray, head_boxes: np.ndarray, thresholds: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """How many points of each joint are near enough, (thresholds, K), and how many are labelled, (K,)."""
    boxes = np.asarray(head_boxes, np.float64)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"head_boxes are (N, 4): x, y, width, height, got shape {boxes.shape}")
    if np.shape(annotated)[1:] != (len(MPII_16), 3):
        raise ValueError(f"PCKh is defined on MPII's 16 joints, (N, 16, 3), got {np.shape(annotated)}; use pck")
    head_sizes = HEAD_SHARE * np.hypot(boxes[:, 2], boxes[:, 3])
    near, labelled = _near(predicted, annotated, head_sizes, thresholds)
    return near.sum(axis=1), labelled.sum(axis=0)


def _mean(right: np.ndarray, marked: np.ndarray) -> float:
    """Percent of all points except pelvis and thorax."""
    meant = [i for i, name in enumerate(MPII_16.joints) if name not in NOT_IN_MEAN]
    return float(100 * _share(right[meant].sum(), marked[meant].sum()))


def _near(
    predicted: np.ndarray, annotated: np.ndarray, size: np.ndarray, thresholds: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Which labelled points are near enough, (thresholds, N, K), and which are labelled at all, (N, K)."""
    predicted, annotated, size = (np.asarray(values, np.float64) for values in (predicted, annotated, size))
    if annotated.ndim != 3 or annotated.shape[2] != 3:
        raise ValueError(f"annotated keypoints are (N, K, 3): x, y, visibility, got {annotated.shape}")
    if predicted.ndim != 3 or predicted.shape[:2] != annotated.shape[:2] or predicted.shape[2] < 2:
        raise ValueError(
            f"predicted {predicted.shape} does not fit annotated {annotated.shape}: give (N, K, 2 or more)"
        )
    if size.shape != annotated.shape[:1] or not (size > 0).all():
        raise ValueError(f"there must be {len(annotated)} sizes above 0, one per person, got {size.tolist()}")
    labelled = annotated[:, :, 2] > 0
    distance = np.linalg.norm(predicted[:, :, :2] - annotated[:, :, :2], axis=2) / size[:, None]
    return (distance <= np.reshape(thresholds, (-1, 1, 1))) & labelled, labelled


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
