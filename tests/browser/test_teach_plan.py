"""The step "Plan" in both front ends: reasons, changes and their way back, refusals, the time, too few labels."""

from __future__ import annotations

import pytest

from apps.text import catalogue
from hrnet.sets import Sets, lamp

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser

EN, ZH = catalogue("en"), catalogue("zh")
SLOW = 60_000  # milliseconds for the first answer: the server reads its weights


@pytest.fixture(scope="module")
def drawn(studio):
    return lamp.new(Sets(studio.folder / "home" / "sets"), count=8)


@pytest.fixture
def plan(visit_bench, drawn):
    def go(front="studio", **options):
        page = visit_bench(front, "teach", f"?set={drawn.token}&step=plan", **options)
        expect(page.locator(".step-plan .choice").first).to_be_visible(timeout=SLOW)
        return page

    return go


def test_every_choice_has_a_reason_and_joints_say_what_they_begin_with(plan, front):
    page = plan(front)
    reasons = page.locator(".choice .why").all_text_contents()
    assert len(reasons) >= 11 and all(reasons) and not any("teach." in line or "{" in line for line in reasons)
    joints = page.locator(".step-plan .joints li")
    assert joints.count() == 6 and joints.nth(3).text_content() == "headnose"
    expect(page.locator(".parts")).to_have_text("5 pictures teach, 2 are held back to judge it.")
    expect(page.locator(".divided")).to_have_text("Divided by picture: one of 5 held back.")
    expect(page.locator(".begin")).to_be_enabled()


def test_a_change_can_be_taken_back(plan, front):
    page = plan(front)
    row = page.locator("[data-choice=input_size]")
    before = row.locator("select").input_value()
    row.locator("select").select_option("256x256")
    expect(row.locator(".back")).to_have_text(EN["teach.plan.back"].format(value=before.replace("x", " × ")))
    expect(page.locator(".command")).to_contain_text("--set input_size=256x256")
    page.reload()  # what was changed is still there
    expect(row.locator("select")).to_have_value("256x256", timeout=SLOW)
    row.locator(".back").click()
    expect(row.locator("select")).to_have_value(before)
    expect(page.locator(".command")).not_to_contain_text("input_size")


def test_the_slider_sets_the_time_and_the_steps_follow(plan):
    page = plan()
    steps = page.locator("#plan-steps")
    before = int(steps.input_value())
    slider = page.locator(".minutes input")
    slider.focus()
    slider.press("Home")
    expect(page.locator(".time")).to_have_text(EN["teach.plan.min"].format(count=1))
    expect(page.locator(".command")).to_contain_text("--set minutes=1")
    assert 20 <= int(steps.input_value()) < before
    page.locator(".told .back").click()
    expect(steps).to_have_value(str(before))
    expect(page.locator(".command")).not_to_contain_text("minutes")


def test_what_is_unsafe_is_refused_in_words_and_stops_the_start(plan):
    page = plan()
    page.locator(".others summary").click()
    row = page.locator("[data-choice=learning_rate]")
    row.locator("input").fill("5")
    expect(row.locator(".no")).to_contain_text("5 is refused")
    expect(page.locator(".begin")).to_be_disabled()
    expect(page.locator(".go .wrong")).to_have_text(EN["teach.plan.refused"])
    row.locator(".back").click()
    expect(page.locator(".begin")).to_be_enabled()
    expect(row.locator(".no")).to_be_empty()


def test_too_few_labels_lead_back_to_labeling(visit_bench, studio, front):
    kept = lamp.new(Sets(studio.folder / "home" / "sets"), count=2)
    page = visit_bench(front, "teach", f"?set={kept.token}&step=plan")
    few = page.locator(".step-plan .few")
    line = "2 pictures have labels; 4 are needed, to learn from some and to judge on the others."
    expect(few).to_contain_text(line, timeout=SLOW)
    few.locator("button").click()
    page.wait_for_selector(".teach[data-step=label]")


def test_it_speaks_chinese(plan):
    page = plan(locale="zh-CN")
    expect(page.locator(".begin")).to_have_text(ZH["teach.plan.go"])
    reasons = page.locator(".choice .why").all_text_contents()
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in line) for line in reasons)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(plan, front, scheme):
    page = plan(front, width=390, height=844, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for control in page.locator(".choices:not(.others *) select, .begin").all():
        if control.is_visible():
            assert control.bounding_box()["height"] >= 44
