"""Who asks: a drawn name in a signed cookie, so that turns can be shared fairly. It says nothing about the person."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "hrnet-visitor"


class Visitors:
    """Names visitors. Names that the server did not give count for nothing: such a visitor is their address."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def name(self, request: HTTPConnection) -> str:
        given, _, seal = request.cookies.get(COOKIE, "").partition(".")
        if given and hmac.compare_digest(self._seal(given).encode(), seal.encode()):
            return given
        return f"at {request.client.host if request.client else 'unknown'}"

    def known(self, request: HTTPConnection, response: Response) -> Response:
        """The response, with a name for whoever has none yet."""
        if self.name(request).startswith("at "):
            given = secrets.token_hex(8)
            response.set_cookie(COOKIE, f"{given}.{self._seal(given)}", httponly=True, samesite="strict")
        return response

    def _seal(self, given: str) -> str:
        return hmac.new(self._key, given.encode(), hashlib.sha256).hexdigest()
