import asyncio
import socket
from concurrent.futures import Future
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from apps import server
from apps.__main__ import main


def test_without_a_port_the_next_free_one_is_taken(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(server, "PORT", taken.getsockname()[1])
        with server.hold("127.0.0.1", None) as bound:
            assert server.PORT < bound.getsockname()[1] < server.PORT + server.PORTS_TRIED


def test_a_named_port_that_is_taken_is_one_line(capsys, weights):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"^port {port} is taken; name a free one with --port, or 0 for any$"):
            server.hold("127.0.0.1", port)
        named = ["--weights", str(weights["pose"]), "--finder", str(weights["finder"])]
        assert main([*named, "--port", str(port), "--no-browser"]) == 2
        assert capsys.readouterr().err == f"apps: port {port} is taken; name a free one with --port, or 0 for any\n"


@pytest.mark.parametrize(
    "flags", [["--weights", "nonsense"], ["--finder", "nonsense"], ["--port", "99999999"], ["--password", "short"]]
)
def test_bad_flags_are_one_line(capsys, weights, flags):
    named = {"--weights": str(weights["pose"]), "--finder": str(weights["finder"])} | {flags[0]: flags[1]}
    assert main([word for pair in named.items() for word in pair] + ["--no-browser"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("apps: ") and error.count("\n") == 1


def test_another_machines_address_is_one_line():
    with pytest.raises(OSError, match="^cannot listen on 192.0.2.1 port 0: "):
        server.hold("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("box", "box")]
)
def test_the_address_can_be_opened_in_a_browser(host, name):
    class Bound:
        def getsockname(self):
            return (host, 7860)

    assert server.address(host, Bound()) == f"http://{name}:7860/studio/"


class Everywhere:
    def getsockname(self):
        return ("0.0.0.0", 7860)


def test_other_machines_are_told_an_address_they_can_reach_and_the_password(capsys):
    server.announce("0.0.0.0", Everywhere(), "k7fm-2qxr")
    first, phone, password = capsys.readouterr().out.splitlines()
    assert "http://127.0.0.1:7860/studio/" in first and "http://127.0.0.1:7860/classroom/" in first
    outside = phone.partition(": ")[2]
    assert outside.startswith("http://") and outside.endswith(":7860/") and "0.0.0.0" not in outside
    assert password == "The password is k7fm-2qxr"


def test_in_a_terminal_that_address_is_a_qr_code_too(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    server.announce("192.168.1.7", Everywhere(), None)
    said = capsys.readouterr().out
    assert "http://192.168.1.7:7860/\n" in said and said.count("\n") > 10 and "█" in said


def test_this_machine_alone_is_told_one_line(capsys):
    server.announce("127.0.0.1", Everywhere(), None)
    assert capsys.readouterr().out.count("\n") == 1


async def hello(request):
    return PlainTextResponse("hello")


def test_requests_wait_behind_the_door_until_the_pages_are_built():
    built, log = Future(), []

    @asynccontextmanager
    async def lifespan(app):
        log.append("begins")
        yield
        log.append("ends")

    inside = Starlette(routes=[Route("/", hello)], lifespan=lifespan)

    async def drive() -> list[dict]:
        door = server.Door(built, lambda: log.append("opened"))
        steps: asyncio.Queue = asyncio.Queue()
        said: list[dict] = []

        async def say(message):
            said.append(message)

        living = asyncio.create_task(door({"type": "lifespan"}, steps.get, say))
        await steps.put({"type": "lifespan.startup"})
        while not said:
            await asyncio.sleep(0.001)
        assert said == [{"type": "lifespan.startup.complete"}] and log == ["opened"]

        answer: list[dict] = []

        async def collect(message):
            answer.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
        asking = asyncio.create_task(door(scope, steps.get, collect))
        await asyncio.sleep(0.05)
        assert answer == []
        built.set_result(inside)
        await asyncio.wait_for(asking, 10)
        await steps.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(living, 10)
        return answer

    answer = asyncio.run(drive())
    assert answer[0]["status"] == 200 and answer[1]["body"] == b"hello"
    assert log == ["opened", "begins", "ends"]


def test_what_went_wrong_while_building_reaches_whoever_asks():
    async def drive() -> None:
        door, steps = server.Door(server.in_background(lambda: 1 / 0)), asyncio.Queue()

        async def say(message):
            pass

        living = asyncio.create_task(door({"type": "lifespan"}, steps.get, say))
        await steps.put({"type": "lifespan.startup"})
        await asyncio.sleep(0.05)
        with pytest.raises(ZeroDivisionError):
            await door({"type": "http"}, steps.get, say)
        await steps.put({"type": "lifespan.shutdown"})
        await asyncio.wait_for(living, 10)

    asyncio.run(drive())
