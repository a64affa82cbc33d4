"""The four small real sets, each out of its zip."""

import json
from pathlib import Path

import numpy as np
import pytest

from hrnet.data import check, read, read_coco, to_coco

CUSTOM = Path(__file__).parents[4] / "shared" / "custom"

needs = pytest.mark.skipif(not CUSTOM.is_dir(), reason="needs ../shared/custom: four small real sets")


@needs
@pytest.mark.parametrize(
    ("name", "photos", "people", "joints", "labeled", "pairs"),
    [  # custom/README.md; labeled joints of train and val together, in the mouse also of what is not used
        ("robots_coco", 140, 168 + 58 + 14 + 11, 6, 922 + 312, 2),
        ("mouse_dlc", 116, 116, 4, 320 + 120 + 24, 1),
        ("mirror_mouse_lp", 90 + 3, 90, 17, 1119 + 277, 0),
        ("bees_yolo", 99 + 37, 128, 32, 2912 + 1183, 14),
    ],
)
def test_counts_are_those_of_the_set(tmp_path, name, photos, people, joints, labeled, pairs):
    poses = read(CUSTOM / f"{name}.zip", cache=tmp_path)
    assert (len(poses.photos), len(poses.samples), len(poses.joints)) == (photos, people, joints)
    assert sum(person.labeled for person in poses.samples) == labeled
    assert len(poses.skeleton.flip_pairs) == pairs
    assert all(photo.path.is_relative_to(tmp_path) and photo.path.is_file() for photo in poses.photos)
    assert not [line for line in check(poses) if "outside" in line or "missing" in line]


@needs
def test_splits_that_the_files_tell_are_kept(tmp_path):
    for name, train, val in (("robots_coco", 98, 42), ("bees_yolo", 99, 37)):
        poses = read(CUSTOM / f"{name}.zip", cache=tmp_path)
        assert [sum(photo.split == split for photo in poses.photos) for split in ("train", "val")] == [train, val]


@needs
def test_every_picture_of_the_given_splits_is_found_by_its_name(tmp_path):
    splits = json.loads((CUSTOM / "splits.json").read_text())
    for name in ("mouse_dlc", "mirror_mouse_lp"):
        poses = read(CUSTOM / f"{name}.zip", cache=tmp_path)
        here = [photo.path.as_posix() for photo in poses.photos]
        for part in splits[f"{name}.zip"].values():
            if isinstance(part, list):
                assert all(any(path.endswith(f"/{wanted}") for path in here) for wanted in part)


@needs
def test_hdf5_and_csv_of_the_mouse_are_alike(tmp_path):
    poses = read(CUSTOM / "mouse_dlc.zip", cache=tmp_path)
    again = read(poses.photos[0].path.parent / "CollectedData_Pranav.h5", cache=tmp_path)
    assert again.joints == poses.joints and [p.name for p in again.photos] == [p.name for p in poses.photos]
    np.testing.assert_allclose([p.keypoints for p in again.samples], [p.keypoints for p in poses.samples], atol=1e-3)


@needs
def test_converting_to_coco_and_reading_back_changes_nothing(tmp_path):
    for name in ("bees_yolo", "mirror_mouse_lp"):
        poses = read(CUSTOM / f"{name}.zip", cache=tmp_path)
        (tmp_path / "coco.json").write_text(json.dumps(to_coco(poses, tmp_path)))
        again = read_coco(tmp_path / "coco.json")
        assert again.joints == poses.joints and [p.split for p in again.photos] == [p.split for p in poses.photos]
        assert [p.path.resolve() for p in again.photos] == [p.path.resolve() for p in poses.photos]
        np.testing.assert_allclose(
            [p.keypoints for p in again.samples], [p.keypoints for p in poses.samples], atol=0.0051
        )
