"""A zip that somebody sent, unpacked safely: whatever is in it, nothing is written outside of one new folder.

Refused as a whole, one line each: a bomb, too many files, names that lead out of the folder, a password, damage, a
full disk. Passed over and told: links, archives inside, what systems leave behind, names that no disk takes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from hrnet.data.problems import Problems
from hrnet.image.limits import one_line
from hrnet.weights.store import home

MAX_FILES = 100_000
MAX_BYTES = 20 * 2**30  # unpacked: 20 GB, as much as COCO's pictures
MAX_RATIO = 100  # unpacked to packed: pictures have 1, text has 3 to 20, and deflate can give 1000
MIN_BOMB = 100 * 2**20  # bytes: below, whatever the ratio, nobody is hurt
MAX_NAME = 255  # bytes of a name on the file systems of Linux, macOS and Windows
MAX_DEPTH = 40  # folders inside of each other
BLOCK = 2**20

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst")
OTHERS = (
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
)  # 7z, RAR, xz, bzip2, zstd
LEFT_BEHIND = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
LANGUAGE = 0x800  # APPNOTE.TXT of PKWARE, 4.4.4: bit 11 of the flags, names are UTF-8
ENCRYPTED = 0x1  # bit 0
PACKED_LABELS = ".json.gz"  # the one kind of archive that is labels


def is_zip(path: Path) -> bool:
    """By what is in it: a file that begins with a member or is an empty archive."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def is_other_archive(path: Path) -> bool:
    """Whether it is packed by something else, which is not opened."""
    if path.name.lower().endswith(PACKED_LABELS) or not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(8)
    return path.name.lower().endswith((".tar", ".tgz", ".tar.gz", ".tar.bz2")) or head.startswith(OTHERS)


def unpacked(path: Path, cache: Path | None = None) -> tuple[Path, tuple[str, ...]]:
    """The folder with what is in a zip, and what was passed over, one line for each kind.

    The folder has a name of its own below `cache` (where not given, below that of the library on this machine,
    `HRNET_HOME`); it appears when all is written, and the same file gives the same folder again without work.

    Raises:
        ValueError: the zip is refused or damaged, or the disk is full; nothing of it is left on the disk.
    """
    cache = cache or home() / "sets"
    target = cache / _mark(path)
    problems = Problems()
    part = cache / f".{target.name}.{secrets.token_hex(4)}"
    try:
        with zipfile.ZipFile(path) as archive:
            members = list(_members(archive, path, problems))
            if not target.is_dir():
                cache.mkdir(parents=True, exist_ok=True)
                _check_space(sum(member.file_size for member, _ in members), cache, path)
                part.mkdir()
                _write(archive, members, part, path)
                _appear(part, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        raise ValueError(f"{_name(path)} is damaged, or packed in a way that is not known: {error}") from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        why = f"the disk is full; free some space or name another folder than {cache}" if full else error.strerror
        raise ValueError(f"{_name(path)} cannot be unpacked: {why or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target, problems.lines()


def _name(path: Path) -> str:
    return one_line(path.name)


def _mark(path: Path) -> str:
    """The name of the folder: that of the file and what its bytes are like, so a changed file gets another one."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError as error:
        raise ValueError(f"cannot read {_name(path)}: {error.strerror or error}") from error
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in path.stem)[:40]
    return f"{plain or 'set'}-{digest.hexdigest()[:16]}"


def _members(
    archive: zipfile.ZipFile, path: Path, problems: Problems
) -> Iterator[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """The files to be written, and where.

    Raises:
        ValueError: the archive is refused.
    """
    members = [member for member in archive.infolist() if not member.is_dir()]
    if not members:
        raise ValueError(f"{_name(path)} is empty")
    if len(members) > MAX_FILES:
        raise ValueError(f"{_name(path)} holds {len(members):,} files; sets of up to {MAX_FILES:,} are taken")
    whole, packed = sum(member.file_size for member in members), max(path.stat().st_size, 1)
    if whole > MAX_BYTES or (whole > MIN_BOMB and whole > MAX_RATIO * packed):
        raise ValueError(
            f"{_name(path)} would become {whole / 2**20:,.0f} MB out of {packed / 2**20:,.1f}: that is a bomb or no "
            f"set of pictures; up to {MAX_BYTES >> 30} GB and {MAX_RATIO} times its size are unpacked"
        )
    taken: set[str] = set()
    for member in members:
        name = _decoded(member)
        parts = _parts(name, path)
        if stat.S_ISLNK(member.external_attr >> 16):
            problems.add("link in the zip, which was not followed", one_line(name))
        elif stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
            problems.add("member of the zip that is no file", one_line(name))
        elif any(part in LEFT_BEHIND for part in parts):
            continue
        elif name.lower().endswith(ARCHIVES) and not name.lower().endswith(PACKED_LABELS):
            problems.add(
                "archive inside of the zip, which was not opened: unpack it and pack its files", one_line(name)
            )
        elif len(parts) > MAX_DEPTH or any(len(part.encode()) > MAX_NAME for part in parts):
            problems.add("member of the zip whose name is too long", one_line(name))
        elif (key := "/".join(parts)) in taken:
            problems.add("name that appears twice in the zip: the first was taken", one_line(name))
        elif member.flag_bits & ENCRYPTED:
            raise ValueError(f"{_name(path)} is locked with a password; pack it again without one")
        else:
            taken.add(key)
            yield member, parts


def _decoded(member: zipfile.ZipInfo) -> str:
    """The name: UTF-8 also where the packer did not say so, as many do not; else the old code page of DOS."""
    if member.flag_bits & LANGUAGE:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename


def _parts(name: str, path: Path) -> tuple[str, ...]:
    """The folders and the name, packed on whatever system.

    Raises:
        ValueError: it leads out of the folder.
    """
    plain = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = tuple(part for part in plain.split("/") if part not in ("", "."))
    if plain.startswith("/") or plain[1:2] == ":" or ".." in parts or not parts or "\0" in plain:
        raise ValueError(
            f"{_name(path)} holds a file called {one_line(name)!r}, which would lie outside of the set's own folder; "
            "it is refused as a whole: pack the set again from inside of its folder"
        )
    return parts


def _check_space(needed: int, cache: Path, path: Path) -> None:
    free = shutil.disk_usage(cache).free
    if needed > free:
        raise ValueError(
            f"{_name(path)} needs {needed / 2**20:,.0f} MB unpacked, and {free / 2**20:,.0f} MB are free in {cache}; "
            "free some or name another folder"
        )


def _write(
    archive: zipfile.ZipFile, members: list[tuple[zipfile.ZipInfo, tuple[str, ...]]], folder: Path, path: Path
) -> None:
    """Raises ValueError where more comes out than the archive says, or a file is to lie below a file."""
    for member, parts in members:
        file = folder.joinpath(*parts)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            out = file.open("xb")
        except (FileExistsError, NotADirectoryError) as error:
            raise ValueError(f"{_name(path)} holds {one_line(file.name)!r} both as a file and as a folder") from error
        left = member.file_size
        with out, archive.open(member) as packed:
            while block := packed.read(BLOCK):
                left -= len(block)
                if left < 0:  # the sum of what the members say was held to the limits above
                    raise ValueError(f"{_name(path)} holds more than it says; it is a zip bomb or damaged")
                out.write(block)


def _appear(part: Path, target: Path) -> None:
    try:
        os.rename(part, target)
    except OSError:
        if not target.is_dir():  # somebody else has unpacked the same file in the meantime
            raise
