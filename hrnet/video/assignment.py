"""Who goes with whom so that all together fit best: the assignment problem."""

from __future__ import annotations

import numpy as np


def best_pairs(likeness: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column) with the largest sum; each row and column is in one pair at most, min(n, m) pairs in all.

    Unlike taking the best pair first, which may leave two for each other that do not belong together.

    Args:
        likeness: (n, m) finite.
    Source: the Hungarian method (Kuhn 1955) by shortest augmenting paths, O(n^2 m); as in Burkard, Dell'Amico and
        Martello, "Assignment Problems" (2009), section 4.4.
    """
    if likeness.shape[0] > likeness.shape[1]:
        return sorted((row, column) for column, row in best_pairs(likeness.T))
    rows, columns = likeness.shape
    cost = -np.asarray(likeness, np.float64)
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    row_of = np.full(columns + 1, -1)  # the last column is where a path begins
    for new in range(rows):
        row_of[columns], column = new, columns
        nearest, came_from = np.full(columns, np.inf), np.full(columns, columns)
        done = np.zeros(columns + 1, bool)
        while row_of[column] >= 0:  # grow the tree of shortest paths until it meets a free column
            done[column] = True
            row = row_of[column]
            reduced = cost[row] - row_price[row] - column_price
            shorter = ~done[:columns] & (reduced < nearest)
            nearest[shorter], came_from[shorter] = reduced[shorter], column
            column = int(np.argmin(np.where(done[:columns], np.inf, nearest)))
            step = nearest[column]
            row_price[row_of[done]] += step
            column_price[done[:columns]] -= step
            nearest[~done[:columns]] -= step
        while column != columns:  # along the path everybody moves on by one
            before = came_from[column]
            row_of[column], column = row_of[before], before
    return sorted((int(row_of[column]), column) for column in range(columns) if row_of[column] >= 0)
