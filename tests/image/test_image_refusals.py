"""What is no picture is refused in one line that names it; nothing but ImageError ever comes out."""

from __future__ import annotations

import io
import os
import struct
import tempfile
import time
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from picture_bytes import (
    corners,
    file_bytes,
    ftyp,
    jpeg_segment,
    noise,
    oriented,
    png,
    with_jpeg_size,
)
from PIL import Image, features

from hrnet import image


def refusal(source: object) -> str:
    with pytest.raises(image.ImageError) as caught:
        image.read(source)
    line = str(caught.value)
    assert line.isprintable() and ": " in line and len(line) < 400  # one line, which names the source
    return line


def test_the_error_is_a_value_error():
    assert issubclass(image.ImageError, ValueError)


# ---- not a picture


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"Name;Size\nphoto;3\n" * 100, "a text file"),
        ("Größe: ä".encode() * 200, "a text file"),
        (b"BMW and other words that begin like a BMP", "a text file"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF document"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
        (b"\x7fELF\x02\x01\x01\0", "a file of an unknown kind"),
        (ftyp(b"heic", b"mif1", b"heic"), "a HEIC picture, which is not read here; save it as JPEG"),
        (ftyp(b"mif1", b"mif1", b"heic"), "a HEIC picture, which is not read here; save it as JPEG"),
        (ftyp(b"isom", b"isom", b"mp42"), "a video"),
        (b"", "is empty (0 bytes)"),
    ],
)
def test_a_file_that_is_no_picture_is_called_what_it_is(tmp_path, content, word):
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    assert word in refusal(path) and refusal(path).startswith(str(path))
    assert word in refusal(content) and refusal(content).startswith("the given bytes: ")


def test_a_folder_a_missing_file_and_a_pipe_are_called_what_they_are(tmp_path):
    assert "is a folder" in refusal(tmp_path)
    assert "no such file" in refusal(tmp_path / "none.jpg")
    (tmp_path / "file").touch()
    assert "no such file" in refusal(tmp_path / "file" / "none.jpg")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe or device" in refusal(tmp_path / "pipe.jpg")  # and does not wait for a writer
    assert "File name too long" in refusal("a" * 5000)
    assert "not a path" in refusal("photo\0.jpg") and "not a path" in refusal("\ud800.jpg")


def test_a_file_without_permission_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "photo.png")
        path.write_bytes(file_bytes(corners(), "PNG"))
        os.chmod(folder, 0o755)
        os.chmod(path, 0)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)  # root may read everything
        try:
            assert "permission denied" in refusal(path)
        finally:
            os.seteuid(user)


@pytest.mark.parametrize("address", ["http://example.com/a.jpg", "https://example.com", "data:image/png;base64,iVBO"])
def test_an_address_is_not_fetched(address):
    assert "nothing is fetched" in refusal(address)


def test_other_things_are_refused_by_their_type():
    for thing in (None, 3, [1, 2], {"a": 1}, object):
        assert type(thing).__name__ in refusal(thing) and "no picture" in refusal(thing)


def test_a_file_that_is_closed_or_opened_as_text_is_refused(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(file_bytes(noise(), "JPEG"))
    with open(path) as file:
        assert "mode 'rb'" in refusal(file)
    assert "closed" in refusal(file)
    assert "mode 'rb'" in refusal(io.StringIO("text"))


def test_an_upload_is_called_by_its_name():
    upload = io.BytesIO(b"hello")
    upload.name = "holiday\n.jpg"
    assert refusal(upload).startswith("holiday?.jpg: ")


def test_a_pillow_image_whose_file_is_gone_is_refused(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(file_bytes(noise(), "PNG"))
    with Image.open(path) as pillow:
        pass
    assert "closed" in refusal(pillow) and "photo.png" in refusal(pillow)


def test_a_long_name_is_shown_in_part():
    assert "..." in refusal("http://" + "x" * 100_000)


# ---- arrays


def test_an_array_of_floats_is_refused_and_told_how_to_become_a_photo():
    assert "float32 [4, 4, 3]" in refusal(np.zeros((4, 4, 3), np.float32))
    assert "(array * 255).round().astype('uint8')" in refusal(np.zeros((4, 4, 3)))


@pytest.mark.parametrize(
    "array",
    [np.zeros((3, 4, 6), np.uint8), np.zeros((4, 4, 1), np.uint8), np.zeros((1, 4, 4, 3), np.uint8)]
    + [np.zeros(4, np.uint8), np.zeros((), np.uint8), np.zeros((4, 4, 3), int), np.zeros((4, 4), bool)],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_an_array_of_another_form_is_refused_with_its_form(array):
    assert f"{array.dtype} {list(array.shape)}" in refusal(array)


def test_an_array_or_image_without_pixels_is_refused():
    assert "at least one pixel" in refusal(np.zeros((0, 4, 3), np.uint8))
    assert "no pixels" in refusal(Image.new("RGB", (0, 4)))


# ---- cut off and damaged

WHOLE = {
    "baseline JPEG": file_bytes(noise(), "JPEG"),
    "progressive JPEG": file_bytes(noise(), "JPEG", progressive=True),
    "JPEG with EXIF": file_bytes(noise(), "JPEG", exif=oriented(6)),
    "gray JPEG": file_bytes(noise()[..., 0], "JPEG"),
    "CMYK JPEG": file_bytes(Image.fromarray(noise()).convert("CMYK"), "JPEG"),
    "PNG": file_bytes(noise(), "PNG"),
    "palette PNG": file_bytes(Image.fromarray(noise()).convert("P"), "PNG"),
    "16-bit PNG": cv2.imencode(".png", noise().astype(np.uint16) * 257)[1].tobytes(),
    "lossy WebP": file_bytes(noise(), "WEBP"),
    "lossless WebP": file_bytes(noise(), "WEBP", lossless=True),
    "GIF": file_bytes(noise(), "GIF"),
    "BMP": file_bytes(noise(), "BMP"),
    "TIFF": file_bytes(noise(), "TIFF"),
    "deflated TIFF": file_bytes(noise(), "TIFF", compression="tiff_adobe_deflate"),
}
if features.check("avif"):
    WHOLE["AVIF"] = file_bytes(noise(), "AVIF")


@pytest.mark.parametrize("kind", WHOLE)
def test_a_file_that_is_cut_off_is_refused_silently(kind, capfd):
    assert image.read(WHOLE[kind]).shape == ((160, 120, 3) if "EXIF" in kind else (120, 160, 3))
    for share in (0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97):
        assert "cut off or damaged" in refusal(WHOLE[kind][: int(len(WHOLE[kind]) * share)])
    assert capfd.readouterr() == ("", "")


def test_a_jpeg_without_its_last_byte_is_refused():
    assert "cut off" in refusal(WHOLE["baseline JPEG"][:-1])


def test_a_jpeg_whose_end_was_never_written_is_refused():
    data = WHOLE["baseline JPEG"]  # as a download leaves it that reserved its room first
    assert "cut off" in refusal(data[: len(data) // 2] + bytes(len(data) - len(data) // 2))


def test_a_thumbnail_in_a_jpeg_that_is_cut_off_does_not_pass_for_its_end():
    thumbnail = file_bytes(corners(), "JPEG")
    data = file_bytes(noise(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + thumbnail)
    assert thumbnail in data and image.read(data).shape == (120, 160, 3)
    assert "cut off" in refusal(data[: len(data) * 3 // 4])


@pytest.mark.parametrize("kind", WHOLE)
def test_whatever_is_damaged_only_an_image_error_comes_out(kind):
    rng = np.random.default_rng(3)
    whole = np.frombuffer(WHOLE[kind], np.uint8)
    early = min(len(whole), 400)  # half of the damage where the headers are
    for trial in range(40):
        data = whole.copy()
        places = rng.integers(0, early if trial % 2 else len(data), 3)
        data[places] = rng.integers(0, 256, 3)
        try:
            photo = image.read(data.tobytes())
        except image.ImageError as error:
            assert str(error).startswith("the given bytes: ")
        else:
            assert photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3


def test_a_box_that_claims_four_gigabytes_is_refused_at_once():
    begun = time.perf_counter()
    assert "a video" in refusal(b"\xff\xff\xff\xff" + ftyp(b"isom", b"mp42")[4:])
    assert time.perf_counter() - begun < 5  # minutes if it is believed


# ---- too much


def test_a_png_above_the_limit_is_refused_by_its_header():
    assert "20000 x 20000 pixels are above the limit of 64 megapixels" in refusal(png(20_000, 20_000, 1, 0, b""))


@pytest.mark.parametrize(("kind", "size_at", "form"), [("GIF", 6, "<HH"), ("BMP", 18, "<II")])
def test_a_header_of_too_many_pixels_is_refused(kind, size_at, form):
    data = bytearray(file_bytes(corners(), kind))
    struct.pack_into(form, data, size_at, 9000, 9000)
    assert "9000 x 9000 pixels" in refusal(data)


def test_a_gif_whose_first_frame_grows_beyond_the_limit_is_refused_without_a_warning():
    data = bytearray(file_bytes(corners(), "GIF", comment=b"long" * 200))
    frame = data.rindex(b",\0\0\0\0\x40\0\x20\0")
    struct.pack_into("<HH", data, frame + 5, 12_000, 12_000)  # 144 megapixels: Pillow would warn here
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert "12000 x 12000 pixels" in refusal(data)


def test_exactly_the_limit_is_read_and_one_row_more_is_not(monkeypatch):
    monkeypatch.setattr(image.limits, "MAX_PIXELS", 64 * 32)
    assert image.read(file_bytes(corners(32, 64), "PNG")).shape == (32, 64, 3)
    for kind in ("PNG", "WEBP", "TIFF", "BMP", "GIF"):
        assert "33 pixels are above" in refusal(file_bytes(corners(33, 64), kind))
    assert "33 pixels are above" in refusal(Image.fromarray(corners(33, 64)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_pillow_s_own_limit_is_not_asked(monkeypatch, kind):
    data = file_bytes(corners(1500, 1000), kind)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    with pytest.warns(Image.DecompressionBombWarning):
        Image.open(io.BytesIO(data))
    assert image.read(data).shape == (1500, 1000, 3)


def test_a_file_above_the_limit_of_bytes_is_refused_unread(tmp_path):
    path = tmp_path / "photo.png"
    with open(path, "wb") as file:
        file.write(file_bytes(corners(), "PNG"))
        file.truncate(image.MAX_BYTES + 1)  # a hole: it takes no room
    assert "the file is above the limit of 512 MB" in refusal(path)


def test_pixels_that_do_not_fit_into_eight_bits_are_refused():
    for mode, word in (("F", "floats of 32 bits"), ("I", "integers of 32 bits")):
        assert word in refusal(file_bytes(Image.new(mode, (4, 4)), "TIFF"))
    assert "Lab colors" in refusal(Image.new("LAB", (4, 4)))


def test_the_preview_in_a_raw_file_does_not_pass_for_the_photo():
    assert "raw file" in refusal(file_bytes(corners(), "TIFF", tiffinfo={254: 1}))


# ---- JPEGs that no decoder here reads


def test_a_jpeg_of_twelve_bits_is_refused_by_that_name():
    data = bytearray(file_bytes(corners(), "JPEG"))
    data[jpeg_segment(data, 0xC0).start + 4] = 12
    assert "a JPEG of 12 bits" in refusal(data)


def test_a_jpeg_without_height_is_refused():
    assert "damaged" in refusal(with_jpeg_size(file_bytes(corners(), "JPEG"), 0, 64))


def test_a_jpeg_of_endless_scans_is_refused_undecoded():
    data = file_bytes(corners(), "JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    assert "more than 500 scans" in refusal(data[:-2] + scan * 600 + data[-2:])
