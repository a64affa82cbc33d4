"""How the exercise of lesson 4 is judged."""

from __future__ import annotations

import numpy as np

from hrnet.geometry import Affine
from hrnet.skeleton import COCO_17
from lessons.grading import Case, Exercise

JOINTS = len(COCO_17)


def order(pairs):
    """Which joint stands in each row after a mirror."""
    rows = np.arange(JOINTS)
    for left, right in pairs:
        rows[[left, right]] = rows[[right, left]]
    return rows


def absent_zeroed(keypoints):
    return keypoints * (keypoints[:, 2:] > 0)


def mirrored(keypoints, width, pairs):
    """By the library's own mirror."""
    return absent_zeroed(Affine.mirror(width).apply(keypoints)[order(pairs)])


def kept_names(keypoints, width, pairs):
    return mirrored(keypoints, width, [])


def unmoved(keypoints, width, pairs):
    """Names trade places, pixels do not."""
    return absent_zeroed(keypoints[order(pairs)])


def width_minus_x(keypoints, width, pairs):
    return mirrored(keypoints, width + 1, pairs)


def places_only(keypoints, width, pairs):
    """x and y trade places, the visibility stays where it was."""
    moved = Affine.mirror(width).apply(keypoints)
    moved[:, :2] = moved[order(pairs), :2]
    return absent_zeroed(moved)


def absent_moved(keypoints, width, pairs):
    """0, 0, 0 is taken for a joint in the corner."""
    return Affine.mirror(width).apply(keypoints)[order(pairs)]


def overwritten(keypoints, width, pairs):
    """left = right; right = left: what was on the left is gone before it is used."""
    moved = absent_zeroed(Affine.mirror(width).apply(keypoints))
    for left, right in pairs:
        moved[left] = moved[right]
        moved[right] = moved[left]
    return moved


def upside_down(keypoints, width, pairs):
    """y is mirrored instead of x."""
    moved = np.array(keypoints, float)[order(pairs)]
    moved[:, 1] = width - 1 - moved[:, 1]
    return absent_zeroed(moved)


def person(seed, visibility=2):
    """Labels somewhere in a crop of 192x256 pixels; visibility: of all joints, or of each."""
    places = np.random.default_rng(seed).uniform((10, 10), (180, 245), (JOINTS, 2)).round(1)
    return absent_zeroed(np.column_stack([places, np.broadcast_to(visibility, JOINTS)]))


PAIRS = [list(pair) for pair in COCO_17.flip_pairs]

EXERCISE = Exercise(
    "mirrored",
    mirrored,
    (
        Case("everybody", (person(1), 192, PAIRS)),
        Case("odd", (person(2), 193, PAIRS)),
        Case("hidden", (person(3, [2] * 7 + [1, 2] * 5), 192, PAIRS)),
        Case("absent", (person(4, [2] * 9 + [0, 2] * 4), 192, PAIRS)),
        Case("upper", (person(5, [2] * 11 + [0] * 6), 192, PAIRS)),
        Case("unpaired", (person(6), 640, [])),
    ),
    {
        "kept_names": kept_names,
        "unmoved": unmoved,
        "width_minus_x": width_minus_x,
        "places_only": places_only,
        "absent_moved": absent_moved,
        "overwritten": overwritten,
        "upside_down": upside_down,
    },
)
