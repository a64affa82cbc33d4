"""Which picture a name means, and files that were made to do harm."""

import json
import zipfile

import h5py
import numpy as np
import pytest
from made import joints, photo, told
from test_animal_tables import SINGLE
from test_labelme_files import shape
from test_labelme_files import written as labelme
from test_sleap_files import THREE, analysis
from test_sleap_files import written as sleap

from hrnet import image
from hrnet.data import read
from hrnet.data.importers.folder import Folder, parts_of


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a/b.png", ("a", "b.png")),
        ("C:\\x\\b.png", ("x", "b.png")),
        ("/x/../b.png", ("x", "b.png")),
        ("../../b.png", ("b.png",)),
        ("\\\\server\\b.png", ("server", "b.png")),
        ("b\0.png", ("b.png",)),
        ("\ud800.png", ("?.png",)),
        ("..", ()),
        ("", ()),
    ],
)
def test_names_of_any_system_lead_nowhere_else(name, parts):
    assert parts_of(name) == parts


def test_the_file_that_shares_the_most_folders_is_meant_and_then_the_nearest(tmp_path):
    for name in ("one/x/a.png", "two/x/a.png", "two/y/a.png", "two/y/Ü.PNG"):
        photo(tmp_path / name.lower())
    folder = Folder(tmp_path)
    assert folder.find("D:/somewhere/two/x/a.png") == tmp_path / "two" / "x" / "a.png"
    assert folder.find("y\\A.PNG") == tmp_path / "two" / "y" / "a.png"
    assert folder.find("X/a.png", tmp_path / "two" / "labels.json") == tmp_path / "two" / "x" / "a.png"
    assert folder.find("u\u0308.png") == tmp_path / "two" / "y" / "ü.png"  # as macOS writes it
    assert folder.find("b.png") is None and folder.find("n" * 5000 + ".png") is None
    assert folder.match("x/a.png").rivals == 1


def test_a_missing_picture_is_not_taken_for_another_of_its_name(tmp_path):
    """Frames of two videos have the same names, and one video is not there."""
    (tmp_path / "labels.csv").write_text(
        SINGLE.replace("labeled-data/walk/img2.png,11,21", "labeled-data/run/img1.png,11,21")
    )
    photo(tmp_path / "labeled-data" / "run" / "img1.png")
    poses = read(tmp_path)
    here = [one.path.is_file() for one in poses.photos]
    assert here == [False, True] and joints(poses, here.index(True)) == {"nose": (11, 21, 2)}
    assert told(poses.problems, "picture that is missing, and of whose name another is there, for example img1.png")


def test_a_name_that_two_pictures_have_is_told(tmp_path):
    for name in ("x/a.png", "y/a.png"):
        photo(tmp_path / "pictures" / name)
    labelme(tmp_path / "labels", "a", shape("nose", (3, 4)))
    assert told(
        read(tmp_path).problems, "name that several pictures have: one was taken, look at it, for example a.png"
    )


def test_names_that_no_disk_takes_are_missing_pictures(tmp_path):
    labelme(tmp_path, "a", shape("nose", (3, 4)), picture="n" * 5000 + ".png")
    labelme(tmp_path, "b", shape("nose\nline", (3, 4)), picture="x/" * 3000 + "b.png")
    poses = read(tmp_path)
    assert len(poses.photos) == 2 and not any(one.path.is_file() for one in poses.photos)
    assert all("\n" not in line for line in (*poses.problems, *poses.remarks))


def test_pictures_inside_of_labels_in_a_zip_stay_in_the_folder_of_the_set(tmp_path):
    pixels = np.zeros((1, 60, 80, 1), np.uint8)
    inside = {"filename": ".", "dataset": "video0/video"}
    sleap(tmp_path / "set.pkg.slp", inside, THREE, video0__video=pixels, video0__frame_numbers=np.array([0]))
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(tmp_path / "set.pkg.slp", "export/set.pkg.slp")
    poses = read(tmp_path / "set.zip", cache=tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    assert poses.photos[0].read().shape == (60, 80, 3) and poses.photos[0].path.is_relative_to(folder)
    assert poses.problems == read(tmp_path / "set.zip", cache=tmp_path / "cache").problems == ()


def test_hdf5_that_reads_other_files_of_the_machine_is_refused(tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(bytes(range(256)) * 100)
    inside = {"filename": ".", "dataset": "video0/video"}
    for name in ("link", "external", "virtual"):
        path = sleap(tmp_path / name / "set.slp", inside, THREE)
        with h5py.File(path, "a") as file:
            if name == "link":
                file["video0"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/video0")
            elif name == "external":
                file.create_dataset(
                    "video0/video", (1, 60, 80, 1), "u1", external=[(str(secret), 0, h5py.h5f.UNLIMITED)]
                )
            else:
                layout = h5py.VirtualLayout((1, 60, 80, 1), "u1")
                layout[0] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (60, 80, 1))
                file.create_virtual_dataset("video0/video", layout)
        with pytest.raises(ValueError, match="looks like labels of SLEAP: .*another file"):
            read(path, cache=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_hdf5_that_would_fill_the_memory_is_refused(tmp_path):
    path = analysis(tmp_path / "a.h5", np.zeros((1, 2, 3, 1)))
    with h5py.File(path, "a") as file:
        del file["tracks"]
        file.create_dataset("tracks", (1000, 2, 3, 10**7), "f8", chunks=True)  # 480 GB, of which nothing is stored
    with pytest.raises(ValueError, match="a.h5: /tracks has 457,764 MB, which no labels need"):
        read(path)


def test_more_joints_than_anything_has_are_refused(tmp_path):
    labelme(tmp_path, "a", *(shape(f"word {number}", (3, 4)) for number in range(1001)))
    with pytest.raises(
        ValueError, match=r"1,001 names of joints \(word 0, word 1, word 2 \.\.\.\): that is something else"
    ):
        read(tmp_path)


def test_anything_anywhere_in_json_is_told_in_one_line_or_passed_over(tmp_path):
    """Files that a fuzzer made out of good ones: nothing but ValueError may come out."""
    rng = np.random.default_rng(0)
    task = {"id": 1, "data": {"image": "a.png"}, "annotations": [{"result": []}]}
    value = {"x": 1, "y": 2, "width": 1, "keypointlabels": ["nose"]}
    task["annotations"][0]["result"].append({"id": "a", "value": value, "original_width": 80, "original_height": 60})
    point = {"label": "nose", "points": [[1, 2]], "shape_type": "point", "group_id": 1, "flags": {}}
    region = {"shape_attributes": {"name": "point", "cx": 1, "cy": 2}, "region_attributes": {"name": "nose"}}
    metadata = {"1": {"vid": "1", "xy": [1, 5, 6], "av": {"1": "0"}}}
    view = {"1": {"fid_list": ["1"]}}
    attribute = {"1": {"aname": "joint", "options": {"0": "nose"}}}
    good = [
        [task],
        {"shapes": [point], "imagePath": "a.png", "imageData": None},
        {"a.png1": {"filename": "a.png", "regions": [region]}},
        {"project": {}, "file": {"1": {"fname": "a.png"}}, "view": view, "metadata": metadata, "attribute": attribute},
        {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": [{"id": 1, "keypoints": ["a"]}]},
    ]
    odd = [None, [], {}, "x", -1, 1e308, float("nan"), True, "", [[]], {"a": 1}, 10**30, "\0", "../../x.png"]

    def spoiled(values):
        if rng.random() < 0.06:
            return odd[rng.integers(len(odd))]
        if isinstance(values, dict):
            return {key: spoiled(one) for key, one in values.items()}
        return [spoiled(one) for one in values] if isinstance(values, list) else values

    photo(tmp_path / "a.png")
    read_at_all = 0
    for _ in range(300):
        (tmp_path / "labels.json").write_text(json.dumps(spoiled(good[rng.integers(len(good))])))
        try:
            poses = read(tmp_path / "labels.json", cache=tmp_path / "cache")
        except ValueError as error:
            assert "\n" not in str(error)
            continue
        read_at_all += 1
        assert all("\n" not in line for line in (*poses.problems, *poses.remarks))
        assert all(np.isfinite(person.keypoints).all() for person in poses.samples)
    assert 60 < read_at_all < 270
    assert image.read(tmp_path / "a.png").shape == (60, 80, 3)
