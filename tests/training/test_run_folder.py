import json
import os
import pickle

import pytest
import torch

from hrnet.training.checkpoint import Checkpoint
from hrnet.training.events import Finished, Saved, Started, Stepped, Stopped, Validated
from hrnet.training.run import RunFolder

CHECKPOINT = Checkpoint(7, {"w": torch.arange(3.0)}, {"w": torch.ones(3)}, {"state": {}}, torch.get_rng_state(), 0.5)


def test_a_checkpoint_comes_back_as_it_was(tmp_path):
    CHECKPOINT.write(tmp_path / "last.ckpt")
    again = Checkpoint.read(tmp_path / "last.ckpt")
    assert (again.step, again.best, again.optimizer) == (7, 0.5, {"state": {}})
    assert torch.equal(again.network["w"], torch.arange(3.0)) and torch.equal(again.average["w"], torch.ones(3))
    assert torch.equal(again.rng, CHECKPOINT.rng)
    assert os.listdir(tmp_path) == ["last.ckpt"]


def test_a_write_that_fails_half_way_keeps_the_last_checkpoint_and_leaves_nothing_behind(tmp_path, monkeypatch):
    CHECKPOINT.write(tmp_path / "last.ckpt")

    def full(values, file):
        file.write(b"half of it")
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="no space"):
        CHECKPOINT.write(tmp_path / "last.ckpt")
    monkeypatch.undo()
    assert Checkpoint.read(tmp_path / "last.ckpt").step == 7
    assert os.listdir(tmp_path) == ["last.ckpt"]


class Evil:
    def __reduce__(self):
        return os.mkdir, ("executed",)


@pytest.mark.parametrize("what", ["nothing", "garbage", "half", "other", "list", "pickle"])
def test_a_file_that_is_no_checkpoint_is_refused_in_one_line_and_never_executed(tmp_path, monkeypatch, what):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "last.ckpt"
    CHECKPOINT.write(path)
    if what == "half":
        path.write_bytes(path.read_bytes()[:300])
    elif what in ("nothing", "garbage"):
        path.write_bytes(b"" if what == "nothing" else b"garbage" * 20)
    elif what == "pickle":
        path.write_bytes(pickle.dumps(Evil(), protocol=2))
    else:
        torch.save({"step": 1} if what == "other" else [1, 2], path)
    with pytest.raises(ValueError, match=r"last\.ckpt is not a checkpoint of a run: .") as refusal:
        Checkpoint.read(path)
    assert "\n" not in str(refusal.value)
    assert not (tmp_path / "executed").exists()


def test_a_run_is_found_again_with_the_same_settings_and_refuses_others(tmp_path):
    recipe = {"steps": 10, "size": (128, 96), "rate": 0.1}
    RunFolder(tmp_path / "deep" / "run", recipe)
    again = RunFolder(tmp_path / "deep" / "run", recipe)
    assert json.loads(again.recipe_file.read_text()) == {"steps": 10, "size": [128, 96], "rate": 0.1}
    with pytest.raises(ValueError, match=r"other settings \(more: None there, 1 asked for, rate: 0\.1 there, 0\.2"):
        RunFolder(tmp_path / "deep" / "run", recipe | {"rate": 0.2, "more": 1})


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot use .*file as a run folder: "):
        RunFolder(tmp_path / "file", {})
    (tmp_path / "recipe.json").write_text("{")
    with pytest.raises(ValueError, match=r"recipe\.json is not valid JSON .*choose another folder"):
        RunFolder(tmp_path, {})


def test_a_new_run_has_no_checkpoint_and_no_events(tmp_path):
    run = RunFolder(tmp_path, {})
    assert run.checkpoint() is None and run.events() == []
    assert (run.best.name, run.last.name) == ("best.safetensors", "last.ckpt")


EVENTS = [
    Started(0, 10, "cpu", "float32"),
    Stepped(2, 0.5, 0.1, 20.0, 300.0),
    Validated(4, {"AP": 0.5}, True),
    Saved(4, "last.ckpt"),
    Stopped(5, "the loss is nan"),
    Finished(10, {"AP": 0.6}),
]


def test_events_are_one_line_of_json_each_with_kind_and_time(tmp_path):
    run = RunFolder(tmp_path, {})
    for event in EVENTS:
        run.record(event)
    assert run.events() == [event.to_dict() for event in EVENTS]
    assert [event["event"] for event in run.events()] == [
        *("started", "stepped", "validated", "saved", "stopped", "finished")
    ]
    assert run.events()[2] == {
        "event": "validated",
        "time": EVENTS[2].time,
        "step": 4,
        "figures": {"AP": 0.5},
        "best": True,
        "joints": {},
    }
    times = [event["time"] for event in run.events()]
    assert times == sorted(times) and times[0] > 1.7e9


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path):
    run = RunFolder(tmp_path, {})
    for event in EVENTS[:2]:
        run.record(event)
    os.truncate(run.events_file, run.events_file.stat().st_size - 20)
    assert [event["event"] for event in run.events()] == ["started"]
    run.record(EVENTS[2])
    run.record(EVENTS[3])
    assert [event["event"] for event in run.events()] == ["started", "validated", "saved"]
