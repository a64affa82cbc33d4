"""Several processes of one command: here mostly threads, which meet in the same folder; at the end real processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from hrnet import image
from hrnet.shares import LostError, Place, Team


def together(folder, *members, patience=20.0):
    """Run functions as ranks at the same time; gives what each returned or raised."""
    ends = [None] * len(members)

    def work(rank, member):
        try:
            with Team(Place(rank, len(members)), folder, "task", patience) as team:
                ends[rank] = member(team)
        except LostError as error:
            ends[rank] = error

    threads = [threading.Thread(target=work, args=one) for one in enumerate(members)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ends


def test_each_photo_is_in_exactly_one_share():
    photos = list(range(11))
    shares = [Place(rank, 3).share(photos) for rank in range(3)]
    assert sorted(sum(shares, [])) == photos and [len(share) for share in shares] == [4, 4, 3]
    assert Place.of({}) == Place(0, 1) and Place().share(photos) == photos


@pytest.mark.parametrize("given", [{"RANK": "2", "WORLD_SIZE": "2"}, {"RANK": "1"}, {"RANK": "x", "WORLD_SIZE": "2"}])
def test_ranks_that_make_no_sense_are_one_line(given):
    with pytest.raises(ValueError, match="RANK counts from 0 up to WORLD_SIZE - 1, got RANK="):
        Place.of(given)


def test_rank_0_gets_every_part_in_order_and_clears_the_folder(tmp_path):
    folder = tmp_path / "parts"

    def late(team):
        time.sleep(0.3)
        return team.gather({"rank": team.place.rank})

    ends = together(folder, lambda team: team.gather({"rank": 0}), late, lambda team: team.gather({"rank": 2}))
    assert ends == [[{"rank": 0}, {"rank": 1}, {"rank": 2}], None, None]
    assert not folder.exists()


def test_leftovers_of_an_earlier_run_are_not_merged_even_when_rank_0_comes_last(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "run").write_text("0123456789abcdef")
    (folder / "1.part").write_text('0123456789abcdef\n{"task": "task", "made": "old"}')
    (folder / "1.signs").write_text("gone")
    first = lambda team: team.gather("a")  # noqa: E731
    ends = {}

    def work(rank, wait):
        time.sleep(wait)
        with Team(Place(rank, 2), folder, "task", 20.0) as team:
            ends[rank] = team.gather(f"new {rank}") if rank else first(team)

    threads = [threading.Thread(target=work, args=one) for one in ((0, 0.6), (1, 0.0))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert ends == {0: ["a", "new 1"], 1: None} and not folder.exists()


def test_a_process_that_never_comes_is_named(tmp_path):
    with Team(Place(0, 3), tmp_path / "parts", "task", 0.4) as team:
        with pytest.raises(LostError, match="rank 1 has given no sign of life for 0 seconds; nothing was merged"):
            team.gather(None)


def test_without_rank_0_the_others_do_not_wait_forever(tmp_path):
    with Team(Place(1, 2), tmp_path / "parts", "task", 0.4) as team, pytest.raises(LostError, match="rank 0 has given"):
        team.gather(None)


def test_a_process_that_ends_by_an_error_is_named_at_once(tmp_path):
    def fail(team):
        time.sleep(0.5)  # rank 0 has opened by then: what it finds before counts as left by an earlier run
        raise LostError("mine")

    start = time.monotonic()
    first, second = together(tmp_path / "parts", lambda team: team.gather(0), fail)
    assert "rank 1 ended early" in str(first) and str(second) == "mine"
    assert time.monotonic() - start < 10


def test_processes_that_were_given_other_photos_are_told(tmp_path):
    def other(team):
        team.task = "other"
        return team.gather(0)

    first, _ = together(tmp_path / "parts", lambda team: team.gather(0), other)
    assert "rank 1 was given other photos than rank 0" in str(first)


# ---- real processes


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for number in range(5):
        image.write(folder / f"{number}.png", rng.integers(0, 256, (60 + 9 * number, 80, 3), np.uint8))
    (folder / "2-bad.png").write_text("no picture")
    return folder


def command(photos, report, *more):
    return [sys.executable, "-m", "hrnet", "predict", str(photos), "--json", str(report), "--boxes", "whole", *more]


def ranked(rank, ranks):
    return {**os.environ, "RANK": str(rank), "WORLD_SIZE": str(ranks)}


@pytest.mark.slow
def test_two_processes_give_the_json_and_pictures_of_one_and_name_bad_files_once(photos, tmp_path):
    alone = subprocess.run(
        command(photos, tmp_path / "alone.json", "--out", str(tmp_path / "alone")), capture_output=True, text=True
    )
    both = [
        subprocess.Popen(
            command(photos, tmp_path / "both.json", "--out", str(tmp_path / "both")),
            env=ranked(rank, 2),
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    errors = [process.communicate(timeout=120)[1] for process in both]
    assert alone.returncode == 2 and [process.returncode for process in both] == [2, 0]
    assert "".join(errors).count("2-bad.png") == 1 and not any("Traceback" in error for error in errors)
    ours, theirs = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("both", "alone"))
    assert [record["file"] for record in ours] == [record["file"] for record in theirs] and len(ours) == 5
    for record, other in zip(ours, theirs, strict=True):
        for one, two in zip(record["people"], other["people"], strict=True):
            np.testing.assert_allclose(one["keypoints"], two["keypoints"], atol=0.02)  # batches round otherwise
            assert one["box"] == two["box"]
    drawn = [sorted(path.name for path in (tmp_path / name).iterdir()) for name in ("both", "alone")]
    assert drawn[0] == drawn[1] and len(drawn[0]) == 5
    assert sorted(path.name for path in tmp_path.glob("*.parts")) == []


@pytest.mark.slow
def test_a_killed_process_is_named_with_exit_code_2_and_nothing_is_written(photos, tmp_path):
    report = tmp_path / "people.json"
    first = subprocess.Popen(
        command(photos, report, "--patience", "3"), env=ranked(0, 2), stderr=subprocess.PIPE, text=True
    )
    second = subprocess.Popen(command(photos, report), env=ranked(1, 2), stderr=subprocess.DEVNULL)
    second.send_signal(signal.SIGKILL)
    second.wait()
    error = first.communicate(timeout=120)[1]
    assert first.returncode == 2 and "hrnet: rank 1 has given no sign of life for 3 seconds" in error
    assert "Traceback" not in error and not report.exists()


@pytest.mark.slow
def test_torchrun_starts_it(photos, tmp_path):
    report = tmp_path / "people.json"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "hrnet"]
    good = sorted(str(path) for path in photos.glob("?.png"))
    done = subprocess.run(
        [*launch, "predict", *good, "--boxes", "whole", "--json", str(report)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert [record["file"] for record in json.loads(report.read_text())] == good
