"""A bench for the frame's own tests, and how it comes into a server: see `toy.js` and `conftest.py`."""

from __future__ import annotations

import time
from pathlib import Path

from starlette.responses import FileResponse


def answer(desk, values, say):
    """The mean color of a photo, and the photo as a picture; or a minute's work that says how far it is."""
    if values.get("long"):
        for hundredth in range(6000):
            say(hundredth / 6000)
            time.sleep(0.01)
    photo = desk.photo(values.get("photo"))
    url = desk.picture(photo, "jpeg")
    return {"mean": photo.mean((0, 1)).round(2).tolist(), "step": values.get("step"), "url": url}


def install() -> None:
    """Put the page "toy" and its twin "toys" into the tables, before a server is built from them."""
    from apps import benches, pages, site

    benches.BENCHES.update({name: benches.Bench("toy_bench") for name in ("toy", "toys")})
    pages.PAGES += (pages.Page("toy", "photo.page", "../toy.js"), pages.Page("toys", "studio.pages", "../toy.js"))
    build = site.site

    def with_toy(*args, **named):
        app = build(*args, **named)
        app.add_api_route("/toy.js", lambda: FileResponse(Path(__file__).with_name("toy.js")))
        app.router.routes.insert(0, app.router.routes.pop())
        return app

    site.site = with_toy
