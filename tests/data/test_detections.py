from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from hrnet.data import read_coco
from hrnet.data.detections import read_detections
from hrnet.geometry import padded_sides

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="module")
def golden():
    return json.loads(gzip.decompress((GOLDEN / "coco_loader.json.gz").read_bytes()))


@pytest.fixture
def poses():
    return read_coco(GOLDEN / "coco_gt.json")


def written(folder, content):
    path = folder / "persons.json"
    path.write_text(json.dumps(content))
    return path


def test_the_boxes_are_those_of_the_published_loader(tmp_path, golden, poses):
    path = written(tmp_path, golden["detections"])
    found = read_detections(path, poses, golden["image_thre"])
    flat = [(photo.id, box) for photo, boxes in zip(poses.photos, found.boxes, strict=True) for box in boxes]
    expected = sorted(golden["det_records"], key=lambda record: record["image_id"])  # stable, as the photos are
    assert [image for image, _ in flat] == [record["image_id"] for record in expected]
    centers = [box.center for _, box in flat]
    np.testing.assert_allclose(centers, [record["center"] for record in expected], rtol=1e-5)
    sides = [padded_sides(box, (256, 192)) for _, box in flat]
    np.testing.assert_allclose(np.divide(sides, 200), [record["scale"] for record in expected], rtol=1e-5)
    np.testing.assert_allclose([box.score for _, box in flat], [record["score"] for record in expected])


def test_other_things_low_scores_and_other_photos_are_left_out_and_counted(tmp_path, golden, poses):
    everything = read_detections(written(tmp_path, golden["detections"]), poses)
    persons = [record for record in golden["detections"] if record["category_id"] == 1]
    assert sum(map(len, everything.boxes)) == len(persons) and everything.below == 0
    high = read_detections(written(tmp_path, golden["detections"]), poses, 0.8)
    assert sum(map(len, high.boxes)) + high.below == len(persons)
    assert min(box.score for boxes in high.boxes for box in boxes) >= 0.8
    part = poses.only(lambda photo: photo.id == persons[0]["image_id"])
    some = read_detections(written(tmp_path, golden["detections"]), part)
    assert len(some.boxes) == 1 and len(some.boxes[0]) + some.elsewhere == len(persons)


def test_broken_records_are_told_together_and_left_out(tmp_path, golden, poses):
    good = golden["detections"][0]
    bad = [{**good, "bbox": [1, 2, 0, 5]}, {**good, "score": float("nan")}, {**good, "bbox": None}]
    found = read_detections(written(tmp_path, [good, *bad, {"category_id": 1}]), poses)
    assert sum(map(len, found.boxes)) == 1
    assert found.problems == (
        "3 x detection whose box has no extent or whose score is not from 0 to 1, for example 1, 2, 3",
        "1 x detection without image_id, for example 4",
    )


@pytest.mark.parametrize("content", [{"annotations": []}, [1, 2], "boxes"])
def test_a_file_of_another_form_is_named(tmp_path, poses, content):
    with pytest.raises(ValueError, match=r"persons\.json holds .+; detections are a list of records"):
        read_detections(written(tmp_path, content), poses)


def test_a_file_without_a_person_on_the_photos_says_so(tmp_path, golden, poses):
    foreign = [{**record, "image_id": -1} for record in golden["detections"]]
    with pytest.raises(ValueError, match="no person .+ on any of the .+ image ids those of the labels"):
        read_detections(written(tmp_path, foreign), poses)
