"""Which clips may be opened and how results appear: what every part of `hrnet.video` asks of files, and its one error.

PyAV is imported here, when a clip is first opened or written, and nowhere before. Its code is under the BSD
license; the FFmpeg in its wheels is LGPL, and the x264 that comes along is GPL: whoever ships those wheels inside a
product ships that too. `.webm` is written without x264.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrnet import files

if TYPE_CHECKING:
    from av.container import InputContainer

# Containers that hold pictures and sound themselves. Playlists (HLS, DASH, concat) name other files and addresses, so
# a clip somebody sent could make this machine read them: they are not in the list.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,ogg,asf,gif,apng"
READ = "MP4, MOV, WebM, MKV, AVI, MPEG, FLV, OGG, WMV or GIF"


class VideoError(ValueError):
    """A clip that cannot be read or written: one line that names it and says what to do."""


@dataclass(frozen=True)
class Limits:
    """How much of a clip is accepted. A page that serves strangers sets smaller ones.

    pixels: of a frame; the default is 36,864 macroblocks, what levels 5.1 and 5.2 of H.264 hold (Table A-1): 4096x2304.
    seconds: of the chosen part, from its first frame to its last.
    frames: of the chosen part; an hour at 60 per second. A small file can hold any number of them.
    """

    pixels: int = 36_864 * 256
    seconds: float = 3600.0
    frames: int = 216_000


def pyav() -> Any:
    """The module `av`.

    Raises:
        VideoError: it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise VideoError("clips are read and written by PyAV, which is not installed; pip install av") from error
    return av


def open_clip(path: str | os.PathLike[str]) -> InputContainer:
    """A container opened for reading, for the caller to close. Nothing but the named file is ever read.

    Raises:
        VideoError: it is no file, no clip, or damaged so that nothing can be read.
    """
    name = os.fsdecode(path)
    _check_file(name)
    av = pyav()
    options = {"protocol_whitelist": "file", "format_whitelist": CONTAINERS}
    try:
        return av.open(f"file:{name}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise VideoError(f"{shown(name)}: {_why_unreadable(name)}") from error


def shown(path: str | os.PathLike[str]) -> str:
    """A path as a message can show it, on one line."""
    name = "".join(letter if letter.isprintable() else "?" for letter in os.fsdecode(path))
    return name if len(name) <= 200 else f"{name[:100]}...{name[-97:]}"


@contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """A path to write to, which becomes `target` at the end; after an exception it is gone and `target` as before.

    Raises:
        VideoError: nothing can be written there.
    """
    try:
        with files.replacing(target) as part:
            part.touch()
            yield part
    except OSError as error:
        raise VideoError(f"{shown(target)}: the file cannot be written ({error.strerror or error})") from error


def _check_file(name: str) -> None:
    if re.match(r"\w[\w+.-]+:(//|[^\\/])", name) and not os.path.exists(name):
        raise VideoError(f"{shown(name)}: this is an address, and nothing is fetched; save the clip and give its path")
    try:
        mode = os.stat(name).st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VideoError(f"{shown(name)}: there is no such file; check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        raise VideoError(f"{shown(name)}: the file cannot be opened ({error}); check the path") from error
    if not stat.S_ISREG(mode):
        kind = "folder" if stat.S_ISDIR(mode) else "pipe or device"
        raise VideoError(f"{shown(name)}: this is a {kind}; give the file of a clip")
    if not os.access(name, os.R_OK):
        raise VideoError(f"{shown(name)}: the file may not be opened (permission denied); change its permissions")


def _why_unreadable(name: str) -> str:
    """What the beginning of a file tells that no demuxer took."""
    with open(name, "rb") as file:
        head = file.read(64)
    if not head:
        return "the file is empty (0 bytes); fetch or save it again"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "an animated WebP is not read here; save it as MP4 or GIF"
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return "the file is cut off or damaged: the index without which nothing can be read is missing; fetch it again"
    if head[:4] == b"\x1a\x45\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return "the file is cut off or damaged; fetch or save it again"
    return f"this is no clip that is read here; give {READ}"
