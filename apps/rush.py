"""Measure how long visitors wait who all come at once: `python -m apps.rush`.

Each sends a photo of its own, asks who is in it, and is timed from the first byte sent to the answer. A visitor with
many questions comes first, to see that they hold up nobody. Without --url it starts a server of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import httpx

from apps import examples
from hrnet import image

VISITORS = 30
QUESTIONS = 20  # of the one who asks many
LONGEST = 1600  # pixels of the photo's longer side
QUESTION = {"ask": "people"}  # of the bench that is asked
BENCH = "photo"
PATIENCE = 600  # seconds


@dataclass
class Visit:
    """What one visitor saw: seconds since they began."""

    sent: float = 0.0  # the photo is there
    first: float = 0.0  # the first line, a place or already the answer
    answered: float = 0.0
    places: list[int] = field(default_factory=list)
    error: str | None = None


async def visit(url: str, photo: bytes, questions: int = 1, headers: dict[str, str] | None = None) -> list[Visit]:
    """Send a photo and ask that many questions about it at once."""
    began = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, headers=headers) as client:
        brought = await client.post("/photos?name=rush.jpg", content=photo)
        brought.raise_for_status()
        sent = time.monotonic() - began
        return await asyncio.gather(*(_ask(client, brought.json()["photo"], began, sent) for _ in range(questions)))


async def _ask(client: httpx.AsyncClient, token: str, began: float, sent: float) -> Visit:
    seen = Visit(sent)
    async with client.stream("POST", f"/ask/{BENCH}", json={**QUESTION, "photo": token, "rev": 1}) as reply:
        async for line in reply.aiter_lines():
            said, now = json.loads(line), time.monotonic() - began
            seen.first = seen.first or now
            if "place" in said:
                seen.places.append(said["place"])
            seen.error = said.get("error")
            seen.answered = now
    return seen


async def rush(
    url: str, photo: bytes, visitors: int, questions: int, headers: dict[str, str] | None = None
) -> tuple[list[Visit], list[Visit]]:
    """What each visitor saw, and what the one with many questions, who came a moment earlier, saw."""
    many = asyncio.create_task(visit(url, photo, questions, headers)) if questions else None
    await asyncio.sleep(0.3)
    seen = await asyncio.gather(*(visit(url, photo, headers=headers) for _ in range(visitors)))
    return [one for some in seen for one in some], await many if many else []


@contextmanager
def server(flags: Sequence[str] = (), home: str | None = None) -> Iterator[str]:
    """The address of a server that is there for this measurement only.

    Args:
        home: a folder for what it keeps, in place of the user's own.
    """
    command = [sys.executable, "-m", "apps", "--port", "0", "--no-browser", *flags]
    env = os.environ | ({"HRNET_HOME": home} if home else {})
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    try:
        found = re.search(r"http://[^ ]+?(?=/studio/)", process.stdout.readline())
        if found is None:
            raise SystemExit("apps.rush: the server did not start; its own line says why")
        yield found[0]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def a_photo(longest: int) -> bytes:
    photo = image.read(examples.path("friends"))
    scale = longest / max(photo.shape[:2])
    return image.encode(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), "jpeg")


def report(seen: Sequence[Visit], many: Sequence[Visit]) -> str:
    def of(values: Iterator[float]) -> str:
        values = sorted(values)
        return f"median {statistics.median(values):6.2f} s   worst {values[-1]:6.2f} s"

    lines = [
        f"{len(seen)} visitors, a photo each, all at once",
        f"  until the photo was there     {of(one.sent for one in seen)}",
        f"  from then to the first word   {of(one.first - one.sent for one in seen)}   (their place, or the answer)",
        f"  until the answer              {of(one.answered for one in seen)}",
        f"  farthest place in the line    {max((max(one.places, default=0) for one in seen), default=0)}",
    ]
    if many:
        lines.append(f"the one with {len(many)} questions    until the answer {of(one.answered for one in many)}")
    lines += [f"failed: {one.error}" for one in (*seen, *many) if one.error]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m apps.rush", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--url", help="of a running server, http://192.168.1.5:7860; without it, one is started")
    parser.add_argument("--password", help="of that server, if it asks for one")
    parser.add_argument("--visitors", type=int, default=VISITORS, help="how many come at once")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="of one who came just before them; 0: none")
    parser.add_argument("--longest", type=int, default=LONGEST, help="pixels of the photo's longer side")
    args = parser.parse_args(argv)
    headers = {"authorization": f"Bearer {args.password}"} if args.password else None
    photo = a_photo(args.longest)

    def measure(url: str) -> int:
        asyncio.run(visit(url, photo, headers=headers))  # the model is loaded, what comes first is not measured
        seen, many = asyncio.run(rush(url, photo, args.visitors, args.questions, headers))
        print(report(seen, many))
        return 1 if any(one.error for one in (*seen, *many)) else 0

    if args.url:
        return measure(args.url.rstrip("/"))
    with server() as url:
        return measure(url)


if __name__ == "__main__":
    sys.exit(main())
