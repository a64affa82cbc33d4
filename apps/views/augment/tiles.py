"""The ribbon: what every step left behind, as numbers and pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from apps.views.augment.asked import Asked, drawn, half_of, part_of
from hrnet.augment import LabelWeights, Normalize, Preset, Sample, Target, Traced, Warp
from hrnet.heatmap.targets import KINDS

Look = Callable[[np.ndarray, str], str]


def tiles(asked: Asked, walked: list[Traced], look: Look) -> dict[str, Any]:
    """
    Returns:
        preset: see `settings`; seed; size: [height, width] of the crop; choices: see `choices`; drawn: the same, where
            nothing is off and no hand was there.
        tiles: "half", "affine", "flip", "heat" and "tensor", each with "affine", 2x3, from photo pixels to the tile's;
            "points" there, [[x, y, visibility], ...], in the network's places; "box", in the photo; "url", a picture.
            That of "heat" has all maps side by side, gray level 255 at height 1; that of "tensor" goes from the lowest
            number to the highest.
        joints: for every place "joint", which label stands there, "weight", and "peak", the height of its map.
        levels: "low", "high", and "mean" and "std" of each channel of the tensor.
    """
    last = walked[-1].sample
    half = _before(asked, walked, ("scale", "rotation", "shift", "flip"))
    before_flip = _before(asked, walked, ("flip",))
    untouched = replace(asked, off=frozenset(), hand={})
    return {
        "preset": settings(asked.preset, last),
        "seed": asked.seed,
        "size": list(last.input_size),
        "choices": choices(asked, walked),
        "drawn": choices(untouched, untouched.walk()),
        "tiles": {
            "half": _tile(half, look(_crop(half), "png")),
            "affine": _tile(before_flip, look(_crop(before_flip), "png")),
            "flip": _tile(last, look(last.crop, "png")),
            "heat": _heat(asked.preset, last, look),
            "tensor": _tile(last, look(_as_picture(last.tensor), "png")),
        },
        "joints": joints(last),
        "levels": {
            "low": float(last.tensor.min()),
            "high": float(last.tensor.max()),
            "mean": last.tensor.mean(axis=(1, 2)).tolist(),
            "std": last.tensor.std(axis=(1, 2)).tolist(),
        },
    }


def compared(asked: Asked, look: Look) -> dict[str, Any]:
    """What a preset makes of given choices: its settings, the crop that the network sees, what each joint counts."""
    walked = asked.walk()
    last = walked[-1].sample
    return {
        "preset": settings(asked.preset, last),
        "choices": choices(asked, walked),
        "tile": _tile(last, look(last.crop, "png")),
        "joints": joints(last),
    }


def settings(preset: Preset, sample: Sample) -> dict[str, Any]:
    """What the browser has to know of a preset to preview it, and what the page tells of it.

    "half", "scale", "rotation" and "flip" have the fields of their steps, and as "step" the name of their class.
    """
    steps = preset.compose(sample.input_size).steps
    labels = next((step for step in steps if isinstance(step, LabelWeights)), LabelWeights(joint=False))
    target = next(step for step in steps if isinstance(step, Target))
    normalize = next(step for step in steps if isinstance(step, Normalize))
    return {
        "name": preset.name,
        "rule": preset.rule.name,
        "source": preset.source,
        "target": vars(target),
        "weights": vars(labels),
        "normalize": vars(normalize),
        **{part: {"step": type(step).__name__, **vars(step)} for step in steps if (part := part_of(step))},
    }


def choices(asked: Asked, walked: list[Traced]) -> dict[str, Any]:
    """By part, in the words of a page's hand, what happened; "joints" are those of the half. Without what is off."""
    said = drawn(walked)
    return {**said, "half": half_of(asked, walked), "joints": list(said["half"])} if "half" in said else said


def joints(sample: Sample) -> list[dict[str, Any]]:
    peaks = sample.target.max(axis=(1, 2))
    return [
        {"joint": int(joint), "weight": float(weight), "peak": float(peak)}
        for joint, weight, peak in zip(sample.order, sample.weights, peaks, strict=True)
    ]


def points(keypoints: np.ndarray) -> list[list[float]]:
    """[[x, y, visibility], ...]; joints without a label are at 0, 0."""
    return np.where(keypoints[:, 2:] > 0, keypoints, 0).tolist()


def _before(asked: Asked, walked: list[Traced], parts: tuple[str, ...]) -> Sample:
    """The sample before the first of these parts, or before the warp."""
    sample = asked.sample
    for state in walked:
        if isinstance(state.step, Warp) or part_of(state.step) in parts:
            break
        sample = state.sample
    return sample


def _crop(sample: Sample) -> np.ndarray:
    return Warp().apply(sample, None).crop


def _tile(sample: Sample, url: str) -> dict[str, Any]:
    return {
        "affine": sample.affine.matrix.tolist(),
        "points": points(sample.crop_keypoints),
        "box": sample.box.xywh.tolist(),
        "url": url,
    }


def _heat(preset: Preset, sample: Sample, look: Look) -> dict[str, Any]:
    maps = sample.target  # (K, h, w)
    count, h, w = maps.shape
    to_heatmap = KINDS[preset.kind].rule.heatmap_to_crop(sample.input_size, (h, w)).inverse()
    atlas = np.rint(255 * maps.transpose(1, 0, 2).reshape(h, count * w)).astype(np.uint8)
    return {
        "affine": (to_heatmap @ sample.affine).matrix.tolist(),
        "points": points(to_heatmap.apply(sample.crop_keypoints)),
        "box": sample.box.xywh.tolist(),
        "url": look(np.repeat(atlas[..., None], 3, axis=2), "png"),
    }


def _as_picture(tensor: np.ndarray) -> np.ndarray:
    """float (3, H, W) as uint8 (H, W, 3): its lowest number black, its highest white."""
    low, high = tensor.min(), tensor.max()
    return np.rint(255 * (tensor.transpose(1, 2, 0) - low) / max(high - low, 1e-6)).astype(np.uint8)
