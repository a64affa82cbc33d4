"""A real Chromium, and the Studio as a user starts it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "apps"))  # where the Studio's tests keep what they share with these

from studio_fixtures import estimator, photo, weights  # noqa: E402, F401
from studio_server import Studio  # noqa: E402

CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),  # a camera that shows a moving sign
)


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    path = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *CHROMIUM))), None)
    if path is None:
        pytest.skip("needs a Chromium: apt-get install chromium, or set CHROMIUM to its path")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def studio(tmp_path_factory, weights):  # noqa: F811
    studio = Studio(tmp_path_factory.mktemp("studio"), weights)
    yield studio
    end = studio.stop()
    assert end == {"code": 0, "errors": "", "lookups": [], "torch": False}


@pytest.fixture
def visit(browser, studio):
    """Opens the Studio as a new visitor and gives the page; at the end nothing may have gone wrong in any of them."""
    contexts, wrong = [], []

    def strange(request) -> bool:
        return not request.url.startswith((studio.url.removesuffix("studio/"), "data:", "blob:"))

    def go(address: str = "", *, width: int = 1280, height: int = 800, expected: str = "no error", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("request", lambda request: strange(request) and wrong.append(f"asked for {request.url}"))
        page.on("pageerror", lambda error: wrong.append(f"raised {error}"))
        page.on("console", lambda said: said.type == "error" and expected not in said.text and wrong.append(said.text))
        page.goto(studio.url + address)
        page.wait_for_selector(".stage button.example")
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []
