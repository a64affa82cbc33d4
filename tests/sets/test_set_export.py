import errno
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from stored import LAMP, below, labeled_zip, packed, photo, photos, thing

from hrnet.data import read, read_coco, to_coco
from hrnet.geometry import Box
from hrnet.sets import SetError, bring
from hrnet.sets.bring import new
from hrnet.skeleton import COCO_17, Skeleton


def same(one, other):
    """Whether two PoseSets have the same labels on the same pictures."""
    assert one.skeleton == other.skeleton and len(one.photos) == len(other.photos)
    for mine, its in zip(one.photos, other.photos, strict=True):
        for name in ("id", "size", "split", "source", "complete", "crowding"):
            assert getattr(mine, name) == getattr(its, name), name
        assert mine.content() == its.content()
    for mine, its in zip(one.samples, other.samples, strict=True):
        for name in ("photo", "ignore", "crowd", "head", "uncut"):
            assert getattr(mine, name) == getattr(its, name), name
        np.testing.assert_array_equal(mine.keypoints, its.keypoints)
        np.testing.assert_array_equal(mine.confidence, its.confidence)
        np.testing.assert_allclose(mine.box.xywh, its.box.xywh, atol=1e-6)
        assert (mine.area or mine.box.area) == pytest.approx(its.area or its.box.area)
    return True


def test_an_export_read_again_is_the_same_set(one, sets, tmp_path):
    one.stroke(
        1, 1, [thing(1.237, 2.5), thing(30, box=Box(1, 2, 33.33, 44.5), confidence=np.array([0.5, 1, 1, 0.1234]))]
    )
    one.stroke(
        3, 1, [thing(5, ignore=True, area=77.0), thing(6, crowd=True, ignore=True, uncut=True, head=Box(1, 1, 9, 9))]
    )
    one.set_split({1: "train", 2: "val"})
    one.export(tmp_path / "out" / "lamps.zip")
    assert same(one.poses(), read(tmp_path / "out" / "lamps.zip", cache=tmp_path / "cache"))
    assert below(tmp_path / "out") == ["lamps.zip"]
    again, brought = new(sets, tmp_path / "out" / "lamps.zip")
    assert same(one.poses(), again.poses()) and brought.remarks == brought.skipped == ()
    assert [picture.split for picture in again.pictures.values()] == ["train", "val", ""]
    assert again.things(1)[0].made and not again.things(1)[1].made


def test_proposals_that_nobody_confirmed_are_not_exported(one, tmp_path):
    one.stroke(1, 1, [thing(), thing(20, by="network")])
    poses = read(one.export(tmp_path / "a.zip"), cache=tmp_path / "cache")
    assert len(poses.samples) == 1 and not poses.photos[0].complete


def test_pictures_keep_their_names_and_folders_where_a_disk_takes_them(sets, tmp_path):
    odd = ["day 1/x.png", "day_1/x.png", "a/X.png", "a/x.png", "b/aux.png", "c?*/ü.png"]
    members = {name: photo(tmp_path / f"{n}.png", n) for n, name in enumerate(odd)}
    one, _ = new(sets, packed(tmp_path / "odd.zip", members))
    one.export(tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        names = archive.namelist()[1:]
    assert len({name.casefold() for name in names}) == len(odd) and all(name.startswith("images/") for name in names)
    assert {"images/a/X.png", "images/a/x_2.png", "images/day_1/x.png", "images/c__/ü.png"} < set(names)
    assert same(one.poses(), read(tmp_path / "a.zip", cache=tmp_path / "cache"))


def test_only_labeled_pictures_are_taken_where_that_is_asked_for(one, tmp_path):
    one.stroke(2, 1, [thing()])
    one.export(tmp_path / "a.zip", unlabeled=False)
    poses = read(tmp_path / "a.zip", cache=tmp_path / "cache")
    assert [photo.id for photo in poses.photos] == [2] and len(poses.samples) == 1


def test_an_export_for_which_the_disk_has_no_room_leaves_nothing(one, tmp_path, monkeypatch):
    def full(*values, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "out").mkdir()
    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    with pytest.raises(SetError, match=r"a\.zip cannot be written: the disk is full"):
        one.export(tmp_path / "out" / "a.zip")
    assert below(tmp_path / "out") == []


@pytest.mark.parametrize(
    "skeleton",
    [
        LAMP,
        COCO_17,
        replace(LAMP, flip_pairs=()),
        replace(LAMP, flip_pairs=((0, 1),), upper_body=(1, 3), sigmas=(0.1, 0.2, 0.3, 1 / 3), weights=(1, 2, 1, 0.5)),
        replace(COCO_17, limbs=((0, 1),), name="people"),
        replace(COCO_17, sigmas=(0.05,) * 17),
        Skeleton("hand", ("thumb", "daumen"), limbs=((1, 0),), flip_pairs=((1, 0),)),
    ],
    ids=["lamp", "coco", "no pairs", "everything", "other lines", "other sigmas", "pairs by no name"],
)
def test_a_skeleton_goes_through_coco_unchanged(one, tmp_path, skeleton):
    one.set_skeleton(skeleton, [None] * len(skeleton))
    values = to_coco(one.poses())
    (tmp_path / "a.json").write_text(json.dumps(values))
    assert read_coco(tmp_path / "a.json").skeleton == skeleton
    assert ("flip_pairs" in values["categories"][0]) == (skeleton not in (LAMP, COCO_17))


@pytest.mark.parametrize(
    "wrong",
    [
        {"flip_pairs": [["base", "gone"]]},
        {"flip_pairs": [["base"]]},
        {"flip_pairs": 5},
        {"flip_pairs": [[1, 2]]},
        {"flip_pairs": [["base", "elbow"], ["elbow", "left_lamp"]]},
        {"flip_pairs": [], "sigmas": [1]},
        {"flip_pairs": [], "upper_body": 5},
    ],
)
def test_pairs_that_are_none_are_told_and_those_of_the_names_taken(sets, tmp_path, wrong):
    one, brought = new(sets, labeled_zip(tmp_path, 1, **wrong))
    assert one.skeleton.flip_pairs == LAMP.flip_pairs
    assert any("flip_pairs, upper_body, sigmas or weights" in line for line in brought.remarks)


def test_progress_is_told_for_every_picture(one, tmp_path):
    told = []
    one.export(tmp_path / "a.zip", lambda done, total: told.append((done, total)))
    bring.bring(one, photos(tmp_path / "more", 6)[3:], lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)] * 2
