"""Every bench that answers questions, by its name in POST /ask/{name}. Nothing of it is imported before it is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from apps.desk import Desk

Say = Callable[[float], None]
Answer = Callable[[Desk, Mapping[str, Any], Say], dict[str, Any]]


@dataclass(frozen=True)
class Bench:
    """A module with `answer(desk, values, say) -> dict`.

    `values` is the page's question and what comes back its answer, both plain JSON. `say(share)` tells how much is
    done, 0 to 1, and raises `desk.Cancelled` once the visitor left or pressed cancel. ValueError is the visitor's one
    line; anything else is logged. It runs in a thread, beside others; `desk.model` gives its turns itself.

    Attributes:
        slow: it takes minutes, a clip; such questions have a line of their own, so that nobody waits behind one.
        lends: it can see with a network that somebody has taught; see `apps.networks`.
    """

    module: str
    slow: bool = False
    lends: bool = False

    def load(self) -> Answer:
        return import_module(self.module).answer


BENCHES = {
    "augment": Bench("apps.views.augment", lends=True),
    "bring": Bench("apps.views.teach.importing", slow=True),
    "compare": Bench("apps.views.compare", lends=True),
    "clip": Bench("apps.views.video.clip", slow=True, lends=True),
    "faq": Bench("apps.views.faq"),
    "inside": Bench("apps.views.inside", lends=True),
    "lesson": Bench("apps.views.lesson"),
    "networks": Bench("apps.views.networks"),
    "video": Bench("apps.views.video", lends=True),
    "photo": Bench("apps.views.photo", lends=True),
    "teach": Bench("apps.views.teach"),
}
