"""The command, run in this process with a stand-in for the networks; what the shipped networks see is another test."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from hrnet import COCO_17, UDP, Box, image
from hrnet.__main__ import main
from hrnet.estimator import Estimator
from hrnet.spec import W8
from hrnet.topdown import TopDown
from hrnet.weights import Metadata

META = Metadata(role="pose", spec=W8, skeleton=COCO_17, input_size=(64, 64), rule=UDP, decoder="argmax")


class OnePerPhoto:
    threshold = 0.5

    def __call__(self, photos, threshold=None):
        # a dark photo has nobody in it
        return [[Box(10, 10, 40, 60, 0.8)] if photo.mean() > 50 else [] for photo in photos]


@pytest.fixture(autouse=True)
def stand_in(monkeypatch):
    def load(weights="default", *, finder="default", engine=None, device=None, precision=None, flip=False):
        network = lambda crops: np.full((len(crops), 17, 16, 16), 0.7, np.float32)  # noqa: E731
        return Estimator(TopDown(network, META, flip), OnePerPhoto() if finder else None)

    monkeypatch.setattr("hrnet.predict.load", load)


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    rng = np.random.default_rng(0)
    image.write(folder / "a.png", rng.integers(100, 256, (90, 120, 3), np.uint8))
    image.write(folder / "b.jpg", np.zeros((80, 60, 3), np.uint8))
    image.write(folder / "more" / "a.png", rng.integers(100, 256, (50, 70, 3), np.uint8))
    return folder


def test_a_folder_gives_json_pictures_and_a_line_for_each_photo(photos, tmp_path, capsys):
    report, drawn = tmp_path / "deep" / "people.json", tmp_path / "drawn"
    assert main(["predict", str(photos), "--json", str(report), "--out", str(drawn)]) == 0
    records = json.loads(report.read_text())
    assert [record["file"] for record in records] == [
        str(photos / "a.png"),
        str(photos / "b.jpg"),
        str(photos / "more" / "a.png"),
    ]
    assert [len(record["people"]) for record in records] == [1, 0, 1]
    assert (records[0]["width"], records[0]["height"]) == (120, 90)
    assert records[0]["people"][0]["box"] == [10, 10, 40, 60]
    assert len(records[0]["people"][0]["keypoints"]) == 17
    assert sorted(path.name for path in drawn.iterdir()) == ["a-2.png", "a.png", "b.jpg"]
    assert not np.array_equal(image.read(drawn / "a.png"), image.read(photos / "a.png"))
    np.testing.assert_array_equal(image.read(drawn / "b.jpg"), image.read(photos / "b.jpg"))
    out = capsys.readouterr().out
    assert "b.jpg: no person found" in out and "a.png: 1 person" in out


def test_bad_files_get_one_line_each_and_the_good_ones_are_done(photos, tmp_path, capsys):
    (photos / "text.jpg").write_text("not a picture")
    (photos / "empty.png").touch()
    report = tmp_path / "people.json"
    missing = str(tmp_path / "nowhere.jpg")
    assert main(["predict", str(photos), missing, "--json", str(report)]) == 2
    complaints = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hrnet: ")]
    assert len(complaints) == 3
    for name in ("text.jpg", "empty.png", "nowhere.jpg"):
        assert sum(name in line for line in complaints) == 1
    assert len(json.loads(report.read_text())) == 3


def test_only_bad_input_is_exit_code_2_too(tmp_path, capsys):
    assert main(["predict", str(tmp_path)]) == 2
    assert "no picture in this folder" in capsys.readouterr().err


def test_drawing_into_the_folder_of_the_photos_overwrites_none(photos):
    before = (photos / "a.png").read_bytes()
    assert main(["predict", str(photos / "a.png"), "--out", str(photos)]) == 0
    assert (photos / "a.png").read_bytes() == before
    assert (photos / "a-people.png").is_file()


def test_whole_takes_the_picture_as_one_box_only_when_asked(photos, tmp_path):
    report = tmp_path / "p.json"
    assert main(["predict", str(photos / "b.jpg"), "--boxes", "whole", "--json", str(report)]) == 0
    (record,) = json.loads(report.read_text())
    assert [person["box"] for person in record["people"]] == [[0, 0, 60, 80]]


def test_boxes_are_read_from_predicts_own_json_and_from_coco(photos, tmp_path):
    own, coco, report = tmp_path / "own.json", tmp_path / "coco.json", tmp_path / "p.json"
    own.write_text(
        json.dumps([{"file": "elsewhere/a.png", "people": [{"box": [1, 2, 30, 40]}, {"box": [5, 5, 9, 9]}]}])
    )
    coco.write_text(
        json.dumps(
            {
                "images": [{"id": 7, "file_name": "a.png"}],
                "annotations": [{"image_id": 7, "bbox": [3, 4, 20, 30]}],
            }
        )
    )
    for file, expected in ((own, [[1, 2, 30, 40], [5, 5, 9, 9]]), (coco, [[3, 4, 20, 30]])):
        assert main(["predict", str(photos / "a.png"), "--boxes", str(file), "--json", str(report)]) == 0
        assert [person["box"] for person in json.loads(report.read_text())[0]["people"]] == expected


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ('{"images": []}', "holds no boxes"),
        ('[{"file": "a.png", "people": [{"box": [0, 0, -1, 5]}]}]', "above 0"),
        ('[{"file": "a.png", "people": [{"box": [500, 0, 10, 5]}]}]', "outside of the photo"),
        ('[{"file": "other.png", "people": []}]', "does not mention a.png"),
    ],
)
def test_boxes_that_cannot_be_used_are_one_line(photos, tmp_path, capsys, content, says):
    file = tmp_path / "boxes.json"
    file.write_text(content)
    assert main(["predict", str(photos / "a.png"), "--boxes", str(file)]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("hrnet: ")]
    assert len(lines) == 1 and says in lines[0]


def test_models_lists_the_catalogue(capsys):
    assert main(["models"]) == 0
    out = capsys.readouterr().out
    assert "coco-w32-256x192" in out and "pose" in out and "fasterrcnn_resnet50_fpn_v2" in out


def test_a_checkpoint_that_is_none_is_one_line_and_no_traceback(photos, tmp_path):
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(os.urandom(200))
    command = [sys.executable, "-m", "hrnet", "predict", str(photos / "a.png"), "--weights"]
    for name in (str(bad), "coco-w32-256x193"):
        done = subprocess.run([*command, name], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr and done.stderr.startswith("hrnet: ")
        assert len(done.stderr.strip().splitlines()) == 1
