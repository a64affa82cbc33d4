"""What pages are made of besides Gradio's own parts: things of apps/web that answer at hand speed."""

from __future__ import annotations

import json

import gradio as gr
from gradio_client import utils as client_utils

from apps import text

WORDS = gr.I18n(**{"en": text.catalogue("en"), "zh-CN": text.catalogue("zh")})  # for labels of Gradio's own parts

# The names of the events stand in quotes, because Gradio looks for them in this text.
CONNECT = """
// events: {events}
import(new URL("/web/gradio.js", location.origin))
  .then((adapter) => adapter.connect("{name}", {{ element, props, trigger, watch, upload }}));
"""
FILL = """
import(new URL("/web/page.js", location.origin)).then((page) => page.{call});
"""


def module(name: str, *events: str, **props: object) -> gr.HTML:
    """A part that `apps/web/{name}.js` fills; `events` are those it triggers, `props` what it is given."""
    return gr.HTML(
        None,
        html_template='<div class="part"></div>',  # constant: Gradio empties it whenever a changing one is rendered
        js_on_load=CONNECT.format(name=name, events=", ".join(f"'{event}'" for event in events)),
        apply_default_css=False,
        elem_classes=[f"{name}-part"],
        **props,
    )


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


def told(part: str, value: str = "value") -> str:
    """JavaScript for a Gradio part: its value (or another) becomes `part` of the state that a page's modules share."""
    return f"""async (value) => {{
        const {{ view }} = await import(new URL("/web/view.js", location.origin));
        view.set({{ {part}: {value} }});
    }}"""


class Page(gr.Blocks):
    """Gradio fetches an address that a caller names as a file; here nothing is fetched."""

    async def preprocess_data(self, block_fn, inputs, state, explicit_call=False):
        client_utils.traverse(inputs, _refuse_address, client_utils.is_file_obj_with_meta)
        return await super().preprocess_data(block_fn, inputs, state, explicit_call)


def _refuse_address(file: dict) -> dict:
    if not isinstance(file["path"], str) or client_utils.is_http_url_like(file["path"]):
        raise gr.Error("nothing is fetched from elsewhere; upload the photo itself", print_exception=False)
    return file
