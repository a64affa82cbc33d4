import os
import time

import numpy as np
import pytest

from hrnet import image
from hrnet.data import PhotoFile, flat
from hrnet.data.cache import PhotoCache


@pytest.fixture
def photos(tmp_path):
    """Three photos of different sizes in files."""
    rng = np.random.default_rng(0)
    files = []
    for i, size in enumerate([(20, 30), (41, 17), (8, 8)]):
        path = tmp_path / "photos" / f"{i}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(image.encode(rng.integers(0, 256, (*size, 3), np.uint8)))
        files.append(PhotoFile(i, path))
    return files


def counting():
    calls = []
    return calls, lambda done, total: calls.append((done, total))


def test_the_cache_gives_every_pixel_back(photos, tmp_path):
    cache = PhotoCache.of(photos, tmp_path / "cache")
    assert len(cache) == 3 and cache.broken == {} and cache.shapes == [(20, 30), (41, 17), (8, 8)]
    for place, photo in enumerate(photos):
        np.testing.assert_array_equal(cache.photo(place), photo.read())


def test_cached_pixels_cannot_be_written_to(photos, tmp_path):
    with pytest.raises(ValueError, match="read-only"):
        PhotoCache.of(photos, tmp_path / "cache").photo(0)[0] = 1


def test_photos_are_decoded_once_and_again_when_a_file_changes(photos, tmp_path):
    calls, progress = counting()
    PhotoCache.of(photos, tmp_path / "cache", progress)
    assert calls == [(3, 3)]
    PhotoCache.of(photos, tmp_path / "cache", progress)
    assert calls == [(3, 3)]
    white = np.full((5, 6, 3), 255, np.uint8)
    photos[1].path.write_bytes(image.encode(white))
    later = time.time_ns() + 10**9
    os.utime(photos[1].path, ns=(later, later))
    cache = PhotoCache.of(photos, tmp_path / "cache", progress)
    assert calls == [(3, 3), (3, 3)]
    np.testing.assert_array_equal(cache.photo(1), white)


def test_another_list_of_photos_has_another_cache(photos, tmp_path):
    PhotoCache.of(photos, tmp_path / "cache")
    cache = PhotoCache.of(photos[::-1], tmp_path / "cache")
    np.testing.assert_array_equal(cache.photo(0), photos[2].read())
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_broken_photos_are_named_with_their_reason_and_given_as_none(photos, tmp_path):
    photos[0].path.write_bytes(b"no picture")
    photos[2].path.unlink()
    cache = PhotoCache.of(photos, tmp_path / "cache")
    assert cache.photo(0) is None and cache.photo(2) is None
    np.testing.assert_array_equal(cache.photo(1), photos[1].read())
    assert list(cache.broken) == [str(photos[0].path), str(photos[2].path)]
    assert "no such file" in cache.broken[str(photos[2].path)]
    with pytest.raises(ValueError, match="2 photos to be judged on cannot be read, first .*0.png"):
        cache.must_be_whole()


def test_a_photo_that_appears_is_seen(photos, tmp_path):
    content = photos[0].path.read_bytes()
    photos[0].path.unlink()
    assert PhotoCache.of(photos, tmp_path / "cache").photo(0) is None
    photos[0].path.write_bytes(content)
    assert PhotoCache.of(photos, tmp_path / "cache").photo(0) is not None


def test_a_set_without_a_readable_photo_has_a_cache(tmp_path):
    cache = PhotoCache.of([PhotoFile(1, tmp_path / "nowhere.png")], tmp_path / "cache")
    assert cache.photo(0) is None and len(PhotoCache.of([], tmp_path / "cache")) == 0


@pytest.mark.parametrize("name", ["index.json", "pixels.u8"])
@pytest.mark.parametrize("left", [0, 7])
def test_a_cache_cut_off_by_a_crash_is_made_anew(photos, tmp_path, name, left):
    PhotoCache.of(photos, tmp_path / "cache")
    (home,) = (tmp_path / "cache").iterdir()
    os.truncate(home / name, left)
    if name == "pixels.u8":
        with pytest.raises(ValueError, match="is not a whole cache"):
            PhotoCache(home)
    calls, progress = counting()
    cache = PhotoCache.of(photos, tmp_path / "cache", progress)
    assert calls == [(3, 3)]
    np.testing.assert_array_equal(cache.photo(1), photos[1].read())


def test_a_build_that_fails_leaves_nothing_that_could_be_opened(photos, tmp_path):
    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PhotoCache.of(photos, tmp_path / "cache", stop)
    assert [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


def test_few_photos_are_in_memory_at_once_while_a_cache_is_made(photos, monkeypatch):
    """However many threads there are, what is decoded ahead waits for the file."""
    monkeypatch.setattr(flat, "THREADS", 2)
    read, opened = PhotoFile.read, []
    monkeypatch.setattr(PhotoFile, "read", lambda photo: opened.append(photo) or read(photo))
    told = []
    pictures = flat.decoded(photos * 50, {}, lambda place, photo: photo, lambda done, total: told.append((done, total)))
    for taken, picture in enumerate(pictures, start=1):
        np.testing.assert_array_equal(picture, read(photos[(taken - 1) % 3]))
        assert len(opened) <= taken + 2 * flat.THREADS
    assert told == [(64, 150), (128, 150), (150, 150)]
