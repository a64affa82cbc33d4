import numpy as np
import pytest
from made import joints, photo, told

from hrnet.data import read

DATA = "path: .\ntrain: images/train\nval: images/val\nkpt_shape: [2, 3]\nnames: [cat]\n"
ROW = "0 0.5 0.5 0.5 0.5 0.25 0.5 2 0.5 0.25 1\n"  # of 80 x 60: a box 20, 15, 40, 30; joints 20, 30 and 40, 15


def made(folder, data=DATA, rows=(("train", "a", ROW), ("val", "b", ROW))):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data.yaml").write_text(data)
    for split, name, row in rows:
        photo(folder / "images" / split / f"{name}.png")
        path = folder / "labels" / split / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        if row is not None:
            path.write_bytes(row if isinstance(row, bytes) else row.encode())
    return folder


def test_fractions_become_pixels_and_folders_splits(tmp_path):
    poses = read(made(tmp_path))
    assert joints(poses) == {"joint_0": (20, 30, 2), "joint_1": (40, 15, 1)}
    assert poses.samples[0].box.xywh.tolist() == [20, 15, 40, 30] and poses.skeleton.name == "cat"
    assert [one.split for one in poses.photos] == ["train", "val"] and poses.problems == ()


@pytest.mark.parametrize(
    "path", ["C:\\data\\cats", '"D:\\new\\cats"', "/home/somebody/cats", "../datasets/cats", "", "\\\\server\\share"]
)
def test_paths_of_another_machine_lead_to_the_folders_that_are_here(tmp_path, path):
    data = DATA.replace("path: .", f"path: {path}").replace("images/train", "..\\train\\images")
    poses = read(made(tmp_path / "cats", data.replace("..\\train\\images", "images\\train")))
    assert [one.split for one in poses.photos] == ["train", "val"] and len(poses.samples) == 2


def test_train_images_and_train_labels_as_roboflow_sorts_them(tmp_path):
    (tmp_path / "data.yaml").write_text(
        DATA.replace("images/train", "../train/images").replace("images/val", "../valid/images")
    )
    for split in ("train", "valid"):
        photo(tmp_path / split / "images" / "a.png")
        (tmp_path / split / "labels").mkdir()
        (tmp_path / split / "labels" / "a.txt").write_text(ROW)
    poses = read(tmp_path)
    assert [one.split for one in poses.photos] == ["train", "val"] and len(poses.samples) == 2


def test_without_splits_in_the_yaml_folders_tell_them_and_a_list_of_files_is_followed(tmp_path):
    made(tmp_path, "kpt_shape: [2, 3]\n")
    assert [one.split for one in read(tmp_path).photos] == ["train", "val"]
    (tmp_path / "train.txt").write_text("./images/train/a.png\nC:\\cats\\images\\val\\b.png\nmissing.png\n")
    (tmp_path / "data.yaml").write_text("kpt_shape: [2, 3]\ntrain: train.txt\n")
    assert [(one.name, one.split) for one in read(tmp_path).photos] == [("a.png", "train"), ("b.png", "train")]


def test_names_of_joints_and_pairs(tmp_path):
    more = "kpt_names:\n  0: [paw, paw]\nflip_idx: [1, 0]\nskeleton: [[0, 1]]\n"
    poses = read(made(tmp_path, DATA + more))
    assert poses.joints == ("paw", "paw_2") and poses.skeleton.flip_pairs == ((0, 1),) == poses.skeleton.limbs
    assert told(poses.problems, "name of a joint that appears twice, for example paw, now paw_2")
    poses = read(made(tmp_path, DATA + "flip_idx: [1, 1]\nkpt_names: [left_eye, right_eye]\n"))
    assert poses.skeleton.flip_pairs == ((0, 1),) and told(poses.problems, "flip_idx that does not swap 2 joints")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings(tmp_path, encoding):
    made(tmp_path, rows=[("train", "a", f"# größe\n{ROW}".encode(encoding))])
    (tmp_path / "data.yaml").write_bytes(f"{DATA}kpt_names: [ohr, füße]\n".encode(encoding))
    poses = read(tmp_path)
    assert poses.joints == ("ohr", "füße") and len(poses.samples) == 1


def test_two_values_a_joint_and_what_stands_for_none(tmp_path):
    poses = read(made(tmp_path, DATA.replace("3]", "2]"), [("train", "a", "0 .5 .5 .5 .5 .25 .5 0 0")]))
    assert joints(poses) == {"joint_0": (20, 30, 2)}


def test_one_joint(tmp_path):
    row = "0 0.5 0.5 0 0 0.25 0.5 2\n"
    poses = read(made(tmp_path, DATA.replace("[2, 3]", "[1, 3]"), [("train", "a", row), ("val", "b", row + row)]))
    assert len(poses.joints) == 1 and poses.samples[0].box.xywh.tolist() == [0, 0, 80, 60]
    assert poses.samples[1].box.xywh.tolist() == [16, 26, 8, 8]  # two of them: a tenth of the longer side
    assert told(poses.problems, "3 x box without extent: made from the joints")


def test_empty_files_mean_nobody_and_no_file_means_not_labeled_yet(tmp_path):
    poses = read(made(tmp_path, rows=[("train", "a", ""), ("train", "b", None), ("train", "c", ROW)]))
    assert [(one.name, one.complete) for one in poses.photos] == [("a.png", True), ("b.png", False), ("c.png", True)]
    assert told(poses.remarks, "picture without labels, for example b.png")


def test_what_is_broken_is_told_line_by_line(tmp_path):
    rows = [
        ROW,
        "0 0.5 0.5 0.5 0.5\n",
        "0 40 30 40 30 20 30 2 40 15 2\n",
        "0 a 0.5 0.5 0.5 0 0 0 0 0 0\n",
        "0 0.5 0.5 -0.5 0.5 nan nan 2 0.5 0.25 2\n",
    ]
    made(tmp_path, rows=[("train", "a", "".join(rows))])
    (tmp_path / "labels" / "train" / "gone.txt").write_text(ROW)
    poses = read(tmp_path)
    assert len(poses.samples) == 2 and joints(poses, 1) == {"joint_1": (40, 15, 2)}
    for line in (
        "line whose length is not 11 numbers (a class, a box, and the joints of kpt_shape)",
        "line whose box is not in fractions of the picture, for example line 3 of a.txt",
        "line with something that is no number, for example line 4 of a.txt",
        "box without extent: made from the joints, for example line 5 of a.txt",
        "file of labels without its picture, for example gone.txt",
    ):
        assert told(poses.problems, f"1 x {line}"), line


def test_a_picture_that_is_no_picture_takes_its_labels_with_it(tmp_path):
    made(tmp_path)
    (tmp_path / "images" / "train" / "a.png").write_bytes(b"<html>not found</html>")
    poses = read(tmp_path)
    assert len(poses.samples) == 1 and told(poses.problems, "picture that cannot be read")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (DATA.replace("kpt_shape: [2, 3]\n", ""), "has no kpt_shape: these are labels of boxes"),
        (DATA.replace("[2, 3]", "[2, 4]"), r"kpt_shape is to be \[joints, 2 or 3\], got \[2, 4\]"),
        (DATA.replace("[2, 3]", "[0, 3]"), r"got \[0, 3\]"),
        (DATA.replace("[2, 3]", "[1000000000, 3]"), r"got \[1000000000, 3\]"),
        (DATA + "a: [", "is not valid YAML"),
        (DATA + "a: &a [x, x]\nkpt_names: [*a, *a]", r"is not valid YAML: it has references \(\*\)"),
        (DATA + "kpt_names: !!python/object/apply:os.system [true]", "is not valid YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, data, why):
    with pytest.raises(ValueError, match=f"looks like labels of YOLO: .*{why}") as refusal:
        read(made(tmp_path, data))
    assert "\n" not in str(refusal.value)


def test_labels_without_data_yaml_ask_for_it(tmp_path):
    made(tmp_path)
    (tmp_path / "data.yaml").unlink()
    with pytest.raises(ValueError, match=r"there is no data.yaml; put it beside the labels, with kpt_shape"):
        read(tmp_path)


def test_nested_folders_and_the_box_of_many(tmp_path):
    made(tmp_path / "export" / "cats" / "v1")
    poses = read(tmp_path)
    assert len(poses.samples) == 2 and all(one.path.is_file() for one in poses.photos)
    np.testing.assert_array_equal(poses.samples[0].confidence, [1, 1])


def test_text_files_of_other_things_are_not_taken_for_labels(tmp_path):
    for name, text in (
        ("a", "inf 0.5 0.5 0.5 0.5\n"),
        ("b", "nan 0 0 0 0"),
        ("c", "hello"),
        ("d", "0.5 0 0 0 0"),
        ("e", ""),
    ):
        (tmp_path / f"{name}.txt").write_text(text)
    photo(tmp_path / "x.png")
    assert read(tmp_path).remarks == ("there are no labels: name the joints and label some pictures",)
