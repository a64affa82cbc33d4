"""The whole application of the server: both front ends, and what their pages share. Importing this imports Gradio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request

from apps import examples, pages, text
from apps.classroom import classroom
from apps.desk import Desk
from apps.head import Head
from apps.model import Model
from apps.routes import Frame
from apps.runs import tended
from apps.server import CLASSROOM, STUDIO
from apps.studio import mount_studio
from apps.uploads import Uploads
from apps.visitors import Visitors
from hrnet.data import PoseSet
from hrnet.image import ImageError

WEB = Path(__file__).parent / "web"


def site(model: Model, folder: Path, labeled: PoseSet | None = None, *, alone: bool = False) -> FastAPI:
    """
    Args:
        folder: where visitors' files lie, that is GRADIO_TEMP_DIR.
        labeled: a set whose photos and labels visitors may look at.
        alone: whether only this machine's own user can ask.
    """
    desk = Desk(model, folder, labeled, alone=alone)
    frame = Frame(desk, Visitors())
    room = classroom()

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        with tended():
            async with frame.life(), room.open():
                yield

    app = FastAPI(openapi_url=None, lifespan=life)  # the endpoints for programs are documented by Gradio
    app.add_middleware(Head)

    # The first page is what each front end begins with; it may also be called by its name.
    begins = {"/": STUDIO} | {f"{front}/{pages.PAGES[0].name}": front for front in (STUDIO, CLASSROOM)}

    def begin(request: Request) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{begins[request.url.path]}/{query}")

    for path in begins:
        app.add_api_route(path, begin)

    @app.get("/examples/{name}.jpg")
    def thumbnail(name: str) -> Response:
        try:
            return Response(examples.thumbnail(name), media_type="image/jpeg")
        except ImageError as error:
            return Response(f"{error}\n", status_code=404, media_type="text/plain")

    @app.get("/pages")
    def table() -> Response:
        return JSONResponse({"pages": pages.table(desk)}, headers={"cache-control": "no-cache"})

    app.mount("/web", StaticFiles(directory=WEB))
    app.mount("/text", StaticFiles(directory=text.FOLDER))
    app.router.routes.extend(frame.routes)
    app.mount(CLASSROOM, room)
    return mount_studio(app, model, Uploads(folder))
