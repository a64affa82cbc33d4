"""Sets in a zip, nested, without labels, in other encodings: from the outside, by `read` and the commands."""

import json
import zipfile

import cv2
import numpy as np
import pytest

from hrnet import image
from hrnet.__main__ import main
from hrnet.data import read
from hrnet.skeleton import Skeleton

COCO = {
    "images": [{"id": 1, "file_name": "a.png", "height": 6, "width": 8}],
    "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 4], "keypoints": [2, 3, 2]}],
    "categories": [{"id": 1, "name": "cat", "keypoints": ["nose"]}],
}


def png(level=9):
    return image.encode(np.full((6, 8, 3), level, np.uint8))


def packed(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_json", ".json").replace("_png", ".png"), content)
    return path


@pytest.mark.parametrize("below", ["", "set__", "a__b__c__"])
def test_a_zip_is_read_like_the_folder_in_it_however_deep_that_lies(tmp_path, below):
    more = {f"{below}annotations__train_json": json.dumps(COCO), f"{below}images__a_png": png()}
    poses = read(packed(tmp_path / "set.zip", **more), cache=tmp_path / "cache")
    assert poses.problems == () and poses.photos[0].split == "train"
    assert poses.photos[0].read().shape == (6, 8, 3) and poses.photos[0].path.is_relative_to(tmp_path / "cache")


def test_labels_of_a_zip_cannot_name_pictures_of_the_machine(tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(png())
    for name in (str(secret), "../../secret.png"):
        values = {**COCO, "images": [{**COCO["images"][0], "file_name": name}]}
        poses = read(packed(tmp_path / "set.zip", labels_json=json.dumps(values)), cache=tmp_path / "cache")
        assert poses.photos == () and "1 x photo outside of the zip: left out" in poses.problems


def test_check_and_convert_take_a_zip_and_a_folder_to_unpack_it_into(tmp_path, capsys):
    path = packed(tmp_path / "set.zip", labels_json=json.dumps(COCO), a_png=png())
    assert main(["check", str(path), "--cache", str(tmp_path / "cache")]) == 0
    assert "set.zip: 1 photos, 1 persons" in capsys.readouterr().out
    out = tmp_path / "coco.json"
    assert main(["convert", str(path), "--to", str(out), "--cache", str(tmp_path / "cache")]) == 0
    assert read(out).photos[0].read().shape == (6, 8, 3)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["cache", "coco.json", "set.zip"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "latin-1"])
def test_coco_in_other_encodings(tmp_path, encoding):
    values = {**COCO, "categories": [{"id": 1, "name": "Kätzchen", "keypoints": ["Näschen"]}]}
    (tmp_path / "labels.json").write_bytes(json.dumps(values, ensure_ascii=False).encode(encoding))
    assert read(tmp_path).joints == ("Näschen",)


def test_bare_pictures_are_a_set_to_be_labeled(tmp_path):
    for name, level in (("a_png", 1), ("run__b_png", 2), ("train__c_png", 3), ("notes.txt", 4)):
        file = tmp_path / "set" / name.replace("__", "/").replace("_png", ".png")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png(level))
    names = Skeleton.of(["left_paw", "right_paw"])
    poses = read(tmp_path / "set", skeleton=names)
    assert poses.skeleton is names and poses.samples == () and not any(one.complete for one in poses.photos)
    assert [(one.name, one.source, one.split, one.size) for one in poses.photos] == [
        ("a.png", "", "", (6, 8)),
        ("b.png", "run", "", (6, 8)),
        ("c.png", "", "train", (6, 8)),
    ]
    assert read(tmp_path / "set").remarks == ("there are no labels: name the joints and label some pictures",)


def test_a_video_gives_frames_evenly_from_its_beginning_to_its_end(tmp_path):
    clip = tmp_path / "walk.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 24))
    for frame in range(90):
        writer.write(np.full((24, 32, 3), 2 * frame, np.uint8))
    writer.release()
    poses = read(clip, cache=tmp_path / "cache")
    assert len(poses.photos) == 40 and {one.source for one in poses.photos} == {"walk"}
    levels = [one.read().mean() / 2 for one in poses.photos]  # the number of the frame, as near as JPEG keeps it
    np.testing.assert_allclose(levels, (np.arange(40) + 0.5) * 90 / 40, atol=1.5)
    assert all(one.path.is_relative_to(tmp_path / "cache") for one in poses.photos)


def test_a_video_that_is_none_is_one_line(tmp_path):
    (tmp_path / "walk.mp4").write_bytes(b"\0\0\0\x18ftypisom" + bytes(50))
    with pytest.raises(ValueError, match=r"walk\.mp4: the file is cut off or damaged") as refusal:
        read(tmp_path / "walk.mp4", cache=tmp_path / "cache")
    assert "\n" not in str(refusal.value)
