import json

import cv2
import numpy as np
import pytest

from apps.desk import Desk
from apps.model import Model
from apps.views import photo as bench
from hrnet import draw, heatmap, image
from hrnet.data import read_coco
from hrnet.geometry import OFFICIAL, UDP, Box
from hrnet.person import Person
from hrnet.predict import read_boxes
from hrnet.skeleton import COCO_17
from hrnet.spec import W8
from hrnet.topdown import TopDown
from hrnet.weights import Metadata


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


# ---- what the page asks ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def desk(weights, tmp_path_factory) -> Desk:
    with Model(str(weights["pose"]), str(weights["finder"])) as model:
        yield Desk(model, tmp_path_factory.mktemp("desk"))


@pytest.fixture
def token(desk, photo) -> str:
    token, path = desk.place("me.png")
    path.write_bytes(image.encode(photo, "png"))
    return token


def ask(desk, **values) -> dict:
    """The answer as it arrives in the browser."""
    return json.loads(json.dumps(bench.answer(desk, values, lambda share: None), allow_nan=False))


def test_the_page_is_told_who_is_there_with_marks_and_without_pixels(desk, token, estimator, photo):
    answer = ask(desk, ask="people", photo=token)
    expected = estimator(photo)
    np.testing.assert_allclose(answer["boxes"], [[*someone.box.xywh, someone.box.score] for someone in expected])
    (picture,) = answer["shown"]["pictures"]
    assert (picture["width"], picture["height"]) == (320, 240) and len(picture["marks"]["points"]) == 34
    assert "pixels" not in picture and "url" not in picture


def test_boxes_of_a_hand_stay_as_they_are_and_others_are_searched_beside_them(desk, token, estimator, photo):
    mine = [0, 0, 30, 30]
    assert ask(desk, ask="people", photo=token, boxes=[[*mine, 0.3]])["boxes"] == [[*mine, 0.3]]
    boxes = ask(desk, ask="people", photo=token, boxes=[mine], more=True)["boxes"]
    assert boxes[0] == [*mine, 1.0]
    found = [[*someone.box.xywh, someone.box.score] for someone in estimator(photo)]
    np.testing.assert_allclose(boxes[1:], found, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"ask": "weather"}, "ask is one of people, heatmaps, download"),
        ({"ask": ["people"]}, "ask is one of"),
        ({"photo": "x"}, "no longer here"),
        ({"boxes": [[0, 0, 9]]}, "a box is"),
        ({"boxes": [[900, 0, 9, 9]]}, "outside of the photo"),
        ({"ask": "heatmaps"}, "a box is"),
        ({"ask": "heatmaps", "box": [0, 0, "9", 9]}, "a box is"),
        ({"ask": "download", "kind": "exe"}, "choose picture, json, coco"),
        ({"ask": "download", "kind": "json", "visible": "all"}, "visible is a number"),
    ],
)
def test_whatever_is_asked_the_answer_is_a_line(desk, token, change, line):
    with pytest.raises(ValueError, match=line):
        ask(desk, **{"ask": "people", "photo": token} | change)


def test_a_file_to_take_away_is_named_after_the_photo(desk, token):
    url = ask(desk, ask="download", kind="json", photo=token, boxes=[[0, 0, 320, 240]])["url"]
    path = desk.file(url.rpartition("/")[2])
    assert path.name == "me-people.json"
    assert json.loads(path.read_text())[0]["people"][0]["box"] == [0, 0, 320, 240]


# ---- heatmaps over the photo ----------------------------------------------------------------------------------------


def laid_over(shown: dict, sheet: np.ndarray, joint: int, size: tuple[int, int]) -> np.ndarray:
    """A joint's heatmap over a photo of that size, float (H, W): what the browser makes of an answer (heat.js)."""
    width, height = shown["sheet"]["cell"]
    low, high = shown["sheet"]["limits"][joint]
    heights = low + sheet[joint * height : (joint + 1) * height, :, 0].astype(np.float32) / 255 * (high - low)
    there = np.array(shown["to_photo"])
    return cv2.warpAffine(heights, there, size[::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT)


@pytest.mark.parametrize("rule", [OFFICIAL, UDP], ids=["official", "udp"])
@pytest.mark.parametrize("box", [Box(100, 40, 90, 120), Box(31.5, 17.25, 140, 200)], ids=["near", "large"])
def test_the_peak_of_a_heatmap_lies_within_a_pixel_of_its_joint_on_the_photo(box, rule):
    photo = np.zeros((240, 320, 3), np.uint8)
    metadata = Metadata("pose", W8, COCO_17, (256, 192), rule, decoder="dark", kernel=11)
    rng = np.random.default_rng(8)
    joints = np.column_stack([rng.uniform(20, 170, 17), rng.uniform(20, 235, 17), np.ones(17)]).astype(np.float32)
    kind = "udp" if rule is UDP else "unbiased"
    truth, _ = heatmap.encode(joints, (256, 192), kind=kind)
    topdown = TopDown(lambda crops: truth[None], metadata)
    (keypoints,) = topdown([photo], [[box]])
    sheets = []
    shown = bench.heatmaps(topdown, photo, box, lambda pixels, kind: sheets.append(pixels))
    for joint, (x, y, _) in enumerate(keypoints[0]):
        over = laid_over(shown, sheets[0], joint, (240, 320))
        if 0 <= x < 319 and 0 <= y < 239:
            row, column = np.unravel_index(over.argmax(), over.shape)
            assert np.hypot(column - x, row - y) <= 1, COCO_17.joints[joint]


def test_an_answer_has_the_heights_of_every_map(desk, token, estimator, photo):
    box = [40, 20, 120, 160]
    answer = ask(desk, ask="heatmaps", photo=token, box=box)
    crops, _ = estimator.topdown.crop([photo], [Box(*box)])
    maps = estimator.topdown.heatmaps(crops)[0]
    sheet = image.read(desk.made(answer["sheet"]["picture"].rpartition("/")[2]).content)
    low, high = np.array(answer["sheet"]["limits"]).T[:, :, None, None]
    heights = low + sheet[..., 0].reshape(maps.shape) / 255 * (high - low)
    assert (np.abs(heights - maps) <= (high - low) / 500).all() and answer["box"] == box
    np.testing.assert_allclose(answer["sheet"]["max"], maps.max((1, 2)))
