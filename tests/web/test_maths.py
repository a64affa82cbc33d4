"""The modules of apps/web that have no page in them, run by Node and held to Python."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import maths_golden
import numpy as np
import pytest
import steps_golden

HERE = Path(__file__).parent
OLDEST = (20, 19)  # the first Node that takes a .js file with `export` for what it is


def node() -> str:
    """The system's Node, or the one that Playwright brings along."""
    candidates = [shutil.which("node")]
    if (playwright := find_spec("playwright")) is not None:
        candidates.append(str(Path(playwright.origin).parent / "driver" / "node"))
    for path in filter(None, candidates):
        if Path(path).is_file() and version(path) >= OLDEST:
            return path
    pytest.skip(f"needs Node {'.'.join(map(str, OLDEST))} or later, or the Playwright package, which brings one")


def version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:2]))


def same(made: object, kept: object, where: str = "") -> None:
    """Equal but for the last bits of floats, which another machine may round differently."""
    if isinstance(kept, dict):
        assert made.keys() == kept.keys(), where
        for name in kept:
            same(made[name], kept[name], f"{where}/{name}")
    elif isinstance(kept, list) and kept and isinstance(kept[0], dict | list):
        assert len(made) == len(kept), where
        for i, (one, other) in enumerate(zip(made, kept, strict=True)):
            same(one, other, f"{where}/{i}")
    elif isinstance(kept, float) or (isinstance(kept, list) and not any(isinstance(one, str) for one in kept)):
        np.testing.assert_allclose(made, kept, rtol=1e-6, atol=1e-6, err_msg=where)
    else:
        assert made == kept, where


def test_node_passes_every_test_of_this_folder():
    done = subprocess.run(
        [node(), "--test", *sorted(map(str, HERE.glob("*.test.mjs")))], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"^\S+ pass (\d+)$", done.stdout, re.MULTILINE)[1]) >= 8


@pytest.mark.parametrize("golden", [maths_golden, steps_golden], ids=lambda golden: golden.FILE.name)
def test_python_still_computes_what_the_golden_file_says(golden):
    same(json.loads(json.dumps(golden.made())), json.loads(golden.FILE.read_text()))
