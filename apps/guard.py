"""What holds for every answer of the server: one content security policy, and uploads never shown as pages."""

from __future__ import annotations

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
    "referrer-policy": "no-referrer",
}

FILES = "/gradio_api/file="  # Gradio's way to hand out uploads and results
FETCHING = ("/gradio_api/file=http", "/gradio_api/proxy=")  # Gradio would fetch these from elsewhere
FRESH = ("/web/", "/text/")  # asked for anew each time, so that an update is seen

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Guard:
    """Wraps the whole application.

    Args:
        hosts: the names under which the server may be addressed; None allows any. With loopback names only, a foreign
            page cannot reach the server by a name of its own that leads here (DNS rebinding).
    """

    def __init__(self, app: App, hosts: Collection[str] | None = None) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _headers(path, message.get("headers", ()))
            await send(message)

        if self.hosts is not None and _host(scope) not in self.hosts:
            await _refuse(guarded, 421, "this server is not known by that name; use the address that it printed")
        elif any(part in path for part in FETCHING):
            await _refuse(guarded, 403, "nothing is fetched from elsewhere")
        else:
            await self.app(scope, receive, guarded)


def _host(scope: Message) -> str:
    """The name in the Host header, without port and brackets."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    name = host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0]
    return name.lower()


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


async def _refuse(send: Send, status: int, line: str) -> None:
    body = f"{line}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
