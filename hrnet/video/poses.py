"""The people of a clip as JSON and as CSV, written frame by frame, so that a long clip needs no more memory.

JSON is one object:

    {"file": "clip.mp4", "width": 640, "height": 480, "joints": ["nose", ...], "limbs": [[15, 13], ...],
     "frames": [{"frame": 0, "time": 0.0,
                 "people": [{"box": [x, y, w, h], "score": s, "keypoints": [[x, y, score], ...], "id": 1}]}]}

`people` is as in predict's JSON, and `id` is the same for the same person in all frames. `frame` counts from 0, `time`
is in seconds since the beginning of the clip that was read. CSV has the columns frame, time, id, joint, x, y, score and
a row for every frame, person and joint; a frame without people has no row.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hrnet.geometry import Size
from hrnet.person import Person
from hrnet.skeleton import Skeleton
from hrnet.video.reader import Frame

Write = Callable[[Frame, Sequence[Person]], None]


@contextmanager
def json_file(path: str | os.PathLike[str], source: str, size: Size, skeleton: Skeleton) -> Iterator[Write]:
    """A function that adds the people of a frame; the file is whole after the block."""
    height, width = size
    head = {"file": source, "width": width, "height": height, "joints": skeleton.joints, "limbs": skeleton.limbs}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1] + ', "frames": [')
        between = "\n"

        def write(frame: Frame, people: Sequence[Person]) -> None:
            nonlocal between
            record = {"frame": frame.index, "time": _seconds(frame), "people": [one.to_dict() for one in people]}
            file.write(between + json.dumps(record))
            between = ",\n"

        yield write
        file.write("\n]}\n")


@contextmanager
def csv_file(path: str | os.PathLike[str], skeleton: Skeleton) -> Iterator[Write]:
    """As `json_file`."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(("frame", "time", "id", "joint", "x", "y", "score"))

        def write(frame: Frame, people: Sequence[Person]) -> None:
            for one in people:
                for joint, (x, y, score) in zip(skeleton.joints, one.keypoints.tolist(), strict=True):
                    places = (round(x, 2), round(y, 2), round(score, 4))
                    table.writerow((frame.index, _seconds(frame), one.id, joint, *places))

        yield write


def _seconds(frame: Frame) -> float:
    return round(frame.time, 6)
