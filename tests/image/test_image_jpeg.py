"""What a JPEG says about itself, and at which size it is decoded."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from picture_bytes import corners, file_bytes, noise, oriented, stored, with_jpeg_size
from PIL import Image

from hrnet import image
from hrnet.image import jpeg
from hrnet.image.limits import MAX_PIXELS


def header(**changes: object) -> jpeg.Header:
    values = {"width": 640, "height": 480, "precision": 8, "components": 3, "samples": 640 * 480 * 3}
    values |= {"in_passes": False, "adobe": False, "orientation": 1, "pixels_at": 600}
    return jpeg.Header(**(values | changes))


def test_the_header_says_what_is_in_the_file():
    data = file_bytes(noise(120, 160), "JPEG", subsampling="4:2:0", exif=oriented(6))
    found = jpeg.read_header(data)
    assert found == header(width=160, height=120, samples=28_800, orientation=6, pixels_at=found.pixels_at)
    assert data[found.pixels_at - 14 :][:2] == b"\xff\xda"  # the scan's own header has 14 bytes for three components


def test_a_progressive_jpeg_and_one_of_separate_scans_come_in_passes():
    assert jpeg.read_header(file_bytes(noise(), "JPEG", progressive=True)).in_passes
    assert not jpeg.read_header(file_bytes(noise(), "JPEG")).in_passes
    scan = file_bytes(noise(), "JPEG")
    scan = scan.replace(b"\xff\xda\x00\x0c\x03", b"\xff\xda\x00\x0c\x01")  # the first scan holds one of three
    assert jpeg.read_header(scan).in_passes


def test_subsampling_counts_in_the_samples():
    pixels = 120 * 160
    for subsampling, share in (("4:4:4", 3), ("4:2:2", 2), ("4:2:0", 1.5)):
        assert jpeg.read_header(file_bytes(noise(), "JPEG", subsampling=subsampling)).samples == pixels * share
    assert jpeg.read_header(file_bytes(noise()[..., 0], "JPEG")).samples == pixels


def test_adobe_s_marker_is_seen_in_cmyk():
    found = jpeg.read_header(file_bytes(Image.fromarray(noise()).convert("CMYK"), "JPEG"))
    assert found.adobe and found.components == 4


def test_fill_bytes_and_stray_bytes_between_segments_are_passed_over():
    data = file_bytes(noise(), "JPEG")
    for between in (b"\xff\xff\xff", b"stray"):
        found = jpeg.read_header(data[:2] + between + data[2:])
        assert (found.width, found.height) == (160, 120)
        assert found.pixels_at == jpeg.read_header(data).pixels_at + len(between)


@pytest.mark.parametrize(
    ("height", "width", "reduction"),
    [
        (8000, 8000, 1),  # 64 megapixels: the limit itself
        (8000, 8001, 2),
        (10_000, 10_000, 2),  # 25 megapixels remain
        (16_000, 16_000, 2),
        (16_001, 16_000, 4),
        (32_001, 32_000, 8),
        (64_000, 64_000, 8),
    ],
)
def test_a_jpeg_is_reduced_no_further_than_the_limit_asks(height, width, reduction):
    found = header(height=height, width=width)
    assert jpeg.choose_reduction(found) == reduction
    assert -(-height // reduction) * -(-width // reduction) <= MAX_PIXELS


def test_a_jpeg_above_the_limit_at_an_eighth_is_refused_by_its_header():
    data = with_jpeg_size(file_bytes(corners(), "JPEG"), 65_500, 65_500)
    with pytest.raises(image.ImageError, match="65500 x 65500 pixels are above the limit"):
        image.read(data)


def test_a_progressive_jpeg_leaves_room_for_the_samples_that_are_held():
    def chosen(side: int, samples_per_pixel: float) -> int:
        samples = int(side * side * samples_per_pixel)
        return jpeg.choose_reduction(header(height=side, width=side, samples=samples, in_passes=True))

    assert chosen(5656, 3) == 1  # 32 megapixels
    assert chosen(5657, 3) == 2
    assert chosen(10_000, 1.5) == 2
    with pytest.raises(image.ImageError, match="progressive JPEG.*baseline"):
        chosen(10_000, 3)  # 100 megapixels at 4:4:4 would hold 600 MB


@pytest.mark.parametrize("kind", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize(("limit", "reduction"), [(64 * 160, 2), (64 * 160 // 4, 4), (64 * 160 // 16, 8)])
def test_a_large_jpeg_is_the_smaller_photo_upright_and_in_its_colors(monkeypatch, kind, limit, reduction):
    monkeypatch.setattr(jpeg, "MAX_PIXELS", limit)
    upright = corners(256, 128) if kind != "L" else corners(256, 128)[..., 1]
    pixels = Image.fromarray(np.ascontiguousarray(np.rot90(upright))).convert(kind)
    photo = image.read(file_bytes(pixels, "JPEG", quality=95, exif=oriented(6)))
    assert photo.shape == (256 // reduction, 128 // reduction, 3)
    quarter = reduction * 2
    for y in (0, 1):
        for x in (0, 1):
            patch = photo[y * 128 // reduction :, x * 64 // reduction :][: 256 // quarter, : 128 // quarter]
            expected = upright[y * 128, x * 64]
            assert np.abs(patch.mean(axis=(0, 1)) - expected).max() < 12, (x, y)


def test_odd_sides_are_rounded_up(monkeypatch):
    monkeypatch.setattr(jpeg, "MAX_PIXELS", 100 * 100)
    assert image.read(file_bytes(noise(121, 163), "JPEG")).shape == (61, 82, 3)


def test_opencv_and_pillow_decode_a_jpeg_alike():
    data = file_bytes(noise(), "JPEG", quality=90, exif=oriented(3))
    pillow = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_allclose(image.read(data)[::-1, ::-1].astype(int), pillow, atol=2)


def test_opencv_by_itself_would_turn_too():
    data = np.frombuffer(file_bytes(stored(corners(), 6).copy(), "JPEG", exif=oriented(6)), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (32, 64, 3)  # so `read` forbids it, and turns once
    assert image.read(data.tobytes()).shape == (32, 64, 3)
