"""Lesson 12, the coding exercise: how alike two poses are.

Fill the function in, then:  python -m lessons check 12
"""

import numpy as np  # noqa: F401  yours to use


def oks(labels, predicted, area, sigmas):
    """Object keypoint similarity of a pose with the labels of a person, from 0 to 1.

    labels: an array (K, 3) with x, y and the visibility of every joint: 0 not labeled, 1 labeled but hidden, 2 visible.
    predicted: an array (K, 2) with x and y.
    area: of the person, in square pixels.
    sigmas: an array (K,), one for every joint.

    Gives the mean over the labeled joints, hidden ones too, of exp(-d**2 / (2 * area * (2 * sigma)**2)), with d the
    distance between the two places of the joint; and 0 where nothing is labeled.
    """
    raise NotImplementedError
