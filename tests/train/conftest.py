"""A people set that a recipe can train on, small enough for a test."""

from __future__ import annotations

import subprocess
import sys

import pytest
from made_people import made_set

SOURCES = ("everyday", "sport", "coco-train", "fashion", "gym", "nobody")


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Twelve photos of every source that the recipes name, and six to be judged on."""
    folder = tmp_path_factory.mktemp("people")
    rows = [(source, "train", 0 if source == "nobody" else 2) for source in SOURCES for _ in range(12)]
    rows += [("coco-val", "val", 2)] * 6
    made_set(folder, [(number, *row) for number, row in enumerate(rows, start=1)], size=(120, 160))
    return folder


@pytest.fixture
def train():
    """Runs `python -m train` with these words in a process of its own; gives the code, and all that it said."""

    def run(*words, processes=1):
        launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m"]
        command = [sys.executable, "-m", *(launcher if processes > 1 else []), "train", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout + done.stderr

    return run
