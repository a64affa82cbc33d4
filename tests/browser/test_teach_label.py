"""The step "Label" in both front ends: by pointer, finger and key, saved at every release, by two people at once."""

from __future__ import annotations

import json
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from hrnet import data, image
from hrnet.geometry import Box
from hrnet.sets import Sets, Thing, bring
from hrnet.skeleton import Skeleton

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser

LAMP = Skeleton.of(["base", "hinge", "left_rim", "right_rim"], name="lamp", limbs=[(0, 1), (1, 2), (1, 3)])
FACE = Skeleton.of(["tail", "nose", "Left Eye", "eye_right"], name="face", limbs=[(1, 2), (1, 3)])
HEIGHT, WIDTH = 240, 320
SPOTS = [(60, 200), (100, 120), (200, 60), (220, 140)]  # where the joints of the lamp are


@pytest.fixture
def sets(studio):
    return Sets(studio.folder / "home" / "sets")


@pytest.fixture
def new_set(sets, photo, tmp_path):
    """Makes a set of drawn pictures."""

    def make(skeleton=LAMP, count=3, things=()):
        kept = sets.create("drawn things", skeleton)
        for number in range(count):
            image.write(tmp_path / f"picture_{number}.png", np.roll(photo, 20 * number, axis=1))
        bring.bring(kept, sorted(tmp_path.glob("*.png")))
        for one in things:
            kept.stroke(1, kept.picture(1).revision, one)
        return kept

    return make


@pytest.fixture
def label(visit_bench, new_set):
    """Opens the step on a new set; gives the page, the set, and what tests do again and again."""

    def go(front="studio", *, kept=None, query="", things=(), **options):
        kept = kept or new_set(things=things)
        page = visit_bench(front, "teach", f"?set={kept.token}&step=label{query}", **options)
        return opened(page, kept)

    return go


def opened(page, kept):
    page.locator(".label[data-state=shown]").wait_for()
    root, canvas = page.locator(".label"), page.locator("canvas.picture")

    def at(x, y):
        """Where a point of the picture is on the page."""
        canvas.scroll_into_view_if_needed()
        area = canvas.bounding_box()
        scale, left, top = json.loads(canvas.get_attribute("data-view"))
        return area["x"] + left + (x + 0.5) * scale, area["y"] + top + (y + 0.5) * scale

    def under(x, y):
        """The point of the picture at a place of the page."""
        area = canvas.bounding_box()
        scale, left, top = json.loads(canvas.get_attribute("data-view"))
        return (x - area["x"] - left) / scale - 0.5, (y - area["y"] - top) / scale - 0.5

    def painted():
        """What was done is to be seen: the frame after the next has begun."""
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def drag(start, end, steps=4):
        page.mouse.move(*at(*start))
        page.mouse.down()
        page.mouse.move(*at(*end), steps=steps)
        page.mouse.up()

    def things():
        return json.loads(root.get_attribute("data-things"))

    def saved():
        expect(root).to_have_attribute("data-saved", "saved")
        return kept.things(int(page.evaluate("new URL(location.href).searchParams.get('picture')")))

    def proposed(number):
        expect(root).to_have_attribute("data-proposed", str(number))

    return SimpleNamespace(
        page=page, kept=kept, root=root, canvas=canvas, at=at, under=under, painted=painted,
        drag=drag, things=things, saved=saved, proposed=proposed,
        click=lambda x, y, **how: page.mouse.click(*at(x, y), **how),
        press=lambda *keys: [canvas.press(key) for key in keys],
        points=lambda: np.array(things()[0]["keypoints"]),
        chosen=lambda name: expect(root).to_have_attribute("data-chosen", name),
    )  # fmt: skip


def placed(desk, spots=SPOTS):
    for spot in spots:
        desk.click(*spot)


def test_a_click_places_the_chosen_joint_and_goes_on_to_the_next(label, front):
    desk = label(front)
    for name, spot in zip(LAMP.joints, SPOTS, strict=True):
        desk.chosen(name)
        desk.click(*spot)
    desk.chosen("")
    (thing,) = desk.saved()
    np.testing.assert_allclose(thing.keypoints[:, :2], SPOTS, atol=0.6)
    assert thing.keypoints[:, 2].tolist() == [2, 2, 2, 2] and thing.by == "person"
    expect(desk.page.locator(".strip [data-picture='1'] .count")).to_have_text("4/4")
    expect(desk.page.locator(".counts")).to_contain_text("1 of 3")
    desk.click(10, 10)  # nothing is left to be placed
    assert len(desk.saved()) == 1
    np.testing.assert_allclose(desk.points()[:, :2], SPOTS, atol=0.6)


def test_a_drag_moves_one_joint_and_is_saved_on_release(label, front):
    desk = label(front)
    placed(desk)
    desk.saved()
    before, revision = desk.points(), desk.kept.picture(1).revision
    desk.page.mouse.move(*desk.at(*SPOTS[1]))
    desk.page.mouse.down()
    desk.page.mouse.move(*desk.at(140, 90), steps=5)
    assert desk.canvas.get_attribute("data-loupe")
    assert desk.kept.picture(1).revision == revision
    desk.page.mouse.up()
    desk.saved()
    moved = desk.points()
    np.testing.assert_allclose(moved[1, :2], (140, 90), atol=1)
    np.testing.assert_array_equal(np.delete(moved, 1, 0), np.delete(before, 1, 0))
    assert desk.kept.picture(1).revision == revision + 1


def test_nothing_but_alt_moves_the_whole_thing(label):
    desk = label()
    placed(desk)
    before = desk.points()
    desk.press("Escape")
    desk.drag((20, 20), (60, 60))  # with no joint chosen this moves the view
    np.testing.assert_array_equal(desk.points(), before)
    desk.press("w")
    desk.page.keyboard.down("Alt")
    desk.drag((20, 20), (30, 30))
    desk.page.keyboard.up("Alt")
    np.testing.assert_allclose(desk.points()[:, :2] - before[:, :2], 10, atol=0.8)
    desk.saved()


def test_right_click_and_v_go_from_visible_over_occluded_to_absent(label, front):
    desk = label(front)
    placed(desk)
    seen = lambda: desk.points()[:, 2].tolist()  # noqa: E731
    desk.click(*SPOTS[0], button="right")
    assert seen() == [1, 2, 2, 2]
    desk.press("v")
    assert seen() == [0, 2, 2, 2]
    desk.click(*SPOTS[0], button="right")  # where the chosen joint is not yet: placed as occluded
    assert seen() == [1, 2, 2, 2]
    assert desk.saved()[0].keypoints[:, 2].tolist() == [1, 2, 2, 2]
    desk.page.click(".joints [data-joint=hinge]")
    desk.page.click(".seen [data-seen=absent]")
    assert desk.saved()[0].keypoints[1].tolist() == [0, 0, 0]
    expect(desk.page.locator(".joints [data-joint=hinge] .state")).to_have_text("placing")


def test_undo_and_redo_are_strokes_too(label):
    desk = label()
    placed(desk, SPOTS[:2])
    desk.press("z")
    assert desk.saved()[0].labeled == 1
    desk.chosen("hinge")
    desk.press("Control+z")
    assert desk.saved() == ()
    desk.press("Shift+Z", "Control+Shift+Z")
    assert desk.saved()[0].labeled == 2
    desk.press("z")
    desk.click(50, 50)
    expect(desk.page.locator("[data-do=redo]")).to_be_disabled()
    np.testing.assert_allclose(desk.saved()[0].keypoints[1, :2], (50, 50), atol=0.6)


def test_everything_can_be_done_with_keys(label, front):
    desk = label(front)
    desk.canvas.focus()
    desk.press("ArrowRight", "Enter")
    first = desk.points()[0]
    assert first[2] == 2
    desk.chosen("hinge")
    desk.press("Shift+ArrowDown", "Enter", "[", "ArrowLeft", "ArrowLeft", "Shift+ArrowUp")
    desk.chosen("hinge")
    desk.press("]", "Backspace")
    desk.chosen("right_rim")
    (thing,) = desk.saved()
    assert thing.keypoints[:, 2].tolist() == [2, 2, 0, 0]
    desk.press("[", "[", "F")  # the hinge has no partner
    expect(desk.page.locator(".label .unseen").first).to_contain_text("no left and right")
    desk.press("?")
    expect(desk.page.locator("dialog.label-sheet")).to_be_visible()
    assert desk.page.locator("dialog.label-sheet dt").count() > 25
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("dialog.label-sheet")).to_be_hidden()
    desk.press(".")
    expect(desk.page.locator(".over .title")).to_contain_text("Picture 2 of 3")


def test_arrows_move_a_placed_joint_by_exactly_one_pixel_and_are_one_stroke(label):
    desk = label()
    placed(desk)
    desk.saved()
    revision = desk.kept.picture(1).revision
    desk.page.click(".joints [data-joint=base]")
    x, y, _ = desk.points()[0]
    desk.page.keyboard.down("ArrowRight")
    desk.page.keyboard.down("ArrowRight")
    desk.page.keyboard.up("ArrowRight")
    assert desk.points()[0, :2].tolist() == pytest.approx([x + 2, y], abs=0.01)
    desk.saved()
    assert desk.kept.picture(1).revision == revision + 1


def test_letters_typed_anywhere_else_trigger_nothing(label):
    desk = label()
    placed(desk)
    before = desk.saved()[0].keypoints
    desk.page.locator(".strip button").first.focus()
    for key in ("z", "v", "a", "n", "f", "b", "Backspace", "?"):
        desk.page.keyboard.press(key)
    np.testing.assert_array_equal(desk.saved()[0].keypoints, before)
    expect(desk.page.locator("dialog.label-sheet")).to_be_hidden()


def test_arrows_in_the_list_of_joints_choose_and_stay_there(label):
    desk = label()
    desk.page.locator(".joints [data-joint=base]").focus()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("ArrowDown")
    desk.chosen("left_rim")
    expect(desk.page.locator(".joints [data-joint=left_rim]")).to_be_focused()


def test_the_wheel_zooms_at_the_pointer_and_labels_lie_where_they_were_clicked(label):
    desk = label()
    spot, before = tuple(map(round, desk.at(250, 40))), desk.canvas.get_attribute("data-view")
    meant = desk.under(*spot)
    desk.page.mouse.move(*spot)  # whole pixels: a wheel knows no others
    desk.page.mouse.wheel(0, -900)
    expect(desk.canvas).not_to_have_attribute("data-view", before)
    assert desk.under(*spot) == pytest.approx(meant, abs=0.1)
    desk.page.mouse.click(*spot)
    np.testing.assert_allclose(desk.saved()[0].keypoints[0, :2], meant, atol=0.1)
    desk.press("Escape")
    closer = desk.canvas.get_attribute("data-view")
    desk.page.mouse.move(spot[0], spot[1] + 60)
    desk.page.mouse.down()
    desk.page.mouse.move(spot[0] - 40, spot[1] + 60, steps=3)
    desk.page.mouse.up()
    expect(desk.canvas).not_to_have_attribute("data-view", closer)
    desk.painted()
    assert desk.under(spot[0] - 40, spot[1]) == pytest.approx(meant, abs=0.2)
    desk.press("w")
    expect(desk.canvas).to_have_attribute("data-view", before)


def test_the_magnifier_is_there_while_a_joint_is_placed(label):
    desk = label()
    desk.page.mouse.move(*desk.at(100, 100))
    expect(desk.canvas).to_have_attribute("data-loupe", "100,100")
    placed(desk)
    desk.page.mouse.move(*desk.at(150, 150))
    expect(desk.canvas).to_have_attribute("data-loupe", "")
    desk.page.click(".joints [data-joint=base]")
    desk.press("Backspace")
    desk.page.click(".joints [data-joint=base]")
    desk.page.mouse.move(*desk.at(40, 50))
    expect(desk.canvas).to_have_attribute("data-loupe", "40,50")
    desk.press("m")
    expect(desk.canvas).to_have_attribute("data-loupe", "")


def test_a_box_is_drawn_for_a_thing_or_none(label):
    desk = label()
    placed(desk)
    desk.press("b")
    desk.drag((40, 40), (260, 220))
    thing = desk.saved()[0]
    assert not thing.made and thing.box.xywh == pytest.approx([40, 40, 220, 180], abs=1.5)
    desk.press("Shift+B")
    assert desk.saved()[0].made


def test_several_things_are_labeled_in_one_picture(label, front):
    desk = label(front)
    placed(desk)
    desk.press("n")
    desk.chosen("base")
    placed(desk, [(30, 30), (45, 60)])
    assert [one.labeled for one in desk.saved()] == [4, 2]
    desk.press("Shift+[")
    expect(desk.page.locator(".things [data-thing='1']")).to_have_attribute("aria-pressed", "true")
    desk.press("Shift+Backspace")
    assert [one.labeled for one in desk.saved()] == [2]
    desk.press("z")
    assert [one.labeled for one in desk.saved()] == [4, 2]


def test_what_a_network_proposes_is_saved_only_once_it_is_touched(label, new_set, front):
    desk = label(front, kept=new_set(FACE))
    desk.proposed(1)
    expect(desk.page.locator(".caption")).to_contain_text("3 of the 4 joints")
    states = desk.page.locator(".joints [data-state=proposed]")
    expect(states.first).to_be_visible()
    assert desk.kept.things(1) == () and desk.things() == []
    count = states.count()
    name = states.first.get_attribute("data-joint")
    states.first.click()
    desk.press("Enter")
    (thing,) = desk.saved()
    assert thing.labeled == 1 and thing.keypoints[FACE.index(name), 2] == 2
    assert states.count() == count - 1
    desk.press("a")
    assert sum(one.labeled for one in desk.saved()) > count - 1
    expect(states).to_have_count(0)


def test_where_no_network_knows_the_joints_it_says_so(label):
    desk = label()
    desk.proposed(1)
    expect(desk.page.locator(".caption")).to_contain_text("No network knows these joints yet")
    desk.click(5, 5)
    desk.canvas.press("u")
    expect(desk.page.locator(".over .title")).to_contain_text("Picture 2 of 3")
    expect(desk.page.locator(".unsure")).to_contain_text("Picture 2 is the next")


def test_the_least_certain_picture_comes_with_its_reason(label, new_set):
    desk = label(kept=new_set(FACE))
    desk.canvas.press("u")
    expect(desk.page.locator(".over .title")).not_to_contain_text("Picture 1 of 3")
    expect(desk.page.locator(".unsure")).to_contain_text("of 2 pictures were looked at")


@pytest.mark.parametrize("mine", [True, False])
def test_two_people_on_one_picture_see_both_versions_and_choose(label, mine):
    desk = label()
    placed(desk, SPOTS[:2])
    desk.saved()
    other = np.zeros((4, 3))
    other[3] = 7, 8, 2
    desk.kept.stroke(1, desk.kept.picture(1).revision, [Thing(other)])
    desk.click(*SPOTS[2])
    dialog = desk.page.locator("dialog.label-conflict")
    expect(dialog).to_be_visible()
    np.testing.assert_array_equal(desk.kept.things(1)[0].keypoints, other)
    expect(dialog).to_contain_text("differ: 4")
    dialog.locator(f"[data-keep={'mine' if mine else 'theirs'}]").click()
    (thing,) = desk.saved()
    assert thing.keypoints[:, 2].tolist() == ([2, 2, 2, 0] if mine else [0, 0, 0, 2])
    np.testing.assert_array_equal(np.array(desk.points())[:, 2], thing.keypoints[:, 2])
    if not mine:  # nothing is lost: one's own version is a step back
        desk.press("z")
        assert desk.saved()[0].keypoints[:, 2].tolist() == [2, 2, 2, 0]


def test_strokes_that_cannot_be_sent_stay_and_are_sent_again(label):
    desk = label(expected="ERR_INTERNET_DISCONNECTED")
    desk.page.context.set_offline(True)
    placed(desk, SPOTS[:3])
    expect(desk.root).to_have_attribute("data-saved", "unsent")
    expect(desk.page.locator(".saved")).to_contain_text("kept in this browser")
    assert desk.kept.things(1) == ()
    desk.page.context.set_offline(False)
    assert desk.saved()[0].labeled == 3


def test_unsent_strokes_survive_a_reload(label):
    desk = label(expected="ERR_FAILED")
    desk.page.route(
        "**/ask/teach",
        lambda route: route.abort() if "label.stroke" in (route.request.post_data or "") else route.fallback(),
    )
    desk.click(*SPOTS[0])
    expect(desk.root).to_have_attribute("data-saved", "unsent")
    desk.page.unroute("**/ask/teach")
    desk.page.on("dialog", lambda dialog: dialog.accept())
    desk.page.reload()
    desk = opened(desk.page, desk.kept)
    assert desk.saved()[0].labeled == 1
    np.testing.assert_allclose(desk.points()[0, :2], SPOTS[0], atol=0.6)


def test_labels_that_came_from_files_keep_what_is_not_touched(label, new_set):
    keypoints = np.array([(60, 200, 2), (100, 120, 2), (200, 60, 1), (0, 0, 0)])
    thing = Thing(keypoints, box=Box(30, 30, 200, 200), by="file", area=1234.5)
    desk = label(kept=new_set(things=[[thing]]), query="&picture=1")
    desk.drag(SPOTS[0], (80, 180))
    (kept,) = desk.saved()
    np.testing.assert_array_equal(kept.keypoints[1:], keypoints[1:])
    assert (kept.area, kept.box, kept.by) == (1234.5, thing.box, "person")


def test_a_finger_places_and_two_fingers_zoom_without_placing(label):
    desk = label(width=390, height=844, has_touch=True, is_mobile=True)
    x, y = desk.at(100, 100)
    desk.page.touchscreen.tap(x, y)
    np.testing.assert_allclose(desk.saved()[0].keypoints[0, :2], (100, 100), atol=2)
    wide = desk.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]
    before = desk.canvas.get_attribute("data-view")
    fingers = desk.page.context.new_cdp_session(desk.page)

    def touch(kind, *points):
        points = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    x, y = desk.at(160, 120)
    touch("touchStart", (x - 20, y))
    touch("touchStart", (x - 20, y), (x + 20, y))
    touch("touchMove", (x - 60, y), (x + 60, y))
    touch("touchEnd")
    expect(desk.canvas).not_to_have_attribute("data-view", before)
    larger = json.loads(desk.canvas.get_attribute("data-view"))[0] / json.loads(before)[0]
    assert larger == pytest.approx(3, rel=0.1)
    assert desk.saved()[0].labeled == 1


def test_pictures_can_be_told_apart_without_seeing_them(label):
    desk = label()
    placed(desk, SPOTS[:1])
    desk.saved()
    expect(desk.page.locator(".strip [aria-current]")).to_have_attribute(
        "aria-label", "Picture 1, picture_0.png: 1 of 4 joints labeled"
    )
    expect(desk.canvas).to_have_attribute("aria-label", "picture_0.png, to be labeled; joints: 1 of 4, things: 1")
    expect(desk.page.locator(".label .unseen").first).to_have_text("base visible at 60, 200. Next: hinge.")
    expect(desk.page.locator(".joints [data-joint=base]")).to_have_attribute("aria-label", "base: visible")


def test_a_reload_shows_the_same_picture_with_its_labels(label):
    desk = label()
    desk.page.click(".strip [data-picture='2']")
    expect(desk.page.locator(".over .title")).to_contain_text("Picture 2 of 3")
    expect(desk.root).to_have_attribute("data-state", "shown")
    desk.click(*SPOTS[0])
    desk.saved()
    desk.page.reload()
    desk = opened(desk.page, desk.kept)
    expect(desk.page.locator(".over .title")).to_contain_text("Picture 2 of 3")
    np.testing.assert_allclose(desk.points()[0, :2], SPOTS[0], atol=0.6)


def test_the_export_is_coco_with_the_same_labels(label, tmp_path):
    desk = label()
    placed(desk, SPOTS[:3])
    before = desk.saved()[0].keypoints
    with desk.page.expect_download() as got:
        desk.page.click("[data-do=export]")
    path = tmp_path / got.value.suggested_filename
    got.value.save_as(path)
    assert path.name == "drawn-things-coco.zip" and len(zipfile.ZipFile(path).namelist()) == 4
    (person,) = data.read(path).samples
    np.testing.assert_array_equal(person.keypoints, before)


def test_a_picture_that_does_not_belong_goes_and_comes_back_with_its_labels(label, front):
    desk = label(
        front, things=[[Thing(np.float32([[60, 200, 2], [100, 120, 2], [0, 0, 0], [0, 0, 0]]))]], query="&picture=1"
    )
    page = desk.page
    page.locator("[data-do=take_out]").click()
    expect(page.locator(".taken")).to_contain_text("is out of the set.")
    expect(page.locator(".strip li")).to_have_count(2)
    expect(page.locator("h3.title")).to_contain_text("Picture 1 of 2")
    assert list(desk.kept.pictures) == [2, 3]
    page.locator("[data-do=put_back]").click()
    expect(page.locator(".taken")).to_be_hidden()
    expect(page.locator("h3.title")).to_contain_text("Picture 1 of 3")
    assert list(desk.kept.pictures) == [1, 2, 3] and desk.kept.things(1)[0].labeled == 2


def test_the_last_picture_can_go_too_and_come_back(label, new_set, front):
    desk = label(front, kept=new_set(count=1))
    desk.page.locator("[data-do=take_out]").click()
    expect(desk.page.locator(".label[data-state=empty]")).to_be_visible()
    desk.page.locator("[data-do=put_back]").click()
    desk.page.locator(".label[data-state=shown]").wait_for()
    assert list(desk.kept.pictures) == [1]
