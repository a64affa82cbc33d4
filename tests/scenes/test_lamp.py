from dataclasses import replace

import numpy as np
import pytest

from hrnet.scenes.camera import Camera
from hrnet.scenes.canvas import filled
from hrnet.scenes.lamp import LAMP_6, Lamp, stand
from hrnet.scenes.lamp_scene import draw_lamp
from hrnet.scenes.light import Light
from hrnet.scenes.material import Plain
from hrnet.scenes.mesh import cuboid
from hrnet.scenes.place import Place
from hrnet.scenes.scene import render

SIZE = (240, 320)
LAMP = Lamp((200, 60, 50), (90, 90, 98), (0.5, 0.74, 0.34), (-30.0, 40.0, 100.0), 160.0, 30.0, lit=False)


def shown(figure, *things):
    camera = Camera(SIZE, height=1.6, pitch=10, focal=420)
    place = Place(filled(SIZE, (128, 128, 128)), np.zeros(SIZE, np.float32), Light((0.5, 1, 0.9)))
    at = figure.moved(np.array([0, 0, -4.5]))
    return camera, at, render(camera, [at], list(things), place, LAMP_6, LAMP_6.joints)


def test_joints_lie_where_the_camera_sees_them():
    camera, figure, scene = shown(stand(LAMP).figure)
    expected = [camera.project(figure.joints[name].point)[:2] for name in LAMP_6.joints]
    np.testing.assert_allclose(scene.keypoints[0, :, :2], expected, atol=1e-3)


def test_arms_are_as_long_as_asked_for():
    joints = stand(LAMP).figure.joints
    places = [joints[name].point for name in LAMP_6.joints[:4]]
    lengths = [np.linalg.norm(b - a) for a, b in zip(places[:-1], places[1:], strict=True)]
    np.testing.assert_allclose(lengths, LAMP.arms)


@pytest.mark.parametrize("facing", [-50.0, 30.0, 70.0])
def test_left_is_the_lamps_own_left(facing):
    lamp = replace(LAMP, facing=facing)
    joints = stand(lamp).figure.joints
    forward = np.array([np.sin(np.deg2rad(facing)), 0, np.cos(np.deg2rad(facing))])
    left = joints["left rim"].point - joints["right rim"].point
    np.testing.assert_allclose(np.cross([0, 1, 0], forward), left / np.linalg.norm(left), atol=1e-9)


def test_a_lamp_that_stands_free_shows_all_its_joints():
    _, _, scene = shown(stand(replace(LAMP, facing=55.0, nod=140.0)).figure)
    assert scene.keypoints[0, :, 2].tolist() == [2.0] * 6


def test_the_far_rim_is_hidden_by_the_shade_where_that_is_turned_away():
    lamp = replace(LAMP, facing=75.0, nod=175.0)
    _, _, scene = shown(stand(lamp).figure)
    seen = dict(zip(LAMP_6.joints, scene.keypoints[0, :, 2].tolist(), strict=True))
    assert seen["right rim"] == 2 and seen["left rim"] == 1  # it looks to the picture's right: its left is far


def test_a_thing_before_the_foot_hides_it():
    block = cuboid((0, 0.3, -3.7), (0.5, 0.3, 0.1), Plain((90, 90, 90)))
    _, _, scene = shown(stand(LAMP).figure, block)
    assert scene.keypoints[0, 0, 2] == 1 and scene.keypoints[0, 2, 2] == 2


def test_the_same_seed_draws_the_same_picture():
    a, b = (draw_lamp(np.random.default_rng(3), SIZE) for _ in range(2))
    np.testing.assert_array_equal(a.photo, b.photo)
    np.testing.assert_array_equal(a.keypoints, b.keypoints)


@pytest.mark.parametrize("seed", range(6))
def test_a_drawn_lamp_is_wholly_in_its_picture(seed):
    scene = draw_lamp(np.random.default_rng(seed), SIZE)
    x, y, seen = scene.keypoints[0].T
    assert len(scene.boxes) == 1 and (seen > 0).all()
    box = scene.boxes[0]
    assert (x > box.x).all() and (x < box.x + box.w).all() and (y > box.y).all() and (y < box.y + box.h).all()
    assert box.x > 0 and box.y > 0 and box.x + box.w < SIZE[1] and box.y + box.h < SIZE[0]


def test_a_lit_lamp_is_brighter_inside_than_all_around():
    lit, dark = (stand(replace(LAMP, facing=20.0, nod=110.0, lit=on)).figure for on in (True, False))
    assert shown(lit)[2].photo.astype(int).sum() > shown(dark)[2].photo.astype(int).sum() + 100_000


def test_a_picture_too_small_is_refused():
    with pytest.raises(ValueError, match="sides of 16 pixels or more"):
        draw_lamp(np.random.default_rng(0), (8, 100))
