import os
import time

import numpy as np
import pytest

from apps import desk as module
from apps.desk import Desk, Kept, safe
from apps.model import Model
from hrnet import image
from hrnet.image import ImageError


@pytest.fixture
def desk(tmp_path, weights):
    return Desk(Model(str(weights["pose"]), str(weights["finder"])), tmp_path)


def bring(desk, photo, name="photo.png") -> str:
    token, path = desk.place(name)
    path.write_bytes(image.encode(photo, "png"))
    return token


def test_a_photo_is_decoded_once_and_cannot_be_changed_by_whoever_has_it(desk, photo):
    token = bring(desk, photo)
    first = desk.photo(token)
    np.testing.assert_array_equal(first, photo)
    assert desk.photo(token) is first
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 0


def test_decoded_photos_are_held_up_to_a_limit(desk, photo):
    desk._pixels = Kept(100, 2 * photo.nbytes)
    tokens = [bring(desk, photo) for _ in range(3)]
    held = [desk.photo(token) for token in tokens]
    assert desk.photo(tokens[2]) is held[2] and desk.photo(tokens[0]) is not held[0]


def test_a_photo_is_looked_at_upright_and_small(desk):
    wide = np.zeros((20, 4000, 3), np.uint8)
    look = desk.look(bring(desk, wide))
    assert look.kind == "jpeg" and image.read(look.content).shape == (8, module.LONGEST, 3)


def test_pictures_are_kept_up_to_a_number_some_bytes_and_some_time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    kept = Kept(3, 100, seconds=10)
    for name in "abcd":
        kept.put(name, name, 10)
    assert [kept.get(name) for name in "abcd"] == [None, "b", "c", "d"]
    kept.get("b")
    kept.put("large", "large", 85)
    assert [kept.get(name) for name in ("b", "c", "d", "large")] == ["b", None, None, "large"]
    kept.put("alone", "alone", 1000)
    assert [kept.get(name) for name in ("large", "alone")] == [None, "alone"]
    now[0] = 9
    assert kept.get("alone") == "alone"
    now[0] = 18
    assert kept.get("alone") == "alone"
    now[0] = 29
    assert kept.get("alone") is None


def test_a_picture_is_there_under_an_address_that_cannot_be_guessed(desk, photo):
    addresses = {desk.picture(photo) for _ in range(3)}
    assert len(addresses) == 3
    for address in addresses:
        made = desk.made(address.removeprefix("/pictures/"))
        np.testing.assert_array_equal(image.read(made.content), photo)
    assert desk.made("x") is None


def test_a_result_is_handed_out_by_its_token(desk):
    token, path = desk.place("clip.mp4")
    path.write_bytes(b"clip")
    assert desk.file(token) == path and desk.address(token) == f"/files/{token}"


def test_files_go_after_their_time_but_not_while_they_are_used(desk, photo):
    old, used, new = (bring(desk, photo) for _ in range(3))
    past = time.time() - module.EXPIRED - 10
    for token in (old, used):
        folder = desk.file(token).parent
        os.utime(desk.file(token), (past, past))
        os.utime(folder, (past, past))
    desk.file(used)
    desk.tidy()
    with pytest.raises(ImageError, match="^this file is no longer here; choose it again$"):
        desk.file(old)
    assert desk.file(used).exists() and desk.file(new).exists()


def test_a_clip_that_is_written_for_hours_stays(desk):
    token, path = desk.place("clip.mp4")
    path.write_bytes(b"half a clip")
    past = time.time() - module.EXPIRED - 10
    os.utime(path.parent, (past, past))
    desk.tidy()
    assert desk.file(token) == path


def test_above_the_limit_the_longest_unused_files_go(desk, photo, monkeypatch):
    tokens = [bring(desk, photo) for _ in range(3)]
    size = desk.file(tokens[0]).stat().st_size
    for age, token in zip((30, 20, 10), tokens, strict=True):
        path = desk.file(token)
        for one in (path, path.parent):
            os.utime(one, (time.time() - age,) * 2)
    monkeypatch.setattr(module, "MAX_FILES", 2 * size)
    desk.tidy()
    with pytest.raises(ImageError):
        desk.file(tokens[0])
    assert desk.file(tokens[1]).exists() and desk.file(tokens[2]).exists()


def test_a_large_file_that_comes_makes_the_longest_unused_go_and_a_full_disk_is_said(desk, photo, monkeypatch):
    token = bring(desk, photo)
    monkeypatch.setattr(module, "LEFT_FREE", 0)
    assert desk.has_room(1)
    monkeypatch.setattr(module, "MAX_FILES", 10)
    desk.has_room(10)
    with pytest.raises(ImageError):
        desk.file(token)
    monkeypatch.setattr(module, "LEFT_FREE", 10**18)
    assert not desk.has_room(1)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("me.png", "me.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\me.jpg", "me.jpg"),
        ('a"b\r\nc.png', "a_b_c.png"),
        (".hidden", "hidden"),
        ("照片 1.jpg", "照片 1.jpg"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".png", "x" * 80 + ".png"),
    ],
)
def test_a_visitors_name_for_a_file_is_only_a_name(name, kept):
    assert safe(name) == kept
