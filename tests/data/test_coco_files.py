import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_people import made_set

from hrnet import image
from hrnet.data import LabeledPerson, PhotoFile, PoseSet, read_coco, to_coco
from hrnet.data.coco import clean_box
from hrnet.geometry import Box, padded_sides
from hrnet.skeleton import COCO_17, MPII_16, Skeleton

GOLDEN = Path(__file__).parents[1] / "golden"
PERSON = {"id": 1, "name": "person", "keypoints": ["nose", "left_hand", "right_hand"], "skeleton": [[1, 2], [1, 3]]}


def annotation(key, **changes):
    values = {"image_id": 7, "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [5, 6, 2, 7, 8, 1, 0, 0, 0]}
    return {"id": key, **values, **changes}


def written(folder, annotations=(), images=None, categories=(PERSON,), **more):
    path = folder / "labels.json"
    images = [{"id": 7, "file_name": "a.png", "height": 60, "width": 80}] if images is None else images
    path.write_text(
        json.dumps({"images": images, "annotations": list(annotations), "categories": list(categories), **more})
    )
    return path


def test_a_person_is_read_with_visibility_confidence_and_box(tmp_path):
    poses = read_coco(written(tmp_path, [annotation(3, area=500.5)]))
    (person,) = poses.samples
    np.testing.assert_array_equal(person.keypoints, [[5, 6, 2], [7, 8, 1], [0, 0, 0]])
    np.testing.assert_array_equal(person.confidence, [1, 1, 0])
    assert person.keypoints.dtype == person.confidence.dtype == np.float32
    assert (person.id, person.box, person.area, person.labeled) == (3, Box(1, 2, 30, 40), 500.5, 2)
    assert not person.ignore and not person.crowd and poses.problems == ()
    assert poses.joints == ("nose", "left_hand", "right_hand")
    assert poses.skeleton.limbs == ((0, 1), (0, 2)) and poses.skeleton.flip_pairs == ((1, 2),)
    assert poses.photos == (PhotoFile(7, tmp_path / "a.png", None, (60, 80)),)


def test_what_is_broken_is_left_out_and_reported_together_with_counts_and_the_first_three_examples(tmp_path):
    broken = [
        *(annotation(key, bbox=[1, 2, 0, 40], keypoints=[0] * 9) for key in (11, 12, 13, 14)),
        annotation(15, bbox=[1, 2, 30], keypoints=[0] * 9),
        annotation(16, bbox=None, keypoints=[0] * 9),
        annotation(17, bbox=[1, 2, float("nan"), 4], keypoints=[0] * 9),
        annotation(21, image_id=8),
        annotation(22, image_id=None),
        annotation(31, keypoints=[1, 2, 2]),
        annotation(32, keypoints=[None, 2, 2, 0, 0, 0, 0, 0, 0]),
        annotation(33, keypoints=["x", 2, 2, 0, 0, 0, 0, 0, 0]),
        annotation(34, keypoints="abcdefghi"),
        annotation(41, confidence=[1, 1]),
        annotation(1),
        {key: value for key, value in annotation(0).items() if key != "id"},
        "nonsense",
        annotation(51, category_id=2),
    ]
    images = [{"id": 7, "file_name": "a.png"}, {"id": 7, "file_name": "b.png"}, {"id": 9}, {"id": [1]}, 5]
    elsewhere = {"id": 2, "name": "dog"}
    path = written(tmp_path, [annotation(1), *broken], images, [PERSON, elsewhere])
    poses = read_coco(path)
    assert [person.id for person in poses.samples] == [1]
    assert [photo.name for photo in poses.photos] == ["a.png"]
    told = dict(line.split(" x ", 1)[::-1] for line in poses.problems)
    counts = {line.split(", for example ")[0]: int(count) for line, count in told.items()}
    assert counts == {
        "image id that appears twice": 1,
        "image record without id, file_name or whole sizes": 3,
        "box without extent": 7,
        "annotation of an unknown image": 2,
        "keypoint list whose length is not 9": 2,
        "keypoint list with something that is no number": 2,
        "confidence list whose length is not 3": 1,
        "annotation id that appears twice": 1,
        "annotation without an id": 2,
        "annotation of a category with other joints or none": 1,
    }
    assert "7 x box without extent, for example annotation 11, annotation 12, annotation 13" in poses.problems


def test_a_box_that_is_missing_or_broken_is_made_from_the_joints_and_told(tmp_path):
    joints = [10, 20, 2, 50, 40, 1, 0, 0, 0]
    absent, broken = annotation(1, keypoints=joints), annotation(2, keypoints=joints, bbox=[50, 40, -40, -20])
    del absent["bbox"]
    poses = read_coco(written(tmp_path, [absent, broken]))
    # 40 x 20 pixels around the joints, and 15 % of 40 on every side
    assert [person.box for person in poses.samples] == [Box(4, 14, 52, 32)] * 2
    assert poses.problems == ("1 x box without extent: made from the joints, margin 15%, for example annotation 2",)
    assert poses.remarks == ("1 x box without extent: made from the joints, margin 15%, for example annotation 1",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not valid JSON"),
        (b"\x1f\x8bnot gzip", "is not valid JSON|cannot read"),
        (gzip.compress(b"{}" * 99)[:-20], "is not valid JSON"),
        (b"\xff\xfe\xff", "is not valid JSON"),
        (b"[1, 2]", "holds a list; a COCO file is an object"),
        (b"{}", "has no list images and no list annotations"),
        (b'{"images": [], "annotations": []}', "no category with keypoint names; hand over the skeleton"),
        (b'{"images": [], "annotations": [], "categories": [{"keypoints": [1, 2]}]}', "a list of names"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path, content, said):
    path = tmp_path / "labels.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said) as refusal:
        read_coco(path)
    assert "\n" not in str(refusal.value) and "labels.json" in str(refusal.value)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match=r"cannot read .*nowhere\.json: No such file"):
        read_coco(tmp_path / "nowhere.json")


@pytest.mark.parametrize("skeleton", [COCO_17, MPII_16])
def test_known_joints_give_the_known_skeleton_with_its_sigmas_and_halves(tmp_path, skeleton):
    category = {"id": 1, "name": "whatever", "keypoints": list(skeleton.joints)}
    assert read_coco(written(tmp_path, categories=[category])).skeleton is skeleton


def test_lines_of_the_skeleton_to_joints_that_do_not_exist_are_reported_and_left_out(tmp_path):
    poses = read_coco(written(tmp_path, categories=[{**PERSON, "skeleton": [[1, 2], [16, 14]]}]))
    assert poses.skeleton.limbs == ((0, 1),)
    assert poses.problems == ("1 x line of the skeleton to a joint that does not exist, for example [16, 14]",)


def test_a_skeleton_with_a_zero_in_it_counts_joints_from_zero(tmp_path):
    poses = read_coco(written(tmp_path, categories=[{**PERSON, "skeleton": [[0, 1], [0, 2]]}]))
    assert poses.skeleton.limbs == ((0, 1), (0, 2)) and poses.problems == ()


def test_a_skeleton_that_is_handed_over_goes_before_the_names_in_the_file(tmp_path):
    mine = Skeleton.of(["a", "b", "c"])
    poses = read_coco(written(tmp_path, [annotation(1)]), skeleton=mine)
    assert poses.skeleton is mine and len(poses.samples) == 1


def test_crowds_are_ignored_and_boxes_without_joints_kept(tmp_path):
    path = written(tmp_path, [annotation(1, iscrowd=1), annotation(2, ignore=1), annotation(3, keypoints=None)])
    crowd, doubtful, box_only = read_coco(path).samples
    assert (crowd.ignore, crowd.crowd) == (True, True)
    assert (doubtful.ignore, doubtful.crowd) == (True, False)
    assert box_only.labeled == 0 and box_only.confidence.sum() == 0


def test_photos_in_zip_archives_are_read_pixel_for_pixel(tmp_path):
    poses = made_set(tmp_path, [(1, "first", "train", 1), (2, "second", "train", 2)])
    again = read_coco(tmp_path / "people.json.gz")
    assert [photo.path.name for photo in again.photos] == ["first.zip", "second.zip"]
    with zipfile.ZipFile(tmp_path / "second.zip") as archive:
        expected = image.read(archive.read("00002.png"))
    np.testing.assert_array_equal(again.photos[1].read(), expected)
    np.testing.assert_array_equal(poses.photos[1].read(), expected)


def test_an_archive_that_was_written_again_is_opened_again(tmp_path):
    (photo,) = made_set(tmp_path, [(1, "only", "train", 1)]).photos
    before = photo.read()
    photo.path.unlink()
    made_set(tmp_path, [(1, "only", "train", 1)], seed=1)
    assert (photo.read() != before).any()


def damaged(path):
    content = bytearray(path.read_bytes())
    place = content.index(b"PNG") + 40
    content[place : place + 40] = bytes(40)
    path.write_bytes(content)


@pytest.mark.parametrize(
    "ruin", [Path.unlink, lambda path: path.write_bytes(b"PK"), lambda path: path.write_bytes(b""), damaged]
)
def test_a_photo_that_its_archive_does_not_give_is_one_line_with_its_name(tmp_path, ruin):
    (photo,) = made_set(tmp_path, [(1, "only", "train", 1)]).photos
    ruin(photo.path)
    with pytest.raises(image.ImageError, match=r"only\.zip does not give 00001\.png: .") as refusal:
        photo.read()
    assert "\n" not in str(refusal.value)


def test_splits_hold_their_own_photos_and_persons_and_are_told_when_there_is_no_such_split(tmp_path):
    poses = made_set(tmp_path, [(1, "a", "train", 2), (2, "a", "val", 1), (3, "b", "train", 3)])
    train, val = poses.split("train"), poses.split("val")
    assert [photo.id for photo in train.photos] == [1, 3] and [photo.id for photo in val.photos] == [2]
    assert train.by_photo == ((0, 1), (2, 3, 4)) and val.by_photo == ((0,),)
    np.testing.assert_array_equal(val.samples[0].keypoints, poses.samples[2].keypoints)
    with pytest.raises(ValueError, match="no split 'test' in this set; it has train, val"):
        poses.split("test")


def test_boxes_are_those_of_the_published_loader():
    with gzip.open(GOLDEN / "coco_loader.json.gz") as file:
        golden = json.load(file)
    poses = read_coco(GOLDEN / "coco_gt.json")
    expected = {}
    for record in golden["gt_records"]:
        expected.setdefault(record["image_id"], []).append(record)
    found = {}
    for person in poses.samples:
        photo = poses.photos[person.photo]
        box = clean_box(person.box, photo.size)
        if box and not person.crowd and person.labeled and person.area > 0:
            found.setdefault(photo.id, []).append((box, person))
    assert sum(map(len, found.values())) == len(golden["gt_records"]) == 19
    width, height = golden["input"] if isinstance(golden["input"], list) else (192, 256)
    for key, records in expected.items():
        for record, (box, person) in zip(records, found[key], strict=True):
            np.testing.assert_allclose(box.center, record["center"], rtol=1e-6)
            np.testing.assert_allclose(padded_sides(box, (height, width)), np.multiply(record["scale"], 200), rtol=1e-6)
            seen = person.keypoints[:, 2] > 0
            np.testing.assert_array_equal(seen, np.ravel(record["vis"])[: len(seen)] > 0)
            np.testing.assert_allclose(person.keypoints[seen, :2], np.array(record["joints_xy"])[seen], rtol=1e-6)


def test_a_clean_box_is_one_pixel_smaller_keeps_its_width_at_the_left_and_is_none_outside():
    assert clean_box(Box(10, 20, 30, 40), (100, 200)) == Box(10, 20, 29, 39)
    assert clean_box(Box(-10, 20, 30, 40), (100, 200)) == Box(0, 20, 29, 39)  # a quirk of the published loader
    assert clean_box(Box(190, 90, 30, 40), (100, 200)) == Box(190, 90, 9, 9)
    assert clean_box(Box(199, 20, 30, 40), (100, 200)) is None


def test_writing_and_reading_gives_the_set_back(tmp_path):
    skeleton = Skeleton.of(["nose", "left_hand", "right_hand"], name="puppet", limbs=[(0, 1), (0, 2)])
    files = (
        PhotoFile(4, tmp_path / "deep" / "a.png", None, (60, 80), "home", "train"),
        PhotoFile(9, tmp_path / "archive.zip", "b.png", (50, 40), "away", "val", complete=False),
        PhotoFile(2, tmp_path / "c.png"),
    )
    points = np.array([[1.25, 2.5, 2], [3, 4, 1], [0, 0, 0]], np.float32)
    trust = np.array([1, 0.5, 0], np.float32)
    samples = (
        LabeledPerson(1, 1, Box(0.125, 1, 20, 30.5), points, trust, area=123.5),
        LabeledPerson(2, 0, Box(1, 1, 2, 3), points, np.array([1, 1, 0], np.float32), ignore=True),
        LabeledPerson(3, 0, Box(1, 1, 2, 3), 0 * points, 0 * trust, ignore=True, crowd=True),
    )
    poses = PoseSet(skeleton, files, samples)
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(to_coco(poses, tmp_path)))
    again = read_coco(path)
    assert again.skeleton == skeleton and again.photos == files and again.problems == ()
    for one, other in zip(samples, again.samples, strict=True):
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        np.testing.assert_array_equal(one.confidence, other.confidence)
        same = ("id", "photo", "box", "ignore", "crowd")
        assert [getattr(one, name) for name in same] == [getattr(other, name) for name in same]
        assert other.area == (one.box.area if one.area is None else one.area)


def test_coordinates_of_unlabeled_joints_are_not_written(tmp_path):
    poses = made_set(tmp_path, [(1, "a", "train", 1)])
    (person,) = poses.samples
    points = person.keypoints.copy()
    points[3, 2] = 0
    (record,) = to_coco(replace(poses, samples=(replace(person, keypoints=points),)))["annotations"]
    assert record["keypoints"][9:12] == [0, 0, 0] and record["num_keypoints"] == 16
    assert record["keypoints"][:3] == person.keypoints[0].tolist()


def test_example_files_of_other_tools_are_read_as_their_publishers_mean_them():
    formats = Path(__file__).parents[3] / "shared" / "formats"
    if not formats.is_dir():
        pytest.skip("needs ../shared/formats: example files of annotation tools")
    counts = {
        "coco_keypoints/test_coco.json": (4, 14, 17),
        "coco_crowdpose/test_crowdpose.json": (2, 5, 14),
        "coco_posetrack18/posetrack18_val.json": (3, 14, 17),
        "coco_fly32/test_fly.json": (2, 2, 32),
        "coco_cvat_keypoints/annotations/person_keypoints_val.json": (1, 1, 3),
    }
    for name, expected in counts.items():
        poses = read_coco(formats / name)
        assert (len(poses.photos), len(poses.samples), len(poses.skeleton)) == expected, name
