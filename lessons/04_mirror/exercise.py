"""Lesson 4, the coding exercise: carry labels into a mirror.

Fill the function in, then:  python -m lessons check 4
"""

import numpy as np  # noqa: F401  yours to use


def mirrored(keypoints, width, pairs):
    """The labels of a picture that was mirrored left to right.

    keypoints: an array (K, 3) with x, y and the visibility of every joint: 0 not labeled, 1 labeled but hidden, 2
        visible.
    width: of the picture, in pixels; x counts from 0, the center of the first pixel.
    pairs: a list of (left, right), the numbers of joints that trade names in a mirror.

    Gives a new array (K, 3): row k has the joint that is called k in the mirrored picture. What is not labeled is
    0, 0, 0.
    """
    raise NotImplementedError
