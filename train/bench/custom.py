"""From zip to finished run with default choices, beside a network that learns everything from nothing in that time."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hrnet.training.look import NEAR
from train.bench.timing import machine

SPLITS = "splits.json"
PROBED = 24  # steps by which the baseline's speed is measured
OURS, PLAIN = "finetune_small", "plain_small"


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("custom", help=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help=f"folder with zips of labeled sets and {SPLITS}")
    parser.add_argument("--out", type=Path, required=True, help="folder for the runs; finished ones are not repeated")
    parser.add_argument("--sets", nargs="*", help="names of the zips; all that the splits name where not given")
    parser.add_argument("--threads", type=int, default=1, help="processor cores of each training")
    parser.add_argument("--seed", type=int, default=1, help="of both trainings")
    parser.add_argument("--device", default="cpu", help="of both trainings")
    parser.set_defaults(run=run)


@dataclass(frozen=True)
class Told:
    """A finished training: figures from 0 to 1 of its last look, which nobody chose."""

    steps: int
    seconds: float  # from the first step to the last look
    figures: dict[str, float]
    speed: float  # examples a second

    @classmethod
    def of(cls, folder: Path) -> Told:
        """Raises ValueError where the run has not finished in one go."""
        lines = (folder / "events.jsonl").read_text().splitlines() if (folder / "events.jsonl").is_file() else []
        events = [json.loads(line) for line in lines]
        begun = [event for event in events if event["event"] == "started"]
        if len(begun) != 1 or events[-1]["event"] != "finished":
            raise ValueError(f"{folder} holds no run that finished in one go; remove it and start again")
        looks = [event for event in events if event["event"] == "validated"]
        speeds = sorted(event["samples_per_second"] for event in events if event["event"] == "stepped")
        seconds = looks[-1]["time"] - begun[0]["time"]
        return cls(begun[0]["steps"], seconds, looks[-1]["figures"], speeds[len(speeds) // 2])


def run(args: argparse.Namespace) -> int:
    splits = args.data / SPLITS
    if not splits.is_file():
        raise ValueError(f"there is no {splits}; give a folder with zips and a file that divides them")
    names = args.sets or [name.removesuffix(".zip") for name in json.loads(splits.read_text())]
    print(f"{machine()}; {args.threads} threads, seed {args.seed}\n")
    rows = []
    for name in names:
        ours = trained(args, name, OURS)
        probe = trained(args, name, PLAIN, f"{PLAIN}-probe", PROBED, PROBED)
        size = json.loads((args.out / name / OURS / "recipe.json").read_text())["batch_size"]
        steps = max(1, math.floor(ours.seconds * probe.speed / size))
        plain = trained(args, name, PLAIN, PLAIN, steps, math.ceil(steps / 10))
        rows.append(cells(name, ours, plain))
        print(table(rows[-1:]).splitlines()[-1], flush=True)
    print(f"\n{table(rows)}")
    return 0


def trained(args: argparse.Namespace, name: str, recipe: str, folder: str = "", steps: int = 0, every: int = 0) -> Told:
    """A training in a process of its own, as a person starts it; its figures where it has been done already."""
    where = args.out / name / (folder or recipe)
    words = ["--data", str(args.data / f"{name}.zip"), "--split", str(args.data / SPLITS), "--run", str(where)]
    words += ["--cache", str(args.out / name / "cache"), "--threads", str(args.threads), "--device", args.device]
    words += ["--set", f"seed={args.seed}"]
    words += ["--steps", str(steps), "--set", f"validate_every={every}"] if steps else []
    if not (where / "events.jsonl").is_file():
        where.mkdir(parents=True, exist_ok=True)
        with (where.parent / f"{where.name}.log").open("w") as log:
            subprocess.run([sys.executable, "-m", "train", recipe, *words], stdout=log, stderr=log, check=False)
    return Told.of(where)


HEAD = ("set", f"PCK@{NEAR} fine-tuned", "from nothing", "OKS fine-tuned", "from nothing", "minutes", "steps")


def cells(name: str, ours: Told, plain: Told) -> list[str]:
    return [
        name,
        *(f"{100 * one.figures[figure]:.1f}" for figure in ("PCK", "OKS") for one in (ours, plain)),
        *(f"{ours.seconds / 60:.1f} / {plain.seconds / 60:.1f}", f"{ours.steps} / {plain.steps}"),
    ]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Markdown."""
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
