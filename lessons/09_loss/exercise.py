"""Lesson 9, the coding exercise: what the answers of a network cost.

Fill the function in, then:  python -m lessons check 9
"""

import numpy as np  # noqa: F401  yours to use


def joints_mse(answers, targets, weights):
    """The published loss of one person.

    answers: an array (K, h, w), the heatmaps that the network gives.
    targets: an array (K, h, w), those that it should give.
    weights: an array (K,), one for every joint: 0 where it is not labeled, 1, or more where it counts more.

    Gives half the mean of the squared differences over all pixels of all K maps, where both maps of a joint are
    multiplied by its weight before they are compared.
    """
    raise NotImplementedError
