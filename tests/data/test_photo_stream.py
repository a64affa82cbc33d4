"""Photos decoded as they come: each once a round, in bounded memory, and the same pixels whatever is remembered."""

import threading

import numpy as np
import pytest

from hrnet import image
from hrnet.data import PhotoFile
from hrnet.data.sampler import Mixture, dealt
from hrnet.data.stream import PhotoStream

PHOTO_BYTES = 16 * 20 * 3


@pytest.fixture
def photos(tmp_path):
    rng, files = np.random.default_rng(0), []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        path.write_bytes(image.encode(rng.integers(0, 256, (16, 20, 3), np.uint8)))
        files.append(PhotoFile(number, path))
    return files


def test_a_photo_that_is_remembered_is_not_decoded_again_and_one_that_is_forgotten_is(photos):
    stream = PhotoStream(photos, memory=3 * PHOTO_BYTES)
    for place in (0, 1, 2, 0):
        np.testing.assert_array_equal(stream.photo(place), photos[place].read())
    assert stream.decoded == 3
    stream.photo(3)  # 1 was used longest ago
    stream.photo(0)
    assert stream.decoded == 4
    stream.photo(1)
    assert stream.decoded == 5
    assert stream._bytes == 3 * PHOTO_BYTES


def test_a_photo_larger_than_the_memory_is_given_and_not_kept(photos):
    stream = PhotoStream(photos, memory=10)
    np.testing.assert_array_equal(stream.photo(4), photos[4].read())
    assert stream._bytes == 0 and not stream._kept


def test_threads_that_want_one_photo_wait_for_one_decoding(photos, monkeypatch):
    started, go = threading.Event(), threading.Event()
    read = PhotoFile.read

    def slow(photo):
        started.set()
        assert go.wait(10)
        return read(photo)

    monkeypatch.setattr(PhotoFile, "read", slow)
    stream, given = PhotoStream(photos), []
    threads = [threading.Thread(target=lambda: given.append(stream.photo(0))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert started.wait(10)
    go.set()
    for thread in threads:
        thread.join()
    assert stream.decoded == 1 and all(photo is given[0] for photo in given) and len(given) == 4


def test_a_broken_photo_is_none_and_is_tried_once(photos):
    photos[2].path.write_bytes(b"no picture")
    stream = PhotoStream(photos, memory=0)
    assert stream.photo(2) is None and stream.photo(2) is None
    assert stream.decoded == 1 and list(stream.broken) == [str(photos[2].path)]


def test_what_is_no_picture_error_comes_out_and_the_next_one_tries_again(photos, monkeypatch):
    stream = PhotoStream(photos)
    with monkeypatch.context() as patch:
        patch.setattr(PhotoFile, "read", lambda photo: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            stream.photo(0)
    assert stream.photo(0) is not None


def test_a_round_by_photo_has_everybody_once_and_few_photos_at_a_time():
    photos = np.repeat(np.arange(50), 3)[np.random.default_rng(1).permutation(150)]
    order = dealt(photos, np.random.default_rng(0), together=10)
    assert sorted(order) == list(range(150))
    groups = [set(photos[order[start : start + 30]]) for start in range(0, 150, 30)]
    assert all(len(group) == 10 for group in groups)  # each photo with all of its persons in one group
    assert (np.diff(photos[order]) == 0).mean() < 0.2  # and inside of it they are mixed
    other = dealt(photos, np.random.default_rng(1), together=10)
    assert {frozenset(group) for group in groups} != {frozenset(photos[other[i : i + 30]]) for i in range(0, 150, 30)}


def test_a_mixture_by_photo_decodes_each_photo_once_a_round(photos, monkeypatch):
    monkeypatch.setattr("hrnet.data.sampler.TOGETHER", 4)
    monkeypatch.setattr(dealt, "__defaults__", (4,))
    of = [person // 3 for person in range(36)]
    mixture = Mixture([range(36)], [1.0], 6, seed=2, photos=of)
    stream = PhotoStream(photos, memory=8 * PHOTO_BYTES)
    for step in range(6):  # a round
        for number in mixture.batch(step):
            stream.photo(of[number])
    assert stream.decoded == 12
    assert sorted(n for step in range(6) for n in mixture.batch(step)) == list(range(36))


def test_a_batch_by_photo_depends_on_its_step_alone():
    of = [person // 3 for person in range(300)]
    first = Mixture([range(150), range(150, 300)], [0.5, 0.5], 16, 3, photos=of)
    ahead = [first.batch(step).tolist() for step in range(40)]
    later = Mixture([range(150), range(150, 300)], [0.5, 0.5], 16, 3, photos=of)
    assert [later.batch(step).tolist() for step in (39, 7, 20)] == [ahead[39], ahead[7], ahead[20]]
