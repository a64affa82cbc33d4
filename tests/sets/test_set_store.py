import json
import multiprocessing
import threading
from dataclasses import replace

import numpy as np
import pytest
from stored import LAMP, below, labeled_zip, photos, thing

from hrnet.data.boxes import made_box
from hrnet.geometry import Box
from hrnet.sets import Conflict, SetError, Sets, Thing, bring
from hrnet.sets.bring import new
from hrnet.sets.store import TOKEN
from hrnet.skeleton import COCO_17, Skeleton


def anew(one):
    """The same set as another process sees it."""
    return Sets(one.folder.parent).open(one.token)


def keypoints(one, id=1):
    return [thing.keypoints.tolist() for thing in one.things(id)]


def test_a_set_is_the_same_when_it_is_opened_again(sets):
    made = sets.create("  my\nlamps ", LAMP, shared=True)
    again = anew(made)
    assert TOKEN.fullmatch(made.token) and again.token == made.token and sets.open(made.token) is made
    assert (again.name, again.shared, again.skeleton, again.pictures) == ("my lamps", True, LAMP, {})
    made.rename("other")
    made.share(False)
    assert (again.name, again.shared) == ("other", False) and again.created == made.created


def test_a_stroke_is_on_the_disk_and_seen_by_others_at_once(one):
    other = anew(one)
    assert other.things(1) == () and other.picture(1).revision == one.picture(1).revision == 1
    assert one.stroke(1, 1, [thing(), thing(30.128, 7.5)]) == 2
    assert keypoints(other) == keypoints(one) == keypoints(anew(one))
    assert keypoints(one)[1][0] == pytest.approx([30.13, 7.5, 1], abs=1e-5)
    assert one.stroke(1, 2, []) == 3 and other.things(1) == () and other.picture(1).revision == 3
    assert one.picture(2).revision == 1 and one.labeled == 0


def test_who_labels_an_older_picture_is_refused_and_overwrites_nothing(one):
    other = anew(one)
    other.things(2)
    one.stroke(2, 1, [thing(1)])
    with pytest.raises(Conflict, match=r"changed by somebody else.*nothing was overwritten") as refusal:
        other.stroke(2, 1, [thing(2)])
    assert (refusal.value.picture, refusal.value.revision) == (2, 2)
    assert keypoints(other, 2) == [thing(1).keypoints.tolist()]
    assert other.stroke(2, 2, [thing(2)]) == 3 and keypoints(one, 2) == [thing(2).keypoints.tolist()]


def test_a_stroke_whose_answer_was_lost_is_answered_again(one):
    assert one.stroke(1, 1, [thing()]) == 2 and one.stroke(1, 1, [thing()]) == 2
    with pytest.raises(Conflict):
        one.stroke(1, 1, [thing(), thing()])
    assert one.picture(1).revision == 2 and len(one.things(1)) == 1


def _label(folder, token, number, strokes, results):
    one = Sets(folder).open(token)
    conflicts = 0
    for n in range(strokes):
        while True:
            picture, things = one.seen(1)
            try:
                one.stroke(1, picture.revision, [*things, thing(number, n)])
                break
            except Conflict:
                conflicts += 1
    results.put(conflicts)


def test_of_two_processes_that_label_one_picture_every_stroke_is_kept(one):
    context = multiprocessing.get_context("spawn")
    results, strokes = context.Queue(), 5
    work = [context.Process(target=_label, args=(one.folder.parent, one.token, n, strokes, results)) for n in (1, 2)]
    for process in work:
        process.start()
    for process in work:
        process.join(60)
        assert process.exitcode == 0
    kept = {tuple(points[0]) for points in keypoints(one)}
    assert kept == {(float(number), float(n), 1.0) for number in (1, 2) for n in range(strokes)}
    assert one.picture(1).revision == 1 + 2 * strokes


def test_threads_that_label_different_pictures_do_not_hinder_each_other(one):
    def work(id):
        for revision in range(1, 21):
            one.stroke(id, revision, [thing(id, revision)])

    threads = [threading.Thread(target=work, args=(id,)) for id in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [anew(one).picture(id).revision for id in (1, 2, 3)] == [21, 21, 21]
    assert keypoints(anew(one), 3)[0][0] == [3.0, 20.0, 1.0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"keypoints": [[1, 2, 2]] * 3}, "has 3 joints, this set 4"),
        ({"keypoints": [[float("nan"), 2, 2]] * 4}, "no number at all"),
        ({"keypoints": [[1, 2, 5]] * 4}, "0 unlabeled, 1 occluded or 2 visible"),
        ({"keypoints": [[1, 2]] * 4}, r"K x 3 numbers, got an array of shape \[4, 2\]"),
        ({"keypoints": "four"}, "keypoints are numbers, got four"),
        ({"box": [1, 2, 0, 4]}, "width and height above 0"),
        ({"box": [1, 2, 3]}, "a box is x, y, width, height"),
        ({"box": [1, 2, float("inf"), 3]}, "a box is x, y, width, height"),
        ({"by": "ghost"}, "by person, network, file, got 'ghost'"),
        ({"confidence": [2, 0, 0, 0]}, "confidence is a number from 0 to 1"),
        ({"area": "big"}, "an area is a number, got big"),
    ],
)
def test_things_that_are_none_are_refused_in_one_line(one, wrong, said):
    before = (one.folder / "journal.jsonl").read_bytes()
    with pytest.raises(SetError, match=said) as refusal:
        one.stroke(1, 1, [Thing.of(thing().values() | wrong)])
    assert "\n" not in str(refusal.value) and (one.folder / "journal.jsonl").read_bytes() == before


def test_a_thing_goes_through_json_unchanged():
    whole = thing(
        1.25, box=Box(1, 2, 3, 4.5), by="file", confidence=np.array([0.5, 1, 0, 1]), ignore=True, area=7.0,
        head=Box(1, 1, 2, 2), crowd=True, uncut=True,
    )  # fmt: skip
    values = json.loads(json.dumps(whole.values()))
    again = Thing.of(values)
    np.testing.assert_array_equal(again.keypoints, whole.keypoints)
    np.testing.assert_array_equal(again.confidence, whole.confidence)
    fields = ("box", "made", "by", "ignore", "area", "head", "crowd", "uncut")
    assert [getattr(again, name) for name in fields] == [getattr(whole, name) for name in fields]
    assert set(thing().values()) == {"keypoints", "by"}


def test_a_joint_without_a_label_has_no_place_whatever_was_sent_for_it():
    points = Thing.of({"keypoints": [[5, 6, 0], [None, None, 0], [float("nan"), 2, 0], [1, 2, 2]]}).keypoints
    np.testing.assert_array_equal(points, [[0, 0, 0]] * 3 + [[1, 2, 2]])


def test_a_thing_cannot_be_changed_behind_the_back_of_the_set(one):
    one.stroke(1, 1, [thing()])
    with pytest.raises(ValueError, match="read-only"):
        one.things(1)[0].keypoints[0, 0] = 5


def test_a_made_box_follows_the_joints_and_a_drawn_one_stays(one):
    drawn = Box(1, 2, 30, 40)
    one.stroke(1, 1, [thing(), thing(box=drawn)])
    made, kept = one.things(1)
    assert made.made and made.box == made_box(made.keypoints, (60, 80)) and kept.box == drawn and not kept.made
    one.stroke(1, 2, [replace(made, keypoints=made.keypoints + [20, 10, 0]), kept])
    moved, kept = anew(one).things(1)
    assert moved.made and moved.box == made_box(moved.keypoints, (60, 80)) != made.box and kept.box == drawn
    one.stroke(1, 3, [Thing(np.zeros((4, 3)))])  # begun, and nothing placed yet
    assert one.things(1)[0].box is None and one.poses().samples == ()


def test_labels_are_carried_along_when_joints_are_added_moved_and_taken_away(one):
    one.stroke(1, 1, [thing(confidence=np.array([1, 0.5, 1, 0.25]))])
    old = one.things(1)[0]
    new = Skeleton.of(["tip", "right_lamp", "base"], name="lamp")
    one.set_skeleton(new, [None, 3, 0])
    for view in (one, anew(one)):
        carried = view.things(1)[0]
        assert view.skeleton == new and view.picture(1).revision == 3 and view.picture(2).revision == 2
        np.testing.assert_array_equal(carried.keypoints, [[0, 0, 0], old.keypoints[3], old.keypoints[0]])
        assert carried.confidence.tolist() == [0, 0.25, 1]


def test_who_began_with_other_joints_is_refused_even_where_there_are_as_many(one):
    one.set_skeleton(Skeleton("lamp", LAMP.joints[::-1]), [3, 2, 1, 0])
    with pytest.raises(Conflict):
        one.stroke(1, 1, [thing()])
    assert one.stroke(1, 2, [thing()]) == 3


def test_pictures_of_a_new_set_begin_at_revision_0(sets, tmp_path):
    made, _ = new(sets, labeled_zip(tmp_path))
    assert [picture.revision for picture in made.pictures.values()] == [0, 0, 0] and made.stroke(1, 0, [thing()]) == 1


def test_new_names_lines_and_pairs_alone_hinder_nobody(one):
    other = replace(LAMP, limbs=((0, 1), (1, 2)), flip_pairs=(), sigmas=(0.1, 0.2, 0.3, 0.4))
    one.set_skeleton(other)
    assert one.stroke(1, 1, [thing()]) == 2 and anew(one).skeleton == other


def test_pictures_that_come_after_the_joints_changed_begin_with_the_same_revision_everywhere(one, tmp_path):
    one.set_skeleton(Skeleton("lamp", LAMP.joints[::-1]), [3, 2, 1, 0])
    bring.bring(one, photos(tmp_path / "more", 5)[3:])
    assert [one.picture(id).revision for id in (1, 4, 5)] == [anew(one).picture(id).revision for id in (1, 4, 5)]
    assert anew(one).stroke(4, one.picture(4).revision, [thing()])


@pytest.mark.parametrize(
    "order", [[0, 1, 2], [0, 1, 2, 4], [0, 0, 1, 2], [0, 1, 2, -1], [0, 1, 2, 1.5], [0, 1, 2, True]]
)
def test_an_order_that_is_none_changes_nothing(one, order):
    with pytest.raises(SetError, match="old place|the places 0 to 3"):
        one.set_skeleton(LAMP, order)
    assert one.picture(1).revision == 1


def test_splits_are_kept_and_asked_for(one):
    one.set_split({1: "train", 2: "val"})
    one.set_split({2: "train", 3: "val"})
    again = anew(one)
    assert {id: picture.split for id, picture in again.pictures.items()} == {1: "train", 2: "train", 3: "val"}
    assert [photo.id for photo in again.poses("train").photos] == [1, 2]
    with pytest.raises(SetError, match="no picture 9"):
        one.set_split({1: "val", 9: "val"})
    with pytest.raises(SetError, match='"train", "val" or "" .*\'test\''):
        one.set_split({1: "test"})
    assert one.picture(1).split == "train"


def test_a_removed_picture_is_gone_for_all_and_stays_on_the_disk(one):
    one.stroke(2, 1, [thing()])
    path = one.picture(2).path
    one.remove_picture(2)
    assert list(anew(one).pictures) == [1, 3] and path.is_file() and one.labeled == 0
    for ask in (lambda: one.things(2), lambda: one.stroke(2, 2, []), lambda: one.remove_picture(2)):
        with pytest.raises(SetError, match="no picture 2 in this set"):
            ask()


def test_a_removed_picture_comes_back_in_its_place_with_its_labels(one):
    one.stroke(2, 1, [thing()])
    one.remove_picture(2)
    assert list(anew(one).removed) == [2] and one.removed[2].path.is_file()
    other = anew(one)
    assert one.restore_picture(2) == 3 == one.restore_picture(2)
    assert list(other.pictures) == [1, 2, 3] and not other.removed
    assert keypoints(other, 2) == [thing().keypoints.tolist()]
    with pytest.raises(Conflict):
        one.stroke(2, 2, [])  # begun before it went
    with pytest.raises(SetError, match="no picture 9 in this set"):
        one.restore_picture(9)


def test_joints_that_moved_meanwhile_have_moved_in_a_picture_that_comes_back(one):
    one.stroke(2, 1, [thing()])
    before = keypoints(one, 2)[0]
    one.remove_picture(2)
    one.set_skeleton(Skeleton.of([LAMP.joints[2], LAMP.joints[0]]))
    one.restore_picture(2)
    for seen in (one, anew(one)):
        assert keypoints(seen, 2) == [[before[2], before[0]]]


def test_poses_are_what_was_labeled_without_what_a_network_only_proposed(one):
    one.stroke(1, 1, [thing(), thing(20, by="network")])
    one.stroke(3, 1, [thing(7, ignore=True, area=55.0)])
    poses = one.poses()
    assert poses.skeleton == LAMP and [photo.id for photo in poses.photos] == [1, 2, 3]
    assert [person.photo for person in poses.samples] == [0, 2] and len(one.poses(proposed=True).samples) == 3
    np.testing.assert_array_equal(poses.samples[0].keypoints, thing().keypoints)
    assert poses.samples[0].box == one.things(1)[0].box and poses.samples[1].ignore and poses.samples[1].area == 55
    assert [photo.size for photo in poses.photos] == [(60, 80)] * 3 and poses.photos[0].read().shape == (60, 80, 3)


def test_only_those_who_know_the_token_find_a_set_unless_it_is_shared(sets):
    mine, secret, public = (sets.create(name, LAMP, shared=name == "public") for name in ("mine", "secret", "public"))
    assert [found.name for found in sets.listed([mine.token])] == ["mine", "public"]
    assert {found.name for found in sets.listed([], everything=True)} == {"mine", "secret", "public"}
    assert sets.listed() == [public] and Sets(sets.folder / "nowhere").listed() == []
    assert secret not in sets.listed([mine.token, "x" * 22, "../../etc"])


@pytest.mark.parametrize("token", ["", "x" * 22, "../" + "x" * 19, None, 5, "x" * 500, "a/b" + "x" * 19])
def test_a_token_that_is_none_opens_nothing(sets, token):
    with pytest.raises(SetError, match="there is no such set here"):
        sets.open(token)


def test_a_removed_set_is_gone_for_those_who_have_it_open(one, sets):
    sets.remove(one.token)
    assert below(sets.folder) == []
    for ask in (lambda: one.pictures, lambda: one.name, lambda: one.rename("x"), lambda: one.stroke(1, 1, [])):
        with pytest.raises(SetError, match="this set is gone"):
            ask()
    assert list(sets.folder.iterdir()) == []


def test_what_a_killed_process_was_making_is_no_set_and_goes_with_the_next(sets, tmp_path):
    with pytest.raises(KeyboardInterrupt), sets.making("half", LAMP) as half:
        assert (
            sets.listed(everything=True) == []
            and half.name == "half"
            and bring.bring(half, photos(tmp_path, 1)).added == 1
        )
        raise KeyboardInterrupt
    assert list(sets.folder.iterdir()) == []
    left = sets.folder / ".abc"
    left.mkdir()
    (left / "set.json").write_text("{}")
    (sets.folder / ".abc.making").touch()
    (sets.folder / ".def.gone").mkdir()
    made = sets.create("lamps", LAMP)
    assert list(sets.folder.iterdir()) == [made.folder]


def test_what_somebody_else_is_making_stays(sets):
    with sets.making("one", LAMP) as one, sets.making("other", LAMP) as other:
        assert one.folder.is_dir() and other.folder.is_dir()
    assert {made.name for made in sets.listed(everything=True)} == {"one", "other"}


def test_names_of_sets_are_one_short_line(sets):
    for name in ("", " \n\t", "x" * 81):
        with pytest.raises(SetError, match="name"):
            sets.create(name, LAMP)
    assert sets.create("x" * 80, COCO_17).skeleton is not None
