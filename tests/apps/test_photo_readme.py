"""The README's example of a program that asks the Studio is run as it stands."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from studio_server import ROOT, Studio

from hrnet import draw, image

pytest.importorskip("gradio_client")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def test_the_example_of_the_readme_gives_what_the_library_gives(tmp_path, weights, photo, estimator, monkeypatch):
    (example,) = [
        code
        for code in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        if "gradio_client" in code
    ]
    image.write(tmp_path / "photo.jpg", photo)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(os.environ, "GRADIO_TEMP_DIR", str(tmp_path / "got"))
    studio = Studio(tmp_path, weights)
    try:
        said: dict = {}
        exec(example.replace("http://127.0.0.1:7860/studio/", studio.url), said)
    finally:
        studio.stop()
    sent = image.read(tmp_path / "photo.jpg")
    assert said["record"]["people"] == [someone.to_dict() for someone in estimator(sent)]
    expected = draw.people(sent, estimator(sent, [[10, 20, 100, 120]]), estimator.skeleton)
    drawn = image.read(Path(said["drawn"]))
    assert drawn.shape == expected.shape and np.abs(drawn.astype(int) - expected).mean() < 4  # a JPEG, as the photo was
