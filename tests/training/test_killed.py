"""SIGKILL cannot be caught: whatever is not on the disk by then is gone."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from hrnet.files import LEFT
from hrnet.training.checkpoint import Checkpoint

SCRIPT = Path(__file__).with_name("train_process.py")


def start(folder):
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), "alone", str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finished(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.splitlines()


def same(one, other):
    """Bit for bit, all the way down."""
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


@pytest.mark.slow
def test_a_run_killed_at_any_moment_goes_on_to_the_very_numbers_of_one_that_was_not(tmp_path):
    assert finished(start(tmp_path / "whole"))[-1] == "Finished 60"
    whole = Checkpoint.read(tmp_path / "whole" / "last.ckpt")
    folder, rng, in_the_middle = tmp_path / "killed", random.Random(5), 0
    for _ in range(4):
        process = start(folder)
        lines = [process.stdout.readline() for _ in range(rng.randint(2, 12))]
        time.sleep(rng.uniform(0, 0.03))
        if not in_the_middle:  # at least once while a checkpoint is being written
            while not list(folder.glob(".part-*.ckpt")) and process.poll() is None:
                pass
        process.kill()
        process.communicate()
        assert process.returncode == -9, lines
        in_the_middle += bool(list(folder.glob(LEFT)))
        if (folder / "last.ckpt").is_file():
            assert 0 < Checkpoint.read(folder / "last.ckpt").step < 60
    assert in_the_middle
    lines = finished(start(folder))
    assert lines[0] != "Started 0" and lines[-1] == "Finished 60"
    killed = Checkpoint.read(folder / "last.ckpt")
    for name, value in vars(whole).items():
        assert same(value, getattr(killed, name)), name
    assert not list(folder.glob(LEFT))
