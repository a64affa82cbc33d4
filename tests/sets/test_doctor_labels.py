import numpy as np
import pytest
from made_beasts import SIZE, beasts, changed

from hrnet.data import LabeledPerson, PoseSet
from hrnet.sets.doctor import KINDS, Finding, Spot, examine_labels, grouped
from hrnet.sets.doctor.finding import SEVERITIES, ordered
from hrnet.sets.doctor.labels import LEAST_LABELS, LEAST_PICTURES


def told(poses: PoseSet, **more) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in examine_labels(poses, **more):
        found.setdefault(one.kind, []).append(one)
    return found


def put(joint: int, *values: float):
    def change(keypoints: np.ndarray) -> None:
        keypoints[joint] = values

    return change


def test_a_good_set_has_no_finding():
    assert told(beasts(LEAST_PICTURES)) == {}


def test_joints_outside_are_told_apart_by_how_far():
    height, width = SIZE
    poses = changed(changed(beasts(20), 3, put(0, width + 20, 50, 2)), 5, put(4, -100, 50, 1))
    found = told(poses)
    assert [(one.spots, one.values["pixels"]) for one in found["outside"]] == [((Spot(3, 3, (0,)),), 21)]
    assert [one.spots for one in found["far_outside"]] == [(Spot(5, 5, (4,)),)]
    assert found["far_outside"][0].line == "pawL in 5.png: far outside of it"


def test_a_joint_on_the_last_pixel_is_inside_and_one_a_pixel_off_is_rounding():
    height, width = SIZE
    poses = changed(changed(beasts(20), 3, put(0, width - 1, 50, 2)), 4, put(0, 50, height, 2))
    assert not {"outside", "far_outside"} & told(poses).keys()


def test_nothing_is_outside_of_a_picture_whose_size_nobody_knows():
    poses = changed(beasts(20), 3, put(0, 5000, 50, 2))
    assert not {"outside", "far_outside"} & told(poses, sizes=[None] * 20).keys()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_place_that_is_no_number_is_told_and_spoils_nothing_else(bad):
    found = told(changed(beasts(20), 3, put(2, bad, 50, 2)))
    assert found.keys() == {"not_finite"}
    assert found["not_finite"][0].spots == (Spot(3, 3, (2,)),)


def test_a_limb_far_too_long_names_both_of_its_joints_and_how_much():
    def stretch(keypoints):
        keypoints[6, :2] = keypoints[3, :2] + 3 * (keypoints[6, :2] - keypoints[3, :2])

    found = told(changed(beasts(30), 9, stretch))["long_limb"]
    assert [one.spots for one in found] == [(Spot(9, 9, (3, 6)),)]
    assert found[0].values["times"] == pytest.approx(3, abs=0.3)


def test_large_and_small_things_have_no_long_limbs():
    poses = beasts(30)
    small, large = (changed(poses, 4, lambda points, s=s: points.__imul__([s, s, 1])) for s in (0.2, 1.5))
    assert "long_limb" not in told(small) and "long_limb" not in told(large)


def test_a_joint_that_is_never_or_rarely_labeled_is_told_with_where():
    poses = beasts(30)
    for thing in range(30):
        poses = changed(poses, thing, put(6, 0, 0, 0))
        if thing >= LEAST_LABELS - 1:
            poses = changed(poses, thing, put(0, 0, 0, 0))
    found = told(poses)
    assert [one.joints for one in found["unseen"]] == [(6,)]
    assert [(one.joints, len(one.spots)) for one in found["rare"]] == [((0,), LEAST_LABELS - 1)]


def test_few_pictures_are_counted_by_those_with_labels():
    found = told(beasts(LEAST_PICTURES - 1))
    assert found["few"][0].values == {"count": LEAST_PICTURES - 1, "least": LEAST_PICTURES}


def test_a_thing_that_is_labeled_twice_loses_the_second_and_neighbors_stay():
    poses = beasts(20)
    first = poses.samples[2]
    near = LabeledPerson(91, 2, first.box, first.keypoints + np.float32([3, 0, 0]), first.confidence)
    twice = LabeledPerson(92, 2, first.box, first.keypoints + np.float32([0.5, 0, 0]), first.confidence)
    found = told(PoseSet(poses.skeleton, poses.photos, (*poses.samples, near, twice)))
    assert [one.spots for one in found["same_joints"]] == [(Spot(2, 21), Spot(2, 2))]


def test_the_second_is_not_given_up_where_it_has_a_joint_more():
    poses = changed(beasts(20), 2, put(6, 0, 0, 0))
    whole = beasts(20).samples[2]
    assert "same_joints" not in told(PoseSet(poses.skeleton, poses.photos, (*poses.samples, whole)))


def test_pictures_without_labels_and_made_boxes_are_notes_with_the_margin():
    poses = beasts(22)
    found = told(PoseSet(poses.skeleton, poses.photos, poses.samples[:21]), made={0, 1})
    assert [one.spots for one in found["empty"]] == [(Spot(21),)]
    assert [one.line for one in found["no_box"]] == [
        "things in 0.png: 1, boxes made from joints with a margin of 15%",
        "things in 1.png: 1, boxes made from joints with a margin of 15%",
    ]


def test_the_worst_comes_first_and_a_terminal_gets_one_line_of_each_kind():
    some = [Finding("empty", (), (), {"picture": "a"}), Finding("missing", (), (), {"picture": "b"})]
    some += [Finding("empty", (), (), {"picture": "c"})]
    assert [one.kind for one in ordered(some)] == ["missing", "empty", "empty"]
    assert grouped(ordered(some)) == [
        ("wrong", "1 x missing pictures: b is missing"),
        ("note", "2 x pictures without labels: a has no label; c has no label"),
    ]
    assert {kind.severity for kind in KINDS.values()} == set(SEVERITIES)
