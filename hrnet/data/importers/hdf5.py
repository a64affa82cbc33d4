"""HDF5 files, opened so that what is wrong with them is one line. h5py is imported here, when the first is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from hrnet.data.importers.content import LabelFile

MAX_OBJECTS = 100_000  # of a file: three for each of its videos
MAX_ARRAY = 2**30  # bytes: the tracks of two animals with 20 joints over a million frames have 0.6 GB
VIDEO = "video"  # the array with the pictures of a package, which is read frame by frame

Group = Any  # h5py.Group; h5py is not imported before it is needed


def top_level(file: LabelFile) -> set[str]:
    """The names at the top of the file; nothing behind them is opened.

    Raises:
        ValueError: as `opened`.
    """
    with _open(file) as content:
        return set(content)


@contextmanager
def opened(file: LabelFile) -> Iterator[Group]:
    """The file for reading, when nothing in it reads other files or fills the memory.

    Raises:
        ValueError: h5py is missing, the file does so, or is damaged, also where that only shows inside of the block.
    """
    with _open(file) as content:
        _check(content, file)
        yield content


@contextmanager
def _open(file: LabelFile) -> Iterator[Group]:
    try:
        import h5py
    except ImportError as error:
        raise ValueError(f"{file.name} is an HDF5 file, which h5py reads: pip install h5py") from error
    try:
        with h5py.File(file.path, "r") as content:
            yield content
    except (OSError, RuntimeError, KeyError, TypeError) as error:
        raise ValueError(f"{file.name} is cut off or damaged: {str(error).splitlines()[0][:200]}") from error


def _check(content: Group, file: LabelFile) -> None:
    """Refuse what reads other files of this machine, and what would fill its memory.

    Raises:
        ValueError: it does so, or holds far more than labels do.
    """
    import h5py

    groups, seen = [content], 0
    while groups:
        group = groups.pop()
        for name in group:
            seen += 1
            if seen > MAX_OBJECTS:
                raise ValueError(
                    f"{file.name} holds more than {MAX_OBJECTS:,} groups and arrays; that is no set of labels"
                )
            link = group.get(name, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise ValueError(f"{file.name} points to another file, which is not followed")
            if isinstance(link, h5py.SoftLink):  # to a place in this file, which is met on its own way
                continue
            one = group[name]
            if isinstance(one, h5py.Group):
                groups.append(one)
            elif isinstance(one, h5py.Dataset):
                if one.external or one.is_virtual:
                    raise ValueError(f"{file.name} takes the numbers of {one.name} out of another file; it is not read")
                if one.nbytes > MAX_ARRAY and name != VIDEO:
                    raise ValueError(f"{file.name}: {one.name} has {one.nbytes / 2**20:,.0f} MB, which no labels need")


def text_of(value: object) -> str:
    """A string as HDF5 gives it: bytes, or an array of nothing but one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
