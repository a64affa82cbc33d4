"""The frame of "Teach it yours" and its first step, in both front ends: sets, what is brought, names of joints."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from apps.text import catalogue
from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
expect.set_options(timeout=30_000)  # milliseconds: others may be at work on the machine, too
pytestmark = pytest.mark.browser
EN = catalogue("en")


@pytest.fixture
def teach(visit_bench, front):
    """Opens the page and waits until a step is there."""

    def go(query: str = "", **options):
        page = visit_bench(front, "teach", query, **options)
        page.wait_for_selector(".teach[data-step]")
        return page

    return go


def picture(seed: int) -> bytes:
    return image.encode(np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8), "png")


def file(name: str, content: bytes) -> dict:
    return {"name": name, "mimeType": "", "buffer": content}


def pictures(count: int, first: int = 0) -> list[dict]:
    return [file(f"{number}.png", picture(number)) for number in range(first, first + count)]


def labels(count: int) -> bytes:
    """COCO labels of that many pictures, with a lamp in each."""
    return json.dumps(
        {
            "images": [{"id": n, "file_name": f"{n}.png", "width": 64, "height": 48} for n in range(count)],
            "annotations": [
                {"id": n + 1, "image_id": n, "category_id": 1, "keypoints": [9, 9, 2, 20 + n, 9, 2, 20, 30, 1],
                 "num_keypoints": 3, "bbox": [5, 5, 30, 30], "area": 900, "iscrowd": 0}
                for n in range(count)
            ],
            "categories": [{"id": 1, "name": "lamp", "keypoints": ["base", "left rim", "right rim"],
                            "skeleton": [[1, 2], [1, 3]]}],
        }
    ).encode()  # fmt: skip


def packed(files: list[dict]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for one in files:
            archive.writestr(one["name"], one["buffer"])
    return content.getvalue()


def bring(page, files) -> None:
    page.set_input_files("input.files", files)


def counts(page, labeled: int, of: int) -> None:
    """Wait until the page says so of the set that is open."""
    text = EN["teach.counts"].format(labeled=labeled, pictures=of)
    expect(page.locator(".teach .counts")).to_have_text(text, timeout=60_000)


def joint_names(page) -> list[str]:
    return page.locator(".joints .name").evaluate_all("(all) => all.map((one) => one.value)")


def in_address(page, name: str) -> str | None:
    return parse_qs(urlsplit(page.url).query).get(name, [None])[0]


def of_sets(page, token: str):
    return page.locator(f".sets [data-set='{token}']")


def test_bare_pictures_become_a_set_whose_joints_are_named_by_hand(teach, visit_bench, front):
    page = teach()
    bring(page, pictures(3))
    counts(page, 0, 3)
    expect(page.locator(".recognized")).to_contain_text("pictures without labels")
    page.click("[data-ready=own]")
    page.keyboard.type("base, lower hinge, head, left rim, right rim")
    page.keyboard.press("Enter")
    expect(page.locator(".joints li")).to_have_count(5)
    expect(page.locator(".joints [data-side=left]")).to_have_count(1)  # Python saw the pair
    expect(page.locator(".figure line")).to_have_count(4)
    page.click(".save")
    expect(page.locator(".saving .line")).to_have_text(EN["teach.joints.saved"])
    page.reload()
    counts(page, 0, 3)
    expect(page.locator(".joints li")).to_have_count(5)
    assert joint_names(page)[3:] == ["left rim", "right rim"]
    other = visit_bench(front, "teach", f"?{urlsplit(page.url).query}")
    counts(other, 0, 3)
    expect(other.locator(".joints li")).to_have_count(5)


def test_a_zip_is_recognized_and_counted(teach):
    page = teach()
    bring(page, file("lamps.zip", packed([*pictures(4), file("labels.json", labels(4))])))
    counts(page, 4, 4)
    assert page.inner_text(".set-name") == "lamps"
    expect(page.locator(".recognized")).to_contain_text("COCO")
    expect(page.locator(".facts")).to_contain_text(EN["teach.report.joints"].format(joints=3, pairs=1))
    page.locator(".sheet img").evaluate("(image) => image.decode()")


def test_labels_and_pictures_chosen_together_belong_together(teach):
    page = teach()
    bring(page, [*pictures(3), file("labels.json", labels(3))])
    counts(page, 3, 3)
    expect(page.locator(".recognized")).to_contain_text("COCO")


def test_a_folder_comes_with_its_folders(teach, tmp_path):
    for part in ("train", "val"):
        (tmp_path / "mice" / part).mkdir(parents=True)
        (tmp_path / "mice" / part / "0.png").write_bytes(picture(len(part)))  # two files of the same name
    (tmp_path / "mice" / ".DS_Store").write_bytes(b"left behind")
    page = teach()
    page.set_input_files("input.folder", tmp_path / "mice")
    counts(page, 0, 2)
    assert page.inner_text(".set-name") == "mice"
    expect(page.locator(".lines")).to_have_count(0)  # nothing was left out


def test_files_are_dropped_and_pictures_pasted(teach):
    page = teach()
    give = """([kind, name, bytes]) => {
        const carried = new DataTransfer();
        carried.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
        const event = kind === "drop"
            ? new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true })
            : new ClipboardEvent("paste", { clipboardData: carried, bubbles: true });
        document.body.dispatchEvent(event);
    }"""
    page.evaluate(give, ["drop", "dropped.png", list(picture(1))])
    counts(page, 0, 1)
    assert page.inner_text(".set-name") == "dropped"
    page.evaluate(give, ["paste", "image.png", list(picture(2))])
    counts(page, 0, 2)


def test_more_is_added_and_what_is_there_already_is_said(teach):
    page = teach()
    bring(page, pictures(2))
    counts(page, 0, 2)
    bring(page, pictures(3))
    counts(page, 0, 3)
    expect(page.locator(".lines.duplicates h3")).to_have_text(EN["teach.report.duplicates"].format(count=2))


def test_of_a_video_as_many_frames_come_as_are_wished_for(teach, tmp_path):
    sys.path.insert(0, str(Path(__file__).parents[1] / "video"))  # where the made-up clips are
    from made_clips import write_clip

    coarse = np.random.default_rng(1).integers(0, 256, (12, 48, 64, 3), np.uint8)
    write_clip(tmp_path / "walk.mp4", list(coarse))
    page = teach()
    bring(page, file("walk.mp4", (tmp_path / "walk.mp4").read_bytes()))
    page.locator(".frames input").fill("4")
    page.click(".frames button")
    counts(page, 0, 4)
    expect(page.locator(".recognized")).to_contain_text("a video")


def test_what_is_no_set_is_one_line_and_nothing_is_lost(teach):
    page = teach()
    bring(page, file("letter.txt", b"Dear all, this is no picture."))
    expect(page.locator(".step .wrong")).to_have_text(re.compile(r"^[^\n]{10,300}$"))
    bring(page, file("broken.zip", b"PK\x03\x04 and nothing else"))
    expect(page.locator(".step .wrong")).to_contain_text("broken.zip")
    bring(page, pictures(2))
    counts(page, 0, 2)
    bring(page, file("letter.txt", b"Dear all, this is no picture."))
    expect(page.locator(".step .wrong")).to_have_text(re.compile(r"^[^\n]{10,300}$"))
    counts(page, 0, 2)


def test_what_comes_in_can_be_cancelled(teach):
    page = teach()
    page.route("**/ask/bring", lambda route: None)  # as if others were before
    bring(page, pictures(2))
    expect(page.locator(".progress .line")).to_have_text(EN["teach.bring.reading"])
    page.click(".progress .cancel")
    expect(page.locator(".progress")).to_be_hidden()
    expect(page.locator(".step .wrong")).to_have_text(EN["teach.bring.stopped"])
    page.unroute("**/ask/bring")
    bring(page, pictures(2))
    counts(page, 0, 2)


def test_without_the_network_it_is_said_and_with_it_the_page_goes_on(teach):
    page = teach(expected="ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    bring(page, pictures(1))
    expect(page.locator(".step .wrong")).to_have_text(EN["frame.not_sent"])
    page.context.set_offline(False)
    bring(page, pictures(1))
    counts(page, 0, 1)


def test_a_set_is_renamed_shared_removed_and_had_back(teach):
    page = teach()
    bring(page, file("first.png", picture(1)))
    counts(page, 0, 1)
    token = in_address(page, "set")
    page.click("button.all")
    assert in_address(page, "set") is None
    row = of_sets(page, token)
    row.locator(".rename").click()
    row.locator("input").fill("wind mills")
    row.locator("input").press("Enter")
    expect(row.locator(".open")).to_have_text("wind mills")
    row.locator(".share").click()
    expect(row.locator(".badge")).to_have_text(EN["teach.sets.shared"])
    row.locator(".remove").click()
    expect(row).to_have_class("going")
    row.locator(".undo").click()
    row.locator(".open").click()
    counts(page, 0, 1)
    page.click("button.all")
    row.locator(".remove").click()
    expect(row).to_have_count(0, timeout=30_000)
    page.goto(f"{page.url.partition('?')[0]}?set={token}")
    page.wait_for_selector(".your-sets")
    expect(page.locator(".teach > .wrong")).to_contain_text("no such set")


def test_who_leaves_before_a_removal_is_final_still_has_the_set(teach):
    page = teach()
    bring(page, file("kept.png", picture(1)))
    counts(page, 0, 1)
    token = in_address(page, "set")
    page.click("button.all")
    of_sets(page, token).locator(".remove").click()
    page.reload()
    of_sets(page, token).wait_for()
    expect(of_sets(page, token).locator(".open")).to_have_text("kept")


def test_joints_change_their_places_and_lines_are_drawn_with_two_clicks(teach):
    page = teach()
    bring(page, file("lamps.zip", packed([*pictures(2), file("labels.json", labels(2))])))
    counts(page, 2, 2)
    page.locator(".joints li").first.locator(".down").click()
    assert joint_names(page) == ["left rim", "base", "right rim"]
    expect(page.locator(".figure line")).to_have_count(2)
    rims = [page.locator(f".figure .joint[data-side={side}]") for side in ("left", "right")]
    for rim in rims:
        rim.locator(".reach").click(force=True)
    expect(page.locator(".figure line")).to_have_count(3)
    page.locator(".joints li").nth(1).locator(".drop").click()
    expect(page.locator(".lost")).to_contain_text("base")
    expect(page.locator(".figure line")).to_have_count(1)
    page.click(".discard")
    assert joint_names(page) == ["base", "left rim", "right rim"]
    page.locator(".joints .name").first.fill("left rim")
    expect(page.locator(".saving .line")).to_have_text(EN["teach.joints.twice"].format(name="left rim"))
    expect(page.locator(".save")).to_be_disabled()
    page.locator(".joints .name").first.fill("foot")
    page.click("[data-go=check]")
    page.click("[data-go=bring]")  # what is not saved yet waits here
    page.click(".save")
    expect(page.locator(".saving .line")).to_have_text(EN["teach.joints.saved"])
    counts(page, 2, 2)


def test_a_ready_skeleton_is_taken_and_the_keyboard_alone_edits_it(teach):
    page = teach()
    bring(page, pictures(1))
    counts(page, 0, 1)
    page.click("[data-ready=hand]")
    expect(page.locator(".joints li")).to_have_count(21)
    expect(page.locator(".figure line")).to_have_count(20)
    page.locator(".joints .up").nth(1).focus()
    page.keyboard.press("Enter")
    assert joint_names(page)[:2] == ["thumb 1", "wrist"]
    page.locator(".figure .joint").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".figure .joint[aria-pressed=true]")).to_have_count(1)


def test_leaving_the_page_and_coming_back_opens_the_same_set(teach, front):
    page = teach()
    bring(page, file("mine.png", picture(1)))
    counts(page, 0, 1)
    for name in ("faq", "teach"):  # by links that have nothing of it in the address
        page.locator(f".page-names a[href*='/{name}']").click()
        page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")
    counts(page, 0, 1)
    assert page.inner_text(".set-name") == "mine"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_sideways_scrolling(teach, scheme):
    page = teach(width=390, height=844, has_touch=True, is_mobile=True, color_scheme=scheme)
    bring(page, file("lamps.zip", packed([*pictures(2), file("labels.json", labels(2))])))
    counts(page, 2, 2)
    page.wait_for_selector(".joints li")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.locator(".teach").evaluate(
        "(root) => [...root.querySelectorAll('*')].filter((part) => part.getBoundingClientRect().right > 391"
        " && !part.closest('.ribbon, .sheet')).map((part) => part.className)"
    )
    assert wide == []
