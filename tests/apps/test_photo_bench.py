import json

import numpy as np
import pytest

from apps.views import photo as bench
from hrnet import draw, image
from hrnet.data import read_coco
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.predict import read_boxes
from hrnet.skeleton import COCO_17


@pytest.fixture
def people() -> list[Person]:
    keypoints = np.column_stack([np.arange(17) * 3 + 20, np.arange(17) * 5 + 30, np.linspace(0.9, 0.1, 17)])
    return [Person(Box(10, 20, 60, 120, 0.8), keypoints.astype(np.float32), 0.5)]


def test_the_page_is_given_every_joint_and_one_table_for_each_person(photo, people):
    shown = bench.shown(photo, people, COCO_17)
    (picture,) = shown.pictures
    assert np.shares_memory(picture.pixels, photo)
    assert len(picture.marks.points) == 17 and len(picture.marks.lines) == len(COCO_17.limbs)
    assert picture.marks == draw.marks(people, COCO_17, threshold=bench.EVERY_JOINT)
    everybody, joints = shown.rows
    assert everybody.cells == ((1, 0.5, 0.8),)
    assert joints.cells[0] == ("nose", pytest.approx(0.9), 20, 30) and joints.joints == tuple(range(17))
    assert (shown.caption, shown.values["count"]) == ("photo.one", 1)
    assert bench.shown(photo, [], COCO_17).caption == "photo.nobody"


def test_the_json_can_be_handed_to_predict_as_boxes(photo, people, tmp_path):
    name, content = bench.download("json", "some photo.jpeg", photo, people, COCO_17)
    assert name == "some photo-people.json"
    (tmp_path / name).write_bytes(content)
    assert read_boxes(tmp_path / name) == {"some photo.jpeg": [Box(10, 20, 60, 120)]}
    assert json.loads(content) == [
        {"file": "some photo.jpeg", "width": 320, "height": 240, "people": [people[0].to_dict()]}
    ]


def test_coco_labels_the_joints_above_the_threshold_and_leaves_the_others_out(photo, people, tmp_path):
    name, content = bench.download("coco", "a.png", photo, people, COCO_17, visible=0.5)
    (tmp_path / name).write_bytes(content)
    (annotation,) = json.loads(content)["annotations"]
    sure = int((people[0].keypoints[:, 2] > 0.5).sum())
    assert annotation["num_keypoints"] == sure == 8 and annotation["score"] == 0.5
    assert annotation["keypoints"][: 3 * sure : 3] == [20 + 3 * k for k in range(sure)]
    assert annotation["keypoints"][3 * sure :] == [0] * 3 * (17 - sure)
    read = read_coco(tmp_path / name)
    assert (read.skeleton, read.problems, read.photos[0].size) == (COCO_17, (), (240, 320))
    (sample,) = read.samples
    np.testing.assert_allclose(sample.keypoints[:sure, :2], people[0].keypoints[:sure, :2])
    assert sample.box.xywh.tolist() == [10, 20, 60, 120]


@pytest.mark.parametrize(
    ("name", "expected"), [("a.jpg", "a-people.jpg"), ("A.PNG", "A-people.png"), ("b.tiff", "b-people.png")]
)
def test_the_drawn_picture_is_of_the_kind_of_the_photo_where_that_can_be_written(photo, people, name, expected):
    given, content = bench.download("picture", name, photo, people, COCO_17)
    assert given == expected
    drawn = image.read(content)
    assert drawn.shape == photo.shape
    if expected.endswith("png"):
        np.testing.assert_array_equal(drawn, draw.people(photo, people, COCO_17))


def test_an_unknown_download_is_refused(photo):
    with pytest.raises(ValueError, match="choose picture, json or coco"):
        bench.download("exe", "a.png", photo, [], COCO_17)
