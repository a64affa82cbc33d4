"""A set as a zip of COCO keypoints, which `hrnet.data.read` and every tool that knows COCO read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from hrnet.data.coco_written import to_coco
from hrnet.data.pose_set import PoseSet
from hrnet.sets.names import different, plain_path
from hrnet.sets.zipped import zipped

LABELS = "annotations.json"
PICTURES = "images"


def export(
    poses: PoseSet,
    named: Mapping[int, str],
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """Write `annotations.json` and `images/`. What goes beyond COCO (splits, sources, pairs, confidences) is told in
    `hrnet.data.to_coco`. The file appears whole or not at all.

    Args:
        named: what each picture is called in the zip, by its id; names that are not good ones are changed.
    Raises:
        SetError: it cannot be written.
    """
    names = different(f"{PICTURES}/{plain_path(named[photo.id])}" for photo in poses.photos)
    values = to_coco(poses)
    for record, name in zip(values["images"], names, strict=True):
        record["file_name"] = name
    path = Path(path)
    with zipped(path) as archive:
        archive.writestr(LABELS, json.dumps(values, allow_nan=False), zipfile.ZIP_DEFLATED)
        for done, (photo, name) in enumerate(zip(poses.photos, names, strict=True), 1):
            archive.write(photo.path, name)  # as it is: pictures are packed already
            progress(done, len(names))
    return path
