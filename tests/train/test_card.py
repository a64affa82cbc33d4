"""The model card is filled with what was measured, between its marks and nowhere else."""

import numpy as np
import pytest

import hrnet
from train import card
from train.card_pictures import HARD, failures

TEXT = "Before.\n<!-- pose -->\nold\n<!-- end of pose -->\nBetween.\n<!-- finder -->\n<!-- end of finder -->\nAfter.\n"


@pytest.fixture
def page(tmp_path, monkeypatch):
    file = tmp_path / "MODELS.md"
    file.write_text(TEXT)
    monkeypatch.setattr(card, "CARD", file)
    return file


def test_what_was_measured_stands_between_the_marks(page):
    card.write_card({"pose": "| AP |", "finder": "found"})
    expected = TEXT.replace("old", "| AP |").replace("<!-- finder -->\n", "<!-- finder -->\nfound\n")
    assert page.read_text() == expected
    card.write_card({"pose": "old"})
    assert page.read_text() == expected.replace("| AP |", "old")


def test_a_missing_mark_is_told_and_nothing_is_written(page):
    with pytest.raises(ValueError, match="no place for failures: put <!-- failures -->"):
        card.write_card({"pose": "new", "failures": "drawn"})
    assert page.read_text() == TEXT


def test_the_card_has_all_marks_and_its_picture():
    text = card.CARD.read_text()
    for name in ("pose", "finder", "failures"):
        block = text.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
        assert len(block) > 100, name
    assert "(failures.jpg)" in text and card.PICTURE.stat().st_size < 300_000


def test_figures_are_rounded_as_the_command_prints_them():
    assert card.percent(0.20249) == 20.2 and card.percent(0.20266) == 20.3
    assert card.table("boxes", ("AP", "AR"), {"given": (0.5, 0.25)}).splitlines() == [
        "| boxes | AP | AR |",
        "|---|---|---|",
        "| given | 0.500 | 0.250 |",
    ]


def test_weights_are_not_replaced_by_accident(capsys):
    assert card.main(["--data", "nowhere", "--pose", "run"]) == 2
    assert "say --write, too" in capsys.readouterr().err


@pytest.mark.slow
def test_failures_are_drawn_with_the_truth_above():
    sheet, told = failures(hrnet.load())
    assert sheet.shape[0] == 2 * 288 + 8 and sheet.shape[1] == len(HARD) * 216 + (len(HARD) - 1) * 8
    assert told.count("OKS") == len(HARD)
    above, below = sheet[:288].astype(int), sheet[-288:].astype(int)
    share = (np.abs(above - below).max(axis=2) > 40).mean()
    assert 0.002 < share < 0.3  # the same pictures with other lines
