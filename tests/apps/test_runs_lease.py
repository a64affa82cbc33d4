"""Locks that a child inherits."""

import subprocess
import sys

from apps.runs.lease import Lease, held

SLEEP = "import time; print('here', flush=True); time.sleep(60)"


def test_a_lease_is_one_holders_until_it_is_closed(tmp_path):
    path = tmp_path / "leases" / "cpu"
    assert not held(path)
    with Lease.take(path):
        assert held(path) and Lease.take(path) is None
    assert not held(path)
    again = Lease.take(path)
    assert again is not None
    again.close()


def test_a_child_keeps_the_lease_that_it_inherited_and_a_kill_frees_it(tmp_path):
    path = tmp_path / "cpu"
    with Lease.take(path) as lease:
        child = subprocess.Popen(
            [sys.executable, "-c", SLEEP], pass_fds=[lease.descriptor], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "here\n"
    assert held(path) and Lease.take(path) is None
    child.kill()
    child.communicate()
    assert not held(path)


def test_those_who_look_do_not_take_each_other_for_a_holder(tmp_path):
    path = tmp_path / "alive"
    Lease.take(path).close()
    assert [held(path) for _ in range(100)] == [False] * 100
