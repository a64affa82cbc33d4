"""The server: listens soon, even where importing Gradio and building the pages takes long."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, wait
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import uvicorn

from apps.entrance import Entrance
from apps.guard import LOOPBACK, App, Guard, Message, Receive, Send

PORT = 7860  # Gradio's usual one
PORTS_TRIED = 20  # from there upward, where nobody named one
LAST_PORT = 65535
STUDIO, CLASSROOM = "/studio", "/classroom"
PATIENCE = 3  # seconds after which it listens although the pages are not built; requests then wait for them
LAST_WORDS = 1  # seconds that open connections are given when the server ends
KEEP_ALIVE = 75  # seconds a connection may rest; with less, a busy program asks once more just as it is closed


Life = Callable[[App], AbstractAsyncContextManager]


class Door:
    """An ASGI application that can be there before the one behind it: requests wait until that is built.

    Args:
        built: the application behind, one that has a lifespan (FastAPI).
        opened: called when the server listens.
        life: the lifespan of the application behind.
    """

    def __init__(self, built: Future[App], opened: Callable[[], None] = lambda: None, life: Life | None = None) -> None:
        self.built, self.opened = built, opened
        self.life = life or (lambda app: app.router.lifespan_context(app))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            app = await asyncio.shield(self._inside)
            await app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        async with self.open():
            await send({"type": "lifespan.startup.complete"})
            self.opened()
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let requests in; what was built ends with this."""
        self._inside: asyncio.Future[App] = asyncio.get_running_loop().create_future()
        end = asyncio.Event()
        running = asyncio.create_task(self._run(end))
        try:
            yield
        finally:
            end.set()
            await running

    async def _run(self, end: asyncio.Event) -> None:
        """Hold the lifespan of the application inside open until the end, in one task as it must be."""
        ended = asyncio.create_task(end.wait())
        built = asyncio.wrap_future(self.built)
        await asyncio.wait([built, ended], return_when=asyncio.FIRST_COMPLETED)
        if not built.done():
            return
        try:
            app = built.result()
            async with self.life(app):
                self._inside.set_result(app)
                await ended
        except Exception as error:  # it could not be built: every visitor hears so, and uvicorn writes down why
            self._inside.set_exception(error)


def hold(host: str, port: int | None) -> socket.socket:
    """A socket that has the port; without one, the first free port from PORT on. It does not listen yet.

    Raises:
        OSError: the host is not this machine's, or the port is taken; one line.
    """
    if port is not None and not 0 <= port <= LAST_PORT:
        raise OSError(f"a port is a number from 0 to {LAST_PORT}, got {port}")
    for number in [port] if port is not None else range(PORT, PORT + PORTS_TRIED):
        bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if os.name == "posix":  # or the port of a server that just ended would count as taken for a minute
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, number))
            return bound
        except OSError as error:
            bound.close()
            if error.errno != errno.EADDRINUSE:
                raise OSError(f"cannot listen on {host} port {number}: {error.strerror or error}") from error
    raise _taken(f"port {port} is" if port is not None else f"ports {PORT} to {PORT + PORTS_TRIED - 1} are")


def _taken(what: str) -> OSError:
    return OSError(f"{what} taken; name a free one with --port, or 0 for any")


def address(host: str, bound: socket.socket) -> str:
    """What a person types into the browser."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{bound.getsockname()[1]}{STUDIO}/"


def seen_from_outside(host: str, bound: socket.socket) -> str:
    """The address by which other machines on the same network reach the server."""
    name = host
    if host in ("0.0.0.0", "::"):
        # Where packets to elsewhere would leave; none is sent for that. Nobody has this address (RFC 5737).
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect(("192.0.2.1", 9))
                name = asking.getsockname()[0]
            except OSError:  # in no network at all
                name = socket.gethostname()
    return f"http://{f'[{name}]' if ':' in name else name}:{bound.getsockname()[1]}/"


def announce(host: str, bound: socket.socket, password: str | None) -> None:
    """Print where the pages are; for other machines also as a QR code, and the password."""
    where = address(host, bound)
    room = where.removesuffix(f"{STUDIO}/") + f"{CLASSROOM}/"
    print(f"The Studio is at {where}, the Classroom at {room} (Ctrl-C ends it)", flush=True)
    if host not in LOOPBACK:
        import segno

        outside = seen_from_outside(host, bound)
        print(f"On a phone in the same network: {outside}")
        if sys.stdout.isatty() and "utf" in (sys.stdout.encoding or "").lower():  # it is drawn with half blocks
            segno.make(outside, micro=False).terminal(compact=True)
    if password is not None:
        print(f"The password is {password}", flush=True)


def serve(
    build: Callable[[], App], host: str, bound: socket.socket, *, password: str | None = None, browser: bool = True
) -> None:
    """Build, listen, say where, open the browser if wished, and go on until Ctrl-C.

    Args:
        password: what visitors are asked for; None: nobody is asked.
    Raises:
        OSError: another server took the port meanwhile; one line.
    """

    def opened() -> None:
        announce(host, bound, password)
        if browser and _has_display():
            threading.Thread(target=webbrowser.open, args=(address(host, bound),), daemon=True).start()

    built = in_background(build)
    wait([built], timeout=PATIENCE)
    try:
        bound.listen()
    except OSError as error:
        raise _taken(f"port {bound.getsockname()[1]} is") from error
    door = Door(built, opened)
    names = () if host in LOOPBACK else (host, socket.gethostname(), f"{socket.gethostname()}.local")
    app = Guard(
        door if password is None else Entrance(door, password),
        {*LOOPBACK, *map(str.lower, names)},
        numbers=host not in LOOPBACK,
    )
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=LAST_WORDS,
    )
    uvicorn.Server(config).run(sockets=[bound])


def in_background(build: Callable[[], App]) -> Future[App]:
    """What `build` will give, made in a thread that does not keep the program from ending."""
    built: Future[App] = Future()

    def work() -> None:
        try:
            built.set_result(build())
        except Exception as error:
            built.set_exception(error)

    threading.Thread(target=work, name="build", daemon=True).start()
    return built


def _has_display() -> bool:
    """Without one, Linux may open a browser in the terminal, on top of ours."""
    return not sys.platform.startswith("linux") or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
