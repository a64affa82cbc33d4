"""The page of the photo bench, and the endpoints that do the same for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache

from apps import asks, examples, text
from apps.model import Card, Model
from apps.studio.parts import WORDS, Page, header, module, told
from apps.uploads import MAX_UPLOAD, Uploads
from apps.views import photo as bench
from hrnet import colors, draw, pen

VISITORS = 16  # how many may stand in the model's line at once; more wait in Gradio's queue, up to WAITING
WAITING = 64
EXPIRED = 3600  # seconds after which uploads and downloads are deleted
DOWNLOADS = ("picture", "json", "coco")
SHOWN_FIGURES = ("AP", "recall", "precision", "PCKh@0.5")  # of the many that a weights file may have measured

# What the stage draws with: the colors and sizes of the drawn picture.
LOOK = {
    "colors": {
        **{side: colors.ON_DARK.of_side(side) for side in ("left", "right", "middle")},
        "casing": colors.CASING,
        "box": colors.BOX,
        "core": colors.CORE,
    },
    "photo_strokes": pen.PHOTO_STROKES,
    "person_strokes": pen.PERSON_STROKES,
    "thinnest": pen.THINNEST,
    "casing": pen.CASING,
    "joint": pen.JOINT,
    "core": pen.CORE,
    "smallest_joint": pen.SMALLEST_JOINT,
    "smallest_core": pen.SMALLEST_CORE,
    "room": pen.ROOM,
    "dash": pen.DASH,
    "gap": pen.DASH_GAP,
}

# A download lies behind a hidden button of Gradio's, which needs a moment to take its new value in.
TAKE = """() => setTimeout(() => document.querySelector("#file").click(), 50)"""


def photo_page(model: Model, uploads: Uploads) -> gr.Blocks:
    """The whole page. Its parts share one state in the browser (web/view.js); only the stage asks Python."""

    def answer(values: dict) -> gr.HTML:
        return gr.HTML(answer=asks.answer(model, uploads, values))

    def take(kind: str, values: dict, visible: float) -> str:
        with one_line():
            return save(kind, asks.PhotoAsk.parse(values, uploads), visible)

    def save(kind: str, ask: asks.PhotoAsk, visible: float) -> str:
        name, content = asks.download(model, ask, kind, visible)
        return save_bytes_to_cache(content, name, str(uploads.folder))

    # ---- what programs may call: Gradio documents it from these names, types and docstrings -------------------------

    def predict(photo: gr.FileData, boxes: list | None = None, threshold: float | None = None) -> dict:
        """Find people and their joints in a photo, in the form of `python -m hrnet predict --json` for one photo.

        boxes: [[x, y, width, height], ...] in photo pixels, one person each; without them, persons are searched.
        threshold: the lowest score of a found person, 0 to 1.
        """
        with one_line():
            ask = asks.PhotoAsk.parse({"photo": photo, "boxes": boxes, "threshold": threshold}, uploads)
            return model.ask(ask.read, lambda _, pixels, people: bench.record(ask.file.name, pixels, people))

    def coco(
        photo: gr.FileData, boxes: list | None = None, threshold: float | None = None, visible: float = draw.VISIBLE
    ) -> dict:
        """People and their joints in COCO's keypoint form; joints with a score above `visible` are labeled."""
        with one_line():
            ask = asks.PhotoAsk.parse({"photo": photo, "boxes": boxes, "threshold": threshold}, uploads)
            return model.ask(
                ask.read, lambda e, pixels, people: bench.coco(ask.file.name, pixels, people, e.skeleton, visible)
            )

    def draw_people(
        photo: gr.FileData, boxes: list | None = None, threshold: float | None = None, visible: float = draw.VISIBLE
    ) -> gr.FileData:
        """The photo with its people drawn, at full size; joints with a score above `visible` are drawn."""
        with one_line():
            ask = asks.PhotoAsk.parse({"photo": photo, "boxes": boxes, "threshold": threshold}, uploads)
            return gr.FileData(path=save("picture", ask, visible))

    # ---- the page ---------------------------------------------------------------------------------------------------

    with Page(title=text.catalogue("en")["studio"], fill_width=True, delete_cache=(EXPIRED // 4, EXPIRED)) as page:
        header("photo")
        with gr.Row(elem_id="bench"):
            with gr.Column(elem_id="picture"):
                start = {"threshold": model.threshold, "visible": draw.VISIBLE}
                stage = module(
                    "stage", "ask", examples=examples.names(), limit=MAX_UPLOAD, start=start, look=LOOK, answer=None
                )
            with gr.Column(elem_id="details"):
                module("table")
                threshold = gr.Slider(0.01, 0.99, round(model.threshold, 2), step=0.01, label=WORDS("photo.threshold"))
                visible = gr.Slider(0, 1, draw.VISIBLE, step=0.01, label=WORDS("photo.visible"))
                with gr.Row(elem_id="downloads"):
                    buttons = {kind: gr.Button(WORDS(f"download.{kind}"), size="sm") for kind in DOWNLOADS}
                file = gr.DownloadButton(elem_id="file", visible="hidden")
            with gr.Column(elem_id="facts"):
                module("facts", cards=[facts(card) for card in model.cards])

        private = {"api_visibility": "private"}
        queued = {"concurrency_limit": VISITORS, "show_progress": "hidden"}
        threshold.release(None, threshold, js=told("threshold"), **private)
        visible.input(None, visible, js=told("visible"), **private)
        asked = stage.ask(answer, stage, stage, trigger_mode="always_last", **queued, **private)
        asked.failure(None, js=told("failure", "{}"), **private)
        for kind, button in buttons.items():
            made = button.click(
                lambda values, least, kind=kind: take(kind, values, least), [stage, visible], file, **queued, **private
            )
            made.success(None, js=TAKE, **private)
        for endpoint in (predict, draw_people, coco):
            gr.api(endpoint, concurrency_limit=VISITORS)
    return page.queue(max_size=WAITING)


@contextmanager
def one_line() -> Iterator[None]:
    """What is wrong with a question, as Gradio hands it on: the line, and no traceback."""
    try:
        yield
    except ValueError as error:  # ImageError and WeightsError too
        raise gr.Error(str(error), print_exception=False) from error


def facts(card: Card) -> dict[str, object]:
    """What the page says about one weights file."""
    said = card.metadata
    return {
        "role": said.role,
        "name": card.name,
        "network": said.spec.name if said.spec else card.name,
        "size": said.input_size,
        "figures": [asdict(figure) for figure in said.figures if figure.metric in SHOWN_FIGURES],
        "preliminary": card.preliminary,
    }
