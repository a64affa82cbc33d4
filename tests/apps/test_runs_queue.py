"""Who is next, and what a person may wish. The trainings are acted here; test_runs_killed.py has real ones."""

import json
import os
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from runs_made import LittleSet, acting, made, until

import hrnet
from apps.runs import devices, folder, process, queue, tended
from apps.runs.folder import BY_SIGNAL, last_words
from hrnet import data


@pytest.fixture
def runs(tmp_path):
    made_runs = made(tmp_path / "runs")
    yield made_runs
    for run in made_runs.all():
        process.kill(run)


def state(runs, token):
    return runs.open(token).ending().state


def test_a_run_keeps_the_set_as_it_was_when_it_was_asked_for(runs, monkeypatch):
    acting(monkeypatch)
    run = runs.open(runs.ask("s" * 22, {"steps": 300, "average": 0.9}, "first"))
    poses = data.read(run.data)
    assert (poses.joints, len(poses.samples)) == (("base", "hinge", "tip"), 6)
    assert {photo.split for photo in poses.photos} == {"train", "val"}
    assert run.request.options == ("--steps", "300", "--set", "average=0.9")
    assert (run.request.title, run.request.name, run.request.set) == ("first", "lamps", "s" * 22)
    assert not (run.folder / "data.zip").exists()


def test_of_two_runs_one_waits_until_the_other_is_gone_even_by_a_kill(runs, monkeypatch):
    acting(monkeypatch)
    first, second = (runs.ask("s" * 22, [], name) for name in ("first", "second"))
    assert (state(runs, first), state(runs, second)) == ("running", "waiting")
    assert runs.before() == {second: 1}
    until(lambda: runs.open(first).events())
    runs.advance()
    assert state(runs, second) == "waiting"
    os.kill(runs.open(first).pid, signal.SIGKILL)
    until(lambda: state(runs, first) == "lost")
    runs.advance()
    assert state(runs, second) == "running"


def test_many_who_look_for_a_free_device_at_once_start_one_run(tmp_path, monkeypatch):
    acting(monkeypatch)
    runs = made(tmp_path / "runs")
    monkeypatch.setattr(queue.Runs, "advance", lambda self: None)
    tokens = [runs.ask("s" * 22, [], str(n)) for n in range(4)]
    monkeypatch.undo()
    acting(monkeypatch)
    threads = [threading.Thread(target=made(tmp_path / "runs").advance) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [state(runs, token) for token in tokens] == ["running", "waiting", "waiting", "waiting"]
    process.kill(runs.open(tokens[0]))


def test_each_gpu_has_one_run_and_who_names_one_waits_for_it(runs, monkeypatch):
    acting(monkeypatch)
    monkeypatch.setattr(devices, "gpus", lambda: ("cuda:0", "cuda:1"))
    first, named, third, fourth, slow = (
        runs.ask("s" * 22, {"device": device} if device else {}, device)
        for device in ("cuda:1", "cuda:1", "", "", "cpu")
    )
    assert [state(runs, token) for token in (first, named, third, fourth, slow)] == [
        *("running", "waiting", "running", "waiting", "running")
    ]
    assert [runs.open(token).attempt["device"] for token in (first, third, slow)] == ["cuda:1", "cuda:0", "cpu"]


@pytest.mark.parametrize(
    ("how", "expected", "reason"),
    [
        ("finish", "finished", ""),
        ("memory", "failed", "out of memory at step 2 (4 examples at a time do not fit). Try accumulate=2"),
        ("line", "failed", "0 photos with labels are too few to learn and be judged; label 4 or more"),
        ("crash", "failed", "LookupError: photo 3"),
        ("vanish", "lost", ""),
    ],
)
def test_an_end_is_told_in_the_words_of_who_ended(runs, monkeypatch, how, expected, reason):
    acting(monkeypatch, how)
    token = runs.ask("s" * 22, [], "")
    until(lambda: state(runs, token) != "running")
    ending = runs.open(token).ending()
    assert (ending.state, ending.reason) == (expected, reason)


def test_stop_asks_politely_and_resume_joins_the_queue_again(runs, monkeypatch):
    acting(monkeypatch)
    token = runs.ask("s" * 22, [], "")
    until(lambda: runs.open(token).events())
    runs.stop(token)
    until(lambda: state(runs, token) == "stopped")
    assert "signal TERM" in runs.open(token).ending().reason
    runs.resume(token)
    assert state(runs, token) == "running"
    assert (runs.open(token).folder / "log.before.txt").is_file()
    with pytest.raises(ValueError, match="this run is running"):
        runs.resume(token)


def test_a_stop_that_came_before_the_process_said_who_it_is_is_not_forgotten(runs, monkeypatch):
    acting(monkeypatch)
    monkeypatch.setattr(process, "SHELL", ("/bin/sh", "-c", 'sleep 0.3; echo $$ > "$0" && exec "$@"'))
    token = runs.ask("s" * 22, [], "")
    assert runs.open(token).pid is None
    runs.stop(token)
    with tended(lambda: runs):
        until(lambda: state(runs, token) == "stopped")


def test_a_run_that_waits_is_stopped_without_ever_having_run(runs, monkeypatch):
    acting(monkeypatch)
    first, second = (runs.ask("s" * 22, [], name) for name in ("first", "second"))
    runs.stop(second)
    assert state(runs, second) == "stopped" and not runs.open(second).attempt
    runs.resume(second)
    assert state(runs, second) == "waiting" and runs.before() == {second: 1}
    assert state(runs, first) == "running"


def test_discarding_ends_a_run_at_once_frees_the_device_and_can_be_undone_for_a_day(runs, monkeypatch):
    acting(monkeypatch)
    first, second = (runs.ask("s" * 22, [], name) for name in ("first", "second"))
    until(lambda: runs.open(first).events())
    runs.discard(first)
    assert [run.token for run in runs.list("s" * 22)] == [second] and state(runs, second) == "running"
    with pytest.raises(ValueError, match="no longer here"):
        runs.open(first)
    runs.tidy()
    runs.undo(first)
    assert state(runs, first) == "stopped" and runs.open(first).events()
    runs.discard(first)
    long_ago = (runs.folder / ".discarded" / first).stat().st_mtime - queue.DISCARDED_SECONDS - 1
    os.utime(runs.folder / ".discarded" / first, (long_ago, long_ago))
    runs.tidy()
    with pytest.raises(ValueError, match="removed for good"):
        runs.undo(first)


def test_with_a_set_all_its_runs_go_for_good_and_those_of_others_stay(runs, monkeypatch):
    acting(monkeypatch)
    first, second, other = (runs.ask(token * 22, [], "") for token in "sst")
    until(lambda: runs.open(first).pid)
    runs.discard(second)
    runs.forget("s" * 22)
    assert [run.token for run in runs.all()] == [other] and state(runs, other) == "running"
    assert list((runs.folder / ".discarded").iterdir()) == []
    with pytest.raises(ValueError, match="removed for good"):
        runs.undo(first)


def test_a_full_disk_is_named_where_a_run_could_not_say_why_it_ended(runs, monkeypatch):
    acting(monkeypatch, "vanish")
    token = runs.ask("s" * 22, [], "")
    until(lambda: state(runs, token) == "lost")
    monkeypatch.setattr(folder.shutil, "disk_usage", lambda path: SimpleNamespace(free=3_000_000))
    assert runs.open(token).ending().reason == "the disk is full (3 MB are left)"


def test_the_server_starts_what_waits_and_another_server_goes_on_with_it(runs, monkeypatch):
    acting(monkeypatch, "finish")
    monkeypatch.setattr(queue, "LOOK_AGAIN", 0.05)
    tokens = [runs.ask("s" * 22, [], str(n)) for n in range(3)]
    with tended(lambda: runs):
        until(lambda: state(runs, tokens[1]) == "finished")
    with tended(lambda: runs):
        until(lambda: state(runs, tokens[2]) == "finished")


def test_an_event_that_was_told_before_a_resumed_run_was_killed_does_not_count_as_its_end(runs, monkeypatch):
    acting(monkeypatch, "memory")
    token = runs.ask("s" * 22, [], "")
    until(lambda: state(runs, token) == "failed")
    acting(monkeypatch, "on")
    runs.resume(token)
    until(lambda: runs.open(token).pid)
    process.kill(runs.open(token))
    until(lambda: state(runs, token) != "running")
    assert state(runs, token) == "lost"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"data": "/etc"}, None),
        (["--data", "/etc"], "a run cannot be told 'data'"),
        (["--run=/tmp/elsewhere"], "a run cannot be told 'run'"),
        (["--cache", "/tmp"], "a run cannot be told 'cache'"),
        (["steps"], "'steps' is no option"),
        (["--steps"], "the option --steps needs a value"),
        ({"device": "tpu"}, "a device is cpu, cuda or such as cuda:1, got 'tpu'"),
        ({"a b": 1}, "'a b' is no name of a setting"),
    ],
)
def test_where_things_lie_is_not_for_a_request_to_say(options, line):
    if line is None:  # a setting called so; `python -m train` knows none of that name
        assert process.words(options) == (("--set", "data=/etc"), "")
        return
    with pytest.raises(ValueError, match=line):
        process.words(options)


def test_options_are_the_words_of_the_command_line_however_they_come():
    names = {"steps": 300, "input_size": "160x160", "recompute": True, "freeze": ["stem", "stage1"], "device": "cpu"}
    said = ["--steps", "300", "--input-size=160x160", "--recompute", "--set", "freeze=stem,stage1", "--device", "cpu"]
    expected = ("--steps", "300", "--input-size", "160x160", "--recompute", "--set", "freeze=stem,stage1")
    assert process.words(names) == process.words(said) == (expected, "cpu")


def test_what_cannot_be_prepared_leaves_nothing(runs, monkeypatch):
    def full(self, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LittleSet, "export", full)
    with pytest.raises(ValueError, match="the run cannot be prepared: No space left on device"):
        runs.ask("s" * 22, [], "")
    assert list(runs.folder.iterdir()) == []


@pytest.mark.parametrize("token", ["../../etc/passwd/xxxxxx", "x" * 22, "", None, 3])
def test_a_token_that_is_none_opens_nothing(runs, token):
    with pytest.raises(ValueError, match="this run is no longer here"):
        runs.open(token)


def test_a_reason_names_no_folder_of_the_machine(runs, monkeypatch):
    acting(monkeypatch, "finish")
    run = runs.open(runs.ask("s" * 22, [], ""))
    told = f"{run.run}/last.ckpt cannot be written:\n no space left; see {run.folder}"
    assert run.plain(told) == "run/last.ckpt cannot be written: no space left; see the run"
    until(lambda: run.ending().state == "finished")
    assert json.loads((run.folder / "request.json").read_text())["options"] == []


def test_a_gpu_has_one_lock_whatever_number_a_server_knows_it_by(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [devices.lock_name(name) for name in ("cpu", "cuda", "cuda:0", "cuda:1")] == [
        *("cpu", "cuda-0", "cuda-0", "cuda-1")
    ]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1, 3")
    assert (devices.lock_name("cuda:0"), devices.lock_name("cuda:1")) == ("cuda-1", "cuda-3")


def test_a_damaged_run_holds_up_no_other(runs, monkeypatch):
    acting(monkeypatch)
    first, second = (runs.ask("s" * 22, [], name) for name in ("first", "second"))
    until(lambda: runs.open(first).pid)
    process.kill(runs.open(first))
    (runs.folder / first / "request.json").write_text('{"set": 3')
    until(lambda: not runs.open(first).runs)
    runs.advance()
    assert state(runs, second) == "running"


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("  0%|\r 10%|#\ntrain: cannot read it\n", "cannot read it"),
        ("usage: ...\npython -m train: error: unrecognized arguments: -x\n", "unrecognized arguments: -x"),
        ("stopped at step 7: run/last.ckpt cannot be written: No space left on device\n",
         "run/last.ckpt cannot be written: No space left on device"),
        ("Traceback (most recent call last):\n  File x\nLookupError: photo 3\n", "LookupError: photo 3"),
        (" 40%|####      | 2/5 [00:01, loss 3]\r 60%|######    | 3/5 [00:02, loss 2]", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_the_last_words_of_a_process_are_found_in_its_log(tmp_path, log, reason):
    (tmp_path / "log.txt").write_bytes(log.encode())
    assert last_words(tmp_path / "log.txt") == reason
    assert last_words(tmp_path / "none.txt") == ""


def test_an_end_by_a_signal_is_known_by_the_words_of_the_trainer():
    trainer = Path(hrnet.__file__).parent / "training" / "trainer.py"  # read, not imported: that takes torch
    assert BY_SIGNAL in trainer.read_text()
