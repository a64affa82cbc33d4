"""The bench "Inside": what a network sees, sums and decides on its way from one person to heatmaps.

`answer` takes plain JSON and gives plain JSON; each kind of question has a file here. torch is imported with the first
question that runs the network.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from hrnet.estimator import Ask, Estimator
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.places import cuts, places
from hrnet.spec import ModelSpec

if TYPE_CHECKING:
    from apps.model import Model
    from apps.views.inside.runs import Run, Runs

MOST_ASKS = 12  # questions in one
MOST_CUTS = 200  # names in one question; W48 has 139 places that can be cut

Say = Callable[[float], None]


class Desk(Protocol):
    """What the frame gives to a bench."""

    model: Model

    def photo(self, token: str) -> np.ndarray:
        """uint8 (H, W, 3). Raises ValueError where there is none, or no longer."""

    def picture(self, pixels: np.ndarray, kind: str) -> str:
        """The address of a picture, uint8 (H, W, 3), "png" or "jpeg"."""

    def hand_out(self, content: bytes, kind: str) -> str:
        """The address of a picture that is a file already."""


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The answer to one question of the page.

    Args:
        values: {"ask", one of ASKS; "photo", a token; "box", [x, y, width, height] in photo pixels; "cut", a list of
            names or patterns from `hrnet.places.cuts`, maybe empty} and what the kind of question needs besides:
            "atlas": "place"; "fusion": "unit", "target", and maybe "channel", a number or "mean", else the one with
            the highest mean; "figure": maybe "place", else it is the map. "people" takes a photo, "layers" nothing.
            Or {"asks", a list of up to MOST_ASKS such questions, and what they have in common}.
        say: is told 0 where the network has to run, and 1 behind that.
    Returns:
        the question's kind as "ask", and what its function gives: `network_map`, `atlas` and `fields`, `fusion`,
            `change`, `decoding`, `flipping` and `table` in this folder say what. For "asks": {"answers", a list}.
    Raises:
        ValueError: the question is not one of these, or names what is not there; one line for the visitor.
    """
    if not isinstance(values, Mapping) or "asks" not in values:
        return _answer(desk, values, say)
    asks = values["asks"]
    if not isinstance(asks, list) or len(asks) > MOST_ASKS or not all(isinstance(one, Mapping) for one in asks):
        raise ValueError(f"asks is a list of up to {MOST_ASKS} questions, got {asks!r:.60}")
    common = {name: value for name, value in values.items() if name != "asks"}
    return {"answers": [_answer(desk, {**common, **one}, say) for one in asks]}


def _answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    ask = values.get("ask") if isinstance(values, Mapping) else None
    if not isinstance(ask, str) or ask not in ASKS:
        raise ValueError(f"ask is one of {', '.join(ASKS)}, got {ask!r:.60}")
    return {"ask": ask, **ASKS[ask](desk, values, say)}


def _people(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Whom to look at: `boxes`, [x, y, width, height, score], the surest first."""
    token = _text(values, "photo")

    def show(estimator: Estimator, photo: np.ndarray, people: list[Person]) -> dict[str, Any]:
        height, width = photo.shape[:2]
        boxes = [[*one.box.xywh.tolist(), one.box.score] for one in people]
        return {"width": width, "height": height, "boxes": boxes}

    return desk.model.ask(lambda: Ask(desk.photo(token)), show)


def _map(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.wiring import network_map

    runs, run = _run(desk, values, say)
    crop = {
        "url": desk.picture(run.crop, "png"),
        "width": run.crop.shape[1],
        "height": run.crop.shape[0],
        "to_photo": run.affine.inverse().matrix.tolist(),  # between centers of pixels
    }
    drawn = network_map(run, runs.metadata.spec, desk.picture)
    return {"network": runs.metadata.spec.name, "crop": crop, "cut": list(run.key[2]), **drawn}


def _atlas(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.atlas import atlas
    from apps.views.inside.field import fields

    place = _place(desk, values)
    runs, run = _run(desk, values, say)
    return {**atlas(run, place, desk.picture), "fields": fields(run, runs.network, place)}


def _fusion(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.fusion import fusion

    unit, target = _target(desk, values)
    run = _run(desk, values, say)[1]
    channel = values.get("channel")
    out = run.seen[f"{unit}.out.{target}"]
    if channel is None:
        channel = int(out.mean(axis=(1, 2)).argmax())
    return fusion(run, unit, target, None if channel == "mean" else _whole(channel, "channel", len(out)))


def _figure(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.figure import atlas_figure, map_figure

    place = _place(desk, values) if values.get("place") else None
    runs, run = _run(desk, values, say)
    if place is None:
        return {"place": None, "url": desk.hand_out(map_figure(run, runs.metadata.spec), "png")}
    return {"place": place, "url": desk.hand_out(atlas_figure(run, place), "png")}


def _cut(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.fusion import change

    whole = _run(desk, {**values, "cut": []}, say)[1]
    runs, run = _run(desk, values, say)
    return change(runs, run, whole, desk.picture)


def _decode(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.decoding import decoding

    return decoding(*_run(desk, values, say), desk.picture)


def _flip(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.decoding import flipping

    return flipping(*_run(desk, values, say), desk.picture)


def _layers(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.inside.layers import table
    from apps.views.inside.runs import runs_of

    return table(runs_of(desk.model.weights, desk.model.version))


ASKS: dict[str, Callable[[Desk, Mapping[str, Any], Say], dict[str, Any]]] = {
    "people": _people,
    "map": _map,
    "atlas": _atlas,
    "fusion": _fusion,
    "cut": _cut,
    "decode": _decode,
    "flip": _flip,
    "layers": _layers,
    "figure": _figure,
}


def _run(desk: Desk, values: Mapping[str, Any], say: Say) -> tuple[Runs, Run]:
    token, box = _text(values, "photo"), _box(values.get("box"))
    names = values.get("cut") or []
    if not isinstance(names, list) or len(names) > MOST_CUTS or not all(isinstance(n, str) for n in names):
        raise ValueError(f"cut is a list of up to {MOST_CUTS} names of places, got {names!r:.60}")
    from apps.views.inside.runs import runs_of

    runs = runs_of(desk.model.weights, desk.model.version)
    return runs, runs.get(token, lambda: desk.photo(token), box, tuple(cuts(runs.metadata.spec, names)), say)


def _spec(desk: Desk) -> ModelSpec:
    from apps.views.inside.runs import runs_of

    return runs_of(desk.model.weights, desk.model.version).metadata.spec


def _place(desk: Desk, values: Mapping[str, Any]) -> str:
    name = _text(values, "place")
    found = places(_spec(desk), name)
    if found != [name]:
        raise ValueError(f"place is one place, such as {found[0]}, got the pattern {name!r:.60}")
    return name


def _target(desk: Desk, values: Mapping[str, Any]) -> tuple[str, int]:
    unit = _text(values, "unit")
    outs = [name for name in places(_spec(desk)) if name.rpartition(".out.")[0] == unit]
    if not outs:
        raise ValueError(f"unit is an exchange unit, such as stage4.unit0, got {unit!r:.60}")
    return unit, _whole(values.get("target", 0), "target", len(outs))


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        hint = "; choose a photo" if name == "photo" else ""
        raise ValueError(f"this question needs a {name}, got {value!r:.60}{hint}")
    return value


def _whole(value: object, name: str, end: int) -> int:
    if type(value) is not int or not 0 <= value < end:
        raise ValueError(f"{name} is a whole number from 0 to {end - 1}, got {value!r:.60}")
    return value


def _box(values: object) -> Box:
    if not isinstance(values, list) or len(values) != 4 or not all(map(_number, values)):
        raise ValueError(f"box is [x, y, width, height] in photo pixels, got {values!r:.60}; choose a person")
    return Box(*map(float, values))


def _number(value: object) -> bool:
    return type(value) in (int, float) and abs(value) < 1e9 and math.isfinite(value)
