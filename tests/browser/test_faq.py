"""The FAQ page in both front ends: folded, opened, linked, found, asked about another person and another photo."""

from __future__ import annotations

import re

import numpy as np
import pytest

from apps.text import catalogue
from apps.views import faq
from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser
EN, ZH = catalogue("en"), catalogue("zh")
QUICK = "pixel_std"  # a question that needs no network


@pytest.fixture
def page_of(visit_bench, front):
    """Opens the page and waits until it is known who is in the photo."""

    def go(query: str = "", **options):
        page = visit_bench(front, "faq", query, **options)
        page.wait_for_selector(".faq-photo:not([hidden]), .faq-subject .wrong:not([hidden])")
        return page

    return go


def item(page, question: str):
    return page.locator(f".faq-item[data-question={question}]")


def toggle(page, question: str) -> None:
    item(page, question).locator("summary").click()


def computed(page, question: str):
    """Waits for the answer and gives its sentence."""
    sentence = item(page, question).locator(".faq-answer[aria-busy=false] .faq-computed")
    sentence.wait_for()
    return sentence


def asked(page) -> list[str]:
    """What the page asks Python from now on."""
    questions: list[str] = []
    page.on("request", lambda sent: "/ask/faq" in sent.url and questions.append(sent.post_data_json["ask"]))
    return questions


def test_every_question_is_folded_and_nothing_but_who_is_there_is_asked(page_of):
    page = page_of()
    questions = asked(page)
    page.reload()
    page.wait_for_selector(".faq-photo:not([hidden])")
    assert page.locator(".faq-item").count() == len(faq.QUESTIONS) and page.locator(".faq-item[open]").count() == 0
    assert questions == ["who"]


def test_a_question_is_answered_when_it_is_opened_and_only_once(page_of):
    page = page_of()
    questions = asked(page)
    toggle(page, QUICK)
    assert "published construction" in computed(page, QUICK).inner_text()
    assert re.search(r"\{|undefined|faq\.", item(page, QUICK).inner_text()) is None
    picture = item(page, QUICK).locator("img")
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    assert picture.get_attribute("alt") == EN["faq.pixel_std.picture"]
    toggle(page, QUICK)
    toggle(page, QUICK)
    computed(page, QUICK)
    assert questions == [QUICK]


def test_a_question_opens_by_keyboard(page_of):
    page = page_of()
    item(page, QUICK).locator("summary").focus()
    page.keyboard.press("Enter")
    computed(page, QUICK)


def test_published_figures_are_marked_as_published(page_of):
    page = page_of("?q=given_or_found")
    computed(page, "given_or_found")
    cited = item(page, "given_or_found").locator(".faq-published").inner_text()
    assert EN["faq.published"] in cited and "76.5 AP" in cited and "74.4 AP" in cited and "#174" in cited


def test_curves_say_in_words_what_they_show(page_of):
    page = page_of("?q=quarter_offset")
    computed(page, "quarter_offset")
    svg = item(page, "quarter_offset").locator("svg[role=img]")
    assert re.search(r"highest pixel: begins at 0, ends at 0, at most 2\.", svg.get_attribute("aria-label"))
    assert svg.locator("polyline").count() == 3


def test_a_link_opens_its_question_and_what_is_open_is_in_the_address(page_of):
    page = page_of(f"?q={QUICK}&example=gym&person=2")
    sentence = computed(page, QUICK).inner_text()
    expect(page.locator(".faq-people [aria-pressed=true]")).to_have_text("2")
    toggle(page, "aspect")
    page.wait_for_url(re.compile("q=pixel_std%2Caspect"))
    other = page_of(re.search(r"\?.*", page.url)[0])
    assert computed(other, QUICK).inner_text() == sentence
    computed(other, "aspect")


def test_an_anchor_opens_its_question_and_goes_there(page_of):
    page = page_of("#oks")
    assert item(page, "oks").get_attribute("open") is not None
    expect(item(page, "oks")).to_be_in_viewport()
    computed(page, "oks")


def test_leaving_and_coming_back_loses_nothing(page_of):
    page = page_of()
    page.locator(".faq-people button").nth(1).click()
    toggle(page, QUICK)
    sentence = computed(page, QUICK).inner_text()
    page.reload()
    page.goto(page.url.partition("?")[0])
    assert computed(page, QUICK).inner_text() == sentence
    expect(page.locator(".faq-people [aria-pressed=true]")).to_have_text("2")


def test_another_person_is_asked_about_anew(page_of):
    page = page_of(f"?q={QUICK}")
    sentence = computed(page, QUICK)
    before = sentence.inner_text()
    page.locator(".faq-people button").nth(2).click()
    expect(sentence).not_to_have_text(before)
    page.wait_for_url(re.compile("person=3"))


def test_ones_own_photo_is_taken_and_a_bad_file_is_one_line(page_of, photo):
    page = page_of(f"?q={QUICK}", expected="400")
    before = computed(page, QUICK).inner_text()
    file = {"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.set_input_files(".faq-bring input", file)
    expect(page.locator(".faq-subject .wrong")).to_have_text(re.compile("^no.png: "))
    page.set_input_files(".faq-bring input", {**file, "name": "me.png", "buffer": image.encode(photo, "png")})
    expect(page.locator(".faq-subject .aside")).to_contain_text(EN["faq.subject.network"][:40])
    assert not page.locator(".faq-subject .wrong").is_visible()
    expect(computed(page, QUICK)).not_to_have_text(before)
    assert page.locator(".faq-people button").count() == 2


def test_of_a_photo_without_anybody_it_is_said(page_of):
    page = page_of()
    gray = np.full((64, 64, 3), 128, np.uint8)
    page.set_input_files(
        ".faq-bring input", {"name": "gray.png", "mimeType": "image/png", "buffer": image.encode(gray)}
    )
    known = page.locator(".faq-subject .aside")
    expect(known).not_to_contain_text(EN["faq.subject.exact"][:40])
    expect(known).to_contain_text(re.compile("|".join(EN[f"faq.subject.{key}"][:40] for key in ("nobody", "network"))))


def test_questions_are_searched_by_their_words(page_of):
    page = page_of()
    search = page.locator(".faq-search")
    search.fill("OpenCV blue")
    assert [one.get_attribute("data-question") for one in page.locator(".faq-item:not([hidden])").all()] == ["color"]
    assert page.locator(".faq-list section:not([hidden])").count() == 1
    search.fill("no such words")
    assert page.locator(".faq-item:not([hidden])").count() == 0
    assert page.locator(".faq-find [role=status]").inner_text() == EN["faq.no_hits"]
    search.fill("")
    assert page.locator(".faq-item:not([hidden])").count() == len(faq.QUESTIONS)


def test_without_the_network_it_is_said_and_opening_again_asks_again(page_of):
    page = page_of(expected="ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    toggle(page, QUICK)
    expect(item(page, QUICK).locator("[role=alert]")).to_have_text(EN["frame.lost"])
    page.context.set_offline(False)
    toggle(page, QUICK)
    toggle(page, QUICK)
    computed(page, QUICK)


def test_it_is_chinese_by_wish(page_of):
    page = page_of(f"?lang=zh&q={QUICK}")
    assert ZH["faq.pixel_std.question"] in item(page, QUICK).inner_text()
    assert "公开代码" in computed(page, QUICK).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_every_part_without_sideways_scrolling(page_of, scheme):
    page = page_of(
        "?q=quarter_offset,sigma", width=390, height=844, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    for question in ("quarter_offset", "sigma"):
        computed(page, question)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.locator(".faq").evaluate("(one) => one.scrollWidth - one.clientWidth")
    assert wide <= 0
