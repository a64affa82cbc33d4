"""The whole application of the server: both front ends, and what their pages share. Importing this imports Gradio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request

from apps import examples, text
from apps.desk import Desk
from apps.model import Model
from apps.routes import Frame
from apps.server import STUDIO
from apps.studio import mount_studio
from apps.studio.head import Head
from apps.uploads import Uploads
from apps.visitors import Visitors
from hrnet.image import ImageError

WEB = Path(__file__).parent / "web"


def site(model: Model, folder: Path) -> FastAPI:
    """
    Args:
        folder: where visitors' files lie, that is GRADIO_TEMP_DIR.
    """
    frame = Frame(Desk(model, folder), Visitors())

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with frame.life():
            yield

    app = FastAPI(openapi_url=None, lifespan=life)  # the endpoints for programs are documented by Gradio
    app.add_middleware(Head)

    @app.get("/")
    def begin(request: Request) -> Response:
        return RedirectResponse(f"{STUDIO}/{'?' * bool(request.url.query)}{request.url.query}")

    @app.get("/examples/{name}.jpg")
    def thumbnail(name: str) -> Response:
        try:
            return Response(examples.thumbnail(name), media_type="image/jpeg")
        except ImageError as error:
            return Response(f"{error}\n", status_code=404, media_type="text/plain")

    app.mount("/web", StaticFiles(directory=WEB))
    app.mount("/text", StaticFiles(directory=text.FOLDER))
    app.router.routes.extend(frame.routes)
    return mount_studio(app, model, Uploads(folder))
