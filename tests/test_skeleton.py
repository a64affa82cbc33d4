import json
import pickle

import numpy as np
import pytest

from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, DEFAULT_SIGMA, MPII_16, SKELETONS, Skeleton

EVERY = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)


def pairs(skeleton: Skeleton) -> set[frozenset[int]]:
    return {frozenset(pair) for pair in skeleton.flip_pairs}


def numbers(text: str) -> set[frozenset[int]]:
    return {frozenset(map(int, pair.split("-"))) for pair in text.split()}


# Counts, pairs and halves as the toolkits publish them, written here a second time on purpose.
@pytest.mark.parametrize(
    ("skeleton", "joints", "flip_pairs", "upper", "lower"),
    [
        (COCO_17, 17, "1-2 3-4 5-6 7-8 9-10 11-12 13-14 15-16", range(11), range(11, 17)),
        (MPII_16, 16, "0-5 1-4 2-3 10-15 11-14 12-13", range(7, 16), range(7)),
        (CROWDPOSE_14, 14, "0-1 2-3 4-5 6-7 8-9 10-11", (*range(6), 12, 13), range(6, 12)),
        (AP10K_17, 17, "0-1 5-8 6-9 7-10 11-14 12-15 13-16", (*range(4), *range(5, 11)), (4, *range(11, 17))),
    ],
    ids=SKELETONS,
)
def test_joints_pairs_and_halves_are_the_published_ones(skeleton, joints, flip_pairs, upper, lower):
    assert len(skeleton) == len(skeleton.joints) == joints
    assert pairs(skeleton) == numbers(flip_pairs)
    assert skeleton.upper_body == tuple(upper)
    assert skeleton.lower_body == tuple(lower)


@pytest.mark.parametrize(
    ("skeleton", "tenfold"),
    [
        (COCO_17, ".26 .25 .25 .35 .35 .79 .79 .72 .72 .62 .62 1.07 1.07 .87 .87 .89 .89"),
        (CROWDPOSE_14, ".79 .79 .72 .72 .62 .62 1.07 1.07 .87 .87 .89 .89 .79 .79"),
        (AP10K_17, ".25 .25 .26 .35 .35 .79 .72 .62 .79 .72 .62 1.07 .87 .89 1.07 .87 .89"),
        (MPII_16, ".89 .83 1.07 1.07 .83 .89 .26 .26 .26 .26 .62 .72 1.79 1.79 .72 .62"),
    ],
)
def test_the_sigmas_of_oks_are_the_published_ones(skeleton, tenfold):
    assert skeleton.sigmas == pytest.approx([float(value) / 10 for value in tenfold.split()])


def test_cocos_sigmas_are_those_of_pycocotools():
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    np.testing.assert_allclose(COCO_17.sigmas, cocoeval.Params(iouType="keypoints").kpt_oks_sigmas)


def test_an_unmeasured_joint_gets_the_mean_sigma_of_coco():
    assert DEFAULT_SIGMA == round(np.mean(COCO_17.sigmas).item(), 3)
    assert Skeleton.of(["tip"]).sigmas == (DEFAULT_SIGMA,)


def test_elbows_knees_wrists_and_ankles_of_coco_weigh_more():
    heavier = {name: weight for name, weight in zip(COCO_17.joints, COCO_17.weights, strict=True) if weight != 1}
    assert {name.split("_")[1]: weight for name, weight in heavier.items()} == {
        **{"elbow": 1.2, "knee": 1.2},
        **{"wrist": 1.5, "ankle": 1.5},
    }
    assert len(heavier) == 8


def test_the_names_stand_at_the_places_of_the_published_order():
    assert COCO_17.joints[:3] == ("nose", "left_eye", "right_eye")
    assert [COCO_17.index(name) for name in ("left_wrist", "right_hip", "right_ankle")] == [9, 12, 16]
    assert [MPII_16.index(name) for name in ("right_ankle", "pelvis", "head_top", "left_wrist")] == [0, 6, 9, 15]
    assert [CROWDPOSE_14.index(name) for name in ("left_shoulder", "top_head", "neck")] == [0, 12, 13]
    assert [AP10K_17.index(name) for name in ("nose", "root_of_tail", "right_back_paw")] == [2, 4, 16]


@EVERY
def test_mirroring_twice_changes_nothing_and_trades_left_for_right(skeleton):
    np.testing.assert_array_equal(skeleton.mirror[skeleton.mirror], np.arange(len(skeleton)))
    for place, source in enumerate(skeleton.mirror):
        swapped = {"left": "right", "right": "left", "middle": "middle"}[skeleton.sides[place]]
        assert skeleton.sides[source] == swapped


def test_the_mirror_of_a_shared_skeleton_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        COCO_17.mirror[0] = COCO_17.mirror[0]


@EVERY
def test_sides_and_pairs_agree_with_the_names(skeleton):
    for joint, side in zip(skeleton.joints, skeleton.sides, strict=True):
        assert side == (joint.partition("_")[0] if joint.startswith(("left_", "right_")) else "middle")
    for left, right in skeleton.flip_pairs:
        assert skeleton.joints[right] == skeleton.joints[left].replace("left", "right")


@EVERY
def test_limbs_join_all_joints_into_one_body_and_the_mirror_keeps_them(skeleton):
    limbs = {frozenset(limb) for limb in skeleton.limbs}
    assert len(limbs) == len(skeleton.limbs)
    assert {frozenset(skeleton.mirror[list(limb)].tolist()) for limb in limbs} == limbs
    reached = {0}
    for _ in skeleton.joints:
        reached |= {joint for limb in limbs if limb & reached for joint in limb}
    assert reached == set(range(len(skeleton)))


@EVERY
def test_the_names_alone_give_the_published_pairs(skeleton):
    assert pairs(Skeleton.of(skeleton.joints)) == pairs(skeleton)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left_eye", "right_eye"),
        ("Left Eye", "Right Eye"),
        ("LeftEye", "RightEye"),
        ("eye_left", "eye_right"),
        ("l_eye", "r_eye"),
        ("L-eye", "R-eye"),
        ("eye_L", "eye_R"),
        ("eye.l", "eye.r"),
    ],
)
def test_a_pair_is_read_from_its_names(left, right):
    skeleton = Skeleton.of([right, "tail", left], limbs=[[0, 1]])
    assert skeleton.flip_pairs == ((2, 0),)
    assert skeleton.sides == ("right", "middle", "left")
    assert skeleton.mirror.tolist() == [2, 1, 0]
    assert skeleton.limbs == ((0, 1),)


def test_names_that_only_look_like_sides_are_no_pair():
    assert Skeleton.of(["leg", "reg", "left_eye", "cleft", "bright", "tail_l"]).flip_pairs == ()


@EVERY
def test_a_skeleton_survives_json_and_pickle(skeleton):
    again = Skeleton.from_dict(json.loads(json.dumps(skeleton.to_dict())))
    assert again == skeleton
    assert hash(again) == hash(skeleton)
    assert again.index(skeleton.joints[-1]) == len(skeleton) - 1
    assert pickle.loads(pickle.dumps(skeleton)) == skeleton


def test_every_skeleton_is_listed_under_its_own_name():
    assert all(skeleton.name == name for name, skeleton in SKELETONS.items())


def test_an_unknown_joint_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match="crowdpose-14 has no joint 'nose'; its joints are left_shoulder, .*neck"):
        CROWDPOSE_14.index("nose")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"joints": ()}, "joints with different names"),
        ({"joints": ("a", "b", "a")}, "joints with different names"),
        ({"limbs": ((0, 3),)}, "joints 0 to 2; there is no joint 3"),
        ({"flip_pairs": ((-1, 0),)}, "no joint -1"),
        ({"upper_body": (4,)}, "no joint 4"),
        ({"flip_pairs": ((0, 1), (1, 2))}, "a joint in two flip pairs"),
        ({"sigmas": (0.1, 0.1)}, "3 sigmas, one per joint, got 2"),
        ({"weights": (1,) * 4}, "3 weights, one per joint, got 4"),
    ],
)
def test_a_skeleton_that_contradicts_itself_is_refused(values, problem):
    with pytest.raises(ValueError, match=problem):
        Skeleton(**{"name": "odd", "joints": ("a", "b", "c"), **values})


def test_a_dict_without_a_skeletons_keys_is_refused():
    values = COCO_17.to_dict()
    del values["flip_pairs"]
    with pytest.raises(ValueError, match="not a skeleton: 'flip_pairs'"):
        Skeleton.from_dict(values)
