"""Train a network by a recipe: python -m train people_pose --data FOLDER --run FOLDER

A run that was interrupted goes on with the same command. On many GPUs, and on many machines:

    torchrun --nproc-per-node 8 -m train people_pose --data FOLDER --folder RUN

`python -m train --list` says what there is.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path

from tqdm import tqdm

from hrnet.training.events import Event, Finished, Skipped, Started, Stepped, Stopped, Validated
from hrnet.training.run import RunFolder, begun
from train.recipes import RECIPES
from train.recipes.recipe import Job, Recipe, parsed, settable

BAR = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"  # the time left is in the postfix
LINES = 3  # of everything that is wrong with the data; `python -m hrnet check` has all


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
        prog="python -m train", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", choices=sorted(RECIPES), help="what to train", metavar="RECIPE")
    parser.add_argument("--list", action=List, help="every recipe, with what it needs and what to expect of it")
    parser.add_argument("--data", type=Path, required=True, help="the labeled set: a folder or a file")
    parser.add_argument(
        *("--run", "--folder"),  # torchrun has options of its own that begin with --run, and would not let this through
        type=Path,
        required=True,
        help="folder of the run; an interrupted run goes on there",
    )
    parser.add_argument("--split", type=Path, help="a JSON file that says what is learned and what is judged")
    parser.add_argument("--cache", type=Path, help="folder for prepared photos; beside the run where not given")
    asked = parser.add_argument_group("what the recipe says, and you may say otherwise")
    asked.add_argument("--start", help="weights to begin with: a name from `python -m hrnet models`, a file, a run")
    asked.add_argument("--input-size", metavar="HxW", help="height x width of what the network sees, e.g. 128x96")
    asked.add_argument("--batch-size", metavar="N", help="examples a step, on all devices together")
    asked.add_argument("--steps", metavar="N", help="optimizer steps in all")
    asked.add_argument("--learning-rate", metavar="RATE", help="the highest")
    asked.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any other setting")
    machine = parser.add_argument_group("this machine")
    machine.add_argument("--device", help="cpu, cuda, cuda:1; the first GPU where there is one")
    machine.add_argument("--precision", help="auto, exact, bf16 or fp16")
    machine.add_argument("--accumulate", type=positive, help="parts of a batch that are in memory one after another")
    machine.add_argument("--recompute", action="store_true", help="less memory, a third more time")
    machine.add_argument("--compile", action="store_true", help="torch.compile: for long runs on a GPU")
    machine.add_argument("--threads", type=positive, help="processor cores to use; all where not given")
    machine.add_argument("--save-every", type=positive, help="steps between two checkpoints")
    machine.add_argument("--tensorboard", action="store_true", help="write for TensorBoard, too")
    return parser.parse_args(argv)


class List(argparse.Action):
    """Prints all recipes and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, **kwargs) -> None:
        super().__init__(option_strings, dest, nargs=0, **kwargs)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        for name, named in RECIPES.items():
            print(f"{name}\n    {named.about}\n    for {named.hardware}\n    expect: {named.expected}")
        parser.exit()


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def recipe_of(args: argparse.Namespace) -> Recipe:
    """The recipe with what was asked for.

    Raises:
        ValueError: a setting that it does not have, or a value that is none; one line.
    """
    named = RECIPES[args.recipe]
    kind = named.kind
    words = {name: getattr(args, name) for name in ("start", "input_size", "batch_size", "steps", "learning_rate")}
    for text in args.set:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text!r} is not NAME=VALUE; the names are {', '.join(sorted(settable(kind)))}")
        words[name] = value
    if args.split and "splits" not in {f.name for f in fields(kind)}:
        raise ValueError(f"{args.recipe} takes no --split; only finetune_small divides a set by a file")
    places = {"splits": args.split} if args.split else {}
    chosen = {name: parsed(kind, name, text) for name, text in words.items() if text is not None}
    return named.make(args.recipe, data=args.data, cache=args.cache or args.run / "cache", **places, **chosen)


def train(args: argparse.Namespace) -> int:
    import cv2
    import torch

    from hrnet import device as devices
    from hrnet import weights
    from hrnet.training.trainer import fit

    cv2.setNumThreads(1)  # crops are made by threads already
    if args.threads:
        torch.set_num_threads(args.threads)
    device = devices.choose(args.device)
    recipe, earlier = recipe_of(args), begun(args.run)
    recipe = (recipe.going_on(earlier) if earlier else recipe).settled(device.type, torch.get_num_threads())
    job = prepared(recipe)
    first = os.environ.get("RANK", "0") == "0"
    for line in recipe.told if first else ():
        print(line, file=sys.stderr)
    for line in job.problems[:LINES] if first else ():
        print(line, file=sys.stderr)
    machine = {
        name: value
        for name in ("precision", "accumulate", "recompute", "compile", "save_every")
        if (value := getattr(args, name))
    }
    if device.type == "cuda":
        machine["threads"] = torch.get_num_threads()  # that make batches; on a CPU the network wants the cores itself
    settings = recipe.settings(job.samples, **machine)
    torch.manual_seed(recipe.seed)
    network = recipe.network(job)
    if recipe.start:
        begin(network, recipe, job)
    run = RunFolder(args.run, recipe.described())  # what cannot be trained leaves no run

    def keep(best: torch.nn.Module, figures) -> None:
        weights.save(run.best, best.state_dict(), recipe.measured(figures, job))

    events = fit(network, job.task, settings, run, keep, device)
    if args.tensorboard and first:
        from hrnet.training.board import written

        events = written(events, run)
    return show(events, settings.schedule.steps, run) if first else follow(events)


def prepared(recipe: Recipe) -> Job:
    """The recipe's data; of several processes on one machine, one prepares what all of them read."""
    from hrnet.lock import locked

    with locked(recipe.cache / "lock"), tqdm(desc="preparing photos", unit=" photos", leave=False) as bar:
        return recipe.job(lambda done, total: advance(bar, done, total))


def begin(network, recipe: Recipe, job: Job) -> None:
    """Put the weights to begin with into the network.

    Raises:
        ValueError: they are of another network; one line.
    """
    import torch

    from hrnet import weights
    from hrnet.weights.checkpoint import is_ours

    found = weights.resolve(recipe.start)
    finder = isinstance(found, Path) and is_ours(found) and weights.read_metadata(found).role == "finder"
    tensors, metadata = weights.load(recipe.start, role="finder" if finder else "trunk")
    taken = recipe.begin(tensors, metadata, job)
    places = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    for name, values in taken.items():
        if places.get(name) != values.shape:
            there = f"is {places[name]}" if name in places else "has no place"
            raise ValueError(f"{recipe.start} is of another network: {name} {values.shape} {there} in this one")
    network.load_state_dict({name: torch.from_numpy(values) for name, values in taken.items()}, strict=False)
    new = [name for name in places if name not in taken]
    print(f"started from {recipe.start}; new: {', '.join(new) or 'nothing'}", file=sys.stderr)


def show(events: Iterable[Event], steps: int, run: RunFolder) -> int:
    """One progress bar for the run, one line for each look at the figures. 0, or 1 where it stopped early."""
    result = 0
    with tqdm(total=steps, unit=" steps", smoothing=0.05, bar_format=BAR) as bar:
        for event in events:
            match event:
                case Started():
                    bar.update(event.step)
                    bar.write(f"{run.path}: {started(event)}")
                case Stepped():
                    bar.update(event.step - bar.n)
                    bar.set_postfix_str(stepped(event))
                case Skipped():
                    bar.write(f"{event.count} files cannot be read and are left out, first {event.first}")
                case Validated():
                    figures = ", ".join(f"{name} {value:.3f}" for name, value in event.figures.items())
                    bar.write(f"step {event.step}: {figures}{' (best so far)' if event.best else ''}")
                case Stopped():
                    bar.write(f"stopped at step {event.step}: {event.reason}")
                    result = 1
                case Finished():
                    bar.write(f"finished; the best weights are {run.best}")
    return result


def started(event: Started) -> str:
    frozen = f", frozen: {event.frozen}" if event.frozen else ""
    return (
        f"from step {event.step} on {event.processes} x {event.device}, {event.precision}, batch {event.batch_size}, "
        f"{event.learning / 1e6:.2f} of {event.parameters / 1e6:.2f} million parameters learn{frozen}"
    )


def stepped(event: Stepped) -> str:
    left = tqdm.format_interval(round(event.seconds_left))
    return f"loss {event.loss:.4g}, {event.samples_per_second:.0f} samples/s, {event.memory_mb:.0f} MB, {left} left"


def follow(events: Iterable[Event]) -> int:
    """As `show`, in a process that is not the first: it says nothing. 1 where the run stopped early."""
    return max((int(isinstance(event, Stopped)) for event in events), default=0)


def advance(bar: tqdm, done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


if __name__ == "__main__":
    sys.exit(main())
