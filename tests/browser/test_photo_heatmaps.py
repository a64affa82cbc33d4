"""Every joint of the photo page with its heatmap over the photo, in both front ends."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from hrnet import image
from hrnet.geometry import Box

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser


@pytest.fixture
def open_photo(visit_bench, front, photo):
    """The photo page with the photo on it and its people found."""

    def go(query: str = "", **options):
        page = visit_bench(front, "photo", query, **options)
        page.set_input_files(
            ".stage input[type=file]", {"name": "me.png", "mimeType": "", "buffer": image.encode(photo, "png")}
        )
        shown(page)
        return page

    return go


def shown(page) -> None:
    """Wait until an answer is there, and is painted."""
    page.wait_for_selector(".stage[data-state=shown]")
    page.wait_for_selector(".frame .people[data-boxes]:not([data-boxes='[]'])")


def boxes(page) -> list[list[int]]:
    return json.loads(page.get_attribute(".frame .people", "data-boxes"))


def heat(page, joint: int):
    """Wait for the heatmap of a joint."""
    page.wait_for_selector(f".heat[data-joint='{joint}']")


def joints(page) -> np.ndarray:
    """x and y of every joint of the table, (17, 2), in photo pixels."""
    cells = page.locator(".table tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent)))"
    )
    return np.array(cells)[:, 1:]


def at(page, point: np.ndarray) -> tuple[float, float]:
    """Where on the screen a place of the photo is."""
    area = page.locator(".frame .people").bounding_box()
    x, y = (point + 0.5) / (320, 240) * (area["width"], area["height"])
    return area["x"] + x, area["y"] + y


# How far a place of the photo is from the nearest of the highest pixels: the colors get brighter with the height.
FROM_PEAK = """(canvas, [x, y]) => {
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const light = (i) => (data[4 * i + 3] === 255 ? data[4 * i] + data[4 * i + 1] + data[4 * i + 2] : 0);
    let highest = 0, least = Infinity;
    for (let i = 0; i < width * height; i++) highest = Math.max(highest, light(i));
    for (let i = 0; i < width * height; i++) {
        if (light(i) < 0.98 * highest) continue;
        const across = ((i % width) + 0.5) * 320 / width - 0.5 - x;
        const down = (Math.floor(i / width) + 0.5) * 240 / height - 0.5 - y;
        least = Math.min(least, Math.hypot(across, down));
    }
    return least;
}"""


def test_a_joint_of_the_picture_the_table_or_the_legend_shows_its_heatmap(open_photo):
    page = open_photo()
    page.mouse.move(1, 1)
    expect(page.locator(".heat")).to_be_hidden()
    page.hover(".legend [data-joint='5'] button")
    heat(page, 5)
    expect(page.locator(".table tr[data-joint='5']")).to_have_class(re.compile("lit"))
    page.hover(".table tr[data-joint='9'] td >> nth=0")
    heat(page, 9)
    expect(page.locator(".legend [data-joint='9']")).to_have_class(re.compile("lit"))
    page.mouse.move(1, 1)
    expect(page.locator(".heat")).to_be_hidden()
    seen = page.locator(".table tbody tr:not(.faint)").evaluate_all(
        "(rows) => rows.map((row) => Number(row.dataset.joint))"
    )
    places = joints(page)
    inside = [joint for joint in seen if (places[joint] > 0).all() and (places[joint] < (319, 239)).all()]
    page.mouse.move(*at(page, places[inside[0]]))
    lit = page.locator(".table tr.lit")
    expect(lit).to_have_count(1)
    heat(page, int(lit.get_attribute("data-joint")))


def test_a_click_keeps_the_heatmap_and_the_address_has_it(open_photo, visit_bench, front):
    page = open_photo()
    page.click(".table tr[data-joint='7'] button")
    page.mouse.move(1, 1)
    heat(page, 7)
    page.wait_for_url(re.compile("joint=left_elbow"))
    page.reload()
    shown(page)
    heat(page, 7)
    page.keyboard.press("Escape")
    page.click(".legend [data-joint='7'] button")
    page.mouse.move(1, 1)
    expect(page.locator(".heat")).to_be_hidden()
    assert "joint" not in page.url


def test_the_peak_lies_within_a_pixel_of_the_joint_on_the_photo(open_photo, estimator, photo):
    page = open_photo()
    canvas = page.locator(".frame .people").bounding_box()
    corners = [
        (x * canvas["width"] + canvas["x"], y * canvas["height"] + canvas["y"]) for x, y in ((0.4, 0.4), (0.46, 0.48))
    ]
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1], steps=4)
    page.mouse.up()
    expect(page.locator(".chip")).to_have_count(3)
    shown(page)
    (small,) = [box for box in boxes(page) if box[2] < 25]
    places = joints(page)
    near = estimator(photo, [Box(*small)])[0].keypoints[:, :2]
    assert np.abs(places - near).max() < 3  # it is this person whose table is shown; the box was rounded
    for joint in range(17):
        page.hover(f".legend [data-joint='{joint}'] button")
        heat(page, joint)
        assert page.locator(".heat").evaluate(FROM_PEAK, places[joint].tolist()) <= 1, joint


def test_running_over_joints_asks_once_for_each_person(open_photo):
    page = open_photo()
    asked = []
    page.on(
        "request", lambda request: asked.append(request.post_data_json["ask"]) if "/ask/photo" in request.url else None
    )
    for joint in range(17):
        page.hover(f".table tr[data-joint='{joint}'] button")
    heat(page, 16)
    page.click(".chip >> nth=1")
    for joint in range(17):
        page.hover(f".legend [data-joint='{joint}'] button")
    page.wait_for_selector(".heat[data-joint='16'][data-person='1']")
    assert asked == ["heatmaps", "heatmaps"]


def test_corrected_boxes_are_there_again_after_another_page(open_photo):
    page = open_photo()
    page.click(".chip >> nth=0")
    page.keyboard.press("Tab")
    page.focus(".frame .people")
    page.keyboard.press("Delete")
    expect(page.locator(".chip")).to_have_count(1)
    shown(page)
    kept = boxes(page)
    page.click(".page-names a[href*='/compare']")
    page.wait_for_selector(".bench[data-bench=compare] .stage[data-state=shown]")
    expect(page.locator(".chip")).to_have_count(1)
    page.click(".page-names a >> nth=0")
    page.wait_for_selector(".bench[data-bench=photo] .stage[data-state=shown]")
    shown(page)
    assert boxes(page) == kept


def test_with_the_keyboard_alone_a_heatmap_is_seen(open_photo):
    page = open_photo()
    page.focus(".legend [data-joint='0'] button")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    heat(page, 0)
    page.keyboard.press("Enter")
    expect(page.locator(".legend [data-joint='0'] button")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".heat")).to_be_hidden()


def test_a_clicked_joint_stays_with_its_person_when_another_box_is_deleted(open_photo):
    page = open_photo()
    page.click(".chip >> nth=1")
    page.click(".table tr[data-joint='5'] button")
    page.wait_for_selector(".heat[data-joint='5'][data-person='1']")
    kept = boxes(page)[1]
    page.click(".chip >> nth=0")
    page.focus(".frame .people")
    page.keyboard.press("Delete")
    expect(page.locator(".chip")).to_have_count(1)
    page.mouse.move(1, 1)
    page.wait_for_selector(".heat[data-joint='5'][data-person='0']")
    assert boxes(page) == [kept]
