"""A clip as frames: upright photos with square pixels, each with its own time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from hrnet.geometry import Size
from hrnet.video.files import Limits, VideoError, open_clip, pyav, shown

if TYPE_CHECKING:
    from av import VideoFrame

DECODER_THREADS = 4  # each holds a frame or two; more of them rarely help a stream
HD_HEIGHT = 720  # from here on players take untagged colors for BT.709, below for BT.601
UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED, ISO/IEC 23091-2
DEFAULT_RATE = 25.0  # frames per second of a stream that says nothing about it
ENDS_EARLY = 0.25  # seconds missing from which a clip counts as cut off
BEFORE = (1.0, 5.0, 25.0, float("inf"))  # seconds before `start` where reading begins; see `Clip._enter`
PRECISION = 2e-5  # seconds between two frames at least; the usual clock of a stream ticks every 11 microseconds

# What turns a stored frame upright, by the angle of the display matrix, counterclockwise as libavutil counts.
TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True, eq=False)
class Frame:
    """index: 0 for the first frame that is read. time: seconds since the beginning of the whole clip."""

    index: int
    time: float
    photo: np.ndarray  # uint8 (H, W, 3) RGB


class Clip:
    """An open clip: `with Clip(path) as clip: for frame in clip: ...`. It is read once, never held whole.

    The times are those of the stream, so a variable frame rate is kept; a frame that does not come later than the one
    before is passed over. 10 and 12 bits become 8; the brightness of HDR is not mapped, such a clip looks flat.

    Attributes:
        size: (height, width) of every photo.
        duration: seconds of the whole clip; None where the file does not say.
        start, end: the part that is read, in seconds; `end` is the duration where none was asked for.
        rate: mean frames per second, as the file says it.
        sound: the name of the audio codec, None for a silent clip.
        damaged: packets and frames that were broken so far. What can be read is read.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        start: float = 0.0,
        end: float | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open a clip and look at its first frame.

        Args:
            start, end: seconds; frames with start <= time < end are read, all from `start` on where `end` is None.
        Raises:
            VideoError: no file, no video in it, nothing that can be read, above a limit, or an impossible part.
        """
        if not start >= 0 or (end is not None and not end > start):
            raise VideoError(
                f"a part of a clip starts at 0 s or later and ends after it starts, got {start} to {end} s"
            )
        self.path, self.limits = path, limits or Limits()
        self.start, self.damaged = start, 0
        self._container = open_clip(path)
        try:
            self._open(end)
        except BaseException:
            self._container.close()
            raise

    def _open(self, end: float | None) -> None:
        self._av = pyav()
        cover = self._av.stream.Disposition.attached_pic  # that of an album is no video
        streams = [stream for stream in self._container.streams.video if not stream.disposition & cover]
        if not streams:
            raise VideoError(f"{shown(self.path)}: there is no video in this file; give a clip with moving pictures")
        self._stream = stream = streams[0]
        context = stream.codec_context
        if context is None:
            raise VideoError(f"{shown(self.path)}: its video is of a kind that cannot be decoded here; save it as MP4")
        context.thread_type, context.thread_count = "AUTO", DECODER_THREADS
        context.options = {"max_pixels": str(self.limits.pixels)}
        self._check_pixels(context.width, context.height)
        audio = self._container.streams.audio
        self.sound = audio[0].codec_context.codec.canonical_name if audio and audio[0].codec_context else None
        self.rate = float(stream.average_rate or stream.guessed_rate or DEFAULT_RATE)
        self._zero = (self._container.start_time or 0) / self._av.time_base
        self._stream_seconds = float(stream.duration * stream.time_base) if stream.duration else None
        whole = self._container.duration
        self.duration = self._stream_seconds or (whole / self._av.time_base if whole else None)
        if self.duration is not None and self.start >= self.duration:
            raise VideoError(
                f"{shown(self.path)}: the clip lasts {self.duration:.1f} s; nothing is left at {self.start} s"
            )
        self._asked_end = end
        ends = [seconds for seconds in (end, self.duration) if seconds is not None]
        self.end = min(ends) if ends else None
        if self.end is not None and self.end - self.start > self.limits.seconds:
            raise self._too_long()
        self._first = self._enter()
        if self._first is None:
            raise VideoError(f"{shown(self.path)}: no frame of the video can be read; fetch or save the file again")
        self._measure(self._first)

    def _measure(self, first: VideoFrame) -> None:
        """The size of the photos, from the first frame."""
        aspect = self._stream.sample_aspect_ratio
        width = max(1, round(first.width * aspect)) if aspect else first.width
        self._check_pixels(width, first.height)
        self._stored = width, first.height
        self._turn = TURNS.get(round(first.rotation / 90) * 90 % 360)
        turned = self._turn in (cv2.ROTATE_90_CLOCKWISE, cv2.ROTATE_90_COUNTERCLOCKWISE)
        self.size: Size = (width, first.height) if turned else (first.height, width)
        self._to_rgb = self._av.video.reformatter.VideoReformatter()

    def _enter(self) -> VideoFrame | None:
        """The first frame, or one not after `start`. An MPEG stream may be entered between two key frames and then
        shows nothing before the second, so the way back grows until it is long enough."""
        for before in BEFORE:
            place = max(0.0, self.start - before)
            if self.start > BEFORE[0]:
                with suppress(self._av.error.FFmpegError):  # a GIF cannot be entered in its middle: it is read from 0
                    self._container.seek(round((place + self._zero) * self._av.time_base), backward=True)
            self._frames = self._decoded()
            first = next(self._frames, None)
            in_time = first is not None and (first.pts is None or self._seconds(first) <= self.start)
            if in_time or place == 0:
                break
        if self.start > 0:
            self.damaged = 0  # what is broken before the part does not count
        return first

    def _seconds(self, picture: VideoFrame) -> float:
        seconds = float(picture.pts * picture.time_base) - self._zero
        return 0.0 if abs(seconds) < PRECISION else seconds

    def __enter__(self) -> Clip:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._frames.close()
        self._container.close()

    def __iter__(self) -> Iterator[Frame]:
        """The frames of the part, in order.

        Raises:
            VideoError: the clip turns out to be above a limit.
        """
        index, last = 0, None
        for time, picture in self._timed():
            if last is not None and time < last[0] + PRECISION:
                self.damaged += 1
                continue
            last = time, picture
            if time < self.start:
                self.damaged = 0
                continue
            if self._asked_end is not None and time >= self._asked_end:
                return
            if index >= self.limits.frames or time - self.start > self.limits.seconds:
                raise self._too_long()
            yield Frame(index, time, self._photo(picture))
            index += 1
        if last is not None:
            self._check_end(*last)

    def _timed(self) -> Iterator[tuple[float, VideoFrame]]:
        """All frames with their times."""
        picture, self._first = self._first, None  # a second pass finds nothing
        time = None
        while picture is not None:
            if picture.pts is not None:
                time = self._seconds(picture)
            else:  # raw streams and old AVI files only count
                time = self.start if time is None else time + 1 / self.rate
            self.damaged += picture.is_corrupt
            yield time, picture
            picture = next(self._frames, None)

    def _decoded(self) -> Iterator[VideoFrame]:
        """Every frame that can be decoded; what cannot be is counted."""
        broken = self._av.error.FFmpegError
        for packet in self._packets():
            try:
                frames = packet.decode() if packet is not None else self._stream.decode(None)
            except self._av.error.EOFError:
                return
            except broken:
                self.damaged += 1
                continue
            yield from frames

    def _packets(self) -> Iterator[object]:
        try:
            yield from self._container.demux(self._stream)  # the last one is empty and brings out what is held back
        except self._av.error.FFmpegError:
            self.damaged += 1
            yield None

    def _photo(self, picture: VideoFrame) -> np.ndarray:
        untagged = picture.colorspace == UNSPECIFIED and picture.height >= HD_HEIGHT
        colors = {"src_colorspace": "ITU709"} if untagged else {}
        width, height = self._stored
        photo = self._to_rgb.reformat(picture, width, height, "rgb24", **colors).to_ndarray()
        return photo if self._turn is None else cv2.rotate(photo, self._turn)

    def _check_end(self, time: float, last: VideoFrame) -> None:
        """Count a clip as damaged that ends long before it says, where the end was wanted."""
        if self._stream_seconds is None:
            return
        wanted = min(self._stream_seconds, self._asked_end or self._stream_seconds)
        stays = last.duration * last.time_base if last.duration and last.time_base else 1 / self.rate
        if time + float(stays) < wanted - ENDS_EARLY:
            self.damaged += 1

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > self.limits.pixels:
            raise VideoError(
                f"{shown(self.path)}: frames of {width} x {height} are above the limit of "
                f"{self.limits.pixels / 1e6:.1f} megapixels; make the clip smaller"
            )

    def _too_long(self) -> VideoError:
        limits = self.limits
        return VideoError(
            f"{shown(self.path)}: the clip is above the limit of {limits.seconds:g} s or {limits.frames} frames; "
            "choose a part of it by start and end"
        )
