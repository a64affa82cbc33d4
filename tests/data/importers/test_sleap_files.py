import json

import cv2
import h5py
import numpy as np
import pytest
from made import joints, photo, told

from hrnet.data import read

FRAMES = [
    ("frame_id", "u8"),
    ("video", "u4"),
    ("frame_idx", "u8"),
    ("instance_id_start", "u8"),
    ("instance_id_end", "u8"),
]
INSTANCES = [("instance_id", "i8"), ("instance_type", "u1"), ("frame_id", "u8"), ("skeleton", "u4"), ("track", "i4")]
INSTANCES += [("from_predicted", "i8"), ("score", "f4"), ("point_id_start", "u8"), ("point_id_end", "u8")]
POINTS = [("x", "f8"), ("y", "f8"), ("visible", "?"), ("complete", "?")]


def edge(source, target, kind):
    return {"source": source, "target": target, "type": kind}


BODY = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [1]}]}
SYMMETRY = {"py/reduce": [{"py/type": "sleap.skeleton.EdgeType"}, {"py/tuple": [2]}]}


def written(path, backend, points, kinds=(0,), frame=0, version=1.2, **more):
    """A file with one frame; two instances at most, each of three joints: head, ear_a, ear_b."""
    links = [edge(2, 0, BODY), edge(0, 1, SYMMETRY), edge(1, 0, {"py/id": 2}), edge(2, 1, {"py/id": 1})]
    metadata = {
        "skeletons": [{"nodes": [{"id": 2}, {"id": 0}, {"id": 1}], "links": links}],
        "nodes": [{"name": "ear_a"}, {"name": "ear_b"}, {"name": "head"}],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        file.create_group("metadata").attrs.update(json=np.bytes_(json.dumps(metadata)), format_id=version)
        file["videos_json"] = [np.bytes_(json.dumps({"backend": backend}))]
        file["frames"] = np.array([(0, 0, frame, 0, len(kinds))], FRAMES)
        rows = [(n, kind, 0, 0, -1, -1, 0.5, 3 * n, 3 * n + 3) for n, kind in enumerate(kinds)]
        file["instances"] = np.array(rows, INSTANCES)
        file["points"] = np.array([(x, y, seen, True) for x, y, seen in points], POINTS)
        file["pred_points"] = np.array([(x, y, seen, True, 0.25) for x, y, seen in points], [*POINTS, ("score", "f8")])
        for name, value in more.items():
            file[name.replace("__", "/")] = value
    return path


THREE = [(10, 20, True), (30, 40, False), (np.nan, np.nan, False)]


def test_pictures_on_the_disk_with_the_order_the_limbs_and_the_pairs_of_the_skeleton(tmp_path):
    written(tmp_path / "labels.slp", {"filename": ["C:\\mice\\a.png", "C:\\mice\\b.png"]}, THREE, frame=1)
    photo(tmp_path / "frames" / "b.png")
    poses = read(tmp_path)
    assert poses.joints == ("head", "ear_a", "ear_b") and joints(poses) == {"head": (10, 20, 2), "ear_a": (30, 40, 1)}
    assert poses.skeleton.limbs == ((0, 1), (0, 2)) and poses.skeleton.flip_pairs == ((1, 2),)
    assert poses.photos[0].name == "b.png" and poses.photos[0].path.is_file() and poses.photos[0].source == "mice"


def test_before_format_1_1_coordinates_are_counted_from_the_corner_of_the_first_pixel(tmp_path):
    poses = read(written(tmp_path / "labels.slp", {"filename": "walk.mp4"}, THREE, version=1.0))
    assert joints(poses)["head"] == (9.5, 19.5, 2)


def test_predictions_are_read_only_where_nothing_was_drawn(tmp_path):
    drawn = read(written(tmp_path / "a.slp", {"filename": "walk.mp4"}, THREE * 2, kinds=(1, 0)))
    assert len(drawn.samples) == 1 and drawn.samples[0].confidence.tolist() == [1, 1, 0]
    found = read(written(tmp_path / "b.slp", {"filename": "walk.mp4"}, THREE * 2, kinds=(1, 1)))
    assert len(found.samples) == 2 and found.samples[0].confidence.tolist() == [0.25, 0.25, 0]
    assert told(found.remarks, "predictions were read, for example b.slp")


def test_pictures_inside_as_files_and_as_pixels(tmp_path):
    pixels = np.arange(60 * 80, dtype=np.uint8).reshape(60, 80)
    png = cv2.imencode(".png", pixels)[1].ravel().astype(np.int8)
    inside = {"filename": ".", "dataset": "video0/video"}
    padded = np.zeros((1, len(png) + 9), np.int8)
    padded[0, : len(png)] = png
    for name, video in (("png", padded), ("raw", pixels[None, :, :, None])):
        file = written(
            tmp_path / name / "set.pkg.slp",
            inside,
            THREE,
            frame=7,
            video0__video=video,
            video0__frame_numbers=np.array([7]),
        )
        poses = read(file, cache=tmp_path / "cache")
        np.testing.assert_array_equal(poses.photos[0].read()[..., 0], pixels)
        assert [path.name for path in file.parent.iterdir()] == ["set.pkg.slp"]


def test_frames_that_are_not_inside_are_told(tmp_path):
    inside = {"filename": ".", "dataset": "video0/video"}
    more = {"video0__video": np.zeros((1, 5), np.int8), "video0__frame_numbers": np.array([7])}
    missing = written(tmp_path / "a" / "set.slp", inside, THREE, frame=8, **more)
    broken = written(tmp_path / "b" / "set.slp", inside, THREE, frame=7, **more)
    for file, why in ((missing, "it is not among those inside"), (broken, "no picture")):
        poses = read(file, cache=tmp_path / "cache")
        assert not poses.samples and any(why in line for line in poses.problems), why


def analysis(path, tracks, **more):
    with h5py.File(path, "w") as file:
        file["node_names"], file["tracks"] = [b"head", b"tail", b"paw"], tracks
        for name, value in more.items():
            file[name] = value
    return path


def test_analysis_files_in_either_order_of_axes(tmp_path):
    tracks = np.full((2, 2, 3, 4), np.nan)  # tracks, x or y, joints, frames
    tracks[0, :, 0, 1], tracks[1, :, 1, 3] = (10, 20), (30, 40)
    for name, values in (("a.h5", tracks), ("b.h5", tracks.transpose(3, 2, 1, 0))):
        poses = read(analysis(tmp_path / name, values, video_path=b"D:/walk.mp4"))
        assert joints(poses) == {"head": (10, 20, 2)} and joints(poses, 1) == {"tail": (30, 40, 2)}
        assert [one.name for one in poses.photos] == ["frame_000001.png", "frame_000003.png"]
        assert {one.source for one in poses.photos} == {"walk"}


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n" + b"x" * 900, b"\x89HDF\r\n\x1a\n"])
def test_a_damaged_file_is_one_line(tmp_path, content):
    path = tmp_path / "labels.slp"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="looks like labels of SLEAP: .*labels.slp is cut off or damaged") as refusal:
        read(path)
    assert "\n" not in str(refusal.value)


def test_frames_are_taken_out_of_the_video_beside_the_labels(tmp_path):
    clip = cv2.VideoWriter(str(tmp_path / "walk.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 10, (80, 60))
    for frame in range(20):
        clip.write(np.full((60, 80, 3), 10 * frame, np.uint8))
    clip.release()
    written(tmp_path / "labels.slp", {"filename": "D:\\mice\\walk.avi"}, THREE, frame=7)
    photo(tmp_path / "unrelated_7.png")
    poses = read(tmp_path, cache=tmp_path / "cache")
    assert poses.problems == () and [one.name for one in poses.photos] == ["frame_000007.png"]
    assert abs(poses.photos[0].read().mean() - 70) < 3
    written(tmp_path / "labels.slp", {"filename": "walk.avi"}, THREE, frame=20)
    assert told(read(tmp_path, cache=tmp_path / "cache").problems, "labeled frame behind the end of its video")
    (tmp_path / "walk.avi").write_bytes(b"RIFF\0\0\0\0AVI LIST")
    assert told(read(tmp_path, cache=tmp_path / "cache").problems, "video that cannot be read")


def test_what_repeats_the_same_frames_is_read_once(tmp_path):
    inside = {"filename": ".", "dataset": "video0/video"}
    more = {"video0__video": np.zeros((1, 60, 80, 1), np.uint8), "video0__frame_numbers": np.array([0])}
    written(tmp_path / "set.pkg.slp", inside, THREE, **more)
    written(tmp_path / "set.slp", {"filename": "walk.mp4"}, THREE)
    analysis(tmp_path / "set.analysis.h5", np.ones((1, 2, 3, 4)), video_path=b"walk.mp4")
    poses = read(tmp_path, cache=tmp_path / "cache")
    assert len(poses.samples) == 1 and poses.problems == ()
    assert told(poses.remarks, "labels beside their own package") and told(poses.remarks, "analysis file beside labels")
