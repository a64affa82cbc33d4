"""Tiny pictures for sets that tests write in each tool's own layout."""

import numpy as np

from hrnet import image

HEIGHT, WIDTH = 60, 80


def photo(path, height=HEIGHT, width=WIDTH):
    """A gray picture with one pixel by which no two are copies of each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((height, width, 3), 128, np.uint8)
    place = sum(map(ord, str(path))) % (height * width)
    pixels[place // width, place % width] = 255
    image.write(path, pixels)
    return path


def joints(poses, person=0):
    """The labeled joints of a person by name: x, y, visibility, rounded to a thousandth."""
    keypoints = poses.samples[person].keypoints.astype(float).round(3).tolist()
    return {name: tuple(point) for name, point in zip(poses.joints, keypoints, strict=True) if point[2]}


def told(lines, text):
    """Whether exactly one line says so."""
    return sum(text in line for line in lines) == 1
