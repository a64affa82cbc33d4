import errno
import hashlib
import http.server
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from hrnet.spec import W8
from hrnet.weights import Entry, Metadata, WeightsError, fetch, progress_bar, store

CONTENT = np.random.default_rng(0).bytes(300_000)
TRUNK = Metadata(role="trunk", spec=W8)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A server on loopback that answers every request by calling `answer`; it remembers path and Range of each."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = whole
        self.requests = []
        self.closing = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request, address):
        """Clients that hang up are part of these tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        self.server.answer(self)

    def begin(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def log_message(self, *_):
        """Silence."""


def whole(handler):
    handler.begin(Content_Length=len(CONTENT))
    handler.wfile.write(CONTENT)


def ranged(handler):
    """Good, and able to go on in the middle."""
    asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if asked is None:
        return whole(handler)
    start = int(asked[1])
    if start >= len(CONTENT):
        return handler.send_error(416)
    rest = CONTENT[start:]
    handler.begin(206, Content_Length=len(rest), Content_Range=f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
    handler.wfile.write(rest)


def slow(handler):
    handler.begin(Content_Length=len(CONTENT))
    for start in range(0, len(CONTENT), 30_000):
        time.sleep(0.06)
        handler.wfile.write(CONTENT[start : start + 30_000])


def broken(handler):
    handler.begin(Content_Length=len(CONTENT))
    handler.wfile.write(CONTENT[:100_000])


def stalled(handler):
    broken(handler)
    handler.wfile.flush()
    handler.server.closing.wait(20)


def silent(handler):
    handler.server.closing.wait(20)


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.closing.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def entry(server) -> Entry:
    sha256 = hashlib.sha256(CONTENT).hexdigest()[:8]
    file = f"net-{sha256}.pth"
    return Entry("net", file, TRUNK, url=f"{server.url}/zoo/{file}", sha256=sha256)


@pytest.fixture
def kept(own_home, entry) -> Path:
    return own_home / "weights" / entry.file


def partial_of(kept: Path) -> Path:
    return kept.with_name(kept.name + ".part")


def refusal(entry: Entry) -> str:
    with pytest.raises(WeightsError) as caught:
        fetch(entry)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_fetched_once_and_kept(server, entry, kept):
    assert store.find(entry) is None
    assert fetch(entry) == kept and kept.read_bytes() == CONTENT
    assert fetch(entry) == kept == store.find(entry)
    assert server.requests == [(f"/zoo/{entry.file}", None)]
    assert [path.name for path in kept.parent.iterdir()] == [entry.file]


def test_progress_ends_with_all_the_bytes(server, entry):
    server.answer = slow
    steps = []
    fetch(entry, progress=lambda done, total: steps.append((done, total)))
    assert steps[-1] == (300_000, 300_000) and len(steps) > 3
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_a_bar_is_drawn_only_where_something_is_fetched(entry, capsys):
    with progress_bar("net") as progress:
        fetch(entry, progress=progress)
    assert "net: 100%" in capsys.readouterr().err
    with progress_bar("net") as progress:
        fetch(entry, progress=progress)
    assert capsys.readouterr().err == ""


def test_a_server_that_is_slow_but_sends_does_not_time_out(server, entry, kept, monkeypatch):
    monkeypatch.setattr(store, "TIMEOUT", 0.5)  # the whole takes 0.6 s
    server.answer = slow
    assert fetch(entry).read_bytes() == CONTENT


def test_a_fetch_that_breaks_off_is_kept_and_goes_on_where_it_ended(server, entry, kept):
    server.answer = broken
    assert "the connection ended after 0.1 MB of 0.3 MB; try again to go on" in refusal(entry)
    assert partial_of(kept).read_bytes() == CONTENT[:100_000] and not kept.exists()
    server.answer = ranged
    steps = []
    assert fetch(entry, progress=lambda done, total: steps.append((done, total))).read_bytes() == CONTENT
    assert server.requests[-1][1] == "bytes=100000-" and not partial_of(kept).exists()
    assert steps[0][0] > 100_000 and steps[-1] == (300_000, 300_000)


def test_a_server_that_cannot_go_on_in_the_middle_sends_all_again(server, entry, kept):
    server.answer = broken
    refusal(entry)
    server.answer = whole
    assert fetch(entry).read_bytes() == CONTENT and server.requests[-1][1] == "bytes=100000-"


@pytest.mark.parametrize("extra", [b"", b"too much"])
def test_a_partial_file_with_nothing_to_add_is_begun_anew(server, entry, kept, extra):
    kept.parent.mkdir(parents=True)
    partial_of(kept).write_bytes(CONTENT + extra)
    server.answer = ranged
    assert fetch(entry).read_bytes() == CONTENT


def test_another_part_than_asked_for_is_not_stitched_in(server, entry, kept):
    kept.parent.mkdir(parents=True)
    partial_of(kept).write_bytes(CONTENT[:1000])
    server.answer = lambda handler: handler.begin(206, Content_Length=0, Content_Range="bytes 5-9/10")
    assert "another part than was asked for" in refusal(entry)


def test_a_wrong_hash_is_deleted_and_told(server, entry, kept):
    def page(handler):
        handler.begin(Content_Length=6)
        handler.wfile.write(b"<html>")

    server.answer = page
    message = refusal(entry)
    found = hashlib.sha256(b"<html>").hexdigest()[:8]
    assert f"begins with {found} instead of {entry.sha256}, and it has 6 bytes; it was deleted" in message
    assert not kept.exists() and not partial_of(kept).exists()


def test_a_damaged_partial_file_is_found_by_the_hash_and_the_next_try_succeeds(server, entry, kept):
    kept.parent.mkdir(parents=True)
    partial_of(kept).write_bytes(b"x" * 1000)
    server.answer = ranged
    assert "it was deleted" in refusal(entry)
    assert fetch(entry).read_bytes() == CONTENT


def test_a_missing_file_is_told_with_its_address(server, entry):
    server.answer = lambda handler: handler.send_error(404)
    message = refusal(entry)
    assert f"{entry.url} answered 404 Not Found" in message and "HRNET_MIRROR" in message


@pytest.mark.parametrize(("answer", "said"), [(stalled, "sent nothing for 0.5 s"), (silent, "did not answer in 0.5 s")])
def test_a_server_that_stalls_is_given_up(server, entry, monkeypatch, answer, said):
    monkeypatch.setattr(store, "TIMEOUT", 0.5)
    server.answer = answer
    assert said in refusal(entry)


def test_what_came_before_a_stall_is_kept(server, entry, kept, monkeypatch):
    monkeypatch.setattr(store, "TIMEOUT", 0.5)
    server.answer = stalled
    refusal(entry)
    assert partial_of(kept).read_bytes() == CONTENT[:100_000]


def test_an_unreachable_server_is_told(server, entry):
    server.shutdown()
    server.server_close()
    message = refusal(entry)
    assert "cannot be reached" in message and "HRNET_OFFLINE_DIR" in message


def test_a_name_that_does_not_resolve_is_told(monkeypatch, entry):
    def fail(*_, **__):
        raise OSError(errno.ENOENT, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    assert "cannot be reached" in refusal(entry)


def test_an_answer_that_is_no_http_is_told(server, entry):
    server.answer = lambda handler: handler.wfile.write(b"SSH-2.0 \x1b[31mhello\r\n")
    message = refusal(entry)
    assert "cannot be reached" in message and message.isprintable()


def test_a_chunked_answer_that_breaks_off_is_told(server, entry):
    def chunked(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.begin(Transfer_Encoding="chunked")
        handler.wfile.write(b"1000\r\n" + CONTENT[:100])

    server.answer = chunked
    assert "the connection broke" in refusal(entry)


def test_an_endless_answer_is_stopped(server, entry, monkeypatch):
    monkeypatch.setattr(store, "LIMIT", 100_000)
    server.answer = lambda handler: (handler.begin(), handler.wfile.write(CONTENT))
    assert "sends more than 0.1 MB" in refusal(entry)


def test_a_redirect_to_ftp_does_not_even_connect(server, entry, monkeypatch):
    monkeypatch.setattr(store, "TIMEOUT", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as ftp:
        ftp.setblocking(False)
        server.answer = lambda handler: handler.begin(302, Location=f"ftp://127.0.0.1:{ftp.getsockname()[1]}/net.pth")
        assert "unknown url type: ftp" in refusal(entry)
        with pytest.raises(BlockingIOError):
            ftp.accept()


@pytest.mark.parametrize("target", ["file:///etc/hostname", "data:text/plain,x"])
def test_a_redirect_leads_to_http_only(server, entry, kept, target):
    server.answer = lambda handler: handler.begin(302, Location=target)
    assert "was not fetched" in refusal(entry)
    assert not kept.exists() and not partial_of(kept).exists()


def test_a_redirect_to_http_is_followed(server, entry):
    def moved(handler):
        if handler.path.startswith("/zoo/"):
            return handler.begin(302, Location="/moved")
        return whole(handler)

    server.answer = moved
    assert fetch(entry).read_bytes() == CONTENT


def test_too_little_space_is_told_before_anything_is_written(entry, kept, monkeypatch):
    usage = namedtuple("usage", "total used free")(10**9, 10**9, 1000)
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: usage)
    assert f"needs 0.3 MB more than {kept.parent} has free" in refusal(entry)
    assert not partial_of(kept).exists()


def test_a_disk_that_fills_up_is_told_and_the_space_is_given_back(entry, kept, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    assert f"the disk of {kept.parent} is full; what had arrived was deleted" in refusal(entry)
    assert not partial_of(kept).exists()


def test_a_folder_that_cannot_be_made_is_told(entry, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HRNET_HOME", str(tmp_path / "file"))
    assert "set HRNET_HOME to a folder that can be written" in refusal(entry)


@pytest.mark.parametrize("resumed", [False, True])
def test_processes_that_fetch_at_once_download_one_whole_file(server, entry, kept, resumed):
    server.answer = slow
    if resumed:
        kept.parent.mkdir(parents=True)
        partial_of(kept).write_bytes(CONTENT[:50_000])
    code = (
        "from hrnet.spec import W8; from hrnet.weights import Entry, Metadata, fetch\n"
        "metadata = Metadata(role='trunk', spec=W8)\n"
        f"print(fetch(Entry('net', {entry.file!r}, metadata, url={entry.url!r}, sha256={entry.sha256!r})))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == [str(kept)] * 2
    assert kept.read_bytes() == CONTENT and len(server.requests) == 1
    assert [path.name for path in kept.parent.iterdir()] == [entry.file]


def test_threads_that_fetch_at_once_download_one_whole_file(server, entry, kept):
    server.answer = slow
    got = []
    threads = [threading.Thread(target=lambda: got.append(fetch(entry).read_bytes())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [CONTENT] * 4 and len(server.requests) == 1


def test_after_one_process_fails_another_can_fetch(server, entry):
    server.answer = broken
    refusal(entry)
    server.answer = ranged
    assert fetch(entry).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("form", "path"),
    [("{url}/base", "/base/zoo/{file}"), ("{url}/base/", "/base/zoo/{file}"), ("{url}/flat/{{file}}", "/flat/{file}")],
)
def test_a_mirror_replaces_the_host_or_is_filled_with_the_file_name(server, entry, monkeypatch, form, path):
    elsewhere = Entry(
        entry.name, entry.file, TRUNK, url=f"http://published.invalid/zoo/{entry.file}", sha256=entry.sha256
    )
    monkeypatch.setenv("HRNET_MIRROR", form.format(url=server.url))
    assert fetch(elsewhere).read_bytes() == CONTENT
    assert server.requests == [(path.format(file=entry.file), None)]


@pytest.mark.parametrize("mirror", ["http://[::1", "http://host:port", "http://w\u00f6rter .invalid"])
def test_a_mirror_that_is_no_address_is_told(server, entry, monkeypatch, mirror):
    monkeypatch.setenv("HRNET_MIRROR", mirror)
    assert f"{mirror.rstrip('/')}/zoo/{entry.file} cannot be reached" in refusal(entry) and server.requests == []


@pytest.mark.parametrize("mirror", ["file:///tmp", "/tmp", "ftp://host/{file}", "host.example", "http://"])
def test_a_mirror_that_is_not_http_is_refused(server, entry, monkeypatch, mirror):
    monkeypatch.setenv("HRNET_MIRROR", mirror)
    assert "only http and https are fetched" in refusal(entry) and server.requests == []


def test_the_offline_folder_is_read_in_place_and_never_the_network(server, entry, tmp_path, monkeypatch):
    monkeypatch.setenv("HRNET_OFFLINE_DIR", str(tmp_path))
    assert f"there is no {tmp_path / entry.file}; put the file there" in refusal(entry)
    (tmp_path / entry.file).write_bytes(CONTENT)
    assert fetch(entry) == tmp_path / entry.file == store.find(entry)
    assert server.requests == []


def test_a_wrong_file_in_the_offline_folder_is_told_and_left_alone(server, entry, tmp_path, monkeypatch):
    monkeypatch.setenv("HRNET_OFFLINE_DIR", str(tmp_path))
    (tmp_path / entry.file).write_bytes(b"other")
    assert "is not what net was published as" in refusal(entry)
    assert (tmp_path / entry.file).read_bytes() == b"other" and server.requests == []


def test_a_file_that_only_a_person_can_download_says_where(server, tmp_path, monkeypatch):
    entry = Entry("official", "pose_hrnet.pth", TRUNK, by_hand="https://drive.example/folder")
    assert "must be downloaded by hand: pose_hrnet.pth from https://drive.example/folder" in refusal(entry)
    monkeypatch.setenv("HRNET_MIRROR", server.url)  # has no path to put behind it
    assert "by hand" in refusal(entry)
    monkeypatch.setenv("HRNET_MIRROR", server.url + "/{file}")
    assert fetch(entry).read_bytes() == CONTENT


def test_the_home_folder_follows_the_platform(monkeypatch, tmp_path):
    monkeypatch.setenv("HRNET_HOME", "~/models")
    assert store.home() == Path.home() / "models"
    monkeypatch.delenv("HRNET_HOME")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert store.home() == tmp_path / "hrnet"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert store.home() == Path.home() / ".cache" / "hrnet"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert store.home() == Path.home() / "Library" / "Caches" / "hrnet"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", os.fspath(tmp_path))
    assert store.home() == tmp_path / "hrnet" / "cache"
