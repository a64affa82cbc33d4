"""What the step "Label" answers: pictures, strokes, proposals, the least certain picture, the export."""

from __future__ import annotations

import json
import secrets
import time

import numpy as np
import pytest
from studio_fixtures import POSE_HEAD, drawn

import hrnet
from apps.desk import Desk
from apps.model import Model
from apps.views import teach
from apps.views.teach import label, label_networks
from hrnet import data, image
from hrnet.draw import VISIBLE
from hrnet.geometry import OFFICIAL, UDP, Box, whole
from hrnet.sets import SetError, Sets, Thing, bring
from hrnet.skeleton import COCO_17, Skeleton
from hrnet.spec import W8
from hrnet.topdown import TopDown
from hrnet.weights import Metadata, save

FACE = Skeleton.of(["tail", "nose", "Left Eye", "eye_right"], name="face")
LAMP = Skeleton.of(["foot", "shade"], name="desk lamp")


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HRNET_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def model(weights):
    with Model(str(weights["pose"]), str(weights["finder"])) as model:
        yield model


@pytest.fixture
def desk(model, tmp_path, home):
    return Desk(model, tmp_path / "server")


@pytest.fixture
def new_set(home, photo, tmp_path):
    """Makes a set of pictures that are unlike each other, in the folder where the desk looks for sets."""

    def make(skeleton=FACE, count=3):
        kept = Sets().create("faces of a tail", skeleton)
        for number in range(count):
            image.write(tmp_path / "brought" / f"{number}.png", np.roll(photo, 40 * number, axis=1))
        bring.bring(kept, tmp_path / "brought")
        return kept

    (tmp_path / "brought").mkdir()
    return make


@pytest.fixture
def ask(desk):
    """A question as the page asks it, and its answer as JSON carries it."""

    def go(kept, do, **values):
        answer = teach.answer(desk, {"set": kept.token, "do": f"label.{do}", **values}, lambda share: None)
        return json.loads(json.dumps(answer))

    return go


def trained(home, kept, joints=("shade", "foot")):
    """What a run of a set leaves: a network of its own joints."""
    folder = home / "runs" / secrets.token_urlsafe(16)
    (folder / "run").mkdir(parents=True)
    request = {"set": kept.token, "name": kept.name, "options": [], "created": time.time(), "title": "lamps"}
    (folder / "request.json").write_text(json.dumps(request | {"device": "cpu"}))
    metadata = Metadata("pose", W8, Skeleton.of(joints), (64, 64), OFFICIAL)
    save(folder / "run" / "best.safetensors", drawn(W8, len(joints), POSE_HEAD), metadata)
    return folder


def thing(*points, **more):
    return {"keypoints": [list(point) for point in points], **more}


POINTS = ((10, 20, 2), (30, 40, 1), (0, 0, 0), (50, 60, 2))


def test_a_stroke_is_on_the_disk_when_it_is_answered(ask, new_set):
    kept = new_set()
    answer = ask(kept, "stroke", picture=1, revision=0, things=[thing(*POINTS)])
    assert answer == {"picture": 1, "revision": 1, "things": 1, "labeled": 3, "joints": 4}
    (again,) = Sets().open(kept.token).things(1)
    np.testing.assert_array_equal(again.keypoints, POINTS)
    assert again.made and again.by == "person"
    assert ask(kept, "open", picture=1)["revision"] == 1


def test_a_stroke_over_somebody_elses_is_told_what_that_was_and_changes_nothing(ask, new_set):
    kept = new_set()
    theirs = thing((1, 1, 2), (0, 0, 0), (0, 0, 0), (0, 0, 0))
    ask(kept, "stroke", picture=1, revision=0, things=[theirs])
    answer = ask(kept, "stroke", picture=1, revision=0, things=[thing(*POINTS)])
    assert answer["conflict"]["revision"] == 1
    assert answer["conflict"]["things"][0]["keypoints"] == theirs["keypoints"]
    assert kept.things(1)[0].labeled == 1


def test_a_picture_that_is_taken_out_leaves_the_list_and_comes_back(ask, new_set):
    kept = new_set()
    before = ask(kept, "list")["pictures"]
    out = ask(kept, "take_out", picture=1)
    assert (out["picture"], out["name"]) == (1, before[0]["name"]) and out["pictures"] == before[1:]
    back = ask(kept, "put_back", picture=1)
    assert back["pictures"] == before
    for one in (99, "1", None):
        with pytest.raises(SetError, match="no picture"):
            ask(kept, "put_back", picture=one)


def test_what_a_file_said_of_a_thing_survives_the_way_to_the_page_and_back(ask, new_set):
    kept = new_set()
    said = Thing(np.array(POINTS), box=Box(5, 5, 60, 70), by="file", area=321.0, ignore=True)
    kept.stroke(1, 0, [said])
    opened = ask(kept, "open", picture=1)
    ask(kept, "stroke", picture=1, revision=opened["revision"], things=opened["things"])
    (again,) = kept.things(1)
    assert again.values() == said.values()


def test_a_list_and_a_sheet_show_every_picture(ask, new_set, desk, photo):
    kept = new_set()
    ask(kept, "stroke", picture=2, revision=0, things=[thing(*POINTS), thing(*POINTS)])
    rows = ask(kept, "list")["pictures"]
    assert [(row["id"], row["labeled"], row["joints"]) for row in rows] == [(1, 0, 0), (2, 6, 8), (3, 0, 0)]
    sheet = ask(kept, "sheet", pictures=[3, 1])
    pixels = image.read(desk.made(sheet["url"].rpartition("/")[2]).content).astype(int)
    height, width = sheet["cell"]
    assert pixels.shape == (height, sheet["columns"] * width, 3)
    for place, number in enumerate((2, 0)):
        cell = pixels[:, place * width : (place + 1) * width]
        assert abs(cell.mean((0, 1)) - np.roll(photo, 40 * number, axis=1).mean((0, 1))).max() < 12
    assert abs(pixels[:, 2 * width + 16 :] - 128).max() < 3  # a JPEG: beside its edge a picture shines through


def test_an_opened_picture_has_all_its_pixels_and_one_address(ask, new_set, desk, photo):
    kept = new_set()
    opened = ask(kept, "open", picture=1)
    assert (opened["width"], opened["height"], opened["number"], opened["count"]) == (320, 240, 1, 3)
    shown = image.read(desk.made(opened["url"].rpartition("/")[2]).content)
    assert shown.shape == photo.shape and abs(shown.astype(int) - photo).mean() < 4
    assert ask(kept, "open", picture=1)["url"] == opened["url"]


def test_the_network_of_the_server_proposes_the_joints_that_it_knows_by_name(ask, new_set, desk, photo):
    answer = ask(kept := new_set(), "propose", picture=1, boxes=[[40, 30, 150, 180]])
    assert answer["by"] == {"name": "pose", "run": None, "known": 3, "joints": 4}
    ((tail, *face),) = [one["points"] for one in answer["proposals"]]
    assert tail is None
    (person,) = desk.model.estimator(photo, boxes=np.array([[40, 30, 150, 180]]))
    known = person.keypoints[[COCO_17.index(name) for name in ("nose", "left_eye", "right_eye")]]
    for point, expected in zip(face, known, strict=True):
        assert (point is None) == (expected[2] <= VISIBLE)
        if point:
            assert point == pytest.approx(expected.clip((0, 0, 0), (319, 239, 9)), abs=0.01)
    assert kept.things(1) == ()  # nothing of it is saved


def test_without_a_box_everybody_who_is_found_is_proposed(ask, new_set, desk, photo):
    answer = ask(new_set(), "propose", picture=1, boxes=[])
    boxes = [person.box.xywh for person in desk.model.estimator(photo)]
    assert len(boxes) > 0
    np.testing.assert_allclose([one["box"] for one in answer["proposals"]], boxes, atol=0.01)


def test_joints_that_nobody_knows_are_not_proposed(ask, new_set):
    answer = ask(new_set(LAMP), "propose", picture=1, boxes=[None])
    assert answer == {"picture": 1, "proposals": [], "by": None}


def test_after_a_run_its_network_proposes_by_name_and_in_the_sets_order(ask, new_set, home, photo):
    kept = new_set(LAMP)
    folder = trained(home, kept)
    answer = ask(kept, "propose", picture=1, boxes=[[40, 30, 150, 180]])
    assert answer["by"]["run"] == folder.name and answer["by"]["known"] == 2
    own = hrnet.load(folder / "run" / "best.safetensors", finder=None)
    shade, foot = own(photo, boxes=np.array([[40, 30, 150, 180]]))[0].keypoints
    for point, expected in zip(answer["proposals"][0]["points"], (foot, shade), strict=True):
        if expected[2] > VISIBLE:
            assert point == pytest.approx(expected.clip((0, 0, 0), (319, 239, 9)), abs=0.01)
        else:
            assert point is None


def test_the_network_of_another_sets_run_is_not_used(ask, new_set, home):
    kept = new_set(LAMP)
    trained(home, Sets().create("others", LAMP))
    assert ask(kept, "propose", picture=1, boxes=[])["by"] is None


def test_the_least_certain_picture_is_next_with_the_reason(ask, new_set, home, photo, monkeypatch):
    monkeypatch.setattr(label, "SECONDS", 60)
    kept = new_set(LAMP)
    folder = trained(home, kept)
    answer = ask(kept, "next", picture=1)
    assert (answer["left"], answer["looked"]) == (2, 2)
    own = hrnet.load(folder / "run" / "best.safetensors", finder=None).topdown
    network = label_networks.Teacher("", "r", "", (1, 0), lambda make: make(own), lambda _: [])
    doubts = {id: network.doubt(np.roll(photo, 40 * (id - 1), axis=1), []) for id in (2, 3)}
    assert answer["picture"] == max(doubts, key=lambda id: doubts[id].share)
    assert answer["reason"] == doubts[answer["picture"]].reason


def test_a_network_that_answers_picture_and_mirror_alike_is_in_no_doubt():
    class Even:
        """A network whose answer to the mirrored crop is the mirrored answer, but for one joint."""

        def __init__(self, off=0):
            self.off, self.calls = off, 0

        def __call__(self, crops):
            maps = np.zeros((len(crops), 2, 16, 16), np.float32)
            maps[:, :, 8, 5 if self.calls == 0 else 10] = 0.9  # 15 - 5
            if self.calls and self.off:
                maps[:, 1] = np.roll(maps[:, 1], self.off, axis=-1)
            self.calls += 1
            return maps

    def doubt(off):
        metadata = Metadata("pose", W8, LAMP, (64, 64), UDP, decoder="argmax")  # under UDP the mirror is exact
        topdown = TopDown(Even(off), metadata)
        teacher = label_networks.Teacher("", "r", "", (0, 1), lambda make: make(topdown), lambda _: [])
        photo = np.zeros((64, 64, 3), np.uint8)
        return teacher.doubt(photo, [whole(photo)])

    assert doubt(0).share == pytest.approx(0, abs=1e-6)
    far = doubt(3)
    assert far.reason["kind"] == "mirror" and far.reason["joints"][0] == 1 and far.reason["pixels"] > 10
    assert far.share == pytest.approx(0.5, abs=0.01)


def test_without_a_network_the_next_picture_is_the_next_without_labels(ask, new_set):
    kept = new_set(LAMP)
    both = [thing((1, 1, 2), (2, 2, 2))]
    ask(kept, "stroke", picture=2, revision=0, things=both)
    answer = ask(kept, "next", picture=1)
    assert (answer["picture"], answer["left"], answer["reason"]) == (3, 1, {"kind": "order"})
    ask(kept, "stroke", picture=3, revision=0, things=[thing((1, 1, 2), (0, 0, 0))])
    ask(kept, "stroke", picture=1, revision=0, things=both)
    assert ask(kept, "next", picture=1)["picture"] == 3  # every picture has some; this one lacks a joint
    ask(kept, "stroke", picture=3, revision=1, things=both)
    assert ask(kept, "next", picture=1)["picture"] is None


@pytest.mark.parametrize(
    ("wanted", "place"),
    [("LeftEye", 1), ("left eye", 1), ("l_eye", 1), ("eye.L", 1), ("right_eye", 2), ("Nose", 0), ("eye", None)],
)
def test_joints_are_the_same_however_their_names_are_written(wanted, place):
    assert label_networks.same_joints([wanted], ["nose", "left_eye", "right_eye"]) == (place,)


def test_names_without_letters_are_only_the_same_as_themselves():
    assert label_networks.same_joints(["_", "鼻子", "2"], ["-", "鼻子", "1"]) == (None, 1, None)


def test_the_export_reads_back_as_the_same_labels(ask, new_set, desk):
    kept = new_set()
    ask(kept, "stroke", picture=1, revision=0, things=[thing(*POINTS)])
    answer = ask(kept, "export")
    assert answer["name"] == "faces-of-a-tail-coco.zip"
    (person,) = data.read(desk.file(answer["url"].rpartition("/")[2])).samples
    np.testing.assert_array_equal(person.keypoints, POINTS)


@pytest.mark.parametrize(
    ("do", "values", "line"),
    [
        ("open", {"picture": 99}, "no picture 99"),
        ("open", {"picture": True}, "named by its number"),
        ("sheet", {"pictures": []}, "1 to 40 pictures"),
        ("sheet", {"pictures": "all"}, "1 to 40 pictures"),
        ("stroke", {"picture": 1, "revision": "new", "things": []}, "revision is a whole number"),
        ("stroke", {"picture": 1, "revision": 0, "things": {}}, "things are a list"),
        ("stroke", {"picture": 1, "revision": 0, "things": [{}]}, "a thing has keypoints"),
        ("stroke", {"picture": 1, "revision": 0, "things": [thing((1, 1, 2))]}, "4"),
        ("propose", {"picture": 1, "boxes": [[1, 2]]}, "a box is x, y, width, height"),
        ("propose", {"picture": 1, "boxes": [[1, 2, -3, 4]]}, "a box is x, y, width, height"),
        ("propose", {"picture": 1, "boxes": [[999, 2, 3, 4]]}, "outside"),
    ],
)
def test_what_cannot_be_is_refused_with_one_line(ask, new_set, do, values, line):
    with pytest.raises(ValueError, match=line) as refused:
        ask(new_set(), do, **values)
    assert "\n" not in str(refused.value)


def test_a_set_without_its_token_is_nobodys(ask, new_set, desk):
    new_set()
    with pytest.raises(SetError, match="no such set"):
        teach.answer(desk, {"do": "label.list", "set": "x" * 22}, lambda share: None)


def test_a_picture_that_cannot_be_read_is_gray_on_the_sheet_and_named_when_opened(ask, new_set):
    kept = new_set()
    kept.picture(2).path.write_bytes(b"no picture")
    label._small.make_room(10**12)
    assert ask(kept, "sheet", pictures=[1, 2, 3])["pictures"] == [1, 2, 3]
    with pytest.raises(ValueError, match="^1.png: "):
        ask(kept, "open", picture=2)
