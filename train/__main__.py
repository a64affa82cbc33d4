"""Train a network by a recipe: python -m train people_pose --data FOLDER --run FOLDER"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from tqdm import tqdm

from train.recipes import RECIPES


def main(argv: Sequence[str] | None = None) -> int:
    args = arguments(argv)
    try:
        return train(args)
    except (ValueError, OSError) as error:
        print(f"train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"train: stopped; the same command goes on from {args.run}", file=sys.stderr)
        return 130


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m train", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("recipe", choices=sorted(RECIPES), help="what to train")
    parser.add_argument("--data", type=Path, required=True, help="folder with the labeled set")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run; an interrupted run goes on there")
    parser.add_argument("--cache", type=Path, help="folder for decoded photos; beside the run where not given")
    parser.add_argument("--start", type=Path, help="a .safetensors file to start from instead of random weights")
    parser.add_argument("--input-size", type=size, help="height x width of what the network sees, e.g. 128x96")
    parser.add_argument("--batch-size", type=positive, help="examples a step")
    parser.add_argument(
        "--set", type=setting, action="append", default=[], metavar="NAME=NUMBER", help="another setting of the recipe"
    )
    parser.add_argument("--steps", type=positive, default=10_000, help="optimizer steps in all")
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="the highest; cosine to nothing at the end")
    parser.add_argument("--decay-from", type=float, default=0.0, help="fraction of the steps before the rate sinks")
    parser.add_argument("--validate-every", type=positive, default=1000, help="steps between two looks at the figures")
    parser.add_argument("--save-every", type=positive, default=200, help="steps between two checkpoints")
    parser.add_argument("--threads", type=positive, help="processor cores to use; all where not given")
    parser.add_argument("--device", help="cpu, cuda, cuda:1; the first GPU where there is one")
    return parser.parse_args(argv)


def size(text: str) -> tuple[int, int]:
    try:
        height, width = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not height x width, such as 256x192") from None
    return height, width


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def setting(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=NUMBER, such as sigma=2") from None


def train(args: argparse.Namespace) -> int:
    import cv2
    import torch

    from hrnet import device as devices
    from hrnet import weights
    from hrnet.training.run import RunFolder
    from hrnet.training.schedule import Schedule
    from hrnet.training.trainer import Settings, fit

    cv2.setNumThreads(1)  # crops are made by threads already
    if args.threads:
        torch.set_num_threads(args.threads)
    device = devices.choose(args.device)
    asked = {"input_size": args.input_size, "batch_size": args.batch_size}
    chosen = {key: value for key, value in asked.items() if value is not None} | dict(args.set)
    known = {f.name for f in fields(RECIPES[args.recipe]) if f.type == "float"}
    if unknown := sorted(name for name, _ in args.set if name not in known):
        raise ValueError(f"{args.recipe} has no setting {unknown[0]}; it has {', '.join(sorted(known)) or 'none'}")
    recipe = RECIPES[args.recipe](data=args.data, cache=args.cache or args.run / "cache", **chosen)
    settings = Settings(
        Schedule(
            args.learning_rate, args.steps, warmup=min(Schedule.warmup, args.steps // 5), decay_from=args.decay_from
        ),
        validate_every=args.validate_every,
        save_every=args.save_every,
    )
    with tqdm(desc="decoding photos", unit=" photos") as bar:
        task = recipe.task(lambda done, total: advance(bar, done, total))
    for line in complaints(task):
        print(line, file=sys.stderr)
    run = RunFolder(args.run, described(args, recipe, settings))  # only now: what cannot be trained leaves no run

    torch.manual_seed(recipe.seed)
    network = recipe.network()
    if args.start:
        begin = recipe.start(weights.checkpoint.load(args.start)[0])
        places = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
        for name, values in begin.items():
            if places.get(name) != values.shape:
                there = f"is {places[name]}" if name in places else "has no place"
                raise ValueError(f"{args.start} is of another network: {name} {values.shape} {there} in {args.recipe}")
        network.load_state_dict({name: torch.from_numpy(values) for name, values in begin.items()}, strict=False)
        new = [name for name in places if name not in begin]
        print(f"started from {args.start}; new: {', '.join(new) or 'nothing'}", file=sys.stderr)

    def keep(best: torch.nn.Module, figures) -> None:
        weights.save(run.best, best.state_dict(), recipe.measured(figures, task.judge[0]))

    return show(fit(network, task, settings, run, keep, device), args.steps, run)


def complaints(task) -> list[str]:
    """One line for each kind of thing that was wrong with the labels, and one for photos that cannot be read."""
    lines = [f"labels left out: {problem}" for problem in task.poses.problems]
    for file, reason in list(task.photos.broken.items())[:1]:
        lines.append(f"photos left out: {len(task.photos.broken)} cannot be read, first {file} ({reason})")
    return lines


def described(args: argparse.Namespace, recipe, settings) -> dict[str, object]:
    """What recipe.json says: everything that decides the result, nothing that only says where files lie."""
    chosen = {f.name: getattr(recipe, f.name) for f in fields(recipe) if f.name not in ("data", "cache", "spec")}
    return {
        "recipe": args.recipe,
        "spec": recipe.spec.to_dict(),
        "start": args.start.name if args.start else None,
        **chosen,
        **asdict(settings),
    }


def show(events, steps: int, run) -> int:
    """One progress bar for the run, one line for each look at the figures."""
    from hrnet.training.events import Finished, Started, Stepped, Stopped, Validated

    result = 0
    with tqdm(total=steps, unit=" steps", smoothing=0.05) as bar:
        for event in events:
            match event:
                case Started():
                    bar.update(event.step)
                    bar.write(f"{run.path}: from step {event.step} on {event.device}, {event.precision}")
                case Stepped():
                    bar.update(event.step - bar.n)
                    bar.set_postfix_str(
                        f"loss {event.loss:.4g}, {event.samples_per_second:.0f} samples/s, {event.memory_mb:.0f} MB"
                    )
                case Validated():
                    figures = ", ".join(f"{name} {value:.3f}" for name, value in event.figures.items())
                    bar.write(f"step {event.step}: {figures}{' (best so far)' if event.best else ''}")
                case Stopped():
                    bar.write(f"stopped at step {event.step}: {event.reason}")
                    result = 1
                case Finished():
                    bar.write(f"finished; the best weights are {run.best}")
    return result


def advance(bar: tqdm, done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


if __name__ == "__main__":
    sys.exit(main())
