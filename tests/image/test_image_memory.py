"""Peak memory, each in a process of its own: what is refused makes no room, and a large JPEG stays small."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from picture_bytes import png_bomb
from PIL import Image

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


SIDE = 8000  # 64 megapixels


def large(path: Path, side: int = SIDE) -> None:
    """A picture that is quick to write, of the kind that its name says: rgba16.png, progressive.jpg, ..."""
    gray = cv2.resize(np.random.default_rng(0).integers(0, 256, (9, 9), np.uint8), (side, side))
    if path.name.startswith("rgba"):
        pixels = cv2.merge([gray, gray.T, gray[::-1], gray])
    elif path.name.startswith(("palette", "gray")):
        pixels = gray
    else:
        pixels = cv2.merge([gray, gray.T, gray[::-1]])
    if "16" in path.name:
        pixels = pixels.astype(np.uint16) * 257
    options = {
        ".png": [cv2.IMWRITE_PNG_COMPRESSION, 1],
        ".webp": [cv2.IMWRITE_WEBP_QUALITY, 50],
        ".jpg": [cv2.IMWRITE_JPEG_PROGRESSIVE, int(path.name.startswith("progressive"))],
    }
    if path.suffix in (".avif", ".gif") or path.name.startswith("palette"):
        picture = Image.fromarray(pixels).quantize(16) if path.name.startswith("palette") else Image.fromarray(pixels)
        picture.save(path, **({"speed": 10} if path.suffix == ".avif" else {}))
    else:
        assert cv2.imwrite(str(path), pixels, options.get(path.suffix, []))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("rgb.jpg", 200),  # 183 MB are the photo itself
        ("progressive.jpg", 260),
        ("rgb.png", 200),
        ("rgb16.png", 200),
        ("gray16.png", 200),
        ("palette.png", 200),
        ("rgba.png", 280),
        ("rgb.webp", 210),
        ("palette.gif", 280),
    ],
)
def test_a_photo_of_64_megapixels_leaves_room_for_the_rest(tmp_path, name, limit):
    large(tmp_path / name)
    grown, said = growth(tmp_path / name)
    assert said == ("4000x4000x3" if name == "progressive.jpg" else "8000x8000x3")
    assert grown < limit


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "side", "limit"),
    [("rgb.tif", 6320, 40), ("rgba16.png", 6320, 40), ("rgb.bmp", 6320, 40), ("rgba.avif", 5470, 30)],
)
def test_what_takes_more_memory_is_read_up_to_a_lower_limit_and_refused_above(tmp_path, name, side, limit):
    large(tmp_path / name, side)
    grown, said = growth(tmp_path / name)
    assert said == f"{side}x{side}x3" and grown < 370
    large(tmp_path / name, side + 20)
    grown, said = growth(tmp_path / name)
    assert f"pixels are above the limit of {limit} megapixels for" in said and "save it as JPEG" in said
    assert grown < 20


PREDICT = """
import sys
from hrnet.__main__ import main
code = main(["predict", *sys.argv[1:]])
print(int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024, code, sep="|")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["rgb.jpg"], 0),
        (["rgba.png"], 0),
        (["palette.gif"], 0),
        (["rgb.webp"], 2),  # it is read, but not written as WebP
        (["rgba.png", "rgb.jpg"], 0),  # one after the other, not both at once
        (["rgb.tif", "rgba.avif"], 2),
    ],
    ids=str,
)
def test_predict_stays_below_600_mb_with_drawing(tmp_path, names, code):
    for name in names:
        large(tmp_path / name)
    command = [sys.executable, "-c", PREDICT, *(str(tmp_path / name) for name in names)]
    command += ["--out", str(tmp_path / "drawn"), "--json", str(tmp_path / "people.json")]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    peak, ended = done.stdout.strip().splitlines()[-1].split("|")
    assert int(ended) == code and "Traceback" not in done.stderr
    assert 100 < float(peak) < 600
