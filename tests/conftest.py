"""What holds for all tests, and for what they start."""

import os
import signal

os.environ.setdefault("OMP_NUM_THREADS", "1")  # on small inputs more threads mostly wait for each other
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell starts what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # servers are ended with it


def pytest_addoption(parser):
    parser.addoption(
        "--fronts",
        choices=("turns", "both"),
        default="turns",
        help="browser tests of a page: each in one of the two front ends, taking turns, or each in both",
    )
