"""What a person brought, laid out as one folder to read: zips unpacked, files side by side.

All that is written is below one folder, which goes when the bringing ends, however it ends.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hrnet.data.unpacked import MAX_FILES, is_other_archive, is_zip, unpacked
from hrnet.image.limits import one_line
from hrnet.lock import locked
from hrnet.sets.errors import SetError, not_kept
from hrnet.sets.label_set import GONE, LOCK
from hrnet.sets.names import different

PREFIX = ".bringing-"
ZIP, FILES = "zip", "files"  # folders of the workplace
HERE = "the folder of sets"  # how messages call what only the machine's owner should know


@dataclass(frozen=True)
class Staged:
    """root: the folder to be read. roots: those from which names of pictures are told, the deepest first. name: how a
    message calls all of it. told: what was passed over."""

    root: Path
    roots: tuple[Path, ...]
    name: str
    told: tuple[str, ...] = ()


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """A new folder below that of a set, which is gone afterwards; what killed processes left there goes, too.

    Raises:
        SetError: the set is gone, or the disk does not take it.
    """
    if not folder.is_dir():  # the lock would make it again
        raise SetError(GONE)
    work = folder / f"{PREFIX}{secrets.token_hex(8)}"
    with ExitStack() as stack:
        try:
            with locked(folder / LOCK):  # so that nobody takes a new one for one that was left
                left = [old for old in folder.glob(f"{PREFIX}*") if _is_free(old)]
                work.mkdir()
                stack.enter_context(locked(work / LOCK))
            for old in left:
                shutil.rmtree(old, ignore_errors=True)
        except OSError as error:
            raise not_kept("nothing can be brought", error) from error
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _is_free(work: Path) -> bool:
    try:
        with locked(work / LOCK, wait=False):
            return True
    except OSError:
        return False


def staged(paths: Sequence[Path], work: Path) -> Staged:
    """Lay out what was brought.

    Raises:
        SetError: it is nothing, too much, or an archive that is not opened.
        ValueError: a zip is refused.
    """
    if not paths:
        raise SetError("nothing was brought; choose a zip, pictures, a video or files of labels")
    for path in paths:
        if not path.exists():
            raise SetError(f"there is no {one_line(path.name)}; check the path")
        if is_other_archive(path):
            raise SetError(f"{one_line(path.name)} is an archive of a kind that is not opened here; pack it as .zip")
    first = paths[0]
    name = one_line(first.name) + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
    if len(paths) == 1 and first.is_dir():
        return Staged(first.absolute(), (first.absolute(),), name)
    if len(paths) == 1 and is_zip(first):
        root, told = unpacked(first, work / ZIP)
        return Staged(root, (root,), name, told)
    return _side_by_side(paths, work / FILES, name)


def without_folders(text: str, work: Path) -> str:
    """A message that does not say where the workplace is: a part of that path is the token of the set."""
    inside = re.compile(re.escape(str(work)) + rf"/({FILES}/|{ZIP}/[^/\s]+/)")
    text = inside.sub("", text.replace(os.sep, "/") if os.sep != "/" else text)
    return text.replace(str(work / ZIP), HERE).replace(str(work), HERE)


def _side_by_side(paths: Sequence[Path], root: Path, name: str) -> Staged:
    told: list[str] = []
    roots: list[Path] = []
    files: list[Path] = []
    try:
        root.mkdir()
        for path in paths:
            if path.is_dir():
                files += sorted(file for file in path.rglob("*") if file.is_file())
            elif is_zip(path):
                inside, passed_over = unpacked(path, root)
                roots.append(inside)
                told += passed_over
            else:
                files.append(path)
            if len(files) > MAX_FILES:
                raise SetError(f"more than {MAX_FILES:,} files; sets of up to {MAX_FILES:,} are taken")
        for file, new in zip(files, different(file.name for file in files), strict=True):
            _there(file, root / new)
    except OSError as error:
        raise not_kept("nothing can be brought", error) from error
    return Staged(root, (*roots, root), name, tuple(told))


def _there(file: Path, target: Path) -> None:
    """The file under another path, without copying it where the system can do so."""
    try:
        os.symlink(file.absolute(), target)
    except (OSError, NotImplementedError):  # Windows lets only some people make links
        shutil.copyfile(file, target)
