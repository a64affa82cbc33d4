from __future__ import annotations

import functools
import json
import re
from html import escape
from html.parser import HTMLParser

import numpy as np
import pytest

import hrnet
from hrnet import data, weights
from hrnet.evaluation import Protocol, given_boxes
from hrnet.geometry import GRAY, UDP
from hrnet.metrics.pck import TENTHS
from hrnet.skeleton import MPII_16
from hrnet.topdown import TopDown
from train import evaluate
from train.measured import Measured, lines, measure
from train.report import page

loaded = functools.cache(hrnet.load)  # the same estimator for all tests here: opening one takes a second


@pytest.fixture
def run(people, capsys, monkeypatch):
    """Calls the command on the made people's six photos; gives its code, and what it said on both streams."""
    monkeypatch.setattr(evaluate.hrnet, "load", loaded)

    def call(*words):
        code = evaluate.main(["--data", str(people), "--split", "val", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def conditions(printed: str) -> dict[str, str]:
    return {name: value.strip() for name, value in re.findall(r"^  (\w+) +(.+)$", printed.split("\n\n")[0], re.M)}


def test_figures_come_with_everything_they_depend_on(run):
    code, printed, _ = run()
    assert code == 0
    told = conditions(printed)
    metadata = weights.checkpoint.load(weights.embedded()["pose"])[1]
    size = "x".join(map(str, metadata.input_size))
    assert f"W16-small, input {size}" in told["weights"] and "6 photos, 12 persons" in told["data"]
    assert told["boxes"].startswith("given") and told["crop"] == "rule udp"
    assert "averaged with the mirrored crop, its heatmaps not moved" in told["flip"]
    assert told["decoder"] == f"udp, blur of {metadata.kernel} heatmap pixels"
    assert told["scores"] == "score = box x mean of joints above 0.2, hard OKS-NMS 0.9"
    assert "the 17 of coco-17" in told["OKS"] and "openvino, float32" in told["network"] and "numpy" in told["machine"]
    assert len(re.findall(r"^ *A[PR]\S* +-?[01]\.\d{3}  measured$", printed, re.M)) == 10
    wrist = re.search(r"^ *left_wrist((?: +[\d.]+){8})$", printed, re.M)
    assert sum(map(float, wrist[1].split()[3:])) == pytest.approx(100, abs=0.3)  # the kinds of its errors
    published = re.findall(r"74\.4.*", printed)
    assert len(published) == 1 and all("published" in line for line in printed.splitlines() if "74.4" in line)


def test_another_way_is_taken_and_told(run, tmp_path):
    code, printed, _ = run(
        *("--flip", "shift", "--crop", "stretch", "--decoder", "dark", "--kernel", 9, "--nms", "soft"),
        *("--oks-threshold", 0.5, "--count-above", 0.1, "--save", tmp_path / "poses.json"),
    )
    assert code == 0
    told = conditions(printed)
    assert told["crop"] == "rule udp-stretch" and "moved by one heatmap pixel" in told["flip"]
    assert told["decoder"] == "dark, blur of 9 heatmap pixels"
    assert told["scores"] == "score = box x mean of joints above 0.1, soft OKS-NMS 0.5"
    poses = json.loads((tmp_path / "poses.json").read_text())
    assert len(poses) == 12 and len(poses[0]["keypoints"]) == 51


@pytest.mark.parametrize(("words", "flip"), [(["--no-flip"], "off"), (["--flip", "off"], "off")])
def test_the_flip_test_can_be_left_out(run, words, flip):
    assert conditions(run(*words)[1])["flip"] == flip


def test_each_crop_and_flip_is_a_variant_of_the_weights_own_rule():
    assert evaluate.CROPS["rule"](UDP) == evaluate.FLIPS["rule"](UDP) == UDP
    assert evaluate.CROPS["gray"](UDP).fill == GRAY and evaluate.CROPS["stretch"](UDP).stretch
    assert evaluate.FLIPS["shift"](UDP).flip_shift and not evaluate.FLIPS["plain"](UDP).flip_shift


def test_boxes_from_a_detections_file_are_counted_and_named(run, people, tmp_path):
    poses = data.read(people, "val")
    records = [
        {"image_id": photo.id, "category_id": 1, "bbox": box.xywh.tolist(), "score": 0.9 if n else 0.2}
        for photo, boxes in zip(poses.photos, given_boxes(poses), strict=True)
        for n, box in enumerate(boxes)
    ]
    file = tmp_path / "persons.json"
    file.write_text(json.dumps([*records, {**records[1], "image_id": 9999}]))
    code, printed, _ = run("--boxes", file, "--box-score", 0.5, "--save", tmp_path / "poses.json")
    assert code == 0 and len(json.loads((tmp_path / "poses.json").read_text())) == 6
    told = conditions(printed)["boxes"]
    assert told == "detections of persons.json with a score from 0.5 (6 below and 1 on other photos left out)"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--boxes", "nowhere.json"], "nowhere.json"),
        (["--report", "no/such/folder/report.html"], "there is no folder no/such/folder to write report.html into"),
        (["--oks-threshold", 2], "an OKS threshold lies above 0"),
        (["--kernel", 4], "kernel must be odd"),
    ],
)
def test_a_wrong_word_costs_one_line_and_code_2(run, words, line):
    code, printed, said = run(*words)
    assert code == 2 and not printed
    assert line in said.splitlines()[-1]


class Page(HTMLParser):
    """What a page holds, and whether every tag that is opened is closed."""

    ALONE = {"meta", "img", "br"}

    def __init__(self, text):
        super().__init__()
        self.open, self.links, self.tags = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("src", "href", "srcset")]
        if tag not in self.ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_report_is_one_whole_page_that_asks_for_nothing(run, tmp_path):
    file = tmp_path / "report.html"
    code, printed, _ = run("--report", file)
    assert code == 0 and f"report: {file}" in printed
    text = file.read_text(encoding="utf-8")
    shown = Page(text)
    assert shown.open == []
    assert shown.links and all(link.startswith("data:image/jpeg;base64,") for link in shown.links)
    assert not re.search(r"https?://|@import|url\(|<script", text)
    assert "prefers-color-scheme: dark" in text and shown.tags.count("svg") >= 3
    assert len(conditions(printed)) == 11
    assert all(escape(value) in text for value in conditions(printed).values())
    assert shown.tags.count("figure") == 12  # fewer than twenty persons: all of them


def perfect(poses, error=0.0):
    detections = []
    for photo, place in zip(poses.photos, range(len(poses.photos)), strict=True):
        for box, number in enumerate(poses.by_photo[place]):
            points = poses.samples[number].keypoints.astype(float).copy()
            points[:, 0] += error
            points[:, 2] = 0.8
            found = {"image_id": photo.id, "category_id": 1, "keypoints": points.ravel().tolist(), "score": 0.8}
            detections.append({**found, "box": box})
    return detections


@pytest.fixture
def measured(people):
    poses = data.read(people, "val")
    conditions = {"weights": "<b>none</b>"}
    return Measured("made & up", conditions, poses, given_boxes(poses), perfect(poses), {"AP": 1.0, "AP-M": -1.0})


def test_a_report_on_perfect_poses_says_so(measured):
    text = page(measured)
    assert "good <b>100.0 %</b>" in text and "miss <b>0.0 %</b>" in text
    assert "mean of all ten <b>1.000</b>" in text
    assert "<dd>none</dd>" in text  # nobody of medium size
    assert "made &amp; up" in text and "&lt;b&gt;none" in text and "<b>none" not in text


def test_scores_are_set_against_the_oks_of_the_poses(measured):
    assert sum(count for _, _, count in measured.calibration()) == 12
    assert all(score == pytest.approx(0.8) and oks == pytest.approx(1) for score, oks, _ in measured.calibration())
    half = [{**d, "score": 0.2, "keypoints": [5.0] * 51} if n % 2 else d for n, d in enumerate(measured.detections)]
    bins = evaluate.replace(measured, detections=half).calibration()
    assert [oks < 0.01 for _, oks, _ in bins].count(True) == sum(score < 0.3 for score, _, _ in bins) > 3


def test_curves_hold_the_average_precision(measured):
    curves = measured.curves()
    assert list(curves) == ["OKS 0.50", "OKS 0.75", "OKS 0.90", "mean of all ten"]
    assert all(curve.shape == (101,) and np.all(curve == 1) for curve in curves.values())


def test_a_report_on_nobody_found_is_a_page_too(measured):
    text = page(evaluate.replace(measured, detections=[]))
    assert Page(text).open == [] and "12 persons have none" in text and "<figure>" not in text


def test_mpiis_tables_are_shown_with_both_figures_called_at_a_tenth(measured):
    tables = {"PCKh@0.5": {"Head": 97.1, "Mean": 90.3}, "both conventions of @0.1": dict.fromkeys(TENTHS, 37.7)}
    shown = evaluate.replace(measured, tables=tables)
    for text in (page(shown), "\n".join(lines(shown))):
        assert "97.1" in text and all(name in text for name in TENTHS)


def test_weights_of_other_joints_are_refused_before_anything_runs(measured):
    metadata = evaluate.replace(loaded("default", finder=None).topdown.metadata, skeleton=MPII_16)
    with pytest.raises(ValueError, match=r"joints of mpii-16 \(16\), the labels are of coco-17 \(17\)"):
        measure(TopDown(None, metadata), measured.poses, measured.boxes, Protocol(), "none", {}, True)
