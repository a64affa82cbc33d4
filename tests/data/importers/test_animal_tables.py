"""DeepLabCut and Lightning Pose: their tables as CSV and HDF5, in the variants that occur."""

import h5py
import numpy as np
import pytest
from made import joints, photo, told

from hrnet.data import read

SINGLE = """scorer,Ann,Ann,Ann,Ann
bodyparts,nose,nose,tail,tail
coords,x,y,x,y
labeled-data/walk/img1.png,10,20,30,40
labeled-data/walk/img2.png,11,21,,
"""


def project(
    folder, table=SINGLE, config="Task: mice\nscorer: Ann\nbodyparts:\n- nose\n- tail\nskeleton:\n- - nose\n  - tail\n"
):
    for name in ("img1.png", "img2.png"):
        photo(folder / "labeled-data" / "walk" / name)
    (folder / "config.yaml").write_text(config)
    path = folder / "labeled-data" / "walk" / "CollectedData_Ann.csv"
    path.write_bytes(table if isinstance(table, bytes) else table.encode())
    return path


def test_a_project_has_its_name_its_limbs_its_videos_and_boxes_made_from_joints(tmp_path):
    project(tmp_path)
    poses = read(tmp_path)
    assert poses.skeleton.name == "mice" and poses.skeleton.limbs == ((0, 1),)
    assert joints(poses) == {"nose": (10, 20, 2), "tail": (30, 40, 2)} and joints(poses, 1) == {"nose": (11, 21, 2)}
    assert [one.source for one in poses.photos] == ["walk", "walk"] and poses.problems == ()
    assert told(poses.remarks, "2 x person without a box: made from the joints with a margin of 15%")
    assert poses.samples[0].box.xywh.tolist() == [7, 17, 26, 26]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_other_encodings(tmp_path, encoding):
    project(
        tmp_path, SINGLE.replace("nose", "schnäuzchen").encode(encoding), config="Task: x\nbodyparts: []\nscorer: A\n"
    )
    assert read(tmp_path).joints == ("schnäuzchen", "tail")


def test_windows_paths_semicolons_and_decimal_commas(tmp_path):
    table = SINGLE.replace("30,40", "30.5,40").replace(",", ";").replace(".5", ",5").replace("/", "\\")
    project(
        tmp_path, table, config='project_path: "C:\\Users\\ann\\mice"\nscorer: Ann\nbodyparts: [nose]\nTask: mice\n'
    )
    poses = read(tmp_path)
    assert joints(poses)["tail"] == (30.5, 40, 2) and len(poses.photos) == 2
    assert all(one.path.is_file() for one in poses.photos)


def test_two_header_rows_and_three_cells_for_a_path(tmp_path):
    table = SINGLE.partition("\n")[2].replace("bodyparts,", "bodyparts,,,").replace("coords,", "coords,,,")
    table = table.replace("labeled-data/walk/", "labeled-data,walk,")
    project(tmp_path, table)
    poses = read(tmp_path)
    assert joints(poses) == {"nose": (10, 20, 2), "tail": (30, 40, 2)}
    assert [one.path.name for one in poses.photos] == ["img1.png", "img2.png"]


def test_numbers_that_are_none_are_not_labels(tmp_path):
    project(tmp_path, SINGLE.replace("30,40", "inf,40").replace("11,21", "nan,NaN").replace("10,20", "ten,20"))
    poses = read(tmp_path)
    assert len(poses.samples) == 0 and [one.complete for one in poses.photos] == [True, False]
    assert told(poses.problems, "1 x cell that is no number, for example ten in labeled-data/walk/img1.png")
    assert told(poses.problems, "2 x joint with a coordinate that is no number")
    assert told(poses.remarks, "picture without labels")


def test_missing_pictures_are_kept_and_told_where_none_is_there(tmp_path):
    project(tmp_path)
    (tmp_path / "labeled-data" / "walk" / "img1.png").unlink()
    poses = read(tmp_path)
    assert len(poses.samples) == 2 and poses.problems == ()  # the doctor lists it among the missing
    (tmp_path / "labeled-data" / "walk" / "img2.png").unlink()
    assert told(read(tmp_path).problems, "2 x photo not found below")


def test_copies_of_the_labels_and_tables_of_other_people_are_not_read_twice(tmp_path):
    path = project(tmp_path)
    (path.parent / "CollectedData_Bob.csv").write_text(SINGLE.replace("Ann", "Bob"))
    again = tmp_path / "training-datasets" / "iteration-0" / "CollectedData_Ann.csv"
    again.parent.mkdir(parents=True)
    again.write_text(SINGLE)
    poses = read(tmp_path)
    assert len(poses.samples) == 2
    assert told(poses.remarks, "table beside CollectedData_Ann.csv, which was read, for example CollectedData_Bob.csv")


def test_a_table_of_frames_says_that_it_is_none_of_pictures(tmp_path):
    path = tmp_path / "walkDLC.csv"
    path.write_text(SINGLE.replace("labeled-data/walk/img1.png", "0").replace("labeled-data/walk/img2.png", "1"))
    with pytest.raises(ValueError, match="walkDLC.csv counts the frames of a video") as refusal:
        read(path)
    assert "\n" not in str(refusal.value)


def test_hdf5_as_pandas_stores_it(tmp_path):
    """Both forms, byte for byte as pandas 3.1 lays them out; fixed is what DeepLabCut's own windows write."""
    project(tmp_path, table="")
    csv = tmp_path / "labeled-data" / "walk" / "CollectedData_Ann.csv"
    csv.unlink()
    names = [b"labeled-data/walk/img1.png", b"labeled-data/walk/img2.png"]
    values = np.array([[10, 20, 30, 40], [11, 21, np.nan, np.nan]])
    with h5py.File(csv.with_suffix(".h5"), "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs.update(pandas_type=b"frame", nblocks=1, axis1_variety=b"regular", block0_items_variety=b"multi")
        group.attrs["block0_items_nlevels"] = 3
        for level, (cells, places) in enumerate(
            [([b"Ann"], [0] * 4), ([b"nose", b"tail"], [0, 0, 1, 1]), ([b"x", b"y"], [0, 1, 0, 1])]
        ):
            group[f"block0_items_level{level}"], group[f"block0_items_label{level}"] = cells, places
        group["axis1"], group["block0_values"] = names, values
    fixed = read(tmp_path)
    kind = "(lp0\n" + "".join(f"(VAnn\nV{joint}\nV{c}\ntp{9}\na" for joint in ("nose", "tail") for c in "xy") + "."
    with h5py.File(csv.with_suffix(".h5"), "w") as file:
        group = file.create_group("df_with_missing")
        group.attrs["pandas_type"] = b"frame_table"
        rows = np.zeros(2, [("index", "S40"), ("values_block_0", "f8", (4,))])
        rows["index"], rows["values_block_0"] = names, values
        group["table"] = rows
        group["table"].attrs["values_block_0_kind"] = np.bytes_(kind.encode())
    table = read(tmp_path)
    for poses in (fixed, table):
        assert joints(poses) == {"nose": (10, 20, 2), "tail": (30, 40, 2)} and joints(poses, 1) == {"nose": (11, 21, 2)}


def test_a_pickle_in_hdf5_is_never_run(tmp_path):
    path = tmp_path / "CollectedData_Ann.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("df")
        group.attrs["pandas_type"] = b"frame_table"
        group["table"] = np.zeros(1, [("index", "S4"), ("values_block_0", "f8", (2,))])
        target = tmp_path / "ran"
        group["table"].attrs["values_block_0_kind"] = np.bytes_(f"cos\nsystem\n(Vtouch {target}\ntR.".encode())
    with pytest.raises(ValueError, match="the names of its columns cannot be read"):
        read(path)
    assert not target.exists()


def test_a_damaged_hdf5_is_one_line(tmp_path):
    path = tmp_path / "CollectedData_Ann.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 500)
    with pytest.raises(ValueError, match="holds no labeled set|damaged") as refusal:
        read(path)
    assert "\n" not in str(refusal.value)


def test_lightning_pose_keeps_unseen_videos_apart_and_shows_what_is_not_labeled_yet(tmp_path):
    (tmp_path / "CollectedData.csv").write_text(SINGLE)
    (tmp_path / "CollectedData_new.csv").write_text(SINGLE.replace("walk", "run"))
    for name in ("walk/img1", "walk/img2", "walk/img3", "run/img1", "run/img2"):
        photo(tmp_path / "labeled-data" / f"{name}.png")
    poses = read(tmp_path)
    assert sorted((one.source, one.split, one.complete) for one in poses.photos) == [
        ("run", "test", True),
        ("run", "test", True),
        ("walk", "", False),
        ("walk", "", True),
        ("walk", "", True),
    ]
    assert len(read(tmp_path, "test").samples) == 2
