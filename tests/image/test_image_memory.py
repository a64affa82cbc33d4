"""Peak memory, each in a process of its own: what is refused makes no room, and a large JPEG stays small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from picture_bytes import png_bomb

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc/self/status, as on Linux")

MEASURE = """
import sys
from hrnet import image

def peak():  # MB; unlike ru_maxrss it does not include what the parent held when this process was made
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024

before = peak()
try:
    said = "x".join(map(str, image.read(sys.argv[1]).shape))
except image.ImageError as error:
    said = str(error)
print(peak() - before, said, sep="|")
"""


def growth(path: Path) -> tuple[float, str]:
    """MB by which reading the picture raised the peak, and its shape or the refusal."""
    command = [sys.executable, "-c", MEASURE, str(path)]
    grown, said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().split("|")
    return float(grown), said


@pytest.mark.parametrize("bits", [1, pytest.param(8, marks=pytest.mark.slow)])
def test_a_bomb_of_400_megapixels_is_refused_and_makes_no_room(tmp_path, bits):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb(20_000, bits))
    assert path.stat().st_size < 500_000
    grown, said = growth(path)
    assert "20000 x 20000 pixels are above the limit" in said
    assert grown < 10


@pytest.mark.slow
def test_a_jpeg_of_100_megapixels_is_read_at_half_its_size_in_little_memory(tmp_path):
    path = tmp_path / "large.jpg"
    pixels = np.full((10_000, 10_000), 128, np.uint8)
    cv2.circle(pixels, (5000, 5000), 3000, 255, 40)
    path.write_bytes(cv2.imencode(".jpg", pixels)[1].tobytes())
    grown, said = growth(path)
    assert said == "5000x5000x3"
    assert grown < 200  # 75 MB of pixels, once more while OpenCV hands them over, and the file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "options", "limit"),
    [
        (".jpg", [], 420),
        (".jpg", [cv2.IMWRITE_JPEG_PROGRESSIVE, 1], 420),
        (".png", [], 480),
        (".webp", [cv2.IMWRITE_WEBP_QUALITY, 50], 420),
    ],
    ids=["baseline JPEG", "progressive JPEG", "PNG", "WebP"],
)
def test_a_photo_of_64_megapixels_leaves_room_for_the_rest(tmp_path, suffix, options, limit):
    path = tmp_path / f"large{suffix}"
    path.write_bytes(cv2.imencode(suffix, np.full((8000, 8000, 3), 128, np.uint8), options)[1].tobytes())
    grown, said = growth(path)
    assert said == ("4000x4000x3" if cv2.IMWRITE_JPEG_PROGRESSIVE in options else "8000x8000x3")
    assert grown < limit
