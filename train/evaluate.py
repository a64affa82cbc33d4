"""Measure weights on a labeled set: python -m train.evaluate --data FOLDER --split val --boxes given

Prints the figures with everything they depend on: boxes, crop, flip, decoder, rescoring, OKS-NMS, precision, machine.
COCO's ten figures; CrowdPose's easy, medium and hard, and MPII's PCKh where the labels say so. What others published
stands beside, named as such. --report writes one HTML page with joints, errors, curves and the worst twenty persons.

With --boxes found the finder's boxes are taken; on photos where not everybody is listed that figure is pessimistic.
With --finder-only nothing is posed: recall of tall persons, and precision on the photos held out for it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

import hrnet
from hrnet import data, evaluation
from hrnet.data import PoseSet
from hrnet.data.detections import read_detections
from hrnet.evaluation import NMS, Protocol
from hrnet.files import replacing
from hrnet.finder.judge import TALL, Findings
from hrnet.geometry import GRAY, Box, CropRule
from hrnet.skeleton import MPII_16
from hrnet.topdown import TopDown
from hrnet.weights.checkpoint import DECODERS
from train.measured import Measured, lines, measure, on_this_machine
from train.recipes.people_pose import held_out

CROPS = {
    "rule": lambda rule: rule,
    "gray": lambda rule: replace(rule, fill=GRAY, stretch=False),
    "stretch": lambda rule: replace(rule, stretch=True),
}
FLIPS = {  # whether to average with the mirrored crop, and how its heatmaps come back
    "rule": lambda rule: rule,
    "shift": lambda rule: replace(rule, flip_shift=True),
    "plain": lambda rule: replace(rule, flip_shift=False),
    "off": lambda rule: rule,
}


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv)
    try:
        return run(args)
    except (ValueError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_argument_group("what is measured, and on what")
    what.add_argument("--data", type=Path, required=True, help="a labeled set: COCO or MPII file, or a folder of one")
    what.add_argument("--split", help="only the photos of this split")
    what.add_argument("--photos", type=Path, help="folder of the photos, where it is not beside the labels")
    what.add_argument("--weights", default="default", help="a name from `python -m hrnet models`, a file, a run folder")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--boxes", default="given", metavar="given|found|FILE", help="labels, the finder, or COCO person detections"
    )
    how.add_argument("--box-score", type=float, default=0.0, help="lowest score of the boxes of FILE (published: 0)")
    how.add_argument("--finder", default="default", help="what finds persons with --boxes found")
    how.add_argument(
        "--crop", choices=CROPS, default="rule", help="as the weights say; gray outside of the photo; box stretched"
    )
    how.add_argument(
        "--flip",
        choices=FLIPS,
        default="rule",
        help="average with the mirrored crop: as the weights say, moved by one heatmap pixel, not moved; or not at all",
    )
    how.add_argument("--no-flip", action="store_const", const="off", dest="flip", help="the same as --flip off")
    how.add_argument("--decoder", choices=DECODERS, help="instead of the one that the weights name")
    how.add_argument("--kernel", type=int, help="side of the decoder's blur, odd heatmap pixels")
    how.add_argument("--nms", choices=NMS, help="of persons that repeat each other; hard, but off for MPII")
    how.add_argument("--oks-threshold", type=float, default=Protocol.oks_threshold, help="of --nms (published: 0.9)")
    how.add_argument(
        "--count-above",
        type=float,
        default=Protocol.counted_score,
        help="a joint counts toward its person's score above this (published: 0.2)",
    )
    how.add_argument("--precision", choices=("exact", "fast"), default="exact")
    how.add_argument("--engine", choices=("openvino", "torch"))
    how.add_argument("--device")
    out = parser.add_argument_group("where to")
    out.add_argument("--report", type=Path, metavar="FILE.html", help="one page with figures, errors and pictures")
    out.add_argument("--save", type=Path, metavar="FILE.json", help="the poses, as COCO results")
    out.add_argument("--finder-only", action="store_true", help="recall and precision of the person finder")
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> int:
    for file in filter(None, (args.report, args.save)):
        if not file.parent.is_dir():  # told before minutes of work, not after
            raise ValueError(f"there is no folder {file.parent} to write {file.name} into; make it first")
    poses = data.read(args.data, args.split, args.photos)
    for problem in poses.problems:
        print(f"labels left out: {problem}", file=sys.stderr)
    estimator = hrnet.load(
        args.weights,
        finder=args.finder if args.finder_only or args.boxes == "found" else None,
        engine=args.engine,
        device=args.device,
        precision=args.precision,
    )
    if args.finder_only:
        judge_finder(estimator, poses, data.read(args.data, photos=args.photos).only(held_out))
        return 0
    measured = pose_figures(args, poses, estimator)
    print("\n".join(lines(measured)))
    if args.save:
        write(args.save, json.dumps(measured.detections))
    if args.report:
        from train.report import page

        write(args.report, page(measured))
        print(f"\nreport: {args.report}")
    return 0


def write(file: Path, text: str) -> None:
    with replacing(file) as part:
        part.write_text(text, encoding="utf-8")


def pose_figures(args: argparse.Namespace, poses: PoseSet, estimator: hrnet.Estimator) -> Measured:
    protocol = Protocol(
        args.nms or ("off" if poses.skeleton == MPII_16 else Protocol.nms), args.oks_threshold, args.count_above
    )
    topdown = prepared(estimator.topdown, args)
    started = time.perf_counter()
    boxes, source = boxes_of(args, poses, estimator)
    with tqdm(total=len(poses.photos), unit=" photos") as bar:
        measured = measure(
            topdown,
            poses,
            boxes,
            protocol,
            f"{args.weights} on {args.data.name}{f', {args.split}' if args.split else ''}",
            conditions(args, poses, topdown, protocol, source),
            args.boxes == "given",
            lambda done, total: bar.update(done - bar.n),
        )
    measured.conditions["time"] = f"{time.perf_counter() - started:.0f} s for photos, boxes, poses and figures"
    return measured


def prepared(topdown: TopDown, args: argparse.Namespace) -> TopDown:
    """The network with the crop, flip and decoder that are asked for instead of those it was trained with."""
    metadata = topdown.metadata
    rule: CropRule = FLIPS[args.flip](CROPS[args.crop](metadata.rule))
    asked = {"decoder": args.decoder, "kernel": args.kernel}
    metadata = replace(metadata, rule=rule, **{name: value for name, value in asked.items() if value is not None})
    return TopDown(topdown.network, metadata, flip=args.flip != "off")


def boxes_of(
    args: argparse.Namespace, poses: PoseSet, estimator: hrnet.Estimator
) -> tuple[Sequence[Sequence[Box]], str]:
    """The boxes of every photo, and in words where they come from."""
    if args.boxes == "given":
        return evaluation.given_boxes(poses), "given: the labels', by the published rule"
    if args.boxes == "found":
        threshold = f"threshold {estimator.finder.threshold:.2f}"
        return find(estimator, poses), f"found by the finder {args.finder}, {threshold}"
    read = read_detections(args.boxes, poses, args.box_score)
    for problem in read.problems:
        print(f"boxes left out: {problem}", file=sys.stderr)
    out = f"{read.below} below and {read.elsewhere} on other photos left out"
    return read.boxes, f"detections of {Path(args.boxes).name} with a score from {args.box_score:g} ({out})"


def conditions(
    args: argparse.Namespace, poses: PoseSet, topdown: TopDown, protocol: Protocol, boxes: str
) -> dict[str, str]:
    """All that decides the figures, in words."""
    metadata, network = topdown.metadata, topdown.network
    height, width = metadata.input_size
    labeled = sum(not person.ignore and person.labeled > 0 for person in poses.samples)
    shift = "moved by one heatmap pixel" if metadata.rule.flip_shift else "not moved"
    blur = f", blur of {metadata.kernel} heatmap pixels" if metadata.decoder in ("dark", "udp") else ""
    stated = {person.area is not None for person in poses.samples}
    area = "of the labels" if stated == {True} else "of the box" if stated == {False} else "of the labels, or the box"
    sigmas = f"the {len(poses.skeleton)} of {poses.skeleton.name}"
    return {
        "weights": f"{args.weights}: {metadata.spec.name}, input {height}x{width}",
        "data": f"{args.data.name}{f', split {args.split}' if args.split else ''}: {len(poses.photos)} photos, "
        f"{labeled} persons with joints",
        "boxes": boxes,
        "crop": f"rule {metadata.rule.name}",
        "flip": "off" if not topdown.flip else f"averaged with the mirrored crop, its heatmaps {shift}",
        "decoder": f"{metadata.decoder}{blur}",
        "scores": str(protocol),
        "OKS": f"sigmas {sigmas}; area {'.53 of the box' if evaluation.crowded(poses) else area}",
        "network": f"{network.name}, {network.precision}, {network.device}",
        "machine": on_this_machine(),
    }


def find(estimator: hrnet.Estimator, poses: PoseSet) -> list[list[Box]]:
    return [estimator.finder([photo.read()])[0] for photo in tqdm(poses.photos, unit=" photos", desc="finding")]


def judge_finder(estimator: hrnet.Estimator, poses: PoseSet, precise: PoseSet) -> None:
    asked, listed = (Findings.of(find(estimator, some), some) for some in (poses, precise))
    print(f"threshold {estimator.finder.threshold:.2f}, IoU .5")
    tall = f"{asked.tall} persons taller than {TALL:.0f} px"
    print(f"recall    {asked.recall:.3f} of {tall} in {len(poses.photos)} photos")
    print(f"precision {listed.precision:.3f} of {listed.boxes} boxes in {len(precise.photos)} that list everybody")


if __name__ == "__main__":
    sys.exit(main())
