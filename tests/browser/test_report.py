from __future__ import annotations

import pytest
from made_people import made_set

from hrnet import data
from hrnet.evaluation import given_boxes
from train.measured import Measured
from train.report import page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The report on twelve made-up persons, whose labels stand in for a network's poses, a little off."""
    folder = tmp_path_factory.mktemp("report")
    made_set(folder, [(n, "home", "val", 2) for n in range(1, 7)], (120, 160))
    poses = data.read(folder, "val")
    detections = [
        {
            "image_id": photo.id,
            "category_id": 1,
            "keypoints": (poses.samples[number].keypoints + [3, 0, 0]).astype(float).ravel().tolist(),
            "score": 0.5 + number / 100,
            "box": box,
        }
        for place, photo in enumerate(poses.photos)
        for box, number in enumerate(poses.by_photo[place])
    ]
    conditions = {"boxes": "given", "weights": "a-rather-long-name-without-any-space-" * 4}
    figures = {name: 0.5 for name in ("AP", "AP50", "AP75", "AP-M", "AP-L", "AR", "AR50", "AR75", "AR-M", "AR-L")}
    file = folder / "report.html"
    file.write_text(page(Measured("made up", conditions, poses, given_boxes(poses), detections, figures)))
    return file.as_uri()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_report_fits_the_width_shows_its_pictures_and_asks_for_nothing(browser, report, width):
    context = browser.new_context(viewport={"width": width, "height": 800})
    visited, wrong = context.new_page(), []
    visited.on("request", lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url))
    visited.on("console", lambda said: wrong.append(said.text))
    visited.goto(report)
    assert visited.evaluate("document.documentElement.scrollWidth") == width
    sizes = visited.evaluate(
        "[...document.images].map(i => [i.complete, i.naturalWidth, i.clientWidth / i.clientHeight])"
    )
    assert len(sizes) == 24 and all(done and wide == 216 and abs(shape - 0.75) < 0.02 for done, wide, shape in sizes)
    context.close()
    assert wrong == []


def test_the_report_is_dark_where_the_reader_wants_it_dark(browser, report):
    papers = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        visited = context.new_page()
        visited.goto(report)
        papers.append(visited.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert papers == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]
