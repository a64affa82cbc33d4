"""The Studio: every bench as a Gradio page. Importing this imports Gradio, which takes seconds."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.requests import Request

from apps import examples, text
from apps.model import Model
from apps.server import STUDIO
from apps.studio.head import Head
from apps.studio.look import theme
from apps.studio.parts import WORDS
from apps.studio.photo import photo_page
from apps.uploads import MAX_UPLOAD, Uploads
from hrnet.image import ImageError

WEB = Path(__file__).parent.parent / "web"


def studio(model: Model, folder: Path) -> FastAPI:
    """The application: the Studio's pages, their modules and texts, and the examples' thumbnails.

    Args:
        folder: where Gradio keeps uploads, that is GRADIO_TEMP_DIR.
    """
    app = FastAPI(openapi_url=None)  # the endpoints are documented by Gradio
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
    page = photo_page(model, Uploads(folder))
    return gr.mount_gradio_app(
        app,
        page,
        STUDIO,
        theme=theme(),
        i18n=WORDS,
        max_file_size=MAX_UPLOAD,
        footer_links=["api"],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        show_error=False,  # visitors are told in the page what they can do about it; a traceback is for the terminal
    )
