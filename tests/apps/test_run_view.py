"""The step "Run": what the page is told, and what it may ask for."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from runs_made import JOINTS, LittleSet, acting, until

from apps.runs import Runs, process
from apps.views import teach
from apps.views.teach import run as step

OWN, OTHER = "s" * 22, "t" * 22


def say(share):
    return None


@pytest.fixture
def desk(tmp_path, monkeypatch):
    monkeypatch.setenv("HRNET_HOME", str(tmp_path / "home"))
    pictures = {}

    def hand_out(content, kind):
        pictures[f"/pictures/{len(pictures)}"] = content
        return f"/pictures/{len(pictures) - 1}"

    yield SimpleNamespace(sets=SimpleNamespace(open=LittleSet), hand_out=hand_out, pictures=pictures)
    for run in Runs().all():
        process.kill(run)


@pytest.fixture
def ask(desk):
    """A question as the page sends it."""
    return lambda do, **values: teach.answer(desk, {"do": f"run.{do}", "set": OWN, **values}, say)


def start(desk, title="", token=OWN, options=()):
    return step.of(desk).ask(token, options, title)


def finished(desk, ask, how="finish"):
    token = start(desk, "done")
    until(lambda: ask("look", run=token)["run"]["state"] != "running")
    return token


def validated(desk, token, at=1, people=None):
    """The run folder of a training with one validation and two pictures."""
    folder = step.of(desk).open(token).run
    joints = {joint: {"PCK": 0.5, "OKS": 0.25} for joint in JOINTS}
    event = {"event": "validated", "time": 1.0, "step": at, "figures": {"PCK": 0.5, "OKS": 0.25}, "best": True}
    with (folder / "events.jsonl").open("a") as file:
        file.write(json.dumps({**event, "joints": joints}) + "\n")
    (folder / "seen").mkdir(exist_ok=True)
    for number in range(2):
        person = {"box": [5, 5, 50, 50], "keypoints": [[20, 30, 0.9]] * 3, "labeled": [[21, 31, 2]] * 3, "affine": []}
        seen = {"step": at, "id": 3 + 3 * number, "name": f"images/{3 + 3 * number}.png", "people": people or [person]}
        (folder / "seen" / f"{at}-{number}.json").write_text(json.dumps(seen))
    (folder / "best.safetensors").touch()


def test_a_set_without_runs_has_none(ask):
    told = ask("look")
    assert (told["runs"], told["run"]) == ([], None)
    assert ask("look", known=told["revision"]).keys() == {"revision", "now"}


def test_the_page_hears_where_its_run_is_and_nothing_twice(desk, ask, monkeypatch):
    acting(monkeypatch)
    first, second = start(desk, "first", options={"steps": 9}), start(desk, "second")
    until(lambda: (ask("look")["run"]["losses"] or [[0]])[-1][0] > 3)
    told = ask("look")
    assert [(one["token"], one["state"], one["place"]) for one in told["runs"]] == [
        (first, "running", None),
        (second, "waiting", 1),
    ]
    run = told["run"]
    assert (run["token"], run["device"], run["options"], run["preparing"]) == (first, "cpu", ["--steps", "9"], False)
    assert run["now"]["samples_per_second"] == 50.0 and run["ends"] > 0
    ask("stop", run=first)
    until(lambda: ask("look", run=first)["run"]["state"] == "stopped")
    ask("stop", run=second)
    told = ask("look", run=first)
    assert told["run"]["resumable"] and not told["run"]["stopping"]
    assert ask("look", run=first, known=told["revision"]).keys() == {"revision", "now"}


@pytest.mark.parametrize("how", ["memory", "line", "vanish"])
def test_an_early_end_reaches_the_page_in_words(desk, ask, monkeypatch, how):
    acting(monkeypatch, how)
    told = ask("look", run=finished(desk, ask, how))["run"]
    words = {"memory": "out of memory at step 2", "line": "0 photos with labels are too few", "vanish": ""}
    states = {"memory": "failed", "line": "failed", "vanish": "lost"}
    assert told["state"] == states[how] and told["reason"].startswith(words[how]) and told["resumable"]


def test_a_finished_run_tells_its_figures_joint_by_joint(desk, ask, monkeypatch):
    acting(monkeypatch, "finish")
    token = finished(desk, ask)
    validated(desk, token)
    told = ask("look")
    assert told["run"]["looks"][0]["joints"]["tip"] == {"PCK": 0.5, "OKS": 0.25}
    assert told["runs"][0]["figure"] == 0.5 and told["runs"][0]["weights"] and told["run"]["seen"] == 2
    assert step.state(desk, LittleSet(OWN))["done"]


def test_validation_pictures_come_once_with_the_part_where_the_labels_are(desk, ask, monkeypatch):
    acting(monkeypatch, "finish")
    token = finished(desk, ask)
    assert ask("seen", run=token, pictures=True)["steps"] == []
    validated(desk, token)
    told = ask("seen", run=token, pictures=True)
    assert told["joints"] == JOINTS and told["limbs"] == ((0, 1), (1, 2)) and told["sides"] == ("middle",) * 3
    assert [one["name"] for one in told["pictures"]] == ["3.png", "6.png"]
    assert told["pictures"][0]["view"] == [0, 0, 68, 64] and told["pictures"][0]["scale"] == 1.0
    shown = cv2.imdecode(np.frombuffer(desk.pictures["/pictures/0"], np.uint8), cv2.IMREAD_COLOR)
    assert shown.shape == (64, 68, 3)
    (step_seen,) = told["steps"]
    assert step_seen["step"] == 1 and len(step_seen["people"]) == 2
    assert step_seen["people"][0][0]["keypoints"] == [[20, 30, 0.9]] * 3
    assert "pictures" not in ask("seen", run=token)


def test_a_picture_that_was_seen_at_a_step_the_run_has_to_do_again_is_not_shown(desk, ask, monkeypatch):
    acting(monkeypatch, "finish")
    token = finished(desk, ask)
    validated(desk, token, at=1)
    folder = step.of(desk).open(token).run / "seen"
    (folder / "2-0.json").write_text("{}")
    (folder / "1-1.json").write_text('{"step": 1, "peop')  # of another writer, half
    assert [(one["step"], len(one["people"])) for one in ask("seen", run=token)["steps"]] == [(1, 1)]


def test_answers_that_are_no_numbers_reach_the_page_as_none(desk, ask, monkeypatch):
    acting(monkeypatch, "finish")
    token = finished(desk, ask)
    person = {"box": [5, 5, 50, 50], "keypoints": [[float("nan"), 3, 0.1]] * 3, "labeled": [[1, 2, 2]] * 3}
    validated(desk, token, people=[person])
    told = ask("seen", run=token)
    assert told["steps"][0]["people"][0][0]["keypoints"][0] == [None, 3, 0.1]
    json.dumps(told, allow_nan=False)


def test_a_picture_that_is_gone_leaves_the_answers(desk, ask, monkeypatch):
    acting(monkeypatch, "finish")
    token = finished(desk, ask)
    validated(desk, token)
    (step.of(desk).open(token).data / "images" / "3.png").unlink()
    told = ask("seen", run=token, pictures=True)
    assert [one["url"] is None for one in told["pictures"]] == [True, False]
    assert len(told["steps"][0]["people"]) == 2


def test_discard_can_be_undone_and_resume_goes_on(desk, ask, monkeypatch):
    acting(monkeypatch, "vanish")
    token = finished(desk, ask)
    told = ask("discard", run=token)
    assert told["runs"] == [] and told["discarded"] == {"token": token, "title": "done"}
    assert [one["token"] for one in ask("undo", run=token)["runs"]] == [token]
    acting(monkeypatch, "on")
    assert ask("resume", run=token)["run"]["state"] == "running"


@pytest.mark.parametrize("do", ["seen", "log", "stop", "resume", "discard"])
@pytest.mark.parametrize("which", ["other", "none", "path"])
def test_a_run_of_another_set_is_not_there(desk, ask, monkeypatch, do, which):
    acting(monkeypatch, "finish")
    token = {"other": start(desk, token=OTHER), "none": None, "path": "../../../etc/passwd...."}[which]
    with pytest.raises(ValueError, match="this run is no longer here"):
        ask(do, run=token)
    assert ask("look", run=token)["run"] is None


def test_the_log_is_told_without_folders_and_of_a_progress_bar_the_newest_state(desk, ask, monkeypatch):
    acting(monkeypatch, "finish")
    run = step.of(desk).open(finished(desk, ask))
    run.log.write_text(f"  0%|  | 0/9\r 11%|# | 1/9\n\n{run.run}: from step 0\n")
    assert ask("log", run=run.token)["lines"] == ["11%|# | 1/9", "run: from step 0"]


def test_a_view_holds_all_boxes_with_room_inside_the_photo():
    assert step.view((100, 200), [[50, 40, 20, 20]]) == (45, 35, 31, 31)
    assert step.view((100, 200), [[0, 0, 20, 20], [180, 80, 40, 40]]) == (0, 0, 200, 100)
    assert step.view((100, 200), []) == (0, 0, 200, 100)
    assert step.view((100, 200), [[500, 500, 20, 20]]) == (0, 0, 200, 100)
