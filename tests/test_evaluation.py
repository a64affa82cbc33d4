import gzip
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from made_people import made_set

from hrnet import evaluation
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, read_coco
from hrnet.data.coco import clean_box
from hrnet.evaluation import Protocol
from hrnet.geometry import Box
from hrnet.skeleton import MPII_16

GOLDEN = Path(__file__).parent / "golden"
FIGURES = ["AP", "AP50", "AP75", "AP-M", "AP-L", "AR", "AR50", "AR75", "AR-M", "AR-L"]


class Teller:
    """Stands where a TopDown stands and says the keypoints it was given for each box."""

    metadata = SimpleNamespace(input_size=(256, 192))

    def __init__(self, answers):
        self.answers = answers  # box -> (17, 3)
        self.photos_at_once = []

    def __call__(self, photos, boxes):
        self.photos_at_once.append(len(photos))
        return [np.array([self.answers[box] for box in some]) for some in boxes]


@pytest.fixture
def poses(tmp_path):
    """Twenty photos, the third of which shows nobody."""
    return made_set(tmp_path, [(100 + i, "home", "val", (2, 1, 0, 3)[i % 4]) for i in range(20)], (120, 320))


def perfect(poses):
    """Every box with the keypoints of its person, all of them found with a peak of .9."""
    answers = {}
    for person in poses.samples:
        box = clean_box(person.box, poses.photos[person.photo].size)
        answers[box] = np.column_stack([person.keypoints[:, :2], np.full(17, 0.9)]).astype(np.float32)
    return answers


def nothing_to_see(place):
    return np.zeros((8, 8, 3), np.uint8)


def test_perfect_detections_have_an_ap_and_ar_of_1(poses):
    teller = Teller(perfect(poses))
    progress = []
    boxes = evaluation.given_boxes(poses)
    detections = evaluation.detect(teller, poses, boxes, nothing_to_see, lambda *done: progress.append(done))
    assert len(detections) == len(poses.samples) == 30
    assert {round(d["score"], 6) for d in detections} == {0.9}
    found = evaluation.figures(poses, detections)
    assert list(found) == FIGURES
    assert {value for name, value in found.items() if value != -1} == {1.0} and found["AP"] == 1
    assert progress == [(16, 20), (20, 20)] and teller.photos_at_once == [12, 3]  # photos without boxes are not read


def test_a_missed_person_costs_recall_and_a_pose_of_somebody_else_costs_precision(poses):
    boxes, answers = evaluation.given_boxes(poses), perfect(poses)
    detections = evaluation.detect(Teller(answers), poses, boxes, nothing_to_see)
    assert evaluation.figures(poses, detections[1:])["AR"] == pytest.approx(29 / 30)
    worst = {box: points + [0, 60, 0] for box, points in answers.items()}
    assert evaluation.figures(poses, evaluation.detect(Teller(worst), poses, boxes, nothing_to_see))["AP"] < 0.01
    assert evaluation.figures(poses, [])["AP"] == 0


def test_scores_are_the_boxes_times_the_mean_joint_above_a_fifth_and_twins_are_dropped(poses):
    one = poses.only(lambda photo: photo.id == 101)
    ((box,),) = evaluation.given_boxes(one)
    points = perfect(one)[box]
    points[:5, 2] = 0.1
    better, worse = replace(box, score=0.8), replace(box, score=0.5)
    teller = Teller({better: points, worse: points + [0.5, 0, 0], box: points})
    (kept,) = evaluation.detect(teller, one, [[worse, better]], nothing_to_see)
    assert kept["score"] == pytest.approx(0.8 * 0.9)
    assert kept["image_id"] == 101 and kept["category_id"] == 1
    np.testing.assert_allclose(np.reshape(kept["keypoints"], (17, 3)), points, rtol=1e-6)


def test_boxes_follow_the_published_rule_crowds_ignored_people_and_people_without_joints_or_area_have_none(poses):
    one = poses.only(lambda photo: photo.id == 103)
    first, second, third = one.samples
    assert [len(boxes) for boxes in evaluation.given_boxes(one)] == [3]
    people = [
        (replace(first, crowd=True, ignore=True), 0),
        (replace(first, ignore=True), 0),
        (replace(first, keypoints=0 * first.keypoints), 0),
        (replace(first, area=0.0), 0),
        (replace(first, box=Box(400, 5, 9, 9)), 0),
        (replace(first, area=5.0), 1),
        (first, 1),
    ]
    for person, count in people:
        ((*boxes,),) = evaluation.given_boxes(replace(one, samples=(person,)))
        assert len(boxes) == count
    nameless = replace(one.photos[0], size=None)
    with pytest.raises(ValueError, match=r"00103\.png has no width and height in its labels"):
        evaluation.given_boxes(replace(one, photos=(nameless,)))


def test_ignored_people_are_neither_missed_nor_wrong(poses):
    one = poses.only(lambda photo: photo.id == 103)
    doubtful = replace(one, samples=(replace(one.samples[0], ignore=True), *one.samples[1:]))
    boxes = evaluation.given_boxes(one)
    detections = evaluation.detect(Teller(perfect(one)), one, boxes, nothing_to_see)
    assert evaluation.figures(doubtful, detections)["AP"] == 1  # found, and not counted
    assert evaluation.figures(doubtful, detections[1:])["AR"] == 1  # not found, and not missed


def test_a_photo_that_cannot_be_read_is_named_and_not_passed_over(poses):
    with pytest.raises(ValueError, match=r"00103\.png cannot be read; restore it"):
        evaluation.detect(
            Teller(perfect(poses)),
            poses,
            evaluation.given_boxes(poses),
            lambda place: None if place == 3 else nothing_to_see(place),
        )


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_stored_poses_get_the_published_scores_and_figures(kind):
    with gzip.open(GOLDEN / "coco_loader.json.gz") as file:
        golden = json.load(file)
    poses = read_coco(GOLDEN / "coco_gt.json")
    stored = zip(golden["evaluate"]["pred_xyc"], golden["evaluate"]["box_cxcy_sxsy_area_score"], strict=True)
    boxes: list[list[Box]] = [[] for _ in poses.photos]
    answers = {}
    place_of = {photo.id: place for place, photo in enumerate(poses.photos)}
    for record, (points, (x, y, width, height, _, score)) in zip(2 * golden["gt_records"], stored, strict=True):
        w, h = 200 / 1.25 * width, 200 / 1.25 * height
        box = Box(x - w / 2, y - h / 2, w, h, score)
        boxes[place_of[record["image_id"]]].append(box)
        answers[box] = np.array(points, np.float32)
    detections = evaluation.detect(Teller(answers), poses, boxes, nothing_to_see, protocol=Protocol(kind))
    expected = golden["evaluate"]["results"][kind]
    by_image = sorted(detections, key=lambda found: found["image_id"])
    assert [found["image_id"] for found in by_image] == [kept["image_id"] for kept in expected["kept"]]
    np.testing.assert_allclose(
        [found["score"] for found in by_image], [kept["score"] for kept in expected["kept"]], atol=5e-5
    )
    found = evaluation.figures(poses, detections)
    np.testing.assert_allclose(list(found.values()), expected["stats"], atol=1e-12)


def test_without_suppression_every_box_is_judged_and_thresholds_are_obeyed(poses):
    one = poses.only(lambda photo: photo.id == 101)
    ((box,),) = evaluation.given_boxes(one)
    points = perfect(one)[box]
    points[:5, 2] = 0.1
    twin = replace(box, score=0.5)
    teller = Teller({box: points, twin: points + [9, 0, 0]})

    def scores(protocol):
        return [d["score"] for d in evaluation.detect(teller, one, [[twin, box]], nothing_to_see, protocol=protocol)]

    assert scores(Protocol("off")) == pytest.approx([0.45, 0.9])
    assert len(scores(Protocol(oks_threshold=0.1))) == 1 and len(scores(Protocol(oks_threshold=1.0))) == 2
    assert scores(Protocol("off", counted_score=0.05)) == pytest.approx([mean / 17 for mean in (5.65, 11.3)])
    assert scores(Protocol("soft")) == pytest.approx([0.9, 0.45])  # in the order of the picks


def test_crowdpose_figures_come_by_the_crowd_index_of_the_photos(poses):
    index = (0.1, 0.5, 0.9)
    photos = tuple(replace(photo, crowding=index[place % 3]) for place, photo in enumerate(poses.photos))
    crowded = replace(poses, photos=photos)
    detections = evaluation.detect(Teller(perfect(poses)), poses, evaluation.given_boxes(poses), nothing_to_see)
    hard = {photo.id for photo in photos if photo.crowding == 0.9}
    found = evaluation.figures(crowded, [d for d in detections if d["image_id"] not in hard])
    assert (found["AP-easy"], found["AP-medium"], found["AP-hard"]) == (1, 1, 0)
    assert "AP-easy" not in evaluation.figures(poses, detections)


def test_pckh_is_measured_on_the_people_with_head_boxes():
    stored = json.loads((GOLDEN / "mpii_pckh.json").read_text())
    points = np.array(stored["pos_gt_src_one_based_16x2xN"]).transpose(2, 0, 1) - 1
    labeled = 1 - np.array(stored["jnt_missing_16xN"]).T
    corners = np.array(stored["headboxes_src_2x2xN"])
    people = tuple(
        LabeledPerson(
            n,
            n,
            Box(0, n, 50, 50),
            np.column_stack([points[n], labeled[n]]),
            labeled[n],
            uncut=True,
            head=Box(*corners[0, :, n], *(corners[1, :, n] - corners[0, :, n])),
        )
        for n in range(len(points))
    )
    mpii = PoseSet(MPII_16, tuple(PhotoFile(n, Path(f"{n}.jpg")) for n in range(len(points))), people)
    answers = {
        person.box: np.column_stack([predicted, np.ones(16)])
        for person, predicted in zip(people, stored["pred_zero_based_xy"], strict=True)
    }
    boxes = evaluation.given_boxes(mpii)
    detections = evaluation.detect(Teller(answers), mpii, boxes, nothing_to_see, protocol=Protocol("off"))
    tables = evaluation.head_figures(mpii, detections)
    assert tables["PCKh@0.5"] == pytest.approx(stored["result"], abs=1e-4)
    assert len(tables["PCKh@0.5 of each joint"]) == 16
    assert tables["both conventions of @0.1"]["Mean@0.1 (official, measured at 0.11)"] == tables["PCKh@0.5"]["Mean@0.1"]
    with pytest.raises(
        ValueError, match=f"one pose for each of the {len(people)} labeled boxes, got {len(people) - 1}"
    ):
        evaluation.head_figures(mpii, detections[1:])
    headless = replace(mpii, samples=tuple(replace(person, head=None) for person in people))
    with pytest.raises(ValueError, match="nobody in this set has a head box"):
        evaluation.head_figures(headless, detections)


@pytest.mark.parametrize(
    "wrong", [{"nms": "box"}, {"oks_threshold": 0}, {"oks_threshold": 1.5}, {"counted_score": math.nan}]
)
def test_an_impossible_protocol_is_refused(wrong):
    with pytest.raises(ValueError, match="choose one of hard, soft, off|an OKS threshold lies"):
        Protocol(**wrong)
