import json
import re
import zipfile

import cv2
import numpy as np
import pytest
import torch

from hrnet.data import to_coco
from train.bench import __main__ as bench
from train.bench import data
from train.bench.data import INPUT, Plain, Steps, one_thread

ROW = r"^(plain|the same|a photo|crops).*(input|sent) +([\d.]+) +(\d+) +([\d.]+)x$"


@pytest.fixture(scope="module")
def poses(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "SCENES", 2)
        return data.made(tmp_path_factory.mktemp("photos"), 5)


@pytest.fixture
def ways(poses, tmp_path, monkeypatch):
    """Four persons a batch, and two photos that a stream remembers."""
    monkeypatch.setattr(data, "BATCH", 4)
    monkeypatch.setattr(data, "TOGETHER", 2)
    return data.ways(poses, tmp_path)


def test_the_plain_pipelines_make_the_examples_of_ours(ways):
    """So the times compare like with like."""
    published, quicker, ours, *_ = (way.make for way in ways.values())
    plain = published.__self__
    assert isinstance(plain, Plain)
    task = plain.task
    numbers = task.mixture.batch(0)
    views = [plain.view(task.sample(n), np.random.default_rng([task.seed, 0, i])) for i, n in enumerate(numbers)]
    assert {view.mirrored for view in views} == {True, False}
    # ours come out of whole photos here, in the order of the plain pipeline
    stream = data.PoseTask(
        task.poses, data.PhotoStream(task.poses.photos), task.mixture, 4, task.steps, task.metadata, task.sigma,
        task.kind, task.judge,
    )  # fmt: skip
    inputs, target, weights = data.whole(stream)(0)
    assert float(target.max()) == 1 and inputs.shape == (4, 3, *INPUT)
    for make in (published, quicker):
        for one, other, bound in zip(make(0), (inputs, target, weights), (0.2, 1e-5, 0), strict=True):
            assert one.shape == other.shape and one.dtype == other.dtype
            assert (one - other).abs().max() <= bound
    assert all(torch.equal(one, other) for one, other in zip(published(1), quicker(1), strict=True))
    assert ours(0)[0].shape == inputs.shape


def test_the_memory_of_a_stream_holds_one_group_of_photos_and_not_the_next(ways):
    stream = ways["a photo decoded once for all its persons | sent"].make.__self__.photos
    assert stream.memory == int(1.25 * 2 * 640 * 480 * 3)
    for place in (0, 1, 0, 1, 2, 0):
        stream.photo(place)
    assert stream.decoded == 4


def test_calls_go_on_where_the_one_before_has_stopped(ways):
    assert {way.steps for way in ways.values()} == {2}  # about the six persons of two photos
    seen = []
    calls = Steps(seen.append, 3)
    calls()
    calls()
    assert seen == list(range(6))


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


def test_a_set_of_ones_own_is_measured_and_every_line_agrees_with_itself(poses, monkeypatch, capsys):
    monkeypatch.setattr(data, "BATCH", 4)
    monkeypatch.setattr(data, "TOGETHER", 2)
    monkeypatch.setattr(data, "FEWEST", 4)
    folder = poses.photos[0].path.parent
    (folder / "labels.json").write_text(json.dumps(to_coco(poses, folder)))
    assert bench.main(["data", "--data", str(folder), "--rounds", "1", "--photos", "4"]) == 0
    printed = capsys.readouterr().out
    assert f"4 photos of {folder.name}" in printed and "3.0 persons each, input 256x192, batch 4" in printed
    assert "one thread" in printed
    rows = re.findall(ROW, printed, re.MULTILINE)
    assert len(rows) == 7 and rows[0][4] == "1.0"
    for _, _, milliseconds, speed, ratio in rows:
        assert float(speed) == pytest.approx(1000 / float(milliseconds), rel=0.05)
        assert float(ratio) == pytest.approx(float(rows[0][2]) / float(milliseconds), abs=0.06, rel=0.01)


def test_a_photo_that_opencv_cannot_read_ends_in_one_line(tmp_path):
    (tmp_path / "0.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match="the plain pipeline cannot read 0.jpg"):
        data.opened(data.PhotoFile(0, tmp_path / "0.jpg"))


def test_a_photo_in_an_archive_is_opened_as_its_file_is(poses, tmp_path):
    photo = poses.photos[0]
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.write(photo.path, "0.jpg")
    np.testing.assert_array_equal(data.opened(data.PhotoFile(0, tmp_path / "photos.zip", "0.jpg")), data.opened(photo))


def test_a_set_with_few_photos_of_people_is_refused(poses, capsys):
    folder = poses.photos[0].path.parent
    (folder / "labels.json").write_text(json.dumps(to_coco(poses, folder)))
    assert bench.main(["data", "--data", str(folder)]) == 2
    assert "has 5 photos of people, and 128 are needed" in capsys.readouterr().err


@pytest.mark.slow
def test_without_a_set_photos_are_made(capsys):
    assert bench.main(["data", "--rounds", "1", "--photos", "128"]) == 0
    printed = capsys.readouterr().out
    assert "128 JPEG photos of 640x480" in printed and "batch 64" in printed
    assert len(re.findall(ROW, printed, re.MULTILINE)) == 7


@pytest.mark.parametrize("words", [["--rounds", "0"], ["--photos", "127"]])
def test_too_little_is_refused_in_one_line(words, capsys):
    assert bench.main(["data", *words]) == 2
    assert "rounds are a number from 1, photos from 128" in capsys.readouterr().err


def test_too_few_persons_for_a_batch_are_refused(poses, tmp_path):
    with pytest.raises(ValueError, match="a batch has 64 persons, and these photos have 15"):
        data.ways(poses, tmp_path)
