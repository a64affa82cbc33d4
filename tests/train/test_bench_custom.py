"""The table of small sets: what a run tells, and the rows that become of it."""

import json

import pytest

from train.bench.__main__ import main
from train.bench.custom import HEAD, Told, cells, table
from train.recipes import RECIPES
from train.recipes.finetune import Plain


def told(folder, pck, end="finished", seconds=120.0):
    events = [
        {"event": "started", "time": 1000.0, "step": 0, "steps": 40},
        *(
            {"event": "stepped", "time": 1001.0, "step": n, "samples_per_second": speed}
            for n, speed in ((20, 9), (40, 11))
        ),
        {"event": "validated", "time": 1050.0, "step": 20, "figures": {"OKS": 0.9, "PCK": 0.99}},
        {"event": "validated", "time": 1000.0 + seconds, "step": 40, "figures": {"OKS": 0.8, "PCK": pck}},
        {"event": end, "time": 1200.0, "step": 40},
    ]
    folder.mkdir()
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder


def test_the_figures_are_those_of_the_last_look_and_not_of_the_best(tmp_path):
    ours = Told.of(told(tmp_path / "ours", 0.95))
    assert (ours.figures["PCK"], ours.steps, ours.seconds, ours.speed) == (0.95, 40, 120.0, 11)


def test_a_row_has_both_figures_of_both_trainings(tmp_path):
    ours = Told.of(told(tmp_path / "ours", 0.95))
    plain = Told.of(told(tmp_path / "plain", 0.25, seconds=126.0))
    row = cells("mouse", ours, plain)
    assert row == ["mouse", "95.0", "25.0", "80.0", "80.0", "2.0 / 2.1", "40 / 40"]
    assert table([row]).splitlines()[-1] == "| mouse | 95.0 | 25.0 | 80.0 | 80.0 | 2.0 / 2.1 | 40 / 40 |"
    assert len(row) == len(HEAD)


def test_a_run_that_broke_off_gives_no_row(tmp_path):
    with pytest.raises(ValueError, match="no run that finished in one go"):
        Told.of(told(tmp_path / "ours", 0.95, end="stopped"))
    with pytest.raises(ValueError, match="no run that finished in one go"):
        Told.of(tmp_path)


def test_a_folder_without_splits_is_refused(tmp_path, capsys):
    assert main(["custom", "--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "splits.json; give a folder with zips and a file that divides them" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_baseline_begins_with_nothing_and_learns_as_published(tmp_path):
    plain, ours = (
        RECIPES[name].make(name, data=tmp_path, cache=tmp_path) for name in ("plain_small", "finetune_small")
    )
    assert isinstance(plain, Plain) and plain.start == "none" and ours.start is None
    assert (plain.optimizer, plain.learning_rate, plain.drops, plain.average, plain.loss) == (
        "adam",
        1e-3,
        True,
        0.0,
        "mse",
    )
    assert plain.batch_size is None and plain.input_size is None  # those of finetune_small
