import base64
import json

import pytest
from made import joints, photo, told

from hrnet.data import read


def shape(label, *points, kind="point", group=None, **more):
    return {"label": label, "points": [list(point) for point in points], "shape_type": kind, "group_id": group, **more}


def written(folder, name, *shapes, picture=None, encoding="utf-8", **more):
    folder.mkdir(parents=True, exist_ok=True)
    values = {"version": "5.7.0", "flags": {}, "shapes": list(shapes), "imagePath": picture or f"{name}.png"}
    values |= {"imageData": None, "imageHeight": 60, "imageWidth": 80, **more}
    (folder / f"{name}.json").write_bytes(json.dumps(values, ensure_ascii=False).encode(encoding))


def test_a_group_is_a_person_with_its_rectangle(tmp_path):
    shapes = [shape("nose", (x, 9), group=g) for g, x in ((1, 10), (2, 50))]
    shapes.append(shape("tail", (15, 20), group=1, flags={"occluded": True}))
    shapes.append(shape("cat", (30, 40), (5, 4), kind="rectangle", group=1))  # from the lower right
    written(tmp_path, "a", *shapes)
    photo(tmp_path / "a.png")
    poses = read(tmp_path)
    assert joints(poses) == {"nose": (10, 9, 2), "tail": (15, 20, 1)} and joints(poses, 1) == {"nose": (50, 9, 2)}
    assert poses.samples[0].box.xywh.tolist() == [5, 4, 25, 36] and poses.problems == ()


def test_without_groups_the_box_around_tells_and_what_repeats_is_told(tmp_path):
    inside, outside = (shape("nose", (12, 12)), shape("nose", (70, 50)))
    again, box = shape("nose", (71, 51)), shape("cat", (10, 10), (20, 20), kind="rectangle")
    written(tmp_path, "a", inside, outside, shape("tail", (60, 50)), again, box)
    poses = read(tmp_path)
    assert joints(poses) == {"nose": (12, 12, 2)} and poses.samples[0].box.xywh.tolist() == [10, 10, 10, 10]
    assert joints(poses, 1) == {"nose": (70, 50, 2), "tail": (60, 50, 2)}
    assert told(poses.problems, "joint that one person has twice: the first was taken, for example nose in a.png")


def test_one_joint_that_repeats_is_many_people(tmp_path):
    written(tmp_path, "a", shape("seed", (10, 10)), shape("seed", (20, 20)), shape("seed", (30, 30)))
    assert len(read(tmp_path).samples) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_other_encodings_windows_paths_and_folders_of_folders(tmp_path, encoding):
    below = tmp_path / "export" / "train" / "cats"
    written(below, "a", shape("Öhrchen", (10, 9)), picture="..\\fotos\\a.png", encoding=encoding)
    photo(tmp_path / "export" / "fotos" / "a.png")
    poses = read(tmp_path)
    assert poses.joints == ("Öhrchen",) and poses.photos[0].split == "train" and poses.photos[0].path.is_file()


def test_the_picture_inside_of_the_file_is_taken_where_that_beside_it_is_missing(tmp_path):
    data = photo(tmp_path / "other" / "x.png").read_bytes()
    folder = tmp_path / "set"
    written(folder, "a", shape("nose", (10, 9)), imageData=base64.b64encode(data).decode())
    written(folder, "b", shape("nose", (10, 9)), imageData="no picture!")
    poses = read(folder, cache=tmp_path / "cache")
    kept, missing = poses.photos
    assert kept.path.is_relative_to(tmp_path / "cache") and kept.read().shape == (60, 80, 3)
    assert not missing.path.exists() and told(poses.problems, "picture inside of a file that cannot be read")
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "b.json"]


def test_a_label_cannot_reach_out_of_the_set(tmp_path):
    photo(tmp_path / "secret.png")
    for number, picture in enumerate((str(tmp_path / "secret.png"), "../secret.png", "..\\..\\secret.png")):
        written(tmp_path / "set", f"{number}", shape("nose", (10, 9)), picture=picture)
    poses = read(tmp_path / "set")
    assert all(one.path.is_relative_to(tmp_path / "set") and ".." not in one.path.parts for one in poses.photos)


def test_broken_files_and_shapes_are_told_and_the_rest_is_read(tmp_path):
    written(
        tmp_path,
        "a",
        shape("nose", (10, 9)),
        {"label": "x"},
        shape("nose", ("a", 1), group=1),
        shape("box", (1, 1), (1, 9), kind="rectangle"),
    )
    (tmp_path / "b.json").write_text('{"version": "5.7.0", "shapes": [')
    poses = read(tmp_path)
    assert len(poses.samples) == 1
    for line in (
        "2 x shape without a label and points",
        "1 x box without extent",
        "1 x file that was left out, for example b.json",
    ):
        assert told(poses.problems, line), line
