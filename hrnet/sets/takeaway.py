"""What a person takes home from a run: a zip with the weights, a program that uses them, and how they came to be."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hrnet import weights
from hrnet.sets.errors import SetError
from hrnet.sets.judged import NEAR, Errors, Nearness, RunFiles
from hrnet.sets.zipped import zipped
from hrnet.skeleton import Skeleton
from hrnet.weights import Metadata

WEIGHTS, PROGRAM, SKELETON, FIGURES, MADE, README = (
    *("weights.safetensors", "predict.py", "skeleton.json", "figures.json", "made.json", "README.md"),
)
HANDS_AND_FEET = ("wrist", "ankle")  # animals have paws and hooves there
LIMBS = ("shoulder", "elbow", "hip", "knee", *HANDS_AND_FEET)
NAMED = 12  # joints that a sentence lists

PREDICT = '''\
"""Finds {what}: python predict.py photo.jpg more.jpg ...  (what it needs: README.md)"""
import json, sys
from pathlib import Path
import hrnet
{load}
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)  # one line for whoever typed it
for path in map(Path, sys.argv[1:] or sys.exit(__doc__)):
    photo = hrnet.image.read(path)
    things = estimator(photo)  # or estimator(photo, boxes=[[x, y, width, height], ...])
    hrnet.image.write(path.with_name(f"{{path.stem}}-joints.png"), hrnet.draw.people(photo, things, estimator.skeleton))
    print(json.dumps({{"file": path.name, "things": [thing.to_dict() for thing in things]}}))
'''
LOAD = 'estimator = hrnet.load(Path(__file__).with_name("{weights}"), flip={flips}{finder})'
LOOK = (
    "\nfrom hrnet.finder.looking import LookTwice  # one thing in a picture: it looks at the whole, then closely"
    "\nestimator.finder = LookTwice(estimator.topdown)"
)

ONE_BY_ONE = "It finds the persons of a picture first, then the joints of each."
LOOKS_TWICE = """It looks for one thing in each picture: at the whole first, then closely at what it saw there.
Where there are several, or it is small, name boxes: `estimator(photo, boxes=[[x, y, width, height], ...])`."""


def is_person(skeleton: Skeleton) -> bool:
    """Whether a finder of persons finds what has these joints: half of the joints of arms and legs are there, and a
    wrist or an ankle among them."""
    names = {re.sub(r"[\W_]+", " ", joint.casefold()) for joint in skeleton.joints}
    has = {part: sum(f"{side} {part}" in names for side in ("left", "right")) for part in LIMBS}
    return sum(has.values()) >= len(LIMBS) and any(has[part] for part in HANDS_AND_FEET)


def package(
    path: Path, run: RunFiles, *, title: str, options: Sequence[str] = (), errors: Errors | None = None
) -> Path:
    """Write the zip; it appears whole or not at all.

    Args:
        title: what the run is called.
        options: that `python -m train finetune_small` was given.
        errors: of the run's network on the pictures that were held out, where they were measured.
    Raises:
        SetError: there are no weights yet, or the zip cannot be written; one line.
    """
    if not run.weights.is_file():
        raise SetError("this run has no weights yet: it saves the first ones when it first looks at the figures")
    metadata = weights.read_metadata(run.weights)
    stem = plain(title)
    how = made(run, title, options, metadata)
    texts = {
        PROGRAM: program(metadata.skeleton, run.flips),
        SKELETON: _json(metadata.skeleton.to_dict()),
        FIGURES: _json(figures(metadata, errors)),
        MADE: _json(how),
        README: readme(title, metadata, how),
    }
    path = Path(path)
    with zipped(path) as archive:
        archive.write(run.weights, f"{stem}/{WEIGHTS}")  # as they are: numbers do not get smaller
        for name, text in texts.items():
            archive.writestr(f"{stem}/{name}", text, zipfile.ZIP_DEFLATED)
    return path


def plain(title: str) -> str:
    """A name for files and folders."""
    return re.sub(r"[^\w-]+", "-", title).strip("-")[:60] or "network"


def program(skeleton: Skeleton, flips: bool = True) -> str:
    """predict.py: ten lines that need hrnet and the weights beside them, and no server.

    Args:
        flips: whether the mirrored picture is averaged in, as when the run was judged.
    """
    what = re.sub(r"[^\w ,.-]", "_", named(skeleton))  # it stands inside of a text
    person = is_person(skeleton)
    load = LOAD.format(weights=WEIGHTS, flips=flips, finder="" if person else ", finder=None") + (
        "" if person else LOOK
    )
    return PREDICT.format(what=what, load=load)


def named(skeleton: Skeleton) -> str:
    more = len(skeleton) - NAMED
    return ", ".join(skeleton.joints[:NAMED]) + (f" and {more} more joints" if more > 0 else "")


def figures(metadata: Metadata, errors: Errors | None) -> dict[str, Any]:
    """What was measured: as the weights tell it themselves, and joint by joint."""
    values: dict[str, Any] = {"figures": [asdict(figure) for figure in metadata.figures]}
    if errors is not None:
        values["held out"] = {
            "all": plain_nearness(errors.whole),
            "joints": {name: plain_nearness(errors.joint(k)) for k, name in enumerate(metadata.skeleton.joints)},
        }
    return values


def figures_text(run: RunFiles, errors: Errors | None) -> str:
    """figures.json alone."""
    return _json(figures(weights.read_metadata(run.weights), errors))


def plain_nearness(one: Nearness) -> dict[str, Any]:
    """A Nearness with names that say what they are."""
    near = one.near or (None,) * len(NEAR)
    return {
        "labels": one.count,
        **{f"PCK@{limit:g}": value for limit, value in zip(NEAR, near, strict=True)},
        "median_pixels": one.pixels,
        "median_share_of_size": one.share,
    }


def made(run: RunFiles, title: str, options: Sequence[str], metadata: Metadata) -> dict[str, Any]:
    """How it came to be: what was asked for, from which pictures, on which machine, until when."""
    events = [json.loads(line) for line in _lines(run.run / "events.jsonl")]
    last = {event.get("event"): event for event in events}
    started, ended = last.get("started", {}), last.get("finished") or last.get("stopped") or {}
    try:
        divided = run.division().how
    except ValueError as error:
        divided = f"not known any more: {error}"
    return {
        "title": title,
        "command": " ".join(["python -m train finetune_small --data SET --run FOLDER", *options]),
        "recipe": run.recipe,
        "pictures": divided,
        "device": started.get("device"),
        "steps": {"planned": started.get("steps"), "reached": ended.get("step")},
        "seconds": round(ended["time"] - events[0]["time"], 1) if ended and events else None,
        "network": metadata.spec.name,
        "provenance": metadata.provenance,
    }


def readme(title: str, metadata: Metadata, how: dict[str, Any]) -> str:
    height, width = metadata.input_size
    measured = "\n".join(f"- {figure}" for figure in metadata.figures) or "- nothing was measured"
    person = is_person(metadata.skeleton)
    finding = ONE_BY_ONE if person else LOOKS_TWICE
    boxes = ("" if person else " --boxes whole") + (" --flip" if how["recipe"].get("mirror", True) else "")
    start = how["recipe"].get("start") or "random numbers"
    return f"""# {title}

A network that finds {len(metadata.skeleton)} joints: {named(metadata.skeleton)}.

    pip install hrnet        # the library that it was trained with; from a copy of its source: pip install PATH
    python predict.py photo.jpg

writes `photo-joints.png` and prints the joints as JSON: x, y in pixels of the picture (the center of the first is 0, 0)
and the height of the heatmap's peak, which is no probability. {finding}

The same without the program:

    python -m hrnet predict photo.jpg --weights {WEIGHTS}{boxes} --json joints.json

| file | what it is |
| --- | --- |
| `{WEIGHTS}` | the {metadata.spec.name} network, {height} x {width} pixels in; its header says all that it needs |
| `{PROGRAM}` | ten lines that use it |
| `{SKELETON}` | joints, limbs, left and right |
| `{FIGURES}` | what was measured on pictures that it has not learned from, all together and joint by joint |
| `{MADE}` | how it was made: settings, pictures, machine |

## Figures

{measured}

They hold for pictures like those that it learned from and was judged on; elsewhere it may be worse. It answers for
every joint, seen or not: look at the heights.

## How it was made

It began from {start} and learned with `{how["command"]}`.
Its pictures: {how["pictures"]}.

The license of the weights it began from goes on to hold for these: {metadata.license or "see the models of hrnet"}.
"""


def _json(values: object) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False) + "\n"


def _lines(path: Path) -> list[str]:
    """Those of events.jsonl that are whole."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [line for line in text.split("\n")[:-1] if line.startswith("{") and line.endswith("}")]
