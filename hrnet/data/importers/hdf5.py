"""HDF5 files, opened so that what is wrong with them is one line. h5py is imported here, when the first is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from hrnet.data.importers.content import LabelFile

Group = Any  # h5py.Group; h5py is not imported before it is needed


@contextmanager
def opened(file: LabelFile) -> Iterator[Group]:
    """The file for reading.

    Raises:
        ValueError: h5py is missing, or the file is damaged, also where that only shows inside of the block.
    """
    try:
        import h5py
    except ImportError as error:
        raise ValueError(f"{file.name} is an HDF5 file, which h5py reads: pip install h5py") from error
    try:
        with h5py.File(file.path, "r") as content:
            yield content
    except (OSError, RuntimeError) as error:
        raise ValueError(f"{file.name} is cut off or damaged: {str(error).splitlines()[0][:200]}") from error


def text_of(value: object) -> str:
    """A string as HDF5 gives it: bytes, or an array of nothing but one."""
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
