"""Measure the embedded networks and bring their model card up to date: python -m train.card --data PEOPLE

Prints the tables of hrnet/weights/MODELS.md. With --write they are put there, between their marks; the figures go into
the weights' own metadata, so that pages, card and command say the same; and the failures are drawn anew. With --pose or
--finder the weights of a run (or a file) take the place of the embedded ones first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import hrnet
from hrnet import evaluation, image, weights
from hrnet.data import PoseSet, read_coco
from hrnet.engine import Engine
from hrnet.files import replacing
from hrnet.finder.judge import TALL, Findings, best_threshold
from hrnet.skeleton import COCO_17
from hrnet.topdown import TopDown
from hrnet.training.look import NEAR, look
from hrnet.weights.checkpoint import Figure
from train.card_pictures import failures
from train.evaluate import find
from train.recipes.people_pose import held_out, in_words
from train.recipes.person_finder import figures_of
from train.recipes.recipe import size

CARD = Path(weights.__file__).with_name("MODELS.md")
PICTURE = CARD.with_name("failures.jpg")
COLUMNS = ("AP", "AP50", "AP75", "AP-M", "AP-L", "AR")
LOWEST = 0.05  # score of the boxes among which the finder's threshold is looked for
COMMAND = "python -m train.evaluate --data PEOPLE --split val --boxes given"  # gives the figures that are kept


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv)
    try:
        return run(args)
    except (ValueError, OSError) as error:
        print(f"card: {error}", file=sys.stderr)
        return 2


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m train.card", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the people set")
    parser.add_argument("--pose", help="weights to embed: a file or a run folder")
    parser.add_argument("--finder", help="weights to embed: a file or a run folder")
    parser.add_argument(
        "--finder-size", type=size, metavar="HxW", help="what the finder shall see, where not as trained"
    )
    parser.add_argument("--write", action="store_true", help="into the card and the weights")
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> int:
    if (args.pose or args.finder) and not args.write:
        raise ValueError("--pose and --finder replace what is embedded; say --write, too")
    if args.finder_size and not args.finder:
        raise ValueError("--finder-size is for new weights; name them with --finder")
    every = read_coco(args.data / "people.json.gz", skeleton=COCO_17)
    judged, listed = every.split("val"), every.only(held_out)
    if args.pose:
        embed("pose", args.pose)
    if args.finder:
        embed("finder", args.finder, input_size=args.finder_size, threshold=LOWEST)
    finder = judge_finder(judged, listed, choose=bool(args.finder), write=args.write)
    estimator = hrnet.load()
    pose = judge_pose(estimator, judged, write=args.write)
    blocks = {"pose": pose, "finder": finder}
    if args.write:
        picture, told = failures(estimator)
        image.write(PICTURE, picture)
        blocks["failures"] = told
        write_card(blocks)
    print("\n\n".join(blocks.values()))
    return 0


def embed(role: str, name: str, **changed: object) -> None:
    """Put weights into the package in the place of those that are there."""
    tensors, metadata = weights.load(name, role=role)
    changed = {key: value for key, value in changed.items() if value is not None}
    weights.save(weights.embedded()[role], tensors, replace(metadata, **changed))


def judge_pose(estimator: hrnet.Estimator, poses: PoseSet, write: bool) -> str:
    """The tables of the pose network, in Markdown."""
    network, metadata = estimator.topdown.network, estimator.topdown.metadata

    def photos(place: int) -> np.ndarray:
        return poses.photos[place].read()

    with_flip, without = (look(TopDown(network, metadata, flip), poses, photos) for flip in (True, False))
    topdown = TopDown(network, metadata, flip=True)
    found = evaluation.figures(poses, evaluation.detect(topdown, poses, find(estimator, poses), photos))
    rows = {
        "given, with flip": with_flip.figures,
        "given, without flip": without.figures,
        "the finder's, with flip": found,
    }
    for name, other in others(network):
        rows[f"given, with flip, {name}"] = look(TopDown(other, metadata, True), poses, photos).figures
    if write:
        facts = {"data": in_words(poses), "boxes": "given", "flip": True, "measured": True, "source": COMMAND}
        told = {name: value for name, value in with_flip.figures.items() if name not in ("PCK", "OKS") and value >= 0}
        keep("pose", tuple(Figure(name, percent(value), **facts) for name, value in told.items()))
    joints = [joint.replace("_", " ") for joint in poses.joints]
    return "\n".join(
        [
            table("boxes", COLUMNS, {name: [figures[c] for c in COLUMNS] for name, figures in rows.items()}),
            "",
            f"By joint, given boxes with flip, everybody counted: how many lie within {NEAR:g} of the longer side of "
            "the joints' tight box\n(PCK), and the mean of the joint's term of OKS.",
            "",
            table(
                "joint",
                ("PCK", "OKS"),
                {name: (of["PCK"], of["OKS"]) for name, of in zip(joints, with_flip.joints.values(), strict=True)},
            ),
        ]
    )


def others(network: Engine) -> Iterator[tuple[str, Engine]]:
    """The same weights computed in other ways, each with what to call it: what exporting and rounding cost."""
    plain = hrnet.load(finder=None, engine="torch").topdown.network
    if plain.name != network.name:
        yield f"by {plain.name} instead of {network.name}", plain
    fast = hrnet.load(finder=None, precision="fast").topdown.network
    if fast.precision != network.precision:  # a processor without bfloat16 stays exact
        yield f"in {fast.precision}", fast


def judge_finder(judged: PoseSet, listed: PoseSet, choose: bool, write: bool) -> str:
    """What the finder finds, in Markdown; with `choose` its threshold is put where it is best."""
    estimator = hrnet.load()
    asked, exact = (Findings.of(find(estimator, some), some) for some in (judged, listed))
    threshold = estimator.finder.threshold
    if choose:
        threshold = best_threshold(asked, exact)
        asked, exact = asked.above(threshold), exact.above(threshold)
    if write:
        command = f"{COMMAND.partition(' --boxes')[0]} --finder-only"
        rounded = {"recall": round(asked.recall, 3), "precision": round(exact.precision, 3)}
        keep("finder", figures_of(rounded, judged, command), threshold=threshold)
    return (
        f"At its threshold of {threshold:.3g} and an IoU of .5 it finds {asked.recall:.3f} of the {asked.tall} persons "
        f"taller than {TALL:.0f} px on `val`; of its\n{exact.boxes} boxes on every tenth photo of `everyday` "
        f"and `nobody` (which list everybody and were never trained on)\n{exact.precision:.3f} are right."
    )


def keep(role: str, figures: tuple[Figure, ...], **changed: object) -> None:
    """Write figures into the metadata of embedded weights; their tensors stay as they are."""
    path = weights.embedded()[role]
    tensors, metadata = weights.checkpoint.load(path)
    weights.save(path, tensors, replace(metadata, figures=figures, **changed))


def percent(value: float) -> float:
    return round(100 * round(value, 3), 1)  # what the command prints, so that nobody wonders


def table(first: str, columns: Sequence[str], rows: dict[str, Sequence[float]]) -> str:
    lines = [f"| {first} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    return "\n".join(
        lines + [f"| {name} | {' | '.join(f'{value:.3f}' for value in row)} |" for name, row in rows.items()]
    )


def write_card(blocks: dict[str, str]) -> None:
    """Replace what stands between the marks `<!-- name -->` and `<!-- end of name -->`.

    Raises:
        ValueError: a mark is missing.
    """
    text = CARD.read_text(encoding="utf-8")
    for name, block in blocks.items():
        first, last = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(first)
        _, ended, after = rest.partition(last)
        if not found or not ended:
            raise ValueError(f"{CARD.name} has no place for {name}: put {first} and {last} where it belongs")
        text = f"{before}{first}\n{block}\n{last}{after}"
    with replacing(CARD) as part:
        part.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
