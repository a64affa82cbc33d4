"""The bench "bring": what a visitor sent becomes a set, or a part of one; much of it takes minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from apps.views.teach import Say, opened

if TYPE_CHECKING:
    from apps.desk import Desk
    from hrnet.sets.bring import Brought

MAX_FILES = 200  # in one question: the page sends many as one zip
MAX_FRAMES = 1000  # of a video
SHOWN = 200  # lines of a kind that are sent


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Make a set, or add to one.

    Args:
        values: {"do": "bring.take"; "files", tokens of what was sent; "set", the token of the set to add to, or null
            and then "name", of the new one; "frames" that are taken of each video, or null: as many as usual}, or
            {"do": "bring.toy"; "name"}: the drawn set that is there to try.
        say: hears the share that is read.
    Returns:
        {"token", of the set; "brought", as `plain` says}
    Raises:
        ValueError: nothing of it can be used, and nothing has changed; one line.
    """
    kinds = {"bring.take": take, "bring.toy": toy}
    if values.get("do") not in kinds:
        raise ValueError(f"what is to be done is one of {', '.join(kinds)}, got {values.get('do')!r:.60}")
    return kinds[values["do"]](desk, values, say)


def take(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from hrnet.sets import bring

    tokens, frames = values.get("files"), values.get("frames")
    if not isinstance(tokens, list) or not 0 < len(tokens) <= MAX_FILES:
        raise ValueError(f"files are 1 to {MAX_FILES} tokens of files that were sent, got {tokens!r:.60}")
    if frames is not None and (type(frames) is not int or not 0 < frames <= MAX_FRAMES):
        raise ValueError(f"of a video 1 to {MAX_FRAMES} frames are taken, got {frames!r:.60}")
    paths = [desk.file(token) for token in tokens]
    wishes = {
        "progress": lambda done, total: say(done / total if total else 0),
        **({"frames": frames} if frames else {}),
    }
    say(0)
    if values.get("set"):
        kept = opened(desk, values)
        brought = bring.bring(kept, paths, **wishes)
    else:
        kept, brought = bring.new(desk.sets, paths, str(values.get("name") or ""), **wishes)
    for token in tokens:
        desk.forget(token)  # the set has it now; where it could not be read, it goes when its time is over
    return {"token": kept.token, "brought": plain(brought)}


def toy(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    from hrnet.sets import lamp

    say(0)
    name = str(values.get("name") or lamp.NAME)
    kept = lamp.new(desk.sets, name, progress=lambda done, total: say(done / total))
    return {"token": kept.token, "brought": None}


def plain(brought: Brought) -> dict[str, Any]:
    """What came of it, as JSON: counts, and at most SHOWN lines of each kind."""
    values = asdict(brought)
    del values["ids"]
    return {key: list(value[:SHOWN]) if isinstance(value, tuple) else value for key, value in values.items()}
