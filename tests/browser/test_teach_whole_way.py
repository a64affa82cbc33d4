"""From pictures to a network of one's own, all the way through the pages, in both front ends: bring, label, check,
repair, plan, run, compare, download; then the download predicts in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from apps.text import catalogue
from hrnet import image
from hrnet.scenes.lamp_scene import draw_lamp
from hrnet.sets import Sets, lamp

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = [pytest.mark.browser, pytest.mark.both_fronts, pytest.mark.slow]

EN = catalogue("en")
PICTURES = 8  # of the tiny set, with one more that is a copy
STEPS = 2
PATIENCE = 600_000  # milliseconds: a training begins with the import of torch, on a machine that may be busy


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A zip of a few lamps with COCO labels; one picture has none, one is there twice."""
    folder = tmp_path_factory.mktemp("tiny") / "lamps"
    folder.mkdir()
    poses = lamp.draw(folder, PICTURES)
    image.write(folder / "lamp_01_again.png", image.read(poses.photos[0].path))
    return Path(shutil.make_archive(str(folder.parent / "tiny"), "zip", folder.parent, "lamps"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory) -> Path:
    """A picture of a lamp that is in no set."""
    folder = tmp_path_factory.mktemp("stranger")
    poses = lamp.draw(folder, 1, seed=999)
    return poses.photos[0].path


def step(page, name: str) -> None:
    """Go there by the ribbon, and wait until it is there."""
    page.locator(f".ribbon [data-go={name}]").click()
    page.wait_for_selector(f".teach[data-step={name}]")


def bring(page, how: str, tiny: Path) -> int:
    """How many pictures came."""
    page.wait_for_selector(".teach[data-step=bring]")
    if how == "toy":
        page.locator("button.toy").click()
        count, labeled = lamp.PICTURES, lamp.PICTURES - len(lamp.UNLABELED)
    else:
        page.set_input_files("input.files", tiny)
        count, labeled = PICTURES + 1, PICTURES - 1
    text = EN["teach.counts"].format(labeled=labeled, pictures=count)
    expect(page.locator(".teach .counts")).to_have_text(text, timeout=PATIENCE)
    return count


def label(page, kept, picture: int) -> None:
    """Six clicks in a picture without labels, at the places where the drawing has its joints."""
    step(page, "label")
    page.locator(".label[data-state=shown]").wait_for()
    page.locator(f".strip [data-picture='{picture}']").click()
    page.wait_for_function(f"new URL(location.href).searchParams.get('picture') === '{picture}'")
    page.locator(".label[data-state=shown]").wait_for()
    root, canvas = page.locator(".label"), page.locator("canvas.picture")
    expect(root).to_have_attribute("data-things", "[]")
    canvas.scroll_into_view_if_needed()
    area = canvas.bounding_box()
    scale, left, top = json.loads(canvas.get_attribute("data-view"))
    drawn = draw_lamp(np.random.default_rng([lamp.SEED, picture]), lamp.SIZE)
    for joint, (x, y) in zip(kept.skeleton.joints, drawn.keypoints[0, :, :2], strict=True):
        expect(root).to_have_attribute("data-chosen", joint)
        page.mouse.click(float(area["x"] + left + (x + 0.5) * scale), float(area["y"] + top + (y + 0.5) * scale))
    expect(root).to_have_attribute("data-saved", "saved")
    (thing,) = kept.things(picture)
    assert thing.labeled == 6 and thing.by == "person"
    np.testing.assert_allclose(thing.keypoints[:, :2], drawn.keypoints[0, :, :2], atol=1.5)


def check(page, kept, how: str) -> None:
    """The doctor finds what is wrong with the set on purpose, and its buttons repair it."""
    step(page, "check")
    page.wait_for_selector(".group[data-kind=copy]", timeout=PATIENCE)
    count = len(kept.pictures)
    if how == "toy":
        swapped = page.locator(".group[data-kind=mirrored]")
        expect(swapped.locator(".tile")).to_have_count(1)
        before = kept.things(lamp.SWAPPED)[0].keypoints
        swapped.locator(".tile .repair").click()
        expect(swapped).to_have_count(0)
        assert (kept.things(lamp.SWAPPED)[0].keypoints[4:, :2] == before[[5, 4], :2]).all()
    copies = page.locator(".group[data-kind=copy]")
    copies.locator(".tile .repair").click()
    expect(copies).to_have_count(0)
    assert len(kept.pictures) == count - 1


def plan(page) -> None:
    """The smallest size, few steps; then go."""
    step(page, "plan")
    fill = page.locator("#plan-input_size")
    expect(fill).to_be_visible(timeout=PATIENCE)
    rows = page.locator(".step-plan .joints li")
    expect(rows).to_have_count(6)
    expect(page.locator(".step-plan .joints .kept")).to_have_count(1)  # head, like a nose
    sizes = fill.locator("option").evaluate_all("all => all.map((one) => one.value)")
    smallest = min(sizes, key=lambda size: int(size.split("x")[0]) * int(size.split("x")[1]))
    fill.select_option(smallest)
    expect(page.locator("[data-choice=input_size]")).to_have_class(re.compile("changed"))
    page.locator("#plan-steps").fill("0")
    expect(page.locator("[data-choice=steps] .no")).not_to_be_empty()
    expect(page.locator(".begin")).to_be_disabled()
    page.locator("#plan-steps").fill(str(STEPS))
    expect(page.locator("[data-choice=steps] .no")).to_be_empty()
    expect(page.locator(".begin")).to_be_enabled()
    expect(page.locator(".command")).to_have_text(re.compile(rf"--set steps={STEPS}\b"))
    page.locator(".step-plan input.title").fill("few steps")
    page.locator(".begin").click()


def run(page) -> str:
    """Its token, when it has finished."""
    page.wait_for_selector(".teach[data-step=run]", timeout=PATIENCE)
    expect(page.locator(".step-run .detail .title")).to_have_text("few steps", timeout=PATIENCE)
    page.wait_for_selector(".step-run .detail[data-state=finished]", timeout=PATIENCE)
    return page.locator(".runs [data-run][aria-pressed=true]").get_attribute("data-run")


def compare(page, how_many: int, folder: Path) -> Path:
    """The held-out pictures before and after, then the zip."""
    page.locator(".wishes [data-wish=compare]").click()
    page.wait_for_selector(".comparison[data-state=shown]", timeout=PATIENCE)
    expect(page.locator(".strip [data-picture]")).to_have_count(how_many)
    expect(page.locator(".sentence")).not_to_be_empty()
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.locator(".away [data-kind=zip]").click()
    target = folder / waiting.value.suggested_filename
    waiting.value.save_as(target)
    return target


def predicted(download: Path, photo: Path, folder: Path) -> dict:
    """What the downloaded program says of a photo, in a process that knows nothing of the server."""
    with zipfile.ZipFile(download) as archive:
        archive.extractall(folder)
    (program,) = folder.glob("*/predict.py")
    assert len(program.read_text().splitlines()) <= 14
    shutil.copy(photo, folder / photo.name)
    ended = subprocess.run(
        [sys.executable, str(program), str(folder / photo.name)],
        capture_output=True, text=True, timeout=300, cwd=folder, env={**os.environ, "HRNET_HOME": str(folder / "home")},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


@pytest.mark.parametrize("how", ["zip", "toy"])
def test_from_pictures_to_a_network_of_ones_own(visit_bench, studio, front, how, tiny, stranger, tmp_path):
    began = time.monotonic()
    page = visit_bench(front, "teach")
    bring(page, how, tiny)
    token = page.evaluate("new URL(location.href).searchParams.get('set')")
    kept = Sets(studio.folder / "home" / "sets").open(token)
    label(page, kept, lamp.UNLABELED[0])
    check(page, kept, how)
    plan(page)
    run(page)
    labeled = sum(bool(kept.things(picture)) for picture in kept.pictures)
    download = compare(page, -(-labeled // 5), tmp_path)
    told = predicted(download, stranger, tmp_path / "away")
    assert told["file"] == stranger.name and len(told["things"]) == 1
    assert len(told["things"][0]["keypoints"]) == 6
    assert (tmp_path / "away" / f"{stranger.stem}-joints.png").is_file()
    print(f"{front}, {how}: {time.monotonic() - began:.0f} s")


def test_a_visitor_does_not_see_anothers_runs_by_guessing(visit_bench, studio, front):
    page = visit_bench(front, "teach", "?set=AAAAAAAAAAAAAAAAAAAAAA&step=plan")
    page.wait_for_selector(".teach[data-step=bring]")
    expect(page.locator(".teach > .wrong")).to_contain_text("there is no such set")
