"""The video bench in both front ends: clips, recordings, the live camera; what goes wrong is one line."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from apps.text import catalogue
from hrnet.files import LEFT

sys.path.insert(0, str(Path(__file__).parents[1] / "video"))  # where the made-up clips are

from made_clips import standing, write_clip  # noqa: E402

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser
EN = catalogue("en")
PATIENCE = 240_000  # milliseconds; on a busy machine a clip of a second takes half a minute
FRAMES = 12


PLAYED = """async () => {
    const inside = (root) => root.querySelector("video.player") ??
        [...root.querySelectorAll("*")].map((node) => node.shadowRoot && inside(node.shadowRoot)).find(Boolean);
    const video = inside(document);
    await video.play();
    if (!video.ended) await new Promise((end) => video.addEventListener("ended", end));
    return [video.currentTime, video.duration, video.videoWidth, video.videoHeight];
}"""


@pytest.fixture(scope="module")
def clips(tmp_path_factory, photo):
    """Two clips of a still photo in which the drawn finder finds two: a short one with sound, and a long one."""
    folder = tmp_path_factory.mktemp("clips")
    photos = [np.roll(photo, number, axis=1) for number in range(FRAMES)]
    short = write_clip(folder / "short.mp4", photos, [number / 12 for number in range(FRAMES)], sound="aac")
    return short, write_clip(folder / "long.mp4", photos * 200)


def bring(page, path):
    page.set_input_files(".video input[type=file]", path)


def done(page) -> None:
    expect(page.locator(".video .after")).to_be_visible(timeout=PATIENCE)


def told(page, **changes) -> None:
    """Let the page be told other limits than the server's."""

    def change(route):
        answer = route.fetch()
        table = answer.json()
        next(one for one in table["pages"] if one["name"] == "video")["props"].update(changes)
        route.fulfill(response=answer, json=table)

    page.route("**/pages", change)
    page.reload()
    page.wait_for_selector(".bench[data-bench=video][data-mounted]")


def test_a_clip_is_worked_on_played_and_taken_away(visit_bench, front, clips):
    page = visit_bench(front, "video")
    bring(page, clips[0])
    done(page)
    people = page.locator(".video .rows li").count()
    assert f"in {FRAMES} frames" in page.inner_text(".video .result")
    at = page.evaluate(PLAYED)
    assert at[0] == pytest.approx(at[1], abs=0.1) and at[1] == pytest.approx(1, abs=0.1) and at[2:] == [320, 240]
    contents = {}
    for kind in ("video", "json", "csv"):
        with page.expect_download() as waited:
            page.click(f".video .download >> text={EN[f'video.save_{kind}']}")
        contents[waited.value.suggested_filename] = Path(waited.value.path()).read_bytes()
    assert list(contents) == ["short-people.mp4", "short-people.json", "short-people.csv"]
    report = json.loads(contents["short-people.json"])
    assert report["file"] == "short.mp4" and len(report["frames"]) == FRAMES
    ids = {person["id"] for frame in report["frames"] for person in frame["people"]}
    assert len(ids) == people
    rows = csv.DictReader(io.StringIO(contents["short-people.csv"].decode()))
    assert {int(row["id"]) for row in rows} == ids


def test_leaving_the_page_and_coming_back_loses_nothing(visit_bench, front, clips):
    page = visit_bench(front, "video")
    bring(page, clips[0])
    done(page)
    result, address = page.inner_text(".video .result"), page.get_attribute(".video video.player", "src")
    page.click(".page-names a[href*='/faq']")
    page.wait_for_selector(".bench[data-bench=faq][data-mounted]")
    page.click(".page-names a[href*='/video']")
    done(page)
    assert page.inner_text(".video .result") == result
    assert page.get_attribute(".video video.player", "src") == address


def test_cancel_ends_the_work_and_leaves_the_clip_to_begin_again(visit_bench, studio, front, clips):
    page = visit_bench(front, "video")
    bring(page, clips[1])
    expect(page.locator(".video .line")).to_have_text(EN["video.working"], timeout=PATIENCE)
    expect(page.locator(".video .left-time")).to_contain_text("%", timeout=PATIENCE)
    page.click(".video .cancel")
    expect(page.locator(".video .progress")).to_be_hidden()
    expect(page.locator(".video .begin")).to_be_enabled()
    expect(page.locator(".video .begin")).to_have_text(EN["video.begin"])
    page.fill(".video .end", "0.3")
    page.click(".video .begin")  # the line is free again
    done(page)
    assert "in 9 frames, 0.3 s" in page.inner_text(".video .result")
    assert list(studio.folder.rglob(LEFT)) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("notes.mp4", b"nothing moves here" * 9, "notes.mp4: this is no clip that is read here"),
        ("empty.mp4", b"", "empty.mp4: the file is empty"),
        ("cut.mp4", b"\0\0\0\x18ftypmp42" + bytes(99), "cut.mp4: the file is cut off or damaged"),
    ],
)
def test_a_bad_clip_is_one_line(visit_bench, name, content, says):
    page = visit_bench("studio", "video")
    bring(page, {"name": name, "mimeType": "video/mp4", "buffer": content})
    expect(page.locator(".video .wrong")).to_contain_text(says)
    assert "/" not in page.inner_text(".video .wrong").replace("https://", "")
    expect(page.locator(".video .drop")).to_be_visible()


def test_what_is_too_large_is_refused_before_it_is_sent(visit_bench, front, clips):
    page = visit_bench(front, "video")
    told(page, most_bytes=2e6)
    sent = []
    page.on("request", lambda request: request.method == "POST" and "/files" in request.url and sent.append(request))
    bring(page, {"name": "a.mp4", "mimeType": "video/mp4", "buffer": bytes(3_000_000)})
    expect(page.locator(".video .wrong")).to_have_text(EN["video.too_large"].format(megabytes=2))
    assert sent == []


def test_of_a_long_clip_a_part_is_offered(visit_bench, clips):
    page = visit_bench("studio", "video")
    told(page, most_seconds=0.5)
    bring(page, clips[1])
    expect(page.locator(".video .long")).to_contain_text("1:20")
    assert page.input_value(".video .end") == "0.5"
    expect(page.locator(".video .progress")).to_be_hidden()  # it does not begin by itself
    page.fill(".video .start", "0.2")
    page.click(".video .begin")
    done(page)
    assert "in 9 frames, 0.3 s" in page.inner_text(".video .result")


def test_the_timeline_leads_to_where_somebody_is(visit_bench):
    page = visit_bench("studio", "video")
    timeline = [
        {"id": 1, "color": "#ffd33d", "frames": 10, "spans": [[0, 1]]},
        {"id": 4, "color": "#c3b1ff", "frames": 3, "spans": [[0.5, 0.6], [0.8, 1]]},
    ]
    page.evaluate(
        """async (timeline) => {
            const { timelinePart } = await import("/web/video/timeline.js");
            const player = Object.assign(document.createElement("video"), { id: "fake" });
            let now = 0;
            Object.defineProperty(player, "currentTime", { get: () => now, set: (time) => (now = time) });
            const part = timelinePart(player);
            document.body.append(part.root);
            part.show({ seconds: 1, frames: 10, people: 3, timeline });
            window.now = () => now;
        }""",
        timeline,
    )
    rows = page.locator("body > .timeline li")
    expect(rows).to_have_count(2)
    assert [rows.nth(i).get_attribute("class") or "" for i in (0, 1)] == ["here", ""]
    rows.nth(1).locator("button").click()
    assert page.evaluate("now()") == 0.5 and rows.nth(1).get_attribute("class") == "here"
    expect(page.locator("body > .timeline .more")).to_have_text(EN["video.more"].format(count=1))
    said = rows.nth(1).locator("button").get_attribute("aria-label")
    assert said == EN["video.row"].format(id=4, seen=3, frames=10, **{"from": "0:00.5", "to": "0:01.0"})


# ---- cameras ---------------------------------------------------------------------------------------------------------


def test_the_live_camera_is_answered_frame_by_frame_until_it_is_stopped(visit_bench, front):
    page = visit_bench(front, "video")
    asked = []
    page.on("request", lambda request: "/ask/video" in request.url and asked.append(request.post_data_json))
    page.click(".video button.live")
    expect(page.locator(".video .rate")).to_contain_text("frames per second", timeout=PATIENCE)
    while len(asked) < 5:
        page.wait_for_timeout(50)
    page.click(".video button.stop")
    expect(page.locator(".video .drop")).to_be_visible()
    assert [one["ask"] for one in asked] == ["frame"] * len(asked)
    assert asked[0]["session"] is None and len({one["session"] for one in asked[1:]}) == 1
    assert [one["time"] for one in asked] == sorted(one["time"] for one in asked)
    stopped = len(asked)
    page.click(".video button.live")  # it is asked anew, under another name
    while len(asked) <= stopped:
        page.wait_for_timeout(50)
    assert asked[stopped]["session"] is None


def test_skeletons_lie_over_the_mirrored_picture(visit_bench):
    page = visit_bench("studio", "video")
    sides = ["middle"] + ["left", "right"] * 8
    box = [100.0, 20.0, 80.0, 160.0]
    person = {"id": 3, "box": box, "score": 0.8, "keypoints": standing(140).tolist()}
    answer = {"ask": "frame", "session": "s", "width": 640, "height": 360, "people": [person]}
    answer["skeleton"] = {"sides": sides, "limbs": [[5, 7], [7, 9]]}

    def reply(route):
        rev = route.request.post_data_json["rev"]
        line = json.dumps({"rev": rev, "answer": answer}) + "\n"
        route.fulfill(body=line, content_type="application/x-ndjson")

    page.route("**/ask/video", reply)
    page.click(".video button.live")
    expect(page.locator(".video .rate")).to_contain_text("1 person", timeout=PATIENCE)
    where = page.evaluate(
        """() => {
            const inside = (root) => root.querySelector(".eye canvas") ??
                [...root.querySelectorAll("*")].map((node) => node.shadowRoot && inside(node.shadowRoot)).find(Boolean);
            const canvas = inside(document);
            const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let [left, right] = [width, 0];
            for (let i = 3; i < data.length; i += 4) {
                if (!data[i]) continue;
                const x = ((i - 3) / 4) % width;
                [left, right] = [Math.min(left, x), Math.max(right, x)];
            }
            return [left / width, right / width];
        }"""
    )
    page.click(".video button.stop")
    # the box at 100 to 180 of 640 is seen at 460 to 540
    assert where == pytest.approx([459 / 640, 539 / 640], abs=0.015)


@pytest.mark.parametrize(
    ("error", "key"),
    [
        ("NotAllowedError", "video.camera_refused"),
        ("NotFoundError", "video.camera_none"),
        ("NotReadableError", "video.camera_taken"),
    ],
)
@pytest.mark.parametrize("way", ["live", "record"])
def test_a_camera_that_cannot_be_had_is_one_line(visit_bench, error, key, way):
    page = visit_bench("studio", "video")
    page.evaluate(
        """(name) => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", name)))""",
        error,
    )
    page.click(f".video button.{way}")
    expect(page.locator(".video .wrong")).to_have_text(EN[key])
    expect(page.locator(".video .drop")).to_be_visible()


def test_a_page_that_may_not_have_a_camera_says_why(visit_bench):
    page = visit_bench("studio", "video")
    page.evaluate("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.click(".video button.live")
    expect(page.locator(".video .wrong")).to_have_text(EN["video.camera_insecure"])


def test_a_recording_becomes_a_clip(visit_bench, front):
    page = visit_bench(front, "video")
    page.click(".video button.record")
    page.click(".video button.shutter")
    page.wait_for_timeout(1500)  # of recording: there is nothing to wait for
    page.click(".video button.shutter")
    done(page)
    assert page.inner_text(".video .name").startswith("recording.")
    assert " frames, " in page.inner_text(".video .result")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(visit_bench, front, clips, scheme):
    page = visit_bench(front, "video", width=390, height=844, color_scheme=scheme)
    bring(page, clips[0])
    done(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
