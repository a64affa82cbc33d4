"""COCO figures and pose suppression beside the ways everybody knows: pycocotools, and the published Python loop."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hrnet import metrics
from hrnet.geometry import Box
from hrnet.metrics.coco import COCO_FIGURES, Read
from hrnet.metrics.records import load
from hrnet.person import Person
from hrnet.skeleton import COCO_17
from train.bench.timing import machine

IMAGES, PERSONS, DETECTIONS = 5000, 11_000, 100_000  # about COCO val2017, with the twenty detections that count
CROWDS = (5, 20, 100)  # people in one image, for the suppression
JOINTS = len(COCO_17)
SEED = 7
THRESHOLD = 0.9  # of the suppression; TEST.OKS_THRE


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "metrics",
        help="a COCO-sized evaluation, and OKS-NMS",
        description=__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--images", type=int, default=IMAGES, help="persons and detections grow alike")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; medians are printed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        import pycocotools.cocoeval  # noqa: F401
    except ImportError:
        raise ValueError("this comparison needs pycocotools: pip install pycocotools") from None
    if args.images < 1 or args.rounds < 1:
        raise ValueError(f"images and rounds are whole numbers from 1, got {args.images} and {args.rounds}")
    truth, results = made_up(np.random.default_rng(SEED), args.images)
    people = len(truth["annotations"])
    print(f"{args.images} images, {people} persons, {len(results)} detections, all made up from seed {SEED}")
    print(f"{machine()}; medians of {args.rounds} interleaved rounds, processor seconds\n")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("truth.json", "results.json")]
        for file, content in zip(files, (truth, results), strict=True):
            file.write_text(json.dumps(content))
        return judged(truth, results, files, args.rounds) | suppressed(args.rounds)


def judged(truth: dict, results: list[dict], files: list[Path], times: int) -> int:
    """Prints the parts of both evaluations; 1 where the figures are not equal."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    held: dict[str, object] = {}

    def indexed(truth: dict, results: list[dict]) -> None:
        ground_truth = COCO()
        ground_truth.dataset = truth
        ground_truth.createIndex()
        held["index"] = ground_truth, ground_truth.loadRes(results)

    def judge() -> None:
        evaluation = COCOeval(*held["index"], "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        held["theirs"] = evaluation.stats

    def silent(part: Callable[[], object]) -> Callable[[], object]:
        def quietly() -> None:
            with contextlib.redirect_stdout(io.StringIO()):
                part()

        return quietly

    def arrays() -> None:
        held["arrays"] = Read.of(truth, results)

    def figures() -> None:
        held["ours"] = held["arrays"].judged().figures()

    parts = {
        "theirs read": lambda: [json.loads(file.read_bytes()) for file in files],
        "theirs load": silent(lambda: indexed(truth, results)),
        "theirs judge": silent(judge),
        "ours read": lambda: [load(file) for file in files],
        "ours load": arrays,
        "ours judge": figures,
    }
    spent = rounds(parts, times)
    names = {
        "read": "JSON files -> records",
        "load": "records -> index (theirs), arrays (ours)",
        "judge": "evaluate, accumulate, summarize",
    }
    sums = [
        ("judge alone", ("judge",)),
        ("with loading", ("load", "judge")),
        ("from files", ("read", "load", "judge")),
    ]
    print(f"{'':<42}{'pycocotools':>12}{'hrnet':>9}{'ratio':>9}")
    for part, name in names.items():
        line(name, spent, (part,))
    for name, some in sums:
        line(name, spent, some)
    equal = np.array_equal(held["theirs"], list(held["ours"].values()))
    print(f"\n{len(COCO_FIGURES)} figures, every digit equal: {'yes' if equal else 'NO'}")
    for name, theirs in zip(COCO_FIGURES, held["theirs"], strict=True):
        print(f"{name:>6} {theirs!r:<24} {held['ours'][name]!r}")
    return 0 if equal else 1


def rounds(parts: dict[str, Callable[[], object]], times: int) -> dict[str, list[float]]:
    """Processor seconds of each part in every round; all of it runs on one thread, so waiting is nobody's fault."""
    spent: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(times):
        for name, part in parts.items():
            start = time.process_time()
            part()
            spent[name].append(time.process_time() - start)
    return spent


def line(name: str, spent: dict[str, list[float]], parts: tuple[str, ...]) -> None:
    theirs, ours = (
        [sum(times) for times in zip(*(spent[f"{way} {part}"] for part in parts), strict=True)]
        for way in ("theirs", "ours")
    )
    ratio = statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
    print(f"{name:<42}{statistics.median(theirs):>12.2f}{statistics.median(ours):>9.2f}{ratio:>8.1f}x")


def suppressed(times: int) -> int:
    """Prints OKS-NMS beside the published loop; 1 where they keep different people."""
    print(f"\nOKS-NMS at {THRESHOLD}, milliseconds per image")
    print(f"{'people':>6}{'Python loop':>14}{'hrnet':>9}{'ratio':>9}   kept")
    same = True
    for count in CROWDS:
        people = crowd(np.random.default_rng(SEED), count)
        area = [person.box.area for person in people]
        kept = {}
        calls = 400 // count  # a call of the quick way is too short for the clock

        def plainly(people=people, area=area, kept=kept, calls=calls) -> None:
            for _ in range(calls):
                kept["loop"] = plain_nms(people, area, THRESHOLD)

        def ours(people=people, area=area, kept=kept, calls=calls) -> None:
            for _ in range(calls):
                kept["ours"] = metrics.oks_nms(people, THRESHOLD, area)

        spent = rounds({"loop": plainly, "ours": ours}, 3 * times)
        ratio = statistics.median(a / b for a, b in zip(spent["loop"], spent["ours"], strict=True))
        loop, quick = (1000 * statistics.median(spent[way]) / calls for way in ("loop", "ours"))
        same &= kept["loop"] == kept["ours"].tolist()
        print(f"{count:>6}{loop:>14.2f}{quick:>9.3f}{ratio:>8.1f}x   {len(kept['loop'])}")
    print(f"the same people kept: {'yes' if same else 'NO'}")
    return 0 if same else 1


def plain_nms(people: list[Person], area: list[float], threshold: float) -> list[int]:
    """As the published evaluation does it: in Python, one pair after the other, all against all that are left.

    The steps of oks_nms and oks_iou in lib/nms/nms.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    variances = (np.array(COCO_17.sigmas) * 2) ** 2
    flat = [person.keypoints.astype(float).ravel() for person in people]
    order = np.argsort(-np.array([person.score for person in people]), kind="stable")
    kept = []
    while order.size:
        best = order[0]
        kept.append(int(best))
        alike = np.zeros(len(order) - 1)
        for place, other in enumerate(order[1:]):
            dx = flat[other][0::3] - flat[best][0::3]
            dy = flat[other][1::3] - flat[best][1::3]
            exponent = (dx**2 + dy**2) / variances / ((area[best] + area[other]) / 2 + np.spacing(1)) / 2
            alike[place] = np.sum(np.exp(-exponent)) / len(exponent)
        order = order[1:][alike <= threshold]
    return kept


def crowd(rng: np.random.Generator, count: int) -> list[Person]:
    """People side by side, every fifth of them found twice."""
    people = []
    for place in range(count):
        if place % 5 == 4:
            keypoints = people[-1].keypoints + rng.normal(0, 0.5, (JOINTS, 3)) * [1, 1, 0]
            box = people[-1].box
        else:
            box = Box(*rng.uniform(0, 500, 2).tolist(), *rng.uniform(60, 200, 2).tolist())
            keypoints = np.column_stack([rng.random((JOINTS, 2)) * [box.w, box.h] + [box.x, box.y], rng.random(JOINTS)])
        people.append(Person(box, keypoints.astype(np.float32), float(rng.random())))
    return people


def made_up(rng: np.random.Generator, images: int) -> tuple[dict, list[dict]]:
    """Ground truth and results of COCO's size and kind: half of the images show nobody, some people are crowds or
    carry no labels, and most detections lie near somebody, with an error of a few percent of the person's size."""
    persons, found = images * PERSONS // IMAGES, DETECTIONS // IMAGES
    ids = np.sort(rng.permutation(20 * images)[:images])
    shows = rng.permutation(images)[: max(1, int(0.54 * images))]  # COCO: 2,693 of 5,000 images show somebody
    image = np.concatenate([shows, rng.choice(shows, max(0, persons - len(shows)))])
    size = rng.choice([25, 60, 150, 300], len(image))[:, None] * rng.uniform(0.7, 1.3, (len(image), 2))
    corner = rng.uniform(-10, 450, (len(image), 2))
    keypoints = np.round(corner[:, None] + size[:, None] * rng.random((len(image), JOINTS, 2)))
    labelled = (
        rng.random((len(image), JOINTS)) < rng.choice([0, 0.3, 0.7, 1], len(image), p=[0.1, 0.2, 0.4, 0.3])[:, None]
    )
    crowd = rng.random(len(image)) < 0.03
    area = np.round(size.prod(axis=1) * rng.uniform(0.3, 0.8, len(image)), 2)
    flat = np.dstack([keypoints * labelled[:, :, None], 2 * labelled]).astype(int).reshape(len(image), -1)
    annotations = [
        {
            "id": number + 1,
            "image_id": int(ids[image[number]]),
            "category_id": 1,
            "iscrowd": int(crowd[number]),
            "num_keypoints": 0 if crowd[number] else int(labelled[number].sum()),
            "keypoints": flat[number].tolist(),
            "bbox": np.round([*corner[number], *size[number]], 2).tolist(),
            "area": float(area[number]),
        }
        for number in range(len(image))
    ]
    by_image: list[list[int]] = [[] for _ in range(images)]
    for number, place in enumerate(image.tolist()):
        by_image[place].append(number)
    results = []
    for place, present in enumerate(by_image):
        for _ in range(found):
            if present and rng.random() < 0.8:
                one = rng.choice(present)
                error = np.sqrt(size[one].prod()) * rng.choice([0.01, 0.03, 0.08, 0.3])
                points = keypoints[one] + rng.normal(0, error, (JOINTS, 2))
            else:
                points = rng.uniform(0, 500, 2) + rng.uniform(30, 300, 2) * rng.random((JOINTS, 2))
            scores = rng.random((JOINTS, 1))
            results.append(
                {
                    "image_id": int(ids[place]),
                    "category_id": 1,
                    "keypoints": np.round(np.column_stack([points, scores]), 2).ravel().tolist(),
                    "score": round(float(rng.random()), 4),
                }
            )
    return {
        "images": [{"id": int(i), "width": 640, "height": 480} for i in ids],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "person"}],
    }, results
