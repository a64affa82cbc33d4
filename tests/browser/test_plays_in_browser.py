"""The written clips, really played by Chromium."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "video"))  # where the made-up clips are

from disc_people import GROUND, estimator, scene  # noqa: E402
from made_clips import write_clip  # noqa: E402

from hrnet.video import annotate  # noqa: E402

PLAY = """async (type) => {
    const video = document.querySelector('video');
    if (!video.canPlayType(type)) return {refused: type};
    const failed = new Promise(end => video.addEventListener('error', () => end({error: video.error.message})));
    const played = (async () => {
        await video.play();
        const begun = video.currentTime;
        await new Promise(end => video.addEventListener('ended', end));
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0);
        return {begun, time: video.currentTime, duration: video.duration, width: video.videoWidth,
                height: video.videoHeight, corner: [...context.getImageData(4, 4, 1, 1).data]};
    })();
    return Promise.race([failed, played]);
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("suffix", "kind"), [(".mp4", 'video/mp4; codecs="avc1.64001f"'), (".webm", 'video/webm; codecs="vp9"')]
)
def test_a_drawn_clip_plays_to_its_end(browser, tmp_path, suffix, kind):
    photos = [scene(60 + 2 * i, size=(206, 320)) for i in range(30)]
    source = write_clip(tmp_path / "clip.mp4", photos, sound="aac")
    *_, finished = annotate(source, estimator(), video=tmp_path / f"drawn{suffix}")
    data = base64.b64encode((tmp_path / f"drawn{suffix}").read_bytes()).decode()
    page = browser.new_page()  # which plays without a click, for the clip is muted
    page.set_content(f"<video muted src='data:{kind.split(';')[0]};base64,{data}'></video>")
    seen = page.evaluate(PLAY, kind)
    page.close()
    assert "refused" not in seen and "error" not in seen, seen
    assert seen["time"] == pytest.approx(1, abs=0.1) and seen["duration"] == pytest.approx(1, abs=0.1)
    assert seen["time"] > seen["begun"] and (seen["width"], seen["height"]) == (320, 206)
    assert seen["corner"] == pytest.approx([GROUND, GROUND, GROUND, 255], abs=3)
    assert finished.frames == 30
