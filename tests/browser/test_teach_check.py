"""The step "Check" in both front ends: findings with pictures, repairs and undo, the editor, the green state."""

from __future__ import annotations

import pytest
from made_faults import COPY, OF, SWAPPED, kept

from hrnet.sets import Sets

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser

SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture
def sets(studio):
    return Sets(studio.folder / "home" / "sets")


@pytest.fixture
def faulty(sets, tmp_path):
    return kept(sets, tmp_path / "faulty")


@pytest.fixture
def check(visit_bench):
    """Opens the step on a set, and waits until it has been examined."""

    def go(front, one, **options):
        page = visit_bench(front, "teach", f"?set={one.token}&step=check", **options)
        page.locator(".step-check[data-mood]").wait_for()
        return page

    return go


def group(page, kind):
    return page.locator(f".group[data-kind={kind}]")


def kinds(page):
    return page.locator(".group").evaluate_all("all => all.map(one => one.dataset.kind)")


def test_findings_are_shown_worst_first_each_with_its_picture(check, faulty, front):
    page = check(front, faulty)
    assert kinds(page) == ["copy_across", "outside", "swapped", "no_box"]
    expect(page.locator(".headline")).to_have_text("wrong: 1 · in doubt: 2 · good to know: 22")
    expect(page.locator(".ribbon [data-go=check]")).to_contain_text("3 findings")
    expect(group(page, "swapped").locator(".line")).to_have_text(
        f"earL, earR in beast_{SWAPPED:02d}.jpg: left and right do not go with its other joints"
    )
    for kind, count in (("copy_across", 2), ("outside", 1), ("swapped", 1)):
        expect(group(page, kind).locator("canvas.crop[data-there]")).to_have_count(count)
    # the joints are drawn: left ones are blue, right ones orange, over a picture that is neither
    drawn = (
        group(page, "swapped")
        .locator("canvas.crop")
        .evaluate(
            """canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let [blue, orange] = [0, 0];
          for (let at = 0; at < data.length; at += 4) {
            if (data[at + 2] - data[at] > 110) blue++;
            if (data[at] - data[at + 2] > 110) orange++;
          }
          return { blue, orange };
        }"""
        )
    )
    assert min(drawn.values()) > 40, drawn


def test_a_repair_takes_the_finding_away_and_undo_brings_it_back(check, faulty, front):
    page = check(front, faulty)
    before = faulty.things(SWAPPED + 1)[0].keypoints
    group(page, "swapped").locator("button.repair").click()
    expect(page.locator(".step-check .said")).to_have_text("Left and right swapped; pictures changed: 1.")
    expect(group(page, "swapped")).to_have_count(0)
    assert (faulty.things(SWAPPED + 1)[0].keypoints == before[[0, 2, 1, 3, 4, 5, 6]]).all()
    expect(page.locator(".ribbon [data-go=check]")).to_contain_text("2 findings")
    page.locator("button.undo").click()
    expect(group(page, "swapped")).to_have_count(1)
    expect(page.locator(".step-check .said")).to_have_text("Taken back in 1 picture.")
    assert (faulty.things(SWAPPED + 1)[0].keypoints == before).all()
    expect(page.locator("button.undo")).to_be_hidden()


def test_a_set_that_is_repaired_becomes_green(check, faulty, front):
    page = check(front, faulty)
    group(page, "copy_across").locator("button.repair").click()
    expect(group(page, "copy_across")).to_have_count(0)
    assert OF + 1 not in faulty.pictures and COPY + 1 in faulty.pictures
    for kind in ("outside", "swapped"):
        group(page, kind).locator("button.repair").click()
        expect(group(page, kind)).to_have_count(0)
    expect(page.locator(".step-check")).to_have_attribute("data-mood", "good")
    expect(page.locator(".headline")).to_have_text("Nothing is wrong with this set.")
    expect(page.locator(".ribbon [data-go=check]")).to_have_attribute("data-state", "now")
    expect(page.locator(".ribbon [data-go=check]")).to_contain_text("nothing wrong")


def test_a_picture_that_was_taken_out_can_be_brought_back_also_later(check, faulty, front):
    page = check(front, faulty)
    group(page, "copy_across").locator("button.repair").click()
    expect(page.locator(".removed summary")).to_have_text("Taken out of the set: 1")
    page.locator("button.undo").click()
    expect(page.locator(".removed")).to_be_hidden()
    group(page, "copy_across").locator("button.repair").click()
    expect(group(page, "copy_across")).to_have_count(0)
    page.reload()
    page.locator(".removed summary").click()
    page.locator(".removed li button").click()
    expect(group(page, "copy_across")).to_have_count(1)
    expect(page.locator(".step-check .said")).to_have_text("Back in the set; pictures: 1.")
    assert OF + 1 in faulty.pictures and not faulty.removed


def test_the_editor_opens_with_the_picture_and_the_way_back_examines_anew(check, faulty, front):
    page = check(front, faulty)
    group(page, "outside").locator("button.edit").click()
    page.wait_for_selector(".teach[data-step=label]")
    assert page.evaluate("new URL(location.href).searchParams.get('picture')") == "10"
    picture = faulty.picture(10)
    faulty.stroke(10, picture.revision, [])  # somebody took the thing away there
    page.locator(".ribbon [data-go=check]").click()
    page.locator(".step-check[data-mood]").wait_for()
    assert kinds(page) == ["copy_across", "swapped", "empty", "no_box"]


def test_what_is_right_is_set_aside_and_can_be_shown_again(check, faulty, front):
    page = check(front, faulty)
    group(page, "swapped").locator("button.aside-it").click()
    expect(group(page, "swapped")).to_have_count(0)
    expect(page.locator(".headline")).to_have_text("wrong: 1 · in doubt: 1 · good to know: 22")
    page.reload()
    page.locator(".step-check[data-mood]").wait_for()
    expect(group(page, "swapped")).to_have_count(0)
    page.locator("button.restore").click()
    expect(group(page, "swapped")).to_have_count(1)


def test_notes_wait_until_they_are_wanted(check, faulty, front):
    page = check(front, faulty)
    notes = group(page, "no_box")
    expect(notes.locator(".tile")).to_have_count(0)
    notes.locator("button.more").click()
    expect(notes.locator(".tile")).to_have_count(22)
    expect(notes.locator("canvas.crop[data-there]")).to_have_count(22)
    notes.locator(".title button.repair").click()
    expect(notes).to_have_count(0)
    assert not any(thing.made for id in faulty.pictures for thing in faulty.things(id))


def test_a_picture_that_somebody_changed_meanwhile_is_not_overwritten(check, faulty, front):
    page = check(front, faulty)
    picture, things = faulty.seen(SWAPPED + 1)
    faulty.stroke(picture.id, picture.revision, [])
    group(page, "swapped").locator("button.repair").click()
    expect(page.locator(".step-check .wrong")).to_contain_text("changed by somebody else meanwhile")
    assert faulty.things(SWAPPED + 1) == ()


def test_what_is_derived_is_shown_with_reasons_and_taken_over(check, faulty, front):
    faulty.set_skeleton(type(faulty.skeleton)("bare", faulty.skeleton.joints), None)
    page = check(front, faulty)
    derived = page.locator(".derived")
    expect(derived).to_contain_text("earL ↔ earR, pawL ↔ pawR")
    expect(derived).to_contain_text("by the names, such as earL and earR")
    derived.locator("button.all").click()
    expect(derived.locator("button.adopt")).to_have_count(0)
    assert faulty.skeleton.flip_pairs == ((1, 2), (4, 5)) and len(faulty.skeleton.limbs) == 6


@pytest.mark.parametrize("locale, headline", [("en-US", "wrong: 1"), ("zh-CN", "错误：1")])
def test_it_fits_a_phone_in_both_languages(check, faulty, front, locale, headline):
    page = check(front, faulty, width=390, height=844, locale=locale)
    expect(page.locator(".headline")).to_contain_text(headline)
    assert not page.evaluate(SCROLLS)
    assert group(page, "copy_across").locator("button.repair").bounding_box()["height"] >= 40
