"""Measure in a browser how long a hand waits: `python -m apps.pace`.

A server with the embedded networks and a Chromium, both for this measurement only. Times are taken inside of the page,
from the event to the frame in which the answer is painted; what comes first is shown apart, as it warms up the rest.
`--teach` walks the drawn set of desk lamps from the first click to the network it becomes, with the choices offered.
Needs Playwright (requirements.txt has it) and a Chromium; the variable CHROMIUM says where it is if it is not found.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from apps.rush import LONGEST, a_photo, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TIMES = 8  # each is measured, after one that warms up
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# A camera that shows a moving sign; the rest keeps the browser from looking for its maker, and lets root start it.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
PATIENCE = 60_000  # milliseconds
TRAINING = 3_600_000  # milliseconds

# Begins to wait: from the moment in which a file is chosen to the frame in which everybody in it is drawn.
WATCH = """(input) => {
  const stage = input.getRootNode().querySelector(".stage");
  globalThis.paced = new Promise((done) => {
    input.addEventListener("change", () => {
      const began = performance.now();
      let away = stage.dataset.state !== "shown";
      const observer = new MutationObserver(() => {
        away ||= stage.dataset.state !== "shown";
        if (!away || stage.dataset.state !== "shown") return;
        observer.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
      });
      observer.observe(stage, { attributes: true, attributeFilter: ["data-state"] });
    }, { once: true, capture: true });
  });
}"""

# Milliseconds from the click to the frame in which the atlas is painted.
CLICK = """(button, place) => new Promise((done) => {
  const atlas = button.getRootNode().querySelector(".atlas-maps");
  const began = performance.now();
  new MutationObserver((_, observer) => {
    if (!atlas.dataset.shown.startsWith(`${place} `)) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  }).observe(atlas, { attributes: true, attributeFilter: ["data-shown"] });
  button.click();
})"""

SLIDE = """(input, value) => new Promise((done) => {
  requestAnimationFrame(() => {
    const began = performance.now();
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
  });
})"""


def photos(page: Page, times: int) -> Iterator[float]:
    """Milliseconds from choosing a file, a new one each time, to its people drawn."""
    page.wait_for_selector(".stage")
    chooser = page.locator(".stage input[type=file], .bench input[type=file]").first
    for number in range(times):
        chooser.evaluate(WATCH)
        photo = a_photo(LONGEST - 8 * number)
        chooser.set_input_files({"name": f"pace-{number}.jpg", "mimeType": "image/jpeg", "buffer": photo})
        yield page.evaluate("globalThis.paced")


def clicks(page: Page, times: int) -> Iterator[float]:
    """Milliseconds from a click on a branch in the map to the atlas of its channels."""
    page.locator(".inside[data-shown][data-state=shown]").wait_for()
    branches = page.locator('.plane [data-place*=".branch"]')
    for number in range(times):
        branch = branches.nth(number % branches.count())
        yield branch.evaluate(CLICK, branch.get_attribute("data-place"))


def slides(page: Page, times: int) -> Iterator[float]:
    """Milliseconds from a moved slider to the frame in which every tile follows it."""
    page.locator(".ribbon canvas").first.wait_for()
    slider = page.locator("[data-part=rotation] input").last
    for number in range(times):
        yield slider.evaluate(SLIDE, 5 * number - 20)


def live(page: Page, times: int) -> Iterator[float]:
    """Milliseconds between two answers to the live camera."""
    page.click(".video button.live")
    rate = page.locator(".video .rate")
    rate.filter(has_text="frames per second").wait_for()
    for _ in range(times):
        page.wait_for_timeout(1000)
        yield 1000 / float(rate.inner_text().split()[0])


MEASURED: dict[str, tuple[str, Callable[[Page, int], Iterator[float]]]] = {
    "a photo, from choosing it to skeletons": ("photo", photos),
    "a click into the map, to the atlas of channels": ("inside?example=friends", clicks),
    "a moved slider, to the tiles that follow": ("augment?example=street&seed=15", slides),
    "the live camera, from answer to answer": ("video", live),
}


def taught(page: Page) -> Iterator[tuple[str, float]]:
    """What was done on the page "Teach it yours", and the seconds it took."""
    began = time.monotonic()

    def took() -> float:
        nonlocal began
        before, began = began, time.monotonic()
        return began - before

    page.click("button.toy")
    page.click(".ribbon [data-go=plan]")
    page.locator(".begin:enabled").wait_for()
    yield "drawn, brought and planned", took()
    page.click(".begin")
    page.wait_for_selector(".step-run .detail[data-state=finished]", timeout=TRAINING)
    yield "trained", took()
    page.click(".wishes [data-wish=compare]")
    page.wait_for_selector(".comparison[data-state=shown]")
    yield "seen before and after", took()


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *CHROMIUM))), None)
    if path is None:
        raise SystemExit("apps.pace: no Chromium was found; install it, or say in the variable CHROMIUM where it is")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en")
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    return page


def report(what: str, took: Sequence[float]) -> str:
    first, *rest = took
    return f"  {what:<48} median {statistics.median(rest):5.0f} ms   worst {max(rest):5.0f}   first {first:5.0f}"


def teach() -> int:
    """Print how long the whole way takes, in a home of its own."""
    with tempfile.TemporaryDirectory() as home, server(home=home) as url, chromium() as browser:
        page = opened(browser, f"{url}/studio/teach")
        whole = 0.0
        for what, seconds in taught(page):
            print(f"  {what:<48} {seconds:6.1f} s", flush=True)
            whole += seconds
        sentence = " ".join(page.locator(".comparison .sentence").inner_text().split())
        print(f"  {whole / 60:.1f} minutes in all, load {os.getloadavg()[0]:.1f}\n  {sentence}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m apps.pace", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--times", type=int, default=TIMES, help="each is measured, after one that warms up")
    parser.add_argument("--teach", action="store_true", help="instead, teach it the drawn lamps: some minutes")
    args = parser.parse_args(argv)
    if args.teach:
        return teach()
    with server() as url, chromium() as browser:
        for front in ("studio", "classroom"):
            print(f"{front}, load {os.getloadavg()[0]:.1f}")
            for what, (address, measure) in MEASURED.items():
                page = opened(browser, f"{url}/{front}/{address}")
                print(report(what, list(measure(page, args.times + 1))), flush=True)
                page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
