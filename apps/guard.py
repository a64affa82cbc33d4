"""What holds for every answer of the server: one content security policy, and uploads never shown as pages."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

# Gradio compiles the templates of gr.HTML with Function and starts from inline scripts, hence the two 'unsafe-' words;
# Streamlit imports the scripts of its components as blobs.
# What matters is that the browser itself refuses everything that is not this server.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "media-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # "no-referrer" would take the origin from forms, which the guard looks at
}

FILES = "/gradio_api/file="  # Gradio's way to hand out uploads and results
FETCHING = ("/gradio_api/file=http", "/gradio_api/proxy=")  # Gradio would fetch these from elsewhere
FRESH = ("/web/", "/text/")  # asked for anew each time, so that an update is seen

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ASKING = ("GET", "HEAD", "OPTIONS")  # what changes nothing


class Guard:
    """Wraps the whole application.

    Args:
        hosts: the names under which the server may be addressed. With loopback names only, a foreign page cannot reach
            the server by a name of its own that leads here (DNS rebinding).
        numbers: whether any plain IP address will do too: that is no name, so nobody can make it lead elsewhere.
    """

    def __init__(self, app: App, hosts: Collection[str] = LOOPBACK, *, numbers: bool = False) -> None:
        self.app, self.hosts, self.numbers = app, hosts, numbers

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path, headers = scope["path"], dict(scope["headers"])

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _headers(path, message.get("headers", ()))
            await send(message)

        status, line = self._wrong(scope, headers)
        if not line:
            await self.app(scope, receive, guarded)
        elif scope["type"] == "websocket":
            await refuse_socket(receive, send)
        else:
            await answer_plainly(guarded, status, line)

    def _wrong(self, scope: Message, headers: dict[bytes, bytes]) -> tuple[int, str]:
        host = headers.get(b"host", b"").decode("latin-1").lower()
        name = _name(host)
        if name not in self.hosts and not (self.numbers and _is_number(name)):
            return 421, "this server is not known by that name; use the address that it printed"
        origin = headers.get(b"origin")
        if origin is not None and (scope["type"] == "websocket" or scope["method"] not in ASKING):
            if origin.decode("latin-1").lower().partition("://")[2] != host:
                return 403, "this was sent by a page of another server"
        if any(part in scope["path"] for part in FETCHING):
            return 403, "nothing is fetched from elsewhere"
        return 0, ""


def _name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    return host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _headers(path: str, headers: Collection[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    ours = {name.encode(): value.encode() for name, value in HEADERS.items()}
    if path.startswith(FRESH):
        ours[b"cache-control"] = b"no-cache"
    kept = [(name, value) for name, value in headers if name.lower() not in ours]
    if FILES in path:
        kept = [
            (name, value.replace(b"inline", b"attachment", 1) if name.lower() == b"content-disposition" else value)
            for name, value in kept
        ]
    return [*kept, *ours.items()]


async def answer_plainly(
    send: Send, status: int, line: str, kind: str = "text/plain", headers: Collection[tuple[bytes, bytes]] = ()
) -> None:
    """A short answer without an application."""
    body = f"{line}\n".encode()
    ours = [(b"content-type", f"{kind}; charset=utf-8".encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*ours, *headers]})
    await send({"type": "http.response.body", "body": body})


async def refuse_socket(receive: Receive, send: Send) -> None:
    await receive()  # its wish to connect
    await send({"type": "websocket.close", "code": 1008})  # "policy violation"
