import re

import cv2
import numpy as np
import pytest
import torch

from train.bench import __main__ as bench
from train.bench import data
from train.bench.data import INPUT, Plain, one_thread, whole


@pytest.fixture(scope="module")
def ways(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "BATCH", 4)
        return data.ways(data.made(folder, 4), folder)


def test_the_plain_pipeline_makes_the_same_examples(ways):
    """So the times compare like with like."""
    plain = next(iter(ways.values())).make.__self__
    assert isinstance(plain, Plain)
    inputs, target, weights = plain.batch(0)
    task = plain.task
    ours = data.PoseTask(
        task.poses, data.PhotoStream(task.poses.photos), task.mixture, 4, task.steps, task.metadata, task.sigma,
        task.kind, task.judge,
    )  # fmt: skip
    for one, other, bound in zip((inputs, target, weights), whole(ours, 0), (0.2, 1e-5, 0), strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        assert (one - other).abs().max() <= bound
    assert float(target.max()) == 1 and inputs.shape == (4, 3, *INPUT)


def test_one_thread_is_one_and_what_was_set_comes_back():
    before = cv2.getNumThreads(), torch.get_num_threads()
    with one_thread():
        assert (cv2.getNumThreads(), torch.get_num_threads()) == (1, 1)
    assert (cv2.getNumThreads(), torch.get_num_threads()) == before


def test_patches_end_where_the_map_ends():
    keypoints = np.array([[0, 0, 2], [191, 255, 2], [-400, 9, 2], [50, 50, 0]], np.float32)
    target, weights = data.patches(keypoints, 2.0)
    np.testing.assert_array_equal(weights, [1, 1, 0, 0])
    assert target[0, 0, 0] == 1 and target[2:].max() == 0 and np.isfinite(target).all()


@pytest.mark.slow
def test_the_command_prints_samples_a_second_and_the_ratio(capsys):
    assert bench.main(["data", "--rounds", "1", "--photos", "66"]) == 0
    printed = capsys.readouterr().out
    assert "with 3 persons each, input 256x192, batch 64" in printed and "one thread" in printed
    rows = re.findall(r"^(plain|a photo|crops).*(input|sent) +([\d.]+) +(\d+) +([\d.]+)x$", printed, re.MULTILINE)
    assert len(rows) == 6 and rows[0][4] == "1.0"
    for _, _, milliseconds, speed, _ in rows:
        assert float(speed) == pytest.approx(1000 / float(milliseconds), rel=0.05)


def test_no_rounds_are_refused(capsys):
    assert bench.main(["data", "--rounds", "0"]) == 2
    assert "numbers from 1" in capsys.readouterr().err
