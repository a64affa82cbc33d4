"""The folder of a set: which files are in it, and which of them a name in the labels means."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from hrnet.data.checking import size_of
from hrnet.data.splits import SPLIT
from hrnet.geometry import Size
from hrnet.image import IMAGE_SUFFIXES, ImageError

MAX_FILES = 1_000_000  # below a folder: COCO as YOLO labels has 250,000; beyond it somebody gave the wrong folder
VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv")
LABEL_SUFFIXES = (".json", ".gz", ".xml", ".csv", ".h5", ".hdf5", ".slp", ".yaml", ".yml", ".txt", ".mat")
MAX_NAME = 255  # bytes of a name on the file systems of Linux, macOS and Windows
MAX_DEPTH = 20  # folders of a name that are looked at, from its end
FIRST_BYTES = 65536  # of a picture: its header, and mostly the preview that a camera puts before the size

# Folders whose names say nothing of what is in the pictures.
PLAIN = (
    "images",
    "image",
    "imgs",
    "img",
    "photos",
    "pictures",
    "frames",
    "data",
    "jpegimages",
    "labeled-data",
    "labels",
)

_DRIVE = re.compile(r"^[A-Za-z]:")


def parts_of(name: str) -> tuple[str, ...]:
    """The folders and the file that a name in the labels tells, on whatever system they were written: without a drive,
    a leading slash and every `..`, so nothing outside of the set is ever meant, and with nothing that no disk takes."""
    plain = unicodedata.normalize("NFC", name.strip().replace("\0", "")).encode("utf-8", "replace").decode()
    parts = PurePosixPath(_DRIVE.sub("", plain).replace("\\", "/")).parts
    return tuple(_cut(part) for part in parts if part not in ("/", "//", "..", "."))[-MAX_DEPTH:]


def is_absolute(name: str) -> bool:
    """Whether a name is a path from the root of a machine or a server: its folders say nothing here."""
    return name.startswith(("/", "\\")) or bool(_DRIVE.match(name)) or "://" in name


def subject_of(path: Path, root: Path) -> str:
    """The folder of a picture, if it is named after what the pictures show and not after their being pictures."""
    folder = path.parent.name
    plain = path.parent == root or folder.casefold() in PLAIN or SPLIT.fullmatch(folder)
    return "" if plain else folder


def _cut(part: str) -> str:
    return part.encode()[:MAX_NAME].decode(errors="ignore")


@dataclass(frozen=True)
class Match:
    """A file that a name may mean. shared: of how many folders and the file the names agree. rivals: as good ones."""

    path: Path
    shared: int
    rivals: int = 0


class Folder:
    """The files below a folder; hidden ones are passed over, and links to folders.

    Args:
        root: where the labels are.
        photos: where the photos are, if not below root.
        cache: where pictures are written that labels or videos hold inside; nothing is written anywhere else.
    """

    def __init__(self, root: Path, photos: Path | None = None, cache: Path | None = None) -> None:
        self.root, self.photos, self.cache = root, photos or root, cache

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """All below the root, sorted.

        Raises:
            ValueError: a folder cannot be listed, or there are too many files.
        """
        return _files_below(self.root)

    @cached_property
    def _media(self) -> dict[str, list[Path]]:
        """Pictures and videos by their names in small letters."""
        found: dict[str, list[Path]] = defaultdict(list)
        for path in self.files if self.photos == self.root else _files_below(self.photos):
            if path.suffix.lower() in IMAGE_SUFFIXES + VIDEO_SUFFIXES:
                found[_plain(path.name)].append(path)
        return found

    @cached_property
    def pictures(self) -> tuple[Path, ...]:
        return self._with(IMAGE_SUFFIXES)

    @cached_property
    def videos(self) -> tuple[Path, ...]:
        return self._with(VIDEO_SUFFIXES)

    def _with(self, suffixes: Sequence[str]) -> tuple[Path, ...]:
        return tuple(
            sorted(path for paths in self._media.values() for path in paths if path.suffix.lower() in suffixes)
        )

    def find(self, name: str, near: Path | None = None) -> Path | None:
        """The picture or video that a name in the labels means, or None; see `match`."""
        found = self.match(name, near)
        return found.path if found else None

    def match(self, name: str, near: Path | None = None) -> Match | None:
        """What a name in the labels means, and how surely.

        The name may be a path of another machine: the file that shares the most of its last folders is meant; of
        several alike, the one that lies nearest to the file of labels `near`.
        """
        parts = parts_of(name)
        if not parts:
            return None
        for base in (near.parent if near else self.photos, self.photos):
            path = base.joinpath(*parts)
            if path.is_file() and path.suffix.lower() in IMAGE_SUFFIXES + VIDEO_SUFFIXES:
                return Match(path, len(parts))
        candidates = self._media.get(_plain(parts[-1]), [])
        if not candidates:
            return None
        wanted = [_plain(part) for part in parts]
        ranks = {path: (_shared_end(wanted, path), _shared_start(near, path) if near else 0) for path in candidates}
        best = max(candidates, key=ranks.__getitem__)
        return Match(best, ranks[best][0], sum(rank == ranks[best] for rank in ranks.values()) - 1)

    def missing(self, name: str) -> Path:
        """Where a picture of that name would lie."""
        return self.photos.joinpath(*parts_of(name) or ("unnamed",))

    def size(self, path: Path) -> Size | None:
        """(height, width) of an upright picture by its header; None if it cannot be read."""
        try:
            with path.open("rb") as file:
                first = file.read(FIRST_BYTES)
                size = size_of(first, whole=len(first) < FIRST_BYTES)
                return size or size_of(first + file.read(), whole=True)
        except (OSError, ImageError):
            return None


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _shared_end(wanted: Sequence[str], path: Path) -> int:
    count = 0
    for one, other in zip(reversed(wanted), reversed(path.parts), strict=False):
        if one != _plain(other):
            break
        count += 1
    return count


def _shared_start(near: Path, path: Path) -> int:
    return len(os.path.commonpath([near.parent.absolute(), path.absolute()]))


def _files_below(root: Path) -> tuple[Path, ...]:
    def refuse(error: OSError) -> None:
        if Path(error.filename) == root:  # what lies below and may not be read belongs to somebody else
            raise ValueError(f"{root} cannot be listed: {error.strerror}; change its permissions") from error

    found: list[Path] = []
    for parent, folders, files in os.walk(root, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__MACOSX")
        found += [Path(parent, name) for name in sorted(files) if not name.startswith(".")]
        if len(found) > MAX_FILES:
            raise ValueError(f"{root} has more than {MAX_FILES:,} files below it; name the folder of the set itself")
    return tuple(found)
