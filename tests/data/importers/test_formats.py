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
