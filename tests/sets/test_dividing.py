"""Which pictures are learned and which are judged."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.geometry import Box
from hrnet.sets.divide import by_file, divide
from hrnet.skeleton import Skeleton


def labeled(names, sources=None, splits=None, unlabeled=()):
    photos = tuple(
        PhotoFile(
            number, Path(name), size=(100, 100), source=sources[i] if sources else "", split=splits[i] if splits else ""
        )
        for i, (number, name) in enumerate(enumerate(names, start=1))
    )
    keypoints = np.array([[10, 10, 2], [30, 30, 2]], np.float32)
    people = tuple(
        LabeledPerson(place, place, Box(5, 5, 40, 40), keypoints, np.ones(2, np.float32))
        for place, name in enumerate(names)
        if name not in unlabeled
    )
    return PoseSet(Skeleton.of(["a", "b"]), photos, people)


def names(poses):
    return {photo.name for photo in poses.photos}


def test_a_fifth_is_held_out_by_seed_and_no_picture_is_in_both_parts():
    poses = labeled([f"{n}.jpg" for n in range(12)])
    division = divide(poses, seed=3)
    assert len(names(division.judged)) == 3 and names(division.learned) == names(poses) - names(division.judged)
    assert names(divide(poses, seed=3).judged) == names(division.judged)
    assert any(names(divide(poses, seed=seed).judged) != names(division.judged) for seed in (4, 5))
    assert division.how == "by picture: one of 5 is held out, seed 3 (9 pictures are learned, 3 judged)"


def test_pictures_that_are_added_do_not_change_the_lot_of_the_others():
    before, after = (divide(labeled([f"{n}.jpg" for n in range(count)]), seed=1) for count in (20, 25))
    assert names(before.judged) <= names(after.judged)


def test_a_picture_has_its_lot_by_what_it_shows_and_not_by_its_name(tmp_path):
    for n in range(20):
        (tmp_path / f"{n}.jpg").write_bytes(b"picture %d" % n)
        (tmp_path / f"renamed-{19 - n}.jpg").write_bytes(b"picture %d" % n)
    parts = [
        divide(labeled([str(tmp_path / name.format(n)) for n in range(20)])) for name in ("{}.jpg", "renamed-{}.jpg")
    ]
    one, other = ({photo.path.read_bytes() for photo in part.judged.photos} for part in parts)
    assert one == other and len(one) == 4


def test_whole_videos_are_held_out_where_there_are_several():
    sources = [f"video{n // 5}" for n in range(40)]
    division = divide(labeled([f"{n}.jpg" for n in range(40)], sources))
    learned, judged = ({photo.source for photo in part.photos} for part in (division.learned, division.judged))
    assert learned.isdisjoint(judged) and len(judged) == 2 and len(learned) == 6
    assert division.how.startswith("by video or subject: 2 of 8 are held out (video")


def test_names_of_files_tell_videos_where_nothing_else_does():
    clips = ["Video_32_bee_id26911_f", "florian-", "2018-10-12T21-17-32_bee img ", "hall."]
    files = [f"images/train/{clip}{number:04d}.jpg" for clip in clips for number in range(6)]
    division = divide(labeled(files))
    assert division.how.startswith("by how file names begin: 1 of 4 are held out (")
    (held,) = {name[: name.rindex("0")].rstrip("0") for name in names(division.judged)}
    assert held in clips and len(division.judged.photos) == 6
    two_cameras = [f"{camera}_{number:04d}.jpg" for camera in ("IMG", "DSC") for number in range(8)]
    names_of_their_own = [f"{word}.jpg" for word in "the quick brown fox jumps over a lazy dog and sleeps".split()]
    for files in (two_cameras, names_of_their_own, [f"{n:04d}.jpg" for n in range(100)]):
        assert divide(labeled(files)).how.startswith("by picture")


def test_what_a_set_keeps_under_other_names_is_divided_as_it_was_called():
    files = [f"{clip}_{number}.jpg" for clip in ("one", "two", "three", "four") for number in range(5)]
    poses = labeled(files)
    kept = replace(
        poses,
        photos=tuple(replace(p, path=Path(f"pictures/{p.id:06d}_x.jpg"), called=f"a/{p.name}") for p in poses.photos),
    )
    held, again = (divide(one).judged.photos for one in (poses, kept))
    assert [photo.id for photo in held] == [photo.id for photo in again] and len(held) == 5


def test_a_video_that_is_most_of_the_set_is_never_held_out():
    sources = ["large"] * 30 + ["small"] * 10
    for seed in range(5):
        division = divide(labeled([f"{n}.jpg" for n in range(40)], sources), seed)
        assert {photo.source for photo in division.judged.photos} == {"small"}


def test_one_video_gives_stretches_of_neighboring_frames():
    frames = [f"frame{n}.png" for n in range(40)]
    division = divide(labeled(frames, ["the video"] * 40))
    held = sorted(int(name[5:-4]) for name in names(division.judged))
    assert len(held) == 8 and all(held[i : i + 4] == list(range(held[i], held[i] + 4)) for i in (0, 4))
    assert division.how.startswith("all of one video: 2 of 10 stretches of neighboring frames")


def test_what_the_labels_say_comes_first_and_train2017_is_train():
    poses = labeled(list("abcdef"), splits=["train2017"] * 4 + ["valid", "test"])
    division = divide(poses)
    assert names(division.learned) == set("abcd") and names(division.judged) == {"e"}
    assert division.how.startswith("as the labels say")


def test_pictures_without_labels_are_in_neither_part_and_do_not_count():
    poses = labeled(list("abcdefgh"), unlabeled=("a", "b"))
    division = divide(poses)
    assert names(division.learned) | names(division.judged) == set("cdefgh")
    with pytest.raises(ValueError, match="3 photos with labels are too few"):
        divide(labeled(list("abcde"), unlabeled=("a", "b")))


# ---- by a file -------------------------------------------------------------------------------------------------------


@pytest.fixture
def parts(tmp_path):
    def write(values):
        file = tmp_path / "parts.json"
        file.write_text(json.dumps(values))
        return file

    return write


def test_a_file_names_pictures_with_fewer_folders_than_they_have(parts):
    poses = labeled(["/home/set/seen/1.jpg", "/home/set/seen/2.jpg", "/home/set/other/1.jpg"])
    division = by_file(
        poses, parts({"set.zip": {"train": ["seen/1.jpg", "2.jpg"], "val": ["other/1.jpg"]}}), Path("set.zip")
    )
    assert [str(photo.path.parent.name) for photo in division.judged.photos] == ["other"]
    assert len(division.learned.photos) == 2 and division.how == "as parts.json says (2 pictures are learned, 1 judged)"


def test_a_file_names_folders_and_windows_paths(parts):
    poses = labeled(["/set/images/train/1.jpg", "/set/images/val/1.jpg"])
    for val in ("images/val", ["images\\val\\1.jpg"]):
        division = by_file(poses, parts({"train": "images/train", "val": val}), Path("set"))
        assert [photo.id for photo in division.learned.photos] == [1] and [p.id for p in division.judged.photos] == [2]


def test_a_file_names_label_files_inside_of_a_zip(parts, tmp_path):
    poses = labeled(["/set/1.jpg", "/set/2.jpg", "/set/3.jpg"])
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for split, files in (("train", ["1.jpg", "2.jpg"]), ("val", ["3.jpg"])):
            archive.writestr(f"annotations/{split}.json", json.dumps({"images": [{"file_name": f} for f in files]}))
    asked = parts({"train": "annotations/train.json", "val": "annotations/val.json"})
    division = by_file(poses, asked, tmp_path / "set.zip")
    assert [photo.id for photo in division.judged.photos] == [3] and len(division.learned.photos) == 2
    with pytest.raises(ValueError, match="no label file with images in it: set.zip has no nowhere.json"):
        by_file(poses, parts({"train": "nowhere.json", "val": "annotations/val.json"}), tmp_path / "set.zip")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"train": ["a"]}, 'must have "train" and "val" for set.zip, it has train'),
        ([1], 'must have "train" and "val" for set.zip, it has list'),
        ({"train": ["a"], "val": ["a"]}, "has 1 pictures in both parts, for example a"),
        ({"train": ["a", "z"], "val": ["b"]}, "1 pictures are not in set.zip, for example z"),
        ({"train": "images", "val": ["b"]}, "no picture of set.zip is in images"),
        ({"train": 3, "val": ["b"]}, "a part is a list of pictures, a folder or a label file"),
    ],
)
def test_what_does_not_fit_the_set_is_said_in_one_line(parts, values, said):
    with pytest.raises(ValueError, match=said) as caught:
        by_file(labeled(list("abc")), parts(values), Path("set.zip"))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_is_said(tmp_path):
    with pytest.raises(ValueError, match=r"cannot read .*parts.json"):
        by_file(labeled(list("abc")), tmp_path / "parts.json", Path("set.zip"))


def test_people_to_ignore_are_no_labels():
    poses = labeled(list("abcd"))
    ignored = replace(poses, samples=tuple(replace(person, ignore=True) for person in poses.samples))
    with pytest.raises(ValueError, match="0 photos with labels"):
        divide(ignored)
