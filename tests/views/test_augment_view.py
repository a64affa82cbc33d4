"""The bench "Augment" without a browser: what was drawn, left out, chosen by hand, compared, written and drawn anew."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from apps.desk import Desk
from apps.views import augment
from apps.views.augment.asked import OFFERED, PARTS, Asked
from apps.views.augment.tiles import tiles
from hrnet import data, image, scenes
from hrnet.augment import PRESETS, HorizontalFlip, Sample
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, to_coco
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.skeleton import COCO_17, MPII_16, Skeleton

SIZE = (256, 192)
BOX = [30.0, 20.0, 70.0, 120.0]
ARRAYS = ("crop", "target", "weights", "tensor")


def told(share: float) -> None:
    assert 0 <= share <= 1


@pytest.fixture
def photo():
    return np.random.default_rng(1).integers(0, 256, (180, 150, 3), np.uint8)


@pytest.fixture
def keypoints():
    """Seventeen joints within BOX, the fourth unlabeled, the tenth hidden."""
    rng = np.random.default_rng(2)
    joints = np.column_stack([rng.uniform(32, 98, 17), rng.uniform(24, 136, 17), np.full(17, 2)]).round(2)
    joints[3] = 0
    joints[9, 2] = 1
    return joints.tolist()


@pytest.fixture
def desk(tmp_path, photo):
    found = [Person(Box(*BOX), np.column_stack([np.full((17, 2), 50.0), np.linspace(0, 0.9, 17)]), 0.8)]
    model = SimpleNamespace(
        loan=None,
        cards=(SimpleNamespace(metadata=SimpleNamespace(role="pose", skeleton=COCO_17)),),
        ask=lambda read, show: show(SimpleNamespace(skeleton=COCO_17), read().photo, found),
    )
    return Desk(model, tmp_path)


@pytest.fixture
def token(desk, photo):
    name, path = desk.place("me.png")
    image.write(path, photo)
    return name


@pytest.fixture
def question(token, keypoints):
    return {
        "photo": token, "labels": "network", "box": BOX, "keypoints": keypoints, "preset": "official", "seed": 15,
    }  # fmt: skip


@pytest.fixture
def ask(desk, question):
    return lambda kind="steps", **values: augment.answer(desk, {**question, "ask": kind, **values}, told)


@pytest.fixture
def sample(photo, keypoints):
    joints = np.array(keypoints, np.float32)
    return Sample(photo, COCO_17, SIZE, Box(*BOX), joints, (joints[:, 2] > 0).astype(np.float32))


def same(a: Sample, b: Sample) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


# ---- walking -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OFFERED)
def test_where_nothing_is_changed_the_walk_is_the_presets_own_trace(name, sample):
    for seed in range(12):
        walked, traced = Asked(sample, PRESETS[name], seed).walk(), PRESETS[name].trace(sample, seed)
        assert [state.choice for state in walked] == [state.choice for state in traced]
        same(walked[-1].sample, traced[-1].sample)


BEFORE = {"half": (), "scale": ("half",), "rotation": ("half",), "shift": ("half",), "flip": ("half", "affine")}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", OFFERED)
def test_a_part_that_is_left_out_changes_no_other_draw_and_no_tile_before_it(sample, name, part):
    for seed in (3, 12):
        whole, cut = (unseen(Asked(sample, PRESETS[name], seed, frozenset(off))) for off in ((), (part,)))
        gone = {part, "joints"} if part == "half" else {part}
        assert cut["choices"] == {other: choice for other, choice in whole["choices"].items() if other not in gone}
        assert cut["drawn"] == whole["drawn"] == whole["choices"]
        for tile in BEFORE[part]:
            assert cut["tiles"][tile] == whole["tiles"][tile]


def unseen(asked: Asked) -> dict:
    """What the tiles say, without pictures."""
    return tiles(asked, asked.walk(), lambda pixels, kind: "")


def test_leaving_out_the_scale_of_the_walkthrough_gives_the_usual_padding_back(ask):
    hand = {"rotation": 0, "flip": False, "half": "none"}
    without = ask(preset="walkthrough", off=["scale"], hand=hand)["tiles"]["flip"]["affine"]
    of_125 = ask(preset="walkthrough", hand={**hand, "scale": 1.25})["tiles"]["flip"]["affine"]
    np.testing.assert_allclose(without, of_125, atol=1e-12)


def test_a_hand_replaces_a_draw_and_leaves_the_others(ask):
    drawn, moved = ask(), ask(hand={"rotation": -12.5})
    assert moved["choices"] == {**drawn["choices"], "rotation": -12.5}
    assert moved["drawn"] == drawn["choices"]
    assert moved["tiles"]["half"] == {**drawn["tiles"]["half"], "url": moved["tiles"]["half"]["url"]}
    assert moved["tiles"]["affine"]["affine"] != drawn["tiles"]["affine"]["affine"]


def test_a_shift_by_hand_draws_nothing_from_the_seed(ask):
    drawn, moved = ask(), ask(hand={"shift": [0.1, -0.05]})
    assert moved["choices"] == {**drawn["choices"], "shift": (0.1, -0.05)}


def test_half_a_body_by_hand_is_its_labeled_joints(ask):
    assert ask(hand={"half": "upper"})["choices"]["joints"] == [i for i in COCO_17.upper_body if i != 3]
    assert ask(hand={"half": "lower"})["choices"]["joints"] == list(COCO_17.lower_body)


def test_half_a_body_by_hand_needs_two_labeled_joints(ask, keypoints):
    alone = [row if i == 0 else [0, 0, 0] for i, row in enumerate(keypoints)]
    said = ask(keypoints=alone, hand={"half": "upper"})
    assert said["choices"]["half"] == "none" and said["choices"]["joints"] == []
    assert said["tiles"]["half"]["box"] == BOX


def test_a_joint_that_leaves_the_crop_has_weight_0_and_an_empty_map(ask, keypoints):
    keypoints[0] = [400.0, 30.0, 2]
    said = ask(keypoints=keypoints, hand={"flip": False, "half": "none", "scale": 1.0, "rotation": 0})
    assert [joint["weight"] for joint in said["joints"]] == [0, 1, 1, 0] + [1] * 13
    assert said["joints"][0]["peak"] == 0 and said["joints"][1]["peak"] == 1


def test_a_flip_puts_the_label_of_the_other_side_in_each_place(ask):
    said = ask(hand={"flip": True})
    assert [joint["joint"] for joint in said["joints"]] == COCO_17.mirror.tolist()


def test_the_walkthrough_counts_a_visible_wrist_thrice_and_a_hidden_one_half_of_that(ask):
    said = ask(preset="walkthrough", hand={"flip": False, "half": "none", "scale": 1.2, "rotation": 0})
    assert (said["joints"][9]["weight"], said["joints"][10]["weight"]) == (1.5, 3.0)


# ---- pictures ------------------------------------------------------------------------------------------------------


def test_the_pictures_are_the_crop_the_maps_and_the_tensor(ask, desk, sample):
    said = ask()
    last = PRESETS["official"].trace(sample, 15)[-1].sample
    pictures = {name: read(desk, tile["url"]) for name, tile in said["tiles"].items()}
    np.testing.assert_array_equal(pictures["flip"], last.crop)
    atlas = last.target.transpose(1, 0, 2).reshape(64, 17 * 48)
    np.testing.assert_allclose(pictures["heat"][..., 0] / 255, atlas, atol=0.5 / 255 + 1e-6)
    low, high = said["levels"]["low"], said["levels"]["high"]
    shown = pictures["tensor"].transpose(2, 0, 1) / 255 * (high - low) + low
    np.testing.assert_allclose(shown, last.tensor, atol=0.51 / 255 * (high - low))
    np.testing.assert_allclose(said["levels"]["mean"], last.tensor.mean(axis=(1, 2)), atol=1e-6)


def read(desk: Desk, url: str) -> np.ndarray:
    return image.read(desk.made(url.removeprefix("/pictures/")).content)


def test_presets_are_compared_by_the_same_choices(ask):
    said = ask(hand={"rotation": 30.4, "scale": 0.9, "flip": True, "half": "upper"})
    by_name = {other["preset"]["name"]: other for other in said["compared"]}
    assert list(by_name) == ["official", "udp", "walkthrough"]
    assert by_name["official"]["tile"]["affine"] == said["tiles"]["flip"]["affine"]
    assert by_name["walkthrough"]["choices"]["rotation"] == 30  # whole degrees
    turns = {name: other["tile"]["affine"][1] for name, other in by_name.items()}
    angles = {
        name: np.degrees(np.arctan2(a, b)) for name, (a, b, _) in turns.items()
    }  # the second row: no mirror in it
    assert angles == pytest.approx({"official": -30.4, "udp": 30.4, "walkthrough": -30}, abs=0.1)


def test_what_is_left_out_is_left_out_of_the_compared_presets_too(ask):
    for other in ask(off=["rotation", "half"])["compared"]:
        assert not {"rotation", "half"} & other["choices"].keys()


# ---- the sheet -----------------------------------------------------------------------------------------------------


def test_the_sheet_draws_what_the_stepper_draws_with_the_same_seeds(ask, desk):
    said = ask("sheet", seed=100, hand={"scale": 2.0})
    assert [draw["seed"] for draw in said["draws"]] == list(range(100, 164))
    assert read(desk, said["url"]).shape == (8 * 128, 8 * 96, 3)
    for i in (0, 1, 37):
        step = ask(seed=100 + i)
        assert said["draws"][i]["choices"] == step["choices"]
        assert said["draws"][i]["weights"] == [joint["weight"] for joint in step["joints"]]
        assert said["draws"][i]["points"] == step["tiles"]["flip"]["points"]


def test_the_sheet_is_not_drawn_to_its_end_for_somebody_who_left(desk, question):
    class Left(Exception):
        pass

    def gone(share):
        raise Left

    with pytest.raises(Left):
        augment.answer(desk, {**question, "ask": "sheet"}, gone)


# ---- as Python -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"off": ["scale", "half"]},
        {"hand": {"half": "lower", "shift": [0.12, -0.3], "rotation": 17.25, "flip": True}},
    ],
    ids=["as drawn", "left out", "by hand"],
)
@pytest.mark.parametrize("name", OFFERED)
def test_the_python_gives_the_same_arrays(desk, question, photo, tmp_path, monkeypatch, name, changed):
    values = {**question, "preset": name, "seed": 12, **changed}
    script = augment.answer(desk, {**values, "ask": "steps"}, told)["python"]
    image.write(tmp_path / "me.png", photo)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(script, names)
    same(names["sample"], Asked.read(desk, values).walk()[-1].sample)


def test_the_python_of_joints_that_have_no_name_here_describes_them(tmp_path, monkeypatch, photo):
    skeleton = Skeleton.of(["head", "left_paw", "right_paw"])
    desk = labeled_desk(tmp_path, photo, skeleton, [[40, 30, 2], [50, 60, 1], [70, 90, 2]])
    said = augment.answer(desk, {"ask": "set", "number": 0}, told)
    values = {**said, **said["people"][0], "preset": "udp", "seed": 3}
    script = augment.answer(desk, {**values, "ask": "steps"}, told)["python"]
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(script, names)
    assert names["sample"].skeleton == skeleton
    same(names["sample"], Asked.read(desk, values).walk()[-1].sample)


# ---- sources -------------------------------------------------------------------------------------------------------


def test_an_example_comes_with_the_joints_it_was_drawn_with(desk):
    said = augment.answer(desk, {"ask": "people", "photo": "example-gym"}, told)
    drawn = scenes.example("gym")
    assert said["labels"] == "drawn" and (said["height"], said["width"]) == drawn.photo.shape[:2]
    assert len(said["people"]) == len(drawn.boxes) == 2
    largest = max(range(2), key=lambda i: drawn.boxes[i].area)
    np.testing.assert_allclose(said["people"][0]["keypoints"], drawn.keypoints[largest], atol=0.0051)


def test_in_a_photo_the_network_says_who_is_there_and_only_its_sure_joints_are_labels(desk, token):
    said = augment.answer(desk, {"ask": "people", "photo": token}, told)
    assert said["labels"] == "network"
    assert [row[2] for row in said["people"][0]["keypoints"]] == [0] * 4 + [2] * 13


def test_a_scene_is_that_of_the_drawn_set(desk, tmp_path):
    said = augment.answer(desk, {"ask": "scene", "number": 1}, told)
    poses = scenes.draw_set(tmp_path / "set", 2)
    labels = [one for one in poses.samples if one.photo == 1]
    assert len(said["people"]) == len(labels)
    boxes = sorted((one.box.xywh.tolist() for one in labels), key=lambda box: -box[2] * box[3])
    assert [one["box"] for one in said["people"]] == boxes
    shown, stored = desk.photo(said["photo"]).astype(int), poses.photos[1].read()
    assert abs(shown - stored).mean() < 4  # the set is JPEGs


def labeled_desk(folder, photo, skeleton, joints) -> Desk:
    image.write(folder / "one.png", photo)
    box, keypoints = Box(*BOX), np.array(joints, np.float32)
    person = LabeledPerson(1, 0, box, keypoints, (keypoints[:, 2] > 0).astype(np.float32))
    poses = PoseSet(skeleton, (PhotoFile(1, folder / "one.png", size=photo.shape[:2]),), (person,))
    (folder / "labels.json").write_text(json.dumps(to_coco(poses, folder)))
    return Desk(SimpleNamespace(cards=()), folder / "desk", data.read(folder / "labels.json"))


def test_a_loaded_set_gives_its_photos_and_labels_by_number(tmp_path, photo):
    (tmp_path / "desk").mkdir()
    joints = [[30.5 + i, 40.0 + 5 * i, i % 3] for i in range(16)]
    desk = labeled_desk(tmp_path, photo, MPII_16, [[x * (v > 0), y * (v > 0), v] for x, y, v in joints])
    assert augment.answer(desk, {"ask": "sources"}, told) == {"ask": "sources", "scenes": 1000, "set": 1}
    said = augment.answer(desk, {"ask": "set", "number": 0}, told)
    assert (said["labels"], said["name"], said["skeleton"]["joints"]) == ("set", "one.png", list(MPII_16.joints))
    np.testing.assert_array_equal(desk.photo(said["photo"]), photo)
    assert [row[2] for row in said["people"][0]["keypoints"]] == [i % 3 for i in range(16)]
    again = augment.answer(desk, {"ask": "set", "number": 0}, told)
    assert again["photo"] == said["photo"]  # not copied for every visitor


# ---- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"ask": "walk"}, "ask is one of sources, people"),
        ({"ask": "set", "number": 0}, "start the server with --set"),
        ({"ask": "scene", "number": 1000}, "number is a whole number from 0 to 999, got 1000"),
        ({"ask": "scene", "number": True}, "number is a whole number"),
        ({"photo": "../../etc/passwd"}, "no longer here"),
        ({"labels": "/etc"}, "labels is one of drawn, network, set"),
        ({"preset": "strongest"}, "preset is one of official, udp, dark, walkthrough, got 'strongest'"),
        ({"seed": -1}, "seed is a whole number"),
        ({"seed": 1.5}, "seed is a whole number"),
        ({"box": [0, 0, 0, 10]}, "choose a person"),
        ({"box": [0, 0, float("nan"), 10]}, "choose a person"),
        ({"keypoints": [[1, 2, 2]]}, "keypoints are 17 times"),
        ({"keypoints": [[1, 2, 3]] * 17}, "keypoints are 17 times"),
        ({"keypoints": [[float("inf"), 2, 2]] * 17}, "keypoints are 17 times"),
        ({"keypoints": [[1, 2, 0]] * 17}, "no joint is labeled"),
        ({"off": ["warp"]}, "off is a list of half, scale"),
        ({"hand": {"scale": 0}}, "scale is a number from 0.3 to 3, got 0"),
        ({"hand": {"rotation": "90"}}, "rotation is a number"),
        ({"hand": {"shift": [0.1]}}, "shift is [x, y]"),
        ({"hand": {"flip": 1}}, "flip is true or false"),
        ({"hand": {"half": "left"}}, "half is one of none, upper, lower"),
        ({"hand": {"blur": 1}}, "hand has choices for"),
    ],
)
def test_a_wrong_question_is_answered_in_one_line(ask, values, line):
    with pytest.raises(ValueError, match=line.replace("[", r"\[")) as refused:
        ask(values.get("ask", "steps"), **values)
    assert "\n" not in str(refused.value)


def test_answers_are_plain_json(ask):
    for kind in ("steps", "sheet", "people"):
        json.dumps(ask(kind), allow_nan=False)


def test_the_flips_share_is_told_from_the_step_itself(ask):
    assert ask()["preset"]["flip"] == {"step": "HorizontalFlip", "p": HorizontalFlip().p}


def test_the_bench_needs_no_torch():
    script = "import sys, apps.views.augment.tiles; assert 'torch' not in sys.modules and 'gradio' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)
