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
