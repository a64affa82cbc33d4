"""What one look at the figures tells: joint by joint, and what was answered on the same few pictures."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.geometry import UDP, Box
from hrnet.skeleton import Skeleton
from hrnet.spec import W8
from hrnet.training.look import PICTURES, Look, look, nearness, size_of
from hrnet.training.run import RunFolder
from hrnet.weights.checkpoint import Metadata

SKELETON = Skeleton.of(["nose", "left_ear", "right_ear"])
JOINTS = np.array([[20, 20, 2], [60, 20, 1], [20, 70, 2]], np.float32)  # the longer side is 50


def labeled(count=1, keypoints=JOINTS):
    photos = tuple(PhotoFile(100 + n, Path(f"{n}.png"), size=(100, 100)) for n in range(count))
    person = LabeledPerson(0, 0, Box(10, 10, 60, 70), keypoints, np.ones(3, np.float32))
    return PoseSet(SKELETON, photos, tuple(replace(person, id=n, photo=n) for n in range(count)))


class Answers:
    """Instead of a network and its preprocessing."""

    metadata = Metadata("pose", W8, SKELETON, (64, 64), UDP)

    def __init__(self, offset=(0.0, 0.0)):
        self.offset = offset

    def __call__(self, photos, boxes):
        found = JOINTS + np.array([*self.offset, 0], np.float32)
        found[:, 2] = 0.9
        return [np.stack([found] * len(some)) for some in boxes]

    def affine(self, box):
        from hrnet.geometry import crop_affine

        return crop_affine(box, (64, 64), UDP)


def picture(place):
    return np.zeros((100, 100, 3), np.uint8)


def test_a_joint_is_found_within_a_tenth_of_the_longer_side_of_the_tight_box():
    off = np.array([[[4.9, 0], [5.1, 0], [0, 0]]])
    answers = np.concatenate([JOINTS[None, :, :2] + off, np.ones((1, 3, 1))], axis=2)
    figures, joints = nearness(labeled(), [0], answers)
    assert figures["PCK"] == pytest.approx(2 / 3)
    assert [joints[name]["PCK"] for name in SKELETON.joints] == [1.0, 0.0, 1.0]


def test_oks_of_a_joint_is_the_similarity_of_coco():
    answers = np.concatenate([JOINTS[None, :, :2] + [3, 4], np.ones((1, 3, 1))], axis=2)
    figures, joints = nearness(labeled(), [0], answers)
    expected = np.exp(-25 / (2 * (2 * 0.067) ** 2 * 60 * 70))
    assert joints["nose"]["OKS"] == pytest.approx(expected) and figures["OKS"] == pytest.approx(expected)


def test_a_joint_without_a_label_has_no_figure_and_counts_nowhere():
    keypoints = JOINTS.copy()
    keypoints[1] = 0
    answers = np.full((1, 3, 3), 1e6)
    answers[0, [0, 2]] = JOINTS[[0, 2]]
    figures, joints = nearness(labeled(keypoints=keypoints), [0], answers)
    assert figures == {"PCK": 1.0, "OKS": 1.0} and joints["left_ear"] == {"PCK": None, "OKS": None}
    assert nearness(labeled(), [], np.empty((0, 3, 3)))[0] == {"PCK": -1.0, "OKS": -1.0}


def test_a_thing_with_one_joint_is_as_large_as_its_box():
    alone = JOINTS.copy()
    alone[1:] = 0
    assert size_of(alone, Box(0, 0, 30, 40)) == 40 and size_of(JOINTS, Box(0, 0, 300, 400)) == 50


def test_the_deciding_figure_stands_first_and_all_are_there():
    looked = look(Answers(), labeled(3), picture, first="OKS")
    assert next(iter(looked.figures)) == "OKS" and {"AP", "AR", "PCK"} <= looked.figures.keys()
    assert looked.figures["AP"] == pytest.approx(1) and looked.figures["PCK"] == 1
    assert looked.joints["nose"] == {"PCK": 1.0, "OKS": 1.0}


def test_the_same_few_pictures_are_kept_with_what_the_network_sees():
    one, other = (look(Answers(offset), labeled(11), picture).seen for offset in ((0, 0), (9, 9)))
    assert [seen["id"] for seen in one] == [seen["id"] for seen in other] == [100, 103, 107, 110]
    assert len(one) == PICTURES
    (person,) = other[1]["people"]
    np.testing.assert_allclose(person["keypoints"][0], [29, 29, 0.9], atol=1e-6)
    np.testing.assert_allclose(person["labeled"], JOINTS)
    assert np.shape(person["affine"]) == (2, 3) and other[1]["input_size"] == [64, 64]
    assert len(look(Answers(), labeled(2), picture).seen) == 2


def test_a_task_that_tells_figures_alone_has_looked_too():
    assert Look.of({"AP": 0.5}) == Look({"AP": 0.5}) and Look.of(Look({"AP": 1.0})).seen == ()


def test_what_was_seen_lies_in_the_run_s_folder_by_step_and_picture(tmp_path):
    run = RunFolder(tmp_path / "run", {})
    run.saw(20, look(Answers(), labeled(2), picture).seen)
    assert sorted(file.name for file in run.seen.iterdir()) == ["20-0.json", "20-1.json"]
    told = json.loads((run.seen / "20-1.json").read_text())
    assert (told["step"], told["id"], told["width"]) == (20, 101, 100)


def test_joints_and_pictures_of_every_look_are_told_and_kept(training):
    one = training()
    plain = one.task.validate
    one.task.validate = lambda network, device: Look(plain(network, device), {"nose": {"PCK": 0.5}}, ({"id": 7},))
    looks = [event for event in one.events() if type(event).__name__ == "Validated"]
    assert [event.joints for event in looks] == [{"nose": {"PCK": 0.5}}] * len(looks)
    assert {file.name for file in one.run.seen.iterdir()} == {f"{event.step}-0.json" for event in looks}
