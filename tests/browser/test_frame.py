"""What the frame gives to every bench, in both front ends, shown on a bench that does little (toy.js)."""

from __future__ import annotations

import re

import numpy as np
import pytest

from apps.text import catalogue
from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = [pytest.mark.browser, pytest.mark.both_fronts]
EN, ZH = catalogue("en"), catalogue("zh")


@pytest.fixture
def visit_toy(visitors, toys):
    def go(front: str, name: str = "toy", query: str = "", **options):
        page = visitors(toys, f"{front}/{name}{query}", **options)
        page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")
        return page

    return go


def png(seed: int, size=(60, 80)) -> tuple[dict, str]:
    """A file of random colors, as a page takes it, and its mean color as the toy says it."""
    photo = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    mean = " ".join(f"{value:g}" for value in photo.mean((0, 1)).round(2))
    return {"name": f"photo {seed}.png", "mimeType": "", "buffer": image.encode(photo, "png")}, mean


def says(page, part: str, text: str | re.Pattern) -> None:
    """Wait until a part of the toy says that."""
    expect(page.locator(f".toy-{part}")).to_have_text(text, timeout=60_000)


def answered(page, text: str | re.Pattern) -> None:
    says(page, "answer", text)


def go_to(page, name: str) -> None:
    """By the header's own link, as a visitor does."""
    page.click(f".page-names a[href*='/{name}']")
    page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")


def test_a_bench_is_mounted_its_photo_brought_and_its_question_answered(visit_toy, front):
    page = visit_toy(front)
    file, mean = png(1)
    page.set_input_files(".toy-file", file)
    answered(page, f"{mean} step 0")
    expect(page.locator(".toy-picture")).to_have_js_property("naturalWidth", 80)
    assert page.locator(".bench").count() == 1 and page.inner_text(".toy-name") == "photo 1.png"


def test_leaving_a_page_and_coming_back_loses_nothing_and_the_photo_comes_along(visit_toy, front):
    page = visit_toy(front)
    file, mean = png(2)
    page.set_input_files(".toy-file", file)
    answered(page, f"{mean} step 0")
    page.locator(".toy-step").fill("4")
    page.locator(".toy-step").dispatch_event("change")
    answered(page, f"{mean} step 4")
    go_to(page, "toys")
    answered(page, f"{mean} step 0")  # the photo is there, the step is the other page's own
    go_to(page, "toy")
    answered(page, f"{mean} step 4")
    page.reload()
    answered(page, f"{mean} step 4")


def test_the_photo_comes_along_to_the_other_front_end(visit_toy, front):
    page = visit_toy(front)
    file, mean = png(3)
    page.set_input_files(".toy-file", file)
    answered(page, f"{mean} step 0")
    page.click(".page-ways a >> nth=0")
    page.wait_for_url(re.compile(r"(classroom|studio)/toy$".replace(front, "x")))
    answered(page, f"{mean} step 0")
    go_to(page, "toys")
    answered(page, f"{mean} step 0")


def test_two_visitors_never_mix(visit_toy, front):
    pages = [visit_toy(front), visit_toy(front)]
    files = [png(seed) for seed in (4, 5)]
    for page, (file, _) in zip(pages, files, strict=True):
        page.set_input_files(".toy-file", file)
    for page, (_, mean) in zip(pages, files, strict=True):
        answered(page, f"{mean} step 0")
    for page in pages:
        page.reload()
    for page, (_, mean) in zip(pages, files, strict=True):
        answered(page, f"{mean} step 0")


def test_a_link_shows_the_same_to_whoever_opens_it(visit_toy, front):
    page = visit_toy(front)
    page.click("text=beach")
    page.wait_for_selector(".toy-answer:not(:empty)")
    page.locator(".toy-step").fill("7")
    page.locator(".toy-step").dispatch_event("change")
    page.wait_for_url(re.compile("step=7"))
    query = re.search(r"\?.*", page.url)[0]
    answered(page, re.compile("step 7$"))
    other = visit_toy(front, "toy", f"{query}&example=beach&hide=examples,header")
    answered(other, page.inner_text(".toy-answer"))
    assert not other.is_visible("text=beach") and other.locator(".page-header").count() == 0


def test_what_a_teacher_hid_stays_hidden_on_the_next_page(visit_toy, front):
    page = visit_toy(front, query="?hide=examples")
    go_to(page, "toys")
    assert page.is_visible(".toy-typed") and not page.is_visible("text=beach")


def test_a_bad_file_is_one_line_and_the_page_goes_on(visit_toy, front):
    page = visit_toy(front, expected="400")
    page.set_input_files(".toy-file", {"name": "no.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    says(page, "line", re.compile("^no.jpg: "))
    file, mean = png(6)
    page.set_input_files(".toy-file", file)
    answered(page, f"{mean} step 0")
    assert page.inner_text(".toy-line") == ""


def test_without_the_network_it_is_said_and_with_it_the_page_goes_on(visit_toy, front):
    page = visit_toy(front, expected="ERR_INTERNET_DISCONNECTED")
    file, mean = png(7)
    page.context.set_offline(True)
    page.set_input_files(".toy-file", file)
    says(page, "line", EN["frame.not_sent"])
    page.click(".toy-long")
    says(page, "line", EN["frame.lost"])
    page.context.set_offline(False)
    page.set_input_files(".toy-file", [])
    page.set_input_files(".toy-file", file)
    answered(page, f"{mean} step 0")


def test_long_work_says_how_far_it_is_and_can_be_cancelled(visit_toy, front):
    page = visit_toy(front)
    page.click(".toy-long")
    says(page, "share", re.compile("0.00[1-9]"))
    page.click(".toy-cancel")
    share = page.inner_text(".toy-share")
    page.click("text=beach")  # answered after the cancelled one would have said more
    page.wait_for_selector(".toy-answer:not(:empty)")
    assert page.inner_text(".toy-share") == share and page.inner_text(".toy-line") == ""


def test_of_questions_asked_in_a_row_the_newest_is_answered(visit_toy, front):
    page = visit_toy(front)
    page.click("text=beach")
    page.wait_for_selector(".toy-answer:not(:empty)")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if "/ask/" in request.url else None)
    page.locator(".toy-step").evaluate(
        """(slider) => {
            for (let step = 0; step < 10; step++) {
                slider.value = step;
                slider.dispatchEvent(new Event("change"));
            }
        }"""
    )
    answered(page, re.compile("step 9$"))
    assert len(sent) == 2  # the first one was under way; of the others only the newest followed


def test_letters_typed_in_a_bench_are_no_commands(visit_toy, front):
    page = visit_toy(front)
    runs = []
    page.on("request", lambda request: runs.append(request.url))
    page.locator(".toy-typed").press_sequentially("rcRC")
    page.keyboard.press("Escape")
    assert page.input_value(".toy-typed") == "rcRC"
    assert page.locator("[role=dialog]").count() == 0 and runs == []


def test_the_page_is_chinese_by_wish_and_stays_so(visit_toy, front):
    page = visit_toy(front, query="?lang=zh")
    assert page.inner_text(".page-header h1") == ZH[front]
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    go_to(page, "toys")
    assert page.inner_text(".page-header h1") == ZH[front] and page.title() == f"{ZH['studio.pages']} · {ZH[front]}"
    page.click(".page-ways a[lang=en]")
    expect(page.locator(".page-header h1")).to_have_text(EN[front])


def test_the_first_page_is_also_found_by_its_name_and_others_by_theirs(visit_toy, front):
    page = visit_toy(front, "toys")
    assert page.inner_text(".page-names a[aria-current]") == EN["studio.pages"]
    page.click(".page-names a >> nth=0")
    page.wait_for_url(re.compile(f"/{front}/$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_sideways_scrolling(visit_toy, front, scheme):
    page = visit_toy(front, width=390, height=844, has_touch=True, is_mobile=True, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ink = "rgb(27, 31, 36)" if scheme == "light" else "rgb(230, 237, 243)"
    expect(page.locator(".bench")).to_have_css("color", ink)
    assert page.locator(".page-header").bounding_box()["height"] < 120
