"""The toy set: desk lamps, drawn here, for anybody who wants to walk the whole way with nothing at hand.

Some pictures have no labels, so that there is something to label and to propose; two faults are in it on purpose, so
that the doctor has something to find.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hrnet import image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, to_coco
from hrnet.geometry import Size
from hrnet.scenes.lamp import LAMP_6
from hrnet.scenes.lamp_scene import draw_lamp
from hrnet.sets import bring
from hrnet.sets.store import LabelSet, Sets

NAME = "desk lamps"
PICTURES = 40
SIZE: Size = (480, 640)  # (height, width)
SEED = 11  # came out well: look at the pictures again before it is changed

# Pictures by their numbers, from 1.
UNLABELED = (4, 9, 13, 17, 22, 26, 30, 33, 36, 40)
SAME = (7, 19)  # the second is the first once more, in another file format
SWAPPED = 34  # its left and right rim carry each other's names

NOTE = (
    f"{PICTURES} desk lamps, drawn by this program, so their joints are exact. {len(UNLABELED)} have no labels yet: "
    "label one, let the network propose the others. Two faults are in it on purpose, for the check: picture "
    f"{SAME[1]} is picture {SAME[0]} once more, and picture {SWAPPED} has left and right swapped."
)


def new(
    sets: Sets,
    name: str = NAME,
    *,
    count: int = PICTURES,
    seed: int = SEED,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> LabelSet:
    """Make the toy set, always the same one for the same seed. About 0.15 s a picture on one core.

    Args:
        count: pictures; fewer than `PICTURES` are the first of them, without the faults that lie beyond.
        progress: called with (pictures drawn, pictures in all); to stop, raise.
    Raises:
        SetError: the disk does not take it; then there is no set.
        ValueError: count is below 1.
    """
    if count < 1:
        raise ValueError(f"count is how many pictures to draw, 1 or more, got {count}")
    made = sets.create(name, LAMP_6)
    try:
        with tempfile.TemporaryDirectory() as work:
            draw(Path(work), count, seed, progress)
            bring.bring(made, Path(work))
        made.tell(note=NOTE, format="drawn")
    except BaseException:
        sets.remove(made.token)
        raise
    return made


def draw(
    folder: Path,
    count: int = PICTURES,
    seed: int = SEED,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PoseSet:
    """Draw the pictures and their labels, COCO keypoints in labels.json, into a folder.

    Picture n depends on (seed, n) alone, except the one that is there twice.
    """
    photos: list[PhotoFile] = []
    samples: list[LabeledPerson] = []
    for number in range(1, count + 1):
        same = number == SAME[1]
        scene = draw_lamp(np.random.default_rng([seed, SAME[0] if same else number]), SIZE)
        path = folder / f"lamp_{number:02d}.{'png' if same else 'jpg'}"
        image.write(path, image.read(photos[SAME[0] - 1].path) if same else scene.photo)
        photos.append(PhotoFile(number, path, size=SIZE, complete=number not in UNLABELED))
        if number not in UNLABELED:
            keypoints = scene.keypoints[0]
            if number == SWAPPED:
                keypoints = keypoints[LAMP_6.mirror]
            trust = (keypoints[:, 2] > 0).astype(np.float32)
            samples.append(LabeledPerson(len(samples) + 1, number - 1, scene.boxes[0], keypoints, trust))
        progress(number, count)
    poses = PoseSet(LAMP_6, tuple(photos), tuple(samples))
    (folder / "labels.json").write_text(json.dumps(to_coco(poses, folder)))
    return poses
