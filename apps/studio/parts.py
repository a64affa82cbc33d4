"""What pages are made of: the header and a bench, which apps/web fills."""

from __future__ import annotations

import json

import gradio as gr
from gradio_client import utils as client_utils

FILL = """
import(new URL("/web/page.js", location.origin)).then((page) => page.{call});
"""


def header(page: str) -> gr.HTML:
    """The header on the page of that name."""
    return _filled("part", f'header(element.querySelector(".part"), {{ front: "studio", page: {json.dumps(page)} }})')


def bench(page: str) -> gr.HTML:
    """The bench of the page of that name; it asks Python by itself, over the plain routes."""
    return _filled("bench-host", f'bench(element.querySelector(".bench-host"), {json.dumps(page)})')


def _filled(kind: str, call: str) -> gr.HTML:
    return gr.HTML(
        None, html_template=f'<div class="{kind}"></div>', js_on_load=FILL.format(call=call), apply_default_css=False
    )


class Page(gr.Blocks):
    """Gradio fetches an address that a caller names as a file; here nothing is fetched."""

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        client_utils.traverse(inputs, _refuse_address, client_utils.is_file_obj_with_meta)
        return await super().preprocess_data(block_fn, inputs, state, explicit_call)


def _refuse_address(file: dict) -> dict:
    if not isinstance(file["path"], str) or client_utils.is_http_url_like(file["path"]):
        raise gr.Error("nothing is fetched from elsewhere; upload the photo itself", print_exception=False)
    return file
