import numpy as np
import pytest
from stored import HEIGHT, WIDTH, labeled_zip

from hrnet.sets import Conflict, SetError, Sets, Thing, bring
from hrnet.sets.repair import REPAIRS, Target, undo


@pytest.fixture
def kept(tmp_path):
    kept, _ = bring.new(Sets(tmp_path / "sets"), labeled_zip(tmp_path, 4), "lamps")
    return kept


def first(kept):
    picture, things = kept.seen(next(iter(kept.pictures)))
    return picture, things[0]


def target(kept, *joints, thing=0):
    picture, _ = first(kept)
    return Target(picture.id, picture.revision, thing, joints)


def test_left_and_right_trade_places_and_come_back(kept):
    before = first(kept)[1].keypoints
    changes = REPAIRS["swap"](kept, [target(kept, 2, 3)])
    np.testing.assert_array_equal(first(kept)[1].keypoints, before[[0, 1, 3, 2]])
    assert undo(kept, changes) == (1, 0)
    np.testing.assert_array_equal(first(kept)[1].keypoints, before)


def test_all_pairs_are_swapped_where_no_joint_is_named(kept):
    before = first(kept)[1].keypoints
    REPAIRS["swap"](kept, [target(kept)])
    np.testing.assert_array_equal(first(kept)[1].keypoints, before[[0, 1, 3, 2]])


def test_a_joint_loses_its_label_alone(kept):
    before = first(kept)[1]
    REPAIRS["unlabel"](kept, [target(kept, 1)])
    after = first(kept)[1]
    np.testing.assert_array_equal(after.keypoints[1], 0)
    np.testing.assert_array_equal(after.keypoints[[0, 2, 3]], before.keypoints[[0, 2, 3]])
    assert after.confidence.tolist() == [1, 0, 1, 1]


def test_joints_outside_move_to_the_nearest_pixel(kept):
    picture, thing = first(kept)
    keypoints = thing.keypoints.copy()
    keypoints[0], keypoints[1] = (-5, 30, 2), (WIDTH + 9, HEIGHT + 1, 1)
    kept.stroke(picture.id, picture.revision, [Thing(keypoints)])
    REPAIRS["clip"](kept, [target(kept, 0, 1)])
    np.testing.assert_array_equal(first(kept)[1].keypoints[:2], [(0, 30, 2), (WIDTH - 1, HEIGHT - 1, 1)])
    np.testing.assert_array_equal(first(kept)[1].keypoints[2:], keypoints[2:])


def test_a_made_box_stays_where_it_is_once_it_is_kept(kept):
    picture, thing = first(kept)
    kept.stroke(picture.id, picture.revision, [Thing(thing.keypoints)])
    box = first(kept)[1].box
    assert first(kept)[1].made
    REPAIRS["box"](kept, [target(kept)])
    assert not first(kept)[1].made
    np.testing.assert_allclose(first(kept)[1].box.xywh, box.xywh, atol=0.01)
    REPAIRS["unlabel"](kept, [target(kept, 0)])
    np.testing.assert_allclose(first(kept)[1].box.xywh, box.xywh, atol=0.01)


def test_a_box_follows_the_joints_where_it_was_made_from_them(kept):
    picture, thing = first(kept)
    kept.stroke(picture.id, picture.revision, [Thing(thing.keypoints)])
    box = first(kept)[1].box
    REPAIRS["unlabel"](kept, [target(kept, 3)])
    assert first(kept)[1].made and first(kept)[1].box.w < box.w


def test_one_thing_goes_and_the_other_stays(kept):
    picture, thing = first(kept)
    kept.stroke(picture.id, picture.revision, [thing, Thing(thing.keypoints + np.float32([1, 0, 0]))])
    changes = REPAIRS["remove_thing"](kept, [target(kept, thing=1)])
    (left,) = kept.things(picture.id)
    np.testing.assert_array_equal(left.keypoints, thing.keypoints)
    assert undo(kept, changes) == (1, 0) and len(kept.things(picture.id)) == 2


def test_pictures_move_to_the_other_part_and_back(kept):
    ids = [*kept.pictures]
    kept.set_split({ids[0]: "train", ids[1]: "val"})
    changes = REPAIRS["move"](kept, [Target(ids[0], 0), Target(ids[1], 0)])
    assert [kept.pictures[id].split for id in ids] == ["val", "train", "", ""]
    assert undo(kept, changes) == (2, 0)
    assert [kept.pictures[id].split for id in ids] == ["train", "val", "", ""]


def test_a_picture_that_is_taken_out_comes_back_with_its_labels(kept):
    ids = [*kept.pictures]
    before = kept.things(ids[0])
    changes = REPAIRS["remove_picture"](kept, [Target(ids[0], 0), Target(ids[0], 0)])
    assert [*kept.pictures] == ids[1:] and len(changes) == 1
    assert undo(kept, changes) == (1, 0)
    assert [*kept.pictures] == ids
    np.testing.assert_array_equal(kept.things(ids[0])[0].keypoints, before[0].keypoints)


def test_what_somebody_changed_since_is_neither_repaired_nor_taken_back(kept):
    ids = [*kept.pictures]
    seen = [Target(id, kept.pictures[id].revision, 0, (1,)) for id in ids[:2]]
    theirs = Thing(kept.things(ids[0])[0].keypoints + np.float32([3, 0, 0]))
    kept.stroke(ids[0], kept.pictures[ids[0]].revision, [theirs])
    changes = REPAIRS["unlabel"](kept, seen)
    assert [change.picture for change in changes] == [ids[1]]
    np.testing.assert_array_equal(kept.things(ids[0])[0].keypoints, theirs.keypoints)
    with pytest.raises(Conflict, match="changed by somebody else"):
        REPAIRS["unlabel"](kept, seen[:1])
    kept.stroke(ids[1], changes[0].revision, [theirs])
    assert undo(kept, changes) == (0, 1)


def test_two_faults_of_one_picture_are_one_stroke(kept):
    picture, thing = first(kept)
    kept.stroke(picture.id, picture.revision, [thing, Thing(thing.keypoints + np.float32([9, 0, 0]))])
    at = kept.pictures[picture.id].revision
    targets = [Target(picture.id, at, 0, (0,)), Target(picture.id, at, 1, (1,))]
    (change,) = REPAIRS["unlabel"](kept, targets)
    assert change.revision == at + 1
    assert [(one.keypoints[:, 2] > 0).tolist() for one in kept.things(picture.id)] == [
        [False, True, True, True],
        [True, False, True, True],
    ]


def test_a_thing_that_is_not_there_is_refused(kept):
    with pytest.raises(SetError, match="there is no thing 5 in this picture any more; check the set again"):
        REPAIRS["swap"](kept, [target(kept, thing=5)])
