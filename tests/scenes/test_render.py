"""The camera, the depth of surfaces, light and shadow, each against a case that can be worked out by hand."""

import numpy as np
import pytest

from hrnet.scenes.camera import Camera
from hrnet.scenes.canvas import Canvas, blurred, filled, noise
from hrnet.scenes.light import Light, paint
from hrnet.scenes.material import Checks, Dots, Plain, Split, Stripes
from hrnet.scenes.mesh import Mesh, ball, cuboid, limb
from hrnet.scenes.raster import fine, rasterize
from hrnet.scenes.shadow import ShadowMap, openness

LEVEL = Camera((100, 120), 1.0, 0.0, 100.0)
RED, BLUE = Plain((200, 0, 0)), Plain((0, 0, 200))


def test_a_point_straight_ahead_lands_in_the_middle():
    np.testing.assert_allclose(LEVEL.project(np.array([0.0, 1.0, -5.0])), (59.5, 49.5, 5.0))


def test_one_meter_at_five_meters_is_a_fifth_of_the_focal_length():
    right, up = LEVEL.project(np.array([[1.0, 1.0, -5.0], [0.0, 2.0, -5.0]]))
    assert right[0] - 59.5 == pytest.approx(20)
    assert 49.5 - up[1] == pytest.approx(20)


def test_a_tilted_and_rolled_camera_sees_along_its_own_rays():
    camera = Camera((100, 120), 1.4, 12.0, 90.0, roll=7.0)
    for x, y in ((10, 20), (100, 80)):
        np.testing.assert_allclose(camera.project(camera.position + 3 * camera.ray(x, y)), (x, y, 3), atol=1e-9)


def test_the_ground_point_of_a_column_is_seen_in_that_column():
    x, _, depth = LEVEL.project(LEVEL.ground_at(4.0, 30.0))
    assert (x, depth) == (pytest.approx(30.0), pytest.approx(4.0))


def test_the_nearer_box_hides_the_farther_one_in_either_order():
    near, far = cuboid((0, 1, -4), (0.3, 0.3, 0.1), RED), cuboid((0, 1, -6), (1, 1, 0.1), BLUE)
    for meshes in ([near, far], [far, near]):
        surfaces = rasterize(meshes, LEVEL)
        shown = meshes[surfaces.mesh_of[surfaces.face[100, 120]]]
        assert shown is near
        assert 1 / surfaces.nearness[100, 120] == pytest.approx(3.9, abs=1e-3)


def test_boxes_that_pierce_each_other_meet_where_their_depths_are_equal():
    half = np.array([1.0, 1.0, 0.02])
    turned = np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]])
    surfaces = rasterize([cuboid((0, 1, -5), half, RED), cuboid((0, 1, -5), half, BLUE, turn=turned)], LEVEL)
    row = surfaces.mesh_of[surfaces.face[100]]
    assert (row[100:117] == row[100]).all() and (row[124:140] == row[139]).all()
    assert row[100] != row[139]


def test_depth_is_exact_under_perspective_across_a_slanted_face():
    slanted = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])  # the front looks to the side: seen along its length
    wall = cuboid((1.0, 1.0, -6), (3.0, 1.0, 0.01), RED, turn=slanted)
    surfaces = rasterize([wall], LEVEL)
    column = fine(np.array([59.5 + 100 * 0.99 / 5.0]))[0]  # where the near side of the wall is 5 m deep
    assert 1 / surfaces.nearness[100, round(column)] == pytest.approx(5.0, rel=0.02)


def test_everything_behind_the_camera_is_left_out():
    surfaces = rasterize([cuboid((0, 1, 5), (1, 1, 1), RED)], LEVEL)
    assert not surfaces.face.any()


def test_normals_of_a_ball_and_a_limb_point_outward():
    for mesh in (
        ball(np.zeros(3), np.eye(3), (1.0, 1.0, 1.0), RED),
        limb(np.array([0, -1.0, 0]), np.array([0, 1.0, 0]), np.array([1.0, 0, 0]), [(0, 0.3), (1, 0.3)], RED),
    ):
        outward = mesh.points - np.array([0, 1, 0]) * np.clip(mesh.points[:, 1:2], -1, 1) * (mesh.points.max() > 1.01)
        assert ((mesh.normals * outward).sum(1) > 0).all()
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1)


def test_faces_run_counterclockwise_seen_from_outside():
    mesh = ball(np.zeros(3), np.eye(3), (1.0, 1.0, 1.0), RED)
    a, b, c, d = (mesh.points[mesh.faces[:, i]] for i in range(4))
    assert ((np.cross(c - a, d - b) * (a + c)).sum(1) > 0).all()


def _painted(mesh: Mesh, light: Light) -> np.ndarray:
    photo, ones = filled(LEVEL.size, (0, 0, 0)), np.ones(LEVEL.size, np.float32)
    return paint(photo, rasterize([mesh], LEVEL), [mesh], LEVEL, light, ones, ones)


def test_the_side_toward_the_lamp_is_the_brighter_one():
    gray = ball(np.array([0, 1.0, -5]), np.eye(3), (1.0, 1.0, 1.0), Plain((150, 150, 150)), columns=24, rows=15)
    photo = _painted(gray, Light((-1.0, 0.0, 0.3))).astype(int)
    assert photo[50, 45, 0] > photo[50, 74, 0] + 30


def test_a_pattern_is_painted_in_its_two_colors_only():
    local = np.random.default_rng(0).uniform(-1, 1, (500, 3)).astype(np.float32)
    for material in (Stripes((1, 2, 3), (7, 8, 9), 0.1), Dots((1, 2, 3), (7, 8, 9), 0.1)):
        colors = np.unique(material.color(local), axis=0)
        np.testing.assert_array_equal(colors, [(1, 2, 3), (7, 8, 9)])
    assert len(np.unique(Checks((0, 0, 0), (8, 8, 8), 0.1).color(local), axis=0)) == 3
    split = Split(RED, BLUE, 0.25).color(local)
    np.testing.assert_array_equal(split[:, 0] == 200, local[:, 1] < 0.25)


def test_a_plate_throws_its_shadow_on_the_ground_right_below():
    camera = Camera((200, 200), 2.0, 25.0, 200.0)
    plate = cuboid((0, 1.0, -4), (0.4, 0.02, 0.4), RED)
    shadows = ShadowMap([plate], Light((0.0, 1.0, 0.0)), 0.01)
    for spot, dark in (((0, 0, -4), True), ((0.3, 0, -4.3), True), ((0.6, 0, -4), False), ((0, 0, -3.4), False)):
        x, y, depth = camera.project(np.array(spot, float))
        hidden = shadows.hides(*(np.array([v], np.float32) for v in (x, y, 1 / depth)), camera)
        assert hidden[0] == dark


def test_the_sky_is_never_in_shadow():
    shadows = ShadowMap([cuboid((0, 1, -4), (9, 9, 0.1), RED)], Light((0.0, 0.2, 1.0)), 0.05)
    y, x = np.ogrid[0:100, 0:120]
    assert not shadows.hides(x, y, np.zeros((100, 120), np.float32), LEVEL).any()


def test_a_surface_close_behind_an_edge_is_darker_than_one_in_the_open():
    nearness = np.full((100, 100), 1 / 5.0, np.float32)
    nearness[:, :50] = 1 / 4.7
    light = openness(nearness, 100.0)
    assert light[50, 51] < 0.9 and light[50, 90] > 0.99 and light[50, 10] > 0.99


def test_the_ground_of_a_canvas_is_as_deep_as_geometry_says():
    canvas = Canvas(LEVEL, filled(LEVEL.size, (0, 0, 0)))
    near = canvas.nearness_of(np.array([0.0, 1, 0]), np.zeros(3))
    _, y, depth = LEVEL.project(np.array([0.0, 0, -2.5]))
    assert 1 / near[round(y), 60] == pytest.approx(depth, rel=0.02)
    assert (near[:50] < 0).all()  # level ground ends at the height of the lens


def test_a_texture_laid_on_a_wall_shows_its_columns_where_they_project():
    canvas = Canvas(LEVEL, filled(LEVEL.size, (0, 0, 0)))
    texture = filled((200, 200), (0, 0, 250))
    texture[:, :100] = (250, 0, 0)
    canvas.plane((-1, 2, -5), (1, 0, 0), (0, -1, 0), texture, 100.0)
    assert tuple(canvas.picture[50, 50]) == (250, 0, 0) and tuple(canvas.picture[50, 70]) == (0, 0, 250)
    assert tuple(canvas.picture[50, 30]) == (0, 0, 0)
    assert canvas.nearness[50, 60] == pytest.approx(0.2)


def test_noise_fills_0_to_1_and_meets_itself_at_the_edges():
    values = noise(np.random.default_rng(0), (128, 128), 4, 2)
    assert values.min() == pytest.approx(0, abs=0.01) and values.max() == pytest.approx(1, abs=0.01)
    inside = np.abs(np.diff(values, axis=1)).max()
    assert np.abs(values[:, 0] - values[:, -1]).max() < 1.5 * inside


def test_a_wide_blur_keeps_the_mean():
    values = np.zeros((120, 160), np.float32)
    values[40:80, 60:100] = 1
    assert blurred(values, 8.0).mean() == pytest.approx(values.mean(), rel=0.02)
