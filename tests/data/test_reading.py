import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from hrnet import image
from hrnet.data import read, to_coco
from hrnet.geometry import Box
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16, Skeleton

PUPPET = Skeleton.of(["nose", "left_hand", "right_hand"], name="puppet")


def labels(path, names=("a.png",), first=1, skeleton=PUPPET, joints=None, **more):
    """A COCO file with one person in each of these photos."""
    joints = list(skeleton.joints) if joints is None else joints
    images = [{"id": first + i, "file_name": name, "height": 60, "width": 80, **more} for i, name in enumerate(names)]
    persons = [
        {"id": one["id"], "image_id": one["id"], "category_id": 1, "bbox": [1, 2, 30, 40], "keypoints": [5, 6, 2] * n}
        for n in [len(joints)]
        for one in images
    ]
    values = {"images": images, "annotations": persons, "categories": [{"id": 1, "name": "x", "keypoints": joints}]}
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(values).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    image.write(path, np.zeros((60, 80, 3), np.uint8))


def found(poses):
    return all(one.path.is_file() for one in poses.photos) and poses.problems == ()


@pytest.mark.parametrize("below", ["", "images/"])
def test_coco_in_its_original_layout(tmp_path, below):
    labels(tmp_path / "annotations" / "person_keypoints_train2017.json", ["a.png", "b.png"])
    labels(tmp_path / "annotations" / "person_keypoints_val2017.json", ["c.png"], first=9)
    labels(tmp_path / "annotations" / "instances_val2017.json", ["c.png"], first=9, joints=[])
    (tmp_path / "annotations" / "captions_val2017.json").write_text('{"images": [], "annotations": []}')
    for name in ("train2017/a.png", "train2017/b.png", "val2017/c.png"):
        photo(tmp_path / f"{below}{name}")
    poses = read(tmp_path)
    assert [one.split for one in poses.photos] == ["train2017", "train2017", "val2017"] and found(poses)
    assert [one.path.name for one in read(tmp_path, "val").photos] == ["c.png"]
    assert len(read(tmp_path, "train2017").samples) == 2
    alone = read(tmp_path / "annotations" / "person_keypoints_val2017.json", "val")
    assert alone.photos[0].path == tmp_path / f"{below}val2017" / "c.png" and alone.photos[0].split == "val2017"
    with pytest.raises(ValueError, match=r"no split 'test' in .*; it has train2017, val2017"):
        read(tmp_path, "test")


def test_only_the_file_of_the_split_is_read(tmp_path):
    labels(tmp_path / "train.json")
    (tmp_path / "val.json").write_text("{")
    assert len(read(tmp_path, "train").samples) == 1
    with pytest.raises(ValueError, match=r"val\.json is not valid JSON"):
        read(tmp_path, "val")


def test_a_broken_file_among_good_ones_is_one_line_in_problems(tmp_path):
    labels(tmp_path / "train.json")
    photo(tmp_path / "a.png")
    (tmp_path / "val.json").write_text("{")
    (line,) = read(tmp_path).problems
    assert line.startswith("val.json was left out: ") and "is not valid JSON" in line


def test_two_years_of_one_split_are_not_chosen_between(tmp_path):
    labels(tmp_path / "person_keypoints_train2014.json")
    labels(tmp_path / "person_keypoints_train2017.json", first=5)
    with pytest.raises(ValueError, match="'train' could be train2014 or train2017 of .*; name one of them"):
        read(tmp_path, "train")
    assert [one.id for one in read(tmp_path, "train2017").photos] == [5]


def test_crowdpose_keeps_its_crowding_and_is_not_read_twice(tmp_path):
    joints = [*CROWDPOSE_14.joints[:12], "head", "neck"]  # so its own files call them
    for split, first in (("train", 1), ("val", 2), ("trainval", 1), ("test", 3)):
        names = ["1.png", "2.png"] if split == "trainval" else [f"{first}.png"]
        labels(tmp_path / "json" / f"crowdpose_{split}.json", names, first, joints=joints, crowdIndex=0.25)
        for name in names:
            photo(tmp_path / "images" / name)
    poses = read(tmp_path)
    assert poses.skeleton is CROWDPOSE_14 and found(poses)
    assert [(one.id, one.split) for one in poses.photos] == [(3, "test"), (1, "train"), (2, "val")]
    assert {one.crowding for one in poses.photos} == {0.25}
    assert [one["crowdIndex"] for one in to_coco(poses)["images"]] == [0.25] * 3
    assert len(read(tmp_path, "train").photos) == 1 and len(read(tmp_path, "trainval").photos) == 2


def test_of_the_random_splits_of_ap10k_the_first_is_read_unless_another_is_named(tmp_path):
    for split in ("train", "val"):
        for draw in (1, 2, 3):
            name = f"{split}{draw}.png"
            photo(tmp_path / "data" / name)
            labels(tmp_path / "annotations" / f"ap10k-{split}-split{draw}.json", [name], skeleton=AP10K_17)
    poses = read(tmp_path)
    assert poses.skeleton is AP10K_17 and found(poses)
    assert [(one.name, one.split) for one in poses.photos] == [
        ("train1.png", "train-split1"),
        ("val1.png", "val-split1"),
    ]
    assert [one.name for one in read(tmp_path, "val").photos] == ["val1.png"]
    assert [one.name for one in read(tmp_path, "train-split3").photos] == ["train3.png"]


def test_mpii_in_the_layout_of_the_published_code(tmp_path):
    people = [{"image": "a.png", "center": [40, 30], "scale": 0.2, "joints": [[5, 5]] * 16, "joints_vis": [1] * 16}]
    for name in ("train", "valid", "trainval"):
        (tmp_path / "annot").mkdir(exist_ok=True)
        (tmp_path / "annot" / f"{name}.json").write_text(json.dumps(people))
    (tmp_path / "annot" / "gt_valid_other.mat").write_bytes(b"MATLAB")
    photo(tmp_path / "images" / "a.png")
    assert [one.split for one in read(tmp_path).photos] == ["train", "valid"]
    poses = read(tmp_path, "val")
    assert poses.skeleton is MPII_16 and poses.photos[0].split == "valid" and found(poses)


def test_folders_named_after_splits_and_packed_files(tmp_path):
    labels(tmp_path / "train" / "_annotations.coco.json", ["a.png"])
    labels(tmp_path / "valid" / "labels.json.gz", ["a.png"])
    for name in ("train", "valid"):
        photo(tmp_path / name / "a.png")
    poses = read(tmp_path)
    assert [one.split for one in poses.photos] == ["train", "valid"] and found(poses)
    assert len({one.id for one in poses.photos}) == len({one.id for one in poses.samples}) == 2


def test_files_whose_names_tell_no_split_are_splits_of_their_own_names_if_there_are_several(tmp_path):
    labels(tmp_path / "cats.json")
    (tmp_path / "notes.json").write_text('{"hello": 1}')
    photo(tmp_path / "a.png")
    alone = read(tmp_path)
    assert [one.split for one in alone.photos] == [""] and found(alone)
    labels(tmp_path / "dogs.json")
    assert [one.split for one in read(tmp_path).photos] == ["cats", "dogs"]
    assert [one.split for one in read(tmp_path, "dogs").photos] == ["dogs"]


def test_splits_inside_of_a_file_go_before_its_name(tmp_path):
    labels(tmp_path / "val.json", split="home")
    assert [one.split for one in read(tmp_path, "home").photos] == ["home"]
    with pytest.raises(ValueError, match="no split 'val' in .*; it has home"):
        read(tmp_path / "val.json", "val")


def test_photos_that_are_nowhere_are_one_line_and_can_be_pointed_to(tmp_path):
    path = labels(tmp_path / "labels" / "val.json")
    (line,) = read(path).problems
    assert "photos of val.json were not found, for example a.png: looked in" in line and "--photos" in line
    photo(tmp_path / "far" / "val" / "a.png")
    assert found(read(path, photos=tmp_path / "far")) and found(read(path, photos=tmp_path / "far" / "val"))


def test_the_people_set_is_a_folder_like_any_other(tmp_path):
    from made_people import made_set

    made_set(tmp_path, [(1, "a", "train", 1), (2, "b", "val", 2)])
    poses = read(tmp_path, "val")
    assert poses.skeleton is COCO_17 and len(poses.samples) == 2 and poses.photos[0].read().shape == (96, 96, 3)


def test_what_is_no_labeled_set_is_told_in_one_line_that_says_what_was_looked_for(tmp_path):
    photo(tmp_path / "a.png")
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "list.json").write_text("[1]")
    for path, why in (
        (tmp_path, "is empty"),
        (tmp_path / "a.png", r"a\.png is neither JSON nor of MATLAB"),
        (tmp_path / "empty.json", "is empty"),
        (tmp_path / "list.json", "is JSON without images and annotations"),
    ):
        with pytest.raises(ValueError, match=f"holds no labeled set .*COCO keypoint JSON.*MPII.*{why}") as refusal:
            read(path)
        assert "\n" not in str(refusal.value)
    with pytest.raises(ValueError, match="there is no .*nowhere"):
        read(tmp_path / "nowhere")


def test_sets_of_different_joints_in_one_folder_are_not_mixed(tmp_path):
    labels(tmp_path / "train.json")
    labels(tmp_path / "val.json", skeleton=COCO_17)
    with pytest.raises(ValueError, match="holds several sets, which are not one: .* name one file"):
        read(tmp_path)
    assert len(read(tmp_path, "val").skeleton) == 17


def test_joints_can_be_handed_over_where_the_file_does_not_name_them(tmp_path):
    path = labels(tmp_path / "labels.json", joints=[])
    values = json.loads(path.read_text())
    values["annotations"][0]["keypoints"] = [5, 6, 2] * 3
    path.write_text(json.dumps(values))
    assert read(tmp_path, skeleton=PUPPET).samples[0].labeled == 3
    with pytest.raises(ValueError, match="without the names of joints"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "skeleton"), [("coco_keypoints", COCO_17), ("coco_crowdpose", CROWDPOSE_14), ("coco_posetrack18", None)]
)
def test_real_files_are_found_with_their_photos(name, skeleton):
    folder = Path(__file__).parents[3] / "shared" / "formats" / name
    if not folder.is_dir():
        pytest.skip("needs ../shared/formats: example files of annotation tools")
    expected = json.loads((folder / "expected.json").read_text())
    poses = read(folder)
    assert len(poses.photos) == expected["pictures"] and len(poses.samples) == expected["annotations"]
    assert found(poses) and skeleton in (None, poses.skeleton)
    by_id = {person.id: person for person in poses.samples}
    for checked in expected["checks"]:
        person = by_id[checked["annotation_id"]]
        np.testing.assert_allclose(person.box.xywh, checked["bbox_xywh"], atol=0.01)
        for joint, values in checked["joints_xyv"].items():
            at = poses.skeleton.index("top_head" if skeleton is CROWDPOSE_14 and joint == "head" else joint)
            np.testing.assert_allclose(person.keypoints[at], values, atol=0.01)


@pytest.mark.parametrize("keypoints", [5, "abc", [[1], {}], {"a": 1}])
def test_a_category_whose_joints_are_nonsense_does_not_stop_the_others(tmp_path, keypoints):
    path = labels(tmp_path / "labels.json")
    values = json.loads(path.read_text())
    values["categories"].append({"id": 2, "name": "y", "keypoints": keypoints})
    values["annotations"].append({**values["annotations"][0], "id": 9, "category_id": 2})
    path.write_text(json.dumps(values))
    poses = read(path)
    assert [one.id for one in poses.samples] == [1]
    assert poses.problems[0] == "1 x annotation of a category with other joints or none, for example annotation 9"


def test_heads_of_posetrack_are_kept_where_there_are_any(tmp_path):
    path = labels(tmp_path / "labels.json", ["a.png", "b.png"])
    values = json.loads(path.read_text())
    for one, head in zip(values["annotations"], ([3, 4, 5, 6], [0, 0, 0, 0]), strict=True):
        one["bbox_head"] = head
    path.write_text(json.dumps(values))
    poses = read(path)
    assert [one.head for one in poses.samples] == [Box(3, 4, 5, 6), None]
