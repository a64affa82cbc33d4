"""Two processes over gloo: the numbers of one with the whole batch, one writer, and one end for both."""

import json
import math
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hrnet.training.run import RunFolder

SCRIPT = Path(__file__).with_name("train_process.py")
SCENARIOS = ("equal", "parts", "patience", "nan", "memory", "term", "term2", "error", "unreadable", "whole")

pytestmark = pytest.mark.slow


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def run_processes(folder, scenarios, processes=2):
    """What both were told, by scenario, and how they ended."""
    asked = [f"{name}:{free_port()}" for name in scenarios]
    started = []
    for rank in range(processes):
        place = {"RANK": str(rank), "WORLD_SIZE": str(processes), "MASTER_ADDR": "127.0.0.1", "LOCAL_RANK": str(rank)}
        command = [sys.executable, str(SCRIPT), "together", str(folder), *asked]
        started.append(subprocess.Popen(command, env=os.environ | place, stderr=subprocess.PIPE, text=True))
    errors = [process.communicate(timeout=300)[1] for process in started]
    files = [folder / f"told{rank}.json" for rank in range(processes)]
    told = [json.loads(file.read_text()) if file.is_file() else None for file in files]
    return told, [process.returncode for process in started], errors


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pair")
    told, codes, errors = run_processes(folder, SCENARIOS)
    assert codes == [0, 0], errors
    return folder, told


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    folder = tmp_path_factory.mktemp("single")
    told, codes, errors = run_processes(folder, ["equal"], processes=1)
    assert codes == [0], errors
    return folder, told


def ends(pair, name):
    return [told[name][0][-1] for told in pair[1]]


@pytest.mark.parametrize("way", ["equal", "parts"])
def test_two_processes_learn_what_one_with_the_whole_batch_learns(pair, single, way):
    """With frozen statistics; in double precision, so nothing but rounding in the 15th digit differs."""
    alone = single[1][0]["equal"]
    for told in pair[1]:
        for key, values in alone[1].items():
            np.testing.assert_allclose(told[way][1][key], values, rtol=1e-9, atol=1e-12, err_msg=key)
    one, other = (RunFolder(folder / name, {}).checkpoint() for folder, name in ((single[0], "equal"), (pair[0], way)))
    for key, value in one.average.items():
        np.testing.assert_allclose(other.average[key], value, rtol=1e-9, atol=1e-12, err_msg=key)
    losses = [
        [e["loss"] for e in told[name][0] if e["event"] == "stepped"]
        for told, name in ((single[1][0], "equal"), (pair[1][0], way))
    ]
    np.testing.assert_allclose(*losses, rtol=1e-9)


def test_the_first_process_alone_validates_keeps_and_writes(pair):
    folder, (first, second) = pair
    events = RunFolder(folder / "equal", {}).events()
    assert events == first["equal"][0]
    assert [e["event"] for e in events].count("started") == 1 and events[0]["processes"] == 2
    assert len(first["equal"][2]) >= 1 and second["equal"][2] == []
    assert sorted(os.listdir(folder / "equal")) == ["events.jsonl", "last.ckpt", "lock", "recipe.json"]
    figures = [[e["figures"] for e in told["equal"][0] if e["event"] == "validated"] for told in (first, second)]
    assert figures[0] == figures[1] and len(figures[0]) == 3  # the others are told


def test_the_others_wait_for_a_validation_longer_than_gradients_may_take(pair):
    assert [end["event"] for end in ends(pair, "patience")] == ["finished"] * 2
    assert ends(pair, "patience")[1]["figures"]["validated by"] == 0


def test_a_loss_that_is_no_number_on_one_process_ends_both_alike(pair):
    one, other = ends(pair, "nan")
    assert one["event"] == other["event"] == "stopped" and one["reason"] == other["reason"]
    assert "nan" in one["reason"] and one["step"] == other["step"] == 6
    checkpoint = RunFolder(pair[0] / "nan", {}).checkpoint()
    assert checkpoint.step == 4 and all(value.isfinite().all() for value in checkpoint.network.values())


def test_a_process_out_of_memory_ends_both_and_the_first_one_records_why(pair):
    one, other = ends(pair, "memory")
    assert other["reason"] == (
        "out of memory at step 6 (MemoryError: no room for a row). 4 examples at a time do not fit; try accumulate=2"
    )
    assert one["reason"] == f"process 1: {other['reason']}"
    assert RunFolder(pair[0] / "memory", {}).events()[-1]["reason"] == one["reason"]


def test_an_error_of_one_process_comes_out_there_and_ends_the_other(pair):
    one, other = ends(pair, "error")
    assert (other["event"], other["reason"]) == ("raised", "photo 3")
    assert (one["event"], one["reason"]) == ("stopped", "process 1: LookupError: photo 3")


def test_a_checkpoint_that_only_the_first_process_can_see_is_unreadable_for_both(pair):
    for end in ends(pair, "unreadable"):
        assert end["event"] == "raised" and "last.ckpt is not a checkpoint of a run" in end["reason"]


def test_the_signal_term_to_one_process_saves_and_ends_both_and_they_go_on_to_the_same_numbers(pair):
    one, other = ends(pair, "term")
    assert one["reason"] == other["reason"] and "asked to by the signal TERM" in one["reason"]
    assert one["step"] == 6
    again, whole = ([told[name] for told in pair[1]] for name in ("term2", "whole"))
    assert again[0][0][0]["step"] == 6  # where it was saved
    assert [told[1] for told in again] == [told[1] for told in whole]  # bit for bit, the noise of both included


def test_a_process_that_is_killed_ends_the_other_and_the_run_goes_on_to_the_same_numbers(pair, tmp_path):
    told, codes, _ = run_processes(tmp_path, ["kill"])
    assert codes[1] == -9 and told[1] is None
    end = told[0]["kill"][0][-1]
    assert (end["event"], end["reason"]) == ("stopped", "another process of the training ended")
    (tmp_path / "kill").rename(tmp_path / "whole")
    told, codes, errors = run_processes(tmp_path, ["whole"])
    assert codes == [0, 0], errors
    assert told[0]["whole"][0][0]["step"] == 4
    assert [one["whole"][1] for one in told] == [one["whole"][1] for one in pair[1]]


def test_torchrun_starts_the_same_training(pair, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(SCRIPT)]
    command += ["together", str(tmp_path), "whole"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = [json.loads((tmp_path / f"told{rank}.json").read_text()) for rank in (0, 1)]
    assert [one["whole"][1] for one in told] == [one["whole"][1] for one in pair[1]]
    assert math.isfinite(told[0]["whole"][0][1]["loss"])
