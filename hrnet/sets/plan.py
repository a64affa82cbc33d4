"""Before a training: what will be done with a set on a machine, each choice with its reason, all of them changeable.

    made = plan(poses, device="cpu", cores=2)
    made = plan(poses, device="cpu", cores=2, changes={"input_size": "192x192", "mirror": "no"})
    made.options()                                          # for `python -m train finetune_small`

The recipe settles what it was not told with this, so a page and a terminal train alike. No torch here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hrnet import weights
from hrnet.data.pose_set import PoseSet
from hrnet.geometry import Size
from hrnet.sets import effort
from hrnet.sets.choices import Choice, Plan
from hrnet.sets.habits import STRANGE, Habits, habits
from hrnet.sets.rows import Row, rows
from hrnet.sets.wishes import PARSERS, WORDS, names, text
from hrnet.spec import W32, W48
from hrnet.weights import store
from hrnet.weights.catalogue import Entry, published
from hrnet.weights.checkpoint import STRIDE, Metadata, is_ours

# About the same number of pixels, upright, square and lying; a subject that turns every way needs the square.
SIZES: tuple[Size, ...] = ((192, 128), (160, 160), (128, 192))
SIDES = (32, 512)  # an input's shortest and longest side that can be asked for
SQUARE: Size = (160, 160)

# Examples that a training sees, however few pictures there are: on a processor three or four minutes of one core, after
# which small sets gain little (train/NOTES.md); on a GPU as many steps of its larger batches, which is not measured.
SHOWN = {"cpu": 2400, "cuda": 9600}
ROUNDS = 12  # and each picture at least so often
STEPS = (1, 200_000)
FEWEST_STEPS = 20  # however little time there is
BATCH = 8  # more steps in the same time: with few pictures the steps are what is missing
GPU_BATCH = 32  # smaller ones leave a GPU waiting
BATCHES = (2, 256)
FEW = 8  # examples in a batch; the statistics of fewer are mostly noise
RATES = (1e-6, 1e-2)  # AdamW's; above, the first steps undo what the start weights know
RATE = 4e-3  # see train/NOTES.md
LARGE_RATE = 1e-3  # of published networks, as they were trained; fine-tuning them has not been measured here
TRUNK = 1.0
SCRATCH_RATE = 2e-3  # of a network that begins with nothing: train/recipes/people_pose.py
MEMORY = 0.99  # of the moving average
FREEZE = "stem,stage1"
SCRATCH_LAYOUT = "default"  # whose layout a network has that begins with nothing
ANY_WAY = 90.0  # degrees of turning from which on no direction is the usual one
TURNS = (10.0, 30.0)  # degrees, the least and most standard deviation of turning a subject that is usually upright

ANIMAL = ("paw", "tail", "snout", "hoof", "wing", "beak", "muzzle")


def plan(
    poses: PoseSet,
    *,
    device: str,
    cores: int,
    start: str | None = None,
    minutes: float | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Plan:
    """What to do with a set.

    Args:
        poses: the pictures that are learned.
        device: "cpu" or "cuda".
        start: weights to begin with, "none" for random ones; None for what suits best of what this machine has.
        minutes: that it may take; None for as many steps as it needs.
        changes: other values by the name of a choice, as the recipe takes them or as text.
    Raises:
        ValueError: a change of what is no choice, or nobody in the set has a label.
    """
    changes = dict(changes or {})
    if start is not None:
        changes["start"] = start
    if minutes is not None:
        changes["minutes"] = minutes
    if unknown := sorted(set(changes) - set(PARSERS)):
        raise ValueError(f"{unknown[0]} is no choice; there are {', '.join(PARSERS)}")
    known = habits(poses)
    if not known.things:
        raise ValueError("nothing in this set has a labeled joint; there is nothing to learn")
    return _Planner(poses, known, device.partition(":")[0], max(1, cores), changes).plan(device)


class _Planner:
    """The choices one after the other; each may look at those before it."""

    def __init__(self, poses: PoseSet, known: Habits, device: str, cores: int, changes: Mapping[str, Any]) -> None:
        self.poses, self.habits, self.device, self.cores, self.changes = poses, known, device, cores, changes
        self.made: dict[str, Choice] = {}

    def plan(self, device: str) -> Plan:
        self.made["device"] = Choice("device", device, _device_reason(self.device, self.cores))
        metadata = self._start()
        known = metadata.skeleton.joints if metadata and metadata.skeleton else ()
        kept = rows(self.poses.joints, known)
        self._layout(metadata)
        self._turn()
        self._mirror()
        self._hide()
        self._size()
        self._batch()
        self._learning(metadata is not None, kept)
        minutes = self._length()
        refused = tuple(f"{choice.name}: {choice.unsafe}" for choice in self.made.values() if choice.unsafe)
        return Plan(tuple(self.made.values()), minutes, kept, refused, self.habits, self.spec)

    def _choose(
        self,
        name: str,
        value: Any,
        reason: str,
        choices: tuple[str, ...] | None = None,
        check: Callable[[Any], str] = lambda value: "",
    ) -> Any:
        """The value, or what a person wants instead if `check` has nothing against it."""
        asked, unsafe = name in self.changes, ""
        if asked:
            try:
                wanted = PARSERS[name](self.changes[name])
                unsafe = check(wanted)
            except (ValueError, KeyError, TypeError, AttributeError):
                unsafe = f"{self.changes[name]!r} is not {WORDS[PARSERS[name]]}"
            if not unsafe:
                value, reason = wanted, "as you say"
        self.made[name] = Choice(name, value, reason, choices, unsafe, asked)
        return value

    # ---- what it begins with -----------------------------------------------------------------------------------------

    def _start(self) -> Metadata | None:
        here = [name for name, entry in published().items() if entry.metadata.role == "pose" and store.find(entry)]
        suggested, reason = self._suggested(here)

        def check(wanted: str) -> str:
            try:
                found = weights.resolve(wanted, role="trunk") if wanted else None
                if isinstance(found, Entry) and not store.find(found):
                    return f"{wanted} is not on this machine; `python -m hrnet predict --weights {wanted}` fetches it"
                if wanted:
                    metadata_of(wanted)
            except ValueError as error:
                return str(error)
            return ""

        chosen = self._choose("start", suggested, reason, ("default", *here, "none"), check)
        return metadata_of(chosen) if chosen else None

    def _suggested(self, here: list[str]) -> tuple[str, str]:
        animal = any(word in joint.lower() for joint in self.poses.joints for word in ANIMAL)
        if self.device == "cuda":
            for name in ("ap10k-w48-256x256", "ap10k-w32-256x256") if animal else ():
                if name in here:
                    return name, "it has learned animals, and the joints have an animal's names"
            for name in ("coco-w48-256x192-udp", "coco-w48-256x192", "coco-w32-256x192-udp", "coco-w32-256x192"):
                if name in here:
                    return name, "the largest published network on this machine; a GPU trains it in minutes"
            return "default", "the network that comes with this project: no published one is on this machine"
        return "default", "the small network that comes with this project: larger ones take a processor hours"

    def _layout(self, metadata: Metadata | None) -> None:
        self.spec = (metadata or metadata_of(SCRATCH_LAYOUT)).spec

    # ---- what it sees ------------------------------------------------------------------------------------------------

    def _turn(self) -> float:
        spread, turns = self.habits.spread, self.habits.turns
        if turns:
            reason = f"a tenth of the things is turned by more than {spread:.0f} degrees from the usual: any way round"
            suggested = 180.0
        elif spread is None:
            reason, suggested = "too few joints to tell how it is turned, so some", TURNS[1]
        else:
            suggested = min(max(TURNS[0], float(round(spread))), TURNS[1])
            reason = f"nine of ten things are turned by less than {spread:.0f} degrees from the usual"
        return self._choose(
            "turn",
            suggested,
            reason,
            check=lambda value: "" if 0 <= value <= 180 else f"an angle lies between 0 and 180 degrees, got {value:g}",
        )

    def _mirror(self) -> bool:
        far, pairs = self.habits.mirrored, len(self.poses.skeleton.flip_pairs)
        told = f"{pairs} left and right pairs trade places" if pairs else "no joints trade places"
        if far is None:
            suggested = bool(pairs)
            reason = f"too few joints to tell; {told}"
        else:
            suggested = self.habits.mirrors
            reason = f"mirrored poses are {far:.1f} times as far from the set's as these are from each other; {told}"

        def check(wanted: bool) -> str:
            if wanted and not suggested and far is not None:
                return f"{reason}: they would teach what is never seen (at most {STRANGE} is safe)"
            return ""

        return self._choose("mirror", suggested, reason, ("yes", "no"), check)

    def _hide(self) -> bool:
        reason = "rectangles in the way and blurred pictures make a network robust and slow the first minutes down"
        return self._choose("hide", False, reason, ("yes", "no"))

    def _size(self) -> Size:
        if self.made["turn"].value >= ANY_WAY:
            suggested, reason = SQUARE, "square, for a subject that is seen any way round"
        else:
            shapes = [math.log(thing.box.h / thing.box.w) for thing in _learned(self.poses)]
            median = float(np.median(shapes))
            suggested = min(SIZES, key=lambda size: abs(math.log(size[0] / size[1]) - median))
            reason = f"the median box is {math.exp(median):.2f} times as high as wide"

        def check(size: Size) -> str:
            if any(side % STRIDE or not SIDES[0] <= side <= SIDES[1] for side in size):
                return f"sides are multiples of {STRIDE} from {SIDES[0]} to {SIDES[1]}, got {text(size)}"
            return ""

        sizes = dict.fromkeys([suggested, *SIZES, (192, 192), (256, 192), (256, 256)])
        return self._choose("input_size", suggested, reason, tuple(map(text, sizes)), check)

    # ---- how it learns -----------------------------------------------------------------------------------------------

    def _batch(self) -> int:
        each = effort.memory(self.spec, self.made["input_size"].value)
        memory = effort.machine_memory() if self.device == "cpu" else None
        fits = BATCHES[1] if memory is None else max(1, int(effort.SHARE * memory / each))
        suggested = min(BATCH, fits) if self.device == "cpu" else GPU_BATCH
        mb = each * suggested / 2**20
        of = "" if memory is None else f" of {memory / 2**20:.0f} MB"
        reason = f"about {mb:.0f} MB{of}; with few pictures, many small steps learn more than few large ones"

        def check(wanted: int) -> str:
            if not BATCHES[0] <= wanted <= BATCHES[1]:
                return f"a batch has from {BATCHES[0]} to {BATCHES[1]} examples, got {wanted}"
            if wanted > fits:
                return f"{wanted} examples take about {each * wanted / 2**20:.0f} MB; {fits} fit"
            return ""

        return self._choose("batch_size", suggested, reason, None, check)

    def _learning(self, started: bool, kept: tuple[Row, ...]) -> None:
        new = sum(row.place is None for row in kept)
        told = f"{len(kept) - new} of {len(kept)} rows of the head are kept" if started else "nothing is known yet"
        known = LARGE_RATE if self.spec.name in (W32.name, W48.name) else RATE
        self._choose(
            "learning_rate",
            known if started else SCRATCH_RATE,
            f"the highest; {told}",
            check=lambda value: (
                "" if RATES[0] <= value <= RATES[1] else f"from {RATES[0]:g} to {RATES[1]:g} is safe, got {value:g}"
            ),
        )
        self._choose(
            "trunk_factor",
            TRUNK if started else 1.0,
            "how quickly what is known learns, as a part of the head's rate",
            check=lambda value: "" if 0 < value <= 1 else f"a part of the head's rate: above 0, up to 1; got {value:g}",
        )
        self._choose(
            "freeze",
            names(FREEZE) if started else (),
            "edges and textures are the same everywhere, and steps are quicker" if started else "everything is new",
            ("none", FREEZE, "stem,stage1,stage2", "trunk"),
            lambda parts: _freezable(parts, started, new),
        )
        batch = self.made["batch_size"].value

        def check(still: bool) -> str:
            if not still and batch < FEW:
                return f"the statistics of {batch} examples are mostly noise; take a batch of {FEW} or more"
            if still and not started:
                return "a network that begins with nothing has no statistics to keep"
            return ""

        reason = "batch norms keep the statistics of many thousand people: those of a few pictures are noise"
        self._choose(
            "freeze_statistics", started, reason if started else "there are none to keep", ("yes", "no"), check
        )
        self._choose(
            "average",
            MEMORY,
            "the moving average of the weights is what is judged and kept",
            check=lambda value: "" if 0 <= value < 1 else f"a memory lies between 0 and 1, got {value:g}",
        )

    def _length(self) -> float:
        """Steps, and the minutes they take."""
        things = sum(1 for _ in _learned(self.poses))
        batch = self.made["batch_size"].value
        size, frozen = self.made["input_size"].value, bool(self.made["freeze"].value)
        speed = effort.speed(self.spec, size, self.device, self.cores, frozen)
        suggested = math.ceil(max(SHOWN.get(self.device, SHOWN["cpu"]), ROUNDS * things) / batch)
        reason = f"{suggested * batch} examples, each of {things} things about {suggested * batch / things:.0f} times"
        allowed = self._choose(
            "minutes",
            0.0,
            "no limit",
            check=lambda value: "" if 0 <= value <= 10_000 else f"minutes from 0 (no limit) to 10000, got {value:g}",
        )
        if allowed:
            suggested = min(max(FEWEST_STEPS, round(60 * allowed * speed / effort.OVERHEAD / batch)), STEPS[1])
            reason = f"as many as {allowed:g} minutes allow at {speed:.0f} examples a second"

        def check(wanted: int) -> str:
            return "" if STEPS[0] <= wanted <= STEPS[1] else f"from {STEPS[0]} to {STEPS[1]} steps, got {wanted}"

        steps = self._choose("steps", suggested, reason, None, check)
        return steps * batch / speed * effort.OVERHEAD / 60


def metadata_of(start: str) -> Metadata:
    """What weights to begin with say of themselves. Raises WeightsError where there are no such weights."""
    found = weights.resolve(start, role="trunk")
    if isinstance(found, Entry):
        return found.metadata
    return weights.read_metadata(found) if is_ours(found) else weights.load(found, role="trunk")[1]


def _learned(poses: PoseSet) -> Any:
    return (thing for thing in poses.samples if not thing.ignore and thing.labeled)


def _freezable(parts: tuple[str, ...], started: bool, new: int) -> str:
    if parts and not started:
        return "a network that begins with nothing has nothing to keep"
    if "head" in parts:
        return f"{new} joints are new to the head, so it has to learn" if new else "then nothing new can be learned"
    return ""


def _device_reason(device: str, cores: int) -> str:
    if device == "cpu":
        return f"{cores} processor cores; a GPU would take a minute or two"
    return "a GPU; how long it takes is a guess, for none has been measured"
