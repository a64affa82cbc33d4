"""A set as a zip of COCO keypoints, which `hrnet.data.read` and every tool that knows COCO read."""

from __future__ import annotations

import json
import os
import secrets
import zipfile
from collections.abc import Callable
from pathlib import Path

from hrnet.data.coco import to_coco
from hrnet.sets.errors import not_kept
from hrnet.sets.label_set import LabelSet
from hrnet.sets.names import different, plain_path

LABELS = "annotations.json"
PICTURES = "images"


def export(
    one: LabelSet,
    path: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    *,
    unlabeled: bool = True,
) -> Path:
    """Write a set: `annotations.json` and `images/`, the pictures under the names that they were brought with.

    What goes beyond COCO (splits, sources, pairs, confidences) is told in `hrnet.data.to_coco`. Proposals of a network
    that nobody has confirmed are left out. The file appears whole or not at all.

    Args:
        unlabeled: with pictures that have no labels.
    Raises:
        SetError: it cannot be written.
    """
    pictures = one.pictures
    poses = one.poses().only(lambda photo: photo.id in pictures)  # without what comes meanwhile
    if not unlabeled:
        labeled = {person.photo for person in poses.samples}
        keep = {photo.id for place, photo in enumerate(poses.photos) if place in labeled}
        poses = poses.only(lambda photo: photo.id in keep)
    names = different(f"{PICTURES}/{plain_path(pictures[photo.id].name)}" for photo in poses.photos)
    values = to_coco(poses)
    for record, name in zip(values["images"], names, strict=True):
        record["file_name"] = name
    path = Path(path)
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "w") as archive:
            archive.writestr(LABELS, json.dumps(values, allow_nan=False), zipfile.ZIP_DEFLATED)
            for done, (photo, name) in enumerate(zip(poses.photos, names, strict=True), 1):
                archive.write(photo.path, name)  # as it is: pictures are packed already
                progress(done, len(names))
        os.replace(part, path)
    except OSError as error:
        raise not_kept(f"{path.name} cannot be written", error) from error
    finally:
        part.unlink(missing_ok=True)
    return path
