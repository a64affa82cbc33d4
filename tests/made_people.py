"""Photos with made-up people: a colored disc at every joint, so that a very small network learns them in seconds."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from hrnet import image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, to_coco
from hrnet.geometry import Box
from hrnet.skeleton import COCO_17, Skeleton

# COCO's joints of somebody who stands, in fractions of the height, x around the middle.
STANDING = np.array(
    [
        *([0, 0.07], [0.03, 0.04], [-0.03, 0.04], [0.06, 0.06], [-0.06, 0.06]),
        *([0.12, 0.2], [-0.12, 0.2], [0.19, 0.35], [-0.19, 0.35], [0.22, 0.48], [-0.22, 0.48]),
        *([0.08, 0.52], [-0.08, 0.52], [0.1, 0.74], [-0.1, 0.74], [0.11, 0.96], [-0.11, 0.96]),
    ]
)


def color(joint: int, joints: int) -> tuple[int, ...]:
    hue = np.uint8([[[179 * joint // joints, 255 if joint % 2 else 170, 255]]])
    return tuple(int(v) for v in cv2.cvtColor(hue, cv2.COLOR_HSV2RGB)[0, 0])


def draw(rng: np.random.Generator, size: tuple[int, int], people: int) -> tuple[np.ndarray, np.ndarray]:
    """A gray photo of that size (height, width) with people side by side: uint8 (H, W, 3), float32 (people, 17, 3)."""
    height, width = size
    photo = np.repeat(rng.integers(60, 110, (*size, 1), np.uint8), 3, axis=2)
    keypoints = np.full((people, 17, 3), 2, np.float32)
    for i in range(people):
        tall = height * rng.uniform(0.7, 0.9)
        middle = (i + 0.5) * width / people
        joints = (STANDING + rng.normal(0, 0.02, STANDING.shape)) * tall + [middle, height * 0.05]
        keypoints[i, :, :2] = np.clip(np.round(joints), 2, [width - 3, height - 3])
        for joint, (x, y) in enumerate(keypoints[i, :, :2].astype(int).tolist()):
            cv2.circle(photo, (x, y), max(2, int(tall / 28)), color(joint, 17), -1)
    return photo, keypoints


def made_set(
    folder: Path,
    photos: Sequence[tuple[int, str, str, int]],
    size: tuple[int, int] = (96, 96),
    seed: int = 0,
    skeleton: Skeleton = COCO_17,
) -> PoseSet:
    """Photos in one archive per source, and people.json.gz, in the form of the people set that the recipes read.

    Args:
        photos: id, source, split and number of people of each.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    files, samples = [], []
    for key, source, split, people in photos:
        photo, keypoints = draw(rng, size, people)
        archive = folder / f"{source}.zip"
        with zipfile.ZipFile(archive, "a") as members:
            members.writestr(f"{key:05d}.png", image.encode(photo, "png"))
        for points in keypoints:
            box = Box.around(points, margin=0.08)
            samples.append(LabeledPerson(len(samples) + 1, len(files), box, points, np.ones(17, np.float32)))
        files.append(PhotoFile(key, archive, f"{key:05d}.png", size, source, split))
    poses = PoseSet(skeleton, tuple(files), tuple(samples))
    content = json.dumps(to_coco(poses, folder)).encode()
    (folder / "people.json.gz").write_bytes(gzip.compress(content))
    return poses
