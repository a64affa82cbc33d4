import json

import pytest
from made import joints, photo, told

from hrnet.data import read

CONFIG = """<View><Image name="img" value="$image"/><KeyPointLabels name="kp" toName="img">
<Label value="tail" model_index="1"/><Label value="head" model_index="0"/></KeyPointLabels></View>"""


def point(joint, x, y, parent=None, key="p"):
    """x and y in per cent."""
    more = {"parentID": parent} if parent else {}
    value = {"x": x, "y": y, "width": 0.5, "keypointlabels": [joint]}
    return {"id": key, "type": "keypointlabels", "value": value, "original_width": 80, "original_height": 60, **more}


def box(key, x, y, w, h):
    value = {"x": x, "y": y, "width": w, "height": h, "rotation": 0, "rectanglelabels": ["cat"]}
    return {"id": key, "type": "rectanglelabels", "value": value, "original_width": 80, "original_height": 60}


def written(folder, *results, image="/data/upload/1/0a1b2c3d-a.png", **more):
    tasks = [{"id": 5, "data": {"image": image}, "annotations": [{"id": 1, "result": list(results), **more}]}]
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "export.json").write_text(json.dumps(tasks))
    photo(folder / "a.png")
    return folder


def test_per_cents_become_pixels_and_joints_belong_to_the_box_they_name(tmp_path):
    relation = {"type": "relation", "from_id": "b1", "to_id": "b1", "direction": "right"}
    shapes = [
        point("head", 25, 50, "b2"),
        point("head", 50, 50, "b1"),
        box("b1", 0, 0, 50, 50),
        box("b2", 0, 0, 75, 75),
    ]
    (written(tmp_path, *shapes, point("tail", 100, 100, "b1"), relation) / "config.xml").write_text(CONFIG)
    poses = read(tmp_path)
    assert poses.joints == ("head", "tail") and poses.problems == () and poses.photos[0].path.is_file()
    people = {tuple(one.box.xywh): joints(poses, place) for place, one in enumerate(poses.samples)}
    assert people == {(0, 0, 40, 30): {"head": (40, 30, 2), "tail": (80, 60, 2)}, (0, 0, 60, 45): {"head": (20, 30, 2)}}


def test_relations_tell_the_box_where_nothing_else_does(tmp_path):
    tie = {"type": "relation", "direction": "right"}
    ties = [{**tie, "from_id": "p1", "to_id": "b2"}, {**tie, "from_id": "b1", "to_id": "p2"}, {**tie, "from_id": "b1"}]
    points = [point("head", 10, 10, key="p1"), point("head", 20, 20, key="p2")]
    poses = read(written(tmp_path, *points, box("b1", 0, 0, 50, 50), box("b2", 0, 0, 75, 75), *ties))
    people = {tuple(one.box.xywh): joints(poses, place) for place, one in enumerate(poses.samples)}
    assert people == {(0, 0, 60, 45): {"head": (8, 6, 2)}, (0, 0, 40, 30): {"head": (16, 12, 2)}}


@pytest.mark.parametrize(
    "image",
    ["s3://cats/a.png", "/data/local-files/?d=cats%5Ca.png", "http://host/x/a.png?sig=1", "C:\\cats\\a.png", "a.png"],
)
def test_pictures_are_found_by_whatever_address_the_server_gave_them(tmp_path, image):
    poses = read(written(tmp_path, point("head", 25, 50), image=image))
    assert poses.photos[0].path == tmp_path / "a.png"


def test_json_min_without_ids_gives_points_to_the_box_around_them(tmp_path):
    values = [
        {"x": 10, "y": 10, "width": 1, "keypointlabels": ["head"], "original_width": 80, "original_height": 60},
        {"x": 90, "y": 90, "width": 1, "keypointlabels": ["head"], "original_width": 80, "original_height": 60},
    ]
    boxes = [{"x": 0, "y": 0, "width": 50, "height": 50, "rectanglelabels": ["cat"], "original_width": 80}]
    boxes.append({"x": 50, "y": 50, "width": 50, "height": 50, "rectanglelabels": ["cat"]})
    task = {"image": "/data/upload/a.png", "id": 1, "kp": values, "bbox": boxes, "annotator": 1, "annotation_id": 2}
    (tmp_path / "min.json").write_text(json.dumps([task]), encoding="utf-16")
    photo(tmp_path / "a.png")
    poses = read(tmp_path)
    people = {tuple(one.box.xywh): joints(poses, place) for place, one in enumerate(poses.samples)}
    assert people == {(0, 0, 40, 30): {"head": (8, 6, 2)}, (40, 30, 40, 30): {"head": (72, 54, 2)}}
    assert told(poses.remarks, "joints in the order of appearance")


def test_canceled_and_repeated_annotations_count_once(tmp_path):
    written(tmp_path, point("head", 25, 50), was_cancelled=True)
    tasks = json.loads((tmp_path / "export.json").read_text())
    tasks[0]["annotations"].append({"result": [point("head", 50, 50)]})
    tasks[0]["annotations"].append({"result": [point("head", 75, 50)], "ground_truth": True})
    (tmp_path / "export.json").write_text(json.dumps(tasks))
    poses = read(tmp_path)
    assert [joints(poses, 0)] == [{"head": (60, 30, 2)}] and len(poses.samples) == 1
    assert told(poses.remarks, "task with several annotations, of which one was taken, for example task 5")


def test_what_is_broken_is_told(tmp_path):
    broken = {"id": "x", "value": {"keypointlabels": ["head"], "x": "?"}, "original_width": 80, "original_height": 60}
    written(tmp_path, broken, point("head", 25, 50), point("head", 30, 50), point("tail", float("nan"), float("nan")))
    tasks = json.loads((tmp_path / "export.json").read_text())
    (tmp_path / "export.json").write_text(json.dumps([*tasks, {"data": {}, "annotations": []}, 5]))
    poses = read(tmp_path)
    for line in ("shape without its numbers", "task without a picture", "task that is no object"):
        assert told(poses.problems, line), line
    assert len(poses.samples) == 2  # one joint only: each of them is somebody
