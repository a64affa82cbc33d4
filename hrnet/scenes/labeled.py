"""A labeled set of drawn people, for machines that have no data set and as a share of a training mix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hrnet import image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, read_coco, to_coco
from hrnet.files import replacing
from hrnet.geometry import Size
from hrnet.scenes.scene import draw_scene
from hrnet.skeleton import COCO_17, Skeleton

LABELS = "labels.json"


def draw_set(
    folder: Path,
    count: int,
    seed: int = 0,
    size: Size = (480, 640),
    skeleton: Skeleton = COCO_17,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PoseSet:
    """Draw `count` scenes into a folder, JPEG photos and COCO labels; a folder that has them already is only read.

    Scene i depends on (seed, i) alone. About 150 ms a scene on one core. Every tenth scene is of the split "val", the
    others of "train".

    Args:
        progress: called with (scenes drawn, scenes in all).
    Raises:
        ValueError: the folder holds something else.
    """
    labels = folder / LABELS
    asked = {"count": count, "seed": seed, "size": list(size), "joints": list(skeleton.joints)}
    if labels.is_file():
        drawn = json.loads(labels.read_text()).get("drawn")
        if drawn != asked:
            raise ValueError(f"{folder} holds other drawn scenes ({drawn}); choose another folder, or delete it")
        return read_coco(labels, skeleton=skeleton)
    folder.mkdir(parents=True, exist_ok=True)
    photos: list[PhotoFile] = []
    samples: list[LabeledPerson] = []
    for number in range(count):
        scene = draw_scene(np.random.default_rng([seed, number]), size, skeleton=skeleton)
        path = folder / f"{number:06d}.jpg"
        image.write(path, scene.photo)
        split = "val" if number % 10 == 9 else "train"
        photos.append(PhotoFile(number + 1, path, size=size, source="drawn", split=split))
        for box, keypoints in zip(scene.boxes, scene.keypoints, strict=True):
            trust = (keypoints[:, 2] > 0).astype(np.float32)
            samples.append(LabeledPerson(len(samples) + 1, number, box, keypoints, trust))
        progress(number + 1, count)
    values = to_coco(PoseSet(skeleton, tuple(photos), tuple(samples)), folder) | {"drawn": asked}
    with replacing(labels) as part:  # written last: a folder with labels is a whole set
        part.write_text(json.dumps(values))
    return read_coco(labels, skeleton=skeleton)
