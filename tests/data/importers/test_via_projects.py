import csv
import io
import json

import pytest
from made import joints, photo, told

from hrnet.data import read


def point(x, y, **said):
    return {"shape_attributes": {"name": "point", "cx": x, "cy": y}, "region_attributes": said}


def rect(x, y, w, h, **said):
    return {"shape_attributes": {"name": "rect", "x": x, "y": y, "width": w, "height": h}, "region_attributes": said}


def metadata(*regions, name="a.png"):
    return {f"{name}99": {"filename": name, "size": 99, "regions": list(regions), "file_attributes": {}}}


def test_a_project_of_version_2_with_a_menu_groups_and_swapped_boxes(tmp_path):
    regions = [
        point(5, 6, joint="tail", person="1"),
        point(7, 8, joint="head", person="1"),
        rect(20, 30, -15, -25, person="1"),
    ]
    menu = {"region": {"joint": {"type": "dropdown", "options": {"head": "", "tail": ""}}}}
    values = {"_via_settings": {}, "_via_img_metadata": metadata(*regions), "_via_attributes": menu}
    (tmp_path / "project.json").write_text(json.dumps(values))
    photo(tmp_path / "pictures" / "a.png")
    poses = read(tmp_path)
    assert poses.joints == ("head", "tail") and joints(poses) == {"head": (7, 8, 2), "tail": (5, 6, 2)}
    assert poses.samples[0].box.xywh.tolist() == [5, 5, 15, 25] and poses.problems == ()


def test_checkboxes_and_unusual_names_of_the_attribute_name_joints_too(tmp_path):
    regions = [point(1, 2, label={"ear": True, "eye": False}), point(3, 4, Gelenk="knie")]
    (tmp_path / "via.json").write_text(json.dumps(metadata(*regions)), encoding="utf-8-sig")
    assert joints(read(tmp_path)) == {"ear": (1, 2, 2), "knie": (3, 4, 2)}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_csv_of_version_2(tmp_path, encoding):
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(
        "filename file_size file_attributes region_count region_id region_shape_attributes region_attributes".split()
    )
    for number, region in enumerate([point(1, 2, name="Öhr, links"), point(float("nan"), 4, name="x")]):
        rows.writerow(
            ["a.png", 9, "{}", 2, number, *map(lambda one: json.dumps(one, ensure_ascii=False), region.values())]
        )
    rows.writerow(["b.png", 9, "{}", 0, 0, "{}", "{}"])
    rows.writerow(["a.png", 9, "{}", 2, 2, "{", "{}"])
    (tmp_path / "via.csv").write_bytes(out.getvalue().encode(encoding))
    poses = read(tmp_path)
    assert joints(poses) == {"Öhr, links": (1, 2, 2)} and [one.name for one in poses.photos] == ["a.png", "b.png"]
    assert told(poses.problems, "line that is not valid") and told(poses.problems, "coordinate that is no number")


def test_a_project_of_version_3_and_its_csv(tmp_path):
    attribute = {"1": {"aname": "joint", "type": 4, "options": {"0": "head", "1": "tail"}}}
    values = {
        "project": {"pid": "__VIA_PROJECT_ID__"},
        "config": {},
        "attribute": attribute,
        "file": {"1": {"fid": "1", "fname": "a.png", "type": 2, "loc": 1, "src": ""}},
        "view": {"1": {"fid_list": ["1"]}},
        "metadata": {
            "1_a": {"vid": "1", "flg": 0, "z": [], "xy": [1, 5, 6], "av": {"1": "1"}},
            "1_b": {"vid": "1", "flg": 0, "z": [], "xy": [1, 7, 8], "av": {"1": "0"}},
            "1_c": {"vid": "1", "flg": 0, "z": [], "xy": [2, 0, 0, 30, 40], "av": {}},
            "1_d": {"vid": "9", "flg": 0, "z": [], "xy": [1, 7, 8], "av": {}},
        },
    }
    (tmp_path / "via3.json").write_text(json.dumps(values))
    poses = read(tmp_path)
    assert poses.joints == ("head", "tail") and joints(poses) == {"head": (7, 8, 2), "tail": (5, 6, 2)}
    assert poses.samples[0].box.xywh.tolist() == [0, 0, 30, 40]
    assert told(poses.problems, "1 x shape without a picture and numbers, for example 1_d")
    lines = [
        "# Exported using VGG Image Annotator (http://www.robots.ox.ac.uk/~vgg/software/via)",
        "# CSV_HEADER = metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,metadata",
        '"1_a","[""a.png""]",0,"[]","[1,5,6]","{""joint"":""tail""}"',
    ]
    (tmp_path / "via3.json").unlink()
    (tmp_path / "via3.csv").write_text("\n".join(lines))
    assert joints(read(tmp_path)) == {"tail": (5, 6, 2)}


def test_points_without_names_are_never_given_one(tmp_path):
    (tmp_path / "via.json").write_text(json.dumps(metadata(point(1, 2))))
    with pytest.raises(ValueError, match="looks like labels of VGG Image Annotator: there is not one joint"):
        read(tmp_path)
