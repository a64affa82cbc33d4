import json
import shutil
import stat
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from stored import HEIGHT, LAMP, WIDTH, below, coco, labeled_zip, packed, photo, photos, thing

from hrnet import image
from hrnet.data import unpacked
from hrnet.data.importers.pictures import UNNAMED
from hrnet.data.unpacked import MAX_FILES
from hrnet.sets import SetError, Sets, bring, reading, staging
from hrnet.sets.bring import new
from hrnet.sets.names import different
from hrnet.skeleton import Skeleton


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """Nothing but the folder of the set may be written to."""
    monkeypatch.setenv("HRNET_HOME", str(tmp_path / "home"))
    yield
    assert not (tmp_path / "home").exists()


def names(one):
    return [picture.name for picture in one.pictures.values()]


def refused(sets, path, said):
    """That it is refused in one line, and that nothing is left of the set."""
    with pytest.raises(SetError, match=said) as refusal:
        new(sets, path, "set")
    assert "\n" not in str(refusal.value) and str(sets.folder) not in str(refusal.value)
    assert below(sets.folder) == [] and sets.listed(everything=True) == []
    return str(refusal.value)


def test_a_zip_becomes_a_set_with_all_its_labels(sets, tmp_path):
    one, brought = new(sets, labeled_zip(tmp_path), "lamps")
    assert (brought.added, brought.things, brought.format) == (3, 3, "COCO") and brought.ids == tuple(one.pictures)
    assert brought.duplicates == brought.skipped == () and one.format == "COCO" and one.name == "lamps"
    assert one.skeleton.joints == LAMP.joints and one.skeleton.flip_pairs == LAMP.flip_pairs
    assert names(one) == ["images/p0.png", "images/p1.png", "images/p2.png"]
    np.testing.assert_array_equal(one.things(2)[0].keypoints, thing().keypoints)
    assert one.things(2)[0].by == "file" and one.things(2)[0].area == 900 and not one.things(2)[0].made
    inside = {path.split("/")[0] for path in below(one.folder)}
    assert inside == {"journal.jsonl", "lock", "pictures", "set.json"} and len(below(one.folder)) == 6
    assert one.picture(1).path.read_bytes() == (tmp_path / "src_0.png").read_bytes()
    assert Sets(sets.folder).open(one.token).poses().samples[0].box.xywh.tolist() == [5, 5, 40, 40]


def test_bare_pictures_become_a_set_without_labels_in_whatever_way_they_come(sets, tmp_path):
    files = photos(tmp_path / "src", 3)
    ways = [files, tmp_path / "src", str(tmp_path / "src"), packed(tmp_path / "a.zip", {p.name: p for p in files})]
    for way in ways:
        one, brought = new(sets, way)
        assert (brought.added, brought.format, one.skeleton) == (3, "pictures", UNNAMED)
        assert [name.rpartition("/")[2] for name in names(one)] == [p.name for p in files]
        assert not any(picture.complete for picture in one.pictures.values())
    assert [path.name for path in sorted((tmp_path / "src").iterdir())] == [p.name for p in files]


def test_labels_and_pictures_may_come_as_several_files(sets, tmp_path):
    files = photos(tmp_path / "src", 2)
    (tmp_path / "labels.json").write_text(coco([p.name for p in files]))
    pictures = packed(tmp_path / "pictures.zip", {f"deep/inside/{p.name}": p for p in files})
    for way in (
        [tmp_path / "labels.json", *files],
        [tmp_path / "labels.json", pictures],
        [pictures, tmp_path / "labels.json"],
    ):
        one, brought = new(sets, way)
        assert (brought.added, brought.things, brought.format, brought.skipped) == (2, 2, "COCO", ())


def test_frames_are_taken_evenly_from_a_video(sets, tmp_path):
    pytest.importorskip("av")
    from hrnet.video import Writer, encoder_for

    clip = tmp_path / "walk.mp4"
    with Writer(clip, encoder_for(clip), (64, 96), 10.0) as writer:
        for n in range(30):
            writer.write(np.full((64, 96, 3), n * 8, np.uint8), n / 10)
    one, brought = new(sets, clip, frames=5)
    assert (brought.added, brought.format) == (5, "video")
    seen = [photo.read().mean() / 8 for photo in one.poses().photos]
    np.testing.assert_allclose(seen, [3, 9, 15, 21, 27], atol=1.5)
    assert {picture.source for picture in one.pictures.values()} == {"walk"}
    assert bring.bring(one, clip, frames=5).duplicates == tuple(names(one))
    assert new(sets, [clip, *photos(tmp_path / "src", 2)], frames=3)[1].added == 5


def test_what_is_here_already_is_told_and_not_brought_again(sets, tmp_path):
    one, _ = new(sets, labeled_zip(tmp_path, 3))
    again = bring.bring(one, labeled_zip(tmp_path, 4, first=1, name="more.zip"))
    assert (again.added, again.things, again.duplicates) == (2, 2, ("images/p1.png", "images/p2.png"))
    assert any("has labels here already" in line for line in again.remarks) and len(one.pictures) == 5
    assert one.picture(2).revision == 0


def test_of_copies_in_one_set_the_labeled_one_stays(sets, tmp_path):
    picture = photo(tmp_path / "a.png", 1)
    members = {"a.png": picture, "b.png": picture, "labels.json": coco(["b.png"])}
    one, brought = new(sets, packed(tmp_path / "a.zip", members))
    assert names(one) == ["b.png"] and brought.duplicates == ("a.png",) and len(one.things(1)) == 1


def test_labels_find_pictures_that_came_before_them(sets, tmp_path):
    files = photos(tmp_path / "src", 3)
    one, _ = new(sets, files)
    labels = tmp_path / "labels.json"
    labels.write_text(coco([p.name for p in files[:2]]))
    brought = bring.bring(one, labels)
    assert (brought.added, brought.things) == (0, 2) and one.skeleton.joints == LAMP.joints
    assert [len(one.things(id)) for id in (1, 2, 3)] == [1, 1, 0]
    assert any("was here already: they were taken" in line for line in brought.remarks)
    revision = one.picture(1).revision
    assert bring.bring(one, labels).things == 0 and one.picture(1).revision == revision


def test_labels_do_not_take_a_picture_of_another_video_for_theirs(sets, tmp_path):
    def project(video, number, path):
        table = f"scorer,me,me\nbodyparts,tip,tip\ncoords,x,y\nlabeled-data/{video}/img0.png,{number},7\n"
        members = {f"labeled-data/{video}/CollectedData_me.csv": table, "config.yaml": "Task: t\nscorer: me\n"}
        return packed(path, members | {f"labeled-data/{name}/img0.png": file for name, file in files.items()})

    files = {"dusk": photo(tmp_path / "dusk.png", 1)}
    one, brought = new(sets, project("dusk", 5, tmp_path / "dusk.zip"))
    assert (brought.things, one.picture(1).source) == (1, "dusk")
    one.stroke(1, 0, [])
    files = {}
    other = bring.bring(one, project("dawn", 6, tmp_path / "dawn.zip"))
    assert (other.things, one.things(1)) == (0, ()) and other.skipped == ("labeled-data/dawn/img0.png: it is missing",)
    assert (
        bring.bring(one, project("dusk", 8, tmp_path / "again.zip")).things == 1
        and one.things(1)[0].keypoints[0, 0] == 8
    )


def test_splits_get_one_name_each(sets, tmp_path):
    values = json.loads(coco([f"{n}.png" for n in range(5)]))
    for record, split in zip(values["images"], ("train2017", "valid", "Training", "test", "mine"), strict=True):
        record["split"] = split
    files = {f"{n}.png": photo(tmp_path / f"{n}.png", n) for n in range(5)}
    one, _ = new(sets, packed(tmp_path / "a.zip", {"l.json": json.dumps(values), **files}))
    assert [picture.split for picture in one.pictures.values()] == ["train", "val", "train", "test", "mine"]


def test_names_with_blanks_and_letters_of_all_kinds_are_found_by_their_labels(sets, tmp_path):
    name = "my photo (1) ü.png"
    (tmp_path / "labels.json").write_text(coco([name]))
    one, brought = new(sets, [tmp_path / "labels.json", photo(tmp_path / name)])
    assert (names(one), brought.things) == ([name], 1)


def test_a_person_s_labels_are_never_replaced_by_those_of_a_file(sets, tmp_path):
    files = photos(tmp_path / "src", 2)
    one, _ = new(sets, files)
    one.set_skeleton(LAMP, [None] * 4)
    one.stroke(1, 1, [thing(33)])
    (tmp_path / "labels.json").write_text(coco([p.name for p in files]))
    assert bring.bring(one, tmp_path / "labels.json").things == 1
    assert one.things(1)[0].keypoints[0, 0] == 33 and len(one.things(2)) == 1


def test_labels_that_come_later_are_matched_by_the_names_of_joints(sets, tmp_path):
    one, _ = new(sets, labeled_zip(tmp_path, 1))
    joints = ["Right Lamp", "base", "plug", "left-lamp"]
    brought = bring.bring(one, labeled_zip(tmp_path, 1, first=5, name="b.zip", joints=joints))
    row = thing().keypoints
    np.testing.assert_array_equal(one.things(2)[0].keypoints, [row[1], [0, 0, 0], row[3], row[0]])
    assert one.skeleton.joints == LAMP.joints
    assert any("left out: plug" in line for line in brought.remarks)
    assert any("not labeled: elbow" in line for line in brought.remarks)


def test_another_skeleton_is_said_and_changes_nothing(sets, tmp_path):
    one, _ = new(sets, labeled_zip(tmp_path, 2))
    before = below(one.folder), (one.folder / "journal.jsonl").read_bytes()
    with pytest.raises(SetError, match="another skeleton: they have snout, tail, this set has base, elbow"):
        bring.bring(one, labeled_zip(tmp_path, 1, first=7, name="mouse.zip", joints=["snout", "tail"]))
    assert (below(one.folder), (one.folder / "journal.jsonl").read_bytes()) == before


def test_pictures_that_are_none_are_told_and_skipped(sets, tmp_path):
    whole = photo(tmp_path / "whole.png", 3)
    jpeg = tmp_path / "cut.jpg"
    image.write(jpeg, np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8))
    members = {
        "whole.png": whole,
        "cut.jpg": jpeg.read_bytes()[:900],
        "empty.png": b"",
        "text.jpg": b"hello",
        "page.png": b"<html><script>alert(1)</script></html>",
        "huge.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0\x08\2\0\0\0",
    }
    one, brought = new(sets, packed(tmp_path / "a.zip", members))
    assert names(one) == ["whole.png"] and len(brought.skipped) == 5
    assert sorted(line.split(":")[0] for line in brought.skipped) == sorted(set(members) - {"whole.png"})
    assert below(one.folder / "pictures") == ["000001_whole.png"]
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "bad.png").write_bytes(b"no")
    refused(Sets(tmp_path / "other"), tmp_path / "only", "no picture that can be used; bad.png: ")


@pytest.mark.parametrize("evil", ["../evil.png", "a/../../evil.png", "/evil.png", "C:\\evil.png", "..\\evil.png"])
def test_a_zip_that_leads_outside_is_refused(sets, tmp_path, evil):
    files = below(tmp_path)
    path = packed(tmp_path / "a.zip", {"a.png": photo(tmp_path / "a.png"), evil: b"evil"})
    refused(sets, path, "outside of the set's own folder")
    assert below(tmp_path) == sorted([*files, "a.png", "a.zip"])


def test_links_and_zips_inside_of_a_zip_are_passed_over_and_told(sets, tmp_path):
    inner = packed(tmp_path / "inner.zip", {"b.png": photo(tmp_path / "b.png", 2)})
    path = packed(tmp_path / "a.zip", {"a.png": photo(tmp_path / "a.png", 1), "inner.zip": inner})
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("link.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(tmp_path / "b.png"))
    one, brought = new(sets, path)
    assert names(one) == ["a.png"] and len(brought.remarks) == 2
    assert any("archive inside of the zip" in line for line in brought.remarks)
    assert any("link in the zip" in line for line in brought.remarks)


def test_a_bomb_is_refused(sets, tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("a.png", "w") as file:
            for _ in range(120):
                file.write(bytes(2**20))
    refused(sets, path, "that is a bomb or no set of pictures")


def many(path, count):
    with zipfile.ZipFile(path, "w") as archive:
        for n in range(count):
            archive.writestr(zipfile.ZipInfo(f"{n}.png"), b"")
    return path


@pytest.mark.slow
def test_more_than_a_hundred_thousand_files_are_refused(sets, tmp_path):
    refused(sets, many(tmp_path / "many.zip", MAX_FILES + 1), "holds 100,001 files; sets of up to 100,000 are taken")


def test_more_files_than_the_limit_are_refused_zipped_and_not(sets, tmp_path, monkeypatch):
    for module in (unpacked, staging, reading):
        monkeypatch.setattr(module, "MAX_FILES", 4)
    refused(sets, many(tmp_path / "many.zip", 5), "holds 5 files; sets of up to 4 are taken")
    files = photos(tmp_path / "many", 5)
    refused(sets, files, "more than 4 files; sets of up to 4 are taken")
    refused(sets, tmp_path / "many", "many has 5 pictures; sets of up to 4 are taken")


def test_a_zip_for_which_there_is_no_room_is_refused_without_a_word_of_where_sets_are(sets, tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    said = refused(sets, labeled_zip(tmp_path, 1), "MB unpacked, and 0 MB are free in the folder of sets; free some")
    assert str(tmp_path) not in said and "bringing" not in said


def test_a_broken_video_is_told_by_its_name_alone(sets, tmp_path):
    pytest.importorskip("av")
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"\0\0\0\x18ftypmp42")
    assert refused(sets, clip, "^clip.mp4: ")
    one, brought = new(sets, [clip, photo(tmp_path / "a.png")])
    (line,) = [line for line in brought.remarks if "clip.mp4" in line]
    assert one.token not in line and str(tmp_path) not in line
    one, brought = new(sets, packed(tmp_path / "a.zip", {"clip.mp4": clip, "a.png": tmp_path / "a.png"}))
    assert not any(one.token in line or str(tmp_path) in line for line in brought.remarks)


def test_names_that_are_alike_get_numbers():
    assert different(["a.png", "A.png", "a_2.png", "a.png", "b"]) == ["a.png", "A_2.png", "a_2_2.png", "a_3.png", "b"]
    began = time.process_time()
    assert len(set(different(["a.png"] * 20_000))) == 20_000 and time.process_time() - began < 5


def test_labels_cannot_name_pictures_of_the_machine(sets, tmp_path):
    secret = photo(tmp_path / "secret" / "a.png", 9)
    inside = photo(tmp_path / "b.png", 1)
    wanted = ["../secret/a.png", "../../../../secret/a.png", str(secret), "b.png"]
    folder = tmp_path / "folder"
    folder.mkdir()
    shutil.copy(inside, folder)
    (folder / "labels.json").write_text(coco(wanted))
    for way in (
        folder,
        [folder / "labels.json", inside],
        packed(tmp_path / "a.zip", {p.name: p for p in folder.iterdir()}),
    ):
        one, brought = new(sets, way)
        assert [picture.digest for picture in one.pictures.values()] and len(one.pictures) == 1
        assert secret.read_bytes() not in [picture.path.read_bytes() for picture in one.pictures.values()]
        assert any("outside of" in line for line in brought.remarks) or brought.skipped


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"labels.json": '{"images": [', "a.png": b""}, "a.zip holds no labeled set|not valid JSON"),
        ({"labels.json": '{"images": [], "annotations": [], "categories": []}'}, "keypoint names|no labeled set"),
        ({"readme.txt": "hello"}, "no labeled set|no picture"),
        ({}, "a.zip is empty"),
        (
            {"labels.json": coco(["gone.png"])},
            "no picture that can be used; gone.png: it is missing; bring the pictures together with their labels",
        ),
    ],
)
def test_what_is_no_set_is_refused_with_words(sets, tmp_path, members, said):
    refused(sets, packed(tmp_path / "a.zip", members), said)


def test_nothing_and_what_is_not_there_is_refused_with_words(sets, tmp_path):
    refused(sets, [], "nothing was brought; choose")
    refused(sets, tmp_path / "gone.zip", r"there is no gone\.zip; check the path")
    (tmp_path / "a.rar").write_bytes(b"Rar!\x1a\x07\0")
    refused(sets, tmp_path / "a.rar", "kind that is not opened here; pack it as .zip")
    (tmp_path / "no.zip").write_bytes(b"PK\x03\x04 and then nothing")
    refused(sets, tmp_path / "no.zip", "no.zip is damaged")


def test_coordinates_that_are_none_are_told_and_left_out(sets, tmp_path):
    bad = [float("nan")] * 3 + [1.0, 2.0, 2] * 3
    good = [1.0, 2.0, 2] * 4
    path = packed(
        tmp_path / "a.zip",
        {"l.json": coco(["a.png"], people=[(1, bad), (1, good)]), "a.png": photo(tmp_path / "a.png")},
    )
    one, brought = new(sets, path)
    assert len(one.things(1)) == 1 and any("no number" in line for line in brought.remarks)


def test_one_joint_no_labels_and_all_labels_in_one_picture_are_sets_too(sets, tmp_path):
    single, _ = new(sets, labeled_zip(tmp_path, 2, name="k1.zip", joints=["tip"]))
    assert single.skeleton.joints == ("tip",) and single.stroke(1, 0, [thing(joints=1)]) == 1
    none, brought = new(sets, labeled_zip(tmp_path, 2, name="none.zip", people=[]))
    assert none.skeleton.joints == LAMP.joints and brought.things == 0 and none.labeled == 0
    row = [1.0, 2.0, 2] * 4
    crowd, brought = new(sets, labeled_zip(tmp_path, 3, name="crowd.zip", people=[(2, row)] * 50))
    assert brought.things == 50 and crowd.labeled == 1 and len(crowd.poses().samples) == 50


def test_the_same_name_in_two_folders_and_odd_names_are_different_pictures(sets, tmp_path):
    odd = ["a/x.png", "b/x.png", "B/X.PNG", "a b/ü €.png", "con.png", "-rf.png", ".png.png", "x" * 200 + ".png"]
    members = {name: photo(tmp_path / f"{n}.png", n) for n, name in enumerate(odd)}
    one, brought = new(sets, packed(tmp_path / "a.zip", members))
    kept = below(one.folder / "pictures")
    assert brought.added == len(kept) and set(names(one)) == set(odd) - {".png.png"}  # a hidden file is passed over
    assert all(len(name) < 90 and name[:6].isdigit() and "/" not in name for name in kept)


def test_joints_that_are_named_alike_are_refused_with_words(sets, tmp_path):
    refused(sets, labeled_zip(tmp_path, 1, joints=["a", "a", "b", "c"]), "different names")


def test_pictures_whose_size_is_not_that_of_the_labels_are_told(sets, tmp_path):
    values = json.loads(coco(["a.png"]))
    values["images"][0] |= {"width": WIDTH * 2, "height": HEIGHT * 2}
    members = {"l.json": json.dumps(values), "a.png": photo(tmp_path / "a.png")}
    one, brought = new(sets, packed(tmp_path / "a.zip", members))
    assert one.picture(1).size == (HEIGHT, WIDTH)
    assert any("whose size is not that of its labels, for example a.png" in line for line in brought.remarks)


def test_a_box_that_was_made_from_joints_is_known_again_and_follows_them(sets, tmp_path):
    values = json.loads(coco(["a.png"]))
    values["annotations"][0]["bbox"] = []
    members = {"l.json": json.dumps(values), "a.png": photo(tmp_path / "a.png")}
    one, brought = new(sets, packed(tmp_path / "a.zip", members))
    (made,) = one.things(1)
    assert made.made and made.box is not None and any("made from the joints" in line for line in brought.remarks)
    one.stroke(1, 0, [replace(made, keypoints=made.keypoints + [9, 0, 0])])
    assert one.things(1)[0].box.x == pytest.approx(made.box.x + 9, abs=0.01)


def test_who_stops_leaves_the_set_as_it_was(sets, tmp_path):
    one, _ = new(sets, labeled_zip(tmp_path, 1))
    before = below(one.folder)

    def stop(done, total):
        assert (total, done <= 3) == (3, True)
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring.bring(one, photos(tmp_path / "more", 5)[2:], stop)
    assert below(one.folder) == before and len(one.pictures) == 1


def test_what_a_killed_process_left_is_cleaned_up_by_the_next(sets, tmp_path):
    one, _ = new(sets, labeled_zip(tmp_path, 1))
    left = one.folder / ".bringing-0123"
    (left / "zip").mkdir(parents=True)
    (left / "lock").touch()
    (one.folder / "pictures" / "000002_orphan.png").write_bytes(b"x")
    assert bring.bring(one, photos(tmp_path / "more", 4)[2:]).added == 2 and not left.exists()
    assert below(one.folder / "pictures") == ["000001_p0.png", "000002_picture_002.png", "000003_picture_003.png"]


def test_the_joints_of_bare_pictures_stay_when_a_person_named_them(sets, tmp_path):
    one, _ = new(sets, photos(tmp_path / "src", 1))
    mine = Skeleton.of(["left_lamp", "base"])
    one.set_skeleton(mine, [None, None])
    assert bring.bring(one, labeled_zip(tmp_path, 1, first=8)).things == 1 and one.skeleton == mine
    np.testing.assert_array_equal(one.things(2)[0].keypoints, thing().keypoints[[2, 0]])


def test_pictures_of_another_folder_are_not_taken_for_missing_ones(sets, tmp_path):
    files = {"images/dusk/a.png": photo(tmp_path / "1.png", 1), "elsewhere/b.png": photo(tmp_path / "2.png", 2)}
    labels = coco(["dawn/a.png", "b.png"])
    one, brought = new(sets, packed(tmp_path / "a.zip", {"labels.json": labels, **files}))
    assert brought.skipped == ("dawn/a.png: it is missing",) and brought.things == 1
    assert {picture.name: len(one.things(id)) for id, picture in one.pictures.items()} == {
        "elsewhere/b.png": 1,
        "images/dusk/a.png": 0,
    }


def test_the_pictures_that_deeplabcut_drew_its_labels_into_are_left_out(sets, tmp_path):
    table = "scorer,me,me\nbodyparts,tip,tip\ncoords,x,y\nlabeled-data/dusk/img0.png,5,7\n"
    members = {
        "config.yaml": "Task: t\nscorer: me\n",
        "labeled-data/dusk/CollectedData_me.csv": table,
        "labeled-data/dusk/img0.png": photo(tmp_path / "0.png", 0),
        "labeled-data/dusk/img1.png": photo(tmp_path / "1.png", 1),
        "labeled-data/dusk_labeled/img0.png": photo(tmp_path / "2.png", 2),
    }
    one, brought = new(sets, packed(tmp_path / "a.zip", members))
    assert names(one) == ["labeled-data/dusk/img0.png", "labeled-data/dusk/img1.png"] and brought.format == "DeepLabCut"
    assert any("without label" in line for line in brought.remarks)
