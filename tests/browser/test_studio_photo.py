"""The photo page as people use it. Numbers come from the weights of tests/apps: two "people" in the photo."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from apps.text import catalogue
from hrnet import image
from hrnet.data import read_coco

pytestmark = pytest.mark.browser
EN, ZH = catalogue("en"), catalogue("zh")


def bring(page, photo: np.ndarray, name: str = "photo.png") -> None:
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "", "buffer": image.encode(photo, "png")})
    page.wait_for_selector(".stage[data-state=shown]")
    answered(page)
    until(lambda: page.locator(".frame img").evaluate("(image) => image.naturalWidth > 0"))


def boxes(page) -> list[list[int]]:
    return json.loads(page.get_attribute(".frame .people", "data-boxes"))


def answered(page) -> None:
    """Wait for the answer to what was just done, and until it is painted: the canvas follows a frame later."""
    page.wait_for_selector(".stage[data-state=shown]")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture to another, each in shares of its width and height."""
    area = page.locator(".frame .people").bounding_box()
    places = [(area["x"] + x * area["width"], area["y"] + y * area["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()
    page.wait_for_timeout(50)
    answered(page)


def painted(page, color: tuple[int, int, int]) -> int:
    """How many pixels of the drawing over the photo have a color."""
    return page.locator(".frame .people").evaluate(
        """(canvas, [r, g, b]) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
                count += data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255;
            }
            return count;
        }""",
        list(color),
    )


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for what is painted: a canvas says nothing when it is."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"it did not come about within {seconds} s"
        time.sleep(0.02)


def chips(page, count: int) -> None:
    """Wait until the table has that many persons."""
    until(lambda: page.locator(".chip").count() == count)


LEFT, RIGHT, BOX = (0x58, 0xA6, 0xFF), (0xFF, 0xA6, 0x57), (0xFF, 0xD3, 0x3D)


def test_an_uploaded_photo_gets_its_people_boxed_and_drawn(visit, photo, estimator):
    page = visit()
    bring(page, photo)
    expected = [np.round(person.box.xywh).tolist() for person in estimator(photo)]
    np.testing.assert_allclose(boxes(page), expected, atol=1)
    assert page.inner_text(".caption") == EN["photo.many"].replace("{count}", "2")
    until(lambda: all(painted(page, color) > 50 for color in (LEFT, RIGHT, BOX)))
    assert page.locator("tbody tr").count() == 17 and page.locator(".chip").count() == 2
    assert "preliminary weights" in page.inner_text(".facts").lower()


def test_an_example_is_one_click_or_one_address_away(visit):
    page = visit()
    page.click(".example >> nth=0")
    page.wait_for_selector(".stage[data-state=shown]")
    other = visit("?example=street")
    other.wait_for_selector(".stage[data-state=shown]")
    assert "800 by 600" in other.get_attribute(".frame img", "alt")


def test_a_bad_file_is_one_line_and_the_next_photo_is_fine(visit, photo):
    page = visit(expected="400")
    page.set_input_files("input[type=file]", {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": b"Dear all,"})
    page.wait_for_selector(".message:not(:empty)")
    line = page.inner_text(".message")
    assert line == "me.jpg: this is a text file, not a picture that is read here; give a JPEG, PNG or WebP"
    assert page.get_attribute(".stage", "data-state") == "empty" and page.locator(".details").is_hidden()
    bring(page, photo)
    assert page.inner_text(".message") == "" and len(boxes(page)) == 2


def test_what_is_too_large_is_refused_before_it_is_sent(visit):
    page = visit()
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.locator(".stage").evaluate(
        """(stage) => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(64e6 + 1)], "huge.png"));
            stage.dispatchEvent(
                new DragEvent("drop", { dataTransfer: files, bubbles: true, composed: true, cancelable: true }));
        }"""
    )
    page.wait_for_selector(".message:not(:empty)")
    assert page.inner_text(".message") == EN["photo.too_large"].replace("{megabytes}", "64") and sent == []


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_photo_can_be_pasted_and_dropped(visit, photo, way):
    page = visit()
    page.locator(".stage").evaluate(
        """async (stage, [way, content]) => {
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            const files = new DataTransfer();
            files.items.add(new File([bytes], "image.png", { type: "image/png" }));
            const event = way === "paste"
                ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true, composed: true })
                : new DragEvent("drop", { dataTransfer: files, bubbles: true, composed: true, cancelable: true });
            stage.dispatchEvent(event);
        }""",
        [way, base64.b64encode(image.encode(photo, "png")).decode()],
    )
    page.wait_for_selector(".stage[data-state=shown]")
    answered(page)
    assert len(boxes(page)) == 2


def test_pasting_words_says_what_to_do(visit):
    page = visit()
    page.evaluate(
        """() => {
            const words = new DataTransfer();
            words.setData("text/plain", "hello");
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: words, bubbles: true }));
        }"""
    )
    assert page.inner_text(".message") == EN["photo.nothing_pasted"]


def test_the_camera_takes_a_photo(visit):
    page = visit()
    page.click(f"text={EN['photo.camera']}")
    page.wait_for_selector(".camera video")
    until(lambda: page.locator(".camera video").evaluate("(video) => video.videoWidth > 0"))
    page.click(f"text={EN['camera.take']}")
    page.wait_for_selector(".stage[data-state=shown]")
    assert page.locator(".camera").count() == 0


def test_a_box_is_drawn_moved_resized_and_deleted_by_hand(visit, photo):
    page = visit()
    bring(page, photo)
    page.click(f"text={EN['boxes.search']}")
    answered(page)
    before = boxes(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/ask/photo" in request.url else None)

    drag(page, (0.1, 0.2), (0.4, 0.8))
    assert boxes(page)[:2] == before and boxes(page)[2] == pytest.approx([32, 48, 96, 144], abs=2)
    assert len(asked) == 1  # nothing is asked before the hand lets go
    assert page.locator(".chip[aria-pressed=true]").inner_text().startswith("3")

    drag(page, (0.25, 0.5), (0.45, 0.5))
    assert boxes(page)[2] == pytest.approx([96, 48, 96, 144], abs=2)
    drag(page, (0.6, 0.8), (0.7, 0.9))
    assert boxes(page)[2] == pytest.approx([96, 48, 128, 168], abs=2)
    assert page.inner_text(".caption").startswith("3 people")

    page.keyboard.press("Delete")
    page.wait_for_timeout(50)
    answered(page)
    assert boxes(page) == before and len(asked) == 4


def test_a_correction_is_answered_within_a_second(visit, photo):
    page = visit()
    bring(page, photo)
    page.locator(".stage").evaluate(
        """(stage) => {
            let began = 0;
            window.took = [];
            new MutationObserver(() => {
                if (stage.dataset.state === "busy") began ||= performance.now();
                else if (began) {
                    took.push(performance.now() - began);
                    began = 0;
                }
            }).observe(stage, { attributeFilter: ["data-state"] });
        }"""
    )
    times = []
    for k in range(3):
        drag(page, (0.05 + 0.2 * k, 0.1), (0.2 + 0.2 * k, 0.9))
        before = page.evaluate("took.length")
        page.keyboard.press("ArrowRight")
        until(lambda before=before: page.evaluate("took.length") > before)
        times.append(page.evaluate("took.at(-1)"))
    assert min(times) < 1000


def test_keys_choose_move_resize_add_and_delete(visit, photo):
    page = visit()
    bring(page, photo)
    page.keyboard.press("Tab")
    page.focus(".frame .people")
    page.keyboard.press("n")
    page.wait_for_timeout(50)
    answered(page)
    start = boxes(page)[2]
    assert start == pytest.approx([112, 36, 96, 168], abs=1)
    for _ in range(10):  # faster than answers come: the last place must win
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Alt+ArrowLeft")
    until(lambda: boxes(page)[2] == [start[0] + 10, start[1] + 10, start[2] - 1, start[3]])
    page.keyboard.press("[")
    assert page.locator(".chip[aria-pressed=true]").inner_text().startswith("2")
    page.keyboard.press("Escape")
    assert page.locator(".chip[aria-pressed=true]").count() == 0
    page.keyboard.press("r")
    answered(page)
    assert len(boxes(page)) == 3


def test_the_whole_picture_is_taken_only_when_asked_for(visit, photo):
    page = visit()
    bring(page, photo[:40, :40].copy())
    found = len(boxes(page))
    page.click(f"text={EN['boxes.whole']}")
    page.wait_for_timeout(50)
    answered(page)
    assert len(boxes(page)) == found + 1 and boxes(page)[-1] == [0, 0, 40, 40]


def test_a_joints_threshold_acts_at_once_and_a_persons_searches_again(visit, photo):
    page = visit()
    bring(page, photo)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/ask/photo" in request.url else None)
    persons, joints = page.locator(".details input[type=range]").all()
    joints.fill("1")
    until(lambda: page.locator("tr.faint").count() == 17)
    until(lambda: painted(page, LEFT) == 0)
    assert asked == []
    persons.fill("0.99")
    persons.dispatch_event("change")
    until(lambda: page.locator(".chip").count() != 2)
    answered(page)
    assert len(asked) == 1


def test_the_threshold_of_persons_leaves_boxes_that_a_hand_made(visit, photo):
    page = visit()
    bring(page, photo)
    found = boxes(page)
    drag(page, (0.02, 0.02), (0.2, 0.3))
    assert len(boxes(page)) == len(found) + 1
    mine = boxes(page)[-1]
    persons = page.locator(".details input[type=range]").first
    for value, expected in (("0.99", [mine]), (persons.input_value(), [mine, *found])):
        persons.fill(value)
        persons.dispatch_event("change")
        chips(page, len(expected))
        answered(page)
        assert boxes(page) == expected
    page.click(f"text={EN['boxes.search']}")
    chips(page, len(found))
    answered(page)
    assert boxes(page) == found


def test_everything_can_be_taken_away(visit, photo, estimator, tmp_path):
    page = visit()
    bring(page, photo, "me.png")
    drag(page, (0.1, 0.2), (0.4, 0.8))
    got = {}
    for kind in ("picture", "json", "coco"):
        with page.expect_download() as download:
            page.click(f".downloads >> text={EN[f'download.{kind}']}")
        got[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    assert list(got) == ["me-people.png", "me-people.json", "me-coco.json"]
    (record,) = json.loads(got["me-people.json"])
    assert [round(v) for v in record["people"][2]["box"]] == boxes(page)[2]
    assert image.read(got["me-people.png"]).shape == photo.shape
    (tmp_path / "coco.json").write_bytes(got["me-coco.json"])
    assert len(read_coco(tmp_path / "coco.json").samples) == 3


def test_a_complaint_about_the_clipboard_does_not_disturb_the_photo_on_its_way(visit, photo):
    page = visit()
    page.locator(".stage").evaluate(
        """(stage) => {
            stage.querySelector(".example").click();
            const words = new DataTransfer();
            document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: words, bubbles: true }));
        }"""
    )
    page.wait_for_selector(".stage[data-state=shown]")
    page.click(f"text={EN['boxes.whole']}")
    page.wait_for_timeout(50)
    answered(page)
    assert boxes(page)[-1] == [0, 0, 800, 600]


def test_two_visitors_are_not_mixed(visit, photo):
    one, two = visit(), visit()
    for page, part in ((one, photo), (two, photo[:120].copy())):
        page.set_input_files(
            "input[type=file]", {"name": "x.png", "mimeType": "image/png", "buffer": image.encode(part, "png")}
        )
    for page, alt in ((one, "320 by 240"), (two, "320 by 120")):
        page.wait_for_selector(".stage[data-state=shown]")
        assert alt in page.get_attribute(".frame img", "alt")
    drag(two, (0.2, 0.2), (0.6, 0.9))
    assert len(boxes(one)) == 2 and one.locator(".chip").count() == 2


def test_a_new_photo_before_the_answer_to_the_last_wins(visit, photo):
    page = visit()
    for part in (photo, photo[:60].copy(), photo[:100].copy()):
        page.set_input_files(
            "input[type=file]", {"name": "x.png", "mimeType": "image/png", "buffer": image.encode(part, "png")}
        )
    page.wait_for_selector(".stage[data-state=shown]")
    page.wait_for_selector(".frame img[alt*='320 by 100']", state="attached")
    assert page.get_attribute(".stage", "data-state") == "shown"


def test_a_question_that_fails_is_told_and_can_be_asked_again(visit, photo):
    page = visit(expected="503")
    bring(page, photo)
    page.route("**/ask/photo", lambda route: route.fulfill(status=503, json={"error": "the queue is full"}))
    page.click(f"text={EN['boxes.search']}")
    page.wait_for_selector(".message:not(:empty)")
    assert page.inner_text(".message") == "the queue is full" and len(boxes(page)) == 2
    page.unroute("**/ask/photo")
    page.click(f"text={EN['boxes.search']}")
    page.wait_for_timeout(50)
    answered(page)
    assert page.inner_text(".message") == "" and len(boxes(page)) == 2


@pytest.mark.parametrize(("address", "locale"), [("?lang=zh", "en-US"), ("", "zh-CN"), ("?lang=xx", "zh-TW")])
def test_the_page_is_chinese_by_wish_or_by_the_browser(visit, photo, address, locale):
    page = visit(address, locale=locale)
    bring(page, photo)
    assert page.get_attribute("html", "lang") == "zh-CN" and page.title() == ZH["studio"]
    assert page.inner_text(".caption") == ZH["photo.many"].replace("{count}", "2")
    assert ZH["photo.visible"] in page.inner_text(".details") and ZH["download.picture"] in page.inner_text(".details")
    page.click(f"text={ZH['studio.other_language']}")
    page.wait_for_selector(f"text={EN['photo.many'].replace('{count}', '2')}")  # the photo is still there
    assert page.get_attribute("html", "lang") == "en"


def test_another_language_is_answered_in_english(visit):
    assert visit(locale="fr-FR").inner_text(".invitation") == EN["photo.drop"]


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 24, 29)")])
def test_colors_follow_the_scheme_of_the_machine(visit, scheme, paper):
    page = visit(color_scheme=scheme)
    assert page.evaluate("getComputedStyle(document.querySelector('.gradio-container')).backgroundColor") == paper


def test_a_phone_has_one_column_and_a_finger_moves_the_chosen_box(visit, photo):
    page = visit(width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=3)
    bring(page, photo)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    picture, table = page.locator(".frame").bounding_box(), page.locator(".table").bounding_box()
    assert table["y"] > picture["y"] + picture["height"] and abs(table["x"] - picture["x"]) < 2
    small = page.locator(".stage .tools button").evaluate_all("(all) => all.filter((b) => b.offsetHeight < 44).length")
    assert small == 0

    def touch(*places: tuple[float, float]) -> None:
        area = page.locator(".frame .people").bounding_box()
        session = page.context.new_cdp_session(page)
        points = [{"x": area["x"] + x * area["width"], "y": area["y"] + y * area["height"]} for x, y in places]
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
        for point in points[1:]:
            session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(100)
        answered(page)

    touch((0.5, 0.9), (0.5, 0.5), (0.5, 0.3))  # nothing is chosen: the finger scrolls, and draws no box
    assert len(boxes(page)) == 2
    page.evaluate("scrollTo(0, 0)")
    page.tap(f"text={EN['boxes.draw']}")
    page.evaluate("scrollTo(0, 0)")
    touch((0.3, 0.3), (0.4, 0.4), (0.7, 0.8))
    assert len(boxes(page)) == 3
    before = boxes(page)[2]
    touch((0.5, 0.55), (0.5, 0.5), (0.4, 0.45))
    assert page.evaluate("scrollY") == 0
    assert boxes(page)[2] == pytest.approx([before[0] - 32, before[1] - 24, *before[2:]], abs=3)


def test_every_control_can_be_named_and_reached(visit, photo):
    page = visit()
    bring(page, photo)
    nameless = page.locator(".bench").evaluate(
        """(bench) => [...bench.querySelectorAll("button, input, canvas:not([aria-hidden]), a, img")]
            .filter((one) => one.offsetParent && !(one.innerText?.trim()
                 || one.getAttribute("aria-label") || one.alt || one.title
                 || one.querySelector("img[alt]") || one.labels?.length))
            .map((one) => one.outerHTML.slice(0, 99))"""
    )
    assert nameless == []
    page.focus(".frame .people")
    page.keyboard.press("Tab")
    assert (
        page.locator(".frame .people").evaluate("(one) => one.getRootNode().activeElement.tagName") == "BUTTON"
    )  # the picture does not hold the focus
