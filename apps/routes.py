"""The plain routes over which every page of both front ends talks to the server.

POST /photos             the bytes of a picture -> {"photo", a token; "width", "height", "url"} or {"error", a line};
                         ?example=NAME names one of the examples instead, ?name=FILE says what the file was called
POST /files              the bytes of any file, a clip -> {"file", a token; "bytes"}
POST /ask/{bench}        one question in JSON, with its "rev" -> lines of JSON, each with that rev:
                         {"place"}, how many questions are before it, 0 once it is worked on; {"done"}, a share;
                         at last {"answer"} or {"error"}, a line
GET  /photos/{token}     the photo, upright, as a JPEG small enough for the page
GET  /pictures/{token}   a picture that an answer named
GET  /files/{token}      a file that an answer named

To cancel a question, abort its request: who waits leaves the line, and what runs ends at its next `say`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from apps.benches import BENCHES, Bench
from apps.desk import EXAMPLE, PICTURE_SECONDS, Cancelled, Desk
from apps.turns import Full, Turns
from apps.uploads import MAX_CLIP, MAX_UPLOAD
from apps.visitors import Visitors
from hrnet.image import ImageError

MAX_QUESTION = 4_000_000  # bytes; pictures travel as addresses, so this is plenty
AT_ONCE = 8  # questions worked on together: as many photos as the finder takes in one batch
OF_ONE = 2  # of them of one visitor
TIDY = 60  # seconds between two looks for what has expired

BUSY = "too many questions are waiting; try again in a moment"
FAILED = "this could not be worked on; the terminal says why"

log = logging.getLogger(__name__)


class Frame:
    """The routes, and the threads in which benches answer."""

    def __init__(self, desk: Desk, visitors: Visitors, benches: Mapping[str, Bench] = BENCHES) -> None:
        self.desk, self.visitors, self.benches = desk, visitors, benches
        self._quick, self._slow = Turns(AT_ONCE, OF_ONE), Turns(1, 1)
        self._threads = ThreadPoolExecutor(AT_ONCE + 1, thread_name_prefix="bench")
        self._reading = anyio.CapacityLimiter(1)  # photos are decoded one at a time; the others wait without a thread
        self._asked: set[Asked] = set()

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/photos", self.take_photo, methods=["POST"]),
            Route("/photos/{token}", self.show_photo),
            Route("/files", self.take_file, methods=["POST"]),
            Route("/files/{token}", self.give_file),
            Route("/pictures/{token}", self.give_picture),
            Route("/ask/{bench}", self.ask, methods=["POST"]),
        ]

    @asynccontextmanager
    async def life(self) -> AsyncIterator[None]:
        """While the server runs: what has expired is removed; at the end, what runs is cancelled."""

        async def tidy() -> None:
            while True:
                await asyncio.sleep(TIDY)
                try:
                    await asyncio.to_thread(self.desk.tidy)
                except OSError:
                    log.exception("what has expired could not be removed")

        tidying = asyncio.create_task(tidy())
        try:
            yield
        finally:
            tidying.cancel()
            for asked in self._asked:
                asked.gone.set()
            self._threads.shutdown(wait=False, cancel_futures=True)

    # ---- photos, pictures, files ----------------------------------------------------------------------------------

    async def take_photo(self, request: Request) -> Response:
        name = request.query_params.get("example")
        token = f"{EXAMPLE}{name}" if name is not None else None
        try:
            if token is None:
                token = await self._receive(request, MAX_UPLOAD, "make the picture smaller")
            photo = await anyio.to_thread.run_sync(self.desk.photo, token, limiter=self._reading)
        except ImageError as error:
            if token is not None:
                self.desk.forget(token)
            return self._wrong(request, error)
        height, width = photo.shape[:2]
        values = {"photo": token, "width": width, "height": height, "url": f"/photos/{token}"}
        return self.visitors.known(request, JSONResponse(values))

    async def take_file(self, request: Request) -> Response:
        try:
            token = await self._receive(request, MAX_CLIP, "make the clip shorter")
        except ImageError as error:
            return self._wrong(request, error)
        size = self.desk.file(token).stat().st_size
        return self.visitors.known(request, JSONResponse({"file": token, "bytes": size}))

    async def show_photo(self, request: Request) -> Response:
        try:
            look = await anyio.to_thread.run_sync(self.desk.look, request.path_params["token"], limiter=self._reading)
        except ImageError as error:
            return self._wrong(request, error, 404)
        return _picture(look.content, look.kind)

    async def give_picture(self, request: Request) -> Response:
        made = self.desk.made(request.path_params["token"])
        if made is None:
            return self._wrong(request, "this picture is no longer here; ask for it again", 404)
        return _picture(made.content, made.kind)

    async def give_file(self, request: Request) -> Response:
        try:
            path = self.desk.file(request.path_params["token"])
        except ImageError as error:
            return self._wrong(request, error, 404)
        return FileResponse(path, filename=path.name, headers={"cache-control": "private, no-store"})

    async def _receive(self, request: Request, most: int, remedy: str) -> str:
        """The token of the file that the request's body becomes.

        Raises:
            ImageError: it is above the limit, or did not arrive whole; nothing is kept of it then.
        """
        too_large = ImageError(f"the file is above the limit of {most / 1e6:.0f} MB; {remedy}")
        if _length(request) > most:
            raise too_large
        if not await asyncio.to_thread(self.desk.has_room, _length(request)):
            raise ImageError("the server has no room for files at the moment; try again later")
        token, path = self.desk.place(request.query_params.get("name", "photo"))
        try:
            size = 0
            async with await anyio.open_file(path, "wb") as file:
                async for part in request.stream():
                    size += len(part)
                    if size > most:
                        raise too_large
                    await file.write(part)
        except (ImageError, ClientDisconnect, OSError) as error:
            self.desk.forget(token)
            if isinstance(error, ImageError):
                raise
            raise ImageError("the file did not arrive whole; send it again") from error
        return token

    def _wrong(self, request: Request, line: object, status: int = 400) -> Response:
        return JSONResponse({"error": str(line)}, status, {"cache-control": "no-store"})

    # ---- questions ------------------------------------------------------------------------------------------------

    async def ask(self, request: Request) -> Response:
        name = request.path_params["bench"]
        if name not in self.benches:
            return self._wrong(request, f"there is no bench {name[:40]!r}; there are {', '.join(self.benches)}", 404)
        try:
            values = await _question(request)
        except ValueError as error:
            return self._wrong(request, error)
        rev = values.pop("rev", None)
        asked = Asked(rev if isinstance(rev, int) else None)
        lines = self._lines(name, self.visitors.name(request), values, asked)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}  # no proxy is to wait for the whole answer
        answer = StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)
        return self.visitors.known(request, answer)

    async def _lines(self, name: str, visitor: str, values: dict[str, Any], asked: Asked) -> AsyncIterator[str]:
        working = asyncio.create_task(self._work(self.benches[name], visitor, values, asked))
        try:
            async for line in asked.lines():
                yield line
        finally:  # the visitor left, or has the answer
            asked.gone.set()
            working.cancel()

    async def _work(self, bench: Bench, visitor: str, values: dict[str, Any], asked: Asked) -> None:
        turns = self._slow if bench.slow else self._quick
        try:
            await turns.take(visitor, lambda place: asked.put({"place": place}))
        except Full:
            asked.put({"error": BUSY}, last=True)
            return
        loop = asyncio.get_running_loop()
        self._asked.add(asked)

        def ended() -> None:  # even where the visitor left long ago: the thread was taken until now
            self._asked.discard(asked)
            turns.end(visitor)

        def work() -> None:
            line = _answer(bench, self.desk, values, asked, loop)
            if not loop.is_closed():
                loop.call_soon_threadsafe(ended)
                loop.call_soon_threadsafe(lambda: asked.put(line, last=True))

        self._threads.submit(work)


class Asked:
    """A question under way: the newest that is to be said of it, and whether anybody still listens."""

    def __init__(self, rev: int | None) -> None:
        self.rev = rev
        self.gone = threading.Event()
        self._news = asyncio.Event()
        self._line: dict[str, Any] | str = {}
        self._last = False

    def put(self, line: dict[str, Any] | str, *, last: bool = False) -> None:
        """Say this next; what was not sent yet is out of date."""
        if not self._last:
            self._line, self._last = line, last
            self._news.set()

    async def lines(self) -> AsyncIterator[str]:
        while True:
            await self._news.wait()
            self._news.clear()
            last = self._last
            yield self._line if isinstance(self._line, str) else _line(self.rev, self._line)
            if last:
                return


def _answer(bench: Bench, desk: Desk, values: dict, asked: Asked, loop: asyncio.AbstractEventLoop) -> str:
    """What a bench's thread does: the last line."""

    def say(share: float) -> None:
        if asked.gone.is_set():
            raise Cancelled
        loop.call_soon_threadsafe(asked.put, {"done": round(min(max(float(share), 0.0), 1.0), 4)})

    try:
        if asked.gone.is_set():
            raise Cancelled
        try:
            if bench.lends and values.get("network") is not None:
                from apps.networks import seen_with

                desk = seen_with(desk, values["network"])
            values = bench.load()(desk, values, say)
        except ValueError as error:  # ImageError and WeightsError too: one line for the visitor
            return _line(asked.rev, {"error": " ".join(str(error).split())})
        return _line(asked.rev, {"answer": values})
    except Cancelled:
        return _line(asked.rev, {"error": "cancelled"})
    except Exception:
        log.exception("a question failed")
        return _line(asked.rev, {"error": FAILED})


def _line(rev: int | None, values: dict[str, Any]) -> str:
    return json.dumps({"rev": rev, **values}, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


async def _question(request: Request) -> dict[str, Any]:
    """The JSON object of a request. Raises ValueError, one line."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_QUESTION:
            raise ValueError(f"a question is above the limit of {MAX_QUESTION / 1e6:.0f} MB")
    try:
        values = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError("a question is a JSON object; this is no JSON") from error
    if not isinstance(values, dict):
        raise ValueError(f"a question is a JSON object, got {values!r:.60}")
    return values


def _refuse(constant: str) -> None:
    """Python reads NaN and Infinity where JSON has no such numbers."""
    raise ValueError(constant)


def _picture(content: bytes, kind: str) -> Response:
    headers = {"cache-control": f"private, max-age={PICTURE_SECONDS}, immutable"}
    return Response(content, media_type=f"image/{kind}", headers=headers)


def _length(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length) if length.isdecimal() else 0
