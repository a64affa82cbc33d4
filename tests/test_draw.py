from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet import colors, draw
from hrnet.geometry import OFFICIAL, RULES, UDP, Affine, Box, crop_affine
from hrnet.pen import Pen
from hrnet.person import Person
from hrnet.show import Line
from hrnet.skeleton import COCO_17, Skeleton

GRAY = 128
TWO_LIMBS = Skeleton(
    "two-limbs", ("left_a", "left_b", "right_a", "right_b"), limbs=((0, 1), (2, 3)), flip_pairs=((0, 2), (1, 3))
)
# A person who faces us, in a box of width and height 1: their left is on the right of the picture.
FACING = [
    *((0.50, 0.10), (0.53, 0.08), (0.47, 0.08), (0.57, 0.10), (0.43, 0.10), (0.66, 0.24), (0.34, 0.24)),
    *((0.78, 0.38), (0.24, 0.40), (0.72, 0.52), (0.14, 0.30), (0.60, 0.52), (0.40, 0.52)),
    *((0.63, 0.74), (0.38, 0.74), (0.66, 0.95), (0.35, 0.95)),
]


def photo_of(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), GRAY, np.uint8)


def facing(box: Box, scores: float | np.ndarray = 0.9) -> Person:
    places = np.array(FACING) * [box.w, box.h] + [box.x, box.y]
    keypoints = np.column_stack([places, np.broadcast_to(scores, 17)]).astype(np.float32)
    return Person(box, keypoints, 0.8)


def two_limbs(scores: tuple[float, ...] = (1, 1, 1, 1)) -> Person:
    """A left limb along y = 100 and a right one along y = 300, both from x = 50 to x = 350."""
    places = [(50, 100), (350, 100), (50, 300), (350, 300)]
    return Person(Box(0, 0, 400, 400), np.column_stack([places, scores]).astype(np.float32), 1.0)


def only_people(photo: np.ndarray, *people: Person, skeleton: Skeleton = COCO_17, **options: object) -> np.ndarray:
    return draw.people(photo, people, skeleton, boxes=False, **options)


def changed(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    return (before != after).any(axis=2)


def is_near(pixels: np.ndarray, color: str) -> np.ndarray:
    return np.abs(pixels.astype(int) - colors.rgb(color)).max(axis=-1) < 40


def runs(flags: np.ndarray) -> int:
    """How many unbroken stretches of True there are."""
    return int(np.count_nonzero(np.diff(np.concatenate([[0], flags.astype(int)])) == 1))


def test_the_left_is_one_blue_line_and_the_right_a_row_of_orange_dashes():
    picture = only_people(photo_of(400, 400), two_limbs(), skeleton=TWO_LIMBS)
    left, right = picture[100, 60:341], picture[300, 60:341]  # between the joints
    assert is_near(left, colors.ON_DARK.left).all()
    dashes = runs(is_near(right, colors.ON_DARK.right))
    gaps = runs(is_near(right, colors.CASING))
    assert dashes > 10 and abs(dashes - gaps) <= 1
    assert not is_near(right, colors.ON_DARK.left).any()


def test_a_left_joint_is_round_a_right_one_square_and_one_in_the_middle_pointed():
    skeleton = Skeleton.of(["left_eye", "right_eye", "nose"])
    fills = []
    for joint in range(3):
        keypoints = np.zeros((3, 3), np.float32)
        keypoints[joint] = 800, 800, 1
        picture = only_people(photo_of(1600, 1600), Person(Box(0, 0, 1600, 1600), keypoints, 1.0), skeleton=skeleton)
        ys, xs = np.nonzero(changed(photo_of(1600, 1600), picture))
        fills.append(len(ys) / (np.ptp(ys) + 1) / (np.ptp(xs) + 1))  # how much of the square around it is drawn
    np.testing.assert_allclose(fills, [np.pi / 4, 1, 1 / 2], atol=0.06)


def test_a_dashed_limb_has_a_gap_however_short_it_is():
    keypoints = np.array([[0, 0, 0], [0, 0, 0], [1000, 1000, 0.3], [1051, 1000, 0.3]], np.float32)
    picture = only_people(photo_of(2000, 2000), Person(Box(0, 0, 2000, 2000), keypoints, 1.0), skeleton=TWO_LIMBS)
    assert is_near(picture[1000, 1023:1029], colors.CASING).all()


@pytest.mark.parametrize("score", [0.2, 0.0, -0.4, np.nan])
def test_joints_not_above_the_threshold_leave_every_pixel_as_it_was(score):
    photo = photo_of(120, 160)
    np.testing.assert_array_equal(only_people(photo, facing(Box(20, 10, 60, 100), score), names=True), photo)


def test_a_joint_without_a_place_is_not_drawn_and_its_limb_neither():
    photo = photo_of(400, 400)
    nowhere = two_limbs((1, 1, 0, 0))
    nowhere.keypoints[1, 0] = np.nan
    drawn = changed(photo, only_people(photo, nowhere, skeleton=TWO_LIMBS))
    assert drawn[100, 50] and not drawn[:, 70:].any()
    assert [point.joint for point in draw.marks([nowhere], TWO_LIMBS).points] == [0]


def test_the_threshold_is_the_one_above_which_a_joint_counts_in_the_score():
    assert draw.VISIBLE == 0.2
    photo = photo_of(120, 160)
    assert changed(photo, only_people(photo, facing(Box(20, 10, 60, 100), 0.21))).any()


def test_a_limb_is_drawn_only_where_both_its_ends_are():
    photo = photo_of(400, 400)
    drawn = changed(photo, only_people(photo, two_limbs((1, 0.1, 1, 1)), skeleton=TWO_LIMBS))
    assert drawn[100, 50] and not drawn[90:111, 70:].any()  # the left: one joint alone
    assert drawn[300, 200]


def test_nothing_is_drawn_away_from_joints_and_limbs():
    photo = photo_of(480, 640)
    person = facing(Box(100, 40, 160, 400))
    ys, xs = np.nonzero(changed(photo, only_people(photo, person)))
    pixels = np.column_stack([xs, ys]).astype(float)
    nearest = np.full(len(pixels), np.inf)
    for a, b in COCO_17.limbs:
        start, end = person.keypoints[a, :2].astype(float), person.keypoints[b, :2].astype(float)
        along = np.clip((pixels - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        nearest = np.minimum(nearest, np.linalg.norm(pixels - (start + along[:, None] * (end - start)), axis=1))
    assert nearest.max() < 5 * Pen.for_person(photo, person.box).stroke


def test_the_surer_a_joint_the_larger_it_is_and_the_whiter():
    photo = photo_of(400, 400)
    sizes, whites = [], []
    for score in (0.3, 0.6, 1.0):
        picture = only_people(photo, two_limbs((score, 0, 0, 0)), skeleton=TWO_LIMBS)
        sizes.append(int(changed(photo, picture).sum()))
        whites.append(int((picture.astype(int).sum(axis=2) > 700).sum()))
    assert sizes[0] < sizes[1] < sizes[2]
    assert whites[0] < whites[2] and whites[2] > 0


def test_a_score_beyond_one_draws_as_one():
    photo = photo_of(400, 400)
    pictures = [only_people(photo, two_limbs((s, s, s, s)), skeleton=TWO_LIMBS) for s in (1.0, 1.7)]
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 3), (32, 32), (480, 640), (900, 60)])
def test_every_size_of_photo_works_and_is_never_changed(size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    photo.flags.writeable = False
    before = photo.copy()
    box = Box(0.1 * size[1], 0.1 * size[0], 0.7 * size[1], 0.8 * size[0])
    crop = crop_affine(box, (64, 48))
    pictures = [
        draw.people(photo, [facing(box), facing(box)], COCO_17, names=True),
        draw.annotation(photo, facing(box, 2).keypoints, COCO_17, names=True),
        draw.boxes(photo, [box], labels=["a box"]),
        draw.window(photo, crop, (64, 48)),
        draw.heatmap(photo, np.ones((16, 12)), crop.inverse() @ OFFICIAL.heatmap_to_crop((64, 48), (16, 12))),
    ]
    np.testing.assert_array_equal(photo, before)
    for picture in pictures:
        assert picture.shape == photo.shape and picture.dtype == np.uint8
        assert changed(photo, picture).any() and not np.shares_memory(photo, picture)


def test_lines_grow_with_the_photo_so_that_a_large_one_reads_like_a_small_one():
    shares = []
    for scale in (1, 4):
        photo = photo_of(480 * scale, 640 * scale)
        person = facing(Box(100 * scale, 40 * scale, 160 * scale, 400 * scale))
        shares.append(changed(photo, only_people(photo, person)).mean())
    assert shares[1] == pytest.approx(shares[0], rel=0.25)


def test_lines_are_thinner_on_a_small_person_in_a_large_photo():
    canvas = photo_of(2000, 3000)
    large, small = Pen.for_person(canvas, Box(0, 0, 900, 1900)), Pen.for_person(canvas, Box(0, 0, 60, 150))
    assert large.stroke == Pen.for_photo(canvas).stroke > 2 * small.stroke


@pytest.mark.parametrize(("joint", "x", "reached"), [(1, 1e30, slice(50, 400)), (0, -1e30, slice(0, 350))])
def test_limbs_to_joints_far_outside_are_drawn_as_far_as_the_photo_goes(joint, x, reached):
    photo = photo_of(400, 400)
    far = two_limbs()
    far.keypoints[joint, 0] = x
    assert changed(photo, only_people(photo, far, skeleton=TWO_LIMBS))[100, reached].all()


def test_a_person_far_outside_is_not_drawn():
    photo, far = photo_of(400, 400), two_limbs()
    outside = replace(far, keypoints=far.keypoints + np.array([0, -1e30, 0], np.float32))
    assert not changed(photo, only_people(photo, outside, skeleton=TWO_LIMBS, names=True)).any()


def test_an_occluded_joint_has_a_dark_heart_and_a_seen_one_a_white_one():
    keypoints = np.array([[100, 100, 2], [300, 100, 1], [100, 300, 2], [300, 300, 0]], np.float32)
    photo = photo_of(400, 400)
    picture = draw.annotation(photo, keypoints, TWO_LIMBS)
    assert is_near(picture[100, 100], colors.CORE)
    assert is_near(picture[100, 300], colors.CASING)
    assert not changed(photo, picture)[290:311, 290:311].any()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_heatmap_lies_where_its_rule_says(rule):
    affine = crop_affine(Box(180, 60, 300, 380), (256, 192), rule, rotation=20)
    to_photo = affine.inverse() @ rule.heatmap_to_crop((256, 192), (64, 48))
    heatmap = np.zeros((64, 48), np.float32)
    heatmap[40, 10] = 1
    picture = draw.heatmap(np.zeros((480, 640, 3), np.uint8), heatmap, to_photo)
    weight = picture.astype(float).sum(axis=2)
    ys, xs = np.mgrid[:480, :640]
    found = np.array([(xs * weight).sum(), (ys * weight).sum()]) / weight.sum()
    np.testing.assert_allclose(found, to_photo.apply(np.array([10.0, 40.0])), atol=0.1)


def test_official_and_udp_put_the_same_heatmap_pixel_more_than_a_photo_pixel_apart():
    places = []
    for rule in (OFFICIAL, UDP):
        affine = crop_affine(Box(180, 60, 300, 380), (256, 192), rule)
        places.append((affine.inverse() @ rule.heatmap_to_crop((256, 192), (64, 48))).apply(np.array([47.0, 63.0])))
    assert np.linalg.norm(places[0] - places[1]) > 1  # so that the test above tells the rules apart


def test_a_heatmap_of_zeros_and_the_photo_around_a_heatmap_stay_as_they_were():
    photo = np.random.default_rng(0).integers(0, 256, (100, 100, 3), dtype=np.uint8)
    to_photo = Affine([[2, 0, 30], [0, 2, 40]])  # covers x 29 to 48.9, y 39 to 58.9
    np.testing.assert_array_equal(draw.heatmap(photo, np.zeros((10, 10)), to_photo), photo)
    drawn = changed(photo, draw.heatmap(photo, np.ones((10, 10)), to_photo))
    assert drawn[40:58, 30:48].all()
    drawn[39:60, 29:50] = False
    assert not drawn.any()


def test_a_heatmap_outside_of_the_photo_changes_nothing():
    photo = photo_of(50, 50)
    np.testing.assert_array_equal(draw.heatmap(photo, np.ones((8, 8)), Affine.translation(-60, 0)), photo)


def test_a_field_runs_from_the_first_to_the_last_color_of_magma():
    picture = draw.field(np.array([[-1.0, 0.0, 0.5, 1.0, 2.0]]), (0.0, 1.0))
    black, white = [0, 0, 4], [252, 253, 191]  # bids/colormap, magma
    np.testing.assert_array_equal(picture[0, [0, 1, 3, 4]], [black, black, white, white])
    np.testing.assert_array_equal(picture[0, 2], colors.MAGMA[128])
    lightness = colors.MAGMA @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -0.5).all()


def test_zero_is_white_in_a_signed_field():
    picture = draw.field(np.array([[-3.0, 0.0, 3.0]]), (-3.0, 3.0), colors.SIGNED)[0].astype(int)
    assert picture[1].min() > 240
    assert picture[0, 2] > picture[0, 0] + 100 and picture[2, 0] > picture[2, 2] + 100  # blue below, orange above


def test_a_scale_bar_shows_the_whole_table():
    np.testing.assert_array_equal(draw.scale_bar((3, 256))[2], colors.MAGMA)


def test_marks_on_photos_stand_out_from_their_casing():
    drawn = (*colors.ON_DARK.branches, colors.ON_DARK.left, colors.ON_DARK.right, colors.ON_DARK.middle)
    for color in (*drawn, colors.BOX, colors.CORE):
        assert colors.contrast(color, colors.CASING) >= colors.MARK_CONTRAST
    for color in (*colors.ON_LIGHT.branches, colors.ON_LIGHT.left, colors.ON_LIGHT.right, colors.ON_LIGHT.middle):
        assert colors.contrast(color, "#ffffff") >= colors.MARK_CONTRAST
    assert colors.contrast(colors.CASING, colors.BOX) >= 4.5  # the writing on a tag: WCAG 2.2, 1.4.3


def test_contrast_is_that_of_wcag():
    assert colors.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colors.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known near miss of 4.5


def test_joints_have_the_color_of_their_side():
    of_joints = dict(zip(COCO_17.joints, colors.ON_LIGHT.of_joints(COCO_17), strict=True))
    assert (of_joints["nose"], of_joints["left_knee"], of_joints["right_knee"]) == ("#6e7781", "#1f77e0", "#e8710a")


def test_the_pages_have_the_same_colors():
    tokens = Path(__file__).parents[1] / "apps" / "web" / "tokens.css"
    if not tokens.is_file():
        pytest.skip("needs apps/web/tokens.css, the colors of the pages")
    found = re.findall(r"--(left|right|middle|branch-\d):\s*(#[0-9a-f]{6})", tokens.read_text("utf-8"))
    for palette in (colors.ON_LIGHT, colors.ON_DARK):
        sides = [(side, palette.of_side(side)) for side in ("left", "right", "middle")]
        assert {*sides, *((f"branch-{i}", color) for i, color in enumerate(palette.branches))} <= set(found)


@pytest.mark.parametrize("corner", [(-30, -30), (250, -30), (-30, 200), (250, 200), (100, 0)])
def test_a_tag_lies_wholly_inside_the_picture_and_is_the_same_everywhere(corner):
    box = Box(*corner, 80, 70)
    canvas, middle = photo_of(240, 320), photo_of(240, 320)
    left, top, right, bottom = Pen.for_photo(canvas).tag(box, "12  0.87")
    assert 0 <= left < right <= 320 and 0 <= top < bottom <= 240
    x, y, *_ = Pen.for_photo(middle).tag(Box(120, 120, 80, 70), "12  0.87")
    written = middle[y : y + bottom - top, x : x + right - left]
    np.testing.assert_array_equal(canvas[top:bottom, left:right], written)


def test_two_tags_do_not_cover_each_other():
    canvas = photo_of(480, 640)
    pen = Pen.for_photo(canvas)
    first = pen.tag(Box(100, 100, 30, 80), "1  0.90")
    second = pen.tag(Box(105, 102, 30, 80), "2  0.80", avoid=[first])
    assert second[0] >= first[2] or second[2] <= first[0] or second[1] >= first[3] or second[3] <= first[1]


def test_the_tag_of_the_first_person_keeps_its_place_where_tags_would_meet():
    photo = photo_of(480, 640)
    nothing = np.zeros((17, 3), np.float32)
    first, second = Person(Box(100, 100, 30, 80), nothing, 0.9), Person(Box(105, 90, 30, 90), nothing, 0.8)
    x, y, right, bottom = Pen.for_photo(photo.copy()).tag(first.box, "1  0.90")
    alone, both = draw.people(photo, [first], COCO_17), draw.people(photo, [first, second], COCO_17)
    np.testing.assert_array_equal(alone[y:bottom, x:right], both[y:bottom, x:right])


def test_labels_can_be_left_out_and_carry_the_id_of_a_tracked_person():
    photo, person = photo_of(240, 320), facing(Box(60, 60, 80, 150))
    bare = draw.people(photo, [person], COCO_17, labels=False)
    assert not changed(photo, bare)[: 60 - 5].any()
    first, tracked = (draw.people(photo, [p], COCO_17) for p in (person, replace(person, id=7)))
    assert changed(photo, first)[: 60 - 5].any() and changed(first, tracked)[:60].any()


def test_names_cover_no_joint():
    photo, person = photo_of(480, 640), facing(Box(200, 20, 200, 440), 1.0)
    plain, named = only_people(photo, person), only_people(photo, person, names=True)
    assert changed(plain, named).any()
    x, y = np.rint(person.keypoints[:, :2]).astype(int).T
    np.testing.assert_array_equal(plain[y, x], named[y, x])


def test_a_name_that_is_not_ascii_becomes_the_number_of_its_joint():
    joint = [[200, 200, 1]]
    pictures = []
    for name in ("\u9f3b", "0"):
        person = Person(Box(100, 100, 200, 200), np.array(joint, np.float32), 1.0)
        pictures.append(only_people(photo_of(400, 400), person, skeleton=Skeleton.of([name]), names=True))
    np.testing.assert_array_equal(*pictures)


def test_the_box_of_the_whole_picture_is_seen_on_all_four_sides():
    picture = draw.boxes(photo_of(100, 200), [Box(0, 0, 200, 100)])
    inner = is_near(picture, colors.BOX)
    assert inner[50].sum() == inner[:, 100].sum() == 2


def test_an_edge_of_a_box_outside_of_the_photo_is_not_drawn():
    picture = draw.boxes(photo_of(100, 200), [Box(-80, -90, 150, 150)])
    inner = is_near(picture, colors.BOX)
    assert inner[30].sum() == 1 and inner[30, 70]  # only the right edge, at x = 70
    assert inner[:, 30].sum() == 1 and inner[60, 30]
    wholly_outside = draw.boxes(photo_of(100, 200), [Box(300, 0, 50, 50)], labels=["away"])
    np.testing.assert_array_equal(wholly_outside, photo_of(100, 200))


def test_the_window_of_a_crop_lies_on_the_outer_edge_of_its_pixels():
    affine = Affine([[0.1, 0, -10], [0, 0.1, -5]])  # a crop pixel is ten photo pixels; the first lies at (100, 50)
    picture = draw.window(photo_of(300, 300), affine, (16, 12))
    ys, xs = np.nonzero(is_near(picture, colors.BOX))
    assert abs(xs.min() - 95) <= 2 and abs(xs.max() - 215) <= 2
    assert abs(ys.min() - 45) <= 2 and abs(ys.max() - 205) <= 2
    assert runs(is_near(picture[45], colors.BOX)) > 5  # dashed


def test_marks_name_what_people_draws():
    scores = np.where(np.arange(17) % 2, 0.9, 0.1)  # every left joint and nothing else
    person = facing(Box(0, 0, 100, 200), scores)
    marks = draw.marks([person, person], COCO_17)
    assert [(p.person, p.joint) for p in marks.points] == [(n, j) for n in (0, 1) for j in range(1, 17, 2)]
    assert {line.joints for line in marks.lines} == {(15, 13), (13, 11), (5, 11), (5, 7), (7, 9), (1, 3), (3, 5)}
    assert marks.points[0].score == pytest.approx(0.9)
    assert [frame.box for frame in marks.boxes] == [person.box, person.box]


def test_annotation_marks_say_which_joint_is_occluded():
    keypoints = np.array([[1, 2, 2], [3, 4, 1], [5, 6, 0], [7, 8, 2]], np.float32)
    marks = draw.annotation_marks(keypoints, TWO_LIMBS, person=3)
    assert [(p.joint, p.occluded, p.score) for p in marks.points] == [
        (0, False, None),
        (1, True, None),
        (3, False, None),
    ]
    assert marks.lines == (Line((1, 2), (3, 4), (0, 1), 3),)


def test_a_sheet_puts_pictures_in_rows_in_the_middle_of_equal_cells():
    pictures = [np.full((h, w, 3), 10 * (i + 3), np.uint8) for i, (h, w) in enumerate([(10, 20), (6, 8), (10, 10)])]
    sheet = draw.sheet(pictures, columns=2, gap=4)
    assert sheet.shape == (24, 44, 3)
    assert (sheet[0:10, 0:20] == 30).all() and (sheet[2:8, 30:38] == 40).all() and (sheet[14:24, 5:15] == 50).all()
    assert tuple(sheet[23, 43]) == colors.rgb(colors.CASING)
    assert draw.sheet(pictures[:1], columns=5).shape == (10, 20, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: draw.people(np.zeros((4, 4, 3), np.float32), [], COCO_17), "float32"),
        (lambda: draw.people(np.zeros((4, 4), np.uint8), [], COCO_17), r"\(4, 4\)"),
        (lambda: draw.people(np.zeros((0, 4, 3), np.uint8), [], COCO_17), "a pixel or more"),
        (lambda: draw.people("photo.jpg", [], COCO_17), "hrnet.image.read"),
        (lambda: draw.people(photo_of(9, 9), [two_limbs()], COCO_17), r"\(17, 3\).*'coco-17'.*\(4, 3\)"),
        (lambda: draw.boxes(photo_of(9, 9), [Box(0, 0, 1, 1)], labels=["a", "b"]), "1 boxes.*2"),
        (lambda: draw.heatmap(photo_of(9, 9), np.zeros((1, 8, 8)), Affine.scaling(1, 1)), r"\(1, 8, 8\)"),
        (lambda: draw.heatmap(photo_of(9, 9), np.full((8, 8), np.nan), Affine.scaling(1, 1)), "finite"),
        (lambda: draw.heatmap(photo_of(9, 9), np.zeros((8, 8)), Affine.scaling(0, 0)), "no inverse"),
        (lambda: draw.field(np.zeros((8, 8)), (1.0, 1.0)), r"\(1.0, 1.0\)"),
        (lambda: draw.sheet([], 3), "got 0 in 3"),
        (lambda: colors.rgb("blue"), "#rrggbb"),
    ],
)
def test_wrong_input_is_answered_in_one_line(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_people_can_be_drawn_into_the_photo_itself_and_a_photo_that_may_not_be_changed_is_copied():
    photo = np.full((120, 160, 3), 90, np.uint8)
    someone = Person(Box(20, 10, 60, 90), np.full((17, 3), 50, np.float32), 0.9)
    expected = draw.people(photo, [someone], COCO_17)
    assert (photo == 90).all()
    frozen = photo.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(draw.people(frozen, [someone], COCO_17, in_place=True), expected)
    assert draw.people(photo, [someone], COCO_17, in_place=True) is photo
    np.testing.assert_array_equal(photo, expected)
