import numpy as np
import pytest

from hrnet.scenes import EXAMPLES, FAMILIES, SETTINGS, draw_scene, example
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16, Skeleton

SMALL = (160, 208)


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def scenes():
    """A handful of small scenes with everything in them: several people, all settings, crops at the border."""
    return [draw_scene(rng(seed), SMALL) for seed in range(12)]


def test_a_seed_reproduces_every_pixel_and_joint():
    first, second = (draw_scene(rng(5), SMALL) for _ in range(2))
    np.testing.assert_array_equal(first.photo, second.photo)
    np.testing.assert_array_equal(first.keypoints, second.keypoints)
    assert first.boxes == second.boxes


def test_two_seeds_differ():
    assert (draw_scene(rng(1), SMALL).photo != draw_scene(rng(2), SMALL).photo).mean() > 0.5


@pytest.mark.parametrize("size", [(16, 16), (97, 211), (300, 40), (33, 64)])
def test_any_size_from_16_pixels_on_is_drawn(size):
    scene = draw_scene(rng(3), size)
    assert scene.photo.shape == (*size, 3)
    assert scene.photo.dtype == np.uint8
    assert scene.masks.shape[1:] == size


def test_a_visible_joint_lies_on_its_own_person(scenes):
    for scene in scenes:
        for mask, keypoints in zip(scene.masks, scene.keypoints, strict=True):
            x, y = np.floor(keypoints[keypoints[:, 2] == 2, :2] + 0.5).astype(int).T
            assert mask[y, x].all()


def test_no_pixel_belongs_to_two_people_by_more_than_a_shared_edge(scenes):
    for scene in scenes:
        shared = scene.masks.sum(0) > 1
        assert shared.sum() <= 0.1 * scene.masks.sum() + 4


def test_a_box_is_tight_about_the_visible_pixels(scenes):
    for scene in scenes:
        for mask, box in zip(scene.masks, scene.boxes, strict=True):
            rows, columns = np.nonzero(mask)
            assert (box.x, box.y) == (columns.min(), rows.min())
            assert (box.x + box.w, box.y + box.h) == (columns.max() + 1, rows.max() + 1)


def test_a_box_contains_the_visible_joints(scenes):
    for scene in scenes:
        for keypoints, box in zip(scene.keypoints, scene.boxes, strict=True):
            seen = keypoints[keypoints[:, 2] == 2, :2] + 0.5  # the first pixel reaches from -.5 to .5
            assert (seen >= (box.x, box.y)).all()
            assert (seen <= (box.x + box.w, box.y + box.h)).all()


def test_a_joint_outside_the_picture_is_all_zero_and_one_inside_is_not(scenes):
    height, width = SMALL
    values = np.concatenate([scene.keypoints.reshape(-1, 3) for scene in scenes])
    outside = values[:, 2] == 0
    assert outside.any() and not outside.all()
    assert (values[outside] == 0).all()
    inside = values[~outside]
    assert (inside[:, :2] >= -0.5).all() and (inside[:, :2] < (width - 0.5, height - 0.5)).all()
    assert set(np.unique(values[:, 2])) == {0, 1, 2}


def test_the_scene_does_not_depend_on_the_skeleton_that_is_asked_for():
    coco, mpii, crowdpose = (draw_scene(rng(8), SMALL, skeleton=s) for s in (COCO_17, MPII_16, CROWDPOSE_14))
    np.testing.assert_array_equal(coco.photo, mpii.photo)
    for other, skeleton in ((mpii, MPII_16), (crowdpose, CROWDPOSE_14)):
        for joint in ("left_knee", "right_wrist", "left_shoulder"):
            np.testing.assert_array_equal(
                coco.keypoints[:, COCO_17.index(joint)], other.keypoints[:, skeleton.index(joint)]
            )


def test_the_camera_adds_noise_but_moves_nothing():
    clean, developed = (draw_scene(rng(4), SMALL, clean=clean) for clean in (True, False))
    np.testing.assert_array_equal(clean.keypoints, developed.keypoints)
    assert (clean.photo != developed.photo).any()


def test_as_many_people_are_drawn_as_asked_for():
    for people in (0, 1, 3):
        assert len(draw_scene(rng(11), SMALL, people).boxes) == people


def test_an_empty_place_gives_empty_arrays_of_the_right_shape():
    scene = draw_scene(rng(), SMALL, people=0)
    assert scene.keypoints.shape == (0, 17, 3)
    assert scene.masks.shape == (0, *SMALL)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_draws_a_picture_with_contrast(setting):
    scene = draw_scene(rng(2), SMALL, people=1, setting=setting)
    assert scene.photo.std() > 5
    assert len(scene.boxes) == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_of_poses_draws_a_person(family):
    scene = draw_scene(rng(1), (96, 128), people=1, poses=[family], setting="studio")
    assert len(scene.boxes) == 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_shows_all_its_people_and_most_of_their_joints(name):
    scene = example(name)
    assert len(scene.boxes) == EXAMPLES[name]["people"]
    assert ((scene.keypoints[..., 2] == 2).mean(1) >= 0.5).all()
    assert max(box.h for box in scene.boxes) > 0.4 * scene.photo.shape[0]


def test_an_unknown_example_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match="no example 'nobody'.*friends"):
        example("nobody")


def test_wrong_arguments_are_answered_in_one_clear_line():
    for arguments, message in (
        ({"size": (15, 640)}, r"sides of 16 pixels or more, got \(15, 640\)"),
        ({"people": -1}, "0 or more, got -1"),
        ({"setting": "moon"}, "no setting 'moon'; choose one of room"),
        ({"poses": ["fly"]}, "no pose family 'fly'; choose one of stand"),
        ({"skeleton": AP10K_17}, "no joint 'root_of_tail'"),
        ({"skeleton": Skeleton.of(["nose", "tail"])}, "no joint 'tail'.*left and right eye"),
    ):
        with pytest.raises(ValueError, match=message):
            draw_scene(rng(), **{"size": (64, 64), **arguments})
