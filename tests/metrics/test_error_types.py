from __future__ import annotations

import json

import numpy as np
import pytest

from hrnet.metrics import evaluate, keypoint_errors, per_joint
from hrnet.metrics.errors import GOOD, INVERSION, JITTER, KINDS, MISS, SWAP, UNLABELED
from hrnet.skeleton import COCO_17, Skeleton

LEFT, RIGHT = COCO_17.index("left_wrist"), COCO_17.index("right_wrist")
AREA = 100.0**2
# pixels from its place at which a wrist has the similarity exp(-d**2 / (2 * area * (2 * sigma)**2))
REACH = {s: float(np.sqrt(-2 * np.log(s) * AREA) * 2 * COCO_17.sigmas[LEFT]) for s in (0.86, 0.84, 0.51, 0.49)}


def pose(x=0.0):
    return np.column_stack([np.arange(17) * 100.0 + x, np.full(17, 200.0), np.full(17, 2)])


def truth_of(*people):
    return {
        "images": [{"id": 1}],
        "annotations": [
            {
                "id": i,
                "image_id": 1,
                "category_id": 1,
                "keypoints": np.where(p[:, 2:] > 0, p, 0).ravel().tolist(),
                "bbox": [0, 0, 50, 80],
                "area": AREA,
            }
            for i, p in enumerate(people)
        ],
        "categories": [{"id": 1}],
    }


def found(*people):
    return [{"image_id": 1, "category_id": 1, "keypoints": p.ravel().tolist(), "score": 0.5} for p in people]


def kinds_of(moved, *people):
    return keypoint_errors(truth_of(*people), found(moved), COCO_17).kind[0]


def test_the_kinds_are_those_of_the_published_analysis(golden):
    truth, results = (json.loads((golden / f"coco_{name}.json").read_text()) for name in ("gt", "dt"))
    errors = keypoint_errors(truth, results, COCO_17)
    ids = [truth["annotations"][place]["id"] for place in errors.annotation]
    kinds = {(int(d), a): k for d, a, k in zip(errors.detection, ids, errors.kind.tolist(), strict=True)}
    stored = json.loads((golden / "error_types.json").read_text())
    assert kinds == {(one["detection"], one["annotation"]): one["kinds"] for one in stored}
    assert {kind for one in stored for kind in one["kinds"]} == {UNLABELED, GOOD, JITTER, INVERSION, SWAP, MISS}


@pytest.mark.parametrize(("similarity", "kind"), [(0.86, GOOD), (0.84, JITTER), (0.51, JITTER), (0.49, MISS)])
def test_how_near_its_place_a_joint_lies_decides_between_good_jitter_and_miss(similarity, kind):
    moved = pose()
    moved[LEFT, 1] += REACH[similarity]
    kinds = kinds_of(moved, pose())
    assert kinds[LEFT] == kind
    assert (np.delete(kinds, LEFT) == GOOD).all()


def test_a_left_wrist_on_the_right_one_is_an_inversion_and_on_somebody_elses_a_swap():
    person, other = pose(), pose(3000)
    for place, kind in ((person[RIGHT], INVERSION), (other[LEFT], SWAP), (other[RIGHT], SWAP), ([-500, 0, 2], MISS)):
        moved = pose()
        moved[LEFT] = place
        assert kinds_of(moved, person, other)[LEFT] == kind


def test_the_nose_has_no_other_side_so_it_is_never_inverted():
    assert kinds_of(pose(), pose())[0] == GOOD


def test_what_nobody_labeled_is_no_error_and_no_place_to_be_drawn_to():
    person = pose()
    person[RIGHT, 2] = 0
    moved = pose()
    moved[LEFT, :2] = person[RIGHT, :2]
    kinds = kinds_of(moved, person)
    assert (kinds[RIGHT], kinds[LEFT]) == (UNLABELED, MISS)


def test_people_nobody_found_are_listed_and_crowds_are_not():
    truth = truth_of(pose(), pose(5000), pose(9000))
    truth["annotations"][2]["iscrowd"] = 1
    errors = keypoint_errors(truth, found(pose()), COCO_17)
    assert (errors.annotation.tolist(), errors.missed.tolist()) == ([0], [1])
    far = keypoint_errors(truth, found(pose(), pose(5600)), COCO_17)
    assert far.missed.tolist() == [1]


def test_a_detection_whose_person_is_known_is_judged_as_theirs():
    truth = truth_of(pose(), pose(3000), pose(6000))
    on_the_other = found(pose(3000), pose(3001), pose(9))
    errors = keypoint_errors(truth, on_the_other, COCO_17, owners=[0, 1, -1])
    assert (errors.annotation.tolist(), errors.detection.tolist(), errors.missed.tolist()) == ([0, 1], [0, 1], [2])
    assert (errors.kind == [[SWAP] * 17, [GOOD] * 17]).all() and errors.oks[0] < 1e-9
    assert keypoint_errors(truth, on_the_other, COCO_17).annotation.tolist() == [1, 0]


def test_the_oks_of_found_people_is_the_one_their_ap_is_made_of(made_up):
    truth, results = made_up(np.random.default_rng(3))
    errors = keypoint_errors(truth, results, COCO_17)
    one = [result for place, result in enumerate(results) if place in errors.detection[errors.oks >= 0.5]]
    assert len(one) > 20 and errors.oks.min() >= 0.1
    assert evaluate(truth, one)["AR50"] == pytest.approx(len(one) / (len(errors.oks) + len(errors.missed)), abs=1e-12)


def test_shares_add_up_and_finding_nobody_gives_none(made_up):
    truth, results = made_up(np.random.default_rng(4), images=20)
    shares = keypoint_errors(truth, results, COCO_17).shares()
    assert list(shares) == list(KINDS) and sum(shares.values()) == pytest.approx(1)
    empty = keypoint_errors(truth, [], COCO_17)
    assert empty.kind.shape == (0, 17) and sum(empty.shares().values()) == 0
    everybody = keypoint_errors(truth, results, COCO_17)
    assert len(empty.missed) == len(everybody.oks) + len(everybody.missed)


def test_the_errors_of_a_joint_are_measured_in_pixels_and_by_the_persons_size():
    near, far = pose(), pose(5000)
    near[LEFT, 1] += 6
    far[LEFT, 0] += 20  # the box is 50 x 80, a fifth of its longer side is 16
    errors = keypoint_errors(truth_of(pose(), pose(5000)), found(near, far), COCO_17)
    row = per_joint(errors, COCO_17)[LEFT]
    assert (row.joint, row.labeled, row.pixels, row.share, row.pck) == ("left_wrist", 2, 13, 0.13, 0.5)
    spread = 2 * AREA * (2 * COCO_17.sigmas[LEFT]) ** 2
    assert row.similarity == pytest.approx((np.exp(-36 / spread) + np.exp(-400 / spread)) / 2)
    assert sum(row.kinds) == 2


def test_a_joint_nobody_labeled_has_no_errors():
    person = pose()
    person[3, 2] = 0
    row = per_joint(keypoint_errors(truth_of(person), found(pose()), COCO_17), COCO_17)[3]
    assert row.labeled == 0 and np.isnan([row.pixels, row.share, row.similarity, row.pck]).all()


def test_any_skeleton_with_sigmas_is_judged():
    skeleton = Skeleton("pliers", ("tip_left", "tip_right", "hinge"), flip_pairs=((0, 1),), sigmas=(0.05, 0.05, 0.02))
    points = np.array([[0, 0, 2], [100, 0, 2], [50, 50, 2]], float)
    errors = keypoint_errors(truth_of(points), found(points[[1, 0, 2]]), skeleton)
    assert errors.kind.tolist() == [[INVERSION, INVERSION, GOOD]]
