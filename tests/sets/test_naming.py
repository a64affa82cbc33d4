import pytest

from hrnet.sets.naming import pairs_by_name, upper_by_name, words
from hrnet.skeleton import SKELETONS


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_names_alone_give_the_pairs_of_the_published_skeletons(skeleton):
    assert set(pairs_by_name(skeleton.joints)) == set(skeleton.flip_pairs)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_names_alone_give_the_upper_half_of_the_published_skeletons(skeleton):
    assert upper_by_name(skeleton.joints) == tuple(sorted(skeleton.upper_body))


@pytest.mark.parametrize(
    "names, pairs",
    [
        (["eyeL", "eyeR", "nose"], {(0, 1)}),
        (["paw1LH", "paw2LF", "paw3RF", "paw4RH"], {(0, 3), (1, 2)}),
        (["paw1LH_top", "paw4RH_top", "paw1LH_bot", "paw4RH_bot"], {(0, 1), (2, 3)}),
        (["snout", "leftear", "rightear"], {(1, 2)}),
        (["earleft", "earright"], {(0, 1)}),
        (["LShoulder", "RShoulder", "L_hip", "R_hip"], {(0, 1), (2, 3)}),
        (["hip.R", "hip.L"], {(1, 0)}),
        (["ear (left)", "ear (right)"], {(0, 1)}),
        (["upperLeftArm", "upperRightArm"], {(0, 1)}),
        (["LEFT_EYE", "RIGHT_EYE"], {(0, 1)}),
        (["LEYE", "REYE", "LEAR", "REAR"], {(0, 1), (2, 3)}),
        (["earl", "earr", "pawl", "pawr"], {(0, 1), (2, 3)}),
        (["FL", "FR", "RL", "RR"], {(0, 1), (2, 3)}),
        (["L1", "L2", "R1", "R2"], {(0, 2), (1, 3)}),
        (["左眼", "右眼"], {(0, 1)}),
    ],
)
def test_left_and_right_are_read_however_they_are_written(names, pairs):
    assert set(pairs_by_name(names)) == pairs


@pytest.mark.parametrize(
    "names",
    [
        ["lamp", "ramp"],
        ["wheel", "wheer"],
        ["left_ear"],
        ["rear", "lead"],
        ["leg1", "leg2"],
        ["paw1L", "paw2L", "paw3R", "paw4R"],  # which of them go together, names do not tell
    ],
)
def test_what_may_be_chance_is_no_pair(names):
    assert pairs_by_name(names) == ()


def test_words_are_parted_by_case_numbers_and_marks():
    assert words("paw1LH_top") == ["paw", "1", "lh", "top"]
    assert words("LShoulder.x") == ["l", "shoulder", "x"]


def test_half_of_a_body_needs_names_for_most_of_it():
    assert upper_by_name(["a", "b", "c", "nose", "tail"]) == ()
    assert upper_by_name(["front_left_leg", "hind_left_leg", "forearm", "nose"]) == (0, 2, 3)
