"""Fetch published files, verify them, keep them. Nothing is fetched unless somebody names a catalogue entry.

Three environment variables say otherwise:

    HRNET_HOME         where fetched files are kept, instead of the cache folder of the platform
    HRNET_OFFLINE_DIR  a folder that has the files under their published names; with it the network is never used
    HRNET_MIRROR       another server: https://host/base is put before the published path, and in
                       https://host/base/{file} the name of the file is filled in
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from hrnet.lock import locked
from hrnet.weights.catalogue import Entry
from hrnet.weights.errors import WeightsError

Progress = Callable[[int, int | None], None]  # bytes so far, bytes in all where the server says

TIMEOUT = 30.0  # seconds without a single byte before a server counts as stalled
BLOCK = 1 << 20  # bytes asked for at a time
LIMIT = 2 << 30  # bytes; no published file has half as many, and an endless answer must end somewhere
SCHEMES = ("http", "https")


def home() -> Path:
    """The folder of everything this library keeps on the machine; it is not created here."""
    if named := os.environ.get("HRNET_HOME"):
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "hrnet" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "hrnet"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hrnet"


def find(entry: Entry) -> Path | None:
    """The file of an entry, where the machine has it already: in the offline folder or among the fetched ones."""
    return next((path for path in (_offline(entry), _kept(entry)) if path is not None and path.is_file()), None)


def fetch(entry: Entry, *, progress: Progress | None = None) -> Path:
    """The file of an entry, fetched if the machine does not have it. Several processes may ask at once.

    A file gets its name only after its SHA-256 begins as its publisher says; one from the offline folder is verified
    each time, because others write there.

    Args:
        progress: called with (bytes so far, bytes in all or None) while something arrives.
    Raises:
        WeightsError: it cannot be had; the message says why and what is left on the disk.
    """
    found = find(entry)
    if found is not None:
        if found == _offline(entry):
            _verify(found, entry)
        return found
    url, target = _source(entry), _kept(entry)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone(target.with_name(f".{target.name}.lock")):
            if not target.is_file():  # another process may have brought it meanwhile
                partial = target.with_name(f"{target.name}.part")
                _download(entry, url, partial, progress)
                try:
                    _verify(partial, entry)
                except WeightsError as error:
                    partial.unlink()
                    raise WeightsError(f"{error}; it was deleted") from None
                os.replace(partial, target)
    except OSError as error:
        raise WeightsError(
            f"{entry.file} cannot be kept in {target.parent}: {error.strerror or error}; set HRNET_HOME to a folder "
            "that can be written"
        ) from error
    return target


@contextmanager
def progress_bar(name: str) -> Iterator[Progress]:
    """A progress callback that draws a bar on stderr; nothing appears where nothing is fetched."""
    from tqdm import tqdm

    bars: list[tqdm] = []

    def show(done: int, total: int | None) -> None:
        if not bars:
            bars.append(tqdm(desc=name, total=total, unit="B", unit_scale=True))
        bars[0].update(done - bars[0].n)

    try:
        yield show
    finally:
        for bar in bars:
            bar.close()


def _kept(entry: Entry) -> Path:
    return home() / "weights" / entry.file


def _offline(entry: Entry) -> Path | None:
    folder = os.environ.get("HRNET_OFFLINE_DIR")
    return Path(folder).expanduser() / entry.file if folder else None


def _source(entry: Entry) -> str:
    """The address to fetch from, the mirror's where one is named."""
    if offline := _offline(entry):
        raise WeightsError(f"there is no {offline}; put the file there, or unset HRNET_OFFLINE_DIR to fetch it")
    mirror = os.environ.get("HRNET_MIRROR", "")
    if not entry.url and "{file}" not in mirror:
        raise WeightsError(f"{entry.name} must be downloaded by hand: {entry.file} from {entry.by_hand}; load its path")
    if "{file}" in mirror:
        url = mirror.replace("{file}", entry.file)
    elif mirror:
        url = mirror.rstrip("/") + urlsplit(entry.url).path
    else:
        url = entry.url
    if url.partition("://")[0].lower() not in SCHEMES:
        raise WeightsError(f"only http and https are fetched, got {url!r}" + " from HRNET_MIRROR" * bool(mirror))
    return url


def _verify(path: Path, entry: Entry) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if not found.startswith(entry.sha256):
        raise WeightsError(
            f"{path} is not what {entry.name} was published as: its SHA-256 begins with {found[:8]} instead of "
            f"{entry.sha256}, and it has {path.stat().st_size:,} bytes"
        )


def _download(entry: Entry, url: str, partial: Path, progress: Progress | None) -> None:
    """Bring the whole file to `partial`, going on where an earlier attempt ended if the server can."""
    kept = partial.stat().st_size if partial.exists() else 0
    with _answer(entry, url, kept) as response:
        if response.status == 206 and not response.headers.get("Content-Range", "").startswith(f"bytes {kept}-"):
            raise WeightsError(f"{url} sent another part than was asked for; delete {partial} and try again")
        done = kept if response.status == 206 else 0
        total = None if response.length is None else done + response.length
        if total is not None and shutil.disk_usage(partial.parent).free < total - done:
            raise WeightsError(f"{entry.file} needs {_mb(total - done)} more than {partial.parent} has free")
        try:
            with partial.open("ab" if done else "wb") as file:
                for block in _blocks(response, entry, partial):
                    done += file.write(block)
                    if progress:
                        progress(done, total)
                    if done > LIMIT:
                        raise WeightsError(f"{url} sends more than {_mb(LIMIT)}; stopped, and {partial} can be deleted")
                file.flush()
                os.fsync(file.fileno())  # the new name must not reach the disk before the bytes do
        except OSError as error:
            if error.errno == errno.ENOSPC:
                partial.unlink(missing_ok=True)
                raise WeightsError(f"the disk of {partial.parent} is full; what had arrived was deleted") from None
            raise
    if total is not None and done < total:
        raise _broken(entry, partial, f"the connection ended after {_mb(done)} of {_mb(total)}")


def _answer(entry: Entry, url: str, kept: int) -> http.client.HTTPResponse:
    """The server's answer, asked for the bytes after the first `kept`."""
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "hrnet"} | _range(kept))
        return _opener().open(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and kept:  # the server has nothing after what is kept: begin anew
            return _answer(entry, url, 0)
        raise WeightsError(
            f"{entry.name} was not fetched: {url} answered {error.code} {error.reason}; HRNET_MIRROR names another "
            "server, HRNET_OFFLINE_DIR a folder with the file"
        ) from None
    except TimeoutError:
        raise WeightsError(f"{entry.name} was not fetched: {url} did not answer in {TIMEOUT:g} s") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            reason = f"no answer in {TIMEOUT:g} s"
        raise WeightsError(
            f"{entry.name} was not fetched: {url} cannot be reached ({reason}); without a network, set "
            "HRNET_OFFLINE_DIR to a folder with the file"
        ) from None


def _blocks(response: http.client.HTTPResponse, entry: Entry, partial: Path) -> Iterator[bytes]:
    while True:
        try:
            block = response.read1(BLOCK)  # what is there, so that little is lost when the connection ends
        except TimeoutError:
            raise _broken(entry, partial, f"the server sent nothing for {TIMEOUT:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            raise _broken(entry, partial, f"the connection broke ({error or type(error).__name__})") from None
        if not block:
            return
        yield block


def _broken(entry: Entry, partial: Path, why: str) -> WeightsError:
    return WeightsError(f"{entry.name} was not fetched: {why}; try again to go on from what is in {partial}")


def _range(kept: int) -> dict[str, str]:
    return {"Range": f"bytes={kept}-"} if kept else {}


def _opener() -> urllib.request.OpenerDirector:
    """urllib without the handlers for file:, ftp: and data:, to which a redirect could otherwise lead."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one process at a time passes; the system frees the lock of a process that dies."""
    with locked(lock):
        yield
        with suppress(OSError):  # Windows keeps it while another process waits; an empty file harms nobody
            lock.unlink()  # whoever waits for this lock then finds the fetched file
