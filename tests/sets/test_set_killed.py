"""A process that labels is killed at random moments: every stroke that was answered is there, and the set opens."""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stored import LAMP, below, photos, thing

from hrnet.sets import Sets

# Strokes picture after picture; each is printed once it is answered: picture, revision, and what was put there.
LABELS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from stored import thing
from hrnet.sets import Sets

one = Sets(Path(sys.argv[1])).open(sys.argv[2])
ids = list(one.pictures)
for n in range(100_000):
    id = ids[n % len(ids)]
    revision = one.stroke(id, one.picture(id).revision, [thing(n % 50 + 1, n // 50)] * (n % 7 + 1))
    print(id, revision, n, flush=True)
"""

BRINGS = """
import sys
from pathlib import Path
from hrnet.sets import Sets

one = Sets(Path(sys.argv[1])).open(sys.argv[2])
print("begun", flush=True)
one.bring(Path(sys.argv[3]))
print("done", flush=True)
"""


def start(program, *values):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, values)], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )


def kill_while_it_labels(one, rng, strokes):
    """Kill the process a while after that many strokes; the last that was answered of each picture."""
    process = start(LABELS, one.folder.parent, one.token, Path(__file__).parent)
    answered = {}
    for line in process.stdout:
        if not line.endswith("\n"):
            break  # cut off in the middle: it was not answered
        id, revision, n = map(int, line.split())
        answered[id] = revision, n
        strokes -= 1
        if strokes == 0:
            break
    if rng.random() < 0.9:  # else right behind the answer
        try:
            process.wait(rng.random() * 0.02)
        except subprocess.TimeoutExpired:
            pass
    os.kill(process.pid, signal.SIGKILL)
    rest, _ = process.communicate()
    for line in rest.splitlines(keepends=True):
        if line.endswith("\n"):
            id, revision, n = map(int, line.split())
            answered[id] = revision, n
    assert process.returncode == -signal.SIGKILL and answered
    return answered


def check(one, answered):
    again = Sets(one.folder.parent).open(one.token)
    for id, (revision, n) in answered.items():
        picture, things = again.seen(id)
        assert picture.revision in (revision, revision + 1)  # one more may be on the disk that was not answered yet
        if picture.revision == revision:
            assert [t.keypoints.tolist() for t in things] == [thing(n % 50 + 1, n // 50).keypoints.tolist()] * (
                n % 7 + 1
            )
    assert sum(again.picture(id).revision - revision for id, (revision, _) in answered.items()) <= 1
    assert again.problems == ()
    id = next(iter(answered))
    assert again.stroke(id, again.picture(id).revision, [thing()]) > answered[id][0]


def killed_often(one, times, seed):
    rng = random.Random(seed)
    for _ in range(times):
        check(one, kill_while_it_labels(one, rng, rng.randrange(1, 40)))


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_a_kill_every_answered_stroke_is_there(one):
    killed_often(one, times=1, seed=1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_many_kills_every_answered_stroke_is_there(one):
    killed_often(one, times=40, seed=2)


def killed_while_it_brings(sets, tmp_path, times, seed):
    rng = random.Random(seed)
    source = tmp_path / "many"
    photos(source, 60)
    for _ in range(times):
        one = sets.create("lamps", LAMP)
        process = start(BRINGS, sets.folder, one.token, source)
        assert process.stdout.readline() == "begun\n"
        try:
            process.wait(rng.random() * 0.4)
        except subprocess.TimeoutExpired:
            pass
        process.kill()
        done = "done" in process.communicate()[0]
        again = Sets(sets.folder).open(one.token)
        count = len(again.pictures)
        assert count == 60 or (count == 0 and not done)  # all of it, or nothing
        assert all(picture.path.is_file() for picture in again.pictures.values())
        brought = again.bring(source)
        assert (brought.added, len(brought.duplicates)) == (60 - count, count) and len(again.pictures) == 60
        assert len(below(one.folder / "pictures")) == 60 and not list(one.folder.glob(".*"))
        shutil.rmtree(one.folder)


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_a_kill_all_of_what_was_brought_is_there_or_nothing(sets, tmp_path):
    killed_while_it_brings(sets, tmp_path, times=1, seed=3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_after_many_kills_all_of_what_was_brought_is_there_or_nothing(sets, tmp_path):
    killed_while_it_brings(sets, tmp_path, times=25, seed=4)
