"""The first page, the photo bench, and the endpoints that do the same for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr
from gradio.processing_utils import save_bytes_to_cache

from apps import asks, text
from apps.model import Model
from apps.studio.parts import Page, bench, header
from apps.uploads import Uploads
from apps.views import photo as view
from hrnet import draw

VISITORS = 16  # how many programs may stand in the model's line at once; more wait in Gradio's queue, up to WAITING
WAITING = 64
EXPIRED = 3600  # seconds after which uploads and downloads are deleted


def photo_page(model: Model, uploads: Uploads) -> gr.Blocks:
    """The page and the endpoints; the bench asks over the plain routes, as every other."""

    def save(kind: str, ask: asks.PhotoAsk, visible: float) -> str:
        name, content = asks.download(model, ask, kind, visible)
        return save_bytes_to_cache(content, name, str(uploads.folder))

    # Gradio documents these from their names, types and docstrings, at /studio/?view=api.

    def predict(photo: gr.FileData, boxes: list | None = None, threshold: float | None = None) -> dict:
        """Find people and their joints in a photo, in the form of `python -m hrnet predict --json` for one photo.

        boxes: [[x, y, width, height], ...] in photo pixels, one person each; without them, persons are searched.
        threshold: the lowest score of a found person, 0 to 1.
        """
        with one_line():
            ask = asks.PhotoAsk.parse({"photo": photo, "boxes": boxes, "threshold": threshold}, uploads)
            return model.ask(ask.read, lambda _, pixels, people: view.record(ask.file.name, pixels, people))

    def coco(
        photo: gr.FileData, boxes: list | None = None, threshold: float | None = None, visible: float = draw.VISIBLE
    ) -> dict:
        """Find people and their joints in a photo, in COCO's keypoint form, for a labeling tool.

        boxes, threshold: as in /predict.
        visible: a joint with a higher score is labeled, every other one is left out.
        """
        with one_line():
            ask = asks.PhotoAsk.parse({"photo": photo, "boxes": boxes, "threshold": threshold}, uploads)
            return model.ask(
                ask.read, lambda e, pixels, people: view.coco(ask.file.name, pixels, people, e.skeleton, visible)
            )

    def draw_people(
        photo: gr.FileData, boxes: list | None = None, threshold: float | None = None, visible: float = draw.VISIBLE
    ) -> gr.FileData:
        """Draw the people of a photo, at its full size.

        boxes, threshold: as in /predict.
        visible: a joint with a higher score is drawn.
        """
        with one_line():
            ask = asks.PhotoAsk.parse({"photo": photo, "boxes": boxes, "threshold": threshold}, uploads)
            return gr.FileData(path=save("picture", ask, visible))

    with Page(title=text.catalogue("en")["studio"], fill_width=True, delete_cache=(EXPIRED // 4, EXPIRED)) as page:
        header("photo")
        bench("photo")
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
