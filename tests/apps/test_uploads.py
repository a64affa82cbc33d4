import numpy as np
import pytest

from apps import uploads as module
from apps.uploads import Uploads, read_named
from hrnet.image import ImageError, encode


@pytest.fixture
def uploads(tmp_path, upload) -> Uploads:
    return Uploads(tmp_path / "uploads")


def test_an_upload_is_read_by_the_one_loader(uploads, upload, photo):
    np.testing.assert_array_equal(uploads.read(upload()), photo)


def test_nothing_outside_of_the_folder_is_opened(uploads, upload, tmp_path, photo):
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode(photo, "png"))
    link = tmp_path / "uploads" / "link.png"
    link.symlink_to(secret)
    climbing = str(tmp_path / "uploads" / ".." / "secret.png")
    for path in (
        str(secret),
        climbing,
        str(link),
        "/etc/passwd",
        "",
        "a\0b",
        None,
        7,
        ["x"],
        str(tmp_path / "uploads"),
    ):
        with pytest.raises(ImageError, match="^this photo is no longer here; choose it again$"):
            uploads.read(path)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("holiday.jpg", b"Dear all,\nwe are fine.\n", "this is a text file"),
        ("page.png", b"<!doctype html><p>hello", "this is a web page"),
        ("empty.jpg", b"", "the file is empty"),
        ("cut.png", "cut", "the file is cut off or damaged"),
        ("phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "this is a HEIC picture"),
        ("evil\u202egpj.png", b"no", "evil?gpj.png: this is a text file"),
    ],
)
def test_a_bad_file_gets_one_line_that_names_it_and_no_folder(uploads, upload, tmp_path, photo, name, content, line):
    path = upload(name, encode(photo, "png")[:3000] if content == "cut" else content)
    with pytest.raises(ImageError) as error:
        uploads.read(path)
    message = str(error.value)
    assert line in message and "\n" not in message and str(tmp_path) not in message and "0123abcd" not in message
    assert message.startswith(name.replace("\u202e", "?"))


def test_a_file_above_the_limit_is_refused_unread(upload, monkeypatch):
    monkeypatch.setattr(module, "MAX_UPLOAD", 1000)
    with pytest.raises(ImageError, match="^photo.png: the file is above the limit"):
        read_named(module.Path(upload()))


def test_only_the_last_photo_is_kept(uploads, upload, photo, monkeypatch):
    first, second = upload("a.png"), upload("b.png", photo[::-1].copy())
    reads = []
    monkeypatch.setattr(module, "read_named", lambda path: reads.append(path.name) or read_named(path))
    for path in (first, first, second, second, first):
        uploads.read(path)
    assert reads == ["a.png", "b.png", "a.png"]
    np.testing.assert_array_equal(uploads.read(first), photo)


def test_an_upload_that_was_deleted_is_asked_for_again(uploads, upload):
    path = upload()
    uploads.read(path)
    module.Path(path).unlink()
    with pytest.raises(ImageError, match="choose it again"):
        uploads.read(path)
