import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet import geometry
from hrnet.geometry import (
    GRAY,
    OFFICIAL,
    PADDING,
    RULES,
    UDP,
    WALKTHROUGH,
    Affine,
    Box,
    CropRule,
    crop_affine,
    padded_sides,
    whole,
)

GOLDEN = Path(__file__).parent / "golden"
PUBLISHED = (OFFICIAL, UDP, WALKTHROUGH)
EVERY_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
BOX = Box(31.5, -12.25, 80.0, 140.0, score=0.5)
INPUT = (256, 192)


def load(name: str) -> dict[str, np.ndarray]:
    with np.load(GOLDEN / name) as arrays:
        return dict(arrays)


AFFINE, WARP = load("affine.npz"), load("warp.npz")
ROWS = range(len(AFFINE["box_xywh"]))


def row(i: int) -> tuple[Box, tuple[int, int], float]:
    width, height = AFFINE["input_wh"][i].tolist()
    return Box(*AFFINE["box_xywh"][i].tolist()), (height, width), AFFINE["rot_deg"][i].item()


def heatmap_to_photo(box: Box, input_size: tuple[int, int], rule: CropRule) -> Affine:
    heatmap_size = input_size[0] // 4, input_size[1] // 4
    return crop_affine(box, input_size, rule).inverse() @ rule.heatmap_to_crop(input_size, heatmap_size)


def assert_published(maps: list[Affine], key: str) -> None:
    """The published code works in float32: a millionth of the largest number in a matrix is what it can hold."""
    ours, theirs = np.stack([m.matrix for m in maps]), AFFINE[key].astype(np.float64)
    for i in ROWS:
        linear = theirs[i, :, :2]
        np.testing.assert_allclose(ours[i, :, :2], linear, rtol=0, atol=2e-6 * np.abs(linear).max())
        np.testing.assert_allclose(ours[i, :, 2], theirs[i, :, 2], rtol=2e-6, atol=1e-3)


def test_official_maps_are_those_of_get_affine_transform_with_rotation_and_shift():
    maps = []
    for i in ROWS:
        box, size, rotation = row(i)
        maps.append(crop_affine(box, size, OFFICIAL, rotation, shift=tuple(AFFINE["shift"][i].tolist())))
    assert AFFINE["shift"][51].any() and AFFINE["shift"][12].any()
    assert_published(maps, "off_forward")
    assert_published([m.inverse() for m in maps], "off_inverse")
    for i in ROWS:
        moved = maps[i].apply(AFFINE["points_image"][i])
        np.testing.assert_allclose(moved, AFFINE["off_points_input"][i], rtol=2e-6, atol=1e-3)


def test_official_heatmaps_go_back_to_the_photo_as_in_transform_preds():
    maps = [heatmap_to_photo(*row(i)[:2], OFFICIAL) for i in ROWS]
    assert_published(maps, "off_heatmap_to_image")
    back = [maps[i].apply(AFFINE["points_heatmap"][i]) for i in ROWS]
    np.testing.assert_allclose(back, AFFINE["off_points_back"], rtol=0, atol=1e-3)


def test_official_center_and_scale_are_those_of_box2cs():
    for i in ROWS:
        box, size, _ = row(i)
        np.testing.assert_allclose(box.center, AFFINE["center"][i], rtol=1e-6)
        np.testing.assert_allclose(np.divide(padded_sides(box, size), 200), AFFINE["scale"][i], rtol=1e-6)


def test_udp_maps_are_those_of_get_warpmatrix_in_three_code_bases():
    maps = [crop_affine(box, size, UDP, rotation) for box, size, rotation in map(row, ROWS)]
    assert_published([m.inverse() for m in maps], "udp_dst_to_src")
    assert_published(maps, "mm0_udp_src_to_dst")
    assert_published(maps, "mm1_udp_src_to_dst")
    for i in ROWS:
        moved = maps[i].apply(AFFINE["points_image"][i])
        np.testing.assert_allclose(moved, AFFINE["udp_points_input"][i], rtol=2e-6, atol=1e-3)


def test_udp_heatmaps_go_back_to_the_photo_as_published():
    back = [heatmap_to_photo(*row(i)[:2], UDP).apply(AFFINE["points_heatmap"][i]) for i in ROWS]
    np.testing.assert_allclose(back, AFFINE["udp_points_back"], rtol=0, atol=1e-3)


def test_walkthrough_maps_are_those_of_the_port_whose_scale_replaces_the_padding():
    maps = []
    for i in ROWS:
        box, size, _ = row(i)
        rotation, scale = AFFINE["wzm_rot_deg"][i].item(), AFFINE["wzm_scale"][i].item()
        maps.append(crop_affine(box, size, WALKTHROUGH, rotation, scale=scale / PADDING))
    assert_published(maps, "wzm_forward")
    quarter = Affine.scaling(4, 4)
    assert_published([m.inverse() @ quarter for m in maps], "wzm_input4_to_image")


def test_walkthrough_validation_is_the_plain_padding():
    assert_published([crop_affine(*row(i)[:2], WALKTHROUGH) for i in ROWS], "wzm_val_forward")
    assert_published([heatmap_to_photo(*row(i)[:2], WALKTHROUGH) for i in ROWS], "wzm_val_heatmap_to_image")


@pytest.mark.parametrize("case", range(2))
@pytest.mark.parametrize(("rule", "key"), [(OFFICIAL, "off"), (UDP, "udp"), (WALKTHROUGH, "wzm")])
def test_crops_are_the_published_ones_pixel_for_pixel(rule, key, case):
    width, height = WARP["input_wh"][case].tolist()
    rotation = WARP["rot_deg"][case].item()
    if rule is WALKTHROUGH:
        rotation = int(rotation)  # the port draws whole degrees
    affine = crop_affine(Box(*WARP["box_xywh"][case].tolist()), (height, width), rule, rotation)
    crop = affine.warp(WARP["image_hwc_uint8"], (height, width))
    difference = np.abs(crop.astype(int) - WARP[f"{key}_{case}"])
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3
    assert (crop == 0).all(axis=2).any() and crop.max() > 200  # both cases look past the border of the photo


@EVERY_RULE
def test_the_middle_of_the_box_becomes_the_middle_of_the_crop(rule):
    middle = np.array([[(192 - 1) / 2, (256 - 1) / 2]]) + (0.5 if rule.family == "official" else 0)
    for rotation in (0, 30):
        affine = crop_affine(BOX, INPUT, rule, rotation, scale=0.7)
        np.testing.assert_allclose(affine.apply(np.array([BOX.center])), middle)


@EVERY_RULE
def test_a_positive_angle_turns_the_content_clockwise_only_under_udp(rule):
    x, y = BOX.center
    above = crop_affine(BOX, INPUT, rule, rotation=10.0).apply(np.array([[x, y], [x, y - 50]]))
    right_of_the_middle = above[1, 0] > above[0, 0]
    assert right_of_the_middle == (rule.family == "udp")


@EVERY_RULE
def test_scale_and_shift_are_in_units_of_the_padded_box(rule):
    w, h = padded_sides(BOX, INPUT, stretch=rule.stretch)
    plain = crop_affine(BOX, INPUT, rule)
    moved = crop_affine(Box(BOX.x + 0.1 * w, BOX.y - 0.2 * h, BOX.w, BOX.h), INPUT, rule)
    np.testing.assert_allclose(crop_affine(BOX, INPUT, rule, shift=(0.1, -0.2)).matrix, moved.matrix)
    np.testing.assert_allclose(crop_affine(BOX, INPUT, rule, scale=2.0).matrix[:, :2], plain.matrix[:, :2] / 2)


@pytest.mark.parametrize(
    ("w", "h", "padded"), [(75, 100, (93.75, 125)), (100, 100, (125, 500 / 3)), (60, 120, (112.5, 150))]
)
def test_a_box_grows_to_three_by_four_and_then_by_a_quarter(w, h, padded):
    assert padded_sides(Box(0, 0, w, h), INPUT) == pytest.approx(padded)


def test_heatmap_pixels_are_four_crop_pixels_and_a_little_less_far_under_udp():
    assert OFFICIAL.heatmap_to_crop(INPUT, (64, 48)) == Affine.scaling(4, 4)
    assert WALKTHROUGH.heatmap_to_crop(INPUT, (64, 48)) == Affine.scaling(4, 4)
    corner = UDP.heatmap_to_crop(INPUT, (64, 48)).apply(np.array([[47.0, 63.0]]))
    np.testing.assert_allclose(corner, [[191, 255]])


def test_only_udp_needs_no_shift_in_the_flip_test():
    """Mirror a point in the crop, and its heatmap pixel: only where both mirrors meet, nothing has to be shifted."""
    point = np.array([[100.0, 77.0]])
    for rule in RULES.values():
        to_heatmap = rule.heatmap_to_crop(INPUT, (64, 48)).inverse()
        seen = to_heatmap.apply(Affine.mirror(192).apply(point))
        back = Affine.mirror(48).apply(seen)
        gap = (to_heatmap.apply(point) - back)[0, 0]
        assert rule.flip_shift == (abs(gap) > 0.5)


@EVERY_RULE
def test_every_rule_is_listed_under_its_own_name(rule):
    assert RULES[rule.name] is rule


def test_three_families_have_a_gray_and_a_stretching_variant_each():
    assert list(RULES) == [f"{rule.name}{suffix}" for rule in PUBLISHED for suffix in ("", "-gray", "-stretch")]


def test_the_name_of_a_rule_says_how_it_departs_from_the_published_one():
    """Weights files carry the name alone, so two rules that crop differently never share one."""
    assert replace(UDP, stretch=True).name == "udp-stretch" and replace(UDP, fill=GRAY) == RULES["udp-gray"]
    assert replace(OFFICIAL, stretch=True, fill=7).name == "official-stretch-fill7" not in RULES


@pytest.mark.parametrize("fill", [-1, 256, 12.5])
def test_a_fill_is_a_gray_level(fill):
    with pytest.raises(ValueError, match=f"whole number from 0 to 255, got {fill}"):
        replace(OFFICIAL, fill=fill)


@pytest.mark.parametrize("rule", PUBLISHED, ids=lambda rule: rule.name)
@pytest.mark.parametrize("rotation", [0.0, 40.0])
def test_stretching_maps_the_corners_of_the_padded_box_to_the_corners_of_the_crop(rule, rotation):
    """Whatever the box: a wide one is squeezed, a narrow one widened. Turned first, then stretched."""
    box, (height, width) = Box(20, 30, 300, 100), INPUT
    less = 1 if rule.by_size_minus_one else 0
    affine = crop_affine(box, INPUT, replace(rule, stretch=True), rotation)
    x, y = box.center
    half = 100 * PADDING / 2
    angle = -rule.clockwise * np.radians(rotation)  # the view turns against its content
    corner = np.array([[3 * half, half]]) @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    np.testing.assert_allclose(affine.apply(corner + [x, y]), [[width - less, height - less]], atol=1e-9)
    np.testing.assert_allclose(affine.apply(np.array([[x, y]])), [[(width - less) / 2, (height - less) / 2]])


@pytest.mark.parametrize("rule", PUBLISHED, ids=lambda rule: rule.name)
def test_a_box_that_has_the_proportions_of_the_input_is_not_stretched(rule):
    box = Box(20, 30, 75, 100)
    stretched = crop_affine(box, INPUT, replace(rule, stretch=True), 25.0, 1.1, (0.1, 0.2))
    np.testing.assert_allclose(stretched.matrix, crop_affine(box, INPUT, rule, 25.0, 1.1, (0.1, 0.2)).matrix)


@EVERY_RULE
def test_points_come_back_from_the_crop(rule):
    points = np.random.default_rng(0).uniform(-500, 500, (20, 3))
    affine = crop_affine(BOX, INPUT, rule, rotation=33.0, scale=0.8, shift=(0.1, 0.05))
    np.testing.assert_allclose(affine.inverse().apply(affine.apply(points)), points, atol=1e-9)


# Affine


def test_a_product_of_maps_does_the_right_one_first():
    first, then = Affine([[2, 1, 3], [0, 1, -4]]), Affine.translation(10, 20)
    points = np.array([[1.0, 2.0], [-3.0, 5.0]])
    np.testing.assert_allclose((then @ first).apply(points), then.apply(first.apply(points)))
    np.testing.assert_allclose((then @ first).matrix, [[2, 1, 13], [0, 1, 16]])


def test_the_mirror_of_a_picture_trades_its_first_and_last_column():
    mirror = Affine.mirror(192)
    np.testing.assert_array_equal(mirror.apply(np.array([[0.0, 5], [191, 5]])), [[191, 5], [0, 5]])
    assert mirror @ mirror == Affine.scaling(1, 1)


def test_apply_keeps_further_columns_and_the_input():
    keypoints = np.array([[[1, 2, 0.25], [3, 4, 2]]], np.float32)
    before = keypoints.copy()
    moved = Affine.translation(0.5, -1).apply(keypoints)
    np.testing.assert_array_equal(moved, [[[1.5, 1, 0.25], [3.5, 3, 2]]])
    np.testing.assert_array_equal(keypoints, before)
    assert moved.dtype == np.float32


def test_whole_numbers_are_not_rounded_when_they_move():
    np.testing.assert_array_equal(Affine.translation(0.5, 0).apply(np.array([[1, 2, 2]])), [[1.5, 2, 2]])


def test_an_affine_never_changes():
    affine = Affine([[1, 0, 0], [0, 1, 0]])
    with pytest.raises(AttributeError, match="does not change"):
        affine.matrix = np.zeros((2, 3))
    with pytest.raises(ValueError, match="read-only"):
        affine.matrix[0, 0] = 2


def test_an_affine_is_a_value():
    one, same, other = Affine.scaling(2, 3), Affine.scaling(2, 3), Affine.scaling(3, 2)
    assert one == same and hash(one) == hash(same) and one != other
    assert pickle.loads(pickle.dumps(crop_affine(BOX, INPUT, UDP, 12.0))) == crop_affine(BOX, INPUT, UDP, 12.0)


@pytest.mark.parametrize("matrix", [np.eye(2), np.eye(3), [[1, 0, np.nan], [0, 1, 0]], [[np.inf, 0, 0], [0, 1, 0]]])
def test_an_affine_has_two_rows_of_three_finite_numbers(matrix):
    with pytest.raises(ValueError, match="two rows of three finite numbers"):
        Affine(matrix)


def test_a_map_that_squeezes_the_plane_has_no_inverse():
    with pytest.raises(ValueError, match="has no inverse"):
        Affine([[1, 2, 0], [2, 4, 0]]).inverse()


# Affine.warp


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def test_a_mirror_moves_pixels_as_it_moves_points():
    photo = noise(6, 9)
    np.testing.assert_array_equal(Affine.mirror(9).warp(photo, (6, 9)), photo[:, ::-1])
    np.testing.assert_array_equal(Affine.translation(-2, 1).warp(photo, (4, 5))[1:], photo[:3, 2:7])


def test_a_crop_is_black_outside_of_the_photo():
    crop = Affine.translation(3, 2).warp(np.full((4, 4, 3), 9, np.uint8), (8, 8))
    assert (crop[2:6, 3:7] == 9).all()
    assert crop.sum() == 9 * 4 * 4 * 3


@pytest.mark.parametrize("channels", [3, 4], ids=["three channels", "four channels"])
@pytest.mark.parametrize("side", [4, 400], ids=["small", "large"])
def test_what_lies_outside_of_the_photo_is_filled_with_gray(side, channels, monkeypatch):
    """By both ways of sampling, and where only a part of the photo is read."""
    monkeypatch.setattr(geometry, "FOUR_CHANNELS", {3: 0, 4: 1e9}[channels])
    crop = Affine.translation(3, 2).warp(np.full((side, side, 3), 9, np.uint8), (8, 8), fill=GRAY)
    expected = np.full((8, 8, 3), GRAY)
    expected[2 : 2 + side, 3 : 3 + side] = 9
    np.testing.assert_array_equal(crop, expected)
    past = Affine.translation(900, 0).warp(np.full((side, side, 3), 9, np.uint8), (8, 8), fill=GRAY)
    assert (past == GRAY).all()


def test_crops_land_in_a_batch_in_place():
    photo, batch = noise(20, 30), np.zeros((2, 64, 48, 3), np.uint8)
    affine = crop_affine(whole(photo), (64, 48))
    assert affine.warp(photo, (64, 48), out=batch[1]).base is batch
    np.testing.assert_array_equal(batch[1], affine.warp(photo, (64, 48)))
    assert not batch[0].any()


def test_an_out_of_another_size_is_refused():
    with pytest.raises(ValueError, match="out"):
        Affine.scaling(1, 1).warp(noise(8, 8), (64, 48), out=np.zeros((48, 64, 3), np.uint8))


def test_a_photo_of_floats_is_refused():
    with pytest.raises(ValueError, match="uint8"):
        Affine.scaling(1, 1).warp(np.ones((8, 8, 3), np.float32), (8, 8))


LARGE = np.random.default_rng(2).integers(0, 256, (1100, 1900, 3), np.uint8)  # above REGION_PIXELS


@pytest.mark.parametrize(
    "affine",
    [
        crop_affine(Box(1700, 900, 300, 400), INPUT, OFFICIAL, rotation=30.0),  # over the corner
        crop_affine(Box(-40, 300, 90, 120), INPUT, UDP, rotation=-75.0),  # over the left border
        crop_affine(Box(700, 400, 9, 12), INPUT, WALKTHROUGH),  # enlarged
        crop_affine(whole(LARGE), INPUT),
        Affine.mirror(192) @ crop_affine(Box(900, 100, 300, 200), INPUT),
        crop_affine(Box(5000, 5000, 30, 40), INPUT),  # past the photo
    ],
    ids=["corner", "border", "enlarged", "whole", "mirrored", "outside"],
)
def test_of_a_large_photo_only_the_needed_part_is_read_and_the_crop_stays_the_same(affine, monkeypatch):
    assert LARGE.shape[0] * LARGE.shape[1] > geometry.REGION_PIXELS
    by_part = affine.warp(LARGE, INPUT)
    monkeypatch.setattr(geometry, "REGION_PIXELS", LARGE.size)
    directly = affine.warp(LARGE, INPUT)
    assert np.abs(by_part.astype(int) - directly).max() <= 1


def test_the_detour_over_four_channels_changes_no_value(monkeypatch):
    affine = crop_affine(Box(1700, 900, 300, 400), INPUT, OFFICIAL, rotation=30.0)
    by_four = affine.warp(LARGE, INPUT)
    monkeypatch.setattr(geometry, "FOUR_CHANNELS", 0)
    np.testing.assert_array_equal(by_four, affine.warp(LARGE, INPUT))


def test_a_map_onto_a_line_still_gives_a_crop():
    assert Affine([[1, 0, 0], [1, 0, 0]]).warp(LARGE, (8, 6)).shape == (8, 6, 3)


def test_the_needed_part_is_little_larger_than_the_crop():
    affine = crop_affine(Box(500, 300, 60, 80), (80, 60))  # 75 x 100 photo pixels
    part, _ = geometry._region(LARGE, affine, (80, 60))
    assert part.shape[0] <= 100 + 5 and part.shape[1] <= 75 + 5


def test_a_panorama_is_cropped_at_its_far_end():
    photo = np.zeros((60, 40_000, 3), np.uint8)
    photo[20:40, 39_000:39_020] = 255
    crop = crop_affine(Box(39_000, 20, 20, 20), (40, 30)).warp(photo, (40, 30))
    assert (crop[20, 15] == 255).all() and not crop[0].any()


# Box


def test_a_box_knows_its_center_area_and_values():
    box = Box(10, 20, 30, 50)
    assert (box.center, box.area, box.score) == ((25, 45), 1500, 1.0)
    np.testing.assert_array_equal(box.xywh, [10, 20, 30, 50])


@pytest.mark.parametrize("values", [(0, 0, 0, 5), (0, 0, 5, -1), (0, np.nan, 5, 5), (np.inf, 0, 5, 5)])
def test_a_box_has_finite_values_and_an_extent(values):
    with pytest.raises(ValueError, match=r"width and height above 0, got \["):
        Box(*values)


def test_a_box_mirrors_as_its_keypoints_do():
    keypoints = np.array([[12.0, 30], [40, 31], [25, 90]])
    mirrored = Box.around(keypoints).mirrored(640)
    assert mirrored == Box.around(Affine.mirror(640).apply(keypoints))
    assert BOX.mirrored(640).mirrored(640) == BOX


@pytest.mark.parametrize(
    ("box", "touches"),
    [
        (Box(0, 0, 100, 50), True),
        (Box(99.5, 49.5, 10, 10), True),
        (Box(100, 0, 10, 10), False),
        (Box(0, 50, 10, 10), False),
        (Box(-10, 0, 10, 10), False),
        (Box(0, -9.5, 10, 10), True),
    ],
)
def test_a_box_touches_the_photo_or_lies_wholly_outside(box, touches):
    assert box.touches((50, 100)) is touches


def test_the_box_around_keypoints_is_tight_and_grows_on_every_side():
    keypoints = np.array([[10, 20, 2], [30, 100, 1]], np.float32)
    assert Box.around(keypoints) == Box(10, 20, 20, 80)
    assert Box.around(keypoints, margin=0.25) == Box(5, 0, 30, 120)


def test_a_single_joint_still_has_a_box_of_one_pixel():
    assert Box.around(np.array([[7.0, 9.0]])) == Box(6.5, 8.5, 1, 1)


def test_the_whole_picture_starts_at_zero():
    assert whole(np.zeros((48, 64, 3), np.uint8)) == Box(0, 0, 64, 48)
