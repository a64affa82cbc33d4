"""The step "Run": what goes on is shown, found again, stopped, discarded and brought back.

The trainings are acted by a small program that writes what a training writes (tests/apps/runs_made.py), so that their
moments can be chosen; test_runs_killed.py has real ones.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys

import numpy as np
import pytest
from runs_made import ACTING, until

from apps.runs import Runs, process
from apps.runs.lease import Lease
from apps.text import catalogue
from hrnet import image
from hrnet.geometry import Box
from hrnet.sets import Sets, Thing, bring
from hrnet.skeleton import Skeleton

expect = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright").expect
pytestmark = pytest.mark.browser
EN, ZH = catalogue("en"), catalogue("zh")
LAMP = Skeleton.of(["base", "left_rim", "right_rim"], name="lamp", limbs=[(0, 1), (0, 2)])
POINTS = [[20, 30, 2], [50, 20, 2], [60, 60, 2]]


@pytest.fixture(autouse=True)
def patience():
    """For a busy machine."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def kept(studio, tmp_path):
    """A set with six pictures and a labeled lamp in each."""
    made = Sets(studio.folder / "home" / "sets").create("lamps", LAMP)
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (80, 100, 3), np.uint8)
        image.write(tmp_path / f"{number}.png", pixels)
    bring.bring(made, sorted(tmp_path.glob("*.png")))
    ones = np.ones(3, np.float32)
    for place, one in made.pictures.items():
        thing = Thing(np.array(POINTS, np.float32), Box(10, 10, 60, 60), False, "person", ones, False)
        made.stroke(place, one.revision, [thing])
    return made


@pytest.fixture
def runs(studio, kept):
    """Those of the server's folder; at the end none goes on or waits."""
    many = Runs(studio.folder / "home" / "runs", lambda token: kept)
    yield many
    for run in many.list(kept.token):
        many.discard(run.token)


@pytest.fixture
def act(runs, kept, monkeypatch):
    """Starts a run that behaves in some way (on, finish, memory, line, vanish); the device is its own meanwhile."""

    def go(how="on", title="a run"):
        monkeypatch.setattr(process, "command", lambda run, device: [sys.executable, "-c", ACTING, str(run.run), how])
        with free(runs.lease("cpu")) as lease:  # or the server would start a real one
            run = runs.open(runs.ask(kept.token, {"steps": 5, "device": "cpu"}, title))
            with free(run.alive) as alive:
                process.start(run, "cpu", lease, alive)
        return run

    return go


def free(path):
    """A lock, as soon as it is nobody's."""
    got = []

    def take():
        got[:] = [Lease.take(path)]
        return got[0]

    until(take)
    return got[0]


@pytest.fixture
def opened(visit_bench, kept):
    def go(front="studio", **options):
        page = visit_bench(front, "teach", f"?set={kept.token}&step=run", **options)
        page.wait_for_selector(".teach[data-step=run]")
        return page

    return go


def validated(run, *steps):
    """As a training does it: the figures, and what was answered on two pictures."""
    (run.run / "seen").mkdir(exist_ok=True)
    for step in steps:
        for number in range(2):
            answer = [[x + 300 / step, y, 0.9] for x, y, _ in POINTS]
            person = {"box": [10, 10, 60, 60], "affine": [], "keypoints": answer, "labeled": POINTS}
            told = {"step": step, "id": number + 1, "name": f"{number}.png", "people": [person]}
            (run.run / "seen" / f"{step}-{number}.json").write_text(json.dumps(told))
        joints = {joint: {"PCK": 0.5 + step / 100, "OKS": 0.25} for joint in LAMP.joints}
        event = {"event": "validated", "time": 1.0, "step": step, "best": True, "joints": joints}
        with (run.run / "events.jsonl").open("a") as file:
            file.write(json.dumps({**event, "figures": {"PCK": 0.5 + step / 100, "OKS": 0.25}}) + "\n")
    (run.run / "best.safetensors").touch()


def state(page, key, text=EN):
    """Waits until the shown run says so."""
    before = re.escape(text[key].partition("{")[0])
    expect(page.locator(".run .state")).to_have_text(re.compile(f"^{before}"))


def wish(page, name):
    page.locator(f".run [data-wish={name}]").click()


def test_a_set_without_runs_leads_to_the_plan(opened):
    page = opened()
    page.locator(".run .none button").click()
    expect(page.locator(".teach")).to_have_attribute("data-step", "plan")


def test_a_run_is_followed_found_again_stopped_and_resumable(opened, act, runs, kept, front):
    run = act(title="the first")
    page = opened(front)
    state(page, "teach.run.running")
    expect(page.locator(".run-list [aria-pressed=true] b")).to_have_text("the first")
    at = page.locator(".run-list .said")
    before = at.inner_text()
    expect(at).not_to_have_text(before)
    expect(page.locator(".run [data-fact=speed] dd")).to_have_text("50 samples/s")
    expect(page.locator(".run .chart polyline.strong").first).to_have_attribute("points", re.compile(r"\d+.* \d+"))
    page.reload()
    page.wait_for_selector(".teach[data-step=run]")
    state(page, "teach.run.running")
    assert f"run={run.token}" in page.url or runs.open(run.token).runs
    wish(page, "stop")
    state(page, "teach.run.ended.stopped")
    expect(page.locator(".run .reason")).to_contain_text("signal TERM")
    expect(page.locator(".run [data-wish=resume]")).to_be_visible()
    expect(page.locator(".run [data-wish=stop]")).to_have_count(0)


@pytest.mark.parametrize(
    ("how", "key", "words"),
    [
        ("memory", "failed", "out of memory at step 2 (4 examples at a time do not fit). Try accumulate=2"),
        ("line", "failed", "0 photos with labels are too few to learn and be judged; label 4 or more"),
        ("vanish", "lost", EN["teach.run.lost.why"]),
    ],
)
def test_an_early_end_is_told_in_words(opened, act, how, key, words):
    run = act(how)
    until(lambda: not run.runs)
    page = opened()
    state(page, f"teach.run.ended.{key}")
    expect(page.locator(".run .reason")).to_have_text(words)
    expect(page.locator(".run [data-wish=resume]")).to_be_visible()


def test_a_killed_run_is_noticed_by_a_page_that_looks_on(opened, act):
    run = act()
    page = opened()
    state(page, "teach.run.running")
    os.kill(run.pid, signal.SIGKILL)
    state(page, "teach.run.ended.lost")


def test_who_waits_hears_its_place_and_may_leave(opened, act, runs, kept):
    act(title="the first")
    runs.ask(kept.token, {"device": "cpu"}, "the second")
    page = opened()
    page.locator(".run-list button", has_text="the second").click()
    state(page, "teach.run.next")
    wish(page, "stop")
    state(page, "teach.run.ended.stopped")
    page.locator(".run-list button", has_text="the first").click()
    state(page, "teach.run.running")


def test_discarding_asks_once_and_can_be_undone(opened, act, runs, kept):
    run = act("finish", title="a try")
    until(lambda: not run.runs)
    page = opened()
    wish(page, "discard")
    wish(page, "keep")
    expect(page.locator(".run [data-wish=discard]")).to_be_focused()
    assert runs.list(kept.token)
    wish(page, "discard")
    wish(page, "really")
    expect(page.locator(".run .undo")).to_contain_text("a try")
    expect(page.locator(".run .none")).to_be_visible()
    assert runs.list(kept.token) == []
    wish(page, "undo")
    state(page, "teach.run.ended.finished")
    expect(page.locator(".run .undo")).to_be_hidden()


def test_the_slider_goes_through_the_validations_and_the_figures_go_along(opened, act, runs, front):
    run = act("finish")
    until(lambda: not run.runs)
    validated(run, 10, 20, 30)
    page = opened(front)
    expect(page.locator(".run .pictures figure")).to_have_count(2)
    tip = page.locator(".joint-figures tr[data-joint=left_rim]")
    expect(tip).to_have_class(re.compile("side-left"))
    expect(tip.locator(".pck b")).to_have_text("80.0")
    canvas = page.locator(".run .pictures canvas").first
    drawn = "(canvas) => canvas.toDataURL()"
    newest = canvas.evaluate(drawn)
    slider = page.locator(".run .through input")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".run .through output")).to_have_text("step 10")
    expect(tip.locator(".pck b")).to_have_text("60.0")
    assert canvas.evaluate(drawn) != newest
    first = canvas.evaluate(drawn)
    tip.focus()
    assert canvas.evaluate(drawn) != first  # a ring around the joint
    page.keyboard.press("Shift+Tab")
    validated(run, 40)
    expect(slider).to_have_attribute("max", "3")
    expect(page.locator(".run .through output")).to_have_text("step 10")  # the hand's choice stays
    slider.focus()
    page.keyboard.press("End")
    expect(tip.locator(".pck b")).to_have_text("90.0")
    assert page.locator(".run .pictures img").first.evaluate("(image) => image.naturalWidth") > 10


def test_a_page_that_nobody_looks_at_asks_nothing(opened, act):
    act()
    page = opened()
    state(page, "teach.run.running")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/ask/" in request.url else None)
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with page.expect_event("requestfinished", lambda request: "/ask/teach" in request.url):
        pass
    page.evaluate(hide, True)
    page.clock.install()
    del asked[:]
    page.clock.fast_forward(60_000)
    assert asked == []
    with page.expect_request(lambda request: "/ask/teach" in request.url):
        page.evaluate(hide, False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(opened, act, scheme):
    run = act("finish", title="a rather long name of a run that somebody thought of")
    until(lambda: not run.runs)
    validated(run, 10, 20)
    page = opened(width=390, height=844, color_scheme=scheme, locale="zh-CN")
    state(page, "teach.run.ended.finished", ZH)
    expect(page.locator(".run .pictures figure")).to_have_count(2)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_log_is_there_for_who_wants_it(opened, act):
    run = act("line")
    until(lambda: not run.runs)
    page = opened()
    page.locator(".run .log summary").click()
    expect(page.locator(".run .lines")).to_contain_text("train: 0 photos with labels are too few")
    expect(page.locator(".run .options")).to_have_text("--steps 5")
