"""One list of scenarios for every page, run against both front ends: what a visitor does, and what must come of it.

Each bench says once how it is used (BENCHES); most scenarios are the same for all of them. That no request leaves the
machine, nothing is raised and nothing is written to the console is asked of every one at its end, see `visitors`. What
only one bench has is in a file of its own.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from apps import pages
from apps.text import catalogue
from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser
EN = catalogue("en")

PATIENCE = 60  # seconds that a busy machine may take for one answer
UNIT = "stage4.unit0"
PIXELS = "(canvas) => canvas.toDataURL()"


@dataclass(frozen=True)
class Bench:
    """How one page is used.

    Attributes:
        example: what is added to the address to begin with an example of that name.
        ready: a selector of what is there once everything is shown.
        seen: JavaScript for what is shown then, as a string: of the bench's element.
        act: something that the address is to keep, and the name under which it does.
        glides: it takes no photos but clips, and makes one of an example at a click.
        begun: what a visitor does to begin with an example, where it is not in the address.
    """

    name: str
    ready: str
    seen: str
    act: Callable | None = None
    kept: str = ""
    example: str = "?example={}"
    glides: bool = False
    begun: Callable | None = None


# ---- what a hand does on each page, and what must be seen then -------------------------------------------------------


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=6)
    page.mouse.up()


def click_a_joint(page) -> None:
    button = page.locator(".legend [data-joint='5'] button")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.locator("canvas.heat:not([hidden])").wait_for()  # its heatmap lies over the photo


def hover_a_joint(page) -> None:
    page.locator(".table tr[data-joint='9']").hover()
    page.locator("canvas.heat:not([hidden])").wait_for()
    expect(page.locator(".legend [data-joint='9']")).to_have_class(re.compile("lit"))


def drag_a_box(page) -> None:
    """A new one, from corner to corner: it belongs to somebody at once."""
    canvas = page.locator(".frame .people")
    before = canvas.get_attribute("data-boxes").count("[")
    page.get_by_role("button", name=EN["boxes.draw"]).click()
    area = canvas.bounding_box()
    drag(page, *((area["x"] + part * area["width"], area["y"] + part * area["height"]) for part in (0.3, 0.7)))
    until(lambda: canvas.get_attribute("data-boxes").count("[") == before + 1)
    page.wait_for_selector(BENCHES["photo"].ready)
    expect(page.locator(".chip")).to_have_count(before)  # one more than there were; the list itself has a bracket


def drag_the_divider(page) -> None:
    divider = page.locator("input.divider")
    area = divider.bounding_box()
    middle = area["y"] + area["height"] / 2
    drag(page, *((area["x"] + part * area["width"], middle) for part in (0.5, 0.3)))
    assert float(divider.input_value()) < 0.4


def hover_a_row(page) -> None:
    row = page.locator(".table tr[data-joint]").first
    row.hover()
    expect(row).to_have_class(re.compile("lit"))


def click_into_the_map(page) -> None:
    page.click(f'[data-place="{UNIT}.branch2"]')
    page.locator(f'.atlas-maps[data-shown^="{UNIT}.branch2 "]').wait_for()


def hover_a_cell(page) -> None:
    click_into_the_map(page)
    page.locator(".atlas-maps").hover(position={"x": 6, "y": 6})
    expect(page.locator(".reading")).to_contain_text("channel")


def mute_an_edge(page) -> None:
    page.click(f'[data-place="{UNIT}.branch2"]')
    page.locator(f'.atlas [data-cut="{UNIT}.branch2"]').click()
    expect(page.locator(f'[data-place="{UNIT}.branch2"]')).to_have_class(re.compile(r"\bcut\b"))
    page.locator(".moved tr").first.wait_for()  # how far the joints moved


def click_a_tile(page) -> None:
    page.locator("[data-step=flip] .title").click()
    page.locator(".tile.on[data-step=flip]").wait_for()


def mute_a_step(page) -> None:
    def drawn(step: str) -> str:
        return page.locator(f"[data-step={step}] canvas").evaluate(PIXELS)

    before, after = drawn("half"), drawn("affine")
    page.locator("[data-part=scale] .name input").uncheck()
    until(lambda: drawn("affine") != after)
    assert drawn("half") == before  # only what follows changes
    page.wait_for_selector(BENCHES["augment"].ready)


def drag_a_slider(page) -> None:
    slider = page.locator("[data-part=rotation] input[type=range]").first
    slider.scroll_into_view_if_needed()
    area = slider.bounding_box()
    before = page.locator("[data-step=affine] .said").inner_text()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    page.mouse.down()
    page.mouse.move(area["x"] + 0.9 * area["width"], area["y"] + area["height"] / 2, steps=5)
    expect(page.locator("[data-step=affine] .said")).not_to_have_text(before)  # while it is held
    page.mouse.up()
    page.wait_for_selector(BENCHES["augment"].ready)


def step_on(page) -> None:
    here = page.locator(".steps li.here").inner_text()
    page.locator(".ways .next").click()
    expect(page.locator(".steps li.here")).not_to_have_text(here)
    page.wait_for_selector(BENCHES["lesson"].ready)


def guess(page) -> None:
    page.locator(".question input[type=radio]").first.check()
    page.locator(".check").click()
    page.locator("[data-verdict]").wait_for()


def hover_a_word(page) -> None:
    word = page.locator(".word[data-light]").first
    word.hover()
    expect(page.locator(".bench")).to_have_attribute("data-lit", word.get_attribute("data-light"))


def open_a_question(page) -> None:
    page.locator("[data-question=aspect] summary").click()
    page.locator("[data-question=aspect] .faq-answer[aria-busy=false] .faq-computed").wait_for()


def go_on(page) -> None:
    page.click("[data-go=check]")
    page.wait_for_selector(".teach[data-step=check]")


def begin_a_set(page, example: str) -> None:
    """With one picture, called like the example."""
    color = np.frombuffer(example.encode()[:3], np.uint8)
    picture = image.encode(np.full((120, 160, 3), color, np.uint8), "png")
    bring(page, {"name": f"{example}.png", "mimeType": "image/png", "buffer": picture})


BENCHES = {
    bench.name: bench
    for bench in (
        Bench(
            "photo",
            ".stage[data-state=shown]",
            """(bench) => bench.querySelector(".people").dataset.boxes + bench.querySelector(".caption").textContent
                + [...bench.querySelectorAll(".legend [aria-pressed=true]")].map((one) => one.ariaLabel)""",
            click_a_joint,
            "joint",
        ),
        Bench(
            "compare",
            ".stage[data-state=shown]",
            """(bench) => bench.querySelector(".caption").textContent
                + Number(bench.querySelector(".divider").value).toFixed(1)
                + bench.querySelector(".table tbody")?.textContent""",
            drag_the_divider,
            "at",
        ),
        Bench(
            "inside",
            ".inside[data-shown][data-state=shown]",
            "(bench) => bench.dataset.shown",
            click_into_the_map,
            "place",
        ),
        Bench(
            "augment",
            ".augment[data-told=true]",
            """(bench) => bench.querySelector(".ribbon").textContent + bench.querySelector(".tile.on").dataset.step""",
            click_a_tile,
            "step",
            "?example={}&seed=15",
        ),
        Bench(
            "lesson",
            ".bench[data-answered]:has(.stage:not([data-busy]))",
            """(bench) => bench.querySelector("[data-part=photo] canvas").toDataURL()
                + bench.querySelector(".steps .here").textContent""",
            step_on,
            "step",
            "?lesson=1&step=whole&example={}",
        ),
        Bench(
            "video",
            ".card:not([hidden]) .facts:not(:empty)",
            """(bench) => bench.querySelector(".card .name").textContent + bench.querySelector(".facts").textContent""",
            glides=True,
            example="",
            begun=lambda page, example: page.locator(f"button.example[data-example={example}]").click(),
        ),
        Bench(
            "teach",
            ".teach[data-step] .set-name[data-set]",
            """(bench) => bench.querySelector(".head").textContent + bench.dataset.step""",
            go_on,
            "step",
            example="",
            begun=begin_a_set,
        ),
        Bench(
            "faq",
            "[data-question=pixel_std] .faq-answer[aria-busy=false] .faq-computed",
            """(bench) => [...bench.querySelectorAll(".faq-computed")].map((one) => one.textContent).join()""",
            open_a_question,
            "q",
            "?q=pixel_std&example={}",
        ),
    )
}
PRESENT = [page.name for page in pages.PAGES if page.name in BENCHES]

HANDS = {
    "hover": {"photo": hover_a_joint, "compare": hover_a_row, "inside": hover_a_cell, "lesson": hover_a_word},
    "click": {"photo": click_a_joint, "inside": click_into_the_map, "lesson": guess, "faq": open_a_question},
    "mute": {"inside": mute_an_edge, "augment": mute_a_step},
    "drag": {"photo": drag_a_box, "compare": drag_the_divider, "augment": drag_a_slider},
    "step": {"augment": click_a_tile, "lesson": step_on, "teach": go_on},
}


# ---- the scenarios ---------------------------------------------------------------------------------------------------


@pytest.fixture
def begin(visit_bench, front):
    """Opens a bench with an example and waits until it is shown."""

    def go(bench: Bench, example: str = "gym", **options):
        page = visit_bench(front, bench.name, bench.example.format(example), **options)
        if bench.begun:
            bench.begun(page, example)
        page.wait_for_selector(bench.ready)
        return page

    return go


@pytest.fixture(scope="module")
def brought(tmp_path_factory, photo) -> Callable[[Bench], dict]:
    """A file that a visitor brings: a photo, or a short clip of it."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "video"))  # where the made-up clips are
    from made_clips import write_clip

    path = tmp_path_factory.mktemp("scenarios") / "mine.mp4"
    write_clip(path, [np.roll(photo, 4 * number, axis=1) for number in range(6)])
    clip = {"name": "mine.mp4", "mimeType": "video/mp4", "buffer": path.read_bytes()}
    picture = {"name": "mine.png", "mimeType": "image/png", "buffer": image.encode(photo, "png")}
    return lambda bench: clip if bench.glides else picture


def until(holds: Callable[[], bool]) -> None:
    """Wait for what no selector can tell."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"it did not come about within {PATIENCE} s"
        time.sleep(0.05)


def shown(page, bench: Bench) -> str:
    """What is there once everything is."""
    page.wait_for_selector(bench.ready)
    return page.locator(".bench").evaluate(bench.seen)


def bring(page, file: dict) -> None:
    page.locator(".bench input[type=file]").first.set_input_files([])  # so that the same file can be chosen again
    page.locator(".bench input[type=file]").first.set_input_files(file)


def complaint(page):
    """The line that says what is wrong; some pages have one for each part."""
    return page.locator(".bench [role=alert]:not(:empty):visible, .frame-wrong:visible").first


def upload(begin, bench, brought) -> None:
    page = begin(bench)
    before = shown(page, bench)
    bring(page, brought(bench))
    until(lambda: shown(page, bench) != before)
    assert complaint(page).count() == 0


def bad_file(begin, bench, brought) -> None:
    page = begin(bench, expected="400")
    before = shown(page, bench)
    suffix = "mp4" if bench.glides else "png"
    bring(page, {"name": f"letter.{suffix}", "mimeType": "", "buffer": b"Dear all, this is no picture."})
    complaint(page).wait_for()
    assert re.fullmatch(r"[^\n]{10,200}", complaint(page).inner_text())
    bring(page, brought(bench))
    until(lambda: complaint(page).count() == 0 and shown(page, bench) != before)


def link_restored(begin, bench, brought, visit_bench, front) -> None:
    page = begin(bench)
    bench.act(page)
    until(lambda: bench.kept in parse_qs(urlsplit(page.url).query))
    other = visit_bench(front, bench.name, f"?{urlsplit(page.url).query}")
    until(lambda: shown(other, bench) == shown(page, bench))


def left_and_back(begin, bench, brought, visit_bench, front) -> None:
    page = begin(bench)
    before = shown(page, bench)
    aside = "faq" if bench.name != "faq" else "augment"
    for name in (aside, bench.name):
        page.locator(".page-names a").get_by_text(title(name), exact=True).click()
        page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")
    until(lambda: shown(page, bench) == before)


def two_visitors(begin, bench, brought) -> None:
    visitors = [begin(bench, example) for example in ("gym", "beach")]
    before = [shown(page, bench) for page in visitors]
    assert before[0] != before[1]
    bring(visitors[0], brought(bench))
    until(lambda: shown(visitors[0], bench) != before[0])
    visitors[1].reload()
    assert shown(visitors[1], bench) == before[1]


def network_cut(begin, bench, brought) -> None:
    page = begin(bench, expected="ERR_INTERNET_DISCONNECTED")
    before = shown(page, bench)
    page.context.set_offline(True)
    bring(page, brought(bench))
    complaint(page).wait_for()
    page.context.set_offline(False)
    bring(page, brought(bench))
    until(lambda: complaint(page).count() == 0 and shown(page, bench) != before)


def title(name: str) -> str:
    return EN[next(page.text for page in pages.PAGES if page.name == name)]


COMMON = {
    "upload": upload,
    "bad file": bad_file,
    "link restored": link_restored,
    "left and back": left_and_back,
    "two visitors": two_visitors,
    "network cut": network_cut,
}
SCENARIOS = [(kind, name) for kind in (*HANDS, *COMMON) for name in PRESENT if name in HANDS.get(kind, PRESENT)]
SCENARIOS = [one for one in SCENARIOS if one[0] != "link restored" or BENCHES[one[1]].act]


@pytest.mark.parametrize(("kind", "name"), SCENARIOS, ids=[f"{kind} - {name}" for kind, name in SCENARIOS])
def test_scenario(begin, visit_bench, brought, front, kind, name):
    bench = BENCHES[name]
    if kind in HANDS:
        return HANDS[kind][name](begin(bench))
    scenario = COMMON[kind]
    more = {"visit_bench": visit_bench, "front": front}
    wanted = {key: value for key, value in more.items() if key in scenario.__code__.co_varnames}
    scenario(begin, bench, brought, **wanted)


def test_every_page_has_its_scenarios():
    assert PRESENT == [page.name for page in pages.PAGES]
