"""The best pairs against every possible choice."""

import itertools

import numpy as np
import pytest

from hrnet.video.assignment import best_pairs


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 5), (5, 3), (6, 6), (1, 7), (4, 0), (0, 3)])
def test_the_sum_is_the_largest_of_all(shape):
    rng = np.random.default_rng(0)
    for _ in range(30):
        likeness = rng.random(shape).round(1)  # with ties
        pairs = best_pairs(likeness)
        rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
        assert len(set(rows)) == len(set(columns)) == len(pairs) == min(shape)
        tall = likeness if shape[0] >= shape[1] else likeness.T
        choices = itertools.permutations(range(tall.shape[0]), tall.shape[1])
        best = max(sum(tall[row, column] for column, row in enumerate(choice)) for choice in choices)
        assert sum(likeness[pair] for pair in pairs) == pytest.approx(best)


def test_the_best_pair_gives_way_where_all_together_gain():
    assert best_pairs(np.array([[0.60, 0.55], [0.58, 0.10]])) == [(0, 1), (1, 0)]
