import numpy as np
import pytest

from hrnet.scenes.figure import make_figure
from hrnet.scenes.joints import JOINTS, place, places
from hrnet.scenes.outfit import draw_body, draw_outfit
from hrnet.scenes.pose import Pose
from hrnet.skeleton import COCO_17, CROWDPOSE_14, MPII_16, Skeleton


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("left_knee", "left_knee"),
        ("L_Knee", "left_knee"),
        ("kneeLeft", "left_knee"),
        ("knee.r", "right_knee"),
        ("Right Big Toe", "right_big_toe"),
        ("top_head", "head_top"),
        ("MidHip", "pelvis"),
        ("tail", None),
        ("knee", None),
    ],
)
def test_a_joint_is_understood_by_its_usual_names(name, meaning):
    assert place(name) == meaning


def test_the_published_skeletons_are_understood():
    assert places(COCO_17) == COCO_17.joints
    assert places(MPII_16)[6:10] == ("pelvis", "thorax", "upper_neck", "head_top")
    assert places(CROWDPOSE_14)[12:] == ("head_top", "neck")


def test_two_names_of_one_place_are_an_error():
    with pytest.raises(ValueError, match="'toe_l' and 'left_big_toe'.*both mean 'left_big_toe'"):
        places(Skeleton("feet", ("toe_l", "left_big_toe")))


def test_a_figure_has_every_joint_that_is_promised():
    rng = np.random.default_rng(0)
    body = draw_body(rng)
    figure = make_figure(body, Pose(), draw_outfit(rng, body), facing=0.0, owner=0)
    assert set(figure.joints) == set(JOINTS)
