"""How the exercise of lesson 1 is judged."""

from __future__ import annotations

from hrnet.geometry import PADDING, Box, padded_sides
from lessons.grading import Case, Exercise


def seen(x, y, w, h, input_size):
    """As the library does it; `Box` raises ValueError for a box without a width or a height."""
    box = Box(x, y, w, h)
    return around(box, *padded_sides(box, tuple(input_size)))


def around(box, w, h):
    x, y = box.center
    return x - w / 2, y - h / 2, w, h


def stretched(x, y, w, h, input_size):
    return around(Box(x, y, w, h), PADDING * w, PADDING * h)


def unpadded(x, y, w, h, input_size):
    _, _, width, height = seen(x, y, w, h, input_size)
    return around(Box(x, y, w, h), width / PADDING, height / PADDING)


def from_corner(x, y, w, h, input_size):
    return x, y, *seen(x, y, w, h, input_size)[2:]


def swapped(x, y, w, h, input_size):
    return seen(x, y, w, h, input_size[::-1])


def shrunk(x, y, w, h, input_size):
    """The longer side is cut down to the proportions, where the shorter one should grow."""
    aspect = input_size[1] / input_size[0]
    return around(Box(x, y, w, h), PADDING * min(w, aspect * h), PADDING * min(h, w / aspect))


def clipped(x, y, w, h, input_size):
    left, top, width, height = seen(x, y, w, h, input_size)
    return max(left, 0), max(top, 0), width + min(left, 0), height + min(top, 0)


def unchecked(x, y, w, h, input_size):
    """A box without extent passes for one pixel."""
    return seen(x, y, max(w, 1e-9), max(h, 1e-9), input_size)


EXERCISE = Exercise(
    "seen",
    seen,
    (
        Case("fitting", (100, 50, 96, 128, (256, 192))),
        Case("wide", (20, 200, 300, 90, (256, 192))),
        Case("high", (250.5, 40.25, 60, 400, (256, 192))),
        Case("square", (80, 90, 120, 200, (256, 256))),
        Case("border", (0, 0, 150, 220, (256, 192))),
        Case("no_width", (30, 40, 0, 100, (256, 192))),
        Case("no_height", (30, 40, 100, 0, (384, 288))),
    ),
    {
        "stretched": stretched,
        "unpadded": unpadded,
        "from_corner": from_corner,
        "swapped": swapped,
        "shrunk": shrunk,
        "clipped": clipped,
        "unchecked": unchecked,
    },
    tolerance=1e-3,
)
