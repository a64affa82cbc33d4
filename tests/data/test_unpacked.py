import errno
import os
import stat
import zipfile

import pytest

from hrnet.data import read, unpacked
from hrnet.data.unpacked import is_zip
from hrnet.data.unpacked import unpacked as unpack

PICTURES = {"set/a.png": b"x", "set/labels/b.txt": b"hello"}


def packed(path, members, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, **more)
    return path


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_it_appears_whole_in_one_new_folder_and_is_not_written_again(tmp_path):
    path = packed(tmp_path / "cats ü.zip", PICTURES)
    cache = tmp_path / "cache"
    folder, told = unpack(path, cache)
    assert is_zip(path) and told == () and folder.parent == cache
    assert everything(folder) == ["set", "set/a.png", "set/labels", "set/labels/b.txt"]
    before = (folder / "set" / "a.png").stat().st_mtime_ns
    assert unpack(path, cache) == (folder, ()) and (folder / "set" / "a.png").stat().st_mtime_ns == before
    other, _ = unpack(packed(path, {"c.png": b"y"}), cache)
    assert other != folder and len(list(cache.iterdir())) == 2


@pytest.mark.parametrize(
    "name", ["../evil.png", "a/../../evil.png", "/evil.png", "C:\\evil.png", "..\\evil.png", "a/..", "\\evil.png"]
)
def test_names_that_lead_outside_refuse_all_of_it(tmp_path, name):
    path = packed(tmp_path / "a.zip", {**PICTURES, name: b"evil"})
    before = everything(tmp_path)
    with pytest.raises(ValueError, match=r"a\.zip holds a file called .*outside of the set's own folder") as refusal:
        unpack(path, tmp_path / "cache")
    assert everything(tmp_path) == before and "\n" not in str(refusal.value)


def test_links_archives_and_what_systems_leave_behind_are_passed_over(tmp_path):
    path = tmp_path / "a.zip"
    packed(
        path, {**PICTURES, "__MACOSX/set/._a.png": b"", "set/.DS_Store": b"", "set/more.zip": b"PK", "x.tar.gz": b""}
    )
    with zipfile.ZipFile(path, "a") as archive:
        link = zipfile.ZipInfo("set/link.png")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        pipe = zipfile.ZipInfo("set/pipe")
        pipe.create_system, pipe.external_attr = 3, (stat.S_IFIFO | 0o777) << 16
        archive.writestr(pipe, "")
        archive.writestr("set/" + "n" * 300 + ".png", b"")
        archive.writestr("d/" * 50 + "deep.png", b"")
    folder, told = unpack(path, tmp_path / "cache")
    assert everything(folder) == ["set", "set/a.png", "set/labels", "set/labels/b.txt"]
    assert [line.partition(",")[0] for line in told] == [
        "2 x archive inside of the zip",
        "1 x link in the zip",
        "1 x member of the zip that is no file",
        "2 x member of the zip whose name is too long",
    ]


def test_packed_labels_are_no_archive(tmp_path):
    folder, told = unpack(packed(tmp_path / "a.zip", {"people.json.gz": b"x"}), tmp_path / "cache")
    assert everything(folder) == ["people.json.gz"] and told == ()


def test_bombs_are_refused_by_their_ratio_and_by_their_size(tmp_path, monkeypatch):
    path = packed(tmp_path / "a.zip", {"zeros.png": bytes(3 * 2**20)})
    unpack(path, tmp_path / "small")  # nobody is hurt by 3 MB, whatever they were
    monkeypatch.setattr(unpacked, "MIN_BOMB", 2**20)
    with pytest.raises(ValueError, match="would become 3 MB out of 0.0: that is a bomb"):
        unpack(path, tmp_path / "cache")
    monkeypatch.setattr(unpacked, "MAX_BYTES", 2**20)
    monkeypatch.setattr(unpacked, "MIN_BOMB", 2**30)
    with pytest.raises(ValueError, match="that is a bomb"):
        unpack(path, tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_more_than_a_member_says_never_reaches_the_disk(tmp_path):
    path = packed(tmp_path / "a.zip", {"zeros.png": bytes(5 * 2**20)})
    data = path.read_bytes()
    size = (5 * 2**20).to_bytes(4, "little")
    path.write_bytes(data.replace(size, (9).to_bytes(4, "little")))  # in both headers
    with pytest.raises(ValueError, match="is damaged|holds more than it says"):
        unpack(path, tmp_path / "cache")
    assert everything(tmp_path / "cache") == []


def test_too_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked, "MAX_FILES", 3)
    path = packed(tmp_path / "a.zip", {f"{number}.png": b"" for number in range(4)})
    with pytest.raises(ValueError, match="holds 4 files; sets of up to 3 are taken"):
        unpack(path, tmp_path / "cache")


@pytest.mark.parametrize("raw", ["bär".encode(), "b\x84 r".replace(" ", "").encode("latin-1")])
def test_names_in_the_encodings_of_packers(tmp_path, raw):
    path = packed(tmp_path / "a.zip", {"b" + "#" * (len(raw) - 2) + "r.png": b"", "images\\train\\c.png": b""})
    path.write_bytes(path.read_bytes().replace(b"b" + b"#" * (len(raw) - 2) + b"r", raw))  # not declared as UTF-8
    folder, _ = unpack(path, tmp_path / "cache")
    assert everything(folder) == ["bär.png", "images", "images/train", "images/train/c.png"]


def test_a_name_that_appears_twice_keeps_the_first(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("a.png", b"first")
        archive.writestr("a.png", b"second")
    folder, told = unpack(path, tmp_path / "cache")
    assert (folder / "a.png").read_bytes() == b"first" and "1 x name that appears twice in the zip" in told[0]


def test_a_file_that_is_also_a_folder_is_refused(tmp_path):
    path = packed(tmp_path / "a.zip", {"a": b"", "a/b.png": b""})
    with pytest.raises(ValueError, match="both as a file and as a folder"):
        unpack(path, tmp_path / "cache")
    assert everything(tmp_path / "cache") == []


@pytest.mark.parametrize("cut", [30, 200, -10])
def test_a_zip_that_is_cut_off_is_one_line(tmp_path, cut):
    path = packed(tmp_path / "a.zip", {"a.png": os.urandom(500)})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(ValueError, match=r"a\.zip is damaged") as refusal:
        read(path, cache=tmp_path / "cache")
    assert "\n" not in str(refusal.value)


def test_a_password_is_told(tmp_path):
    path = packed(tmp_path / "a.zip", {"a.png": b"abc"})
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="locked with a password"):
        unpack(path, tmp_path / "cache")


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    path = packed(tmp_path / "a.zip", PICTURES)

    def full(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpacked, "_write", full)
    with pytest.raises(ValueError, match="the disk is full; free some space"):
        unpack(path, tmp_path / "cache")
    assert everything(tmp_path / "cache") == []
    monkeypatch.setattr(unpacked.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 2})())
    with pytest.raises(ValueError, match="needs 0 MB unpacked, and 0 MB are free"):
        unpack(path, tmp_path / "cache")


def test_other_archives_are_told_to_be_packed_as_zip(tmp_path):
    for name, content in (
        ("a.7z", b"7z\xbc\xaf\x27\x1c??"),
        ("b.rar", b"Rar!\x1a\x07\x00"),
        ("c.tar.gz", b"\x1f\x8b??"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(
            ValueError, match=f"{name} is an archive of a kind that is not opened here; pack the set as"
        ):
            read(tmp_path / name)


def test_a_zip_with_nothing_in_it_or_only_another_zip_says_so(tmp_path):
    with pytest.raises(ValueError, match=r"a\.zip is empty"):
        read(packed(tmp_path / "a.zip", {}), cache=tmp_path / "cache")
    inner = packed(tmp_path / "b.zip", PICTURES).read_bytes()
    with pytest.raises(
        ValueError, match=r"c\.zip holds no labeled set .* archive inside of the zip, which was not opened"
    ):
        read(packed(tmp_path / "c.zip", {"b.zip": inner}), cache=tmp_path / "cache")
