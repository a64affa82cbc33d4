"""The commands `python -m hrnet check` and `python -m hrnet convert`: labeled sets, without a network."""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hrnet.files import replacing

if TYPE_CHECKING:
    from hrnet.data.pose_set import PoseSet

CLEAN, WRONG, UNUSABLE = 0, 1, 2  # exit codes


def add_to(commands: argparse._SubParsersAction) -> None:
    check = commands.add_parser(
        "check",
        help="find what is wrong with a labeled set",
        description="Find what is wrong with a labeled set: photos that are missing, damaged or of another size, boxes "
        "and joints outside, copies in two splits, left and right swapped, limbs too long, joints labeled too rarely. "
        f"The exit code is {CLEAN} if nothing is wrong, {WRONG} if something is and the rest can be used, {UNUSABLE} "
        "if nothing can be used. What is only in doubt does not change it.",
    )
    check.add_argument(
        "--deep",
        action="store_true",
        help="decode every photo: slower; finds all that are damaged, and those that are nearly the same",
    )
    check.set_defaults(run=run_check)
    convert = commands.add_parser(
        "convert",
        help="write a labeled set as COCO keypoints",
        description="Write a labeled set of any known kind as one file of COCO keypoints. Photos stay where they are: "
        "their names in it are paths from there.",
    )
    convert.add_argument("--to", type=Path, required=True, metavar="FILE", help="coco.json, or coco.json.gz")
    convert.set_defaults(run=run_convert)
    for parser in (check, convert):
        parser.add_argument(
            "path",
            type=Path,
            metavar="PATH",
            help="a file of labels, a folder or a zip: COCO, CrowdPose, AP-10K, MPII, YOLO pose, CVAT, Label Studio, "
            "DeepLabCut, Lightning Pose, SLEAP, labelme or VIA",
        )
        parser.add_argument("--split", help="only this part, such as val")
        parser.add_argument("--photos", type=Path, metavar="DIR", help="where the photos are, if not beside the labels")
        parser.add_argument("--cache", type=Path, metavar="DIR", help="where a zip is unpacked, else in HRNET_HOME")


def run_check(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from hrnet.data.checking import examine
    from hrnet.data.reading import read

    try:
        poses = read(args.path, args.split, args.photos, cache=args.cache)
    except (ValueError, OSError) as error:
        print(f"check: {error}", file=sys.stderr)
        return UNUSABLE
    with tqdm(total=len(poses.photos), unit=" photos", leave=False, disable=None) as bar:
        found = examine(poses, args.deep, lambda done, total: bar.update(done - bar.n))
    labeled = sum(person.labeled > 0 for person in poses.samples)
    splits = ", ".join(sorted({photo.split for photo in poses.photos} - {""}))
    print(
        f"{args.path}: {len(poses.photos)} photos, {len(poses.samples)} persons, {labeled} with labeled joints; "
        f"{poses.skeleton.name}, {len(poses.joints)} joints; splits: {splits or 'none'}"
    )
    for line in found.wrong:
        print(f"wrong: {line}")
    for line in found.remarks:
        print(f"note: {line}")
    doctor = _doctor(poses, args.deep)
    for severity, line in doctor:
        print(f"{severity}: {line}")
    if not found.usable:
        print("nothing can be used: there is no photo that can be read with a labeled joint in it", file=sys.stderr)
        return UNUSABLE
    return WRONG if found.wrong or any(severity == "wrong" for severity, _ in doctor) else CLEAN


def _doctor(poses: PoseSet, deep: bool) -> list[tuple[str, str]]:
    """What the doctor of `hrnet.sets` finds beyond that, with how bad it is: "wrong", "doubt" or "note"."""
    from tqdm import tqdm

    from hrnet.sets.doctor import beside_check, grouped

    with tqdm(total=1, unit=" set", leave=False, disable=None) as bar:
        return grouped(beside_check(poses, deep, lambda share: bar.update(share - bar.n)))


def run_convert(args: argparse.Namespace) -> int:
    from hrnet.data.checking import sized
    from hrnet.data.coco_written import to_coco
    from hrnet.data.reading import read

    if args.to.exists() and args.path.exists() and args.to.samefile(args.path):
        print(f"convert: {args.to} is what is to be converted; write to another file", file=sys.stderr)
        return UNUSABLE
    try:
        poses = read(args.path, args.split, args.photos, cache=args.cache)
        content = json.dumps(to_coco(sized(poses), args.to.parent)).encode()
        args.to.parent.mkdir(parents=True, exist_ok=True)
        with replacing(args.to) as part:
            part.write_bytes(gzip.compress(content) if args.to.suffix == ".gz" else content)
    except (ValueError, OSError) as error:
        print(f"convert: {error}", file=sys.stderr)
        return UNUSABLE
    for line in poses.problems:
        print(f"wrong: {line}", file=sys.stderr)
    for line in poses.remarks:
        print(f"note: {line}", file=sys.stderr)
    print(f"{args.to}: {len(poses.photos)} photos, {len(poses.samples)} persons, {len(poses.joints)} joints")
    return WRONG if poses.problems else CLEAN
