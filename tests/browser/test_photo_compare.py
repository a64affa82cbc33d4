"""The comparison of two ways to see the same photo, in both front ends."""

from __future__ import annotations

import re

import pytest

from apps.text import catalogue
from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser
EN = catalogue("en")


@pytest.fixture
def compared(visit_bench, front, photo):
    """The page with the photo on it, seen in two ways."""

    def go(query: str = "", **options):
        page = visit_bench(front, "compare", query, **options)
        page.set_input_files(
            ".stage input[type=file]", {"name": "me.png", "mimeType": "", "buffer": image.encode(photo, "png")}
        )
        page.wait_for_selector(".stage[data-state=shown]")
        return page

    return go


def apart(page) -> list[str]:
    return page.locator(".table td:last-child").all_inner_texts()


def test_the_same_way_twice_agrees_and_another_decoder_does_not(compared):
    page = compared("?a=own,,&b=own,,")
    assert set(apart(page)) == {"0.0"}
    page.select_option(".way[data-way=B] select[name=decoder]", "argmax")
    expect(page.locator(".table td:last-child", has_text=re.compile("^(?!0.0$)"))).not_to_have_count(0)
    page.wait_for_url(re.compile("b=own%2Cargmax"))
    page.select_option(".way[data-way=B] select[name=decoder]", "")
    expect(page.locator(".table td:last-child", has_text=re.compile("^0.0$"))).to_have_count(17)


def test_a_link_shows_the_same_two_ways_and_the_same_divider(visit_bench, front):
    page = visit_bench(front, "compare", "?example=beach&a=own,dark,flip&b=pose,,&at=0.25")
    page.wait_for_selector(".stage[data-state=shown]")
    assert page.input_value(".way[data-way=A] select[name=decoder]") == "dark"
    assert page.is_checked(".way[data-way=A] [name=flip]") and not page.is_checked(".way[data-way=B] [name=flip]")
    assert page.input_value(".way[data-way=B] select[name=network]") == "pose"
    page.wait_for_selector(".people[data-split='0.250']")


def test_the_divider_follows_the_hand_and_the_keys(compared):
    page = compared()
    area = page.locator(".frame .people").bounding_box()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 99)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.8, area["y"] + 99, steps=5)
    page.wait_for_selector(".people[data-split='0.800']")
    page.mouse.up()
    page.wait_for_url(re.compile("at=0.80"))
    page.focus(".compare .divider")
    page.keyboard.press("Home")
    page.wait_for_selector(".people[data-split='0.000']")
    assert page.get_attribute(".compare .divider", "aria-valuetext") == EN["compare.at"].replace("{percent}", "0")


def test_left_of_the_divider_the_first_way_is_drawn_and_right_of_it_the_second(compared):
    page = compared("?a=own,,&b=own,argmax,flip")

    def drawn(side: str) -> str:
        page.focus(".compare .divider")
        page.keyboard.press(side)
        page.wait_for_selector(f".people[data-split='{0 if side == 'Home' else 1:.3f}']")
        return page.locator(".frame .people").evaluate("(canvas) => canvas.toDataURL()")

    first, second = drawn("End"), drawn("Home")
    assert first != second and drawn("End") == first


def test_a_bad_file_is_a_line_and_the_next_photo_is_fine(compared):
    page = compared(expected="400")
    page.set_input_files(".stage input[type=file]", {"name": "no.jpg", "mimeType": "", "buffer": b"no picture"})
    expect(page.locator(".message")).to_have_text(re.compile("^no.jpg: "))
    page.click(".example >> nth=0")
    page.wait_for_selector(".stage[data-state=shown]")
    assert page.inner_text(".message") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_sideways_scrolling(compared, scheme):
    page = compared(width=390, height=844, has_touch=True, is_mobile=True, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
