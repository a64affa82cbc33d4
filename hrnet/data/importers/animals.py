"""Tables of animals to people with joints: what the readers of DeepLabCut and of Lightning Pose share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hrnet.data.importers.collected import Collected, Point
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import PLAIN, parts_of
from hrnet.data.importers.tables import Table, read_table


@dataclass(frozen=True, eq=False)
class TableFile:
    path: Path
    table: Table


def tables_of(files: Iterable[LabelFile], collected: Collected) -> list[TableFile]:
    """The tables of these files; of CSV and HDF5 with one name the CSV. What cannot be read is a problem, unless
    nothing else is there.

    Raises:
        ValueError: not one can be read.
    """
    found: dict[Path, TableFile] = {}
    failure: ValueError | None = None
    for file in sorted(files, key=lambda file: (file.is_hdf5, file.path)):
        if file.path.with_suffix("") in found:
            continue
        try:
            found[file.path.with_suffix("")] = TableFile(file.path, read_table(file))
        except ValueError as error:
            collected.problems.add("table that was left out", error)
            failure = error
    if not found and failure:
        raise failure
    return list(found.values())


def add_rows(file: TableFile, collected: Collected, *, split: str = "") -> None:
    """The pictures of a table, and the animals in each.

    Raises:
        ValueError: its rows are numbers of frames and not pictures.
    """
    table = file.table
    if table.rows and all(name.isdecimal() for name in table.names):
        raise ValueError(
            f"{file.path.name} counts the frames of a video, as predictions do; give the table of labeled pictures"
        )
    for cell in table.broken:
        collected.problems.add("cell that is no number", cell)
    for name, values in zip(table.names, table.values, strict=True):
        animals = list(_animals(table, values))
        labeled = any(not math.isnan(point.x) for animal in animals for point in animal.values())
        photo = collected.photo(name, near=file.path, split=split, source=video_of(name, file), complete=labeled)
        if not labeled:
            collected.remarks.add("picture without labels", name)
        for animal in animals:
            collected.person(photo, animal)


def _animals(table: Table, values: Iterable[float]) -> Iterator[dict[str, Point]]:
    cells: dict[str, dict[str, dict[str, float]]] = {}
    for column, value in zip(table.columns, values, strict=True):
        cells.setdefault(column.individual, {}).setdefault(column.joint, {})[column.coordinate] = float(value)
    for joints in cells.values():
        yield {
            joint: Point(cell.get("x", math.nan), cell.get("y", math.nan), confidence=cell.get("likelihood", 1.0))
            for joint, cell in joints.items()
        }


def video_of(name: str, file: TableFile) -> str:
    """The video of which a picture is a frame: both tools keep the frames of each in a folder of its name."""
    parts = parts_of(name)
    folder = parts[-2] if len(parts) > 1 else file.path.parent.name
    return "" if folder.casefold() in PLAIN else folder
