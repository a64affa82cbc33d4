from __future__ import annotations

import pytest

from hrnet.metrics.pck import ROWS as COLUMNS
from hrnet.metrics.pck import TENTHS
from hrnet.skeleton import SKELETONS
from hrnet.spec import W16_SMALL, W32, W48
from train import published


def test_w32_at_256x192_stands_beside_the_official_74_4_with_its_boxes():
    rows, same = published.beside("coco-17", W32.name, (256, 192))
    assert same and all(row.spec == W32.name and row.input_size == (256, 192) for row in rows)
    assert rows[0].figures["AP"] == 74.4 and "56.4" in rows[0].boxes and rows[0].source == published.OFFICIAL


def test_a_network_nobody_has_published_gets_others_for_orientation_only():
    rows, same = published.beside("coco-17", W16_SMALL.name, (192, 128))
    assert not same and [row.network for row in rows] == list(published.ORIENTATION)
    assert published.beside("bees", W16_SMALL.name, (192, 128)) == ([], False)


def test_every_row_says_its_boxes_its_data_and_its_source_and_its_figures_are_percent():
    for row in published.ROWS:
        assert row.boxes and row.source and row.figures and "published" not in row.network
        assert all(20 < value < 100 for value in row.figures.values()), row
        assert row.spec in ("", W32.name, W48.name)
    assert set(published.DATA_OF) == set(SKELETONS)


def test_the_two_figures_at_a_tenth_bear_the_names_of_the_metrics():
    assert {published.AT_11, published.AT_10} == set(TENTHS)
    official = next(row for row in published.ROWS if row.data == published.MPII)
    assert list(official.figures)[:7] == list(COLUMNS)
    mean = sum(official.figures[name] for name in COLUMNS) / 7
    assert official.figures["Mean"] == pytest.approx(mean, abs=1)  # the published mean is weighted by points
