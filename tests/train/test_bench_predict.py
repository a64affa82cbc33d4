"""What `python -m train.bench predict` prints, and that it times what it says."""

import re

import numpy as np
import pytest

import hrnet
from hrnet import image
from train.bench import __main__ as bench
from train.bench import predict


@pytest.fixture(scope="module")
def estimator():
    return hrnet.load()


def test_the_whole_way_reads_the_drawn_photo_and_writes_one(estimator, tmp_path):
    way = predict.whole_way(estimator, tmp_path)
    photo, boxes = predict.drawn(predict.ON_THE_WAY)
    assert len(boxes) == predict.ON_THE_WAY and photo.shape == (*predict.PHOTO, 3)
    assert np.abs(way["read"]().astype(int) - photo).mean() < 5
    (poses,) = way["pose"]()
    assert poses.shape == (4, 17, 3)
    assert (way["draw"]() != photo).any()
    way["write"]()
    assert image.read(tmp_path / "drawn.jpg").shape == photo.shape
    assert len(way["find"]()) == 1


def test_both_ways_of_one_person_and_the_whole_way_are_printed(capsys, monkeypatch):
    monkeypatch.setattr(predict, "PERSONS", (1,))
    assert bench.main(["predict", "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    assert "medians of 1 interleaved rounds" in printed
    rows = re.findall(r"^ +1 +(plain|exact|fast)\S*.*x$", printed.replace("exact f", "exact-f"), re.M)
    assert rows[:2] == ["plain", "exact"]
    parts = ("read", "find", "pose", "draw", "write", "in all")
    *times, total = map(float, re.search(", ".join(rf"{part} ([\d.]+)" for part in parts), printed).groups())
    assert total == pytest.approx(sum(times), abs=0.3) and min(times) >= 0
