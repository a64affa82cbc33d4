"""One process at a time."""

import subprocess
import sys
import threading
import time

import pytest

from hrnet.lock import locked

HOLD = "import sys, time; from pathlib import Path; from hrnet.lock import locked\n" + (
    "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)"
)


@pytest.fixture
def holder(tmp_path):
    path = tmp_path / "folder" / "lock"
    process = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield path, process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_lock_that_another_process_holds_is_refused(holder):
    path, _ = holder
    with pytest.raises(BlockingIOError, match="another process"), locked(path, wait=False):
        raise AssertionError("was let in")


def test_a_killed_process_holds_nothing_and_who_waited_goes_on(holder):
    path, process = holder
    threading.Timer(0.3, process.kill).start()
    start = time.monotonic()
    with locked(path):
        assert time.monotonic() - start > 0.2


def test_a_lock_is_free_again_after_its_block(tmp_path):
    for _ in range(2):
        with locked(tmp_path / "lock", wait=False):
            assert (tmp_path / "lock").read_bytes() == b""
