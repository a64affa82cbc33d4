"""The command `python -m hrnet predict`: photos in, drawn pictures and JSON out."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hrnet import draw, image
from hrnet.estimator import Estimator, load
from hrnet.geometry import Box, whole
from hrnet.person import Person

GIVEN_UP = 2  # exit code where any input was bad; the good ones were done first

Boxes = Mapping[str, list[Box]]  # file name -> boxes in photo pixels


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "predict",
        help="find people and their joints in photos",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Find people and their joints in photos. A bad file is named on stderr and the others are done; "
        f"the exit code is then {GIVEN_UP}.",
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="photos, or folders that are searched for photos")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all people and keypoints here")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write every photo with its people drawn here")
    parser.add_argument("--weights", default="default", help="a name from `models`, a file, or the folder of a run")
    parser.add_argument("--finder", default="default", help="what finds the persons: a name from `models` or a file")
    parser.add_argument(
        "--boxes",
        metavar="whole|FILE",
        help="no finder: the whole picture is one person, or the boxes of a JSON file (of this command, or COCO)",
    )
    parser.add_argument("--threshold", type=float, default=draw.VISIBLE, help="lowest score of a joint that is drawn")
    parser.add_argument("--flip", action="store_true", help="average with the mirrored crop: slower, a little better")
    parser.add_argument("--engine", choices=("openvino", "torch"), help="what computes; the quicker one if not given")
    parser.add_argument("--device", help="cpu, cuda, cuda:1")
    parser.add_argument("--precision", choices=("exact", "fast"), help="fast: half precision where the device has it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    complaints = Complaints()
    try:
        boxes = read_boxes(Path(args.boxes)) if args.boxes not in (None, "whole") else None
        estimator = load(
            args.weights,
            finder=None if args.boxes else args.finder,
            engine=args.engine,
            device=args.device,
            precision=args.precision,
            flip=args.flip,
        )
        for folder in filter(None, (args.out, args.json and args.json.parent)):
            folder.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        complaints.add(error)
        return GIVEN_UP

    records: list[dict[str, object]] = []
    names = Names(args.out) if args.out else None
    for path, photo, people in results(estimator, files(args.paths, complaints), args.boxes, boxes, complaints):
        tqdm.write(f"{path}: {count(people)}")
        height, width = photo.shape[:2]
        records.append(
            {"file": str(path), "width": width, "height": height, "people": [person.to_dict() for person in people]}
        )
        if names:
            try:
                image.write(
                    names.for_photo(path),
                    draw.people(photo, people, estimator.skeleton, threshold=args.threshold),
                )
            except image.ImageError as error:
                complaints.add(error)
    if args.json:
        try:
            write_json(args.json, records)
        except OSError as error:
            complaints.add(f"cannot write {args.json}: {error.strerror or error}")
    return GIVEN_UP if complaints.any else 0


def results(
    estimator: Estimator, paths: list[Path], how: str | None, boxes: Boxes | None, complaints: Complaints
) -> Iterator[tuple[Path, np.ndarray, list[Person]]]:
    """Every readable photo with its people, in order; what cannot be read is complained about and passed over."""
    bar = tqdm(paths, unit=" photos", disable=None if len(paths) > 1 else True)
    waiting: deque[tuple[Path, np.ndarray]] = deque()

    def readable() -> Iterator[np.ndarray]:
        for path in bar:
            try:
                photo = image.read(path)
            except image.ImageError as error:
                complaints.add(error)
                continue
            waiting.append((path, photo))
            yield photo

    if how is None:
        for people in estimator.many(readable()):
            yield (*waiting.popleft(), people)
        return
    for photo in readable():
        path, _ = waiting.popleft()
        try:
            yield path, photo, estimator(photo, boxes_of(path, photo, boxes))
        except ValueError as error:
            complaints.add(f"{path}: {error}")


def files(paths: list[str], complaints: Complaints) -> list[Path]:
    """The photos that the paths name or contain."""
    found: list[Path] = []
    for path in paths:
        try:
            found += image.find(path)
        except image.ImageError as error:
            complaints.add(error)
    return found


def boxes_of(path: Path, photo: np.ndarray, boxes: Boxes | None) -> list[Box]:
    """The named boxes of one photo; the whole picture where "whole" was asked for.

    Raises:
        ValueError: the file of boxes does not mention this photo.
    """
    if boxes is None:
        return [whole(photo)]
    for name in (str(path), path.name):
        if name in boxes:
            return boxes[name]
    raise ValueError(f"the file of boxes does not mention {path.name}")


def read_boxes(path: Path) -> Boxes:
    """Boxes by file name, from predict's own JSON or a COCO file with images and annotations.

    Raises:
        ValueError: it is neither.
    """
    try:
        values = json.loads(path.read_text())
    except OSError as error:
        raise ValueError(f"cannot read the boxes in {path}: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from error
    try:
        if isinstance(values, dict):
            names = {record["id"]: str(record["file_name"]) for record in values["images"]}
            boxes: dict[str, list[Box]] = {name: [] for name in names.values()}
            for record in values["annotations"]:
                boxes[names[record["image_id"]]].append(Box(*record["bbox"]))
        else:
            boxes = {record["file"]: [Box(*someone["box"]) for someone in record["people"]] for record in values}
            boxes |= {Path(name).name: some for name, some in boxes.items()}
    except (KeyError, TypeError, ValueError) as error:
        reason = error if type(error) is ValueError else f"{type(error).__name__} {error}"
        raise ValueError(f"{path} holds no boxes that predict can read (its own JSON, or COCO): {reason}") from error
    return boxes


class Complaints:
    """One line on stderr for everything that was bad, above the progress bar."""

    def __init__(self) -> None:
        self.any = False

    def add(self, complaint: object) -> None:
        self.any = True
        tqdm.write(f"hrnet: {complaint}", file=sys.stderr)


class Names:
    """Names for drawn pictures in one folder; photos of the same name from two folders do not overwrite each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: set[str] = set()

    def for_photo(self, path: Path) -> Path:
        suffix = path.suffix.lower() if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp") else ".png"
        name, n = path.stem + suffix, 1
        while name in self._taken:
            n += 1
            name = f"{path.stem}-{n}{suffix}"
        self._taken.add(name)
        target = self.folder / name
        return target if target.resolve() != path.resolve() else self.folder / f"{path.stem}-people{suffix}"


def write_json(path: Path, records: list[dict[str, object]]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(json.dumps(records, indent=1) + "\n")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def count(people: list[Person]) -> str:
    return {0: "no person found", 1: "1 person"}.get(len(people), f"{len(people)} people")
