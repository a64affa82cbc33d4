"""What the readers give back of real files of the tools, against what a right importer gives back."""

import json
from pathlib import Path

import numpy as np
import pytest

from hrnet.data import read

FORMATS = Path(__file__).parents[4] / "shared" / "formats"
NEAR = 0.01  # pixels: the expected values are rounded to three decimals

needs = pytest.mark.skipif(not FORMATS.is_dir(), reason="needs ../shared/formats: real files of labeling tools")


def expected(name):
    return json.loads((FORMATS / name / "expected.json").read_text())


def people(poses, picture):
    """The people in the picture whose path ends so."""
    (place,) = [i for i, photo in enumerate(poses.photos) if photo.path.as_posix().endswith(f"/{picture}")]
    return [poses.samples[sample] for sample in poses.by_photo[place]]


def fits(poses, person, joints, box=None):
    """Whether a person has these joints: x, y and perhaps visibility by name; None where nothing is labeled."""
    for joint, wanted in joints.items():
        x, y, seen = person.keypoints[poses.skeleton.index(joint)].tolist()
        if wanted is None:
            if seen:
                return False
        elif len(wanted) == 3 and wanted[2] == 0:
            if seen:
                return False
        elif not np.allclose([x, y], wanted[:2], atol=NEAR) or (len(wanted) == 3 and seen != wanted[2]):
            return False
    return box is None or np.allclose(person.box.xywh, box, atol=NEAR)


def found_all(poses, checks, key="joints_xyv"):
    for check in checks:
        persons = people(poses, check["picture"])
        assert any(fits(poses, person, check[key], check.get("bbox_xywh")) for person in persons), check
    return True


@needs
def test_deeplabcut_with_several_animals_and_joints_that_occur_once():
    wanted = expected("dlc_multi_animal")
    poses = read(FORMATS / "dlc_multi_animal")
    assert list(poses.joints) == wanted["joint_names"] and poses.problems == ()
    assert len(poses.photos) == wanted["pictures"] and len(poses.samples) == wanted["instances"]
    assert found_all(poses, wanted["checks"], "joints_xy")
    assert {poses.joints[a] + poses.joints[b] for a, b in poses.skeleton.limbs} == {"AB", "BC", "AC"}
    assert {photo.source for photo in poses.photos} == {"video"}
    assert [photo.complete for photo in poses.photos] == [True, True, False, True]


@needs
def test_yolo_with_several_people_and_comments_in_its_lines():
    wanted = expected("yolo_pose_multi")
    poses = read(FORMATS / "yolo_pose_multi")
    assert len(poses.joints) == wanted["K"] and poses.skeleton.name == "animal" and poses.problems == ()
    assert poses.skeleton.mirror.tolist() == wanted["flip_idx_as_written"]
    assert [list(limb) for limb in poses.skeleton.limbs] == wanted["skeleton_edges_0based"]
    for name, counts in wanted["subsets"].items():
        part = read(FORMATS / "yolo_pose_multi", name)
        assert (len(part.photos), len(part.samples)) == (counts["pictures"], counts["instances"])
    for check in wanted["checks"]:
        check["joints_xyv"] = {f"joint_{place}": point for place, point in check["joints_xyv"].items()}
    assert found_all(poses, wanted["checks"])


@needs
@pytest.mark.parametrize("name", ["yolo_pose_v2", "yolo_pose_v3"])
def test_yolo_with_two_and_three_values_a_joint(name):
    wanted = expected(name)
    poses = read(FORMATS / name)
    (photo,), (person,) = poses.photos, poses.samples
    assert photo.split == "train" and photo.size == tuple(wanted["picture_size_wh"][::-1])
    (check,) = wanted["checks"]
    assert fits(poses, person, {f"joint_{i}": xyv for i, xyv in check["joints_xyv"].items()}, check["bbox_xywh"])
    assert any("without names of joints" in line for line in poses.remarks)


@needs
def test_cvat_skeletons_without_the_other_shapes_around_them(tmp_path):
    wanted = expected("cvat_images_skeleton")
    poses = read(FORMATS / "cvat_images_skeleton")
    assert list(poses.joints) == wanted["joint_names"] and poses.skeleton.name == wanted["class"]
    assert [[poses.joints[a], poses.joints[b]] for a, b in poses.skeleton.limbs] == wanted["skeleton_edges"]
    assert len(poses.photos) == wanted["pictures"] and len(poses.samples) == wanted["annotations_with_joints"]
    assert found_all(poses, wanted["checks"]) and poses.problems == ()


@needs
def test_label_studio_with_its_configuration_and_without_the_picture():
    wanted = expected("label_studio_json")
    poses = read(FORMATS / "label_studio_json")
    assert list(poses.joints) == wanted["joint_names"]
    (person,), (check,) = poses.samples, wanted["checks"]
    assert person.labeled == wanted["labelled_joints"] and list(poses.photos[0].size) == check["size_wh"][::-1]
    assert found_all(poses, wanted["checks"])
    assert any("image1.jpg" in line and "--photos" in line for line in poses.problems)


@needs
def test_labelme_takes_points_only_and_says_that_it_cannot_tell_the_box():
    wanted = expected("labelme_primitives")
    poses = read(FORMATS / "labelme_primitives")
    assert list(poses.joints) == wanted["joint_names"] and found_all(poses, wanted["checks"])
    assert list(poses.photos[0].size) == wanted["picture_size_wh"][::-1]
    assert any("nothing tells whose it is" in line and "2 in primitives.jpg" in line for line in poses.remarks)


@needs
def test_sleap_package_with_its_pictures(tmp_path):
    wanted = expected("sleap_pkg")
    poses = read(FORMATS / "sleap_pkg", cache=tmp_path)
    assert list(poses.joints) == wanted["joint_names"] and len(poses.samples) == wanted["instances_user"]
    assert [[poses.joints[a], poses.joints[b]] for a, b in poses.skeleton.limbs] == wanted["skeleton_edges"]
    (photo,) = poses.photos
    assert photo.path.is_relative_to(tmp_path) and photo.read().shape[1::-1] == tuple(wanted["picture_size_wh"])
    assert photo.source == "centered_pair_low_quality"
    for check in wanted["checks"]:
        assert any(fits(poses, person, check["joints_xy"]) for person in poses.samples)


@needs
def test_sleap_labels_of_a_video_that_is_not_there(tmp_path):
    wanted = expected("sleap_slp_video")
    poses = read(FORMATS / "sleap_slp_video", cache=tmp_path)
    assert list(poses.joints) == wanted["joint_names"] and len(poses.samples) == wanted["instances_user"]
    assert len(poses.photos) == wanted["pictures"] and not list(tmp_path.iterdir())
    for check, person in zip(wanted["checks"], poses.samples, strict=True):
        assert fits(poses, person, check["joints_xy"])
        assert poses.photos[person.photo].name == f"frame_{check['frame']:06d}.png"
    assert any("video that is not there" in line and "small_robot.mp4" in line for line in poses.problems)


@needs
def test_sleap_analysis_with_its_video(tmp_path):
    wanted = expected("sleap_analysis_h5")
    poses = read(FORMATS / "sleap_analysis_h5", cache=tmp_path)
    assert list(poses.joints) == wanted["joint_names"] and len(poses.photos) == wanted["pictures"]
    for check, person in zip(wanted["checks"], poses.samples, strict=True):
        assert fits(poses, person, check["joints_xy"])
        assert poses.photos[person.photo].read().ndim == 3 and 0 < person.confidence.min() <= 1
    assert any("not drawn by hand" in line for line in poses.remarks)


@needs
def test_via_json_and_csv_of_one_set_are_read_once(tmp_path):
    wanted = expected("via1_json_csv")
    poses = read(FORMATS / "via1_json_csv")
    assert len(poses.photos) == wanted["pictures"]
    named = [point for point in wanted["points"] if point["name"]]
    assert set(poses.joints) == {point["name"] for point in named}
    assert sum(person.labeled for person in poses.samples) == len(named)
    for point in named:
        assert any(fits(poses, one, {point["name"]: point["xy"]}) for one in people(poses, point["picture"]))
    assert any("point without a name" in line for line in poses.problems)
    alone = read(FORMATS / "via1_json_csv" / "via_region_data.csv")
    np.testing.assert_array_equal([p.keypoints for p in alone.samples], [p.keypoints for p in poses.samples])


@needs
@pytest.mark.parametrize("name", ["coco_crowdpose", "coco_posetrack18", "coco_fly32", "coco_keypoints"])
def test_coco_in_its_many_forms(name):
    wanted = expected(name)
    poses = read(FORMATS / name)
    assert (len(poses.photos), len(poses.samples)) == (wanted["pictures"], wanted["annotations"])
    assert sum(person.labeled > 0 for person in poses.samples) == wanted["annotations_with_joints"]
    (joints,) = wanted["joint_names_by_class"].values()
    renamed = ["top_head" if joint == "head" and name == "coco_crowdpose" else joint for joint in joints]
    assert list(poses.joints) == renamed
    counts = np.bincount(np.stack([p.keypoints[:, 2] for p in poses.samples]).astype(int).ravel(), minlength=3)
    if name != "coco_keypoints":  # two of its people have num_keypoints 0
        assert counts.tolist() == [wanted["joints_by_visibility"][key] for key in "012"]
    assert found_all(poses, wanted["checks"])


@needs
def test_coco_as_cvat_exports_it_keeps_its_subsets_and_leaves_out_classes_without_joints():
    wanted = expected("coco_cvat_keypoints")["subsets"]
    poses = read(FORMATS / "coco_cvat_keypoints")
    assert {photo.split: photo.name for photo in poses.photos} == {"train": "a.jpg", "val": "b.jpg"}
    (person,) = poses.samples
    check = next(one for one in wanted["val"]["checks"] if one["class"] == "a")
    assert list(poses.joints) == ["a_1", "a_2", "a_3"] and fits(poses, person, check["joints_xyv"], check["bbox_xywh"])
    assert sum("a category with other joints or none" in line for line in poses.problems) == 2


@needs
def test_posetrack_tells_the_videos():
    assert len({photo.source for photo in read(FORMATS / "coco_posetrack18").photos} - {""}) == 3


@needs
def test_mpii_json_and_mat():
    wanted = expected("mpii_json")
    poses = read(FORMATS / "mpii_json")
    assert list(poses.joints) == wanted["joint_names"] and len(poses.samples) == wanted["annotations"]
    for check in wanted["checks"]:  # MPII counts pixels from 1
        moved = {name: [x - 1, y - 1, 2 * seen] for name, (x, y, seen) in check["joints_xyv"].items()}
        assert any(fits(poses, person, moved) for person in people(poses, check["picture"]))
    wanted = expected("mpii_mat")
    poses = read(FORMATS / "mpii_mat")
    assert len(poses.samples) == wanted["annotations_with_joints"]
    assert sum(person.labeled for person in poses.samples) == wanted["labelled_joints"]
    for check in wanted["checks"]:
        moved = {name: [x - 1, y - 1, 1 + seen] for name, (x, y, seen) in check["joints_xyv"].items()}
        assert any(fits(poses, person, moved) for person in people(poses, check["picture"]))
