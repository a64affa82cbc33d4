"""How large a picture may be, and the one error that pictures raise, in one line."""

from __future__ import annotations

# One set of limits for the terminal, Python and the Studio: with them `predict` stays below 600 MB, and no upload makes
# the Studio grow by 400 MB. A process that predicts has 120 MB before it opens a photo.
MAX_PIXELS = 64_000_000  # of a photo: 192 MB, and as much again (4 bytes for each pixel of a GIF) while it is decoded
MAX_PILLOW_PIXELS = 40_000_000  # of TIFF, BMP, and what OpenCV does not read as we do: 7 bytes for each pixel
MAX_AVIF_PIXELS = 30_000_000  # 9 bytes for each pixel, and 11 with transparency
MAX_BYTES = 8 * MAX_PIXELS  # of a file: such a photo with four channels of 16 bits, stored without compression
MAX_WHOLE_BYTES = 3 * MAX_PIXELS  # of a JPEG or WebP, which is read into memory before it is decoded

DAMAGED = "the file is cut off or damaged; fetch or save it again"


class ImageError(ValueError):
    """A picture that cannot be read or written: one line that names it and says what to do."""


def check_size(width: int, height: int, kind: str | None = None) -> None:
    """To be asked of a header, before a decoder makes room for the pixels.

    Args:
        kind: of a picture that is bound by a lower limit; None: by MAX_PIXELS.
    Raises:
        ImageError: there are more.
    """
    if width * height > _limit(kind):
        raise too_large(width, height, kind)


def too_large(width: int, height: int, kind: str | None = None) -> ImageError:
    limit = f"{_limit(kind) / 1e6:.0f} megapixels"
    if kind and width * height <= MAX_PIXELS:
        return ImageError(
            f"{width} x {height} pixels are above the limit of {limit} for {kind}; save it as JPEG, or make it smaller"
        )
    return ImageError(f"{width} x {height} pixels are above the limit of {limit}; make the picture smaller")


def _limit(kind: str | None) -> int:
    return {None: MAX_PIXELS, "AVIF": MAX_AVIF_PIXELS}.get(kind, MAX_PILLOW_PIXELS)


def one_line(name: str) -> str:
    """A file's name as a message can show it: printable, and not longer than it helps."""
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    return name if len(name) <= 200 else f"{name[:100]}...{name[-97:]}"


def describe(value: object) -> str:
    """An array by its type and shape, for messages."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    return type(value).__name__ if shape is None or dtype is None else f"{dtype} {list(shape)}"
