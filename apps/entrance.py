"""The entrance of a server that other machines can reach: a page with one field, for the password.

Who knows it gets a cookie that the server signed, good for a day and until the server ends. Programs send the password
as `Authorization: Bearer PASSWORD`.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import secrets
import time
from collections import defaultdict, deque
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote

from apps import text
from apps.guard import App, Message, Receive, Send, answer_plainly, refuse_socket

ENTER = "/enter"
COOKIE = "hrnet-entrance"
LASTS = 24 * 3600  # seconds
SHORTEST = 6  # characters of a password
TRIES, ALL_TRIES = 8, 60  # wrong passwords of one address, and of everybody, within WINDOW
WINDOW = 60  # seconds
MAX_BODY = 4096  # bytes
LETTERS = "abcdefghkmnpqrstuvwxyz23456789"  # none that looks like another

PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><link rel="icon" href="data:,"><style>
:root {{ color-scheme: light dark }}
body {{ font: 17px/1.5 system-ui, sans-serif; display: grid; place-content: center; min-height: 90vh; margin: 0 24px }}
form {{ display: grid; gap: 12px; width: min(22rem, 100%) }}
input, button {{ font: inherit; padding: 10px 14px; border-radius: 8px; border: 1px solid GrayText }}
button {{ border-color: #0b6bcb; background: #0b6bcb; color: #fff; cursor: pointer }}
p {{ margin: 0; color: #b42318 }} p:empty {{ display: none }}
@media (prefers-color-scheme: dark) {{ p {{ color: #ff7b72 }} }}
</style></head><body><form method="post" action="{action}">
<label for="password">{label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" autocapitalize="none" autofocus>
<p role="alert">{wrong}</p><button>{button}</button>
</form></body></html>"""


def made_up() -> str:
    """A password that is easy to type on a phone and hard to guess: 39 bits, at TRIES a minute."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))


class Entrance:
    """Lets through whoever knows the password.

    Args:
        app: the application behind.
    """

    def __init__(self, app: App, password: str) -> None:
        self.app = app
        self._key = secrets.token_bytes(32)
        self._password = self._digest(password.encode())
        self._wrong: defaultdict[str, deque[float]] = defaultdict(deque)  # when, by address

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._has_cookie(headers):
            await self.app(scope, receive, send)
            return
        bearer = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
        if bearer and self._tries_left(scope) and self._right(scope, bearer):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await refuse_socket(receive, send)
        elif scope["method"] == "POST" and scope["path"] == ENTER:
            await self._enter(scope, receive, send)
        elif scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b""):
            query = scope["query_string"].decode("latin-1")
            await self._show(scope, send, scope["path"] + (f"?{query}" if query else ""))
        else:
            await answer_plainly(send, 401, "this server asks for a password", headers=PRIVATE)

    async def _enter(self, scope: Message, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more and len(body) <= MAX_BODY:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        given = parse_qs(body[:MAX_BODY].decode("utf-8", "replace")).get("password", [""])[0].strip()
        to = parse_qs(scope["query_string"].decode("latin-1")).get("to", ["/"])[0]
        if not to.startswith("/") or to.startswith(("//", "/\\")):  # a page of another server
            to = "/"
        if not self._tries_left(scope):
            await self._show(scope, send, to, "entrance.wait")
        elif not self._right(scope, given.encode()):
            await self._show(scope, send, to, "entrance.wrong")
        else:
            until = str(int(time.time()) + LASTS)
            seal = self._digest(until.encode())
            cookie = f"{COOKIE}={until}.{seal}; Max-Age={LASTS}; Path=/; HttpOnly; SameSite=Lax"
            ways = [(b"location", quote(to, safe="/?=&%,.-_~:+").encode()), (b"set-cookie", cookie.encode()), *PRIVATE]
            await answer_plainly(send, 303, "come in", headers=ways)

    async def _show(self, scope: Message, send: Send, to: str, wrong: str = "") -> None:
        language = _language(dict(scope["headers"]))
        words = text.catalogue(language)
        page = PAGE.format(
            language=language,
            title=words["studio"],
            action=html.escape(f"{ENTER}?to={quote(to, safe='')}"),
            label=words["entrance.password"],
            button=words["entrance.enter"],
            wrong=words[wrong] if wrong else "",
        )
        status = {"entrance.wait": 429}.get(wrong, 401)
        await answer_plainly(send, status, page, "text/html", PRIVATE)

    def _has_cookie(self, headers: dict[bytes, bytes]) -> bool:
        try:
            given = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE)
        except CookieError:
            return False
        until, _, seal = given.value.partition(".") if given else ("", "", "")
        same = hmac.compare_digest(self._digest(until.encode()).encode(), seal.encode())
        return same and until.isdecimal() and int(until) > time.time()

    def _right(self, scope: Message, given: bytes) -> bool:
        """Compared by digests, in the same time whatever was given; a wrong one is remembered."""
        right = hmac.compare_digest(self._digest(given), self._password)
        if not right:
            self._wrong[_address(scope)].append(time.monotonic())
        return right

    def _tries_left(self, scope: Message) -> bool:
        oldest = time.monotonic() - WINDOW
        for address, moments in list(self._wrong.items()):
            while moments and moments[0] < oldest:
                moments.popleft()
            if not moments:
                del self._wrong[address]
        mine = len(self._wrong.get(_address(scope), ()))
        return mine < TRIES and sum(map(len, self._wrong.values())) < ALL_TRIES

    def _digest(self, content: bytes) -> str:
        return hmac.new(self._key, content, hashlib.sha256).hexdigest()


PRIVATE = [(b"cache-control", b"no-store")]


def _address(scope: Message) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _language(headers: dict[bytes, bytes]) -> str:
    """The first of the browser's languages that there is a catalogue for."""
    wishes = [wish.strip()[:2].lower() for wish in headers.get(b"accept-language", b"").decode("latin-1").split(",")]
    return next((wish for wish in wishes if wish in text.LANGUAGES), "en")
