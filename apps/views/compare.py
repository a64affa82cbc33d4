"""The bench "Compare": two networks, or two ways to read one, on the same boxes of the same photo."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import hrnet
from apps.marks import LOOK
from apps.networks import Lent
from apps.shown import to_json
from apps.views import photo as view
from hrnet import draw, weights
from hrnet.estimator import Ask, person
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.skeleton import Skeleton
from hrnet.topdown import TopDown
from hrnet.weights import Metadata, WeightsError
from hrnet.weights.checkpoint import DECODERS
from hrnet.weights.store import find

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.model import Model

OWN = "own"  # the name here of the network with which the server was started
LENT = "lent"  # and of the one that the visitor sees with, see apps.networks
GIVEN = "given-"  # what the names of the others with which it was started begin with; their numbers from 1 follow
KEPT = 2  # networks beside the server's own that stay in memory; a W48 has 250 MB

Say = Callable[[float], None]

_loading = threading.Lock()


@dataclass(frozen=True)
class Way:
    """A network and how its heatmaps are made and read.

    decoder: one of DECODERS, or None: the one the network was trained for.
    """

    network: str
    flip: bool = False
    decoder: str | None = None


def props(desk: Desk) -> dict[str, Any]:
    """What the page begins with. Two ways differ from the first moment on: in the network, or else in the flip."""
    networks = available(desk.model)
    names = [one["name"] for one in networks]
    other = LENT if LENT in names else names[1:2] and names[1]
    second = {"network": other, "flip": False} if other else {"network": names[0], "flip": True}
    return {
        "look": LOOK,
        "networks": networks,
        "decoders": DECODERS,
        "visible": draw.VISIBLE,
        "start": [{"network": names[0], "flip": False, "decoder": None}, {**second, "decoder": None}],
    }


def available(model: Model) -> list[dict[str, Any]]:
    """The pose networks that are on this machine: nothing is fetched for this page. The server's own comes first, then
    the others with which it was started; the one that a visitor sees with comes last, as LENT.

    Each as {name, called, network, size, decoder}. The server's own has the name OWN, for it may be a file, and where
    that lies is no visitor's business; where only loading tells what it is, network, size and decoder are null.
    """
    if isinstance(model, Lent):
        return [*available(model.server), _entry(LENT, model.loan.name, model.loan.metadata)]
    own = next((card for card in model.cards if card.metadata.role == "pose"), None)
    started = [(OWN, model.weights, own)]
    started += [(f"{GIVEN}{n}", *other) for n, other in enumerate(zip(model.others, model.other_cards, strict=True), 1)]
    inside = {name: weights.read_metadata(path) for name, path in weights.embedded().items()}
    fetched = {entry.name: entry.metadata for entry in weights.published().values() if find(entry) is not None}
    standing = {weights.resolve().stem if given == "default" else given for _, given, _ in started}  # or they are files
    rest = {name: said for name, said in {**inside, **fetched}.items() if said.role == "pose" and name not in standing}
    first = [_entry(name, *((card.name, card.metadata) if card else (Path(g).name, None))) for name, g, card in started]
    return [*first, *(_entry(name, name, said) for name, said in rest.items())]


def _entry(name: str, called: str, metadata: Metadata | None) -> dict[str, Any]:
    return {
        "name": name,
        "called": called,
        "network": metadata.spec.name if metadata else None,
        "size": metadata.input_size if metadata else None,
        "decoder": metadata.decoder if metadata else None,
    }


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Everybody's joints, seen in two ways.

    Args:
        values: {"photo", a token; "boxes" and "threshold", as `apps.views.photo.named` takes them; "ways", two of
            {"network", one of `available`; "flip"; "decoder", one of DECODERS or null}}.
    Returns:
        {"boxes", [[x, y, width, height, score], ...]; "sides", for both ways {"shown"; "milliseconds", that the network
        took for everybody}; "apart", for every person [[joint of the first, joint of the second, photo pixels], ...]
        of the joints that both have; "all_apart", as `summary` says}
    Raises:
        ValueError: a way is not one, or as in `apps.views.photo.answer`; one line for the visitor.
    """
    ways = parsed(values.get("ways"), desk.model)
    boxes, threshold, more = view.named(values)
    photo = desk.photo(values.get("photo"))
    if boxes is None or more:
        found = desk.model.ask(lambda: Ask(photo, boxes, threshold, more), lambda _e, _p, people: people)
        boxes = [someone.box for someone in found]
    else:
        boxes = list(Ask(photo, boxes).boxes)
    say(0)
    everybody, skeletons, sides = [], [], []
    for number, way in enumerate(ways, start=1):
        topdown = network(desk.model, way.network)
        people, seconds = seen(topdown, way, photo, boxes)
        skeleton = topdown.metadata.skeleton
        everybody.append(people)
        skeletons.append(skeleton)
        sides.append({"shown": to_json(view.shown(photo, people, skeleton)), "milliseconds": 1000 * seconds})
        say(number / len(ways))
    apart = distances(*everybody, *skeletons)
    given = [[*box.xywh.tolist(), box.score] for box in boxes]
    return {"boxes": given, "sides": sides, "apart": apart, "all_apart": summary(apart, *everybody)}


def parsed(values: object, model: Model) -> list[Way]:
    """Two ways from JSON. Only networks that `available` names are opened: a page cannot ask for a file.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(values, list) or len(values) != 2 or not all(isinstance(way, dict) for way in values):
        raise ValueError(f"ways are two of {{network, flip, decoder}}, got {values!r:.60}")
    names = [one["name"] for one in available(model)]
    ways = []
    for way in values:
        name, flip, decoder = (way.get(key) for key in ("network", "flip", "decoder"))
        if name not in names:
            raise ValueError(f"there is no network {name!r:.60} here; there are {', '.join(names)}")
        if flip not in (None, True, False):
            raise ValueError(f"flip is true or false, got {flip!r:.60}")
        if decoder is not None and decoder not in DECODERS:
            raise ValueError(f"there is no decoder {decoder!r:.60}; choose one of {', '.join(DECODERS)}")
        ways.append(Way(name, bool(flip), decoder))
    return ways


def network(model: Model, name: str) -> TopDown:
    """The network of that name; the server's own is there already.

    Raises:
        hrnet.WeightsError: it cannot be opened.
    """
    if name == (LENT if isinstance(model, Lent) else OWN):
        return model.estimator.topdown
    if isinstance(model, Lent):
        return network(model.server, name)
    with _loading:  # two visitors who wish for the same one wait for one loading
        if name.startswith(GIVEN):
            return _given(model.others[int(name.removeprefix(GIVEN)) - 1])
        return _loaded(name)


@lru_cache(maxsize=KEPT)
def _loaded(name: str) -> TopDown:
    if name not in weights.embedded() and find(weights.published()[name]) is None:
        raise WeightsError(f"{name} is no longer on this machine")
    return hrnet.load(name, finder=None).topdown


@lru_cache(maxsize=KEPT)
def _given(path: str) -> TopDown:
    try:
        return hrnet.load(path, finder=None).topdown
    except WeightsError as error:  # a visitor is told no folders
        raise WeightsError(str(error).replace(path, Path(path).name)) from error


def seen(topdown: TopDown, way: Way, photo: np.ndarray, boxes: Sequence[Box]) -> tuple[list[Person], float]:
    """The people of the boxes as the network and the way see them, and the seconds that it took."""
    metadata = replace(topdown.metadata, decoder=way.decoder) if way.decoder else topdown.metadata
    began = time.monotonic()
    (keypoints,) = TopDown(topdown.network, metadata, way.flip)([photo], [boxes])
    seconds = time.monotonic() - began
    return [person(box, points) for box, points in zip(boxes, keypoints, strict=True)], seconds


def distances(
    a: Sequence[Person], b: Sequence[Person], ours: Skeleton, theirs: Skeleton
) -> list[list[tuple[int, int, float]]]:
    """How far apart the joints of each person are that both skeletons have by the same name: the joint's place in the
    first, in the second, and the distance in photo pixels."""
    pairs = [(i, theirs.joints.index(name)) for i, name in enumerate(ours.joints) if name in theirs.joints]
    return [
        [(i, j, float(np.hypot(*(one.keypoints[i, :2] - other.keypoints[j, :2])))) for i, j in pairs]
        for one, other in zip(a, b, strict=True)
    ]


def summary(
    apart: Sequence[Sequence[tuple[int, int, float]]], a: Sequence[Person], b: Sequence[Person]
) -> dict[str, Any] | None:
    """The mean distance of joints that at least one way draws, and where it is largest; None where none is drawn."""
    drawn = [
        (pixels, number, i)
        for number, rows in enumerate(apart)
        for i, j, pixels in rows
        if max(a[number].keypoints[i, 2], b[number].keypoints[j, 2]) > draw.VISIBLE
    ]
    if not drawn:
        return None
    most, number, joint = max(drawn)
    return {"mean": float(np.mean([pixels for pixels, _, _ in drawn])), "most": most, "person": number, "joint": joint}
