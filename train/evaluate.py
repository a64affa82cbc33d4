"""Measure weights on a labeled set: python -m train.evaluate --data FOLDER --split val --boxes given

Prints the ten COCO figures with everything they depend on: boxes, flip, decoder, precision. With --boxes found the
embedded finder's boxes are taken; on photos where not everybody is listed that figure is pessimistic. With
--finder-only nothing is posed: recall of tall persons on the split, and precision on the photos held out for it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

import hrnet
from hrnet import evaluation
from hrnet.data import PoseSet, read_coco
from hrnet.finder.judge import TALL, Labeled, precision, recall
from hrnet.geometry import Box
from train.recipes.people_pose import held_out


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m train.evaluate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="a COCO keypoint file, or the folder of the people set"
    )
    parser.add_argument("--split", help="only the photos of this split")
    parser.add_argument(
        "--weights", default="default", help="a name from `python -m hrnet models`, a file, a run folder"
    )
    parser.add_argument("--finder", default="default", help="what finds persons with --boxes found")
    parser.add_argument("--boxes", choices=("given", "found"), default="given", help="where the boxes come from")
    parser.add_argument("--no-flip", action="store_true", help="do not average with the mirrored crop")
    parser.add_argument("--precision", choices=("exact", "fast"), default="exact")
    parser.add_argument("--engine", choices=("openvino", "torch"))
    parser.add_argument("--device")
    parser.add_argument("--finder-only", action="store_true", help="recall and precision of the person finder")
    args = parser.parse_args(argv)
    try:
        return run(args)
    except (ValueError, OSError) as error:
        print(f"evaluate: {error}", file=sys.stderr)
        return 2


def run(args: argparse.Namespace) -> int:
    file = args.data / "people.json.gz" if args.data.is_dir() else args.data
    everything = read_coco(file)
    poses = everything.split(args.split) if args.split else everything
    need_finder = args.finder_only or args.boxes == "found"
    estimator = hrnet.load(
        args.weights,
        finder=args.finder if need_finder else None,
        engine=args.engine,
        device=args.device,
        precision=args.precision,
        flip=not args.no_flip,
    )
    if args.finder_only:
        judge_finder(estimator, poses, everything.only(held_out))
        return 0
    started = time.perf_counter()
    boxes = find(estimator, poses) if args.boxes == "found" else evaluation.given_boxes(poses)
    with tqdm(total=len(poses.photos), unit=" photos") as bar:
        detections = evaluation.detect(
            estimator.topdown,
            poses,
            boxes,
            lambda place: poses.photos[place].read(),
            lambda done, total: bar.update(done - bar.n),
        )
    meta = estimator.topdown.metadata
    network = estimator.topdown.network
    height, width = meta.input_size
    print(
        f"{args.weights}: {meta.spec.name} {height}x{width}, {network.name} {network.precision} on {network.device}; "
        f"rule {meta.rule.name}, decoder {meta.decoder} with kernel {meta.kernel}"
    )
    print(
        f"{len(poses.photos)} photos{f' of {args.split}' if args.split else ''}, {sum(map(len, boxes))} boxes "
        f"({args.boxes}), flip averaging {'off' if args.no_flip else 'on'}, OKS-NMS {evaluation.OKS_THRESHOLD}, "
        f"{time.perf_counter() - started:.0f} s"
    )
    for name, value in evaluation.figures(poses, detections).items():
        print(f"{name:>5} {value:.3f}")
    return 0


def find(estimator: hrnet.Estimator, poses: PoseSet) -> list[list[Box]]:
    return [estimator.finder([photo.read()])[0] for photo in tqdm(poses.photos, unit=" photos", desc="finding")]


def judge_finder(estimator: hrnet.Estimator, poses: PoseSet, precise: PoseSet) -> None:
    found, exact = find(estimator, poses), find(estimator, precise)
    labels, listed = ([Labeled.of(some, place) for place in range(len(some.photos))] for some in (poses, precise))
    tall = sum(person.h > TALL for label in labels for person in label.persons)
    print(f"threshold {estimator.finder.threshold:.2f}, IoU .5")
    print(f"recall    {recall(found, labels):.3f} of {tall} persons taller than {TALL:.0f} px in {len(labels)} photos")
    count = int(np.sum([len(boxes) for boxes in exact]))
    print(f"precision {precision(exact, listed):.3f} of {count} boxes in {len(listed)} photos that list everybody")


if __name__ == "__main__":
    sys.exit(main())
