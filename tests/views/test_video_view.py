"""The video bench without a front end: a made-up clip, a stand-in for the networks, the desk of the server."""

from __future__ import annotations

import base64
import csv
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "video"))  # where the made-up clips are

from disc_people import estimator, scene  # noqa: E402
from made_clips import write_clip  # noqa: E402

from apps.desk import Cancelled, Desk  # noqa: E402
from apps.views import video  # noqa: E402
from apps.views.video import clip, live, source  # noqa: E402
from hrnet import colors, image  # noqa: E402
from hrnet.video import Clip  # noqa: E402

FRAMES = 30


class Model:
    """The model in the thread of whoever asks, counting the turns."""

    def __init__(self) -> None:
        self.estimator, self.turns = estimator(), 0

    def use(self, make):
        self.turns += 1
        return make(self.estimator)


@pytest.fixture
def desk(tmp_path):
    return Desk(Model(), tmp_path)


def quiet(share: float) -> None:
    """What hears the progress where nobody listens."""


def walk(number: int):
    """Somebody walks to the right; another one is there in frames 10 to 19."""
    return scene(60 + 2 * number, *([220] if 10 <= number < 20 else []))


def brought(desk, name="my clip.mp4", photos=None, **how) -> str:
    token, path = desk.place(name)
    write_clip(path, photos or [walk(number) for number in range(FRAMES)], **how)
    return token


def files(desk) -> list[str]:
    return sorted(path.name for path in desk._folder.glob("*/*"))


def path_of(desk, address: str) -> Path:
    return desk.file(address.removeprefix("/files/"))


def ask(desk, kind: str, **values) -> dict:
    return video.answer(desk, {"ask": kind, **values}, quiet)


# ---- a clip ----------------------------------------------------------------------------------------------------------


def test_a_look_tells_what_kind_of_clip_it_is(desk):
    seen = ask(desk, "look", file=brought(desk, sound="aac"))
    assert (seen["name"], seen["width"], seen["height"], seen["sound"]) == ("my clip.mp4", 320, 208, True)
    assert seen["seconds"] == pytest.approx(1, abs=0.05) and seen["rate"] == pytest.approx(30, abs=0.1)
    poster = image.read(desk.made(seen["poster"].removeprefix("/pictures/")).content)
    assert abs(poster.astype(int) - walk(0)).mean() < 4


def test_a_clip_is_drawn_and_its_poses_are_written_under_the_visitors_name(desk):
    shares = []
    done = clip.answer(desk, {"file": brought(desk)}, shares.append)
    assert (done["frames"], done["people"], done["damaged"]) == (FRAMES, 2, 0)
    assert done["names"] == {
        "video": "my clip-people.mp4", "json": "my clip-people.json", "csv": "my clip-people.csv"
    }  # fmt: skip
    assert shares[0] == 0 and shares == sorted(shares) and shares[-1] <= 1
    with Clip(path_of(desk, done["video"])) as drawn:
        assert len(list(drawn)) == FRAMES
    report = json.loads(path_of(desk, done["json"]).read_text())
    assert report["file"] == "my clip.mp4" and len(report["frames"]) == FRAMES
    with path_of(desk, done["csv"]).open(newline="") as table:
        assert len({row["frame"] for row in csv.DictReader(table)}) == FRAMES
    assert desk.made(done["poster"].removeprefix("/pictures/")).kind == "jpeg"
    assert desk.model.turns == FRAMES  # so that others are answered in between


def test_the_timeline_says_who_is_in_which_frames_in_their_colors(desk):
    timeline = clip.answer(desk, {"file": brought(desk), "smooth": False}, quiet)["timeline"]
    assert [row["id"] for row in timeline] == [1, 2]
    assert [row["color"] for row in timeline] == [colors.of_person(1), colors.of_person(2)]
    assert timeline[0]["spans"] == [[0, pytest.approx(1, abs=0.01)]] and timeline[0]["frames"] == FRAMES
    (span,) = timeline[1]["spans"]  # the finder looks at every fifth frame, and knows a second that nobody was there
    assert 10 / 30 - 0.01 <= span[0] <= 15 / 30 and span[1] >= 20 / 30 - 0.01


def test_a_stay_ends_where_a_frame_is_missing():
    timeline = clip.Timeline(0.5)
    for number in (0, 1, 4):
        timeline.add(7, number, number / 2)
    assert timeline.rows() == [
        {"id": 7, "color": colors.of_person(7), "frames": 3, "spans": [[0, 1], [2, 2.5]]},
    ]


def test_the_timeline_keeps_those_who_were_seen_longest():
    timeline = clip.Timeline(0.1)
    for person in range(1, clip.ROWS + 3):
        for number in range(2 if person < 3 else 5):
            timeline.add(person, number, number / 10)
    assert [row["id"] for row in timeline.rows()] == list(range(3, clip.ROWS + 3))


def test_a_part_begins_at_0_in_the_drawn_clip_and_in_the_timeline(desk):
    done = clip.answer(desk, {"file": brought(desk), "start": 0.4, "end": 0.8, "kind": "webm"}, quiet)
    assert done["frames"] == 12 and done["timeline"][0]["spans"] == [[0, pytest.approx(0.4, abs=0.01)]]
    assert done["names"]["video"] == "my clip-people.webm"


def test_what_is_cancelled_leaves_only_the_upload(desk):
    heard = []

    def say(share):
        heard.append(share)
        if share > 0:
            raise Cancelled

    token = brought(desk, photos=[walk(number) for number in range(FRAMES)] * 4)
    desk.model.estimator.topdown.network = slow(desk.model.estimator.topdown.network)
    with pytest.raises(Cancelled):
        clip.answer(desk, {"file": token}, say)
    assert len(heard) >= 2 and files(desk) == ["my clip.mp4"]


def slow(network):
    """So that the clip is not done between two looks at whether it is cancelled."""
    import time

    def answer(crops):
        time.sleep(0.02)
        return network(crops)

    return answer


@pytest.mark.parametrize("question", ["look", "clip"])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"^bad\.mp4: the file is empty"),
        (b"no clip at all" * 100, r"^bad\.mp4: this is no clip that is read here"),
        (b"\0\0\0\x18ftypmp42" + bytes(500), r"^bad\.mp4: the file is cut off or damaged"),
    ],
)
def test_a_bad_clip_is_one_line_without_its_folder(desk, content, says, question):
    token, path = desk.place("bad.mp4")
    path.write_bytes(content)
    with pytest.raises(ValueError, match=says) as wrong:
        if question == "look":
            ask(desk, "look", file=token)
        else:
            clip.answer(desk, {"file": token}, quiet)
    assert "\n" not in str(wrong.value) and str(desk._folder) not in str(wrong.value)
    assert files(desk) == ([] if question == "look" else ["bad.mp4"])  # what was looked at first is of no use


def test_a_folder_of_any_length_stays_unsaid(tmp_path):
    desk = Desk(Model(), tmp_path / ("long" * 30) / ("longer" * 30))
    token, path = desk.place("bad.mp4")
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=r"^bad\.mp4: the file is empty"):
        ask(desk, "look", file=token)


def test_a_clip_with_sound_alone_has_no_video(desk):
    import av
    import numpy as np

    token, path = desk.place("song.m4a")
    with av.open(str(path), "w", format="mp4") as file:
        stream = file.add_stream("aac", rate=48_000, layout="mono")
        part = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), format="fltp", layout="mono")
        part.sample_rate = 48_000
        file.mux([*stream.encode(part), *stream.encode(None)])
    with pytest.raises(ValueError, match=r"^song\.m4a: there is no video in this file"):
        ask(desk, "look", file=token)


def test_a_long_clip_may_be_looked_at_but_only_a_part_of_it_done(desk, monkeypatch):
    monkeypatch.setattr(clip, "LIMITS", source.Limits(seconds=0.5, frames=100))
    token = brought(desk)
    assert ask(desk, "look", file=token)["seconds"] > 0.5
    with pytest.raises(ValueError, match=r"^my clip\.mp4: the clip is above the limit of 0\.5 s .* choose a part"):
        clip.answer(desk, {"file": token}, quiet)
    assert clip.answer(desk, {"file": token, "start": 0.2, "end": 0.6}, quiet)["frames"] == 12


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "file is a text"),
        ({"file": "no token"}, "no longer here"),
        ({"file": "../../etc/passwd"}, "no longer here"),
        ({"kind": "avi"}, "kind is one of mp4, webm"),
        ({"start": "soon"}, "start is a number of seconds"),
        ({"start": -1}, "start is a number of seconds"),
        ({"end": True}, "end is a number of seconds"),
        ({"start": 2, "end": 1}, "ends after it starts"),
        ({"smooth": 1}, "smooth is true or false"),
    ],
)
def test_a_wrong_question_about_a_clip_is_one_line(desk, values, says):
    given = {"file": brought(desk), **values} if values and "file" not in values else values
    with pytest.raises(ValueError, match=says):
        clip.answer(desk, given, quiet)


@pytest.mark.parametrize("values", [{}, {"ask": 3}, {"ask": "everything"}])
def test_an_unknown_question_is_one_line(desk, values):
    with pytest.raises(ValueError, match="ask is"):
        video.answer(desk, values, quiet)


def test_a_clip_to_try_is_made_of_an_example(desk):
    made = ask(desk, "glide", example="street")
    assert made["seconds"] == pytest.approx(4, abs=0.1) and made["name"] == "street.webm" and made["width"] <= 640
    with Clip(desk.file(made["file"])) as frames:
        photos = [frame.photo for frame in frames]
    steps = [abs(after.astype(int) - before).mean() for before, after in zip(photos, photos[1:], strict=False)]
    assert len(photos) == 60 and min(steps[5:25]) > 0.5  # it moves
    assert abs(photos[0].astype(int) - photos[-1]).mean() < max(steps) * 2  # and comes back


def test_there_is_no_clip_of_an_unknown_example(desk):
    with pytest.raises(ValueError):
        ask(desk, "glide", example="nowhere")
    assert files(desk) == []


# ---- a camera --------------------------------------------------------------------------------------------------------


def frame(desk, photo, time, session=None) -> dict:
    jpeg = base64.b64encode(image.encode(photo, "jpeg")).decode()
    return ask(desk, "frame", jpeg=jpeg, time=time, session=session)


def test_a_person_keeps_the_id_from_frame_to_frame_and_visitors_never_mix(desk):
    mine = frame(desk, scene(60, 200), 10.0)
    assert sorted(one["id"] for one in mine["people"]) == [1, 2]
    assert len(mine["skeleton"]["sides"]) == 17 and len(mine["people"][0]["keypoints"]) == 17
    places = {one["id"]: one["box"][0] for one in mine["people"]}
    other = frame(desk, scene(120), 10.1)
    assert other["session"] != mine["session"] and [one["id"] for one in other["people"]] == [1]
    for step in range(1, 8):
        now = frame(desk, scene(60 + 3 * step, 200), 10 + step / 10, mine["session"])
        assert now["session"] == mine["session"] and "skeleton" not in now
        for one in now["people"]:
            assert abs(one["box"][0] - places[one["id"]]) < 12
            places[one["id"]] = one["box"][0]
    assert len(places) == 2


def test_a_person_keeps_the_id_where_answers_take_seconds(desk):
    session = frame(desk, scene(60, 200), 1.0)["session"]
    for time in (3.0, 5.5, 7.0, 10.5, 12.0, 13.5):
        assert [one["id"] for one in frame(desk, scene(60, 200), time, session)["people"]] == [1, 2]


def test_a_camera_that_was_silent_for_long_begins_anew(desk, monkeypatch):
    first = frame(desk, scene(60), 1.0)
    monkeypatch.setattr(live._sessions, "seconds", -1)
    again = frame(desk, scene(60), 2.0, first["session"])
    assert again["session"] != first["session"] and "skeleton" in again


def test_frames_come_in_the_order_of_their_times(desk):
    session = frame(desk, scene(60), 1.0)["session"]
    with pytest.raises(ValueError, match="in the order"):
        frame(desk, scene(60), 1.0, session)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "jpeg is a text"),
        ({"jpeg": "!!", "time": 1}, "a JPEG in base64"),
        ({"jpeg": base64.b64encode(b"no picture").decode(), "time": 1}, "picture"),
        ({"jpeg": "A" * 2_000_000, "time": 1}, "above the limit of 1 MB"),
        ({"jpeg": base64.b64encode(image.encode(scene(9, size=(20, 1400)), "jpeg")).decode(), "time": 1}, "1280"),
        ({"jpeg": base64.b64encode(image.encode(scene(9), "jpeg")).decode()}, "needs its time"),
    ],
)
def test_a_bad_frame_is_one_line(desk, values, says):
    with pytest.raises(ValueError, match=says) as wrong:
        ask(desk, "frame", **values)
    assert "\n" not in str(wrong.value)


def test_the_page_is_told_the_limits_and_the_colors_as_plain_json():
    told = video.props(SimpleNamespace())
    assert json.loads(json.dumps(told))["most_seconds"] == source.LIMITS.seconds
    assert told["kinds"] == ["mp4", "webm"] and told["persons"][0] == colors.of_person(1)
