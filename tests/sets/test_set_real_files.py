"""Real files of the tools, brought into a set and taken out again, against what `hrnet.data.read` gives of them."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hrnet.data import read
from hrnet.sets import SetError
from hrnet.sets.bring import new

SHARED = Path(__file__).parents[3] / "shared"
FORMATS, CUSTOM = SHARED / "formats", SHARED / "custom"
ROUNDED = 0.0051  # pixels: a set keeps hundredths

needs_formats = pytest.mark.skipif(not FORMATS.is_dir(), reason="needs ../shared/formats: real files of labeling tools")
needs_custom = pytest.mark.skipif(not CUSTOM.is_dir(), reason="needs ../shared/custom: four small real sets")

# What the files are, and how many pictures are a copy of another: of those the first one with labels stays.
KINDS = {
    "bees_yolo.zip": ("YOLO", 0),
    "mirror_mouse_lp.zip": ("Lightning Pose", 3),
    "mouse_dlc.zip": ("DeepLabCut", 0),
    "robots_coco.zip": ("COCO", 0),
    "coco_crowdpose": ("COCO", 0),
    "coco_cvat_keypoints": ("COCO", 0),
    "coco_fly32": ("COCO", 0),
    "coco_keypoints": ("COCO", 0),
    "coco_posetrack18": ("COCO", 0),
    "cvat_images_skeleton": ("CVAT", 0),
    "dlc_multi_animal": ("DeepLabCut", 3),
    "labelme_primitives": ("labelme", 0),
    "mpii_json": ("MPII", 0),
    "mpii_mat": ("MPII", 2),
    "sleap_analysis_h5": ("SLEAP", 0),
    "sleap_pkg": ("SLEAP", 0),
    "via1_json_csv": ("VGG Image Annotator", 0),
    "yolo_pose_multi": ("YOLO", 0),
    "yolo_pose_v2": ("YOLO", 0),
    "yolo_pose_v3": ("YOLO", 0),
}
WITHOUT_PICTURES = ("label_studio_json", "sleap_slp_video")


def people(poses):
    """The people of each picture by what is in its file."""
    return {
        photo.content(): [poses.samples[sample] for sample in poses.by_photo[place]]
        for place, photo in enumerate(poses.photos)
    }


def agree(poses, other, near):
    """Whether two sets have the same labels in the same pictures."""
    assert poses.skeleton == other.skeleton
    mine, its = people(poses), people(other)
    assert set(mine) == set(its)
    for content, persons in mine.items():
        assert len(persons) == len(its[content])
        for one, another in zip(persons, its[content], strict=True):
            seen = another.keypoints[:, 2:] > 0
            np.testing.assert_allclose(one.keypoints, np.where(seen, another.keypoints, 0), atol=near, rtol=1e-6)
            np.testing.assert_allclose(one.confidence, another.confidence * seen[:, 0], atol=5.1e-5)
            np.testing.assert_allclose(one.box.xywh, another.box.xywh, atol=3 * near, rtol=1e-6)
            for name in ("ignore", "crowd", "uncut"):
                assert getattr(one, name) == getattr(another, name)
            assert (one.area or one.box.area) == pytest.approx(another.area or another.box.area, abs=5, rel=1e-3)
    return True


def once(poses):
    """The set without copies: the first picture with labels stays, of each."""
    chosen = {}
    for place, photo in enumerate(poses.photos):
        old = chosen.get(photo.content())
        if old is None or (poses.by_photo[place] and not poses.by_photo[old]):
            chosen[photo.content()] = place
    keep = {poses.photos[place].id for place in chosen.values()}
    return poses.only(lambda photo: photo.id in keep)


@pytest.mark.parametrize(
    "name",
    [
        *(pytest.param(name, marks=[needs_custom, pytest.mark.slow]) for name in KINDS if name.endswith(".zip")),
        *(pytest.param(name, marks=needs_formats) for name in KINDS if not name.endswith(".zip")),
    ],
)
def test_a_set_and_its_export_have_the_labels_of_the_files(sets, tmp_path, monkeypatch, name):
    monkeypatch.setenv("HRNET_HOME", str(tmp_path / "home"))
    kind, copies = KINDS[name]
    path = (CUSTOM if name.endswith(".zip") else FORMATS) / name
    before = Counter(file for file in path.rglob("*")) if path.is_dir() else path.stat().st_mtime_ns
    one, brought = new(sets, path)
    direct = read(path, cache=tmp_path / "direct")
    assert (brought.format, len(brought.duplicates), brought.skipped) == (kind, copies, ())
    assert brought.added == len(one.pictures) == len(direct.photos) - copies
    assert agree(one.poses(), once(direct), ROUNDED)
    one.export(tmp_path / "export.zip")
    exported = read(tmp_path / "export.zip", cache=tmp_path / "export")
    assert agree(exported, one.poses(), 0) and exported.problems == ()
    after = Counter(file for file in path.rglob("*")) if path.is_dir() else path.stat().st_mtime_ns
    assert after == before and not (tmp_path / "home").exists()


@needs_formats
@pytest.mark.parametrize("name", WITHOUT_PICTURES)
def test_labels_whose_pictures_did_not_come_along_are_refused_with_words(sets, name):
    with pytest.raises(SetError, match="no picture that can be used; .*: it is missing"):
        new(sets, FORMATS / name)
    assert sets.listed(everything=True) == []


@needs_custom
@pytest.mark.slow
def test_splits_and_sources_of_the_files_stay(sets):
    one, _ = new(sets, CUSTOM / "robots_coco.zip")
    assert Counter(picture.split for picture in one.pictures.values()) == {"train": 98, "val": 42}
    one, _ = new(sets, CUSTOM / "mouse_dlc.zip")
    assert {picture.source for picture in one.pictures.values()} == {"m4s1"}
    assert one.picture(1).name == "openfield-Pranav-2018-10-30/labeled-data/m4s1/img0000.jpg"
