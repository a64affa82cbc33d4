import numpy as np
import pytest

from hrnet.scenes import FAMILIES, SETTINGS, draw_scene
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_seed_reproduces_every_pixel_and_joint():
    first, second = (draw_scene(rng(5), (160, 200)) for _ in range(2))
    np.testing.assert_array_equal(first.photo, second.photo)
    np.testing.assert_array_equal(first.keypoints, second.keypoints)
    assert first.boxes == second.boxes


@pytest.mark.parametrize("skeleton", [COCO_17, MPII_16, CROWDPOSE_14], ids=lambda s: s.name)
def test_a_visible_joint_lies_on_its_own_person(skeleton):
    for seed in range(4):
        scene = draw_scene(rng(seed), (192, 256), skeleton=skeleton)
        assert scene.keypoints.shape == (len(scene.boxes), len(skeleton), 3)
        for mask, keypoints in zip(scene.masks, scene.keypoints, strict=True):
            x, y = np.round(keypoints[keypoints[:, 2] == 2, :2]).astype(int).T
            assert mask[y, x].all()


def test_an_animal_has_joints_that_drawn_people_lack():
    with pytest.raises(ValueError, match="no joint 'left_front_paw'|no joint 'root_of_tail'"):
        draw_scene(rng(), (64, 64), skeleton=AP10K_17)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("setting", ["texture"])
def test_every_family_of_poses_draws_a_person(family, setting):
    scene = draw_scene(rng(1), (96, 128), people=1, poses=[family], setting=setting)
    assert len(scene.boxes) == 1
    assert setting in SETTINGS
