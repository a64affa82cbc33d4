"""The bench "networks": what a page is told before it sees with a network that somebody has taught."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from apps.networks import WAYS, seen_with
from apps.pages import PAGES
from hrnet.sets.takeaway import is_person

if TYPE_CHECKING:
    from apps.desk import Desk


def answer(desk: Desk, values: Mapping[str, Any], say: Callable[[float], None]) -> dict[str, Any]:
    """What a page is told.

    Args:
        values: {"network", as `apps.networks.loan` takes it; "page", the name of a page}.
    Returns:
        {"token", "name", "way"; "ways", all that there are; "person", whether it finds joints of persons; "joints";
        "props", what the page begins with when it sees with this network}; or {"gone", why it cannot be had}
    Raises:
        ValueError: there is no such page.
    """
    pages = {page.name: page for page in PAGES if page.lends}
    name = values.get("page")
    if name not in pages:
        raise ValueError(f"page is one of {', '.join(pages)}, got {name!r:.60}")
    try:
        own = seen_with(desk, values.get("network") or {})
    except ValueError as error:
        return {"gone": " ".join(str(error).split())}
    lent = own.model.loan
    skeleton = lent.metadata.skeleton
    told = {"token": lent.token, "name": lent.name, "way": lent.way, "ways": WAYS}
    return {**told, "person": is_person(skeleton), "joints": skeleton.joints, "props": pages[name].props(own)}
