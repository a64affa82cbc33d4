"""DeepLabCut projects: labeled-data/VIDEO/CollectedData_SCORER.csv or .h5, and config.yaml.

Source: the layout as docs/standardDeepLabCut_UserGuide.md and docs/maDLC_UserGuide.md of DeepLabCut/DeepLabCut (LGPL)
describe it. Nothing of its code is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hrnet.data.importers.animals import TableFile, add_rows, tables_of
from hrnet.data.importers.collected import Collected
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder
from hrnet.data.importers.settings import is_settings, read_settings
from hrnet.data.importers.tables import COLLECTED, is_table
from hrnet.data.pose_set import PoseSet

NAME = "DeepLabCut"
LABELED = "labeled-data"  # the folder of the videos' frames; training-datasets/ repeats all of it


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    """The tables and the settings of a project; none where it could be anybody's table."""
    tables = [file for file in files if is_table(file)]
    settings = [file for file in files if is_settings(file, "bodyparts", "scorer")]
    inside = [file for file in tables if file.path.absolute().parent.parent.name == LABELED]
    ours = inside or (tables if settings else [file for file in tables if _is_ours(file)])
    return [*ours, *settings] if ours else []


def _is_ours(file: LabelFile) -> bool:
    """By what Lightning Pose has not: several animals, or the path of a picture in three cells."""
    return file.is_hdf5 or any(
        row.lower().startswith("individuals") or row.startswith("coords,,") for row in file.start.splitlines()[:4]
    )


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set: a person for each animal of a picture, and one for the joints that occur once (unique bodyparts).

    The video of a picture is its `source`. The names in the tables count, not those in config.yaml, which may be older.

    Raises:
        ValueError: nothing in it can be used.
    """
    collected = Collected(folder)
    config = next((file for file in files if not is_table(file)), None)
    settings = read_settings(config) if config else {}
    tables = tables_of([file for file in files if is_table(file)], collected)
    for file in _one_scorer(tables, str(settings.get("scorer", "")), collected):
        add_rows(file, collected)
    collected.unlisted()
    joints = list(dict.fromkeys(column.joint for file in tables for column in file.table.columns))
    limbs = settings.get("skeleton")
    pairs = [pair for pair in (limbs if isinstance(limbs, list) else []) if isinstance(pair, list)]
    known = [pair for pair in pairs if set(map(str, pair)) <= set(joints)]
    return collected.poses(
        joints, name=str(settings.get("Task") or ""), limbs=[tuple(map(str, pair)) for pair in known]
    )


def _one_scorer(tables: list[TableFile], scorer: str, collected: Collected) -> list[TableFile]:
    """One table for each folder: two people who labeled the same frames would give every animal twice."""
    chosen: dict[Path, TableFile] = {}
    for file in sorted(
        tables, key=lambda file: (not file.path.name.startswith(COLLECTED), file.table.scorer != scorer)
    ):
        first = chosen.setdefault(file.path.parent, file)
        if first is not file:
            collected.remarks.add(f"table beside {first.path.name}, which was read", file.path.name)
    return sorted(chosen.values(), key=lambda file: file.path)
