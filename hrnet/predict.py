"""The command `python -m hrnet predict`: photos in, drawn pictures and JSON out."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from hrnet import draw, image
from hrnet import engine as engines
from hrnet.estimator import Ask, Estimator, load
from hrnet.geometry import Box, whole
from hrnet.person import Person
from hrnet.shares import PATIENCE, LostError, Place, Team, write

GIVEN_UP = 2  # exit code where any input was bad; the good ones were done first

Boxes = Mapping[str, list[Box]]  # file name -> boxes in photo pixels


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "predict",
        help="find people and their joints in photos",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Find people and their joints in photos. A bad file is named on stderr and the others are done; "
        f"the exit code is then {GIVEN_UP}. Under torchrun, or any launcher that sets RANK and WORLD_SIZE, each "
        "process does its share, and one JSON holds the people of all.",
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
    parser.add_argument(
        "--patience",
        type=float,
        default=PATIENCE,
        help="seconds after which one of several processes counts as lost",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    complaints = Complaints()
    try:
        place = Place.of(os.environ)
        boxes = read_boxes(Path(args.boxes)) if args.boxes not in (None, "whole") else None
        for folder in filter(None, (args.out, args.json and args.json.parent)):
            folder.mkdir(parents=True, exist_ok=True)
        paths = files(args.paths, complaints if place.first else Complaints(silent=True))
        if place.ranks == 1 or not args.json:
            records = predict(args, place, paths, boxes, complaints)
        else:
            task = hashlib.sha256("\n".join([str(place.ranks), *map(str, paths)]).encode()).hexdigest()
            with Team(place, args.json.with_name(f"{args.json.name}.parts"), task, args.patience) as team:
                records = predict(args, place, paths, boxes, complaints, team)
                parts = team.gather({"records": records, "complained": complaints.any})
                if parts is None:
                    return 0  # rank 0 answers for all, as a launcher would stop the others for another code
                records = [record for part in parts for record in part["records"]]
                complaints.any = any(part["complained"] for part in parts)
                write_json(args.json, records)
                return GIVEN_UP if complaints.any else 0
        if args.json:
            write_json(args.json, records)
    except (ValueError, OSError, LostError) as error:
        complaints.add(error)
    return GIVEN_UP if complaints.any else 0


def predict(
    args: argparse.Namespace,
    place: Place,
    paths: Sequence[Path],
    boxes: Boxes | None,
    complaints: Complaints,
    team: Team | None = None,
) -> list[tuple[int, dict[str, object]]]:
    """Do this process's share of the photos.

    Returns:
        the place of each photo in `paths`, and its record in the JSON.
    Raises:
        ValueError: the weights, the engine or the device cannot be had.
    """
    estimator = load(
        args.weights,
        finder=None if args.boxes else args.finder,
        engine=args.engine,
        device=own_device(args.engine, args.device, os.environ),
        precision=args.precision,
        flip=args.flip,
    )
    targets = drawn_names(args.out, paths) if args.out else [None] * len(paths)
    jobs = place.share(list(enumerate(paths)))
    records = []
    for number, photo, people in results(estimator, jobs, args.boxes, boxes, complaints, show=place.first):
        path, target = paths[number], targets[number]
        tqdm.write(f"{path}: {count(people)}")
        height, width = photo.shape[:2]
        values = {"file": str(path), "width": width, "height": height, "people": [one.to_dict() for one in people]}
        records.append((number, values))
        if target:
            try:
                drawn = draw.people(photo, people, estimator.skeleton, threshold=args.threshold, in_place=True)
                image.write(target, drawn, last_use=True)
            except image.ImageError as error:
                complaints.add(error)
            del drawn
        del photo  # a large one is not to be held while the next one is read
        if team:
            team.done += 1
    return records


def results(
    estimator: Estimator,
    jobs: Sequence[tuple[int, Path]],
    how: str | None,
    boxes: Boxes | None,
    complaints: Complaints,
    show: bool = True,
) -> Iterator[tuple[int, np.ndarray, list[Person]]]:
    """The number of every readable photo, the photo and its people, in order; what is bad is complained about."""
    waiting: deque[tuple[int, np.ndarray]] = deque()

    def asks() -> Iterator[Ask]:
        for number, path in tqdm(jobs, unit=" photos", disable=None if show and len(jobs) > 1 else True):
            try:
                photo = image.read(path)
            except image.ImageError as error:
                complaints.add(error)
                continue
            try:
                ask = Ask(photo, None if how is None else boxes_of(path, photo, boxes))
            except ValueError as error:
                complaints.add(f"{path}: {error}")
                continue
            waiting.append((number, photo))
            yield ask
            del photo, ask

    for people in estimator.stream(asks()):
        yield (*waiting.popleft(), people)


def own_device(engine: str | None, device: str | None, environment: Mapping[str, str]) -> str | None:
    """Of several GPUs, the one that is this process's own; the device as it was given where that is no question."""
    if "LOCAL_RANK" not in environment or engines.choose(engine, device)[1] != "cuda":
        return device
    return f"cuda:{environment['LOCAL_RANK']}"


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

    def __init__(self, silent: bool = False) -> None:
        self.any, self.silent = False, silent

    def add(self, complaint: object) -> None:
        self.any = True
        if not self.silent:
            tqdm.write(f"hrnet: {complaint}", file=sys.stderr)


def drawn_names(folder: Path, paths: Sequence[Path]) -> list[Path]:
    """Where each photo is drawn to; photos of the same name from two folders do not overwrite each other."""
    taken: set[str] = set()
    targets = []
    for path in paths:
        suffix = path.suffix.lower() if path.suffix.lower() in image.files.KINDS else ".png"
        name, n = path.stem + suffix, 1
        while name in taken:
            n += 1
            name = f"{path.stem}-{n}{suffix}"
        taken.add(name)
        target = folder / name
        targets.append(target if target.resolve() != path.resolve() else folder / f"{path.stem}-people{suffix}")
    return targets


def write_json(path: Path, records: Sequence[tuple[int, dict[str, object]]]) -> None:
    """The records in the order of the photos.

    Raises:
        ValueError: the file cannot be written.
    """
    in_order = [record for _, record in sorted(records, key=lambda one: one[0])]
    try:
        write(path, json.dumps(in_order, indent=1) + "\n")
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from error


def count(people: list[Person]) -> str:
    return {0: "no person found", 1: "1 person"}.get(len(people), f"{len(people)} people")
