"""The Studio: every bench as a Gradio page. Importing this imports Gradio, which takes seconds."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI

from apps.model import Model
from apps.server import STUDIO
from apps.studio.look import theme
from apps.studio.parts import WORDS
from apps.studio.photo import photo_page
from apps.uploads import MAX_UPLOAD, Uploads


def mount_studio(app: FastAPI, model: Model, uploads: Uploads) -> FastAPI:
    """The application, with the Studio's pages in it."""
    page = photo_page(model, uploads)
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
