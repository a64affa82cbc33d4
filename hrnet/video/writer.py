"""Photos with times to a clip that browsers play: H.264 in MP4, or VP9 in WebM."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np

from hrnet.geometry import Size
from hrnet.video.files import VideoError, pyav, shown
from hrnet.video.sound import Sound

CLOCK = 90_000  # ticks per second, as in MPEG; all usual frame rates come out within 6 microseconds
KEY_SECONDS = 2  # between key frames at the most, so that a page can jump about in the clip
BT709, LIMITED = 1, 1  # ISO/IEC 23091-2: what browsers take for granted, and it is written down all the same


@dataclass(frozen=True)
class Encoder:
    """codec: FFmpeg's name. sound: the audio codecs that every browser that plays the container plays in it."""

    container: str
    codec: str
    sound: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)


ENCODERS = {
    # moov before mdat (faststart), so that a browser begins before it has the whole file
    ".mp4": Encoder(
        "mp4", "libx264", ("aac", "mp3"), {"preset": "veryfast", "crf": "23", "bf": "0"}, {"movflags": "+faststart"}
    ),
    # free of patents to pay for and of GPL code; quality as libvpx's own guide has it for 1-pass, speed for two cores
    ".webm": Encoder(
        "webm", "libvpx-vp9", ("opus", "vorbis"),
        {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "32", "b": "0"},
    ),
}  # fmt: skip


def encoder_for(target: str | os.PathLike[str]) -> Encoder:
    """
    Raises:
        VideoError: no clip is written with this suffix.
    """
    suffix = Path(target).suffix.lower()
    if suffix not in ENCODERS:
        raise VideoError(f"{shown(target)}: clips are not written with this suffix; choose {' or '.join(ENCODERS)}")
    return ENCODERS[suffix]


class Writer:
    """`with Writer(path, encoder, size, rate) as writer: writer.write(photo, time)`.

    It writes straight to the path; see `files.replacing` for a clip that appears whole or not at all. Odd sides are
    made even by repeating the last row or column, so pixel coordinates stay what they are.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        encoder: Encoder,
        size: Size,
        rate: float,
        *,
        sound_of: str | os.PathLike[str] | None = None,
    ) -> None:
        """
        Args:
            size: (height, width) of the photos.
            rate: about how many frames come per second; their times alone decide when they are shown.
            sound_of: a clip whose sound is copied; its codec must be one of `encoder.sound`.
        Raises:
            VideoError: the path cannot be written, or this PyAV has no such encoder.
        """
        self._av, self._path, self._size, self._sound_of = pyav(), path, size, sound_of
        self._held: Any = None
        self._sound: Sound | None = None
        try:
            self._container = self._av.open(
                f"file:{os.fsdecode(path)}", "w", format=encoder.container, options=encoder.container_options
            )
        except (self._av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error
        try:
            self._stream = self._add_stream(encoder, rate)
        except BaseException:
            self._container.close()
            raise

    def _add_stream(self, encoder: Encoder, rate: float) -> Any:
        try:
            stream = self._container.add_stream(encoder.codec, rate=Fraction(rate).limit_denominator(1001))
        except (self._av.error.FFmpegError, ValueError) as error:
            others = ", ".join(suffix for suffix, other in ENCODERS.items() if other is not encoder)
            raise VideoError(f"this PyAV has no encoder {encoder.codec}; choose the suffix {others}") from error
        height, width = self._size
        context = stream.codec_context
        stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        stream.time_base = context.time_base = Fraction(1, CLOCK)
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED
        context.gop_size = max(1, round(KEY_SECONDS * rate))
        context.options = encoder.options
        return stream

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def write(self, photo: np.ndarray, time: float) -> None:
        """Add a photo that is shown from that time on, in seconds; the time of the first photo becomes 0.

        Raises:
            VideoError: the photo has another size, the time is not later than the one before, or the disk is full.
        """
        if photo.shape != (*self._size, 3) or photo.dtype != np.uint8:
            raise VideoError(f"this clip has photos uint8 {(*self._size, 3)}, got {photo.dtype} {photo.shape}")
        if self._held is None:
            self._begin(time)
        ticks = round((time - self._origin) * CLOCK)
        if self._held is not None and ticks <= self._held.pts:
            raise VideoError(f"photos come in the order of their times, got {time} s after one that was not earlier")
        frame = self._av.VideoFrame.from_ndarray(_even(photo), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        frame.pts, frame.time_base = ticks, Fraction(1, CLOCK)
        held, self._held = self._held, frame
        if held is not None:  # only now it is known how long it is shown
            self._encode(held, ticks - held.pts)

    def _begin(self, time: float) -> None:
        self._origin = time
        if self._sound_of is not None:
            self._sound = Sound(self._sound_of, time, self._container)

    def close(self) -> None:
        """Write what was held back and finish the file; the last frame is shown as long as a mean one.

        Raises:
            VideoError: no photo was written, or the disk is full.
        """
        if self._held is None:
            self.abandon()
            raise VideoError("a clip needs at least one photo")
        try:
            last, self._held = self._held, None
            self._encode(last, round(CLOCK / float(self._stream.codec_context.framerate)))
            self._mux(self._stream.encode(None))
        except BaseException:
            self.abandon()
            raise
        self._end()

    def abandon(self) -> None:
        """Stop without finishing; what lies at the path is of no use."""
        self._held = None
        with suppress(VideoError):  # the reason to abandon it may be a full disk, which is told already
            self._end()

    def _end(self) -> None:
        if self._sound is not None:
            self._sound.close()
        try:
            self._container.close()
        except (self._av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error

    def _encode(self, frame: Any, ticks: int) -> None:
        frame.duration = ticks
        if self._sound is not None:
            self._mux(self._sound.until((frame.pts + ticks) / CLOCK))
        self._mux(self._stream.encode(frame))

    def _mux(self, packets: Any) -> None:
        try:
            for packet in packets:
                self._container.mux_one(packet)
        except (self._av.error.FFmpegError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> VideoError:
        return VideoError(
            f"{shown(self._path)}: the clip cannot be written ({getattr(error, 'strerror', None) or error})"
        )


def _even(photo: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    if height % 2 or width % 2:
        return cv2.copyMakeBorder(photo, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(photo)
