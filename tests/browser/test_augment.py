"""The augmentation stepper in both front ends: what follows the hand, what Python says then, what a link restores."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hrnet import image

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser

# How far the preview may be from Python: joints are single precision there, maps came as 8 bits, and the page has the
# photo as a JPEG.
PIXELS, HEIGHTS, LEVELS = 1e-3, 3e-3, 3.0
ANSWER = 50  # ms in which a slider answers


@pytest.fixture
def stepper(visit_bench, front):
    """Opens the page and waits until Python has computed the tiles."""

    def go(query: str = "?example=beach&seed=15", **options):
        page = visit_bench(front, "augment", query, **options)
        settled(page)
        return page

    return go


def settled(page) -> None:
    page.wait_for_selector(".augment[data-told=true]")


def slide(page, part: str, value: float, axis: int = 0) -> None:
    """Move a slider and let go."""
    page.locator(f"[data-part={part}] input[type=range]").nth(axis).fill(str(value))


def hold(page, part: str, value: float) -> None:
    """Move a slider and keep it in the hand."""
    page.locator(f"[data-part={part}] input[type=range]").first.evaluate(
        "(input, value) => { input.value = value; input.dispatchEvent(new Event('input')); }", value
    )


def said(page, step: str) -> str:
    return page.locator(f"[data-step={step}] .said").inner_text()


def matrix(page, step: str) -> str:
    return page.locator(f"[data-step={step}] .matrix").inner_text()


def drawn(page, step: str) -> str:
    """The pixels of a tile."""
    return page.locator(f"[data-step={step}] canvas").evaluate("(canvas) => canvas.toDataURL()")


def number_in(page, name: str) -> str | None:
    return page.evaluate("(name) => new URL(location.href).searchParams.get(name)", name)


@pytest.mark.parametrize("preset", ["official", "udp", "dark", "walkthrough"])
def test_the_preview_is_what_python_computes(visit_bench, preset):
    page = visit_bench(
        "studio", "augment", f"?example=friends&person=2&preset={preset}&half=upper&rotation=33&shift=0.1,0"
    )
    settled(page)
    apart = page.locator(".parity").evaluate("(line) => ({ ...line.dataset })")
    assert float(apart["pixels"]) < PIXELS and float(apart["heights"]) < HEIGHTS and float(apart["levels"]) < LEVELS
    assert apart["weights"] == "0"


def test_a_slider_is_followed_while_it_is_held_and_python_is_asked_on_release_only(stepper):
    page = stepper()
    asked = []
    page.on("request", lambda request: "/ask/" in request.url and asked.append(request.post_data_json["hand"]))
    before = {step: drawn(page, step) for step in ("half", "affine", "flip", "heat", "tensor")}
    for angle in (-10, -20, -30):
        hold(page, "rotation", angle)
    assert "−30.0°" in said(page, "affine")
    after = {step: drawn(page, step) for step in before}
    assert after["half"] == before["half"]
    assert all(after[step] != before[step] for step in ("affine", "flip", "heat", "tensor"))
    assert asked == []
    slide(page, "rotation", -31)
    settled(page)
    assert asked == [{"rotation": -31}]
    assert float(page.locator(".parity").get_attribute("data-pixels")) < PIXELS
    assert "choice=-31.0" in page.locator(".code").inner_text()


def test_what_python_said_of_an_older_hand_is_not_shown(stepper):
    page = stepper()
    held = []
    page.route("**/ask/augment", lambda route: held.append(route))
    slide(page, "rotation", 40)
    hold(page, "rotation", -40)
    shown = matrix(page, "affine")
    while not held:
        page.wait_for_timeout(20)
    with page.expect_response("**/ask/augment"):
        held[0].continue_()
    page.locator(".code").filter(has_text="choice=40.0").wait_for()  # the answer has arrived
    assert matrix(page, "affine") == shown and "−40.0°" in said(page, "affine")
    assert page.locator(".augment").get_attribute("data-told") == "false"


def test_a_part_left_out_changes_only_the_tiles_after_it(stepper):
    page = stepper()
    before = {step: drawn(page, step) for step in ("half", "affine", "flip")}
    page.locator("[data-part=flip] .name input").uncheck()
    settled(page)
    assert said(page, "flip") == "left out"
    assert {step: drawn(page, step) for step in ("half", "affine")} == {
        step: before[step] for step in ("half", "affine")
    }
    assert drawn(page, "flip") != before["flip"]
    assert number_in(page, "off") == "flip"


def test_a_joint_that_leaves_the_crop_is_grayed_with_its_weight_0(stepper):
    page = stepper("?example=beach&seed=15&scale=1&rotation=0&flip=false&half=none")
    expect(page.locator(".joint.out")).to_have_count(0)
    slide(page, "shift", 0.4)
    settled(page)
    out = page.locator(".joint.out")
    names = out.locator("b").all_inner_texts()
    assert "right wrist" in names and "left wrist" not in names
    assert {tile.get_attribute("data-weight") for tile in out.all()} == {"0"}
    assert all("weight 0" in text for text in out.locator("span").all_inner_texts())
    expect(page.locator(".gone")).to_contain_text("right wrist")


def test_a_roll_draws_anew_and_its_seed_is_in_the_address(stepper):
    page = stepper("?example=beach&seed=15&rotation=10")
    page.click("button.roll")
    settled(page)
    seed = number_in(page, "seed")
    assert seed != "15" and page.locator("input.seed").input_value() == seed
    assert number_in(page, "rotation") is None  # what a hand chose gives way to what was drawn


def test_a_hand_can_give_back_what_was_drawn(stepper):
    page = stepper()
    drawn_angle = said(page, "affine")
    slide(page, "rotation", 60)
    settled(page)
    page.locator("[data-part=rotation] .back").click()
    settled(page)
    assert said(page, "affine") == drawn_angle and number_in(page, "rotation") is None


def test_presets_stand_beside_each_other_and_a_click_goes_on_with_one(stepper):
    page = stepper()
    texts = page.locator(".beside-presets .tile").all_inner_texts()
    assert [text.split()[0] for text in texts] == ["official", "udp", "walkthrough"]
    assert "the published rule" in texts[0] and re.search(r"up to \d+\.\d px away from official", texts[1])
    page.locator(".beside-presets [data-preset=udp] .title").click()
    settled(page)
    assert number_in(page, "preset") == "udp"
    assert "unbiased" in said(page, "heat")


def test_of_64_draws_one_can_be_walked_through(stepper):
    page = stepper()
    page.click("button.many")
    expect(page.locator(".draw")).to_have_count(64)
    draw = page.locator(".draw[data-seed='17']")
    label = draw.get_attribute("aria-label")
    draw.click()
    settled(page)
    assert number_in(page, "seed") == "17"
    assert said(page, "affine").split()[0] in label


def test_a_link_shows_the_same_to_everybody(stepper, visit_bench, front):
    page = stepper()
    page.locator(".example[data-example=street]").click()
    page.locator("select.person").wait_for()
    settled(page)
    page.locator("select.person").select_option("2")
    page.locator("button[data-preset=walkthrough]").first.click()
    settled(page)
    slide(page, "scale", 0.8)
    page.locator("[data-part=half] .name input").uncheck()
    settled(page)
    page.locator("[data-step=flip] .title").click()
    page.locator(".joint[data-place='9']").click()
    other = visit_bench(front, "augment", page.evaluate("location.search"))
    settled(other)
    for step in ("raw", "half", "affine", "flip", "heat"):
        assert (said(other, step), matrix(other, step)) == (said(page, step), matrix(page, step))
    assert other.locator(".guide h2").inner_text() == "Flip"
    assert other.locator(".joint[aria-pressed=true]").get_attribute("data-place") == "9"


def test_a_link_can_hide_controls(stepper):
    page = stepper("?example=beach&hide=hands,python,source")
    expect(page.locator(".hands")).to_be_hidden()
    expect(page.locator(".python")).to_be_hidden()
    expect(page.locator(".source")).to_be_hidden()
    expect(page.locator(".settings")).to_be_visible()


def test_joints_are_dragged_and_stay_moved_after_a_reload(stepper):
    page = stepper()
    page.click("button.edit")
    page.locator(".chips button", has_text="left wrist").click()
    status = page.locator(".editor [role=status]")
    before = status.inner_text()
    x, y = place(page, *position(before))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y + 30, steps=3)
    page.mouse.up()
    settled(page)
    after = position(status.inner_text())
    scale = 800 / page.locator("canvas.photo").bounding_box()["width"]
    np.testing.assert_allclose(after, np.array(position(before)) + [-20 * scale, 30 * scale], atol=1)
    assert f"[{int(after[0])}." in page.locator(".code").inner_text()
    page.reload()
    settled(page)
    page.click("button.edit")
    page.locator(".chips button", has_text="left wrist").click()
    assert position(status.inner_text()) == after


def position(text: str) -> list[float]:
    return [float(value) for value in re.search(r"at ([\d.]+), ([\d.]+)", text).groups()]


def place(page, x: float, y: float, width: int = 800) -> tuple[float, float]:
    """Where a photo pixel lies on the page."""
    canvas = page.locator("canvas.photo")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    return area["x"] + (x + 0.5) * area["width"] / width, area["y"] + (y + 0.5) * area["width"] / width


def test_a_person_is_placed_by_hand_with_clicks_and_keys(stepper):
    page = stepper()
    page.click("button.anew")
    for x, y in ((300, 100), (320, 90), (280, 90)):
        page.mouse.click(*place(page, x, y))
    settled(page)
    expect(page.locator(".chips [data-seen='2']")).to_have_count(3)
    page.locator("canvas.photo").focus()
    for key in ("[", "o", "ArrowRight", "Delete"):  # from the left ear back to the right eye
        page.keyboard.press(key)
    expect(page.locator(".chips [data-seen='2']")).to_have_count(2)
    settled(page)
    box = matrix(page, "raw").partition("box ")[2]
    np.testing.assert_allclose([float(value) for value in box.split()], [298, 89, 24, 12], atol=1.5)  # a tenth more
    page.reload()
    settled(page)
    assert matrix(page, "raw").partition("box ")[2] == box


def test_a_letter_typed_elsewhere_changes_no_joint(stepper):
    page = stepper()
    page.click("button.edit")
    before = page.locator(".chips").evaluate("(chips) => chips.innerHTML")
    page.locator("input.seed").focus()
    page.keyboard.press("o")
    page.keyboard.press("Delete")
    assert page.locator(".chips").evaluate("(chips) => chips.innerHTML") == before


def test_an_own_photo_comes_with_the_networks_joints(stepper, photo):
    page = stepper()
    file = {"name": "mine.png", "mimeType": "image/png", "buffer": image.encode(photo, "png")}
    page.set_input_files(".source input[type=file]", file)
    page.locator(".source .name", has_text="mine.png").wait_for()
    settled(page)
    assert said(page, "raw") == "320×240" and number_in(page, "example") is None
    assert "image.read('mine.png')" in page.locator(".code").inner_text()


def test_a_broken_file_is_said_in_one_line_and_the_page_goes_on(stepper):
    page = stepper(expected="400")
    page.set_input_files(".source input[type=file]", {"name": "x.png", "mimeType": "", "buffer": b"no picture"})
    expect(page.locator(".wrong")).to_have_text(re.compile(r"^[^\n]+$"))
    slide(page, "rotation", 5)
    settled(page)


def test_a_drawn_scene_comes_by_its_number(stepper):
    page = stepper("?scene=7")
    assert page.locator(".source .name").inner_text() == "scene-007.png"
    page.locator(".numbered button", has_text="›").first.click()
    page.locator(".source .name", has_text="scene-008.png").wait_for()
    settled(page)
    assert number_in(page, "scene") == "8"


def test_a_slider_answers_in_time(visit_bench):
    page = visit_bench("studio", "augment", "?example=street&seed=15")
    settled(page)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        """Seconds that the page's own thread has worked: a busy machine does not change them."""
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "ThreadTime")

    slider = page.locator("[data-part=rotation] input").last
    slider.evaluate(MOVE, 3)  # what is compiled and made once
    begun = spent()
    slider.evaluate(MOVE, 20)
    assert 1000 * (spent() - begun) / 20 <= ANSWER


# Moves a slider; every tile is read back, which waits for what was drawn on it.
MOVE = """(input, times) => {
  const tiles = [...input.getRootNode().querySelectorAll(".ribbon canvas, .beside-presets canvas, .joints canvas")];
  for (let i = 0; i < times; i++) {
    input.value = 3 * i - 30;
    input.dispatchEvent(new Event("input"));
    for (const tile of tiles) tile.getContext("2d").getImageData(0, 0, 1, 1);
  }
}"""


def test_on_a_phone_nothing_is_wider_than_the_screen(stepper):
    page = stepper(width=390, height=844)
    wide = page.locator(".augment").evaluate(
        "(root) => [...root.querySelectorAll('*')].filter((part) => part.getBoundingClientRect().right > 391"
        " && !part.closest('.source .row, .code, .ribbon > *')).map((part) => part.className)"
    )
    assert wide == []


def test_leaving_the_page_and_coming_back_loses_nothing(stepper):
    page = stepper("?example=gym&seed=3&preset=udp&off=flip&rotation=21&step=affine&person=2")
    before = {step: (said(page, step), matrix(page, step)) for step in ("raw", "half", "affine", "flip", "heat")}
    for name in ("lesson", "augment"):  # by links that have nothing of it in the address
        page.locator(f".page-names a[href*='/{name}']").click()
        page.wait_for_selector(f".bench[data-bench={name}][data-mounted]")
    settled(page)
    assert {step: (said(page, step), matrix(page, step)) for step in before} == before
    assert page.locator(".guide h2").inner_text() == "Affine"


def test_the_photo_chosen_last_is_shown_whichever_arrives_first(stepper):
    page = stepper()
    held = []
    page.route("**/photos?example=street", lambda route: held.append(route))
    page.locator(".example[data-example=street]").click()
    page.locator(".example[data-example=gym]").click()
    page.locator(".source .name", has_text="gym").wait_for()
    with page.expect_response("**/photos?example=street"):
        held[0].continue_()
    settled(page)
    slide(page, "rotation", 3)
    settled(page)
    assert page.locator(".source .name").inner_text() == "gym" and number_in(page, "example") == "gym"
