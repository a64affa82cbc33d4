import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from hrnet.data import read, read_coco, read_mpii, to_coco
from hrnet.geometry import OFFICIAL, Box, crop_affine, padded_sides
from hrnet.skeleton import MPII_16

GOLDEN = Path(__file__).parents[1] / "golden"
FORMATS = Path(__file__).parents[3] / "shared" / "formats"


def record(**changes):
    joints = [[float(10 * j + 1), float(5 * j + 1)] for j in range(16)]
    return {
        "image": "a.jpg",
        "center": [101.0, 81.0],
        "scale": 1.5,
        "joints": joints,
        "joints_vis": [1] * 16,
        **changes,
    }


def written(folder, records, name="valid.json"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(records))
    return folder / name


def test_boxes_and_joints_are_those_of_the_published_loader(tmp_path):
    golden = json.loads((GOLDEN / "mpii_loader.json").read_text())
    poses = read_mpii(written(tmp_path, golden["annotations"]))
    with_center = [r for a, r in zip(golden["annotations"], golden["records"], strict=True) if a["center"][0] != -1]
    assert len(poses.samples) == len(with_center) == 8
    for person, expected in zip(poses.samples, with_center, strict=True):
        np.testing.assert_allclose(person.box.center, expected["center"], atol=1e-9)
        np.testing.assert_allclose(padded_sides(person.box, (256, 256)), 200 * np.array(expected["scale"]), atol=1e-9)
        seen = person.keypoints[:, 2] > 0
        np.testing.assert_array_equal(seen, np.array(expected["vis"]) > 0)
        np.testing.assert_allclose(person.keypoints[seen, :2], np.array(expected["joints_xy"])[seen], rtol=1e-6)
        assert not person.keypoints[~seen].any() and person.uncut
    assert poses.problems == ("1 x person without a center, for example record 4",)


def test_the_published_center_is_the_middle_of_the_crop(tmp_path):
    (person,) = read_mpii(written(tmp_path, [record()])).samples
    affine = crop_affine(person.box, (256, 256), OFFICIAL)
    np.testing.assert_allclose(affine.apply(np.array([[100.0, 80 + 15 * 1.5]])), [[128, 128]], atol=1e-9)
    np.testing.assert_allclose(affine.matrix[0, 0], 256 / (200 * 1.25 * 1.5))


def test_people_of_one_photo_share_it_and_broken_records_are_reported_together(tmp_path):
    broken = [
        record(scale=0),
        record(scale="big"),
        record(center=[1]),
        record(joints=[[1, 2]]),
        record(joints_vis=None),
        record(image=None),
        7,
    ]
    poses = read_mpii(written(tmp_path, [record(), record(image="b.jpg"), record(), *broken]))
    assert [photo.name for photo in poses.photos] == ["a.jpg", "b.jpg"]
    assert [person.photo for person in poses.samples] == [0, 1, 0] and poses.skeleton is MPII_16
    assert poses.problems == (
        "1 x person whose scale is not above 0, for example record 3",
        "2 x person without a center and a scale, for example record 4, record 5",
        "2 x person without 16 joints of two numbers and 16 joints_vis, for example record 6, record 7",
        "2 x person without the name of a photo, for example record 8, record 9",
    )


def test_records_of_the_test_set_are_people_without_labels(tmp_path):
    bare = {key: value for key, value in record().items() if not key.startswith("joints")}
    (person,) = read_mpii(written(tmp_path, [bare], "test.json")).samples
    assert person.labeled == 0 and person.confidence.sum() == 0


def test_head_boxes_for_pckh_come_from_the_file_beside_valid_json_and_skip_nobody(tmp_path):
    corners = np.array([[[11.0, 21, 31], [12, 22, 32]], [[41, 61, 91], [52, 72, 62]]])  # corner, x or y, person
    savemat(tmp_path / "gt_valid.mat", {"headboxes_src": corners})
    poses = read_mpii(written(tmp_path, [record(), record(center=[-1, -1]), record()]))
    assert [person.head for person in poses.samples] == [Box(10, 11, 30, 40), Box(30, 31, 60, 30)]
    with pytest.raises(ValueError, match=r"does not belong to the 1 people of valid\.json .* got \(2, 2, 3\)"):
        read_mpii(written(tmp_path, [record()]))


def release(path, images, train):
    savemat(path, {"RELEASE": {"annolist": np.array(images, dtype=object), "img_train": np.array(train)}})
    return path


def point(joint, **more):
    return {"x": 10.0 * joint + 1, "y": 5.0 * joint + 1, "id": joint, **more}


def test_the_original_mat_gives_splits_heads_and_hidden_joints(tmp_path):
    person = {
        **{"x1": 11.0, "y1": 12.0, "x2": 41.0, "y2": 52.0, "scale": 1.5, "objpos": {"x": 101.0, "y": 81.0}},
        "annopoints": {
            "point": np.array([point(9), point(0, is_visible=0), point(3, is_visible="1")], dtype=object),
        },
    }
    waiting = {"scale": 2.0, "objpos": {"x": 50.0, "y": 60.0}}
    nowhere = {"x1": 1.0, "y1": 1.0, "x2": 2.0, "y2": 2.0}
    images = [
        {"image": {"name": "a.jpg"}, "annorect": person},
        {"image": {"name": "b.jpg"}, "annorect": np.array([waiting, nowhere], dtype=object)},
        {"image": {"name": "c.jpg"}, "annorect": np.array([])},
    ]
    poses = read(release(tmp_path / "mpii.mat", images, [1, 0, 0]))
    assert [(photo.name, photo.split) for photo in poses.photos] == [
        ("a.jpg", "train"),
        ("b.jpg", "test"),
        ("c.jpg", "test"),
    ]
    trained, tested = poses.samples
    assert trained.head == Box(10, 11, 30, 40) and tested.head is None and tested.labeled == 0
    expected = np.zeros((16, 3))
    expected[9], expected[0], expected[3] = (90, 45, 2), (0, 0, 1), (30, 15, 2)
    np.testing.assert_array_equal(trained.keypoints, expected)
    np.testing.assert_allclose(trained.box.center, (100, 80 + 15 * 1.5))
    assert poses.problems[0] == "1 x person without a center and a scale, for example b.jpg"
    assert len(read(tmp_path / "mpii.mat", "train").samples) == 1


@pytest.mark.parametrize(
    ("content", "said"), [(b"MATLAB 5.0 MAT-file, cut off", "is not a MATLAB file"), (None, "a struct RELEASE")]
)
def test_a_mat_that_is_damaged_or_another_is_refused_in_one_line(tmp_path, content, said):
    path = tmp_path / "labels.mat"
    if content is None:
        savemat(path, {"other": 1})
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as refusal:
        read(path)
    assert "\n" not in str(refusal.value) and "labels.mat" in str(refusal.value)


def test_as_coco_the_heads_and_the_boxes_survive(tmp_path):
    savemat(tmp_path / "gt_valid.mat", {"headboxes_src": np.array([[[11.0], [12]], [[41], [52]]])})
    poses = read_mpii(written(tmp_path, [record()]))
    (tmp_path / "coco.json").write_text(json.dumps(to_coco(poses, tmp_path)))
    again = read_coco(tmp_path / "coco.json")
    assert again.skeleton is MPII_16
    (before,), (after,) = poses.samples, again.samples
    assert (after.box, after.head, after.uncut) == (before.box, Box(10, 11, 30, 40), True)
    np.testing.assert_array_equal(after.keypoints, before.keypoints)


@pytest.mark.parametrize("name", ["mpii_json", "mpii_mat"])
def test_real_files_are_read_as_their_publishers_mean_them(name):
    if not FORMATS.is_dir():
        pytest.skip("needs ../shared/formats: example files of annotation tools")
    expected = json.loads((FORMATS / name / "expected.json").read_text())
    poses = read(FORMATS / name)
    assert len(poses.photos) == expected["pictures"] and list(poses.joints) == expected["joint_names"]
    assert len(poses.samples) == expected.get("annotations", expected.get("annotations_with_joints"))
    assert all(photo.read().ndim == 3 for photo in poses.photos)
    by_name = {poses.photos[person.photo].name: person for person in reversed(poses.samples)}
    for checked in expected["checks"]:
        person = by_name[checked["picture"]]
        for joint, (x, y, seen) in checked["joints_xyv"].items():
            found = person.keypoints[MPII_16.index(joint)]
            if name == "mpii_json":
                assert (found[2] > 0) == (seen > 0)
            else:
                assert found[2] == seen + 1  # is_visible 0 is hidden, yet labeled
            if found[2]:
                np.testing.assert_allclose(found[:2], [x - 1, y - 1], atol=0.01)
        if "head_box_x1y1x2y2" in checked:
            x1, y1, x2, y2 = checked["head_box_x1y1x2y2"]
            np.testing.assert_allclose(person.head.xywh, [x1 - 1, y1 - 1, x2 - x1, y2 - y1], atol=0.01)
