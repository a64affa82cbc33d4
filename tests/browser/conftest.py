"""A real Chromium, and the Studio as a user starts it."""

from __future__ import annotations

import os
import shutil
import sys
from collections import defaultdict
from pathlib import Path
from zlib import crc32

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


def pytest_collection_modifyitems(config, items):
    """Both front ends mount the same modules, so a test of a page runs in one of them; which one, its name decides.

    What is marked `both_fronts` runs in both, as everything does with --fronts both.
    """
    if config.getoption("fronts") == "both":
        return
    pairs = defaultdict(list)
    for item in items:
        front = item.callspec.params.get("front") if hasattr(item, "callspec") else None
        if front and not item.get_closest_marker("both_fronts"):
            pairs[f"{item.path.stem} {item.originalname} {item.callspec.id.replace(front, '', 1)}"].append(item)
    left_out = {pair[crc32(name.encode()) % 2] for name, pair in pairs.items() if len(pair) == 2}
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


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
    yield from started(tmp_path_factory.mktemp("studio"), weights)


@pytest.fixture(scope="session")
def toys(tmp_path_factory, weights):  # noqa: F811
    """The server with two pages more, "toy" and "toys", whose bench does little: see toy.js."""
    before = f"sys.path.insert(0, {str(Path(__file__).parent)!r}); import apps, toy_bench; toy_bench.install()"
    yield from started(tmp_path_factory.mktemp("toys"), weights, before)


def started(*how):
    studio = Studio(*how)
    yield studio
    end = studio.stop()
    assert (end["code"], end["errors"], end["lookups"]) == (0, "", [])


@pytest.fixture
def visitors(browser):
    """Opens addresses as new visitors and gives the pages; at the end nothing may have gone wrong in any of them."""
    contexts, wrong = [], []

    def go(server: Studio, path: str, *, width=1280, height=800, expected: str = "no error", **options):
        root = server.url.removesuffix("studio/")
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        here = (root, root.replace("http", "ws", 1), "data:", "blob:")
        page.on("request", lambda request: request.url.startswith(here) or wrong.append(f"asked for {request.url}"))
        page.on("websocket", lambda socket: socket.url.startswith(here) or wrong.append(f"asked for {socket.url}"))
        page.on("pageerror", lambda error: wrong.append(f"raised {error}"))
        page.on("console", lambda said: said.type == "error" and expected not in said.text and wrong.append(said.text))
        page.goto(root + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def visit(visitors, studio):
    """Opens the Studio's first page as a new visitor."""

    def go(address: str = "", **options):
        page = visitors(studio, f"studio/{address}", **options)
        page.wait_for_selector(".stage button.example")
        return page

    return go


@pytest.fixture(params=["studio", "classroom"])
def front(request) -> str:
    """Each of the two front ends."""
    return request.param


@pytest.fixture
def visit_bench(visitors, studio):
    """Opens the page of a bench in a front end as a new visitor: visit_bench(front, "inside", "?example=beach")."""

    def go(front: str, name: str, query: str = "", **options):
        page = visitors(studio, f"{front}/{name}{query}", **options)
        page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")
        return page

    return go
