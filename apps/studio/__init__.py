"""The Studio: every bench as a Gradio page. Importing this imports Gradio, which takes seconds."""

from __future__ import annotations

import warnings

import gradio as gr
from fastapi import FastAPI

from apps import pages, text
from apps.model import Model
from apps.server import STUDIO
from apps.studio.look import theme
from apps.studio.parts import bench, header
from apps.studio.photo import photo_page
from apps.uploads import MAX_UPLOAD, Uploads


def mount_studio(app: FastAPI, model: Model, uploads: Uploads) -> FastAPI:
    """The application, with the Studio's pages in it."""
    page = photo_page(model, uploads)
    for other in pages.PAGES[1:]:
        with page.route(text.catalogue("en")[other.text], other.name, show_in_navbar=False):
            header(other.name)
            bench(other.name)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SSR mode is not supported")  # said even where it is not wished for
        return _mount(app, page)


def _mount(app: FastAPI, page: gr.Blocks) -> FastAPI:
    return gr.mount_gradio_app(
        app,
        page,
        STUDIO,
        theme=theme(),
        max_file_size=MAX_UPLOAD,
        footer_links=["api"],
        run_history=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        show_error=False,  # visitors are told in the page what they can do about it; a traceback is for the terminal
    )
