"""What was answered is there after a kill -9 of the server, of a run, and of both; and who may see what."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from runs_made import LittleSet, until
from studio_server import Studio

from apps.runs import Run, Runs
from hrnet.sets import Sets

KILLS = 4
PEOPLE = 3  # who label at the same time
PASSWORD = "lamp-light-7"

pytestmark = pytest.mark.slow


class Server:
    """The Studio over and over in the same folder, with what it keeps on disk."""

    def __init__(self, folder: Path, weights: dict[str, Path], password: str | None = None) -> None:
        self.folder, self.weights, self.password = folder, weights, password
        self.start()

    def start(self) -> None:
        self.studio = Studio(self.folder, self.weights, password=self.password)
        self.root = self.studio.url.removesuffix("studio/")

    def kill(self) -> None:
        """As when the power goes: no signal handler, no clean-up."""
        os.kill(self.studio.process.pid, signal.SIGKILL)
        self.studio.process.wait()
        self.studio.process.stdout.close()

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def ask(self, bench: str = "teach", **values) -> dict:
        """The answer. Raises RuntimeError with the line where it was refused, httpx.HTTPError where it never came."""
        reply = httpx.post(
            f"{self.root}ask/{bench}", json={"rev": 1, **values}, headers=self.studio.headers, timeout=60
        )
        reply.raise_for_status()
        last = json.loads(reply.text.strip().splitlines()[-1])
        if "error" in last:
            raise RuntimeError(last["error"])
        if "answer" not in last:
            raise httpx.ReadError("the answer was cut off")
        return last["answer"]


@pytest.fixture
def server(tmp_path, weights):
    started = Server(tmp_path, weights)
    yield started
    with suppress(ProcessLookupError):
        started.kill()


@pytest.fixture
def labels(tmp_path, server):
    """A set of six pictures, with the server's own."""
    zipped = tmp_path / "little.zip"
    LittleSet().export(zipped)
    from hrnet.sets import bring

    return bring.new(Sets(server.home / "sets"), zipped, "lamps")[0]


class Hand(threading.Thread):
    """Somebody who moves joints in some pictures as fast as the server answers.

    acknowledged: by picture, the last revision that was answered and what was sent for it; sent: the last that was.
    """

    def __init__(self, server: Server, token: str, pictures: list[int], seed: int) -> None:
        super().__init__(daemon=True)
        self.server, self.token, self.pictures = server, token, pictures
        self.rng = np.random.default_rng(seed)
        self.acknowledged: dict[int, tuple[int, list]] = {}
        self.sent: dict[int, tuple[int, list]] = {}
        self.wrong: list[str] = []
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            picture = int(self.rng.choice(self.pictures))
            with suppress(httpx.HTTPError):  # nobody answers any more: the server was killed
                try:
                    self.move(picture)
                except RuntimeError as error:
                    self.wrong.append(str(error))
                    return
                continue
            return

    def move(self, picture: int) -> None:
        if picture not in self.acknowledged:
            seen = self.server.ask(do="label.open", set=self.token, picture=picture)
            self.acknowledged[picture] = seen["revision"], points(seen)
        revision = self.acknowledged[picture][0]
        joints = [[*self.rng.integers(1, 60, 2).tolist(), int(self.rng.integers(1, 3))] for _ in range(3)]
        self.sent[picture] = revision + 1, joints
        things = [{"keypoints": joints, "by": "person"}]
        answer = self.server.ask(do="label.stroke", set=self.token, picture=picture, revision=revision, things=things)
        self.acknowledged[picture] = answer["revision"], joints


def points(seen: dict) -> list:
    """The joints of the first thing of a picture."""
    return [[round(x), round(y), v] for x, y, v in seen["things"][0]["keypoints"]] if seen["things"] else []


def test_every_stroke_that_was_answered_outlives_the_server(server, labels):
    rng = random.Random(7)
    ids = list(labels.pictures)
    strokes = 0
    for turn in range(KILLS):
        shares = [ids[place::PEOPLE] for place in range(PEOPLE)]
        hands = [Hand(server, labels.token, share, 10 * turn + place) for place, share in enumerate(shares)]
        for hand in hands:
            hand.start()
        until(lambda hands=hands: all(hand.acknowledged for hand in hands), 60)
        time.sleep(rng.uniform(0.05, 0.8))  # wherever it is then: receiving, writing, answering
        server.kill()
        for hand in hands:
            hand.over.set()
            hand.join(60)
            assert not hand.is_alive() and hand.wrong == []
        server.start()
        for hand in hands:
            for picture, (revision, joints) in hand.acknowledged.items():
                seen = server.ask(do="label.open", set=labels.token, picture=picture)
                now = seen["revision"], points(seen)
                # The one stroke that was under way may be there, whole, or not at all.
                assert now in ((revision, joints), hand.sent[picture])
                strokes += 1
    assert strokes >= KILLS * PEOPLE


def test_strokes_go_on_after_the_restart_where_they_ended(server, labels):
    first = next(iter(labels.pictures))
    seen = server.ask(do="label.open", set=labels.token, picture=first)
    stroke = {"do": "label.stroke", "set": labels.token, "picture": first}
    things = [{"keypoints": [[1, 2, 2], [3, 4, 1], [5, 6, 2]], "by": "person"}]
    revision = server.ask(**stroke, revision=seen["revision"], things=things)["revision"]
    server.kill()
    server.start()
    again = server.ask(**stroke, revision=seen["revision"], things=things)  # its answer was lost: it is sent again
    assert again["revision"] == revision and "conflict" not in again
    other = [{"keypoints": [[9, 9, 2], [3, 4, 1], [5, 6, 2]], "by": "person"}]
    assert "conflict" in server.ask(**stroke, revision=seen["revision"], things=other)
    assert server.ask(**stroke, revision=revision, things=other)["revision"] == revision + 1


OPTIONS = {"start": "default", "input_size": "64x64", "batch_size": 4, "steps": 400, "validate_every": 20}


def asked(server: Server, labels, **changes) -> Run:
    """A real training of a little set, which takes a while."""
    runs = Runs(server.home / "runs", Sets(server.home / "sets").open)
    token = runs.ask(labels.token, {**OPTIONS, "save_every": 20, "device": "cpu", **changes}, "a run")
    return runs.open(token)


def look(server: Server, labels, run: Run) -> dict:
    told = server.ask(do="run.look", set=labels.token, run=run.token)["run"]
    return told["row"] if "row" in told else told


def steps(run: Run) -> int:
    """How far it is, as its folder tells."""
    try:
        lines = [json.loads(line) for line in (run.run / "events.jsonl").read_text().splitlines() if line.endswith("}")]
    except FileNotFoundError:
        return 0
    return max((line.get("step", 0) for line in lines), default=0)


def test_a_run_does_not_notice_that_the_server_is_killed(server, labels):
    run = asked(server, labels)
    try:
        until(lambda: steps(run) > 5, 120)
        server.kill()
        before = steps(run)
        until(lambda: steps(run) > before, 60)  # nobody looks after it, and it goes on
        server.start()
        assert look(server, labels, run)["state"] == "running"
        assert server.ask(do="run.stop", set=labels.token, run=run.token) is not None
        until(lambda: look(server, labels, run)["state"] == "stopped", 60)
    finally:
        killed(run)
    assert (run.run / "best.safetensors").is_file()


def test_a_run_that_was_killed_with_the_server_is_offered_for_resume_and_goes_on(server, labels):
    run = asked(server, labels, steps=48, save_every=8)
    try:
        until(lambda: (run.run / "last.ckpt").is_file(), 180)
        server.kill()
        killed(run)
        reached = steps(run)
        server.start()
        assert look(server, labels, run)["state"] == "lost"
        server.ask(do="run.resume", set=labels.token, run=run.token)
        until(lambda: look(server, labels, run)["state"] == "finished", 240)
        assert steps(run) == 48 and 0 < reached < 48
    finally:
        killed(run)


def killed(run: Run) -> None:
    """kill -9 of its process, where it has one."""
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        pid = int(run.pid_file.read_text())
        if run.runs:
            os.kill(pid, signal.SIGKILL)
    until(lambda: not run.runs, 20)


def test_visitors_see_their_own_sets_and_shared_ones_only(tmp_path, weights):
    server = Server(tmp_path, weights, password=PASSWORD)  # with a password others than this machine's user may come
    try:
        mine = server.ask("bring", do="bring.toy", name="mine")["token"]
        assert [one["token"] for one in server.ask(do="bring.sets", tokens=[mine])["sets"]] == [mine]
        assert server.ask(do="bring.sets", tokens=[])["sets"] == []
        guess = mine[:-1] + ("A" if mine[-1] != "A" else "B")
        with pytest.raises(RuntimeError, match="there is no such set"):
            server.ask(do="label.open", set=guess, picture=1)
        with pytest.raises(RuntimeError, match="there is no such set"):
            server.ask(do="label.open", set=f"../sets/{mine}", picture=1)
        server.ask(do="bring.share", set=mine, shared=True)
        assert [one["token"] for one in server.ask(do="bring.sets", tokens=[])["sets"]] == [mine]
        server.ask(do="bring.share", set=mine, shared=False)
        assert server.ask(do="bring.sets", tokens=[])["sets"] == []
    finally:
        server.kill()
