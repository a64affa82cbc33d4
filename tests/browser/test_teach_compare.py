"""The step "Compare & take away", and a network of one's own on the other pages, in both front ends."""

from __future__ import annotations

import re
import secrets
import zipfile

import pytest
from taught_runs import LAMP, labeled_set, taught_run

from apps.text import catalogue
from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser
EN, ZH = catalogue("en"), catalogue("zh")
expect.set_options(timeout=60_000)  # a busy machine answers late


@pytest.fixture(scope="module")
def taught(studio):
    """A set on the server with two finished runs: its token, and theirs."""
    home = studio.folder / "home"
    labels = labeled_set(home)
    tokens = [secrets.token_urlsafe(16) for _ in range(2)]
    taught_run(home, labels, tokens[0], title="the first")
    taught_run(home, labels, tokens[1], title="the <b>second</b>", sign=-1)
    return labels.token, *tokens


@pytest.fixture
def compared(visit_bench, front, taught):
    """The step with its picture on the stage."""

    def go(query: str = "", **options):
        page = visit_bench(front, "teach", f"?set={taught[0]}&step=compare{query}", **options)
        page.wait_for_selector(".comparison[data-state=shown] .over[data-split]")
        return page

    return go


def me(photo) -> dict:
    return {"name": "me.png", "mimeType": "", "buffer": image.encode(photo, "png")}


def test_the_worst_picture_is_shown_first_and_every_joint_has_its_row(compared, taught):
    page = compared(f"&a={taught[1]}&b={taught[2]}")
    assert page.locator(".pictures button").count() == 3
    expect(page.locator(".pictures button").first).to_have_attribute("aria-pressed", "true")
    assert page.locator(".errors tbody tr").count() == 1 + len(LAMP)
    shares = [int(re.search(r"\d+", text)[0]) for text in page.locator(".pictures .aside").all_inner_texts()]
    assert shares == sorted(shares, reverse=True)
    assert page.locator(".over").get_attribute("data-eyes") == "4,4"  # all joints, on both sides
    second = page.locator(".pictures button").nth(1)
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    page.wait_for_url(re.compile(f"picture={second.get_attribute('data-picture')}"))


def test_two_runs_stand_side_by_side_with_the_difference_of_each_joint(compared, taught):
    page = compared(f"&a={taught[1]}&b={taught[2]}")
    page.click(".metrics [data-metric=pixels]")
    page.wait_for_selector("table[data-metric=pixels]")
    rows = [row.locator("td:not(.bars)").all_inner_texts() for row in page.locator(".errors tbody tr").all()]
    for before, after, apart, count in rows:
        assert float(apart.replace("−", "-")) == pytest.approx(float(after) - float(before), abs=0.11)
        assert count in ("12", "3")
    page.select_option("select[name=a]", taught[1])
    page.select_option("select[name=b]", taught[1])  # then nothing of its own is left to stand beside it but the other
    page.wait_for_url(re.compile(f"b={taught[1]}"))
    expect(page.locator("select[name=a]")).to_have_value(taught[2])
    assert page.locator("select[name=b] option", has_text="the <b>second</b>").count() == 1


def test_the_divider_is_that_of_the_compare_page_and_labels_can_be_laid_over(compared):
    page = compared("&at=0.25")
    page.wait_for_selector(".over[data-split='0.250']")
    area = page.locator(".over").bounding_box()
    page.mouse.move(area["x"] + area["width"] / 2, area["y"] + 50)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.8, area["y"] + 50, steps=4)
    page.mouse.up()
    page.wait_for_selector(".over[data-split='0.800']")
    page.wait_for_url(re.compile("at=0.80"))
    assert page.get_attribute(".over", "data-labels") == "true"
    page.uncheck("input[name=labels]")
    page.wait_for_selector(".over[data-labels=false]")


def test_a_new_photo_is_seen_in_the_whole_or_in_a_box_drawn_by_hand(compared, photo):
    page = compared()
    page.click("[data-tab=new]")
    page.set_input_files(".fresh input[type=file]", me(photo))
    expect(page.locator("select[name=way]")).to_have_value("twice")
    page.select_option("select[name=way]", "persons")
    expect(page.locator(".stage .caption")).to_contain_text(EN["network.no_person"])
    page.click(".draw")
    page.wait_for_selector(".over.drawing")
    page.locator(".over").scroll_into_view_if_needed()
    area = page.locator(".over").bounding_box()
    page.mouse.move(area["x"] + 20, area["y"] + 20)
    page.mouse.down()
    page.mouse.move(area["x"] + 120, area["y"] + 100, steps=3)
    page.mouse.up()
    expect(page.locator("select[name=way]")).to_have_value("drawn")
    expect(page.locator(".stage .caption")).not_to_contain_text(EN["network.no_person"])


def test_the_zip_comes_as_a_file_and_is_whole(compared, tmp_path):
    page = compared()
    with page.expect_download() as download:
        page.click("[data-kind=zip]")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    assert names == {"weights.safetensors", "predict.py", "skeleton.json", "figures.json", "made.json", "README.md"}


def test_used_networks_are_seen_on_other_pages_and_taken_off_there(compared, taught, studio, front, photo):
    page = compared(f"&b={taught[1]}")
    page.click(".use")
    expect(page.locator(".used")).to_have_text(EN["teach.compare.used"])
    root = studio.url.removesuffix("studio/")
    page.goto(f"{root}{front}/")
    page.wait_for_selector(".bench[data-bench=photo][data-mounted]")
    expect(page.locator(".seen-with b")).to_have_text("the first")
    page.set_input_files(".stage input[type=file]", me(photo))
    page.wait_for_selector(".stage[data-state=shown]")
    assert page.locator(".table tbody tr, .table tr[data-joint]").count() >= len(LAMP)
    expect(page.locator(".table button.joint", has_text="hinge")).to_have_count(1)
    expect(page.locator(".stage .caption")).to_have_text(EN["photo.thing"])
    page.select_option(".seen-with select", "persons")
    expect(page.locator(".seen-with .doubt")).to_have_text(EN["network.no_person"])
    page.wait_for_selector(".stage[data-state=shown]")
    page.click(".seen-with .off")
    expect(page.locator(".seen-with")).to_have_count(0)
    expect(page.locator(".table button.joint", has_text="left wrist")).to_have_count(1)
    page.reload()
    page.wait_for_selector(".bench[data-bench=photo][data-mounted]")
    expect(page.locator(".seen-with")).to_have_count(0)


@pytest.mark.parametrize("name", ["compare", "inside", "video", "augment"])
def test_a_link_brings_the_network_along(visit_bench, front, taught, name):
    page = visit_bench(front, name, f"?network={taught[1]}&example=beach")
    expect(page.locator(".seen-with b")).to_have_text("the first")
    if name == "compare":
        page.wait_for_selector(".stage[data-state=shown]")
        assert page.input_value(".way[data-way=B] select[name=network]") == "lent"
    if name == "inside":
        expect(page.locator(".inside .chip").first).to_be_visible()
    if name == "augment":  # whatever it sees in the example, the joints are its own, also those placed by hand
        page.wait_for_selector("[data-told=true], .frame-wrong, .editor:visible")
        expect(page.locator(".bench")).to_contain_text("hinge")
    page.click(".seen-with .off")
    expect(page.locator(".seen-with")).to_have_count(0)
    assert "network=" not in page.url


def test_pages_that_cannot_see_with_it_do_not_say_so_and_one_that_is_gone_is_told(visit_bench, front, taught):
    page = visit_bench(front, "lesson", f"?network={taught[1]}")
    assert page.locator(".seen-with").count() == 0
    page = visit_bench(front, "inside", f"?network={'g' * 22}")
    expect(page.locator(".frame-wrong")).to_contain_text("no longer here")
    assert page.locator(".seen-with").count() == 0


def test_it_speaks_chinese_and_fits_a_phone(compared):
    page = compared("&lang=zh", width=390, height=844)
    expect(page.locator(".away h3")).to_have_text(ZH["teach.compare.away"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
