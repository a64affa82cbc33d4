"""The sound of a clip, copied packet by packet into another: nothing is decoded."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from hrnet.video.files import open_clip, pyav

if TYPE_CHECKING:
    from av import Packet
    from av.container import OutputContainer


class Sound:
    """Reads the clip a second time, beside the one who decodes its frames, and only as far as the frames have come."""

    def __init__(self, path: str | os.PathLike[str], origin: float, into: OutputContainer) -> None:
        """
        Args:
            path: a clip with sound.
            origin: the time in the clip, in seconds, that is 0 in the new one.
            into: gets a stream of the same codec; to be called before its header is written.
        Raises:
            VideoError: the clip cannot be read.
        """
        self._source = open_clip(path)
        stream = self._source.streams.audio[0]
        self._to = into.add_stream_from_template(stream)
        av = pyav()
        self._broken = av.error.FFmpegError
        zero = (self._source.start_time or 0) / av.time_base + origin
        if origin > 0:
            with suppress(self._broken):  # what lies before is read and dropped instead
                self._source.seek(round(zero * av.time_base), backward=True)
        self._packets = self._shifted(stream, zero)
        self._next: Packet | None = next(self._packets, None)

    def until(self, time: float) -> Iterator[Packet]:
        """The packets that begin before that time of the new clip and were not given yet."""
        while self._next is not None and self._next.pts * self._next.time_base < time:
            packet, self._next = self._next, next(self._packets, None)
            packet.stream = self._to
            yield packet

    def close(self) -> None:
        self._packets.close()
        self._source.close()

    def _shifted(self, stream: object, zero: float) -> Iterator[Packet]:
        last = None
        try:
            for packet in self._source.demux(stream):
                if packet.dts is None or packet.pts is None:  # the empty packet at the end
                    continue
                packet.pts -= round(zero / packet.time_base)
                packet.dts = packet.pts  # sound is stored in the order in which it is heard
                if packet.pts >= 0 and (last is None or packet.pts > last):
                    last = packet.pts
                    yield packet
        except self._broken:
            return  # the frames say that the clip is damaged
