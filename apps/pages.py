"""The one table of pages that both front ends read: /studio/{name} and /classroom/{name}.

A page is a bench: its module below apps/web is mounted by both in the same way (apps/web/page.js), so there is nothing
else to write for either of them. To add one: a line here, its bench in apps/benches.py, its name in apps/text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps import examples
from apps.benches import BENCHES
from apps.desk import Desk
from apps.marks import LOOK
from apps.uploads import MAX_UPLOAD
from apps.views import compare, faq, photo, teach, video
from apps.views.inside import props as inside
from apps.views.lesson import look
from hrnet import colors

Props = Callable[[Desk], dict[str, Any]]


def no_props(desk: Desk) -> dict[str, Any]:
    return {}


def heights(desk: Desk) -> dict[str, Any]:
    """The colors of heights from 0 to 1, [[red, green, blue], ...]."""
    return {"magma": colors.MAGMA.tolist()}


@dataclass(frozen=True)
class Page:
    """One page in both front ends.

    Attributes:
        name: in the address, of the bench in apps/benches.py, and of its drawer in the browser's memory.
        text: the key of what the page is called.
        module: of the bench, below apps/web.
        props: what the module is given besides what all are, plain JSON. Computed for each visit; no torch.
    """

    name: str
    text: str
    module: str
    props: Props = no_props

    @property
    def lends(self) -> bool:
        """Whether it can see with a network that somebody has taught; see `apps.networks`."""
        return BENCHES[self.name].lends


PAGES = (
    Page("photo", "photo.page", "photo/bench.js", photo.props),
    Page("compare", "compare.page", "photo/compare.js", compare.props),
    Page("video", "video.page", "video/bench.js", video.props),
    Page("inside", "inside.page", "inside/bench.js", inside.props),
    Page("augment", "augment.page", "augment/bench.js", heights),
    Page("teach", "teach.page", "teach/bench.js", teach.props),
    Page("lesson", "lesson.page", "lesson/lesson.js", look.props),
    Page("faq", "faq.page", "faq/faq.js", faq.props),
)


def table(desk: Desk) -> list[dict[str, Any]]:
    """What the browser is told of every page; see GET /pages."""
    common = {"examples": examples.names(), "limit": MAX_UPLOAD, "colors": LOOK["colors"]}
    return [
        {
            "name": page.name,
            "text": page.text,
            "module": page.module,
            "lends": page.lends,
            "props": {**common, **page.props(desk)},
        }
        for page in PAGES
    ]
