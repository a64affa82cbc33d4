"""Whatever kind of picture it is, the photo is uint8 RGB, upright, and has the right colors."""

from __future__ import annotations

import io
import tempfile

import cv2
import numpy as np
import pytest
from picture_bytes import corners, file_bytes, noise, oriented, png, png_chunk, stored, without_segment
from PIL import Image, ImageOps, features

from hrnet import image

EXACT = {"PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}, "GIF": {}}
needs_avif = pytest.mark.skipif(not features.check("avif"), reason="needs a Pillow that was built with AVIF")


def assert_close(photo: np.ndarray, expected: np.ndarray, tolerance: int) -> None:
    assert photo.dtype == np.uint8 and photo.shape == expected.shape and photo.flags.c_contiguous
    np.testing.assert_array_less(np.abs(photo.astype(int) - expected), tolerance + 1)


# ---- kinds of files


@pytest.mark.parametrize("kind", EXACT)
def test_exact_kinds_give_every_pixel_back(kind):
    np.testing.assert_array_equal(image.read(file_bytes(corners(), kind, **EXACT[kind])), corners())


def test_a_jpeg_gives_its_pixels_back_up_to_its_rounding():
    assert_close(image.read(file_bytes(corners(), "JPEG", quality=95, subsampling=0)), corners(), 4)


@needs_avif
def test_an_avif_gives_its_pixels_back_up_to_its_rounding():
    assert_close(image.read(file_bytes(corners(), "AVIF", quality=95, subsampling="4:4:4")), corners(), 8)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_a_compressed_tiff_is_read(compression):
    np.testing.assert_array_equal(image.read(file_bytes(noise(), "TIFF", compression=compression)), noise())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"])
def test_one_pixel_is_a_picture(kind):
    photo = image.read(file_bytes(Image.new("RGB", (1, 1), (250, 250, 250)), kind))
    assert photo.shape == (1, 1, 3) and photo.min() >= 245


@pytest.mark.parametrize("mode", ["1", "L", "P"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "GIF"])
def test_one_bit_gray_and_palette_become_rgb(kind, mode):
    gray = np.where(np.arange(64) < 20, 0, 255).astype(np.uint8)[None].repeat(16, axis=0)
    photo = image.read(file_bytes(Image.fromarray(gray).convert(mode), kind))
    np.testing.assert_array_equal(photo, np.repeat(gray[..., None], 3, axis=2))


def test_a_gray_jpeg_becomes_rgb():
    gray = np.full((24, 40), 90, np.uint8)
    assert_close(image.read(file_bytes(gray, "JPEG")), np.full((24, 40, 3), 90), 1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_gives_its_first_frame(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    others = [Image.fromarray(corners()[::-1]), Image.fromarray(corners()[:, ::-1])]
    data = file_bytes(corners(), kind, save_all=True, append_images=others, duration=50, **options)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    np.testing.assert_array_equal(image.read(data), corners())


def test_a_tiff_gives_its_first_page():
    data = file_bytes(corners(), "TIFF", save_all=True, append_images=[Image.fromarray(corners()[::-1])])
    np.testing.assert_array_equal(image.read(data), corners())


def test_a_progressive_jpeg_equals_the_baseline_one():
    baseline, progressive = (file_bytes(noise(), "JPEG", progressive=p) for p in (False, True))
    np.testing.assert_array_equal(image.read(progressive), image.read(baseline))


def test_what_follows_a_jpeg_is_passed_over():
    data = file_bytes(noise(), "JPEG")  # phones append a second picture or a video
    for more in (file_bytes(corners(), "JPEG"), bytes(999), b"\xff\xda" * 999):
        np.testing.assert_array_equal(image.read(data + more), image.read(data))


# ---- orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", pytest.param("AVIF", marks=needs_avif)])
def test_every_exif_orientation_is_turned_upright(kind, orientation):
    options = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
        "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    }
    pixels = np.ascontiguousarray(stored(corners(), orientation))
    data = file_bytes(pixels, kind, exif=oriented(orientation), **options.get(kind, {}))
    photo = image.read(data)
    assert_close(photo, corners(), 8)
    assert_close(photo, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))), 8)  # as Pillow sees it


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_pillow_image_is_turned_by_the_exif_that_it_carries(orientation):
    pillow = Image.fromarray(np.ascontiguousarray(stored(corners(), orientation)))
    pillow.getexif()[274] = orientation
    np.testing.assert_array_equal(image.read(pillow), corners())
    assert pillow.getexif()[274] == orientation  # not changed
    np.testing.assert_array_equal(image.read(pillow), corners())


def test_a_pillow_image_that_is_upright_already_is_not_turned_again():
    data = file_bytes(np.ascontiguousarray(stored(corners(), 6)), "PNG", exif=oriented(6))
    np.testing.assert_array_equal(image.read(ImageOps.exif_transpose(Image.open(io.BytesIO(data)))), corners())


def test_a_compressed_tiff_is_turned_once():
    pixels = np.ascontiguousarray(stored(corners(), 8))
    data = file_bytes(pixels, "TIFF", exif=oriented(8), compression="tiff_adobe_deflate")
    np.testing.assert_array_equal(image.read(data), corners())


def test_exif_behind_the_pixels_of_a_png_counts():
    rows = b"".join(b"\0" + row.tobytes() for row in stored(corners(), 6))
    whole = png(32, 64, 8, 2, rows)
    exif = png_chunk(b"eXIf", oriented(6).removeprefix(b"Exif\0\0"))
    np.testing.assert_array_equal(image.read(whole[:-12] + exif + whole[-12:]), corners())


@pytest.mark.parametrize("order", ["<", ">"], ids=["little endian", "big endian"])
def test_exif_is_read_in_both_byte_orders(order):
    exif = Image.Exif()
    exif.endian = order
    exif[274] = 6
    data = file_bytes(np.ascontiguousarray(stored(corners(), 6)), "JPEG", exif=exif.tobytes(), subsampling=0)
    assert (b"Exif\0\0II" if order == "<" else b"Exif\0\0MM") in data
    assert_close(image.read(data), corners(), 8)


@pytest.mark.parametrize("exif", [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", oriented(6)[6:20], b"nonsense" * 9])
def test_damaged_exif_does_not_harm_a_jpeg(exif):
    data = file_bytes(corners(), "JPEG", exif=b"Exif\0\0" + exif, quality=95, subsampling=0)
    assert_close(image.read(data), corners(), 4)


def test_an_orientation_that_does_not_exist_turns_nothing():
    assert image.read(file_bytes(corners(), "JPEG", exif=oriented(9))).shape == (32, 64, 3)


# ---- transparency


def test_transparency_lies_on_white():
    for kind in ("PNG", "WEBP", "TIFF"):
        rgba = np.zeros((2, 256, 4), np.uint8)
        rgba[..., 0], rgba[..., 3] = 200, np.arange(256)
        options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
        photo = image.read(file_bytes(rgba, kind, **options))
        share = np.arange(256) / 255
        expected = np.stack([200 * share + 255 * (1 - share), 255 * (1 - share), 255 * (1 - share)], axis=-1)
        np.testing.assert_array_equal(photo, np.rint(expected).astype(np.uint8)[None].repeat(2, axis=0), kind)


def test_every_color_under_every_alpha_is_rounded_to_the_nearest():
    color, alpha = (grid.astype(np.uint8) for grid in np.meshgrid(np.arange(256), np.arange(256)))
    photo = image.read(np.stack([color, color, color, alpha], axis=-1))
    exact = (color.astype(int) * alpha + 255 * (255 - alpha.astype(int))) / 255
    np.testing.assert_array_equal(photo, np.rint(exact)[..., None].repeat(3, axis=2))


def test_gray_with_alpha_lies_on_white():
    pillow = Image.fromarray(np.array([[[0, 0], [0, 255], [100, 51]]], np.uint8), mode=None)
    assert pillow.mode == "LA"
    assert image.read(file_bytes(pillow, "PNG"))[0, :, 0].tolist() == [255, 0, 224]


def test_a_palette_with_transparency_lies_on_white():
    palette = png_chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60]))
    data = png(3, 1, 8, 3, b"\0" + bytes([0, 1, 0]), palette + png_chunk(b"tRNS", bytes([0])))
    assert image.read(data).tolist() == [[[255, 255, 255], [40, 50, 60], [255, 255, 255]]]


def test_a_gif_with_a_transparent_color_lies_on_white():
    pillow = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    pillow.putpalette([10, 20, 30, 40, 50, 60])
    assert image.read(file_bytes(pillow, "GIF", transparency=0)).tolist() == [[[255, 255, 255], [40, 50, 60]]]


@pytest.mark.parametrize(
    ("bits", "color", "row", "transparent", "expected"),
    [
        (8, 0, bytes([7, 8]), ">H7", [255, 8]),
        (8, 2, bytes([7, 7, 7, 8, 8, 8]), ">HHH777", [255, 8]),
        (1, 0, bytes([0b01000000]), ">H1", [0, 255]),
    ],
    ids=["gray", "rgb", "one bit"],
)
def test_the_transparent_color_of_a_png_becomes_white(bits, color, row, transparent, expected):
    values = np.array([int(digit) for digit in transparent.lstrip(">H")], ">u2").tobytes()
    photo = image.read(png(2, 1, bits, color, b"\0" + row, png_chunk(b"tRNS", values)))
    assert photo[0, :, 0].tolist() == expected


# ---- sixteen bits

SIXTEEN = np.array([[0, 255, 256, 257, 32767, 32768, 65279, 65535]], np.uint16)
EIGHT = [0, 0, 1, 1, 127, 128, 254, 255]  # scaled to 255 and not cut off there


@pytest.mark.parametrize("kind", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bits_are_scaled_to_eight(kind, channels):
    pixels = np.repeat(SIXTEEN[..., None], channels, axis=2)
    if channels == 4:
        pixels[..., 3] = 65535
    done, data = cv2.imencode(kind, pixels)
    assert done
    np.testing.assert_array_equal(image.read(data.tobytes()), np.repeat(np.array([EIGHT])[..., None], 3, axis=2))


def test_sixteen_bit_colors_keep_their_channels():
    _, data = cv2.imencode(".png", np.array([[[0, 0x8000, 0xFFFF]]], np.uint16))  # blue, green, red
    assert image.read(data.tobytes()).tolist() == [[[255, 128, 0]]]


def test_a_big_endian_tiff_of_sixteen_bits_is_scaled():
    pillow = Image.frombytes("I;16B", (8, 1), SIXTEEN.astype(">u2").tobytes())
    data = file_bytes(pillow, "TIFF")
    assert data.startswith(b"MM")
    assert image.read(data)[0, :, 0].tolist() == EIGHT


# ---- CMYK


def test_adobe_s_inverted_cmyk_and_plain_cmyk_show_the_same_colors():
    inks = Image.fromarray(corners()).convert("CMYK")
    adobe = file_bytes(inks, "JPEG", quality=95)
    assert b"\xff\xee\x00\x0eAdobe" in adobe
    assert_close(image.read(adobe), corners(), 8)
    inverted = Image.frombytes("CMYK", inks.size, (255 - np.asarray(inks)).tobytes())
    plain = without_segment(file_bytes(inverted, "JPEG", quality=95), 0xEE)  # Pillow inverts what it saves
    assert_close(image.read(plain), corners(), 8)


def test_a_cmyk_jpeg_is_turned_once():
    inks = Image.fromarray(np.ascontiguousarray(stored(corners(), 6))).convert("CMYK")
    assert_close(image.read(file_bytes(inks, "JPEG", quality=95, exif=oriented(6))), corners(), 8)


def test_a_cmyk_tiff_is_read():
    assert_close(image.read(file_bytes(Image.fromarray(corners()).convert("CMYK"), "TIFF")), corners(), 1)


# ---- where it comes from


def test_a_jpeg_is_the_same_by_every_route(tmp_path):
    data = file_bytes(noise(), "JPEG", exif=oriented(6))
    path = tmp_path / "Größe 大.jpg"
    path.write_bytes(data)
    upload = io.BytesIO(data)
    upload.name = "/etc/passwd"  # what Streamlit hands over; the name is never opened
    with open(path, "rb") as file, open(path, "rb", buffering=0) as raw:
        routes = [data, bytearray(data), memoryview(data), path, str(path), upload, file, raw]
        photos = [image.read(route) for route in routes]
        assert not file.closed and not upload.closed
    assert photos[0].shape == (160, 120, 3)
    for photo in photos[1:]:
        np.testing.assert_array_equal(photo, photos[0])


def test_an_open_file_is_read_from_its_beginning_wherever_it_stands():
    file = io.BytesIO(file_bytes(corners(), "PNG"))
    for _ in range(2):
        np.testing.assert_array_equal(image.read(file), corners())
        file.seek(0, io.SEEK_END)


def test_a_stream_that_cannot_be_rewound_is_read():
    class Download(io.RawIOBase):
        content = io.BytesIO(file_bytes(corners(), "PNG"))

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            return self.content.read(size)

    np.testing.assert_array_equal(image.read(Download()), corners())


def test_a_temporary_file_is_read():
    with tempfile.SpooledTemporaryFile() as file:
        file.write(file_bytes(corners(), "PNG"))
        np.testing.assert_array_equal(image.read(file), corners())


@pytest.mark.parametrize(
    "modes",
    [["L"], ["P"], ["RGB"], ["RGBA"], ["LA"], ["P", "PA"], ["RGBA", "RGBa"], ["RGBX"], ["CMYK"]]
    + [["YCbCr"], ["RGB", "HSV"]],
    ids=lambda modes: modes[-1],
)
def test_a_pillow_image_is_read_in_every_mode(modes):
    pillow = Image.fromarray(np.full((4, 6), 170, np.uint8))
    for mode in modes:
        pillow = pillow.convert(mode)
    assert_close(image.read(pillow), np.full((4, 6, 3), 170), 1)


def test_an_array_that_is_a_photo_is_returned_itself():
    photo = corners()
    assert image.read(photo) is photo


def test_an_array_with_turned_rows_comes_back_contiguous():
    photo = image.read(corners()[::-1])
    assert photo.flags.c_contiguous
    np.testing.assert_array_equal(photo, corners()[::-1])


def test_arrays_of_gray_rgba_and_sixteen_bits_become_photos():
    assert image.read(np.array([[3, 200]], np.uint8)).tolist() == [[[3, 3, 3], [200, 200, 200]]]
    assert image.read(np.array([[[9, 9, 9, 0], [9, 8, 7, 255]]], np.uint8)).tolist() == [[[255, 255, 255], [9, 8, 7]]]
    for dtype in (np.uint16, ">u2"):
        assert image.read(SIXTEEN.astype(dtype))[0, :, 2].tolist() == EIGHT
    assert image.read(np.full((1, 1, 4), 65535, np.uint16)).tolist() == [[[255, 255, 255]]]


def test_a_picture_of_many_strips_has_no_seam():
    gray = np.random.default_rng(1).integers(0, 256, (1501, 1999), np.uint8)  # three megapixels, odd sides
    np.testing.assert_array_equal(image.read(gray), np.repeat(gray[..., None], 3, axis=2))
    np.testing.assert_array_equal(image.read(Image.fromarray(gray)), np.repeat(gray[..., None], 3, axis=2))
