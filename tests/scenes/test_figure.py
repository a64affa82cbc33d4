"""Facts about one figure in front of a plain background, with a camera that is known."""

import numpy as np
import pytest

from hrnet.scenes.body import ANKLE, FOREARM, SHANK, THIGH, UPPER_ARM, Body, posed
from hrnet.scenes.camera import Camera
from hrnet.scenes.families import FAMILIES, draw_pose
from hrnet.scenes.figure import make_figure
from hrnet.scenes.material import Plain
from hrnet.scenes.mesh import cuboid
from hrnet.scenes.outfit import draw_outfit
from hrnet.scenes.plain import studio
from hrnet.scenes.pose import LIMITS, Pose
from hrnet.scenes.scene import render
from hrnet.skeleton import COCO_17, Skeleton

CAMERA = Camera((240, 180), 1.1, 2.0, 420.0)
SPOT = np.array([0.0, 0.0, -4.0])
BODY = Body()
WIDE = Pose(arm_side=(35, 35))
BARE = draw_outfit(np.random.default_rng(12), BODY)  # short hair, no hat: the ears can be seen


def person(facing=0.0, pose=WIDE, spot=SPOT, owner=0):
    return make_figure(BODY, pose, BARE, facing=facing, owner=owner).moved(spot)


def drawn(figures, things=()):
    place = studio(np.random.default_rng(0), CAMERA, SPOT[None])
    return render(CAMERA, figures, list(things), place)


def keypoint(scene, joint, i=0):
    return scene.keypoints[i, COCO_17.index(joint)]


def test_the_outfit_of_these_tests_leaves_the_ears_free():
    assert BARE.head.hat is None and BARE.head.hair in (None, "buzz", "short")


@pytest.mark.parametrize("part", ["shoulder", "elbow", "wrist", "hip", "knee", "ankle"])
def test_the_left_side_is_on_the_right_of_the_picture_from_the_front_and_on_the_left_from_behind(part):
    front, back = drawn([person(0.0)]), drawn([person(180.0)])
    assert keypoint(front, f"left_{part}")[0] > keypoint(front, f"right_{part}")[0] + 3
    assert keypoint(back, f"left_{part}")[0] < keypoint(back, f"right_{part}")[0] - 3
    for scene in (front, back):
        assert keypoint(scene, f"left_{part}")[2] == keypoint(scene, f"right_{part}")[2] == 2


def test_the_face_is_visible_from_the_front_and_hidden_from_behind():
    front, back = drawn([person(0.0)]), drawn([person(180.0)])
    for joint in ("nose", "left_eye", "right_eye"):
        assert keypoint(front, joint)[2] == 2
        assert keypoint(back, joint)[2] == 1


@pytest.mark.parametrize(("facing", "near", "far"), [(-90.0, "left", "right"), (90.0, "right", "left")])
def test_from_the_side_the_body_hides_its_far_half(facing, near, far):
    scene = drawn([person(facing, Pose(arm_forward=(60, 60)))])  # no arm before the hip
    for part in ("eye", "ear", "shoulder", "hip"):
        assert keypoint(scene, f"{near}_{part}")[2] == 2
        assert keypoint(scene, f"{far}_{part}")[2] == 1


def test_a_hand_before_the_hip_hides_it():
    pose = Pose(arm_forward=(25, 0), arm_side=(-5, 35), arm_turn=(20, 0), elbow=(25, 10))
    scene = drawn([person(0.0, pose)])
    x, y, visible = keypoint(scene, "left_hip")
    wrist = keypoint(scene, "left_wrist")
    assert np.hypot(*(wrist[:2] - (x, y))) < 25 and wrist[2] == 2
    assert keypoint(scene, "right_hip")[2] == 2


def test_somebody_wholly_behind_a_wall_is_not_in_the_scene():
    wall = cuboid((0, 1.5, -3), (1.5, 1.5, 0.1), Plain((200, 100, 50)))
    scene = drawn([person()], [wall])
    assert scene.boxes == [] and scene.keypoints.shape == (0, 17, 3)


def test_of_somebody_behind_a_box_no_joint_is_visible_where_the_box_is():
    box = cuboid((0, 0.55, -3), (0.6, 0.55, 0.1), Plain((200, 100, 50)))
    free, behind = drawn([person()]), drawn([person()], [box])
    np.testing.assert_array_equal(free.keypoints[..., :2], behind.keypoints[..., :2])
    for joint in ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"):
        assert keypoint(free, joint)[2] == 2
        assert keypoint(behind, joint)[2] == 1
    for joint in ("nose", "left_shoulder", "right_shoulder"):
        assert keypoint(behind, joint)[2] == 2
    assert behind.boxes[0].h < free.boxes[0].h


def test_a_person_hides_the_joints_of_the_one_behind():
    front, back = person(0.0, Pose(), owner=0), person(0.0, spot=SPOT - [0, 0, 1.0], owner=1)
    scene = drawn([front, back])
    assert (scene.keypoints[0, 5:, 2] == 2).sum() > (scene.keypoints[1, 5:, 2] == 2).sum()
    assert keypoint(scene, "left_hip", 1)[2] == 1
    swapped = drawn([back, front])  # the order of the list does not matter, only the depth
    np.testing.assert_array_equal(swapped.photo, scene.photo)


def test_a_keypoint_is_the_projection_of_its_joint():
    figure = person(30.0)
    scene = drawn([figure])
    joints = np.array([figure.joints[joint].point for joint in COCO_17.joints])
    np.testing.assert_allclose(scene.keypoints[0, :, :2], CAMERA.project(joints)[:, :2], atol=1e-3)


def test_the_feet_stand_on_the_ground_and_a_jump_lifts_them():
    for lift in (0.0, 0.3):
        figure = person(0.0, Pose(lift=lift))
        assert min(mesh.points[:, 1].min() for mesh in figure.meshes) == pytest.approx(lift)


@pytest.mark.parametrize("family", FAMILIES)
def test_bones_keep_their_length_in_every_pose(family):
    body = Body(1.8)
    skeleton = posed(body, draw_pose(np.random.default_rng(3), family), 40.0)
    for side in ("left", "right"):
        for a, b, length in (
            ("shoulder", "elbow", UPPER_ARM),
            ("elbow", "wrist", FOREARM),
            ("hip", "knee", THIGH),
            ("knee", "ankle", SHANK),
        ):
            bone = skeleton.points[f"{side}_{a}"] - skeleton.points[f"{side}_{b}"]
            assert np.linalg.norm(bone) == pytest.approx(length * 1.8)


def test_standing_the_hips_are_at_the_530_thousandths_of_winters_figure():
    assert THIGH + SHANK + ANKLE == pytest.approx(0.530)
    straight = Pose(leg_side=(0, 0), leg_turn=(0, 0), knee=(0, 0))
    hip = make_figure(Body(2.0), straight, BARE, facing=0.0, owner=0).joints["left_hip"].point
    assert hip[1] == pytest.approx(2.0 * 0.530, abs=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_drawn_pose_keeps_within_the_limits_of_the_joints(family):
    for seed in range(5):
        pose = draw_pose(np.random.default_rng(seed), family)
        for name, (low, high) in LIMITS.items():
            assert (np.atleast_1d(getattr(pose, name)) >= low).all()
            assert (np.atleast_1d(getattr(pose, name)) <= high).all()


def test_angles_beyond_the_limits_are_brought_back():
    assert Pose(knee=(-20, 400)).knee == LIMITS["knee"]


def test_mirroring_a_pose_twice_gives_it_back():
    pose = draw_pose(np.random.default_rng(9), "throw")
    assert pose.mirrored() != pose
    assert pose.mirrored().mirrored() == pose


def test_a_mirrored_pose_looks_like_the_mirrored_picture():
    pose = draw_pose(np.random.default_rng(9), "throw")
    points = [drawn([person(0.0, p)]).keypoints[0] for p in (pose, pose.mirrored())]
    flipped = points[1][COCO_17.mirror]
    np.testing.assert_allclose(points[0][:, 0], CAMERA.size[1] - 1 - flipped[:, 0], atol=1e-3)


def test_other_skeletons_find_their_joints_by_name():
    names = ["LeftKnee", "r_big_toe", "neck", "elbow.right", "head"]
    place = studio(np.random.default_rng(0), CAMERA, SPOT[None])
    figure = person()
    scene = render(CAMERA, [figure], [], place, Skeleton.of(names))
    for k, joint in enumerate(("left_knee", "right_big_toe", "neck", "right_elbow", "head_top")):
        x, y, _ = CAMERA.project(figure.joints[joint].point)
        np.testing.assert_allclose(scene.keypoints[0, k], (x, y, 2), atol=1e-3)
