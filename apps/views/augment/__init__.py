"""The bench "Augment": how a labeled person becomes a training example, one step after the other.

`answer` takes plain JSON and gives plain JSON. The browser computes the same numbers while a slider moves (apps/web/
augment/steps.js); what is said here counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from apps.views.augment import sources
from apps.views.augment.asked import Asked, choice_of, whole
from apps.views.augment.sheet import sheet
from apps.views.augment.written import written

if TYPE_CHECKING:
    from apps.desk import Desk

Say = Callable[[float], None]


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """The answer to one question of the page.

    Args:
        values: {"ask": one of ASKS}, and besides it
            "sources": nothing; how many drawn scenes there are, and photos in the set that the server was started with;
            "people": "photo", a token; who is in it, with the joints drawn for an example, or the network's;
            "scene": "number"; a drawn scene with its people;
            "set": "number"; a photo of that set, and its people;
            "steps" and "sheet": see `Asked.read`.
    Returns:
        the question's kind as "ask", and what its function says.
    Raises:
        ValueError: the question is not one of these, or an answer is impossible; one line for the visitor.
    """
    ask = choice_of(values, "ask", tuple(ASKS))
    return {"ask": ask, **ASKS[ask](desk, values, say)}


def _sources(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    return {"scenes": sources.SCENES, "set": len(sources.labeled_photos(desk)) if desk.labeled else 0}


def _people(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    return sources.people(desk, values.get("photo"))


def _scene(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    return sources.scene(desk, whole(values, "number", sources.SCENES))


def _set(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    return sources.of_set(desk, whole(values, "number", len(sources.labeled_photos(desk))))


def _steps(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from apps.views.augment.tiles import compared, tiles

    asked = Asked.read(desk, values)
    walked = asked.walk()
    return {
        **tiles(asked, walked, desk.picture),
        "compared": [compared(asked.under(name, walked), desk.picture) for name in asked.others],
        "python": written(desk.file(values["photo"]).name, asked, walked),
    }


def _sheet(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    return sheet(Asked.read(desk, values), desk.picture, say)


ASKS: dict[str, Callable[[Desk, Mapping[str, Any], Say], dict[str, Any]]] = {
    "sources": _sources,
    "people": _people,
    "scene": _scene,
    "set": _set,
    "steps": _steps,
    "sheet": _sheet,
}
