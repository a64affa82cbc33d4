"""A walk as Python that walks it again: the drawn configuration, to take away."""

from __future__ import annotations

import json
from textwrap import wrap

import numpy as np

from apps.views.augment.asked import Asked
from hrnet import skeleton as skeletons
from hrnet.augment import Compose, Traced
from hrnet.geometry import OFFICIAL, UDP, WALKTHROUGH
from hrnet.skeleton import Skeleton

NAMED_RULES = {"OFFICIAL": OFFICIAL, "UDP": UDP, "WALKTHROUGH": WALKTHROUGH}
NAMED_SKELETONS = ("COCO_17", "MPII_16", "CROWDPOSE_14", "AP10K_17")


def written(photo: str, asked: Asked, walked: list[Traced]) -> str:
    """A script that needs the photo beside it, and gives `sample` with the same crop, target, weights and tensor.

    photo: the name of the file.
    """
    sample, preset = asked.sample, asked.preset
    fixed = Compose.fixed(walked)
    steps = [repr(step) for step in fixed.steps]
    used = sorted({type(step.step).__name__ for step in fixed.steps} | {"Compose", "Fixed", "Sample"})
    rules = [name for name, rule in NAMED_RULES.items() if repr(rule) in " ".join(steps)]
    for name in rules:
        steps = [step.replace(repr(NAMED_RULES[name]), name) for step in steps]
    named = _named(sample.skeleton)
    shown = f"Skeleton.from_dict({json.dumps(sample.skeleton.to_dict())})" if named is None else named
    plain = not asked.off and not asked.hand
    told = f"presets.{preset.name}.trace(sample, seed={asked.seed}) draws this" if plain else (
        f"begun as presets.{preset.name} with seed {asked.seed}, and changed by hand"
    )  # fmt: skip
    rows = [f"    [{', '.join(map(_short, row))}],  # {joint}" for joint, row in _rows(sample)]
    box = ", ".join(repr(float(v)) for v in sample.box.xywh)
    lines = [
        "import numpy as np",
        "",
        "from hrnet import image",
        *wrap(f"from hrnet.augment import ({', '.join(used)})", 88, subsequent_indent="    "),
        f"from hrnet.geometry import {', '.join(['Box', *rules])}",
        f"from hrnet.skeleton import {named or 'Skeleton'}",
        "",
        f"photo = image.read({photo!r})",
        "keypoints = np.array([  # x, y in photo pixels; 0 unlabeled, 1 occluded, 2 visible",
        *rows,
        "], np.float32)",
        "confidence = (keypoints[:, 2] > 0).astype(np.float32)",
        f"sample = Sample(photo, {shown}, {sample.input_size}, Box({box}), keypoints, confidence)",
        "",
        f"augment = Compose((  # {told}",
        *(f"    {step}," for step in steps),
        "))",
        "sample = augment(sample, np.random.default_rng())  # every draw is fixed above: the seed does not matter",
        "sample.crop, sample.target, sample.weights, sample.tensor",
    ]
    return "\n".join(lines) + "\n"


def _named(skeleton: Skeleton) -> str | None:
    return next((name for name in NAMED_SKELETONS if getattr(skeletons, name) == skeleton), None)


def _rows(sample):
    return zip(sample.skeleton.joints, sample.keypoints, strict=True)


def _short(value: np.float32) -> str:
    """The shortest decimal number that is this float32."""
    return np.format_float_positional(value, trim="-")
