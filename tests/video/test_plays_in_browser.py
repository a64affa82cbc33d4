"""The written clips, really played by Chromium."""

import base64
import os
import shutil

import pytest
from disc_people import GROUND, estimator, scene
from made_clips import write_clip

from hrnet.video import annotate

CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")

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


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    path = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *CHROMIUM))), None)
    if path is None:
        pytest.skip("needs a Chromium: apt-get install chromium, or set CHROMIUM to its path")
    with playwright.sync_playwright() as started:
        flags = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
        browser = started.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("suffix", "kind"), [(".mp4", 'video/mp4; codecs="avc1.64001f"'), (".webm", 'video/webm; codecs="vp9"')]
)
def test_a_drawn_clip_plays_to_its_end(browser, tmp_path, suffix, kind):
    photos = [scene(60 + 2 * i, size=(206, 320)) for i in range(30)]
    source = write_clip(tmp_path / "clip.mp4", photos, sound="aac")
    *_, finished = annotate(source, estimator(), video=tmp_path / f"drawn{suffix}")
    data = base64.b64encode((tmp_path / f"drawn{suffix}").read_bytes()).decode()
    page = browser.new_page()
    page.set_content(f"<video muted src='data:{kind.split(';')[0]};base64,{data}'></video>")
    seen = page.evaluate(PLAY, kind)
    page.close()
    assert "refused" not in seen and "error" not in seen, seen
    assert seen["time"] == pytest.approx(1, abs=0.1) and seen["duration"] == pytest.approx(1, abs=0.1)
    assert seen["time"] > seen["begun"] and (seen["width"], seen["height"]) == (320, 206)
    assert seen["corner"] == pytest.approx([GROUND, GROUND, GROUND, 255], abs=3)
    assert finished.frames == 30
