"""Lesson 5, the coding exercise: draw the target of one joint.

Fill the function in, then:  python -m lessons check 5
"""

import numpy as np  # noqa: F401  yours to use


def gaussian_target(x, y, sigma, size):
    """The heatmap that a network should answer for one joint, as the published code draws it ("rounded").

    x, y: the joint, in crop pixels; a heatmap pixel is 4 crop pixels.
    sigma: of the Gaussian, in heatmap pixels.
    size: (height, width) of the heatmap, such as (64, 48).

    Gives (heatmap, weight): an array of that size with the value 1 at the heatmap pixel nearest to the joint, falling
    off around it as exp(-d**2 / (2 * sigma**2)), and 0 farther than 3 sigma along either axis. The weight is 1.0; where
    the whole patch of 3 sigma lies outside, the heatmap is empty and the weight 0.0.
    """
    raise NotImplementedError
