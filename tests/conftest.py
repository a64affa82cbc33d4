"""One thread for torch, NumPy and what tests start: on small inputs more of them mostly wait for each other."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
