"""The whole road of a clip: events, results that are whole or not there at all, and what they say."""

import csv
import json
import subprocess
import sys
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from disc_people import estimator, scene
from made_clips import standing, write_clip

from hrnet import COCO_17, Box, Person, colors, draw, image
from hrnet.video import Clip, Finished, Limits, Progressed, Started, VideoError, annotate

FRAMES = 24


@pytest.fixture(scope="module")
def walkers(tmp_path_factory):
    """Two who walk in the same direction, at uneven times, with sound."""
    photos = [scene(60 + 2 * i, 200 + 2 * i) for i in range(FRAMES)]
    times = [i / 30 + 0.01 * (i % 3) for i in range(FRAMES)]
    return write_clip(tmp_path_factory.mktemp("clips") / "walkers.mp4", photos, times, sound="aac")


@pytest.fixture(scope="module")
def done(walkers, tmp_path_factory):
    folder = tmp_path_factory.mktemp("done")
    paths = {"video": folder / "a.mp4", "json": folder / "a.json", "csv": folder / "a.csv"}
    return list(annotate(walkers, estimator(), smooth=False, **paths)), paths


def test_the_events_tell_beginning_progress_and_end(done):
    events, _ = done
    assert isinstance(events[0], Started) and isinstance(events[-1], Finished)
    assert events[0].size == (208, 320) and events[0].seconds == pytest.approx(FRAMES / 30, abs=0.05)
    assert "aac" in events[0].sound and "kept" in events[0].sound
    progress = events[1:-1]
    assert progress and all(isinstance(event, Progressed) for event in progress)
    assert [event.frames for event in progress] == sorted({event.frames for event in progress})
    assert all(0 < event.share <= 1 and event.seconds_left >= 0 for event in progress)
    assert [len(event.people) for event in progress] == [2] * len(progress)
    last = events[-1]
    assert (last.frames, last.people, last.damaged) == (FRAMES, 2, 0)
    assert last.seconds == pytest.approx(FRAMES / 30, abs=0.05)


def test_json_says_where_everybody_is_in_every_frame(done, walkers):
    report = json.loads(done[1]["json"].read_text())
    assert report["file"] == str(walkers) and (report["width"], report["height"]) == (320, 208)
    assert report["joints"] == list(COCO_17.joints) and report["limbs"] == [list(limb) for limb in COCO_17.limbs]
    assert [record["frame"] for record in report["frames"]] == list(range(FRAMES))
    with Clip(walkers) as clip:
        np.testing.assert_allclose([record["time"] for record in report["frames"]], [f.time for f in clip], atol=1e-6)
    for i, record in enumerate(report["frames"]):
        assert [person["id"] for person in record["people"]] == [1, 2]
        xs = {60 + 2 * i, 200 + 2 * i}
        for person in record["people"]:
            x = min(xs, key=lambda x: abs(x - person["keypoints"][0][0]))
            xs.remove(x)
            np.testing.assert_allclose(np.array(person["keypoints"])[5:, :2], standing(x)[5:, :2], atol=6)
            assert person["box"][2] > 0 and 0 < person["score"] < 1


def test_csv_has_the_same_figures_a_row_per_joint(done):
    report = json.loads(done[1]["json"].read_text())
    with open(done[1]["csv"], newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == FRAMES * 2 * 17
    expected = [
        (record["frame"], record["time"], person["id"], joint, *place)
        for record in report["frames"]
        for person in record["people"]
        for joint, place in zip(report["joints"], person["keypoints"], strict=True)
    ]
    kinds = (int, float, int, str, float, float, float)
    given = [tuple(kind(value) for kind, value in zip(kinds, row.values(), strict=True)) for row in rows]
    assert list(rows[0]) == ["frame", "time", "id", "joint", "x", "y", "score"]
    assert given == expected


def test_the_drawn_clip_has_the_times_the_sound_and_the_people(done, walkers):
    with Clip(walkers) as before, Clip(done[1]["video"]) as after:
        pairs = list(zip(before, after, strict=True))
    np.testing.assert_allclose([a.time for a, _ in pairs], [b.time for _, b in pairs], atol=2e-5)
    changed = [np.abs(a.photo.astype(int) - b.photo).max(axis=2) > 60 for a, b in pairs]
    assert all(where[:, 40:].sum() > 500 for where in changed)
    with av.open(str(done[1]["video"])) as file:
        assert [stream.type for stream in file.streams] == ["video", "audio"]
        assert file.streams.audio[0].codec_context.name == "aac"


def test_a_part_begins_at_0_in_the_drawn_clip_and_at_its_own_time_in_json(walkers, tmp_path):
    paths = {"video": tmp_path / "a.webm", "json": tmp_path / "a.json"}
    started, *_, finished = annotate(walkers, estimator(), start=0.3, end=0.6, **paths)
    assert "left out" in started.sound and "webm" in started.sound
    times = [record["time"] for record in json.loads(paths["json"].read_text())["frames"]]
    assert 0.3 <= times[0] < 0.35 and 0.55 < times[-1] < 0.6 and finished.frames == len(times)
    with Clip(paths["video"]) as clip:
        np.testing.assert_allclose([frame.time for frame in clip], np.subtract(times, times[0]), atol=2e-3)
        assert clip.sound is None


def test_the_json_calls_the_clip_as_told_and_every_frame_waits_for_its_turn(walkers, tmp_path):
    turns = []

    def turn(work):
        turns.append(len(turns))
        return work()

    *_, finished = annotate(walkers, estimator(), json=tmp_path / "a.json", name="mine.mp4", turn=turn)
    assert json.loads((tmp_path / "a.json").read_text())["file"] == "mine.mp4"
    assert len(turns) == finished.frames == FRAMES


@pytest.mark.parametrize("asked", [1, 2])
def test_closing_stops_all_threads_and_leaves_no_file_and_the_old_ones(walkers, tmp_path, asked):
    (tmp_path / "a.mp4").write_text("old")
    threads = threading.active_count()
    events = annotate(walkers, estimator(), video=tmp_path / "a.mp4", json=tmp_path / "a.json", csv=tmp_path / "a.csv")
    for _ in range(asked):
        next(events)
    events.close()
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"] and (tmp_path / "a.mp4").read_text() == "old"
    assert threading.active_count() == threads


def test_an_error_on_the_way_leaves_no_file(walkers, tmp_path):
    broken = estimator()

    def fails(crops):
        raise RuntimeError("the network is gone")

    broken.topdown.network = fails
    with pytest.raises(RuntimeError, match="gone"):
        list(annotate(walkers, broken, video=tmp_path / "a.mp4", json=tmp_path / "a.json"))
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_drawing_thread_leaves_no_file(walkers, tmp_path, monkeypatch):
    def fails(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hrnet.video.pipeline.draw.people", fails)
    with pytest.raises(VideoError, match="No space left"):
        list(annotate(walkers, estimator(), video=tmp_path / "a.mp4"))
    assert list(tmp_path.iterdir()) == []


def test_a_clip_that_is_cut_off_is_done_as_far_as_it_goes_and_that_is_said(tmp_path):
    rng = np.random.default_rng(0)
    photos = [np.maximum(scene(100), rng.integers(0, 120, (208, 320, 1), np.uint8)) for _ in range(30)]
    path = write_clip(tmp_path / "cut.mp4", photos, container={"movflags": "+faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    *_, finished = annotate(path, estimator(), video=tmp_path / "a.mp4")
    assert finished.damaged > 0 and 10 < finished.frames < 28
    with Clip(tmp_path / "a.mp4") as clip:
        assert len(list(clip)) == finished.frames and clip.damaged == 0


def test_a_clip_above_a_limit_leaves_no_file(walkers, tmp_path):
    with pytest.raises(VideoError, match="10 frames"):
        list(annotate(walkers, estimator(), video=tmp_path / "a.mp4", limits=Limits(frames=10)))
    assert list(tmp_path.iterdir()) == []


def test_targets_that_cannot_be_are_refused_before_anything_happens(walkers, tmp_path):
    def refused(says, source=walkers, **paths):
        with pytest.raises(VideoError, match=says):
            list(annotate(source, estimator(), **paths))

    refused("nothing would be written")
    refused("over another", video=walkers)
    refused("over another", json=tmp_path / "a", csv=tmp_path / "a")
    refused("folder does not exist", json=tmp_path / "none" / "a.json")
    refused("this is a folder", json=tmp_path)
    refused(r"\.mp4 or \.webm", video=tmp_path / "a.avi")
    refused("no frame from 0.001 to 0.002", source=walkers, json=tmp_path / "a.json", start=0.001, end=0.002)


def test_the_box_of_a_person_has_the_color_of_the_id_and_in_a_photo_the_one_of_all_boxes():
    photo = np.zeros((200, 320, 3), np.uint8)

    def edge(identity):
        someone = Person(Box(40, 40, 100, 120), np.zeros((17, 3), np.float32), 0.5, identity)
        return tuple(draw.people(photo, [someone], COCO_17)[100, 40].tolist())

    for identity in range(1, len(colors.PERSONS) + 2):
        assert edge(identity) == colors.rgb(colors.of_person(identity))
    assert edge(None) == colors.rgb(colors.BOX)
    assert colors.of_person(3) == colors.of_person(3 + len(colors.PERSONS)) != colors.of_person(4)
    assert len(set(colors.PERSONS)) == len(colors.PERSONS) == 8


def test_the_writing_on_every_persons_tag_can_be_read():
    for color in colors.PERSONS:
        assert colors.contrast(colors.CASING, color) >= 4.5  # WCAG 2.2, 1.4.3
        assert color not in (colors.ON_DARK.left, colors.ON_DARK.right)


def test_the_oracle_of_these_tests_sees_what_was_drawn():
    people = estimator()(scene(80, 240))
    assert sorted(round(person.keypoints[0, 0], -1) for person in people) == [80, 240]
    assert image.encode(scene(80)) != image.encode(scene(81))


LONG = """
import resource, sys
import numpy as np
from disc_people import estimator
from hrnet.video import Progressed, Writer, annotate, encoder_for
marks = []
def mark():
    marks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
photo = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
with Writer(sys.argv[1], encoder_for("a.mp4"), (480, 640), 30) as writer:
    for i in range(900):
        writer.write(np.roll(photo, i, axis=1), i / 30)
        if i == 200: mark()
mark()
blind = estimator()
blind.finder = lambda photos: [[] for _ in photos]
frames = 0
for event in annotate(sys.argv[1], blind, video=sys.argv[2], json=sys.argv[3], csv=sys.argv[4]):
    if isinstance(event, Progressed) and len(marks) == 2 and event.frames > 200: mark()
mark()
assert event.frames == 900
print(*marks)
"""


@pytest.mark.slow
def test_a_long_clip_is_never_held_in_memory(tmp_path):
    paths = [tmp_path / name for name in ("long.mp4", "a.mp4", "a.json", "a.csv")]
    folder = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", LONG, *paths], check=True, capture_output=True, text=True, cwd=folder)
    written_early, written, done_early, done_all = map(float, done.stdout.split())
    assert written - written_early < 40 and done_all - done_early < 40  # MB; the photos are 830 MB
