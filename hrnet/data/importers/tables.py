"""The tables of DeepLabCut and Lightning Pose: a row for each picture, columns under several rows of names.

As CSV, or as HDF5 in either of the two ways in which pandas stores a table. pandas and PyTables are not needed.
"""

from __future__ import annotations

import csv
import io
import math
import pickletools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.hdf5 import Group, opened, text_of

LEVELS = ("scorer", "individuals", "bodyparts", "coords")  # names of the rows above the numbers
COLLECTED = "CollectedData"  # how DeepLabCut calls tables that were drawn by hand; others hold what a network found
COORDINATES = ("x", "y", "likelihood")
HEADER_ROWS = 6  # rows among which the names are looked for; pandas may put an empty one behind them


@dataclass(frozen=True)
class Column:
    individual: str  # "" where there is one animal
    joint: str
    coordinate: str  # one of COORDINATES


@dataclass(frozen=True, eq=False)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]  # where each picture is: one path, or its folders and name in three cells
    values: np.ndarray  # float64 (rows, columns), NaN where nothing is labeled
    scorer: str = ""
    broken: tuple[str, ...] = ()  # cells that are no number

    @property
    def names(self) -> tuple[str, ...]:
        return tuple("/".join(cell for cell in row if cell) for row in self.rows)


def is_table(file: LabelFile) -> bool:
    """Whether a file is such a table, by its first rows or by pandas' marks."""
    if file.is_hdf5:
        try:
            with opened(file) as content:
                return _frame(content) is not None
        except ValueError:
            return file.path.name.startswith(COLLECTED)  # damaged, and by its name one
    if file.is_json or file.is_xml:
        return False
    return {"bodyparts", "coords"} <= {row[0].strip().lower() for row in _first_rows(file.start) if row}


def read_table(file: LabelFile) -> Table:
    """Read a table that `is_table` knows.

    Raises:
        ValueError: it is damaged, or its columns are not x and y of joints; one line.
    """
    if file.is_hdf5:
        with opened(file) as content:
            return _from_pandas(_frame(content), file.name)
    return _from_csv(file)


# ---- CSV -------------------------------------------------------------------------------------------------------------


def _rows(text: str) -> Iterator[list[str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)  # a spreadsheet in some countries saves with semicolons
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _first_rows(text: str) -> list[list[str]]:
    try:
        return [row for row, _ in zip(_rows(text), range(HEADER_ROWS), strict=False)]
    except csv.Error:
        return []


def _from_csv(file: LabelFile) -> Table:
    try:
        rows = [row for row in _rows(file.text.lstrip("\ufeff")) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ValueError(f"{file.name} is not valid CSV: {error}") from error
    levels: dict[str, list[str]] = {}
    while rows and (level := rows[0][0].strip().lower()) in LEVELS:
        levels[level] = [cell.strip() for cell in rows.pop(0)]
    coordinates = [cell.lower() for cell in levels.get("coords", [])]
    start = next((place for place, cell in enumerate(coordinates) if cell in COORDINATES), None)
    if start is None:
        raise ValueError(f"{file.name}: its row coords names no x and y")
    columns = _columns({level: cells[start:] for level, cells in levels.items()}, len(coordinates) - start, file.name)
    broken: list[str] = []
    names, values = [], []
    for row in rows:
        row = [*row, *[""] * (start + len(columns) - len(row))]
        name = tuple(cell.strip() for cell in row[:start])
        if any(name):
            names.append(name)
            cells = row[start : start + len(columns)]
            values.append([_number(cell, broken, "/".join(name)) for cell in cells])
    numbers = np.array(values, np.float64).reshape(len(names), len(columns))
    return Table(columns, tuple(names), numbers, next(iter(levels.get("scorer", [""])[start:]), ""), tuple(broken))


def _number(cell: str, broken: list[str], row: str) -> float:
    cell = cell.strip()
    if not cell:
        return math.nan
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        broken.append(f"{cell[:20]} in {row}")
        return math.nan


def _columns(levels: dict[str, Sequence[str]], count: int, name: str) -> tuple[Column, ...]:
    if "bodyparts" not in levels or any(len(cells) < count for cells in levels.values()):
        raise ValueError(f"{name}: its rows of names (scorer, individuals, bodyparts, coords) are not of one length")
    individuals = levels.get("individuals", [""] * count)
    columns = [
        Column(individual, joint, coordinate.lower())
        for individual, joint, coordinate in zip(individuals, levels["bodyparts"], levels["coords"], strict=False)
    ]
    if wrong := next((column.coordinate for column in columns if column.coordinate not in COORDINATES), None):
        raise ValueError(f"{name}: a column is called {wrong!r}; x, y and likelihood are known")
    return tuple(columns)


# ---- HDF5 ------------------------------------------------------------------------------------------------------------


def _frame(content: Group) -> Group | None:
    """The first group that pandas wrote a table into."""
    groups = [content, *(one for one in content.values() if hasattr(one, "values"))]
    return next((one for one in groups if text_of(one.attrs.get("pandas_type", "")).startswith("frame")), None)


def _from_pandas(frame: Group, name: str) -> Table:
    try:
        table = text_of(frame.attrs["pandas_type"]) == "frame_table"
        return _from_appendable(frame, name) if table else _from_fixed(frame, name)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError(f"{name} holds a table of pandas in a form that is not known; save it as CSV") from error


def _from_appendable(frame: Group, name: str) -> Table:
    """pandas' format "table": the names of the columns are pickled, and read here without running anything."""
    records = frame["table"]
    columns, numbers = [], []
    for field in records.dtype.names:
        if not field.startswith("values_block_"):
            continue
        columns += [tuple(map(str, names)) for names in _unpickled(frame["table"].attrs[f"{field}_kind"], name)]
        numbers.append(np.asarray(records[field], np.float64).reshape(len(records), -1))
    rows = tuple((text_of(cell),) for cell in records["index"])
    levels = _levels_of(list(zip(*columns, strict=True)), name)
    width = len(columns)
    return Table(_columns(levels, width, name), rows, np.concatenate(numbers, axis=1), levels["scorer"][0])


def _from_fixed(frame: Group, name: str) -> Table:
    """pandas' format "fixed": every level of names as an array, and the places in it."""
    blocks = range(int(frame.attrs["nblocks"]))
    columns = [list(names) for block in blocks for names in zip(*_axis(frame, f"block{block}_items"), strict=True)]
    numbers = np.concatenate([np.asarray(frame[f"block{block}_values"], np.float64) for block in blocks], axis=1)
    levels = _levels_of(list(zip(*columns, strict=True)), name)
    rows = tuple(zip(*_axis(frame, "axis1"), strict=True))
    return Table(_columns(levels, len(columns), name), rows, numbers, levels["scorer"][0])


def _axis(frame: Group, axis: str) -> list[list[str]]:
    """The names along one axis, level by level."""
    if text_of(frame.attrs.get(f"{axis}_variety", "")) != "multi":
        return [[text_of(cell) for cell in frame[axis]]]
    levels = []
    for level in range(int(frame.attrs[f"{axis}_nlevels"])):
        names = [text_of(cell) for cell in frame[f"{axis}_level{level}"]]
        levels.append([names[place] for place in frame[f"{axis}_label{level}"]])
    return levels


def _levels_of(cells: list[tuple[str, ...]], name: str) -> dict[str, Sequence[str]]:
    """The names of the columns by their levels: scorer and bodyparts and coords, with or without individuals."""
    names = {3: ("scorer", "bodyparts", "coords"), 4: LEVELS}.get(len(cells))
    if names is None:
        raise ValueError(f"{name}: its columns have {len(cells)} levels of names; DeepLabCut's have 3 or 4")
    return dict(zip(names, cells, strict=True))


def _unpickled(raw: bytes, name: str) -> list:
    """What a pickle of nothing but lists, tuples and strings holds. It is never given to pickle: that could run code.

    Source: the opcodes as pickletools.py of Python describes them; pandas writes protocol 0.
    """
    stack: list = []
    memo: dict[int, object] = {}
    mark = object()

    def popped() -> list:
        place = len(stack) - 1 - stack[::-1].index(mark)
        items = stack[place + 1 :]
        del stack[place:]
        return items

    try:
        for opcode, value, _ in pickletools.genops(bytes(raw)):
            match opcode.name:
                case "MARK":
                    stack.append(mark)
                case "UNICODE" | "BINUNICODE" | "SHORT_BINUNICODE" | "STRING" | "INT" | "BININT" | "BININT1":
                    stack.append(value)
                case "EMPTY_LIST":
                    stack.append([])
                case "EMPTY_TUPLE":
                    stack.append(())
                case "LIST":
                    stack.append(popped())
                case "TUPLE":
                    stack.append(tuple(popped()))
                case "TUPLE1" | "TUPLE2" | "TUPLE3":
                    count = int(opcode.name[-1])
                    stack[-count:] = [tuple(stack[-count:])]
                case "APPEND":
                    item = stack.pop()
                    stack[-1].append(item)
                case "APPENDS":
                    items = popped()
                    stack[-1].extend(items)
                case "PUT" | "BINPUT" | "LONG_BINPUT":
                    memo[value] = stack[-1]
                case "MEMOIZE":
                    memo[len(memo)] = stack[-1]
                case "GET" | "BINGET" | "LONG_BINGET":
                    stack.append(memo[value])
                case "PROTO" | "FRAME":
                    pass
                case "STOP":
                    return list(stack[-1])
                case other:
                    raise ValueError(f"{other} in it")
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{name}: the names of its columns cannot be read ({error}); save it as CSV") from error
    raise ValueError(f"{name}: the names of its columns are cut off; save it as CSV")
