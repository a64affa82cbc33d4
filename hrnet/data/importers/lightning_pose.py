"""Lightning Pose: CSV tables at the top of the folder, with paths of pictures from there.

Source: the layout as docs/source/directory_structure_reference of paninski-lab/lightning-pose (MIT) describes it: one
CSV, or one for each camera, and the same with _new behind the name for videos that no training may see.
"""

from __future__ import annotations

from collections.abc import Sequence

from hrnet.data.importers.animals import add_rows, tables_of
from hrnet.data.importers.collected import Collected
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.folder import Folder
from hrnet.data.importers.tables import is_table
from hrnet.data.pose_set import PoseSet

NAME = "Lightning Pose"
UNSEEN = "_new"  # ends the name of a table of pictures that are only to be judged by


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    return [file for file in files if is_table(file)]


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set, one animal a picture; its video is the `source`. Tables of unseen videos are the split "test".

    Raises:
        ValueError: nothing in it can be used.
    """
    collected = Collected(folder)
    tables = tables_of(files, collected)
    for file in tables:
        add_rows(file, collected, split="test" if file.path.stem.endswith(UNSEEN) else "")
    collected.unlisted()
    joints = [column.joint for file in tables for column in file.table.columns]
    return collected.poses(joints)
