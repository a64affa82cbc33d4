from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_beasts import BEAST, PUPPET, beasts, changed, puppets

from hrnet.data import PoseSet, read
from hrnet.sets.derive import (
    HALF_BODY,
    LEAST_REPEATS,
    derive,
    limbs_of,
    pairs,
    proposed_pairs,
    repeated_labels,
    sigmas,
    upper_body,
)
from hrnet.sets.doctor import examine_labels
from hrnet.sets.shape import Shapes
from hrnet.skeleton import COCO_17, DEFAULT_SIGMA, Skeleton

CUSTOM = Path(__file__).parents[3] / "shared" / "custom"


def bare(poses: PoseSet, names: bool = True) -> PoseSet:
    """The set with nothing but joints, maybe without names that tell anything."""
    joints = poses.joints if names else tuple(f"point {n}" for n in range(len(poses.joints)))
    return replace(poses, skeleton=Skeleton("bare", joints))


def test_what_a_set_gives_is_kept():
    derived = derive(beasts(30))
    assert (derived.pairs.value, derived.limbs.value) == (BEAST.flip_pairs, BEAST.limbs)
    assert derived.pairs.reason == derived.limbs.reason == "as the set gives it"


def test_names_give_pairs_and_say_so():
    derived = derive(bare(beasts(30)))
    assert derived.pairs.value == BEAST.flip_pairs
    assert derived.pairs.reason == "by the names, such as earL and earR"


@pytest.mark.parametrize("make, skeleton", [(beasts, BEAST), (puppets, PUPPET)])
def test_labels_propose_the_pairs_that_no_name_tells(make, skeleton):
    poses = bare(make(40), names=False)
    derived = derive(poses)
    assert derived.pairs.value == ()
    assert {frozenset(pair) for pair in derived.proposal.value} == {frozenset(pair) for pair in skeleton.flip_pairs}
    assert derived.skeleton(poses.skeleton, ["proposal"]).flip_pairs == derived.proposal.value


def test_pairs_that_are_known_are_not_proposed_again():
    poses = beasts(40)
    assert proposed_pairs(poses.skeleton, Shapes.of(poses), BEAST.flip_pairs[:1]).value == BEAST.flip_pairs[1:]


def test_limbs_are_the_shortest_tree_and_join_every_joint():
    limbs = limbs_of(Shapes.of(beasts(40)))
    assert len(limbs) == len(BEAST) - 1
    head = [limb for limb in limbs if max(limb) <= 3]
    assert len(head) == 3  # nose, ears and neck are 28 to 40 apart, all else is further
    assert {joint for limb in limbs for joint in limb} == set(range(7))


def test_joints_that_never_meet_are_not_joined():
    def half(rows):
        return lambda keypoints: keypoints.__setitem__(rows, 0)

    poses = beasts(40)
    for thing in range(40):
        poses = changed(poses, thing, half([0, 1, 2, 3] if thing % 2 else [4, 5, 6]))
    assert all((one < 4) == (other < 4) for one, other in limbs_of(Shapes.of(poses)))


def test_flipping_is_off_only_where_all_look_one_way():
    assert derive(beasts(60)).flip.value is True  # from above, turned every way
    upright = [np.array([[0, 0], [10, -30], [40, -40], [60, 5], [55, 40]]) for _ in range(40)]
    poses = _of(upright, ("hip", "back", "head", "paw", "toe"))
    flip = derive(poses).flip
    assert flip.value is False and flip.reason.startswith("all look one way")
    both = [shape * [1 if n % 2 else -1, 1] for n, shape in enumerate(upright)]
    assert derive(_of(both, poses.joints)).flip.value is True


def test_halves_come_from_names_else_from_the_limb_in_the_middle_that_keeps_pairs_together():
    assert upper_body(replace(COCO_17, upper_body=())).value == COCO_17.upper_body
    joints = tuple("abcdefghij")
    chain = Skeleton("chain", joints, limbs=tuple((n, n + 1) for n in range(9)))
    found = upper_body(chain)
    assert found.value == (0, 1, 2, 3, 4)
    assert found.reason == "the limb between e and f divides the joints most evenly"
    torn = replace(chain, flip_pairs=((4, 5),))
    assert upper_body(torn).value in ((0, 1, 2, 3), (0, 1, 2, 3, 4, 5))
    assert upper_body(Skeleton("small", joints[:HALF_BODY])).value == ()


def test_sigmas_are_measured_where_labels_are_repeated_and_the_default_elsewhere():
    rng = np.random.default_rng(0)
    truth = np.concatenate([beasts(1).samples[0].keypoints[:, :2], np.full((7, 1), 2)], axis=1)
    area = np.prod(np.ptp(truth[:, :2], axis=0))
    spread = 0.05 * np.sqrt(area)  # sigma^2 = E[dx^2 + dy^2] / area
    repeats = []
    for _ in range(2000):
        one, other = truth.copy(), truth.copy()
        for labels in (one, other):
            labels[0, :2] += rng.normal(0, spread / np.sqrt(2), 2)
        other[1:, 2] = 0
        repeats.append((one, other))
    found = sigmas(Skeleton("bare", BEAST.joints), repeats)
    assert found.value[0] == pytest.approx(0.05, rel=0.05)
    assert found.value[1:] == (DEFAULT_SIGMA,) * 6
    few = sigmas(Skeleton("bare", BEAST.joints), repeats[: LEAST_REPEATS - 1])
    assert few.value == (DEFAULT_SIGMA,) * 7 and "no joint is labeled twice" in few.reason
    assert sigmas(COCO_17, repeats).value == COCO_17.sigmas


def test_labels_are_repeated_in_copies_of_a_picture_unless_they_were_copied_with_it():
    poses = changed(beasts(4), 1, lambda keypoints: None)
    same = replace(poses.samples[1], keypoints=poses.samples[0].keypoints + np.float32([1, 0, 0]))
    copy = replace(poses.samples[3], keypoints=poses.samples[2].keypoints.copy())
    poses = replace(poses, samples=(poses.samples[0], same, poses.samples[2], copy))
    ((one, other),) = repeated_labels(poses, [(0, 1), (2, 3)])
    np.testing.assert_allclose(other - one, np.tile([1, 0, 0], (7, 1)), atol=1e-4)


def test_a_single_joint_is_a_skeleton_too():
    poses = beasts(30)
    samples = tuple(replace(s, keypoints=s.keypoints[:1], confidence=s.confidence[:1]) for s in poses.samples)
    derived = derive(replace(poses, skeleton=Skeleton("one", ("nose",)), samples=samples))
    assert (derived.pairs.value, derived.limbs.value, derived.upper_body.value) == ((), (), ())
    assert examine_labels(replace(poses, skeleton=Skeleton("one", ("nose",)), samples=samples)) == []


def test_a_set_without_labels_gives_nothing_and_says_why():
    derived = derive(replace(bare(beasts(3)), samples=()))
    assert (derived.limbs.value, derived.proposal.value) == ((), ())
    assert derived.limbs.reason == "there are not enough labels to tell"
    assert derived.flip.reason == "0 labeled things are too few to tell, so as usual"


@pytest.mark.parametrize(
    "name, expected, flip",
    [
        ("mouse_dlc", {(1, 2)}, True),
        ("robots_coco", {(3, 2), (5, 4)}, True),
        ("mirror_mouse_lp", {(0, 3), (1, 2), (8, 11), (9, 10)}, False),
        ("bees_yolo", {(1, 2), (6, 7), *((left, left - 12) for left in range(20, 32))}, True),
    ],
)
def test_pairs_and_flipping_of_real_sets_are_as_their_makers_say(name, expected, flip, tmp_path):
    if not CUSTOM.is_dir():
        pytest.skip("needs ../shared/custom: four small real sets")
    poses = read(CUSTOM / f"{name}.zip", cache=tmp_path)
    assert set(pairs(Skeleton("bare", poses.joints)).value) == expected
    assert derive(poses).flip.value is flip


def _of(shapes, joints) -> PoseSet:
    rng = np.random.default_rng(1)
    poses = beasts(len(shapes))
    samples = []
    for sample, shape in zip(poses.samples, shapes, strict=True):
        points = shape + rng.normal(0, 2, shape.shape) + 200
        keypoints = np.concatenate([points, np.full((len(points), 1), 2)], axis=1).astype(np.float32)
        samples.append(replace(sample, keypoints=keypoints, confidence=np.ones(len(points), np.float32)))
    return replace(poses, skeleton=Skeleton("beast", tuple(joints)), samples=tuple(samples))
