"""A photo becomes a whole file or none, and a folder stands for its pictures."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from picture_bytes import corners, file_bytes
from PIL import Image, features

from hrnet import image

# ---- writing


@pytest.mark.parametrize(("suffix", "kind"), [(".png", "PNG"), (".jpg", "JPEG"), (".JPEG", "JPEG"), (".webp", "WEBP")])
def test_a_photo_is_written_by_the_suffix_and_read_back(tmp_path, suffix, kind):
    path = tmp_path / f"Größe 大{suffix}"
    image.write(path, corners())
    with Image.open(path) as written:
        assert written.format == kind
    assert np.abs(image.read(path).astype(int) - corners()).mean() < (0.001 if kind == "PNG" else 4)
    assert os.listdir(tmp_path) == [path.name]


def test_png_is_exact_and_the_bytes_are_those_of_the_file(tmp_path):
    np.testing.assert_array_equal(image.read(image.encode(corners())), corners())
    image.write(tmp_path / "a.jpg", corners())
    assert (tmp_path / "a.jpg").read_bytes() == image.encode(corners(), "jpeg")


def test_other_programs_see_red_as_red(tmp_path):
    image.write(str(tmp_path / "a.png"), corners())
    with Image.open(tmp_path / "a.png") as written:
        assert written.getpixel((0, 0)) == tuple(corners()[0, 0])


def test_a_view_of_a_photo_is_written_like_a_copy():
    view = corners()[::-1, ::2]
    np.testing.assert_array_equal(image.read(image.encode(view)), view)


def test_an_unknown_suffix_or_kind_is_refused(tmp_path):
    for name in ("a.bmp", "a", "a.png.txt"):
        with pytest.raises(image.ImageError, match=r"suffix; choose one of \.png, \.jpg, \.jpeg, \.webp"):
            image.write(tmp_path / name, corners())
    with pytest.raises(image.ImageError, match="choose one of png, jpeg, webp"):
        image.encode(corners(), "gif")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8), None, np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_photo_is_not_written(tmp_path, wrong):
    with pytest.raises(image.ImageError, match="a photo"):
        image.write(tmp_path / "a.png", wrong)
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(image.ImageError, match="none/a.png: the folder does not exist"):
        image.write(tmp_path / "none" / "a.png", corners())


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    (tmp_path / "a.png").mkdir()
    with pytest.raises(image.ImageError, match="a.png: the file cannot be written"):
        image.write(tmp_path / "a.png", corners())
    assert os.listdir(tmp_path) == ["a.png"]


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path, monkeypatch):
    image.write(tmp_path / "a.png", corners())
    before = (tmp_path / "a.png").read_bytes()

    def full(part: Path, data: bytes) -> None:
        part.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(image.ImageError, match="No space left on device"):
        image.write(tmp_path / "a.png", corners()[::-1])
    assert (tmp_path / "a.png").read_bytes() == before and os.listdir(tmp_path) == ["a.png"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path):
    image.write(tmp_path / "a.png", corners())
    (tmp_path / "plain").touch()
    assert (tmp_path / "a.png").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_photo_too_wide_for_webp_is_refused_and_fits_into_png(tmp_path):
    wide = np.zeros((1, 16_384, 3), np.uint8)
    with pytest.raises(image.ImageError, match=r"a.webp: webp cannot hold uint8 \[1, 16384, 3\].*choose png"):
        image.write(tmp_path / "a.webp", wide)
    assert image.read(image.encode(wide, "png")).shape == wide.shape


# ---- finding


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.JPG", "a.png", "c/d.webp", "c/notes.txt", "notes.json", "._a.png", ".cache/e.png", "c/f.heic"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


def names(folder: Path, found: list[Path]) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def test_a_folder_stands_for_its_pictures_sorted_and_without_hidden_ones(folder):
    assert names(folder, image.find([folder])) == ["a.png", "b.JPG", "c/d.webp"]
    assert names(folder, image.find(str(folder))) == ["a.png", "b.JPG", "c/d.webp"]


def test_a_file_that_is_named_is_kept_whatever_its_suffix(folder):
    paths = [folder / "notes.json", folder / "c", folder / "missing.jpg", folder / ".cache" / "e.png"]
    assert names(folder, image.find(paths)) == ["notes.json", "c/d.webp", "missing.jpg", ".cache/e.png"]


def test_a_folder_without_pictures_is_refused(folder):
    with pytest.raises(image.ImageError, match=r"empty: there is no picture in this folder; looked for \.jpg"):
        (folder / "empty").mkdir()
        image.find([folder / "a.png", folder / "empty"])


def test_a_link_that_leads_back_up_is_not_followed(folder):
    (folder / "c" / "up").symlink_to(folder)
    assert names(folder, image.find([folder])) == ["a.png", "b.JPG", "c/d.webp"]


def test_every_suffix_that_is_found_is_one_that_is_read():
    for suffix in image.IMAGE_SUFFIXES:
        kind = Image.registered_extensions()[suffix]
        if features.check("avif") or kind != "AVIF":
            assert image.read(file_bytes(corners(), kind)).shape == (32, 64, 3), suffix
