"""Large files go another way, straight into their place: here every file counts as large, and must give the same."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from hrnet import image
from hrnet.image import opencv

SIZE = (67, 90)  # height, width


@pytest.fixture
def all_large(monkeypatch):
    monkeypatch.setattr(opencv, "LARGE", 0)
    monkeypatch.setattr("hrnet.image.pixels.STRIP_PIXELS", 700)  # several strips, the last a short one


def pictures():
    rng = np.random.default_rng(0)
    rgba = cv2.resize(rng.integers(0, 256, (6, 8, 4), np.uint8), SIZE[::-1])
    rgb = Image.fromarray(rgba[..., :3].copy())
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 90})):
        yield f"rgb {kind}", rgb, kind, options
        exif = Image.Exif()
        exif[274] = 6
        yield f"turned {kind}", rgb, kind, {**options, "exif": exif}
        yield f"gray {kind}", rgb.convert("L"), kind, options
        if kind != "JPEG":
            yield f"alpha {kind}", Image.fromarray(rgba), kind, options
    yield "palette", rgb.quantize(20), "PNG", {}
    yield "palette with a hole", rgb.quantize(20), "PNG", {"transparency": 3}
    yield "one bit", rgb.convert("1"), "PNG", {}
    yield "gray with alpha", Image.fromarray(rgba).convert("LA"), "PNG", {}
    yield "gray of 16 bits", Image.fromarray(rgba[..., 0].astype(np.uint16) * 256 + rgba[..., 1]), "PNG", {}
    yield "alpha of 16 bits", None, cv2.imencode(".png", rgba.astype(np.uint16) * 257)[1].tobytes(), {}
    yield "16 bits", None, cv2.imencode(".png", rgba[..., :3].astype(np.uint16) * 256 + 255)[1].tobytes(), {}
    yield "animated", rgb, "PNG", {"save_all": True, "append_images": [rgb.transpose(0)]}
    yield "animated", rgb, "WEBP", {"save_all": True, "append_images": [rgb.transpose(0)], "lossless": True}


@pytest.mark.parametrize(("name", "picture", "kind", "options"), list(pictures()), ids=lambda value: str(value)[:25])
def test_a_large_file_gives_what_its_bytes_give(tmp_path, all_large, name, picture, kind, options):
    if picture is None:
        content = kind
    else:
        stream = io.BytesIO()
        picture.save(stream, kind, **options)
        content = stream.getvalue()
    path = tmp_path / "photo"
    path.write_bytes(content)
    photo = image.read(path)
    np.testing.assert_array_equal(photo, image.read(content))
    assert photo.flags.c_contiguous and photo.flags.writeable and np.ptp(photo) > 50
    assert photo.shape == ((*SIZE[::-1], 3) if name.startswith("turned") else (*SIZE, 3))


def test_the_orientation_of_a_png_may_follow_its_pixels(tmp_path, all_large):
    content = image.encode(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8), "png")
    exif = Image.Exif()
    exif[274] = 8
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block + struct.pack(">I", zlib.crc32(b"eXIf" + block))
    path = tmp_path / "photo.png"
    path.write_bytes(content[:-12] + chunk + content[-12:])
    assert image.read(path).shape == (*SIZE[::-1], 3)
    np.testing.assert_array_equal(image.read(path), image.read(path.read_bytes()))


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_a_large_file_that_is_cut_off_or_damaged_is_refused(tmp_path, all_large, kind):
    content = image.encode(np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8), kind)
    path = tmp_path / "photo"
    for damaged in (content[: len(content) // 2], content[:-20]):
        path.write_bytes(damaged)
        with pytest.raises(image.ImageError, match="photo: the file is cut off or damaged"):
            image.read(path)


def test_what_opencv_leaves_untouched_is_no_photo(tmp_path):
    path = tmp_path / "photo"
    path.write_bytes(b"")
    with pytest.raises(image.ImageError, match="damaged"):
        opencv.decode_rgb(str(path), 4, 5)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_a_large_photo_is_written_without_a_copy_and_the_same(tmp_path, all_large, suffix):
    photo = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
    image.write(tmp_path / f"kept{suffix}", photo)
    before = photo.copy()
    image.write(tmp_path / f"spent{suffix}", photo, last_use=True)
    assert not np.array_equal(photo, before)
    assert (tmp_path / f"spent{suffix}").read_bytes() == (tmp_path / f"kept{suffix}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_a_large_photo_that_does_not_arrive_whole_leaves_no_file(tmp_path, all_large, monkeypatch):
    monkeypatch.setattr(opencv.cv2, "imwrite", lambda path, *_: Path(path).write_bytes(b"\x89PNG half") > 0)
    with pytest.raises(image.ImageError, match="cannot be written whole; make room"):
        image.write(tmp_path / "a.png", np.zeros((*SIZE, 3), np.uint8), last_use=True)
    assert list(tmp_path.iterdir()) == []
