"""The step "Bring" without a browser: who sees which set, what a question may name, joints that change."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from apps.desk import Cancelled, Desk
from apps.views import teach
from apps.views.teach import importing, skeletons
from hrnet import image
from hrnet.sets import SetError, Sets, Thing
from hrnet.skeleton import COCO_17, Skeleton

LAMP = Skeleton.of(["base", "left rim", "right rim"], limbs=[(0, 1), (0, 2)])


def silent(share: float) -> None:
    pass


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("HRNET_HOME", str(tmp_path / "home"))
    return Desk(None, tmp_path)


def ask(desk, do, **values):
    return teach.answer(desk, {"do": do, **values}, silent)


def sent(desk, name, content) -> str:
    """The token of a file that a visitor sent."""
    token, path = desk.place(name)
    path.write_bytes(content)
    return token


def png(seed: int) -> bytes:
    return image.encode(np.random.default_rng(seed).integers(0, 256, (40, 60, 3), np.uint8), "png")


def take(desk, files, say=silent, **values):
    return importing.answer(desk, {"do": "bring.take", "files": files, **values}, say)


def lamps(desk) -> str:
    """The token of a set of one picture with one lamp in it."""
    token = take(desk, [sent(desk, "one.png", png(1))], name="lamps")["token"]
    joints = {"joints": list(LAMP.joints), "pairs": [[1, 2]], "limbs": [[0, 1], [0, 2]], "order": [None] * 3}
    ask(desk, "bring.skeleton", set=token, before=["joint_0"], **joints)
    kept = desk.sets.open(token)
    (picture,) = kept.pictures.values()
    kept.stroke(picture.id, picture.revision, [Thing([[30, 30, 2], [20, 10, 2], [40, 12, 1]])])
    return token


@pytest.mark.parametrize(
    "do", [None, 7, "", "bring", "bring.", "bring.opened", "bring.__doc__", "bring.Mapping", "bring.state", "os.remove"]
)
def test_only_what_a_step_offers_can_be_asked_for(desk, do):
    with pytest.raises(ValueError, match="says what to do as step.action"):
        teach.answer(desk, {"do": do}, silent)


def test_every_step_offers_something():
    for step in teach.STEPS:
        found = teach.module(step)
        assert found is None or any(teach._is_verb(thing) for thing in vars(found).values()), step


def test_a_set_is_listed_for_whoever_has_its_token_for_all_once_shared_and_for_the_only_user(desk):
    token = lamps(desk)
    assert ask(desk, "bring.sets", tokens=[])["sets"] == []
    assert [one["token"] for one in ask(desk, "bring.sets", tokens=[token])["sets"]] == [token]
    ask(desk, "bring.share", set=token, shared=True)
    assert [one["token"] for one in ask(desk, "bring.sets", tokens=[])["sets"]] == [token]
    ask(desk, "bring.share", set=token, shared=False)
    desk.alone = True
    assert [one["token"] for one in ask(desk, "bring.sets", tokens=[])["sets"]] == [token]


def test_a_removed_set_is_gone_for_good_and_its_token_is_told(desk):
    token = lamps(desk)
    ask(desk, "bring.remove", set=token)
    assert ask(desk, "bring.sets", tokens=[token]) == {"sets": [], "gone": [token]}
    with pytest.raises(SetError, match="no such set"):
        ask(desk, "bring.summary", set=token)


def test_the_summary_counts_what_a_person_or_a_file_labeled(desk):
    token = lamps(desk)
    told = ask(desk, "bring.summary", set=token)
    assert (told["pictures"], told["labeled"], told["things"], told["named"]) == (1, 1, 1, True)
    assert told["joints"] == list(LAMP.joints) and told["pairs"] == [[1, 2]] and told["steps"]["bring"]["done"]
    kept = desk.sets.open(token)
    (picture,) = kept.pictures.values()
    kept.stroke(picture.id, picture.revision, [Thing([[1, 1, 2]] * 3, by="network")], by="network")
    assert ask(desk, "bring.summary", set=token)["labeled"] == 0


def test_labels_go_along_when_joints_are_moved_renamed_added_and_taken_out(desk):
    token = lamps(desk)
    values = {"joints": ["rim on the right", "switch", "base"], "pairs": [], "limbs": [[2, 1]], "order": [2, None, 0]}
    told = ask(desk, "bring.skeleton", set=token, before=list(LAMP.joints), **values)
    assert told["joints"] == values["joints"] and told["limbs"] == [[2, 1]]
    (thing,) = Sets().open(token).things(1)
    np.testing.assert_array_equal(thing.keypoints, [[40, 12, 1], [0, 0, 0], [30, 30, 2]])


def test_joints_that_somebody_else_changed_meanwhile_are_not_overwritten(desk):
    token = lamps(desk)
    values = {"joints": ["a", "b", "c"], "pairs": [], "limbs": [], "order": [0, 1, 2]}
    with pytest.raises(ValueError, match="somebody else changed the joints"):
        ask(desk, "bring.skeleton", set=token, before=["base", "rim"], **values)
    assert Sets().open(token).skeleton.joints == LAMP.joints


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"joints": []}, "1 to 200 joints"),
        ({"joints": ["base", "", "rim"]}, "joint 2 needs a name"),
        ({"joints": ["base", "Rim", "rim"]}, "two joints are called 'rim'"),
        ({"order": [0, 0, None]}, "order has different places"),
        ({"order": [0, 9, None]}, "order has different places"),
        ({"order": [0]}, "order has the old place of each"),
        ({"limbs": [[0, 3]]}, "limbs name two different joints"),
        ({"pairs": [[1, 1]]}, "pairs name two different joints"),
        ({"pairs": [[0, 1], [1, 2]]}, "two flip pairs"),
    ],
)
def test_joints_that_make_no_skeleton_change_nothing(desk, wrong, line):
    token = lamps(desk)
    right = {"joints": list(LAMP.joints), "pairs": [], "limbs": [], "order": [0, 1, 2], "before": list(LAMP.joints)}
    with pytest.raises(ValueError, match=line):
        ask(desk, "bring.skeleton", set=token, **(right | wrong))
    assert Sets().open(token).skeleton.joints == LAMP.joints


def test_names_give_pairs_and_lines():
    lamp = ["base", "lower hinge", "upper hinge", "head", "left rim", "right rim"]
    assert skeletons.derived(lamp)["pairs"] == [[4, 5]]
    assert skeletons.derived(lamp)["limbs"] == [[0, 1], [1, 2], [2, 3], [3, 4], [3, 5]]
    assert skeletons.derived(["nose", "eyeL", "eyeR", "paw1LH", "paw4RH"])["pairs"] == [[1, 2], [3, 4]]
    robot = ["body", "left arm", "left hand", "right arm", "right hand", "tail"]
    assert sorted(skeletons.derived(robot)["limbs"]) == [[0, 1], [0, 3], [0, 5], [1, 2], [3, 4]]


def test_lines_go_past_joints_that_are_left_out():
    names = ["base", "lower hinge", "head", "left rim", "right rim"]  # a lamp without its upper hinge
    assert sorted(map(sorted, skeletons.derived(names)["limbs"])) == [[0, 1], [1, 2], [2, 3], [2, 4]]


def test_joints_of_a_ready_skeleton_have_its_lines_whatever_their_order():
    names = ["Right Eye", "left_eye", "nose"]
    assert sorted(map(sorted, skeletons.derived(names)["limbs"])) == [[0, 1], [0, 2], [1, 2]]


def test_a_drawing_has_the_shape_of_the_labels_however_they_are_turned():
    shape = np.array([[0, 0], [10, 0], [10, 20], [0, 20]], np.float32)
    turned = shape @ np.array([[0, 3], [-3, 0]], np.float32) + 100
    things = [np.column_stack([points, np.full(4, 2)]) for points in (shape, turned, turned + 7)]
    places = skeletons.places(Skeleton.of(["a", "b", "c", "d", "never"]), [np.pad(t, ((0, 1), (0, 0))) for t in things])
    np.testing.assert_allclose(places[:4], shape / 20, atol=0.002)
    assert places[4] is None


def test_without_labels_a_drawing_is_that_of_a_ready_skeleton():
    places = skeletons.places(COCO_17, [])
    assert places == skeletons.PLACES["person"]
    assert places[5][0] > places[6][0]  # the person's left is on our right


def test_what_was_sent_becomes_a_set_and_the_files_are_let_go(desk):
    shares = []
    tokens = [sent(desk, "a.png", png(1)), sent(desk, "b.png", png(2))]
    made = take(desk, tokens, shares.append, name="mine")
    assert made["brought"]["added"] == 2 and made["brought"]["format"] == "pictures"
    assert desk.sets.open(made["token"]).name == "mine" and shares[0] == 0 and shares[-1] == 1
    with pytest.raises(ValueError, match="no longer here"):
        desk.file(tokens[0])


def test_more_is_added_and_what_was_there_is_told(desk):
    token = lamps(desk)
    again = take(desk, [sent(desk, "other name.png", png(1)), sent(desk, "two.png", png(2))], set=token)
    assert again["brought"]["added"] == 1 and len(again["brought"]["duplicates"]) == 1
    assert ask(desk, "bring.summary", set=token)["labeled"] == 1


def test_what_cannot_be_read_leaves_no_set_and_the_old_one_as_it_was(desk):
    token = lamps(desk)
    for values in ({}, {"set": token}):
        with pytest.raises(ValueError) as told:
            take(desk, [sent(desk, "letter.txt", b"Dear all, this is no picture.")], **values)
        assert "\n" not in str(told.value) and str(desk.sets.folder) not in str(told.value)
    assert [one.token for one in desk.sets.listed(everything=True)] == [token]
    assert ask(desk, "bring.summary", set=token)["pictures"] == 1


def test_who_cancels_while_it_is_read_has_no_set(desk, tmp_path):
    def gone(share: float) -> None:
        if share:
            raise Cancelled

    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"{number}.png", png(number))
    with pytest.raises(Cancelled):
        take(desk, [sent(desk, "many.zip", path.read_bytes())], gone)
    assert desk.sets.listed(everything=True) == []


@pytest.mark.parametrize("values", [{"files": []}, {"files": "x"}, {"frames": 0}, {"frames": "9"}, {"frames": 10**6}])
def test_a_question_that_makes_no_sense_is_one_line(desk, values):
    with pytest.raises(ValueError, match="files are 1 to|of a video 1 to"):
        take(desk, **({"files": ["x"]} | values))
