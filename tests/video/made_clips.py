"""Small clips made for the tests, by PyAV alone, so that reader and writer are not tested with each other."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from hrnet.geometry import Box
from hrnet.metrics.similarity import COUNTED_SCORE
from hrnet.person import Person

CORNERS = np.array(
    [[[230, 20, 20], [20, 200, 20]], [[20, 40, 230], [220, 210, 30]]], np.uint8
)  # red green, blue yellow

# The matrix of the track header (ISO/IEC 14496-12, 8.3.2) by how far a player turns the picture clockwise: a, b, u, c,
# d, v, x, y, w. A phone held upright writes 90.
MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def four_colors(height: int = 48, width: int = 64) -> np.ndarray:
    """A photo with another color in each quarter."""
    return CORNERS.repeat(height // 2, axis=0).repeat(width // 2, axis=1)


def gray(index: int, height: int = 48, width: int = 64) -> np.ndarray:
    """A photo that says its number by its brightness: 10, 15, 20 ..."""
    return np.full((height, width, 3), 10 + 5 * index, np.uint8)


def number(photo: np.ndarray) -> int:
    """The number of a photo that `gray` made."""
    return round((float(photo.mean()) - 10) / 5)


def write_clip(
    path: Path,
    photos: Sequence[np.ndarray],
    times: Sequence[float] | None = None,
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    clockwise: int = 0,
    aspect: Fraction | None = None,
    colors: int | None = None,
    sound: str | None = None,
    key: int = 12,
) -> Path:
    """Write photos shown from these times on (every 1/30 s if not given), with a tone as sound if asked for."""
    times = [i / 30 for i in range(len(photos))] if times is None else times
    with av.open(str(path), "w", options=container or {}) as file:
        stream = file.add_stream(codec, rate=30, options=options or {"crf": "12", "b": "4M"})
        stream.height, stream.width = photos[0].shape[:2]
        stream.pix_fmt, stream.codec_context.gop_size = pix_fmt, key
        if codec != "mpeg4":  # whose clock is at most 65,535 ticks a second
            stream.time_base = stream.codec_context.time_base = Fraction(1, 90_000)
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if colors:
            stream.codec_context.colorspace = colors
        tone = file.add_stream(sound, rate=48_000, layout="mono") if sound else None
        for photo, time in zip(photos, times, strict=True):
            frame = av.VideoFrame.from_ndarray(photo, format="rgb24")
            frame = frame.reformat(format=pix_fmt, dst_colorspace="ITU709" if colors == 1 else None)
            frame.pts, frame.time_base = round(time * 90_000), Fraction(1, 90_000)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        if tone:
            samples = np.sin(np.arange(round(times[-1] * 48_000)) * 0.06).astype(np.float32)[None]
            for start in range(0, samples.shape[1] - 959, 960):
                part = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(samples[:, start : start + 960]), format="fltp", layout="mono"
                )
                part.pts, part.sample_rate, part.time_base = start, 48_000, Fraction(1, 48_000)
                file.mux(tone.encode(part))
            file.mux(tone.encode(None))
    if clockwise:
        turn(path, clockwise)
    return path


def turn(path: Path, clockwise: int) -> None:
    """Put a rotation into the track header of an MP4."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (65_536 * v for v in MATRICES[clockwise])
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


# COCO's joints of somebody who stands, in fractions of the height; x around the middle.
STANDING = np.array(
    [
        *([0, 0.07], [0.03, 0.04], [-0.03, 0.04], [0.06, 0.06], [-0.06, 0.06]),
        *([0.12, 0.2], [-0.12, 0.2], [0.19, 0.35], [-0.19, 0.35], [0.22, 0.48], [-0.22, 0.48]),
        *([0.08, 0.52], [-0.08, 0.52], [0.1, 0.74], [-0.1, 0.74], [0.11, 0.96], [-0.11, 0.96]),
    ]
)


def standing(x: float, y: float = 20, tall: float = 160, score: float = 0.8) -> np.ndarray:
    """float32 (17, 3): somebody around x, whose head is at y."""
    return np.column_stack([STANDING * tall + [x, y], np.full(17, score)]).astype(np.float32)


def person(keypoints: np.ndarray, score: float = 0.8) -> Person:
    box = Box.around(keypoints, 0.1)
    return Person(box, keypoints, score * float(keypoints[keypoints[:, 2] > COUNTED_SCORE, 2].mean()))
