"""The command `python -m hrnet video`: a clip in, the same clip with its people drawn out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from hrnet import draw
from hrnet.estimator import load
from hrnet.video.files import Limits, VideoError, shown
from hrnet.video.follower import EVERY
from hrnet.video.pipeline import Finished, Progressed, Started, annotate, check_targets
from hrnet.video.reader import Clip
from hrnet.video.writer import ENCODERS, encoder_for

GIVEN_UP = 2  # exit code for bad input, and for a clip that could be read in part only


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "video",
        help="find and follow the people in a clip",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        description="Find and follow the people in a clip. Results appear whole, at the end; Ctrl-C leaves nothing. "
        f"Bad input is named in one line and the exit code is then {GIVEN_UP}.",
    )
    parser.add_argument("clip", metavar="IN", help="the file of a clip")
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"write the drawn clip here: {' or '.join(ENCODERS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everybody's joints in every frame here")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="the same as a table, a row per joint")
    parser.add_argument("--weights", default="default", help="a name from `models`, a file, or the folder of a run")
    parser.add_argument("--finder", default="default", help="what finds the persons: a name from `models` or a file")
    parser.add_argument("--every", type=int, default=EVERY, metavar="K", help="look for persons in every K-th frame")
    parser.add_argument("--no-smoothing", action="store_true", help="leave the joints where each frame has them")
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="begin there, in seconds")
    parser.add_argument("--end", type=float, metavar="S", help="end there, in seconds; without it, at the clip's end")
    parser.add_argument("--threshold", type=float, default=draw.VISIBLE, help="lowest score of a joint that is drawn")
    parser.add_argument(
        "--max-minutes", type=float, default=Limits.seconds / 60, metavar="M", help="refuse what is longer than that"
    )
    parser.add_argument("--engine", choices=("openvino", "torch"), help="what computes; the quicker one if not given")
    parser.add_argument("--device", help="cpu, cuda, cuda:1")
    parser.add_argument("--precision", choices=("exact", "fast"), help="fast: half precision where the device has it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        return _run(args)
    except (ValueError, OSError) as error:
        tqdm.write(f"hrnet: {error}", file=sys.stderr)
        return GIVEN_UP


def _run(args: argparse.Namespace) -> int:
    targets = [path for path in (args.out, args.json, args.csv) if path is not None]
    for path in targets:
        path.parent.mkdir(parents=True, exist_ok=True)
    minutes = args.max_minutes
    limits = Limits(seconds=60 * minutes, frames=round(minutes * 60 * Limits.frames / Limits.seconds))
    # All that can be wrong with files is said before the networks are loaded.
    check_targets(args.clip, targets)
    if args.out is not None:
        encoder_for(args.out)
    Clip(args.clip, start=args.start, end=args.end, limits=limits).close()
    estimator = load(args.weights, finder=args.finder, engine=args.engine, device=args.device, precision=args.precision)
    events = annotate(
        args.clip,
        estimator,
        video=args.out,
        json=args.json,
        csv=args.csv,
        every=args.every,
        smooth=not args.no_smoothing,
        start=args.start,
        end=args.end,
        threshold=args.threshold,
        limits=limits,
    )
    finished = _shown(events)
    people = {0: "nobody", 1: "1 person"}.get(finished.people, f"{finished.people} people")
    print(f"{shown(args.clip)}: {people} in {finished.frames} frames, {finished.seconds:.1f} s")
    if finished.damaged:
        raise VideoError(f"{shown(args.clip)}: the clip is cut off or damaged; what could be read of it was done")
    return 0


def _shown(events) -> Finished:
    """Goes through the events with a bar on stderr, and gives the last."""
    form = "{percentage:3.0f}% |{bar}| {n:.1f}/{total:.1f} s [{elapsed}<{remaining}{postfix}]"
    bar = tqdm(total=None, unit="s", disable=None)
    try:
        for event in events:
            if isinstance(event, Started):
                if event.sound:
                    tqdm.write(event.sound, file=sys.stderr)
                if event.seconds is not None:
                    bar.total, bar.bar_format = event.seconds, form
            elif isinstance(event, Progressed):
                bar.set_postfix_str(f"frame {event.frames}, {len(event.people)} people", refresh=False)
                bar.update(event.seconds - bar.n)
            else:
                bar.update((bar.total or event.seconds) - bar.n)
        return event
    finally:
        events.close()
        bar.close()
