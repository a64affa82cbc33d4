"""One thread for torch, NumPy and what tests start: on small inputs more of them mostly wait for each other."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser):
    parser.addoption(
        "--fronts",
        choices=("turns", "both"),
        default="turns",
        help="browser tests of a page: each in one of the two front ends, taking turns, or each in both",
    )
