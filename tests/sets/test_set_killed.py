"""A process that labels or brings is killed at random moments: all that was answered is there, and the set opens."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from stored import LAMP, below, photos, thing

from hrnet.sets import Sets, bring

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks and kills")

# For each line that is sent, a process that works on the set of that token until it is killed; its id comes first.
# It is forked from one that has imported everything, so that there is time for many kills.
WORK = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from stored import thing
from hrnet.sets import Sets, bring

def say(*values):  # one write: a kill leaves the whole line or nothing, however Python buffers
    os.write(1, (" ".join(map(str, values)) + "\\n").encode())

def label(one):
    ids = list(one.pictures)
    for n in range(3000):
        id = ids[n % len(ids)]
        revision = one.stroke(id, one.picture(id).revision, [thing(n % 50 + 1, n // 50)] * (n % 7 + 1))
        say(id, revision, n)

def bring(one):
    bring.bring(one, Path(sys.argv[3]))
    say("done")

for line in sys.stdin:
    token, what = line.split()
    pid = os.fork()
    if pid == 0:
        say(os.getpid())
        {"label": label, "bring": bring}[what](Sets(Path(sys.argv[1])).open(token))
        os._exit(0)
    os.waitpid(pid, 0)
    say("over")
"""


class Worker:
    """What is killed again and again."""

    def __init__(self, process, token, what):
        self.process = process
        process.stdin.write(f"{token} {what}\n")
        process.stdin.flush()
        self.pid = int(process.stdout.readline())

    def answers(self):
        """One line after the other, until it is over."""
        for line in self.process.stdout:
            if line == "over\n":
                return
            yield line

    def kill(self):
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(self.pid, signal.SIGKILL)


@contextmanager
def forking(sets, source=""):
    values = [sys.executable, "-c", WORK, sets.folder, Path(__file__).parent, source]
    with subprocess.Popen(values, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def killed_often(sets, one, times, seed):
    rng = random.Random(seed)
    with forking(sets) as process:
        for _ in range(times):
            worker = Worker(process, one.token, "label")
            answered, wanted = {}, rng.randrange(1, 60)
            for count, line in enumerate(worker.answers(), 1):  # also what was answered until the kill arrived
                id, revision, n = map(int, line.split())
                answered[id] = revision, n
                if count == wanted:
                    time.sleep(rng.random() * 0.01)
                    worker.kill()
            check(one, answered)


def check(one, answered):
    again = Sets(one.folder.parent).open(one.token)
    assert answered and again.problems == ()
    ahead = 0
    for id, (revision, n) in answered.items():
        picture, things = again.seen(id)
        ahead += picture.revision - revision
        if picture.revision == revision:
            wanted = thing(n % 50 + 1, n // 50).keypoints.tolist()
            assert [one.keypoints.tolist() for one in things] == [wanted] * (n % 7 + 1)
    assert ahead in (0, 1)  # the stroke that was not answered yet may be on the disk
    id = min(answered)
    revision = again.picture(id).revision
    assert again.stroke(id, revision, [thing()]) == revision + 1


def test_after_a_kill_every_answered_stroke_is_there(sets, one):
    killed_often(sets, one, times=5, seed=1)


@pytest.mark.slow
def test_after_many_kills_every_answered_stroke_is_there(sets, one):
    killed_often(sets, one, times=40, seed=2)


def killed_while_it_brings(sets, source, times, seed):
    rng = random.Random(seed)
    count = len(photos(source, 40))
    longest = 0.5  # seconds: the longest that bringing took so far, within which a kill may come in its middle
    with forking(sets, source) as process:
        for _ in range(times):
            one = sets.create("lamps", LAMP)
            began = time.monotonic()
            worker = Worker(process, one.token, "bring")
            time.sleep(rng.random() * longest)
            worker.kill()
            done = "done\n" in list(worker.answers())
            longest = max(longest, time.monotonic() - began) if done else longest
            again = Sets(sets.folder).open(one.token)
            kept = len(again.pictures)
            assert kept == count or (kept == 0 and not done)  # all of it, or nothing
            assert all(picture.path.is_file() for picture in again.pictures.values())
            brought = bring.bring(again, source)
            assert (brought.added, len(brought.duplicates)) == (count - kept, kept)
            assert len(below(one.folder / "pictures")) == count and not list(one.folder.glob(".*"))
            sets.remove(one.token)


def test_after_a_kill_all_of_what_was_brought_is_there_or_nothing(sets, tmp_path):
    killed_while_it_brings(sets, tmp_path / "many", times=2, seed=3)


@pytest.mark.slow
def test_after_many_kills_all_of_what_was_brought_is_there_or_nothing(sets, tmp_path):
    killed_while_it_brings(sets, tmp_path / "many", times=20, seed=4)
