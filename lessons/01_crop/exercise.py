"""Lesson 1, the coding exercise: what part of the photo does the network see?

Fill the function in, then:  python -m lessons check 1
"""


def seen(x, y, w, h, input_size):
    """The rectangle of the photo that becomes the crop.

    x, y, w, h: the person's box in photo pixels: left, top, width, height.
    input_size: (height, width) of the crop, such as (256, 192).

    Gives (left, top, width, height) in photo pixels: the box with its shorter side grown until it has the crop's
    proportions, then enlarged 1.25 times, all around its center. It may reach beyond the photo.
    Raises ValueError for a box without a width or without a height.
    """
    raise NotImplementedError
