"""The measurement in the browser, run as the README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from apps.pace import CHROMIUM, MEASURED

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_every_wait_is_measured_in_both_front_ends():
    pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
    if not any(map(shutil.which, CHROMIUM)):
        pytest.skip("needs a Chromium: apt-get install chromium")
    said = subprocess.run([sys.executable, "-m", "apps.pace", "--times", "2"], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    medians = [int(number) for number in re.findall(r"median +(\d+) ms", said.stdout)]
    assert len(medians) == 2 * len(MEASURED) and min(medians) > 0
    assert all(said.stdout.count(what) == 2 for what in MEASURED)
