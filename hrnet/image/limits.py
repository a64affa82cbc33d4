"""How large a picture may be, and the one error that pictures raise, in one line."""

from __future__ import annotations

MAX_PIXELS = 64_000_000  # of a photo: 192 MB, and 370 (JPEG, WebP) to 580 MB (AVIF) while it is decoded
MAX_BYTES = 8 * MAX_PIXELS  # of a file: such a photo with four channels of 16 bits, stored without compression

DAMAGED = "the file is cut off or damaged; fetch or save it again"


class ImageError(ValueError):
    """A picture that cannot be read or written: one line that names it and says what to do."""


def check_size(width: int, height: int) -> None:
    """To be asked of a header, before a decoder makes room for the pixels.

    Raises:
        ImageError: there are more than `MAX_PIXELS`.
    """
    if width * height > MAX_PIXELS:
        raise too_large(width, height)


def too_large(width: int, height: int) -> ImageError:
    return ImageError(
        f"{width} x {height} pixels are above the limit of {MAX_PIXELS / 1e6:.0f} megapixels; make the picture smaller"
    )


def one_line(name: str) -> str:
    """A file's name as a message can show it: printable, and not longer than it helps."""
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    return name if len(name) <= 200 else f"{name[:100]}...{name[-97:]}"


def describe(value: object) -> str:
    """An array by its type and shape, for messages."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    return type(value).__name__ if shape is None or dtype is None else f"{dtype} {list(shape)}"
