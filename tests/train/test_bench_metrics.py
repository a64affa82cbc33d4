from __future__ import annotations

import re

import numpy as np
import pytest

from hrnet.metrics import evaluate, oks_nms
from train.bench import __main__ as bench
from train.bench import metrics

pytest.importorskip("pycocotools", reason="needs pycocotools, which is the judge here")


def ratios(printed: str) -> dict[str, float]:
    return {name.strip(): float(ratio) for name, ratio in re.findall(r"^(\S.*?) {2,}.*?([\d.]+)x", printed, re.M)}


def test_the_command_compares_every_digit_and_the_people_kept(capsys):
    assert bench.main(["metrics", "--images", "30", "--rounds", "1"]) == 0
    printed = capsys.readouterr().out
    assert "30 images, 66 persons, 600 detections" in printed
    assert "10 figures, every digit equal: yes" in printed and "the same people kept: yes" in printed
    assert {"judge alone", "with loading", "from files"} <= ratios(printed).keys()


def test_a_difference_in_one_digit_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr(metrics, "suppressed", lambda times: 0)
    figures = metrics.COCO_FIGURES
    monkeypatch.setattr(
        metrics.Read, "judged", lambda self: type("Off", (), {"figures": lambda self: dict.fromkeys(figures, 0.5)})()
    )
    assert bench.main(["metrics", "--images", "20", "--rounds", "1"]) == 1
    assert "every digit equal: NO" in capsys.readouterr().out


def test_the_made_up_set_is_as_large_as_cocos_and_neither_too_easy_nor_too_hard():
    truth, results = metrics.made_up(np.random.default_rng(1), 100)
    assert (len(truth["images"]), len(truth["annotations"]), len(results)) == (100, 220, 2000)
    assert 0.05 < evaluate(truth, results)["AP"] < 0.9
    assert any(a["iscrowd"] for a in truth["annotations"]) and any(
        a["num_keypoints"] == 0 for a in truth["annotations"]
    )


def test_the_plain_loop_keeps_what_we_keep():
    people = metrics.crowd(np.random.default_rng(2), 30)
    area = [person.box.area for person in people]
    kept = metrics.plain_nms(people, area, 0.9)
    assert kept == oks_nms(people, 0.9, area).tolist() and len(kept) == 24


@pytest.mark.parametrize("words", [["--images", "0"], ["--rounds", "0"]])
def test_numbers_below_one_are_refused(words, capsys):
    assert bench.main(["metrics", *words]) == 2
    assert "whole numbers from 1" in capsys.readouterr().err


@pytest.mark.slow
def test_a_coco_sized_evaluation_is_ten_times_as_quick_alone_and_twelve_times_with_loading(capsys):
    assert bench.main(["metrics", "--rounds", "1"]) == 0
    quicker = ratios(capsys.readouterr().out)
    assert quicker["judge alone"] >= 10
    assert quicker["with loading"] >= 12


@pytest.mark.slow
def test_suppression_is_ten_times_as_quick_as_the_loop_from_twenty_people(capsys):
    assert metrics.suppressed(5) == 0
    rows = re.findall(r"^ +(\d+) .*?([\d.]+)x", capsys.readouterr().out, re.M)
    quicker = {int(count): float(ratio) for count, ratio in rows}
    assert quicker[20] >= 10 and quicker[100] >= 10
