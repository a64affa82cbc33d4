"""A set on disk with one fault of each of several kinds, for the doctor's page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from made_beasts import SIZE, beasts, changed, swapped

from hrnet.data import PoseSet, to_coco
from hrnet.sets import LabelSet, Sets, bring

PICTURES = 24
SWAPPED, OUTSIDE, COPY, OF = 5, 9, 20, 2  # places of pictures


def drawn(folder: Path, faults: bool = True) -> PoseSet:
    """Pictures of beasts drawn with lines, and their labels: of picture SWAPPED the ears are swapped, OUTSIDE has its
    tail to the right of the picture, and COPY, to be tested with, is OF, to be learned from."""
    poses = beasts(PICTURES, seed=3)
    if faults:
        poses = changed(poses, COPY, lambda keypoints: keypoints.__setitem__(..., poses.samples[OF].keypoints))
    photos = []
    for n, photo in enumerate(poses.photos):
        shown = OF if faults and n == COPY else n
        small = np.random.default_rng(shown).integers(60, 200, (6, 8, 3), np.uint8)
        pixels = cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
        points = poses.samples[shown].keypoints[:, :2].round().astype(int).tolist()
        for one, other in poses.skeleton.limbs:
            cv2.line(pixels, points[one], points[other], (20, 20, 30), 9, cv2.LINE_AA)
        path = folder / f"beast_{n:02d}.{'bmp' if faults and n == COPY else 'jpg'}"
        cv2.imwrite(str(path), pixels[..., ::-1])
        if path.suffix == ".bmp":  # the pixels of the other one, in another format
            cv2.imwrite(str(path), cv2.imread(str(folder / f"beast_{OF:02d}.jpg")))
        photos.append(replace(photo, path=path, id=n + 1, split="val" if n >= 18 else "train"))
    poses = replace(poses, photos=tuple(photos))
    if faults:
        outside = [SIZE[1] + 30, 200, 2]
        poses = changed(swapped(poses, SWAPPED, 0), OUTSIDE, lambda keypoints: keypoints.__setitem__(6, outside))
    return poses


def kept(sets: Sets, folder: Path, faults: bool = True) -> LabelSet:
    """The same as a set; its boxes are as drawn."""
    folder.mkdir()
    poses = drawn(folder, faults)
    (folder / "labels.json").write_text(json.dumps(to_coco(poses, folder)))
    made, _ = bring.new(sets, [folder], "beasts")
    made.set_split({id: photo.split for id, photo in zip(made.pictures, poses.photos, strict=True)})
    made.set_skeleton(poses.skeleton, None)
    return made
