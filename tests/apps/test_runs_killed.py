"""Real trainings in little, and a server that looks after them: killed, one or both, at moments nobody chose."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import pytest
from runs_made import LittleSet, made, until

from apps.runs import Ending, Runs

pytestmark = pytest.mark.slow

SET = "s" * 22
STEPS = 12
LITTLE = {
    **{"steps": STEPS, "input_size": "32x32", "batch_size": 2, "threads": 1, "device": "cpu"},
    **{"save_every": 2, "validate_every": 4, "warmup": 2},
}
SERVER = """
import sys, time
from pathlib import Path
from apps.runs import Runs, tended
with tended(lambda: Runs(Path(sys.argv[1]))):
    print("here", flush=True)
    time.sleep(600)
"""
MINUTES = 900  # seconds that a training in little may take on a very busy machine


class Server:
    """What the Studio does for runs, in a process of its own."""

    def __init__(self, folder) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(folder)], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout.readline() == "here\n"

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def runs(tmp_path):
    many = made(tmp_path / "runs", count=9)
    yield many
    for run in many.all():
        if run.pid:
            os.killpg(run.pid, signal.SIGKILL)


def steps_told(run):
    return [event["step"] for event in run.events() if event["event"] == "validated"]


def figures(run):
    """Of every validation, the newest telling of each step."""
    return {event["step"]: event["figures"] for event in run.events() if event["event"] == "validated"}


def kill(run):
    until(lambda: run.pid)
    os.kill(run.pid, signal.SIGKILL)
    until(lambda: not run.runs)


def test_a_run_killed_at_any_moment_says_so_and_ends_with_the_figures_of_one_that_was_not(runs):
    whole = runs.open(runs.ask(SET, LITTLE, "whole"))
    until(lambda: not whole.runs, MINUTES)
    assert whole.ending().state == "finished", whole.log.read_text()
    run, rng = runs.open(runs.ask(SET, LITTLE, "killed")), random.Random(11)
    for moment in ("begun", "saved", "any"):
        until(lambda: run.pid)
        if moment == "saved":
            until(lambda: run.run.joinpath("last.ckpt").exists(), MINUTES)
        elif moment == "begun":
            until(lambda: run.events(), MINUTES)
        time.sleep(rng.uniform(0, 0.5))
        if not run.runs:
            break  # it was faster
        kill(run)
        ending = run.ending()
        assert (ending.state, ending.reason) == ("lost", "")
        runs.resume(run.token)
        assert run.ending().state == "running"
    until(lambda: not run.runs, MINUTES)
    assert run.ending() == Ending("finished"), run.log.read_text()
    assert figures(run) == figures(whole) and max(figures(run)) == STEPS
    starts = [event["step"] for event in run.events() if event["event"] == "started"]
    assert starts[0] == 0 and starts[-1] > 0


def test_stopping_keeps_the_best_and_resuming_finishes(runs):
    run = runs.open(runs.ask(SET, LITTLE, "stopped"))
    until(lambda: steps_told(run), MINUTES)
    runs.stop(run.token)
    until(lambda: not run.runs, MINUTES)
    ending = run.ending()
    assert ending.state == "stopped" and "asked to by the signal TERM" in ending.reason
    assert (run.run / "best.safetensors").is_file()
    runs.resume(run.token)
    until(lambda: not run.runs, MINUTES)
    assert run.ending() == Ending("finished")
    starts = [event["step"] for event in run.events() if event["event"] == "started"]
    assert starts[0] == 0 and starts[1] >= 4


def test_servers_and_runs_may_die_in_any_order_and_no_two_runs_share_the_device(runs):
    together, watching = [], threading.Event()

    def watch():
        while not watching.wait(0.02):
            together.append(sum(run.runs for run in runs.all()))

    server = Server(runs.folder)
    first, second, third = (runs.open(runs.ask(SET, LITTLE, name)) for name in ("first", "second", "third"))
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        until(lambda: first.events(), MINUTES)
        server.kill()
        assert (first.ending().state, second.ending().state) == ("running", "waiting")
        assert Runs(runs.folder).queue()[0].token == second.token  # another server finds the queue as it was
        kill(first)
        assert (first.ending().state, second.ending().state) == ("lost", "waiting")
        servers = [Server(runs.folder) for _ in range(2)]  # two look after the same folder
        until(lambda: second.runs, MINUTES)
        until(lambda: second.events(), MINUTES)
        servers[0].kill()
        kill(second)
        until(lambda: third.runs, MINUTES)
        runs.resume(first.token)
        assert first.ending().state == "waiting"
        until(lambda: third.ending().state == "finished", MINUTES)
        until(lambda: first.ending().state == "finished", MINUTES)
        servers[1].kill()
    finally:
        watching.set()
        watcher.join()
    assert max(together) == 1
    assert second.ending().state == "lost"


def test_a_set_without_labels_ends_with_the_one_line_of_the_training(tmp_path):
    runs = Runs(tmp_path / "runs", lambda token: LittleSet(token, labels=False))
    run = runs.open(runs.ask(SET, LITTLE, "nothing"))
    until(lambda: not run.runs, MINUTES)
    ending = run.ending()
    assert ending.state == "failed" and "label" in ending.reason and str(tmp_path) not in ending.reason
